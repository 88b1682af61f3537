"""What was expected beside what is: one difference each, in words and as parts to lay out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from laneflow.engine.calendar import Calendar
from laneflow.engine.state import Instant
from laneflow.errors import Problem, listing
from laneflow.lanes.entry import Entry
from laneflow.proofs.lanetests.scenario import instant_at

NOTHING = "none"
LISTS = ("include", "exclude", "is")
"""How a list may be expected; a bare list is all there ``is``."""

_DAY = len("2026-09-08")
_MINUTE = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference(Problem):
    """Something that is not as a test expects.

    ``parts``: what to show beneath each other, as (label, words), such as ("expected", "new").
    ``story``: what happened so far, oldest first, a line each; it stands only with the first
    difference of a step, whose ``hint`` tells what the engine did last and why.
    """

    parts: tuple[tuple[str, str], ...] = ()
    story: tuple[str, ...] = ()

    @staticmethod
    def at(
        entry: Entry, what: str, hint: str = "", parts: tuple[tuple[str, str], ...] = ()
    ) -> Difference:
        """A difference at an entry of a test."""
        return Difference.of(entry.problem(what, hint), parts=parts)

    @staticmethod
    def of(
        found: Problem,
        hint: str = "",
        parts: tuple[tuple[str, str], ...] = (),
        story: tuple[str, ...] = (),
    ) -> Difference:
        """A problem as a difference; its own hint and parts go before those given."""
        parts = found.parts if isinstance(found, Difference) else parts
        return Difference(
            found.file, found.line, found.column, found.what, found.hint or hint, found.path,
            found.severity, parts=parts, story=story,
        )  # fmt: skip


def shown(calendar: Calendar, t: Instant) -> str:
    """An instant as people write it, with its weekday: ``2026-09-08 17:00 (Tue)``."""
    return f"{calendar.local(t):%Y-%m-%d %H:%M (%a)}"


def said(value: Any) -> str:
    """A value in words: yes and no, a list in brackets, nothing for an empty text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value) if value != "" else "nothing"


def differs(entry: Entry, path: str, wanted: Any, got: Any, *more: tuple[str, str]) -> Difference:
    """``expected <path> to be <wanted>, got <got>``."""
    what = f"expected {path} to be {said(wanted)}, got {said(got)}"
    return Difference.at(entry, what, parts=(("expected", said(wanted)), ("got", said(got)), *more))


def equal(entry: Entry, path: str, wanted: Any, got: Any) -> Iterator[Problem]:
    """A difference unless both are the same, or are written the same."""
    same = wanted == got and isinstance(wanted, bool) == isinstance(got, bool)
    if not same and str(wanted) != str(got):
        yield differs(entry, path, wanted, got)


def moment(calendar: Calendar, entry: Entry, path: str, got: Instant | None) -> Iterator[Problem]:
    """An instant, compared to the minute; a date alone to the day."""
    wanted = str(entry.value)
    text = NOTHING if got is None else shown(calendar, got)
    if NOTHING in (wanted, text):
        if wanted != text:
            yield differs(entry, path, wanted, text)
        return
    day = len(wanted) == _DAY
    at = instant_at(entry, calendar)
    meant = f"{calendar.local(at):%Y-%m-%d (%a)}" if day else shown(calendar, at)
    assert got is not None
    if not (text.startswith(wanted) if day else text == meant):
        yield differs(entry, path, meant, text, *(() if day else (("it is", _apart(at, got)),)))


def _apart(wanted: Instant, got: Instant) -> str:
    """How far two instants lie apart, in the largest two units: ``1 day 5 hours too late``."""
    minutes = abs(got - wanted) // _MINUTE
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = ((days, "day"), (hours, "hour"), (minutes, "minute"))
    words = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in units if n][:2]
    late = "too late" if got > wanted else "too early"
    return " ".join([*words, late]) if words else f"less than a minute {late}"


def many(entry: Entry, path: str, got: list[str], texts: dict[str, str]) -> Iterator[Problem]:
    """A bare list is all there is; a map says what to ``include``, ``exclude``, what it ``is``."""
    if not isinstance(entry.value, dict):
        yield from listed(entry, path, "is", got, texts)
        return
    for how, wanted in entry.named():
        yield from listed(wanted, path, how, got, texts)


def listed(
    entry: Entry, path: str, how: str, got: list[str], texts: dict[str, str]
) -> Iterator[Problem]:
    """One list; its members may be named by their id or, as in ``texts``, by their words."""
    names = {_plainly(texts[name]): name for name in got if name in texts}
    names |= {_plainly(name): name for name in got}
    wanted = [] if entry.value == NOTHING else list(entry.listed())
    there = ", ".join(got) or NOTHING
    if how == "is":
        yield from _all_there_is(entry, path, wanted, names, there)
        return
    wrong = [each for each in wanted if (_plainly(each.value) in names) == (how == "exclude")]
    if wrong:
        words = ", ".join(str(each.value) for each in wrong)
        parts = ((f"should {how}", words), ("there", there))
        yield Difference.at(wrong[0], f"expected {path} to {how} {words}, got {there}", parts=parts)


def _all_there_is(
    entry: Entry, path: str, wanted: list[Entry], names: dict[str, str], there: str
) -> Iterator[Problem]:
    missing = [each for each in wanted if _plainly(each.value) not in names]
    held = {names[_plainly(each.value)] for each in wanted if each not in missing}
    extra = dict.fromkeys(name for name in names.values() if name not in held)
    if not missing and not extra:
        return
    lists = {
        "missing": ", ".join(str(each.value) for each in missing),
        "not expected": ", ".join(extra),
    }
    words = listing(str(each.value) for each in wanted) or NOTHING
    yield Difference.at(
        missing[0] if missing else entry,
        f"expected {path} to be {words.replace(' or ', ' and ')} and nothing else, got {there}",
        parts=(*((label, found) for label, found in lists.items() if found), ("there", there)),
    )


def _plainly(name: object) -> str:
    return str(name).lower().replace("_", " ").replace("-", " ")
