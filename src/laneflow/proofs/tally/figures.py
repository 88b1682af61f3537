"""Figures of a run per lane and tier: how soon, how late, how often help was called, whose work.

This module owns the figures and their sums, ``counting`` what is counted, ``course`` what came of
one case; replay and simulate both count so, that two sides always mean the same::

    counting = Counting(Frame.of(live, since, until))
    counting.take(result)            # each FileResult of a run; of a patient's, in their order
    tally = counting.done()          # a Tally: plain data, JSON-able, mergeable in any order

Times are elapsed minutes, not business time. Nothing here grows with the number of events: only
with lanes, tiers, rules, people and days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import msgspec

from laneflow.engine.ladder import LAST_RESORT
from laneflow.engine.live import Live
from laneflow.engine.state import Instant
from laneflow.practice.words import zone_of
from laneflow.practice.zones import DAY, zone
from laneflow.proofs.tally.spread import Spread


@dataclass(frozen=True, slots=True)
class Frame:
    """What is counted: the instants ``since`` <= t < ``until``, and how days and people are named.

    ``day``: (location, instant) -> local day, in days from 1970. ``holder``: (role, location,
    case) -> the person who fills a role for a case. What happened before ``since`` only says how
    cases stood then.
    """

    since: Instant
    until: Instant
    day: Callable[[str, Instant], int]
    holder: Callable[[str, str, str], str]

    @classmethod
    def of(cls, live: Live, since: Instant, until: Instant) -> Frame:
        """The frame of a practice: its locations' days; a role's work is shared evenly.

        Who of a role takes a piece of work nobody knows beforehand: it falls to the same person
        every time, chosen as owners are, which gives everybody an even share.
        """
        practice = live.practice

        @cache
        def wall(location: str) -> Callable[[Instant], Instant]:
            return zone(zone_of(practice, location)).local

        def holder(role: str, location: str, case: str) -> str:
            return (
                practice.last_resort if role == LAST_RESORT else live.assign(role, location, case)
            )

        return cls(since, until, lambda place, at: wall(place)(at) // DAY, holder)

    def holds(self, at: Instant | None) -> bool:
        """Whether an instant is counted."""
        return at is not None and self.since <= at < self.until


class Answers(msgspec.Struct, omit_defaults=True):
    """How soon one thing was done that a response window asks for.

    Of every case that still lacked it at ``since`` or opened later: ``in_window``, ``late`` (done
    after its date, or not done by then), ``waiting`` (its date had not come), ``ended`` (closed
    before its date without it), ``free`` (the lane sets no window). ``never`` of the late ones
    were not done at all by the end. ``took``: from the window's start to the answer.
    """

    in_window: int = 0
    late: int = 0
    never: int = 0
    waiting: int = 0
    ended: int = 0
    free: int = 0
    took: Spread = msgspec.field(default_factory=Spread)

    @property
    def judged(self) -> int:
        """Cases of which it is settled whether they kept the window."""
        return self.in_window + self.late

    @property
    def kept(self) -> float | None:
        """The share that kept the window, from 0 to 1; None where none is settled."""
        return self.in_window / self.judged if self.judged else None

    def merge(self, other: Answers) -> None:
        """Take in what another one counted."""
        for name in ("in_window", "late", "never", "waiting", "ended", "free"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.took.merge(other.took)


class Calls(msgspec.Struct, omit_defaults=True):
    """One escalation rule's calls for help.

    ``raised``; ``climbed``: rungs climbed because nobody took it in time; ``last``: times it came
    to its ladder's last rung; ``taken``; ``resolved``; ``withdrawn`` (its ground went away).
    ``took``: from when the first rung was told to when somebody took it.
    """

    raised: int = 0
    climbed: int = 0
    last: int = 0
    taken: int = 0
    resolved: int = 0
    withdrawn: int = 0
    took: Spread = msgspec.field(default_factory=Spread)

    def merge(self, other: Calls) -> None:
        """Take in what another one counted."""
        for name in ("raised", "climbed", "last", "taken", "resolved", "withdrawn"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.took.merge(other.took)


class Figures(msgspec.Struct, omit_defaults=True):
    """The figures of one lane and tier; a case counts under its latest tier.

    ``standing``: open at ``since``; ``opened`` since; ``closed`` by outcome; ``open``: at the end.
    ``first_attempt`` and ``first_contact`` are the two response windows; ``scheduled`` and
    ``completed`` how long it took from the trigger (or the day the case woke). ``tasks``: made;
    ``attempts``: contacts documented; ``overdue``: dates of tasks that passed undone;
    ``overdue_ms``: for how long in all, in milliseconds. ``calls``: by escalation rule.
    """

    standing: int = 0
    opened: int = 0
    closed: dict[str, int] = {}
    open: int = 0
    first_attempt: Answers = msgspec.field(default_factory=Answers)
    first_contact: Answers = msgspec.field(default_factory=Answers)
    scheduled: Spread = msgspec.field(default_factory=Spread)
    completed: Spread = msgspec.field(default_factory=Spread)
    tasks: int = 0
    attempts: int = 0
    overdue: int = 0
    overdue_ms: int = 0
    calls: dict[str, Calls] = {}

    def merge(self, other: Figures) -> None:
        """Take in what another one counted."""
        for name in ("standing", "opened", "open", "tasks", "attempts", "overdue", "overdue_ms"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("first_attempt", "first_contact", "scheduled", "completed"):
            getattr(self, name).merge(getattr(other, name))
        for outcome, n in other.closed.items():
            self.closed[outcome] = self.closed.get(outcome, 0) + n
        for rule, calls in other.calls.items():
            self.calls.setdefault(rule, Calls()).merge(calls)


class Load(msgspec.Struct, array_like=True):
    """One person's day: ``due`` dates of tasks that fell on it, ``contacts`` they documented,
    ``calls`` for help they were told of."""

    due: int = 0
    contacts: int = 0
    calls: int = 0

    def merge(self, other: Load) -> None:
        """Take in what another one counted."""
        self.due += other.due
        self.contacts += other.contacts
        self.calls += other.calls


class Tally(msgspec.Struct):
    """Everything counted. Merging tallies equals counting all at once, in whatever order.

    ``lanes``: lane -> tier -> Figures. ``load``: person -> local day (from 1970) -> Load.
    ``fates``: what became of inputs (placed, opened, recorded, stale, too_old, unplaced, held).
    """

    lanes: dict[str, dict[str, Figures]] = {}
    load: dict[str, dict[int, Load]] = {}
    fates: dict[str, int] = {}

    def of(self, lane: str, tier: str) -> Figures:
        """The figures of a lane and tier, to be counted up."""
        tiers = self.lanes.setdefault(lane, {})
        found = tiers.get(tier)
        if found is None:
            found = tiers[tier] = Figures()
        return found

    def work(self, person: str, day: int) -> Load:
        """A person's day, to be counted up."""
        days = self.load.setdefault(person, {})
        found = days.get(day)
        if found is None:
            found = days[day] = Load()
        return found

    def total(self, lanes: Iterable[str] | None = None) -> Figures:
        """The figures of these lanes (all) and all tiers together."""
        figures = Figures()
        for lane in self.lanes if lanes is None else lanes:
            for found in self.lanes.get(lane, {}).values():
                figures.merge(found)
        return figures

    def merge(self, other: Tally) -> None:
        """Take in what another one counted."""
        for lane, tiers in other.lanes.items():
            for tier, figures in tiers.items():
                self.of(lane, tier).merge(figures)
        for person, days in other.load.items():
            for day, load in days.items():
                self.work(person, day).merge(load)
        for fate, n in other.fates.items():
            self.fates[fate] = self.fates.get(fate, 0) + n
