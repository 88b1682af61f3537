"""One lane test played: its steps given to the engine one by one, and all that differs told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from laneflow.engine.calendar import Calendar
from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import Act, Case, Decision, Event, Instant, PatientFile, Taken
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.entry import Entry
from laneflow.proofs.lanetests import acting, expecting, telling
from laneflow.proofs.lanetests.comparing import Difference, shown
from laneflow.proofs.lanetests.scenario import Scenario, Step, WrongError
from laneflow.proofs.lanetests.touched import Recorder
from laneflow.proofs.silence import silent


@dataclass(slots=True)
class Play:
    """One scenario being played: the patient's file so far and all that has happened to it."""

    live: Live
    scenario: Scenario
    now: Instant = 0
    file: PatientFile = field(default_factory=lambda: PatientFile(patient=acting.PATIENT))
    cases: dict[str, Case] = field(default_factory=dict)
    unplaced: int = 0
    decisions: list[Decision] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.live)

    def failures(self) -> Iterator[Problem]:
        """Play every step; what differs is told and the play goes on, as far as it can."""
        self.now = self.scenario.start
        facts = {"patient.first_name": "Alex", "patient.last_name": "Test"}
        self.file.facts = facts | self.scenario.patient
        for number, step in enumerate(self.scenario.steps, start=1):
            try:
                yield from self._step(number, step)
            except LaneflowError as error:
                yield from error.problems
                return

    def _step(self, number: int, step: Step) -> Iterator[Problem]:
        self._advance(step)
        if step.verb:
            # What fell due while the clock moved comes first: a step acts on what it would see.
            self._run([])
            self._run([acting.input_of(self._acting(number, step.entry), step.verb, step.entry)])
        else:
            self._run([])
        expect = step.entry.get("expect")
        differing = list(self._differences(step, expect)) if expect else []
        yield from self._explained(differing)
        if expect is None or "silent" not in expect:
            yield from self._silence(step.entry)

    def _advance(self, step: Step) -> None:
        before = self.now
        if step.until is not None:
            self.now = step.until
        elif step.wait is not None:
            self.now = self._calendar().add(self.now, step.wait)
        if self.now < before:
            at = shown(self._calendar(), before)
            raise WrongError(step.entry["at"], f"the step before this one is later, {at}")

    def _run(self, inputs: list[Event | Act]) -> None:
        result = run(self.live, self.file, inputs, self.now)
        self.recorder.take(self.cases, len(self.file.held), result)
        self.file = result.file
        self.cases |= result.touched
        self.unplaced += len(result.unplaced)
        self.decisions += result.decisions
        self.taken += result.inputs

    def _acting(self, number: int, entry: Entry) -> acting.Scene:
        named = "case" in entry
        # An event goes where the engine sends it, unless it names a case; all else has one.
        case = self._case(entry) if named or "event" not in entry else None
        place = case.location if case else self.scenario.location
        return acting.Scene(
            self.live, self.live.calendar(place), self.now, number, self.scenario.location,
            case, named,
        )  # fmt: skip

    def _differences(self, step: Step, expect: Entry) -> Iterator[Problem]:
        chooser = expect if "case" in expect else step.entry
        lane = self._lane(step.entry)
        scene = expecting.Scene(
            live=self.live,
            lane=self.live.lanes[lane].lane,
            file=self.file,
            case=self._case(chooser, lane),
            cases=list(self.cases.values()),
            unplaced=self.unplaced,
            calendar=self._calendar(),
            at=self.now,
        )
        return expecting.differences(scene, expect)

    def _explained(self, problems: list[Problem]) -> Iterator[Problem]:
        """The first difference of a step also tells what the engine did last, why, and before."""
        for index, problem in enumerate(problems):
            if index:
                yield Difference.of(problem)
                continue
            story = telling.story(self.decisions, self.taken, self._calendar())
            last = telling.last(self.decisions, self.taken)
            yield Difference.of(problem, last, story=story)

    def _silence(self, entry: Entry) -> Iterator[Problem]:
        """No step of any test may leave a case silent, asked or not."""
        for case in self.cases.values():
            why = silent(case, self.live, self.now)
            if why:
                yield entry.problem(f"the case in {case.lane} is silent: {why}")

    def _case(self, entry: Entry, lane: str | None = None) -> Case | None:
        """The case an entry names, else the lane's open one, else its last closed one."""
        lane = lane or self._lane(entry)
        found = [case for case in self.cases.values() if case.lane == lane]
        named = entry.get("case")
        if named is not None:
            found = [case for case in found if self._is(case, named.value)]
            if not found:
                raise WrongError(named, f"no case of {lane} is this one")
        still = [case for case in found if case.closed is None]
        if len(still) > 1:
            keys = " and ".join(str(case.keys) for case in still)
            hint = f"Say which with case: {{…}}; there are {keys}."
            raise WrongError(entry, f"{len(still)} cases of {lane} are open", hint)
        latest = still or found
        return latest[-1] if latest else None

    def _is(self, case: Case, named: dict[str, Any]) -> bool:
        known = {name: value for name, (value, _) in case.facts.items()} | case.opening | case.keys
        return all(str(known.get(name)) == str(value) for name, value in named.items())

    def _lane(self, entry: Entry) -> str:
        lane = entry.text("lane", self.scenario.lane)
        if lane not in self.live.lanes:
            raise WrongError(entry["lane"], f'there is no lane "{lane}"')
        return lane

    def _calendar(self) -> Calendar:
        return self.live.calendar(self.scenario.location)
