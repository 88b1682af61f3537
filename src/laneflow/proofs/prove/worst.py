"""The worst-case silence of a lane: the longest a case can wait with nobody called.

After any documented act at ``t`` two dates call: the main task's (built-in escalation *overdue*)
and ``untouched``. An escalation is told at once or at the next opening. So the wait after an act is
the lesser of the two, and a rung that does not answer passes on after its own time. Each is worked
out exactly with the engine's calendar, over every edge of the horizon (see ``edges``).

Two things are free choices and taken at their worst: how a date came to be (entry, another attempt,
another round, a note), and whether the overdue escalation was resolved without doing the task,
which leaves ``untouched`` alone to call.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from laneflow.engine.calendar import Calendar
from laneflow.engine.dates import LONGEST_SLEEP, NEXT_DAY, SOON
from laneflow.engine.ladder import LUNCH, staffed, told_at_once
from laneflow.engine.state import Instant
from laneflow.lanes.durations import in_words
from laneflow.lanes.model import Due, Duration, EscalationRule, Lane, Status
from laneflow.practice.model import Ladder, Practice, Rung
from laneflow.proofs.prove.edges import Edges, longest
from laneflow.proofs.prove.model import Kind, Silence, Sleep

APART = frozenset({"promise", "snooze"})
"""Waits a person writes down with a date: planned sleep, reported beside the silence."""


class Way(NamedTuple):
    """One way a date comes to be: where it is written, in words, and how far ahead."""

    where: str
    what: str
    span: Duration


class Waits:
    """The waits of one practice in a horizon: each worked out once, whichever lane asks."""

    def __init__(
        self, practice: Practice, calendars: dict[str, Calendar], start: Instant, end: Instant
    ) -> None:
        self.practice = practice
        self.edges = {name: Edges(held, start, end) for name, held in calendars.items()}
        self._alone: dict[tuple[str, Duration, bool, bool], tuple[Instant, Instant]] = {}
        self._either: dict[tuple[str, Duration, bool, Duration, bool], tuple[Instant, Instant]] = {}
        self._rungs: dict[tuple[Any, ...], tuple[Instant, Instant] | None] = {}

    def told(self, location: str, at: Instant, at_once: bool) -> Instant:
        """When the first person is told of an escalation raised at ``at``."""
        return at if at_once else self.edges[location].calendar.next_open(at)

    def due(self, location: str, at: Instant, span: Duration, plain: bool = False) -> Instant:
        """The date ``span`` after ``at``; ``plain``: a person's own, left in closed time."""
        calendar = self.edges[location].calendar
        return calendar.add(at, span) if plain else calendar.deadline(at, span, at)

    def alone(
        self, location: str, span: Duration, at_once: bool, plain: bool = False
    ) -> tuple[Instant, Instant]:
        """The longest (wait, since) where only a date ``span`` ahead calls."""
        key = (location, span, at_once, plain)
        if key not in self._alone:
            tries = self.edges[location].through(span)
            found = longest(
                lambda t: self.told(location, self.due(location, t, span, plain), at_once), tries
            )
            assert found is not None  # the horizon's own start is always tried
            self._alone[key] = found
        return self._alone[key]

    def either(
        self, location: str, span: Duration, at_once: bool, other: Duration, other_at_once: bool
    ) -> tuple[Instant, Instant]:
        """The longest (wait, since) where the sooner of two dates calls."""
        wait, since = self.alone(location, span, at_once)
        if self.told(location, self.due(location, since, other), other_at_once) >= since + wait:
            return wait, since
        key = (location, span, at_once, other, other_at_once)
        if key not in self._either:
            edges = self.edges[location]
            found = longest(
                lambda t: min(
                    self.told(location, self.due(location, t, span), at_once),
                    self.told(location, self.due(location, t, other), other_at_once),
                ),
                (*edges.through(span), *edges.through(other)),
            )
            assert found is not None
            self._either[key] = found
        return self._either[key]

    def rung(
        self, location: str, rung: Rung, at_once: bool, other: tuple[Duration, bool] | None = None
    ) -> tuple[Instant, Instant] | None:
        """The longest (wait, since) from being told at a rung to the next; None: never told there.

        Somebody is told at a rung only at an instant it is staffed. ``other`` is a date from then
        that may call sooner, and whether at once.
        """
        key = (location, rung, at_once, other)
        if key not in self._rungs:
            calendar = self.edges[location].calendar

            def next_told(at: Instant) -> Instant:
                told = self.told(location, calendar.add(at, rung.within), at_once)
                if other is None:
                    return told
                return min(told, self.told(location, self.due(location, at, other[0]), other[1]))

            self._rungs[key] = longest(next_told, self._stands(location, rung, at_once, other))
        return self._rungs[key]

    def _stands(
        self, location: str, rung: Rung, at_once: bool, other: tuple[Duration, bool] | None
    ) -> list[Instant]:
        """The edges at which a rung may be told."""
        edges = self.edges[location]
        calendar = edges.calendar
        shifts = calendar.duty_edges(rung.role, edges.start, edges.end)
        tries = {*edges.through(rung.within), *shifts, *(t - LUNCH for t in shifts)}
        if other is not None:
            tries.update(edges.through(other[0]))
        return sorted(
            t
            for t in tries
            if edges.start <= t <= edges.end
            and (at_once or calendar.is_open(t))
            and staffed(calendar, rung.role, t, at_once)
        )


def builtin(lane: Lane, name: str) -> EscalationRule | None:
    """The lane's built-in escalation of that name."""
    return next((rule for rule in lane.escalations if rule.builtin == name), None)


def ladder_of(practice: Practice, name: str) -> Ladder:
    """The ladder an escalation climbs, as the engine finds it."""
    return practice.ladders.get(name) or practice.ladders[practice.default_ladder]


def ladders_of(lane: Lane, practice: Practice) -> dict[str, Ladder]:
    """The ladders a lane's escalations climb, and the default one."""
    names = dict.fromkeys([*(rule.ladder for rule in lane.escalations), practice.default_ladder])
    found = (ladder_of(practice, name) for name in names)
    return {ladder.id: ladder for ladder in found}


def kinds_of(lane: Lane, tier: str, waits: Waits) -> dict[str, Silence]:
    """The longest wait of each kind in a tier, over every location."""
    found: dict[str, Silence] = {}
    for location in waits.edges:
        for silence in _Lane(lane, tier, location, waits).all():
            held = found.get(silence.kind)
            if held is None or silence.lasts > held.lasts:
                found[silence.kind] = silence
    return found


class _Lane:
    """One lane's waits in one tier at one location."""

    def __init__(self, lane: Lane, tier: str, location: str, waits: Waits) -> None:
        self.lane, self.tier, self.location, self.waits = lane, tier, location, waits
        self.practice = waits.practice
        self.late = self._at_once("overdue")
        self.other = lane.untouched, self._at_once("untouched")

    def all(self) -> Iterator[Silence]:
        """Every wait there is, the same kind several times."""
        waits, practice, (untouched, at_once) = self.waits, self.practice, self.other
        for way in ways_of(self.lane, self.tier):
            found = waits.either(self.location, way.span, self.late, untouched, at_once)
            yield self._silence("task", found, way)
        yield from self._ladders()
        alone = waits.alone(self.location, untouched, at_once)
        text = f"nothing documented for {in_words(untouched)}"
        yield self._silence("untouched", alone, Way("untouched", text, untouched))
        for kind, name, span in (
            ("promise", "longest_wait", practice.longest_wait),
            ("snooze", "longest_snooze", practice.longest_snooze),
        ):
            found = waits.alone(self.location, span, self.late, plain=True)
            way = Way(name, f"at most {in_words(span)}", span)
            yield self._silence("promise" if kind == "promise" else "snooze", found, way)

    def _ladders(self) -> Iterator[Silence]:
        mine = builtin(self.lane, "untouched")
        own = ladder_of(self.practice, mine.ladder if mine else self.practice.default_ladder)
        for ladder in ladders_of(self.lane, self.practice).values():
            at_once = told_at_once(self.practice, ladder, self.tier)
            where = f"ladders.{ladder.id}"
            span = ladder.resolve_within
            found = self.waits.either(self.location, span, at_once, *self.other)
            text = f"taken, to be resolved within {in_words(span)}"
            yield self._silence("taken", found, Way(where, text, span))
            for rung in ladder.rungs[:-1]:
                other = None if ladder is own else self.other
                passed = self.waits.rung(self.location, rung, at_once, other)
                if passed is not None:
                    text = f"the {rung.role} has {in_words(rung.within)}"
                    yield self._silence("ladder", passed, Way(where, text, rung.within))

    def _at_once(self, name: str) -> bool:
        rule = builtin(self.lane, name)
        ladder = ladder_of(self.practice, rule.ladder if rule else self.practice.default_ladder)
        return told_at_once(self.practice, ladder, self.tier)

    def _silence(self, kind: Kind, found: tuple[Instant, Instant], way: Way) -> Silence:
        lasts, since = found
        calendar = self.waits.edges[self.location].calendar
        plain = kind in ("ladder", "promise", "snooze")
        due, called = self.waits.due(self.location, since, way.span, plain), since + lasts
        sooner = due > called  # the main task's date is further off than ``untouched``
        return Silence(
            kind=kind,
            lasts=lasts,
            since=since,
            due=called if sooner else due,
            called=called,
            location=self.location,
            where=way.where,
            what=f"{way.what}; untouched calls sooner" if sooner else way.what,
            zone=calendar.location.time_zone,
        )


def ways_of(lane: Lane, tier: str) -> Iterator[Way]:
    """Every way the main task of a status of ``lane`` can come to a date."""
    for status in lane.statuses.values():
        yield from _ways(lane, tier, status)


def _ways(lane: Lane, tier: str, status: Status) -> Iterator[Way]:
    task, where = status.task, f"statuses.{status.id}.task"
    yield from _due_ways(lane, tier, task.due, where)
    for number, attempt in enumerate(task.attempts[1:], start=2):
        span = attempt.after or SOON
        yield Way(where, f"attempt {number} after {in_words(span)}", span)
    if task.every is not None:
        yield Way(where, f"again every {in_words(task.every)}", task.every)
    else:  # a note after which nothing else follows
        yield Way(where, f"after a note, {in_words(NEXT_DAY)}", NEXT_DAY)


def _due_ways(lane: Lane, tier: str, due: Due, where: str) -> Iterator[Way]:
    if due.duration is not None:
        yield Way(where, f"due {in_words(due.duration)}", due.duration)
        return
    name = due.window or due.anchor or ""
    window = lane.windows.get(name)
    if window is None or window.start is not None:
        yield Way(where, f"due {in_words(NEXT_DAY)}, {name} not being known yet", NEXT_DAY)
    if window is not None and due.window is not None:
        span = window.by_tier.get(tier) or next(iter(window.by_tier.values()))
        yield Way(where, f"due {name}, {in_words(span)}", span)
    elif due.side == "after" and due.by is not None:
        yield Way(where, f"due {in_words(due.by)} after {name}", due.by)


def sleeps_of(lane: Lane) -> tuple[Sleep, ...]:
    """Where a case of the lane sleeps, and how long."""
    return tuple(
        Sleep(f"statuses.{status.id}.task.start", _how_long(status.task.start))
        for status in lane.statuses.values()
        if status.task.start is not None
    )


def _how_long(start: Due) -> str:
    most = f"at most {in_words(LONGEST_SLEEP)}"
    if start.duration is not None:
        return f"for {in_words(start.duration)}"
    name = start.window or start.anchor
    if start.by is None or start.by.n == 0:
        return f"until {name}, {most}"
    return f"until {in_words(start.by)} {start.side} {name}, {most}"
