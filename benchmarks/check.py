"""How long the whole process of a command takes, from nothing to its exit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Options
from benchmarks.practice import ROOT

LANES = 200


def measure(options: Options) -> Iterator[Figure]:
    """``laneflow check`` of the starter practice and of 200 lanes, and ``laneflow --help``."""
    for name, aim in (("check", 0.6), ("--help", None)):
        runs = tuple(_took(ROOT, name) for _ in range(2 * options.runs))
        yield Figure(f"check: laneflow {name}", "s", runs, aim, less=True)
    with tempfile.TemporaryDirectory() as folder:
        many = Path(folder)
        _multiply(many)
        runs = tuple(_took(many, "check") for _ in range(options.runs))
        yield Figure(f"check: laneflow check, {LANES} lanes", "s", runs, 5, less=True)


def _multiply(folder: Path) -> None:
    """The starter practice with its lanes copied under other names until there are enough."""
    for part in ("practice.yaml", "scripts", "schemas"):
        source = ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / part)
    (folder / "lanes").mkdir()
    lanes = sorted((ROOT / "lanes").glob("*.yaml"))
    for n in range(LANES):
        lane = lanes[n % len(lanes)]
        text = lane.read_text("utf-8")
        # Not the same text twice: some number of each copy is its own.
        text = text.replace("{at_least: 3}", f"{{at_least: {3 + n}}}")
        name = f"{lane.stem}-{n // len(lanes)}" if n >= len(lanes) else lane.stem
        (folder / "lanes" / f"{name}.yaml").write_text(text, "utf-8")


def _took(practice: Path, *arguments: str) -> float:
    command = [sys.executable, "-m", "laneflow", *arguments]
    here = {**os.environ, "LANEFLOW_PRACTICE": str(practice)}
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=here, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
