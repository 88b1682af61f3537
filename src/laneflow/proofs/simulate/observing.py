"""What is kept of one run: its figures, who was how busy, how much waited, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from laneflow.engine.live import Live
from laneflow.engine.state import Act, Case, FileResult, Instant, PatientFile
from laneflow.practice.zones import DAY, HOUR, MINUTE, days_from_epoch
from laneflow.proofs.simulate.queues import Queues
from laneflow.proofs.simulate.staffing import Duty, weekday
from laneflow.proofs.tally import Frame, Tally
from laneflow.proofs.tally.counting import Counting

_WEEK = (0,) * 7


class Day(msgspec.Struct):
    """One day of one run.

    ``contacts`` are tries to reach a patient, ``notes`` all that was written down of contacts,
    ``acts`` all that was documented; ``worked`` in milliseconds. At its last midnight: ``open``
    cases, ``overdue`` tasks, and work ``waiting`` that could be done and was not.
    """

    date: str
    arrived: int = 0
    contacts: int = 0
    notes: int = 0
    acts: int = 0
    worked: int = 0
    open: int = 0
    overdue: int = 0
    waiting: int = 0


class Busy(msgspec.Struct):
    """One person in one run. By weekday, Monday first, in milliseconds: on duty, and at work.

    ``waiting``: how much waited that they could have done -> in how many of the hours on duty.
    ``full``: in how many of them they had their most open tasks or more.
    """

    duty: list[int]
    worked: list[int]
    waiting: dict[int, int]
    full: int = 0


class RunResult(msgspec.Struct):
    """What one run came to. ``overdue``: lane -> tier -> tasks past their date at the end."""

    number: int
    tally: Tally
    people: dict[str, Busy]
    days: list[Day]
    overdue: dict[str, dict[str, int]]
    decisions: int


class Observer:
    """Looks at one run over [``since``, ``until``) and counts from ``start`` on."""

    def __init__(self, live: Live, since: Instant, start: Instant, until: Instant) -> None:
        self._live, self._start, self._until = live, start, until
        self._calendar = live.calendar(live.default_location)
        self.duty = Duty(live, since, until)
        self._counting = Counting(Frame.of(live, start, until))
        self._first = days_from_epoch(self._calendar.local_date(start))
        last = days_from_epoch(self._calendar.local_date(until - 1))
        self._days = [
            Day(self._calendar.local_date(self._midnight(day)).isoformat())
            for day in range(self._first, last + 1)
        ]
        self._people = {
            person: Busy(self._on_duty(person), list(_WEEK), {}) for person in live.practice.people
        }
        self._open: dict[str, Case] = {}
        self._decisions = 0
        self.overdue: dict[str, dict[str, int]] = {}

    # what happens ------------------------------------------------------------------------------

    def arrived(self, at: Instant) -> None:
        """A trigger came."""
        day = self._day(at)
        if day is not None:
            day.arrived += 1

    def decided(self, result: FileResult) -> None:
        """The engine decided."""
        self._counting.take(result)
        self._decisions += len(result.decisions)
        for case in result.touched.values():
            if case.closed is None:
                self._open[case.id] = case
            else:
                self._open.pop(case.id, None)

    def worked(self, person: str, start: Instant, end: Instant) -> None:
        """Somebody was at work; what began before the first day counts from it on."""
        start, end = max(start, self._start), min(end, self._until)
        if start < end:
            self._people[person].worked[weekday(self._calendar, start)] += end - start
            day = self._day(start)
            assert day is not None
            day.worked += end - start

    def did(self, act: Act) -> None:
        """Somebody documented something."""
        day = self._day(act.at)
        if day is None:
            return
        day.acts += 1
        day.notes += act.kind == "note"
        outcome = act.data.get("outcome", "") if act.kind == "note" else ""
        if outcome and outcome != "reached partner":
            day.contacts += 1

    def samples(self) -> Iterator[Instant]:
        """When to look: every hour, and at the end of every day."""
        at = self._start
        while at < self._until:
            yield at
            at += HOUR
        for number in range(1, len(self._days) + 1):
            yield self._midnight(self._first + number) - MINUTE

    def sample(self, now: Instant, queues: Queues, load: Mapping[str, int]) -> None:
        """How much waits now, for everybody on duty; at the end of a day, how the cases stand."""
        day = self._day(now)
        assert day is not None
        if self._calendar.zone.local(now) % DAY == DAY - MINUTE:
            day.open, day.waiting = len(self._open), queues.waiting()
            day.overdue = sum(_overdue(case, now) for case in self._open.values())
            return
        for person, busy in self._people.items():
            if self.duty.on_duty(person, now):
                many = queues.waiting_for(person)
                busy.waiting[many] = busy.waiting.get(many, 0) + 1
                most = self._live.practice.people[person].most_open_tasks
                busy.full += most is not None and load.get(person, 0) >= most

    def ends(self, files: Iterable[PatientFile]) -> None:
        """The run is over: what is overdue."""
        for file in files:
            for case in file.cases.values():
                late = _overdue(case, self._until) if case.closed is None else 0
                if late:
                    tiers = self.overdue.setdefault(case.lane, {})
                    tiers[case.tier] = tiers.get(case.tier, 0) + late

    def result(self, number: int) -> RunResult:
        """What it came to."""
        tally = self._counting.done()
        return RunResult(number, tally, self._people, self._days, self.overdue, self._decisions)

    # how ---------------------------------------------------------------------------------------

    def _day(self, at: Instant) -> Day | None:
        index = self._calendar.zone.local(at) // DAY - self._first
        return self._days[index] if 0 <= index < len(self._days) else None

    def _midnight(self, day: int) -> Instant:
        return self._calendar.zone.instant(day * DAY)

    def _on_duty(self, person: str) -> list[int]:
        week = list(_WEEK)
        for start, end in self.duty.stretches(person):
            start, end = max(start, self._start), min(end, self._until)
            if start < end:
                week[weekday(self._calendar, start)] += end - start
        return week


def _overdue(case: Case, at: Instant) -> int:
    main = [case.task] if case.task is not None and not case.task.paused else []
    return sum(task.due.at <= at for task in (*main, *case.side.values()))
