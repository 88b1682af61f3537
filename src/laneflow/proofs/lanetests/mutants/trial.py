"""Trying mutants: for each changed lane, the tests that could notice, until one does."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from laneflow.engine.live import Live
from laneflow.lanes.load import load_practice
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.deaf import deaf
from laneflow.proofs.lanetests.mutants import Mutant, mutants
from laneflow.proofs.lanetests.running import TestResult, collect, play
from laneflow.proofs.lanetests.scenario import Scenario
from laneflow.proofs.lanetests.touched import PRACTICE, Key

# A ruleset that was asked leaves 560 KB behind: a process that tried so many mutants is replaced.
_PER_PROCESS = 150
_FEW = 24
"""So few mutants are tried sooner than a second process starts."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one mutant; ``noticed_by`` is the test that failed, empty where none did."""

    lane: str
    kind: str
    what: str
    file: str
    line: int
    noticed_by: str

    @property
    def survived(self) -> bool:
        """Whether no test noticed the change."""
        return not self.noticed_by


Test = tuple[str, int]
"""Which test: its file and line."""
_Job = tuple[int, tuple[Test, ...]]


def drawn(
    loaded: LoadedPractice,
    lanes: frozenset[str] = frozenset(),
    most: int | None = None,
    seed: int = 0,
) -> list[int]:
    """Which mutants to try, by their number: those of ``lanes``, or, if empty, all there are.

    ``most``: only so many, drawn by ``seed``, the same each time.
    """
    chosen = [n for n, m in enumerate(mutants(loaded)) if not lanes or m.lane in lanes]
    if most is not None and most < len(chosen):
        return sorted(random.Random(seed).sample(chosen, most))
    return chosen


def try_mutants(
    loaded: LoadedPractice,
    results: Sequence[TestResult],
    chosen: Sequence[int],
    *,
    processes: int = 1,
    files: Sequence[Path] | None = None,
    done: Callable[[Tried], None] = lambda tried: None,
) -> list[Tried]:
    """Try the mutants that were ``drawn``; what became of each, in their order.

    ``results`` are those of the unchanged practice, from the tests in ``files``; only a test that
    passed can notice anything. ``done`` is told of each as it ends.
    """
    found = mutants(loaded)
    jobs = [(n, _able_to_notice(found[n], results)) for n in chosen]
    noticed: dict[int, str] = {}
    for n, test in _tried(loaded, jobs, processes, files):
        noticed[n] = test
        done(_result(found[n], test))
    return [_result(found[n], noticed[n]) for n in chosen]


def _result(mutant: Mutant, test: str) -> Tried:
    where = mutant.where
    return Tried(mutant.lane, mutant.kind, mutant.what, where.file, where.line, test)


def _able_to_notice(mutant: Mutant, results: Sequence[TestResult]) -> tuple[Test, ...]:
    """The passing tests that touched what was changed: the lane's own first, quick ones first."""
    able = [r for r in results if r.passed and any(_touches(r, key) for key in mutant.keys)]
    able.sort(key=lambda r: (r.lane != mutant.lane, r.seconds))
    return tuple((r.file, r.line) for r in able)


def _touches(result: TestResult, key: Key) -> bool:
    lane, name = key
    if not name:
        return any(touched == lane for touched, _ in result.touched)
    if lane == PRACTICE and name.startswith("escalations."):
        return any(touched == name for _, touched in result.touched)
    return key in result.touched


def _tried(
    loaded: LoadedPractice, jobs: Sequence[_Job], processes: int, files: Sequence[Path] | None
) -> Iterator[tuple[int, str]]:
    """Number of each mutant and the test that noticed it, as they come."""
    hopeful = [job for job in jobs if job[1]]
    yield from ((n, "") for n, tests in jobs if not tests)  # what no test touches, none notices
    if processes < 2 or len(hopeful) < _FEW:
        bench = _Bench(loaded, files)
        try:
            yield from map(bench.attempt, hopeful)
        finally:
            bench.close()
        return
    with deaf():
        pool = multiprocessing.get_context("spawn").Pool(
            processes, _start, (loaded.folder, files), maxtasksperchild=_PER_PROCESS
        )
    try:
        yield from pool.imap_unordered(_attempt, hopeful)
    finally:
        pool.terminate()  # also when somebody has had enough: nothing is left running
        pool.join()


class _Kept(Live):
    """The unchanged practice: its matchers serve every mutant that left their lane alone."""

    def close(self, but: object = None) -> None:
        """Nothing is given back while mutants are tried."""

    def give_back(self) -> None:
        """Give the matchers' memory back at the end."""
        super().close()


class _Bench:
    """Where mutants are tried: the unchanged lanes, their tests and their mutants, made once."""

    def __init__(self, loaded: LoadedPractice, files: Sequence[Path] | None) -> None:
        self._live = _Kept(loaded)
        self._mutants = mutants(loaded)
        self._tests: dict[Test, Scenario] = {
            (each.entry.where.file, each.entry.where.line): each
            for each in collect(self._live, files)
            if isinstance(each, Scenario)
        }

    def attempt(self, job: _Job) -> tuple[int, str]:
        """Play the tests on one mutant until one fails: its number and the test's name."""
        n, tests = job
        live = Live(self._mutants[n].loaded, before=self._live)
        try:
            failed = (t for t in tests if not self._passes(live, self._tests[t]))
            test = next(failed, None)
        finally:
            live.close(but=self._live.lanes)
        return n, "" if test is None else self._tests[test].name

    def _passes(self, live: Live, scenario: Scenario) -> bool:
        try:
            return play(live, scenario).passed
        except Exception:  # noqa: BLE001 - a lane no check would accept may break the engine: noticed
            return False

    def close(self) -> None:
        """Give the memory back."""
        self._live.give_back()


_bench: _Bench | None = None


def _start(folder: str, files: Sequence[Path] | None) -> None:
    """Make a process ready; Ctrl-C is the parent's to answer."""
    global _bench
    loaded, _ = load_practice(folder)
    assert loaded is not None
    _bench = _Bench(loaded, files)


def _attempt(job: _Job) -> tuple[int, str]:
    assert _bench is not None
    return _bench.attempt(job)
