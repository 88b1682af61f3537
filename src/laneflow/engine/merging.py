"""Two records of one person become one: the file that stays takes over everything of the other."""

from __future__ import annotations

import copy

from laneflow.engine.fold import Draft, stamp
from laneflow.engine.live import Live
from laneflow.engine.route import key_of
from laneflow.engine.state import (
    Case,
    Decision,
    Event,
    FileResult,
    PatientFile,
    Taken,
    Trace,
)

MERGED = "patient.merged"
MERGED_FROM = "patient.merged_from"


def merge(
    live: Live, into: PatientFile, gone: PatientFile, event: Event
) -> tuple[FileResult, FileResult]:
    """Both files after ``event`` (``patient.merged``, about ``into``); to be written together.

    Open cases move over with their numbers, dates and owners; the file that goes keeps only where
    it went, so that whatever still arrives for it finds its way.
    """
    at = max(event.at, into.at, gone.at)
    after = copy.copy(into)
    after.at, after.seq = at, into.seq + 1
    after.facts = {**gone.facts, **into.facts}
    after.history = _together(into.history, gone.history)
    after.newest = {
        key: max(into.newest.get(key, 0), gone.newest.get(key, 0))
        for key in (*into.newest, *gone.newest)
    }
    after.earlier = sorted([*into.earlier, *gone.earlier], key=lambda e: e.time)
    after.ended = {**gone.ended, **into.ended}
    after.held = [*into.held, *gone.held]
    after.again = [*into.again, *gone.again]
    moved = [_moved(live, case, into, event, at) for case in gone.cases.values()]
    after.cases = {**into.cases, **{case.id: case for case, _ in moved}}
    taken = Taken(event, "placed" if moved else "recorded", tuple(c.id for c, _ in moved))
    left = PatientFile(patient=gone.patient, seq=gone.seq + 1, at=at, merged_into=into.patient)
    return (
        FileResult(
            patient=into.patient,
            seq_before=into.seq,
            file=after,
            touched={case.id: case for case, _ in moved},
            decisions=[decision for _, decision in moved],
            inputs=[taken],
            unplaced=[],
            renamed=True,
        ),
        FileResult(
            patient=gone.patient,
            seq_before=gone.seq,
            file=left,
            touched={},
            decisions=[],
            inputs=[],
            unplaced=[],
            renamed=True,
        ),
    )


def _together(mine: dict[str, list[int]], theirs: dict[str, list[int]]) -> dict[str, list[int]]:
    return {kind: sorted([*mine.get(kind, ()), *theirs.get(kind, ())]) for kind in (*mine, *theirs)}


def _moved(
    live: Live, case: Case, into: PatientFile, event: Event, at: int
) -> tuple[Case, Decision]:
    """One case under its new patient; its key follows unless that place is already taken."""
    draft = Draft(case)
    draft.set("patient", into.patient)
    keys = {k: into.patient if k == "patient.id" else v for k, v in case.keys.items()}
    taken = {key_of(c.lane, c.keys) for c in into.cases.values() if c.closed is None}
    if key_of(case.lane, keys) not in taken:
        draft.set("keys", keys)
    lane = live.lanes.get(case.lane)
    decision = Decision(
        case=case.id,
        seq=case.seq + 1,
        at=at,
        input=("event", event.source, event.id),
        changes=tuple(draft.changes),
        lane_hash=lane.lane.hash if lane else case.lane_hash,
        practice_hash=live.practice.hash,
        trace=(Trace(MERGED, did="moved to the record that stays"),),
    )
    stamp(draft.case, decision)
    return draft.case, decision
