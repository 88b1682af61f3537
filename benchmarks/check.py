"""How long the whole process of a command takes, from nothing to its exit."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Options
from benchmarks.practice import ROOT
from benchmarks.process import processes

LANES = 200


def measure(options: Options) -> Iterator[Figure]:
    """``laneflow check`` of the starter practice and of 200 lanes, and ``laneflow --help``."""
    with processes() as here, tempfile.TemporaryDirectory() as folder:
        for name, aim in (("check", 0.6), ("--help", None)):
            yield here.figure(f"check: laneflow {name}", ROOT, 2 * options.runs, aim, name)
        many = Path(folder)
        _multiply(many)
        name = f"check: laneflow check, {LANES} lanes"
        yield here.figure(name, many, options.runs, 5, "check")


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
