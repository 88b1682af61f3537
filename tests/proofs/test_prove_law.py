"""If nobody acts, somebody is called in the time the proof says: the engine on random lanes."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, assume, given, settings
from msgspec.structs import replace

from cast import BUILT_IN, TIERS, call_task, event, lane, live, patient
from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import Case, FileResult, Instant, PatientFile
from laneflow.lanes.model import Due, Duration, Lane, TaskSpec, Window
from laneflow.practice.zones import DAY
from laneflow.proofs.prove import LaneProof, Silence, prove
from random_lanes import START, Happening, days, lanes, to_input

EXAMPLES = settings(
    max_examples=3000 if os.environ.get("LANEFLOW_SOAK") else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WATCHED: Instant = 60 * DAY


@EXAMPLES
@given(lanes(), days(most=6))
def test_somebody_is_called_within_the_worst_case_silence(
    given_lane: Lane, story: list[Happening]
) -> None:
    ready = live(given_lane)
    [proof] = prove(ready.loaded, START, days=200, stories=False)
    assume(proof.holds)
    file = patient(first_name="Rosa")
    for n, happening in enumerate(story):
        first = next(iter(file.cases.values()), None)
        escalation = next(iter(first.escalations), "none") if first else "none"
        item = to_input(n, happening, first.id if first else "nobody", escalation)
        file = run(ready, file, [item], happening[1]).file
    for case in file.cases.values():
        if case.closed is None and not stands(case):
            watch(ready, file, case, worst(proof))


def worst(proof: LaneProof) -> Instant:
    return max(silence.lasts for silence in proof.worst.values())


def stands(case: Case) -> bool:
    """Whether an escalation stands untaken: somebody has been called and has not answered."""
    return any(held.state == "open" for held in case.escalations.values())


def awake(case: Case) -> Instant:
    """Since when the case waits: the last act, or the end of a sleep that was planned."""
    task = case.task
    planned = (task.start.at if task and task.start else 0, (task and task.snoozed) or 0)
    return max(case.touched, case.started, *planned)


def watch(ready: Live, file: PatientFile, case: Case, most: Instant) -> None:
    """Let nobody act, wake by wake, until somebody is called."""
    since, end = awake(case), file.at + WATCHED
    while True:
        due = file.wake_at
        until = min(due or end, end)
        result: FileResult = run(ready, file, [], until)
        file = result.file
        told = [n.release for d in result.decisions if d.case == case.id for n in d.notices]
        if told:
            assert min(told) <= since + most
            return
        after = result.file.cases.get(case.id)
        if after is None or after.closed is not None:
            return
        since = max(since, awake(after))
        if until == end:
            assert until <= since + most
            return


@pytest.mark.parametrize(("complexity", "tier"), [("high", "urgent"), ("moderate", "high")])
@pytest.mark.parametrize("slow", [False, True], ids=["a task is missed", "untouched alone calls"])
def test_the_engine_waits_as_long_as_the_proof_says(complexity: str, tier: str, slow: bool) -> None:
    """The longest wait is no mere bound: opened just then, the case waits to the millisecond."""
    base = lane(windows=_windows(2), escalations=BUILT_IN, untouched=Duration(6, "business days"))
    far = Due(duration=Duration(90, "days")) if slow else Due(window="first_attempt")
    first = replace(base.statuses["first_call"], task=call_task(due=far))
    made = replace(base, statuses={**base.statuses, "first_call": first})
    if slow:
        made = replace(made, windows=_windows(90))
    ready = live(made)
    [proof] = prove(ready.loaded, START, days=200)
    kinds = proof.kinds[tier]
    held = kinds["untouched"] if slow else _longest_of_first_call(made, tier, ready)
    opened = event("encounter.discharged", held.since, encounter__complexity=complexity)
    result = run(ready, patient(), [opened], held.called + DAY)
    told = [notice.release for d in result.decisions for notice in d.notices]
    assert min(told) == held.called


def _windows(days_: int) -> dict[str, Window]:
    span = dict.fromkeys(TIERS, Duration(days_, "business days"))
    return {"first_attempt": Window(span), "first_contact": Window(span)}


def _longest_of_first_call(made: Lane, tier: str, ready: Live) -> Silence:
    """The wait of a lane whose only task is the first call, which nothing follows."""
    only = replace(made.statuses["first_call"], task=TaskSpec("Call", Due(window="first_attempt")))
    alone = replace(made, statuses={"first_call": only}, moves=())
    [proof] = prove(replace(ready.loaded, lanes={alone.id: alone}), START, days=200)
    return proof.kinds[tier]["task"]
