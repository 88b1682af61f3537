"""Lane tests: the scenarios of lanes/tests/*.yaml, run under a clock of their own by the engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from laneflow.engine.live import Live
from laneflow.errors import LaneflowError, Problem
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.lanetests.playing import Play
from laneflow.proofs.lanetests.scenario import Scenario, read_scenarios
from laneflow.proofs.lanetests.touched import Key

Wanted = Callable[[Scenario], bool]
"""Whether a test is to be run."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """What became of one lane test. ``name`` is empty where the file could not be read at all.

    ``file`` is relative to the practice folder; ``line`` counts from 1. ``failures`` are every
    difference, in the order of the steps; those of a test that was not run say why. ``seconds``
    is how long it took; ``touched`` the parts of lanes it exercised.
    """

    __test__ = False  # pytest: this is not a test of ours

    file: str
    name: str
    line: int
    lane: str = ""
    failures: tuple[Problem, ...] = ()
    ran: bool = True
    seconds: float = 0.0
    touched: frozenset[Key] = frozenset()

    @property
    def outcome(self) -> Literal["passed", "failed", "not run"]:
        """What became of it, in words."""
        if not self.ran:
            return "not run"
        return "failed" if self.failures else "passed"

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return self.outcome == "passed"


def run_lane_tests(
    loaded: LoadedPractice,
    files: Iterable[Path] | Path | None = None,
    *,
    wanted: Wanted = lambda scenario: True,
    stop_at_first: bool = False,
    done: Callable[[TestResult], None] = lambda result: None,
) -> list[TestResult]:
    """Run lane tests by the engine itself and return their results in file order.

    ``files``: a folder, a file, or several of them; by default the practice's own
    ``lanes/tests``. A file or test that cannot be read is a failed result with the reasons; one
    whose lane did not load is a result that was not run. ``done`` is told of each as it ends.
    """
    live = Live(loaded)
    try:
        return run_with(live, files, wanted=wanted, stop_at_first=stop_at_first, done=done)
    finally:
        live.close()


def run_with(
    live: Live,
    files: Iterable[Path] | Path | None = None,
    *,
    wanted: Wanted = lambda scenario: True,
    stop_at_first: bool = False,
    done: Callable[[TestResult], None] = lambda result: None,
) -> list[TestResult]:
    """``run_lane_tests`` with lanes that are made ready already."""
    results: list[TestResult] = []
    for found in collect(live, files, wanted):
        result = play(live, found) if isinstance(found, Scenario) else found
        results.append(result)
        done(result)
        if stop_at_first and not result.passed:
            break
    return results


def collect(
    live: Live, files: Iterable[Path] | Path | None = None, wanted: Wanted = lambda scenario: True
) -> list[Scenario | TestResult]:
    """The tests to be run, in file order; in place of a file that cannot be read, its result."""
    broken = broken_lanes(live.loaded)
    found: list[Scenario | TestResult] = []
    for file in _files(live.loaded, files):
        found += [
            each
            for each in _read(live, file, broken)
            if isinstance(each, TestResult) or wanted(each)
        ]
    return found


def play(live: Live, scenario: Scenario) -> TestResult:
    """One test, played from its start to its end or to the step that cannot be done."""
    where, name, lane = scenario.entry.where, scenario.name, scenario.lane
    if scenario.missing or scenario.problems:
        ran = not scenario.missing
        return TestResult(where.file, name, where.line, lane, _unplayed(scenario), ran)
    played = Play(live, scenario)
    began = time.perf_counter()
    failures = tuple(played.failures())
    seconds = time.perf_counter() - began
    touched = frozenset(played.recorder.touched)
    return TestResult(
        where.file, name, where.line, lane, failures, seconds=seconds, touched=touched
    )


def _unplayed(scenario: Scenario) -> tuple[Problem, ...]:
    if not scenario.missing:
        return scenario.problems
    what = f"not run, for lanes/{scenario.missing}.yaml did not load"
    return (scenario.entry.problem(what, "`laneflow check` says what is wrong with it."),)


def broken_lanes(loaded: LoadedPractice) -> frozenset[str]:
    """The lanes whose files are there and did not load."""
    files = (Path(loaded.folder) / "lanes").glob("*.y*ml")
    return frozenset(f.stem for f in files if not f.name.startswith(".")) - loaded.lanes.keys()


def _files(loaded: LoadedPractice, files: Iterable[Path] | Path | None) -> list[Path]:
    if files is None:
        files = Path(loaded.folder) / "lanes" / "tests"
    found: list[Path] = []
    for path in [files] if isinstance(files, Path) else files:
        found += sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def _read(live: Live, path: Path, broken: frozenset[str]) -> Iterator[Scenario | TestResult]:
    file = within(Path(live.loaded.folder), path)
    try:
        yield from read_scenarios(live, path.read_bytes(), file, broken)
    except LaneflowError as error:
        yield TestResult(file, "", error.problems[0].line, failures=error.problems)
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        yield TestResult(file, "", 0, failures=(Problem(file, 0, 0, what),))


def within(folder: Path, path: Path) -> str:
    """A file's name relative to the practice folder, where it is inside it."""
    whole, root = path.resolve(), folder.resolve()
    return str(whole.relative_to(root)) if whole.is_relative_to(root) else str(path)
