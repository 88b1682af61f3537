"""Lane tests: the scenarios of lanes/tests/*.yaml, run under a clock of their own by the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from laneflow.engine.calendar import Calendar
from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import Act, Case, Decision, Event, Instant, PatientFile, Taken
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.entry import Entry
from laneflow.practice.model import LoadedPractice
from laneflow.proofs import acting, expecting
from laneflow.proofs.scenario import Scenario, Step, WrongError, read_scenarios
from laneflow.proofs.silence import silent


@dataclass(frozen=True, slots=True)
class TestResult:
    """What became of one lane test. ``name`` is empty where the file could not be read at all.

    ``file`` is relative to the practice folder; ``line`` counts from 1. ``failures`` are every
    difference, in the order of the steps.
    """

    __test__ = False  # pytest: this is not a test of ours

    file: str
    name: str
    line: int
    lane: str = ""
    failures: tuple[Problem, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.failures


def run_lane_tests(
    loaded: LoadedPractice, files: Iterable[Path] | Path | None = None
) -> list[TestResult]:
    """Run lane tests by the engine itself and return their results in file order.

    ``files``: a folder, a file, or several of them; by default the practice's own
    ``lanes/tests``. A file or test that cannot be read is a failed result with the reasons.
    """
    live = Live(loaded)
    try:
        return [result for file in _files(loaded, files) for result in _run_file(live, file)]
    finally:
        live.close()


def _files(loaded: LoadedPractice, files: Iterable[Path] | Path | None) -> list[Path]:
    if files is None:
        files = Path(loaded.folder) / "lanes" / "tests"
    found: list[Path] = []
    for path in [files] if isinstance(files, Path) else files:
        found += sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    return found


def _run_file(live: Live, path: Path) -> Iterator[TestResult]:
    file = _within(Path(live.loaded.folder), path)
    try:
        scenarios = read_scenarios(live, path.read_bytes(), file)
    except LaneflowError as error:
        yield TestResult(file, "", error.problems[0].line, failures=error.problems)
        return
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        yield TestResult(file, "", 0, failures=(Problem(file, 0, 0, what),))
        return
    for scenario in scenarios:
        failures = scenario.problems or tuple(_Play(live, scenario).failures())
        line = scenario.entry.where.line
        yield TestResult(file, scenario.name, line, scenario.lane, failures)


def _within(folder: Path, path: Path) -> str:
    whole, root = path.resolve(), folder.resolve()
    return str(whole.relative_to(root)) if whole.is_relative_to(root) else str(path)


@dataclass(slots=True)
class _Play:
    """One scenario being played: the patient's file so far and all that has happened to it."""

    live: Live
    scenario: Scenario
    now: Instant = 0
    file: PatientFile = field(default_factory=lambda: PatientFile(patient=acting.PATIENT))
    cases: dict[str, Case] = field(default_factory=dict)
    unplaced: int = 0
    decisions: list[Decision] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

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
            at = expecting.shown(self._calendar(), before)
            raise WrongError(step.entry["at"], f"the step before this one is later, {at}")

    def _run(self, inputs: list[Event | Act]) -> None:
        result = run(self.live, self.file, inputs, self.now)
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
        """The first difference of a step also tells what the engine did last, and why."""
        for index, problem in enumerate(problems):
            hint = problem.hint or (self._last() if index == 0 else "")
            yield Problem(
                problem.file, problem.line, problem.column, problem.what, hint, problem.path
            )

    def _last(self) -> str:
        fates = [t for t in self.taken if t.why]
        for decision in reversed(self.decisions):
            if decision.trace:
                trace = decision.trace[-1]
                place = f" ({trace.file}:{trace.line})" if trace.file else ""
                return f"Last: {trace.did}, by {trace.rule}{place}."
        return f"The last input was {fates[-1].fate}: {fates[-1].why}." if fates else ""

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
