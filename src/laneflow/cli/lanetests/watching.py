"""Owns ``laneflow test --watch``: a change of a file runs the tests it may concern, again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session
from laneflow.cli.lanetests import telling
from laneflow.cli.lanetests.chosen import Chosen
from laneflow.work.clock import Clock

if TYPE_CHECKING:
    from laneflow.engine.live import Live
    from laneflow.practice.model import LoadedPractice
    from laneflow.proofs.lanetests.running import TestResult
    from laneflow.proofs.lanetests.scenario import Scenario

_TOGETHER = 200
"""Milliseconds within which changes are one: an editor writes several files."""

_LOOK = 250
"""Milliseconds after which the watcher says that nothing changed, so that the tests begin."""


def watch_tests(
    session: Session, names: tuple[str, ...], pattern: str | None, verbose: bool
) -> int:
    """Run all tests asked for, then, until Ctrl-C, those that each change may concern."""
    watched = _Watched(session, names, pattern, verbose)
    for changed in _changes(session.folder):
        watched.again(changed)
    return 0


def _changes(folder: Path) -> Iterator[frozenset[str]]:
    """Names of the files that changed, relative to the practice; KeyboardInterrupt at Ctrl-C.

    The first time there are none, and the folder is watched by then: what is changed while the
    tests of that time run is not missed.
    """
    from watchfiles import watch

    root, first = folder.resolve(), True
    for found in watch(
        root, watch_filter=lambda _, path: _matters(root, path), debounce=_TOGETHER,
        rust_timeout=_LOOK, yield_on_timeout=True,
    ):  # fmt: skip
        if found or first:
            yield frozenset(str(Path(path).relative_to(root)) for _, path in found)
        first = False


def _matters(root: Path, path: str) -> bool:
    """practice.yaml and whatever stands under lanes, but editors' own files."""
    within = Path(path).relative_to(root)
    yaml = within.suffix in (".yaml", ".yml") and not within.name.startswith(".")
    return yaml and (within.name == "practice.yaml" or within.parts[0] == "lanes")


@dataclass(slots=True)
class _Watched:
    session: Session
    names: tuple[str, ...]
    pattern: str | None
    verbose: bool
    live: Live | None = None
    last: dict[tuple[str, str], TestResult] = field(default_factory=dict)

    def again(self, changed: frozenset[str]) -> None:
        """Load the practice as it now is and run what ``changed`` may concern; all at first."""
        loaded, problems = self.session.load()
        at = datetime.fromtimestamp(Clock().now() / 1000).astimezone()
        click.secho(f"{at:%H:%M:%S}  {_said(changed)}", bold=True)
        show.problems(problem for problem in problems if problem.severity == "error")
        if loaded is None:
            return
        first = self.live is None
        lanes = self._changed_lanes(loaded)
        results, seconds = self._run(loaded, lanes, changed, everything=first)
        told = telling.Told(self.session.folder, self.verbose)
        for result in results:
            self.last[result.file, result.name] = result
            if not result.passed:
                told.failure(result)
        telling.summary(results, seconds)

    def _changed_lanes(self, loaded: LoadedPractice) -> frozenset[str]:
        """The lanes that are not as they were: other, new, gone, mended; all with the practice."""
        if self.live is None or self.live.loaded.practice != loaded.practice:
            return frozenset(loaded.lanes)
        before = self.live.loaded.lanes
        return frozenset(
            id_ for id_ in before.keys() | loaded.lanes if before.get(id_) != loaded.lanes.get(id_)
        )

    def _run(
        self, loaded: LoadedPractice, lanes: frozenset[str], changed: frozenset[str],
        *, everything: bool,
    ) -> tuple[list[TestResult], float]:  # fmt: skip
        from laneflow.engine.live import Live
        from laneflow.proofs.lanetests.running import run_with

        self.live = Live(loaded, before=self.live)
        chosen = Chosen.of(loaded, self.names, self.pattern)

        def wanted(scenario: Scenario) -> bool:
            concerned = everything or self._concerned(scenario, lanes, changed)
            return concerned and chosen.wants(scenario)

        began = time.perf_counter()
        results = run_with(self.live, chosen.files, wanted=wanted)
        return results, time.perf_counter() - began

    def _concerned(
        self, scenario: Scenario, lanes: frozenset[str], changed: frozenset[str]
    ) -> bool:
        """Whether a test was written anew, or has to do with a lane that changed."""
        file = scenario.entry.where.file
        last = self.last.get((file, scenario.name))
        touched = {lane for lane, _ in last.touched} if last else set()
        return file in changed or last is None or bool(lanes & {scenario.lane, *touched})


def _said(changed: frozenset[str]) -> str:
    return f"{', '.join(sorted(changed))} changed" if changed else "all tests"
