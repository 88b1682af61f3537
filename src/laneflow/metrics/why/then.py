"""Owns the past: a case, its patient's file and the practice as they were at an instant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from laneflow.engine.filing import events_of, note_act, note_event, together, with_cases
from laneflow.engine.live import Live
from laneflow.engine.merging import MERGED, MERGED_FROM
from laneflow.engine.publishing import called_now
from laneflow.engine.state import Act, Case, Event, Instant, PatientFile
from laneflow.errors import LaneflowError, Problem
from laneflow.metrics.case.story import Step, steps
from laneflow.store.contract import Store
from laneflow.work import versions
from laneflow.work.app import App


@dataclass(frozen=True)
class Then:
    """A case at an instant. ``steps``: its decisions up to then; ``unknown``: what the log cannot
    tell of that time."""

    live: Live
    case: Case
    file: PatientFile
    at: Instant
    steps: list[Step]
    unknown: tuple[str, ...] = ()

    @property
    def trigger(self) -> Event | None:
        """The event that opened the case; None where a person opened it."""
        given = self.steps[0].input if self.steps else None
        return given if isinstance(given, Event) else None


def case_then(app: App, case: str, at: Instant) -> Then:
    """The case with this id as it was at ``at``, with the practice that was live then.

    Raises LaneflowError where it was not open yet.
    """
    told = list(steps(app.store, case, at))
    if not told:
        what = "nothing had been decided about this case by then"
        raise LaneflowError(Problem("--at", 0, 0, what, "Ask about a later time."))
    found = told[-1].after
    live, unknown = live_then(app, at)
    if found.lane not in live.lanes:
        what = f'the lane "{found.lane}" is not among those that are live'
        raise LaneflowError(Problem("case", 0, 0, what, "Ask with --at about a time when it was."))
    found = _called_now(live, found)
    file = file_then(app.store, live, found.patient, at)
    return Then(live, found, replace(file, cases={found.id: found}), at, told, unknown)


def _called_now(live: Live, case: Case) -> Case:
    """The case by its status's present name: it may have been renamed since anything was decided.

    Raises LaneflowError where the lane that is live knows no such status.
    """
    lane = live.lanes[case.lane].lane
    if case.closed is not None or case.status in lane.statuses:
        return case
    status = called_now(lane, case.status)
    if status is None:
        what = f'the case stands in status "{case.status}", which its lane no longer has'
        hint = "`laneflow run --once` brings it up to date."
        raise LaneflowError(Problem("case", 0, 0, what, hint))
    return replace(case, status=status)


def live_then(app: App, at: Instant) -> tuple[Live, tuple[str, ...]]:
    """The practice that was live at ``at``, and what cannot be known of it."""
    releases = app.store.releases()
    release = next((release for release in releases if release.at <= at), None)
    if not releases or release is releases[0]:
        return app.live, ()
    if release is None:
        return app.live, ("Nothing was published by then; this is told by what is live now.",)
    try:
        return Live(versions.live_practice(app.store, app.folder, release)), ()
    except LaneflowError:
        said = f"Release {release.n}, live then, cannot be read; told by what is live now."
        return app.live, (said,)


def file_then(
    store: Store, live: Live, patient: str, at: Instant, *, before: tuple[str, str] | None = None
) -> PatientFile:
    """The patient's file as the log tells it, without its cases: what was known at ``at``.

    ``before``: (source, id) of an input that has not come yet, nor anything after it.
    """
    file = PatientFile(patient=patient)
    finished = _finished(store, patient)
    for row in store.inputs(patient=patient):
        item: Event | Act = row["input"]
        if item.at > at or (row["source"], row["id"]) == before:
            break
        if isinstance(item, Act):
            note_act(file, item, finished.get(item.id, ()))
        elif item.type == MERGED:
            gone = str(item.data.get(MERGED_FROM, ""))
            if gone and gone != patient:
                together(file, file_then(store, live, gone, item.at))
        else:
            note_event(live, file, item)
        file.at = item.at
    return file


def cases_then(
    store: Store, patient: str, at: Instant, *, before: tuple[str, str] | None = None
) -> list[Case]:
    """The patient's cases, open and closed, as they were; ``before`` as in ``file_then``."""
    found = []
    for now in store.cases(open_only=False, patient=patient):
        last = None
        for step in steps(store, now.id, at):
            if before is not None and step.decision.input == ("event", *before):
                break
            last = step.after
        if last is not None and last.patient == patient:
            found.append(last)
    return found


def whole_file_then(
    store: Store, live: Live, patient: str, at: Instant, *, before: tuple[str, str] | None = None
) -> PatientFile:
    """The patient's file with its cases, as an input met it."""
    file = file_then(store, live, patient, at, before=before)
    return with_cases(file, cases_then(store, patient, at, before=before), at)


def _finished(store: Store, patient: str) -> dict[str, list[Event]]:
    """Act -> the events that finishing its task stood for, as the cases' logs tell them."""
    found: dict[str, list[Event]] = {}
    for case in store.cases(open_only=False, patient=patient):
        for act, event in _stood_for(store, case.id):
            known = found.setdefault(act, [])
            if event.id not in {e.id for e in known}:
                known.append(event)
    return found


def _stood_for(store: Store, case: str) -> Iterator[tuple[str, Event]]:
    acts: dict[str, Act] = {}
    for decision, given in store.log(case):
        if isinstance(given, Act):
            acts[given.id] = given
        act = acts.get(decision.input[-1].rpartition("#")[0])
        if act is not None:
            yield from ((act.id, event) for event in events_of(decision, act))
