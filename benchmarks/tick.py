"""What a tick costs with a thousand files due among ever more open cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, Options, Took, timed
from benchmarks.practice import app_at, folder
from benchmarks.stock import DUE, NOW, TURNS, stock
from laneflow.work.clock import MINUTE
from laneflow.work.due import Done, tick
from laneflow.work.garbage import rarely_collected

CASES = (10_000, 100_000, 1_000_000)
AIM = 1.3
"""The last to the first: a tick costs what is due, not what exists."""


def measure(options: Options) -> Iterator[Figure]:
    """Decide and write a thousand due files, in stores of three sizes."""
    sizes = CASES[:2] if options.quick else CASES
    figures = []
    for cases in sizes:
        with folder() as path:
            (first, *ticks), done = _ticks(stock(cases, path, options))
        runs = tuple(took.wall * 1000 for took in ticks)
        busy = median(took.cpu * 1000 for took in ticks)
        note = f"{done.files:,} files, {done.decisions:,} decisions; {busy:,.0f} ms of CPU; "
        note += f"before them the first of the process, {first.wall * 1000:,.0f} ms"
        name = f"tick: {DUE:,} due among {cases:,}"
        figures.append(Figure(name, "ms", runs, less=True, note=note))
        yield figures[-1]
    ratio = (figures[-1].value / figures[0].value,)
    yield Figure(f"tick: {sizes[-1]:,} to {sizes[0]:,}", "times", ratio, AIM, less=True)


def _ticks(file: Path) -> tuple[list[Took], Done]:
    """How long several ticks took, each with others due, and what the last one did."""
    app = app_at(f"sqlite:///{file}", NOW)
    ticks, done = [], Done()
    with rarely_collected():  # as the daemon does
        for turn in range(TURNS):
            with timed() as took:
                done = tick(app, NOW + turn * MINUTE)
            app.store.checkpoint()  # the daemon does it in another thread
            ticks.append(took)
    app.store.close()
    app.forget_live()
    return ticks, done
