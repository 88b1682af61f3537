"""Owns what somebody typed into a form: reading it, and keeping it with what is wrong beside it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from hashlib import blake2b
from typing import Any

from django.http import QueryDict

from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.practice.zones import MINUTE, zone
from laneflow.work.actions import CHANGED

Fields = Mapping[str, Sequence[str]]

_ID = re.compile(r"[0-9a-f]{32}\Z")
_OWN = ("csrfmiddlewaretoken", "seen", "id")
"""The fields of a form that nobody types."""


YEARS = range(1990, 2091)
"""The years anybody means: 0026 is a slip of the hand, and calendars end somewhere."""


@dataclass(frozen=True)
class Typed:
    """One form as it was typed. ``kind`` is the act it asks for.

    ``meanwhile``: what others did to the case since it was opened, where that stopped it.
    """

    kind: str
    every: Fields
    problems: tuple[Problem, ...] = ()
    meanwhile: Sequence[Mapping[str, Any]] = field(default=())

    @property
    def said(self) -> dict[str, str]:
        """Field -> what was typed into it, the last one where there are several."""
        return {name: values[-1] if values else "" for name, values in self.every.items()}

    @property
    def wrong(self) -> dict[str, list[Problem]]:
        """Field -> what is wrong with it; "" for what is wrong with the whole."""
        found: dict[str, list[Problem]] = {}
        for problem in self.problems:
            found.setdefault(problem.path, []).append(problem)
        return found

    @property
    def changed(self) -> bool:
        """Whether somebody acted meanwhile, and nothing else is wrong."""
        return any(problem.code == CHANGED for problem in self.problems)

    @property
    def again(self) -> list[tuple[str, str]]:
        """Every field and value that is to be sent once more when they say so."""
        return [
            (name, one) for name, all_ in self.every.items() if name not in _OWN for one in all_
        ]


def fields_of(form: Any) -> dict[str, list[str]]:
    """The fields of a QueryDict, plainly."""
    return {name: list(values) for name, values in form.lists()}


def seen_of(form: Mapping[str, str]) -> int:
    """Which version of the case was looked at; the first one where the form does not say."""
    said = form.get("seen", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def new_number() -> str:
    """A form's own number. It is no secret: asking the system for chance lets every other thread
    go first, and a page has a hundred forms."""
    return f"{_chance.getrandbits(128):032x}"


_chance = random.Random()


def id_of(form: QueryDict) -> str:
    """The act's number, of the form's own, made when it was shown, and of what was typed into it.

    Pressed twice, it is done once. Sent again with other words, as after the browser's way back, it
    is another act, for ``seen`` to judge: nobody is told that words were saved which were not.
    """
    said = form.get("id", "")
    if not _ID.match(said):
        return new_number()
    typed = sorted((name, all_) for name, all_ in fields_of(form).items() if name not in _OWN)
    return blake2b(repr((said, typed)).encode(), digest_size=16).hexdigest()


def instant_of(kind: str, name: str, text: str, where: str) -> Instant | None:
    """A moment typed as ``2026-09-15T17:00`` on the clock of the zone ``where``; None for none.

    A date alone is the end of that day. Raises LaneflowError naming the field.
    """
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        if len(text.strip()) == len("2026-09-15"):
            moment = datetime.combine(moment, time(23, 59))
        if moment.year not in YEARS:
            raise ValueError
        return zone(where).at(moment)
    except (ValueError, OverflowError):
        what = f'"{text[:40]}" is not a date and time'
        hint = "Write it like 2026-09-15T17:00."
        raise LaneflowError(Problem(kind, 0, 0, what, hint, name)) from None


def day_of(text: str) -> date | None:
    """A day typed as ``2026-09-15``; None for what is none."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.year in YEARS else None


def field_of(at: Instant, where: str) -> str:
    """An instant as a date-and-time field holds it, on the clock of the zone ``where``."""
    return f"{zone(where).moment(at - at % MINUTE):%Y-%m-%dT%H:%M}"


def chosen(form: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The named fields, trimmed, without those left empty. Nothing else is ever looked at."""
    said = {name: form.get(name, "").strip() for name in names}
    return {name: value for name, value in said.items() if value}
