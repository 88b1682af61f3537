"""A patient's file as it was: what the log of inputs says had become known by an instant.

What every input leaves in the file is noted by the very functions the engine takes it in with.
Cases are not rebuilt here: their own log does that (``engine.fold``).
"""

from __future__ import annotations

from collections.abc import Iterable

from laneflow.engine.live import Live
from laneflow.engine.route import (
    is_stale,
    key_of,
    note_barrier,
    note_earlier,
    note_history,
    note_patient,
    pressed_event,
    pressed_in,
    remember,
)
from laneflow.engine.state import Act, Case, Decision, Event, Instant, PatientFile


def note_event(live: Live, file: PatientFile, event: Event) -> None:
    """What an event leaves in the file, whatever cases it goes to."""
    note_patient(file, event)
    stale = is_stale(file, event)
    note_history(file, event)
    if not stale:
        note_earlier(file, event, live.key_facts)


def note_act(file: PatientFile, act: Act, finished: Iterable[Event] = ()) -> None:
    """What a person's act leaves in the file; ``finished``: the events its done task stood for."""
    if act.kind == "place":
        return
    if act.kind != "event":
        note_barrier(file, act)
    buttons = enumerate(pressed_in(act))
    pressed = [pressed_event(act, n, type_, data) for n, (type_, data) in buttons]
    known = {event.id for event in pressed}
    for event in (*pressed, *(event for event in finished if event.id not in known)):
        note_patient(file, event)
        note_history(file, event)


def events_of(decision: Decision, act: Act) -> list[Event]:
    """The event a decision answered, where that was one recorded by finishing ``act``'s task."""
    if decision.input[:2] != ("event", "act") or not decision.input[2].startswith(f"{act.id}#"):
        return []
    return [
        Event(decision.input[2], "act", change[2], change[3], act.patient, {"case.id": act.case})
        for change in decision.changes
        if change[:2] == ("add", "counts")
    ]


def together(into: PatientFile, gone: PatientFile) -> None:
    """Another record of the same person becomes part of this one."""
    into.facts = {**gone.facts, **into.facts}
    for kind, times in gone.history.items():
        into.history[kind] = sorted([*into.history.get(kind, ()), *times])
    for record, newest in gone.newest.items():
        into.newest[record] = max(newest, into.newest.get(record, 0))
    into.earlier = sorted([*into.earlier, *gone.earlier], key=lambda event: event.time)


def with_cases(file: PatientFile, cases: Iterable[Case], at: Instant) -> PatientFile:
    """The file with the cases that were open then and what it remembered of the closed ones."""
    for case in sorted(cases, key=lambda case: case.at):
        if case.closed is not None:
            file.ended[key_of(case.lane, case.keys)] = remember(case)
        if case.closed is None or case.escalations:
            file.cases[case.id] = case
    file.at = at
    return file
