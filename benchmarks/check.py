"""How long the whole process of a command takes, from nothing to its exit."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.figures import Figure, Options
from benchmarks.practice import ROOT

COMMANDS = (("check", 0.6), ("--help", None))


def measure(options: Options) -> Iterator[Figure]:
    """``laneflow check`` on the starter practice, and ``laneflow --help``."""
    for name, aim in COMMANDS:
        runs = tuple(took(name) for _ in range(2 * options.runs))
        yield Figure(f"check: laneflow {name}", "s", runs, aim, less=True)


def took(*arguments: str) -> float:
    """Seconds of one run of ``laneflow`` with these arguments on the starter practice."""
    command = [sys.executable, "-m", "laneflow", *arguments]
    here = {**os.environ, "LANEFLOW_PRACTICE": str(ROOT)}
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=here, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
