"""Counterexamples: what fails, played by the engine as events and dates, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from laneflow.engine.ladder import LAST_RESORT
from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import Act, Case, Event, FileResult, Instant, PatientFile
from laneflow.lanes.model import Lane
from laneflow.practice.coverage import last_to_call
from laneflow.practice.model import LoadedPractice
from laneflow.practice.words import local, spoken
from laneflow.practice.zones import DAY, HOUR
from laneflow.proofs.prove.model import Failure, Line
from laneflow.proofs.prove.reach import PATIENT, Inputs, openings, reach
from laneflow.proofs.prove.staffing import Gap
from laneflow.proofs.silence import next_call, silent

WATCHED_DAYS = 60
"""How long a story is watched after its last event."""

_MOST_LINES = 14
_ROUND = 60
"""So many moves at one instant are a circle."""
_EARLIER = (0, HOUR, 4 * HOUR, *(n * DAY for n in (1, 2, 3, 5, 7, 10, 14, 21, 28, 42)))
Told = tuple[tuple[Line, ...], str]


class Call(NamedTuple):
    """Somebody is told of an escalation: which, in what role, when."""

    rule: str
    role: str
    at: Instant


class Stories:
    """Stories of one practice that begin at ``start`` or later."""

    def __init__(self, loaded: LoadedPractice, start: Instant) -> None:
        self.loaded, self.start = loaded, start
        self._live: Live | None = None

    @property
    def live(self) -> Live:
        """The practice, ready to decide; made only when something failed."""
        if self._live is None:
            self._live = Live(self.loaded)
        return self._live

    def of(self, lane: Lane, failure: Failure, gaps: Mapping[str, Gap | None]) -> Told:
        """The story of a failure and what came of it. Whatever stops the engine is part of it."""
        if failure.code == "no-time":
            return (), "Not played: the engine would go round for ever at one instant."
        try:
            first = next(openings(self.live, lane, self._begin(), self.live.default_location), None)
        except Exception as error:  # noqa: BLE001 (a lane the engine cannot read is a finding)
            return (), f"Not one case can be opened: the engine stops with {_named(error)}."
        if first is None:
            return (), "No event was found that opens a case, so no story can be played."
        if failure.code == "nobody-there":
            return self._nobody_there(lane, failure, gaps)
        if failure.code == "circle":
            return self._reached(lane, first, _goes_round, "a circle of moves")
        if failure.code in ("no-date", "no-status"):
            return self._reached(lane, first, lambda result: result is None, "it")
        if failure.code == "one-person":
            return self._one_person(lane, first)
        answered = failure.code in ("no-untouched", "no-overdue", "too-long")
        return self._unattended((first,), answered=answered, still=self._still(failure.code))

    def _still(self, code: str) -> str:
        """What the engine makes of a failure that this story alone does not show."""
        practice = self.loaded.practice
        ends = [practice.people.get(name) for name in (practice.last_resort, practice.on_call)]
        last, on_call = (person.name if person else "nobody" for person in ends)
        return {
            "no-rungs": f"The engine tells {last}, the last resort, at once, and nobody before.",
            "last-resort": f"Where nobody else is there, all falls to {on_call}, who is on call.",
            "no-owner": f"Every case falls to {last}, the last resort.",
            "no-backup": f"Every case is backed up by {last}, the last resort.",
            "no-window": "Only the first contact has a window; a first attempt may wait for it.",
            "no-first_response_late": "Only the task's own date calls.",
            "long-sleep": "The engine wakes it earlier than is written.",
            "no-ladder": "A note that asks for help would stop the engine.",
        }.get(code, "")

    def _begin(self) -> Instant:
        return self.live.calendar(self.live.default_location).next_open(self.start)

    # stories ---------------------------------------------------------------------------------

    def _unattended(self, inputs: Inputs, *, answered: bool = False, still: str = "") -> Told:
        """The events, then nobody acts; ``answered``: escalations are waved through, no more."""
        watched = Watched(self.live, inputs, answered=answered)
        return watched.lines, f"{watched.outcome} {still}".strip()

    def _reached(
        self, lane: Lane, first: Event, goal: Callable[[FileResult | None], bool], what: str
    ) -> Told:
        inputs = reach(self.live, lane, first, goal)
        if inputs is None:
            lines, _ = self._unattended((first,))
            return lines, (
                f"No events were found that lead to {what} in a few steps; conditions count as "
                "free choices, so it counts as possible."
            )
        return self._unattended(inputs)

    def _one_person(self, lane: Lane, first: Event) -> Told:
        """A case that falls to one person: which one a case falls to depends on its number."""
        for location in self.loaded.practice.locations:
            for number in range(40):
                event = next(openings(self.live, lane, first.at, location, f"#{number}"), None)
                if event is None:
                    break
                watched = Watched(self.live, (event,))
                case = watched.case
                if case is not None and case.owner == case.backup:
                    name = self.loaded.practice.people[case.owner].name
                    return watched.lines[:1], f"{name} is both its owner and its backup."
        return self._unattended((first,))

    def _nobody_there(self, lane: Lane, failure: Failure, gaps: Mapping[str, Gap | None]) -> Told:
        """A case whose escalation is told when nobody is there."""
        best: Told | None = None
        for gap in gaps.values():
            if gap is None or f'"{gap.ladder}"' not in failure.what:
                continue
            for before in _EARLIER:
                event = next(openings(self.live, lane, gap.at - before, gap.location), None)
                if event is None:
                    break
                watched = Watched(self.live, (event,))
                if watched.lost is not None:
                    return watched.lines, watched.outcome
                best = best or (watched.lines, watched.outcome)
        lines, outcome = best or ((), "")
        note = "No case was found that climbs it just then; a note may ask for it at any time."
        return lines, f"{outcome} {note}".strip()


class Watched:
    """One story played to its end: its lines, who was called, what stopped it."""

    def __init__(self, live: Live, inputs: Inputs, *, answered: bool = False) -> None:
        """``answered``: each escalation is resolved when it is told, and nothing else is done."""
        self.live, self.answered = live, answered
        self.file = PatientFile(patient=PATIENT)
        self.calls: list[Call] = []
        self.told: list[tuple[Instant, str]] = []
        self.stopped = ""
        self.rounds = 0
        self.until = inputs[-1].at + WATCHED_DAYS * DAY
        self._play(inputs)

    @property
    def case(self) -> Case | None:
        """The case it is about, while it is open."""
        return next(iter(self.file.cases.values()), None)

    @property
    def lines(self) -> tuple[Line, ...]:
        """What happened, each with its local time."""
        shown = self.told[:_MOST_LINES]
        return tuple(Line(self._iso(at), what) for at, what in shown)

    @property
    def lost(self) -> Call | None:
        """The first call that reaches nobody."""
        return next((call for call in self.calls if self._reaches_nobody(call)), None)

    @property
    def outcome(self) -> str:
        """What came of it, in a sentence."""
        if self.rounds:
            return (
                f"The engine gives up after {self.rounds:,} moves at one instant, here and each "
                "time it looks again: the task's date starts anew each time and never comes. "
                "Only untouched may still call."
            )
        if self.stopped:
            return f"{self.stopped} Nobody is called about this case any more."
        lost = self.lost
        if lost is not None:
            ends = self.live.practice.last_resort, self.live.practice.on_call
            names = " and ".join(dict.fromkeys(self._name(person) for person in ends))
            when = self._words(lost.at)
            return f'On {when} "{lost.rule}" falls to {names}, who cannot be reached.'
        case = self.case
        why = silent(case, self.live, self.until) if case else None
        if not self.calls:
            return f"By {self._words(self.until)} nobody has been called{_because(why)}."
        if why:
            return f"After {self._words(self.calls[-1].at)} nobody is called{_because(why)}."
        following = next_call(case) if case else None
        if self.answered and following is not None and following > self.until:
            last = self._words(self.calls[-1].at)
            return f"After {last} nobody is called until {self._words(following)}."
        first = self.calls[0]
        return (
            f'Here the engine still calls: "{first.rule}" to the {first.role} on '
            f"{self._words(first.at)}."
        )

    def _play(self, inputs: Inputs) -> None:
        waiting = list(inputs)
        while not (self.stopped or self.rounds):
            due = self.file.wake_at
            at = min(t for t in (due, waiting[0].at if waiting else None, self.until) if t)
            if at >= self.until:
                return
            given = [waiting.pop(0)] if waiting and waiting[0].at <= at else []
            for item in given:
                self.told.append((item.at, _arrives(item)))
            try:
                result = run(self.live, self.file, given, at)
            except Exception as error:  # noqa: BLE001 (what stops the engine is the story's end)
                self.stopped = f"Here the engine stops with {_named(error)}."
                return
            self._keep(result, at)
            if self.answered:
                waiting = sorted([*waiting, *self._waved_through(result)], key=lambda i: i.at)

    def _waved_through(self, result: FileResult) -> Iterator[Act]:
        """Somebody resolves what they are told of, and does nothing else."""
        case = self.case
        if case is None:
            return
        for decision in result.decisions:
            for notice in decision.notices:
                held = case.escalations.get(notice.key)
                if held is not None:
                    at = max(held.release, decision.at) + HOUR
                    data = {"escalation": notice.key}
                    id_ = f"{notice.key}@{at}"
                    yield Act(id_, "resolve", case.owner, at, PATIENT, case.id, data)

    def _keep(self, result: FileResult, at: Instant) -> None:
        for decision in result.decisions:
            self.calls += [Call(n.key, n.role, n.release) for n in decision.notices]
        for id_, after in result.touched.items():
            before = self.file.cases.get(id_)
            self.told += [(at, text) for text in self._changes(before, after)]
        self.rounds = most if (most := _moves(result)) > _ROUND else 0
        self.file = result.file

    def _changes(self, before: Case | None, after: Case) -> Iterator[str]:
        if before is None:
            owner, backup = self._name(after.owner), self._name(after.backup)
            yield f"a case opens in {after.lane}, tier {after.tier}: {owner}, backed up by {backup}"
        if after.closed is not None:
            yield f"closed as {after.closed.outcome}"
            return
        if before is None or before.status != after.status or before.task != after.task:
            task = after.task
            due = f", its task due {self._words(task.due.at)}" if task else ""
            yield f"status {after.status}{due}"
        for rule, held in after.escalations.items():
            known = before.escalations.get(rule) if before else None
            if known is None or known.rung != held.rung:
                whom = "the last resort" if held.role == LAST_RESORT else f"the {held.role}"
                yield f'"{rule}" is told to {whom} on {self._words(held.release)}'

    def _reaches_nobody(self, call: Call) -> bool:
        location = self.case.location if self.case else self.live.default_location
        calendar = self.live.calendar(location)
        today, open_now = calendar.local_date(call.at), calendar.is_open(call.at)
        return call.role == LAST_RESORT and (
            last_to_call(self.live.practice, today, open_now=open_now) is None
        )

    def _name(self, person: str) -> str:
        known = self.live.practice.people.get(person)
        return known.name if known else f'"{person}"'

    def _iso(self, at: Instant) -> str:
        return local(at, self.live.practice.time_zone).isoformat(timespec="minutes")

    def _words(self, at: Instant) -> str:
        return spoken(at, self.live.practice.time_zone)


def _arrives(item: Event | Act) -> str:
    if isinstance(item, Act):
        said = ", ".join(str(v) for k, v in item.data.items() if k != "task")
        return f"{item.kind}{': ' if said else ''}{said}"
    shown = {k: v for k, v in item.data.items() if k not in ("case.id", "location")}
    said = ", ".join(f"{name}: {value}" for name, value in shown.items())
    return f"{item.type}{f' ({said})' if said else ''}"


def _because(why: str | None) -> str:
    return f": {why}" if why else ""


def _named(error: Exception) -> str:
    return f"{type(error).__name__} ({error})" if str(error) else type(error).__name__


def _goes_round(result: FileResult | None) -> bool:
    """Whether one decision moved a case more often than any sound lane can."""
    return result is not None and _moves(result) > _ROUND


def _moves(result: FileResult) -> int:
    """The most moves of one decision."""
    moved = (
        sum(line.did.startswith("moved to") for line in decision.trace)
        for decision in result.decisions
    )
    return max(moved, default=0)
