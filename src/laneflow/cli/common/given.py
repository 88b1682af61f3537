"""Owns what people type: instants, days, people, filters; each refused in one line."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from laneflow.errors import LaneflowError, Problem, did_you_mean, listing

if TYPE_CHECKING:
    from laneflow.practice.model import Practice

INSTANT = "2026-09-08 or 2026-09-08T17:00, in the practice's time zone, or with an offset"


def instant(text: str, zone: str, option: str, *, end: bool = False) -> int:
    """An instant typed by a person, in milliseconds since 1970 UTC.

    A date alone is its local midnight, or the last minute of that day where ``end`` is set; text
    without an offset is local to ``zone``. Raises click.BadParameter naming ``option``.
    """
    try:
        moment = datetime.fromisoformat(text)
        if end and len(text) == len("2026-09-08"):
            moment = datetime.combine(moment, time(23, 59))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f'"{text}" is not a time. Write {INSTANT}.', param_hint=option
        ) from None


def day(text: str, option: str) -> date:
    """A day typed by a person. Raises click.BadParameter naming ``option``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        what = f'"{text}" is not a day. Write it like 2026-09-08.'
        raise click.BadParameter(what, param_hint=option) from None


def person(practice: Practice, text: str, option: str) -> str:
    """The id of a person named by id or by name. Raises LaneflowError naming the nearest."""
    if text in practice.people:
        return text
    for known in practice.people.values():
        if known.name.casefold() == text.casefold():
            return known.id
    names = [*practice.people, *(p.name for p in practice.people.values())]
    hint = did_you_mean(text, names, f"People are {listing(practice.people)}.")
    raise LaneflowError(Problem(option, 0, 0, f'there is nobody called "{text}"', hint))


def one_of(text: str | None, known: list[str], option: str, what: str) -> str | None:
    """``text`` when it is among ``known``; raises LaneflowError with the nearest one otherwise."""
    if text is None or text in known:
        return text
    hint = did_you_mean(text, known, f"Known: {listing(known)}.")
    raise LaneflowError(Problem(option, 0, 0, f'there is no {what} "{text}"', hint))
