"""Two courses of the same events beside each other: the figures of both, and where cases differ."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import nsmallest
from typing import Any

import msgspec

from laneflow.engine.state import Instant
from laneflow.proofs.tally import Tally
from laneflow.proofs.tally.course import Course

HOUR: Instant = 3_600_000
MOST = 200
"""Differences kept; the largest ones."""


class Difference(msgspec.Struct, frozen=True, omit_defaults=True):
    """One case that went another way. ``hours``: how much sooner or later, and less or more
    overdue, in all; what is empty on a side did not happen there. Instants are milliseconds."""

    case: str
    lane: str
    hours: float
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def rank(self) -> tuple[float, str]:
        """The largest first, and always in the same order."""
        return -self.hours, self.case


class Cases(msgspec.Struct, omit_defaults=True):
    """How many cases went another way: ``same`` in every figure, opened on one side only, closed
    ``otherwise`` (another outcome, or on one side only), first reached ``sooner`` or ``later``,
    ``less`` or ``more`` overdue, with ``fewer`` or ``more_calls`` for help."""

    same: int = 0
    only_before: int = 0
    only_after: int = 0
    otherwise: int = 0
    sooner: int = 0
    later: int = 0
    less: int = 0
    more: int = 0
    fewer: int = 0
    more_calls: int = 0

    def merge(self, other: Cases) -> None:
        """Take in what another one counted."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Beside(msgspec.Struct):
    """Everything two sides come to. Merging in any order gives the same.

    ``before``: what happened, or what it is held against; ``after``: under the edited lanes.
    ``unfit``: lane -> why -> acts of people that no longer fit. ``late``: decisions of what
    happened that came more than a minute late (an outage); ``elsewhere``: those made under other
    versions of lanes and practice than the ones live now. ``uncapped``: tasks whose start a cap on
    starts a day might have put off.
    """

    before: Tally = msgspec.field(default_factory=Tally)
    after: Tally = msgspec.field(default_factory=Tally)
    cases: dict[str, Cases] = {}
    unfit: dict[str, dict[str, int]] = {}
    biggest: list[Difference] = []
    patients: int = 0
    events: int = 0
    acts: int = 0
    late: int = 0
    elsewhere: int = 0
    uncapped: int = 0

    def merge(self, other: Beside) -> None:
        """Take in what another one counted."""
        self.before.merge(other.before)
        self.after.merge(other.after)
        for lane, cases in other.cases.items():
            self.cases.setdefault(lane, Cases()).merge(cases)
        for lane, whys in other.unfit.items():
            for why, n in whys.items():
                self.no_longer_fits(lane, why, n)
        self.keep(other.biggest)
        for name in ("patients", "events", "acts", "late", "elsewhere", "uncapped"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def no_longer_fits(self, lane: str, why: str, n: int = 1) -> None:
        """Count acts that no longer fit."""
        whys = self.unfit.setdefault(lane, {})
        whys[why] = whys.get(why, 0) + n

    def keep(self, found: list[Difference]) -> None:
        """Keep the largest of these and those already kept."""
        if found:
            self.biggest = nsmallest(MOST, [*self.biggest, *found], key=lambda d: d.rank)

    def add(self, before: Mapping[str, Course], after: Mapping[str, Course]) -> None:
        """Compare a patient's ended cases; both sides are counted in their tallies already."""
        found = []
        for id_ in sorted({*before, *after}):
            was, now = _counted(before.get(id_)), _counted(after.get(id_))
            known = now or was
            if known is None:
                continue
            difference = self._compare(known.lane, id_, was, now)
            if difference is not None:
                found.append(difference)
        self.keep(found)

    def _compare(
        self, lane: str, id_: str, was: Course | None, now: Course | None
    ) -> Difference | None:
        cases = self.cases.setdefault(lane, Cases())
        old, new = _shown(was), _shown(now)
        if old == new:
            cases.same += 1
            return None
        if was is None or now is None:
            cases.only_after += was is None
            cases.only_before += now is None
        else:
            cases.otherwise += old.get("closed") != new.get("closed")
            reached = _response(now) - _response(was)
            cases.sooner += reached < 0
            cases.later += reached > 0
            cases.less += now.overdue_ms < was.overdue_ms
            cases.more += now.overdue_ms > was.overdue_ms
            calls = new.get("calls", 0) - old.get("calls", 0)
            cases.fewer += calls < 0
            cases.more_calls += calls > 0
        return Difference(id_, lane, round(_apart(was, now) / HOUR, 1), old, new)


def _counted(course: Course | None) -> Course | None:
    """A case that any figure speaks of: not one closed before the period began."""
    if course is None:
        return None
    ended = course.closed is not None and course.closed.at < course.frame.since
    return None if ended and not course.calls else course


def _shown(course: Course | None) -> dict[str, Any]:
    """What is said of a case on one side; empty where it is not there."""
    if course is None:
        return {}
    said: dict[str, Any] = {
        "tier": course.tier,
        "closed": course.closed.outcome if course.closed else "",
        "first_attempt": course.first_attempt,
        "first_contact": course.first_contact,
        "scheduled": course.scheduled,
        "overdue_hours": round(course.overdue_ms / HOUR, 1),
        "calls": sum(calls.raised + calls.climbed for calls in course.calls.values()),
        "tasks": course.tasks,
    }
    return {name: value for name, value in said.items() if value not in (None, "", 0)} | {
        "open": course.closed is None
    }


def _response(course: Course) -> Instant:
    """When somebody was first reached; the end of the frame where nobody was."""
    return course.frame.until if course.first_contact is None else course.first_contact


def _apart(was: Course | None, now: Course | None) -> Instant:
    """How far two sides of a case lie apart, in milliseconds of response and of being overdue."""
    if was is None or now is None:
        return (now or was).overdue_ms if (now or was) else 0  # type: ignore[union-attr]
    return abs(now.overdue_ms - was.overdue_ms) + abs(_response(now) - _response(was))
