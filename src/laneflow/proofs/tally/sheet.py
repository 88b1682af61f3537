"""Figures as rows that can be read: a name, a unit, and the value on each side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from laneflow.practice.zones import day_to_date
from laneflow.proofs.tally.figures import Calls, Figures, Load, Tally

Unit = Literal["", "share", "minutes", "hours"]
Value = float | int | None
HOUR = 3_600_000


class Row(NamedTuple):
    """One figure of both sides; None: there is nothing to say.

    ``part``: lane, escalation or load. ``name``: the rule or the person; ``day``: ISO, for load.
    A share is from 0 to 1.
    """

    part: str
    lane: str
    tier: str
    name: str
    day: str
    figure: str
    unit: Unit
    before: Value
    after: Value


Read = Callable[[Figures], Value]
_OF_LANE: tuple[tuple[str, Unit, Read], ...] = (
    ("cases open at the start", "", lambda f: f.standing),
    ("cases opened", "", lambda f: f.opened),
    ("closed: completed", "", lambda f: f.closed.get("completed", 0)),
    ("closed: unsuccessful", "", lambda f: f.closed.get("unsuccessful", 0)),
    ("closed: cancelled", "", lambda f: f.closed.get("cancelled", 0)),
    ("cases open at the end", "", lambda f: f.open),
    ("first attempt: in its window", "share", lambda f: f.first_attempt.kept),
    ("first attempt: late or never", "", lambda f: f.first_attempt.late),
    ("first attempt: median", "minutes", lambda f: f.first_attempt.took.percentile(50)),
    ("first attempt: 90 %", "minutes", lambda f: f.first_attempt.took.percentile(90)),
    ("first attempt: 95 %", "minutes", lambda f: f.first_attempt.took.percentile(95)),
    ("first contact: in its window", "share", lambda f: f.first_contact.kept),
    ("first contact: late or never", "", lambda f: f.first_contact.late),
    ("first contact: median", "minutes", lambda f: f.first_contact.took.percentile(50)),
    ("first contact: 90 %", "minutes", lambda f: f.first_contact.took.percentile(90)),
    ("first contact: 95 %", "minutes", lambda f: f.first_contact.took.percentile(95)),
    ("until scheduled: median", "minutes", lambda f: f.scheduled.percentile(50)),
    ("until completed: median", "minutes", lambda f: f.completed.percentile(50)),
    ("tasks made", "", lambda f: f.tasks),
    ("contacts documented", "", lambda f: f.attempts),
    ("dates missed", "", lambda f: f.overdue),
    ("hours overdue", "hours", lambda f: round(f.overdue_ms / HOUR, 1)),
    ("calls for help", "", lambda f: sum(c.raised for c in f.calls.values())),
    ("rungs climbed", "", lambda f: sum(c.climbed for c in f.calls.values())),
)
_OF_CALLS: tuple[tuple[str, Unit, Callable[[Calls], Value]], ...] = (
    ("raised", "", lambda c: c.raised),
    ("rungs climbed", "", lambda c: c.climbed),
    ("came to the last rung", "", lambda c: c.last),
    ("taken", "", lambda c: c.taken),
    ("until taken: median", "minutes", lambda c: c.took.percentile(50)),
    ("resolved", "", lambda c: c.resolved),
    ("withdrawn", "", lambda c: c.withdrawn),
)
_OF_LOAD: tuple[tuple[str, Callable[[Load], int]], ...] = (
    ("tasks falling due", lambda load: load.due),
    ("contacts documented", lambda load: load.contacts),
    ("calls for help", lambda load: load.calls),
)


def of_lanes(before: Tally, after: Tally, *, tiers: bool) -> Iterator[Row]:
    """Every lane's figures, all tiers together (tier "") and, if asked for, one by one."""
    for lane, tier, was, now in _pairs(before, after, tiers=tiers):
        for figure, unit, read in _OF_LANE:
            yield Row("lane", lane, tier, "", "", figure, unit, read(was), read(now))


def of_calls(before: Tally, after: Tally, *, tiers: bool) -> Iterator[Row]:
    """Every lane's calls for help, rule by rule."""
    for lane, tier, was, now in _pairs(before, after, tiers=tiers):
        for rule in sorted({*was.calls, *now.calls}):
            old, new = was.calls.get(rule) or Calls(), now.calls.get(rule) or Calls()
            for figure, unit, read in _OF_CALLS:
                yield Row("escalation", lane, tier, rule, "", figure, unit, read(old), read(new))


def of_days(before: Tally, after: Tally) -> Iterator[Row]:
    """Everybody's load, day by day."""
    for person in sorted({*before.load, *after.load}):
        was, now = before.load.get(person, {}), after.load.get(person, {})
        for day in sorted({*was, *now}):
            old, new, date = was.get(day) or Load(), now.get(day) or Load(), day_to_date(day)
            for figure, read in _OF_LOAD:
                shown = date.isoformat()
                yield Row("load", "", "", person, shown, figure, "", read(old), read(new))


def of_people(before: Tally, after: Tally) -> Iterator[Row]:
    """Everybody's load as the median and the fullest of the days on which they had any."""
    for person in sorted({*before.load, *after.load}):
        for figure, read in _OF_LOAD:
            was, now = (
                sorted(map(read, side.load.get(person, {}).values())) for side in (before, after)
            )
            for name, pick in (("median day", _middle), ("fullest day", _last)):
                yield Row("load", "", "", person, "", f"{figure}: {name}", "", pick(was), pick(now))


def _pairs(
    before: Tally, after: Tally, *, tiers: bool
) -> Iterator[tuple[str, str, Figures, Figures]]:
    for lane in sorted({*before.lanes, *after.lanes}):
        yield lane, "", before.total([lane]), after.total([lane])
        was, now = before.lanes.get(lane, {}), after.lanes.get(lane, {})
        for tier in sorted({*was, *now}) if tiers else ():
            yield lane, tier, was.get(tier) or Figures(), now.get(tier) or Figures()


def _middle(sorted_: list[int]) -> int:
    return sorted_[(len(sorted_) - 1) // 2] if sorted_ else 0


def _last(sorted_: list[int]) -> int:
    return sorted_[-1] if sorted_ else 0


def said(rows: Iterable[Row]) -> list[Row]:
    """The rows in which at least one side says something."""
    return [row for row in rows if row.before or row.after]
