"""How long a whole ``laneflow`` process takes, from nothing to its exit."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, Took
from benchmarks.practice import ROOT


class Processes:
    """Runs commands with Python's bytecode kept, as it is where laneflow is installed."""

    def __init__(self, cache: str) -> None:
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        self._environment = {**kept, "PYTHONPYCACHEPREFIX": cache}

    def figure(
        self, name: str, practice: Path, runs: int, aim: float | None, *arguments: str
    ) -> Figure:
        """Seconds of several runs of one command, after one that is not counted."""
        took = [self._took(practice, *arguments) for _ in range(runs + 1)][1:]
        note = f"{median(run.cpu for run in took):.2f} s of CPU"
        return Figure(name, "s", tuple(run.wall for run in took), aim, less=True, note=note)

    def _took(self, practice: Path, *arguments: str) -> Took:
        command = [sys.executable, "-m", "laneflow", *arguments]
        here = {**self._environment, "LANEFLOW_PRACTICE": str(practice)}
        before, began = spent(), time.perf_counter()
        subprocess.run(command, cwd=ROOT, env=here, stdout=subprocess.DEVNULL, check=True)
        return Took(wall=time.perf_counter() - began, cpu=spent() - before)


def spent() -> float:
    """Processor time of all processes that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def processes() -> Iterator[Processes]:
    """Commands to be timed; what they share is gone afterwards."""
    with tempfile.TemporaryDirectory() as cache:
        yield Processes(cache)
