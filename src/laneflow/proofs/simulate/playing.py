"""Plays a scenario: every run of every staffing, in as many processes as wanted, in one order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from multiprocessing import get_context

from laneflow.engine.live import Live
from laneflow.engine.state import Instant
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.deaf import deaf
from laneflow.proofs.simulate.loop import Run
from laneflow.proofs.simulate.model import Scenario, Staffing
from laneflow.proofs.simulate.observing import Observer, RunResult
from laneflow.proofs.simulate.staffing import staffed

AS_IS = ""
"""The name of the staffing that is not a what-if."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Played:
    """All runs with one staffing, by number. ``people`` are those of that staffing."""

    name: str
    loaded: LoadedPractice
    runs: tuple[RunResult, ...]


@dataclass(frozen=True, slots=True)
class _Job:
    """One run to be played."""

    variant: int
    number: int
    since: Instant
    start: Instant
    until: Instant


def simulate(
    loaded: LoadedPractice,
    scenario: Scenario,
    *,
    today: date,
    workers: int = 1,
    progress: Progress = lambda _: None,
) -> list[Played]:
    """Play ``scenario`` with its own staffing and with each of its what-ifs.

    ``today`` is its first day where it names none. ``progress`` is told after each run how many
    are done. The same scenario gives the same results however many ``workers`` (processes) play
    it. Interrupted, nothing is left running.
    """
    variants = _variants(loaded, scenario)
    since, start, until = span(loaded, scenario, today)
    jobs = [
        _Job(variant, number, since, start, until)
        for variant in range(len(variants))
        for number in range(scenario.runs)
    ]
    results: dict[tuple[int, int], RunResult] = {}
    plays = _here if workers <= 1 or len(jobs) == 1 else _apart
    for job, result in plays([practice for _, practice in variants], scenario, jobs, workers):
        results[job.variant, job.number] = result
        progress(len(results))
    return [
        Played(name, practice, tuple(results[index, n] for n in range(scenario.runs)))
        for index, (name, practice) in enumerate(variants)
    ]


def span(
    loaded: LoadedPractice, scenario: Scenario, today: date
) -> tuple[Instant, Instant, Instant]:
    """The beginning of the warm-up, the first instant that counts, and the end."""
    live = Live(LoadedPractice(loaded.practice, {}, loaded.folder))
    calendar = live.calendar(live.default_location)
    first = scenario.start or today

    def midnight(days: int) -> Instant:
        return calendar.instant(datetime.combine(first + timedelta(days), time.min))

    return midnight(-7 * scenario.warm_up), midnight(0), midnight(7 * scenario.weeks)


def _variants(loaded: LoadedPractice, scenario: Scenario) -> list[tuple[str, LoadedPractice]]:
    changes: list[tuple[str, tuple[Staffing, ...]]] = [(AS_IS, (scenario.staffing,))]
    changes += [(name, (scenario.staffing, change)) for name, change in scenario.what_if]
    return [(name, staffed(loaded, *change)) for name, change in changes]


def _here(
    practices: list[LoadedPractice], scenario: Scenario, jobs: list[_Job], workers: int
) -> Iterator[tuple[_Job, RunResult]]:
    for job in jobs:
        yield job, _play(practices, scenario, job)


def _apart(
    practices: list[LoadedPractice], scenario: Scenario, jobs: list[_Job], workers: int
) -> Iterator[tuple[_Job, RunResult]]:
    """In processes of their own; as each is done."""
    pool = ProcessPoolExecutor(
        min(workers, len(jobs)),
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(practices, scenario),
    )
    try:
        with deaf():
            left: dict[Future[RunResult], _Job] = {pool.submit(_play_mine, j): j for j in jobs}
        while left:
            done, _ = wait(left, return_when=FIRST_COMPLETED)
            for future in done:
                yield left.pop(future), future.result()
    finally:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(cancel_futures=True)  # and waits: its thread must end before Python


_mine: tuple[list[LoadedPractice], Scenario] | None = None


def _begin(practices: list[LoadedPractice], scenario: Scenario) -> None:
    """In a worker: what it plays."""
    global _mine
    _mine = practices, scenario


def _play_mine(job: _Job) -> RunResult:
    assert _mine is not None
    return _play(*_mine, job)


def _play(practices: list[LoadedPractice], scenario: Scenario, job: _Job) -> RunResult:
    """One run. Its chances come from the seed and its number, not from who works."""
    with closing(Live(practices[job.variant])) as live:
        observer = Observer(live, job.since, job.start, job.until)
        key = f"{scenario.seed}:{job.number}"
        Run(live, scenario, key, job.since, job.until, observer).play()
        return observer.result(job.number)
