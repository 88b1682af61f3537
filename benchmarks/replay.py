"""A past period's events replayed: a file of them, both sides decided anew, on every core."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator

from msgspec.structs import replace

from benchmarks.figures import Figure, Options, Took, timed
from benchmarks.practice import SEED, START, loaded
from benchmarks.process import spent
from laneflow.intake.synthetic import generate
from laneflow.lanes.model import Duration
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.replay import Beside
from laneflow.work.replaying import Plan
from laneflow.work.replaying import replay as replayed
from laneflow.work.stories import Files

EVENTS, QUICK = 1_000_000, 50_000
AIM = 5 * 60
DAYS = 180
A_DAY = 0.0544  # events a patient a day, the record of each patient at the beginning counted, too

LANE = "missed-appointment-recovery"


def measure(options: Options) -> Iterator[Figure]:
    """The whole practice edited, so that everything is decided twice; then one lane edited."""
    events = QUICK if options.quick else EVENTS
    patients = round(events / (A_DAY * DAYS))
    live = loaded()
    wait = replace(live.practice, longest_wait=Duration(29, "days"), hash="edited")
    whole = replace(live, practice=wait)
    lane = replace(live.lanes[LANE], hash="edited")
    one = replace(live, lanes={**live.lanes, LANE: lane})
    for named, edited in (("practice.yaml", whole), (f"lanes/{LANE}.yaml", one)):
        options.say(f"replaying {events:,} events of {patients:,} patients, {named} edited")
        runs = [_once(live, edited, patients) for _ in range(options.runs if options.quick else 1)]
        beside, took = runs[0]
        aim = AIM * events / EVENTS
        name = f"replay: {events:,} events, {named} edited"
        walls = tuple(run.wall for _, run in runs)
        yield Figure(name, "s", walls, aim, less=True, note=_note(beside, took))


def _once(live: LoadedPractice, edited: LoadedPractice, patients: int) -> tuple[Beside, Took]:
    before = spent()
    with timed() as took:
        files = Files(generate(patients, START, DAYS, SEED))
        assert files.first is not None
        assert files.last is not None
        plan = Plan(live, edited, files.first, files.last + 1)
        beside = replayed(plan, files.stories())
    took.cpu += spent() - before
    return beside, took


def _note(beside: Beside, took: Took) -> str:
    mine, theirs = (resource.getrusage(who).ru_maxrss for who in
                    (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    scale = 1024 if sys.platform != "darwin" else 1024**2
    figures = beside.after.total()
    return (
        f"{beside.events:,} events of {beside.patients:,} patients over {DAYS} days; "
        f"{figures.opened:,} cases opened, nobody acting; {len(os.sched_getaffinity(0))} cores; "
        f"at most {mine // scale:,} MB in the first process and {theirs // scale:,} in any other; "
        f"making and sorting the events is in it; {took.cpu:,.0f} s of CPU in all processes"
    )
