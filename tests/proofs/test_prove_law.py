"""If nobody acts, somebody is called in the time the proof says: the engine on random lanes."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, assume, given, settings

from cast import live, patient
from laneflow.engine.run import run
from laneflow.engine.state import Case, FileResult, Instant
from laneflow.lanes.model import Lane
from laneflow.practice.zones import DAY
from laneflow.proofs.prove import LaneProof, prove
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
    lane: Lane, story: list[Happening]
) -> None:
    ready = live(lane)
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


def watch(ready: object, file: object, case: Case, most: Instant) -> None:
    """Let nobody act, wake by wake, until somebody is called."""
    since, end = awake(case), file.at + WATCHED  # type: ignore[attr-defined]
    while True:
        due = file.wake_at  # type: ignore[attr-defined]
        until = min(due or end, end)
        result: FileResult = run(ready, file, [], until)  # type: ignore[arg-type]
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
