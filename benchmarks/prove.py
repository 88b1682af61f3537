"""How long the proof of the starter practice takes, in the process and as a whole command."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figures import Figure, Options, timed
from benchmarks.practice import ROOT
from benchmarks.process import processes
from laneflow.lanes.load import load_practice
from laneflow.proofs.prove import prove

START = 1_795_323_600_000
"""2026-11-22 00:00 in New York: the longest holiday run lies ahead."""


def measure(options: Options) -> Iterator[Figure]:
    """``laneflow prove`` on the starter practice, and the proof alone."""
    loaded, _ = load_practice(ROOT)
    assert loaded is not None
    alone = []
    for _ in range(options.runs):
        with timed() as spent:
            prove(loaded, START)
        alone.append(spent.wall)
    with processes() as here:
        name = "prove: laneflow prove, 8 lanes, a year"
        yield here.figure(name, ROOT, options.runs, 5, "prove")
    yield Figure("prove: of which the proof", "s", tuple(alone))
