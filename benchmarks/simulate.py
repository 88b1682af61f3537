"""How many decisions a second ``simulate`` plays, in one process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from benchmarks.figures import Figure, Options
from benchmarks.practice import ROOT
from laneflow.lanes.load import load_practice
from laneflow.proofs.simulate.assumed import assumed
from laneflow.proofs.simulate.playing import simulate

A_DAY = 60
"""Triggers on a business day."""


def measure(options: Options) -> Iterator[Figure]:
    """The starter practice with its guesses, 60 triggers a day: one run of some weeks."""
    loaded, _ = load_practice(ROOT)
    assert loaded is not None
    guess = assumed(loaded)
    more = 5 * A_DAY / sum(sum(arrival.rates) for arrival in guess.arrivals)
    weeks = 1 if options.quick else 4
    plan = replace(
        guess,
        weeks=weeks,
        warm_up=0,
        runs=1,
        arrivals=tuple(
            replace(one, rates=tuple(rate * more for rate in one.rates)) for one in guess.arrivals
        ),
    )
    speeds, took = [], []
    for seed in range(options.runs):
        began = time.perf_counter()
        [played] = simulate(loaded, replace(plan, seed=seed), today=date(2026, 8, 3))
        took.append(time.perf_counter() - began)
        speeds.append(played.runs[0].decisions / took[-1])
        options.say(f"{weeks} weeks in {took[-1]:.1f} s")
    yield Figure("simulate: decisions", "1/s", tuple(speeds))
    yield Figure(f"simulate: one run of {weeks} weeks", "s", tuple(took), less=True)
