"""Where an event goes: which open cases it belongs to, and whether it is too late to matter."""

from __future__ import annotations

from typing import Any, Literal

from msgspec.structs import replace

from laneflow.engine.calendar import Calendar
from laneflow.engine.compiled import OURS, CompiledLane
from laneflow.engine.facts import View, next_appointment
from laneflow.engine.state import Act, Case, Ended, Event, Instant, PatientFile

Fit = Literal["carried", "lacks", "no"]


def family_of(event_type: str) -> str:
    """The word before the dot: ``appointment`` of ``appointment.booked``."""
    return event_type.partition(".")[0]


# What an event is a record of, where its family is not the record's own name.
_RECORD_OF = {"visit.completed": "appointment.id"}


def record_name(event: Event) -> str:
    """The fact that names the record an event is about, such as ``encounter.id``."""
    name = _RECORD_OF.get(event.type, "")
    return name if name in event.data else f"{family_of(event.type)}.id"


def record_of(event: Event) -> str | None:
    """``family:id`` of the record an event is about, None where it names none."""
    name = record_name(event)
    id_ = event.data.get(name)
    return None if id_ is None else f"{name.partition('.')[0]}:{id_}"


def is_stale(file: PatientFile, event: Event) -> bool:
    """Whether something newer of the same record has already been taken in."""
    record = record_of(event)
    return record is not None and event.time < file.newest.get(record, event.time)


HOW_IT_FITS: dict[str, Fit] = {
    "names it": "carried",
    "names another": "no",
    "linked": "carried",
    "unheard": "no",
    "other item": "no",
    "same keys": "carried",
    "other keys": "no",
    "linked elsewhere": "no",
    "not ours": "no",
    "ours": "carried",
    "ours, no key": "lacks",
    "no key": "lacks",
    "only by key": "no",
    "the patient's": "carried",
}
"""Every reason why an event belongs to a case, might, or does not."""


def fit(
    compiled: CompiledLane, case: Case, event: Event, file: PatientFile, calendar: Calendar
) -> Fit:
    """Whether an event belongs to a case: it carries its keys or a link, it lacks one, or not.

    ``lacks`` is a candidate: it acts only where it is the lane's only one.
    """
    return HOW_IT_FITS[how_it_fits(compiled, case, event, file, calendar)]


def how_it_fits(
    compiled: CompiledLane, case: Case, event: Event, file: PatientFile, calendar: Calendar
) -> str:
    """Why an event belongs to a case, might, or does not: one of ``HOW_IT_FITS``."""
    data = event.data
    named = data.get("case.id")
    if named is not None:
        return "names it" if named == case.id else "names another"
    appointment = data.get("appointment.id")
    if appointment is not None and appointment in case.appointments:
        return "linked"
    family = family_of(event.type)
    if event.type not in compiled.listens and family not in compiled.families:
        return "unheard"
    if event.type == "item.received" and data.get("item.id") not in compiled.item_ids:
        return "other item"
    held = compiled.extra_keys
    carried = [key for key in held if data.get(key) is not None]
    if carried:
        agrees = all(str(data[key]) == case.keys.get(key) for key in carried)
        return "same keys" if agrees else "other keys"
    if family in compiled.ours:
        if _linked_elsewhere(file, case, appointment):
            return "linked elsewhere"
        view = View(compiled.lane, case, file, calendar, event.at, data)
        if compiled.ours[family].index not in compiled.look(view, OURS + family).rules:
            return "not ours"
        return "ours, no key" if held else "ours"
    if held:
        return "no key" if event.type in compiled.listens else "only by key"
    return "the patient's"


def _linked_elsewhere(file: PatientFile, case: Case, appointment: str | None) -> bool:
    return appointment is not None and any(
        appointment in other.appointments for other in file.cases.values() if other.id != case.id
    )


def as_case(ended: Ended, patient: str) -> Case:
    """What a closed case remembers, as a case that an event can be fitted to."""
    return Case(
        id=ended.id, patient=patient, lane=ended.lane, keys=ended.keys, location=ended.location,
        facts=ended.facts, opening=ended.opening, appointments=ended.appointments,
        opened=ended.opened, trigger=ended.trigger,
    )  # fmt: skip


def remember(case: Case) -> Ended:
    """What the patient's file keeps of a case once it is closed."""
    assert case.closed is not None
    return Ended(
        id=case.id, lane=case.lane, keys=case.keys, at=case.closed.at, outcome=case.closed.outcome,
        opened=case.opened, trigger=case.trigger, location=case.location, facts=case.facts,
        opening=case.opening, appointments=case.appointments, owner=case.owner, backup=case.backup,
    )  # fmt: skip


def key_of(lane: str, keys: dict[str, str]) -> str:
    """The name of a lane's case slot: at most one open case stands in it."""
    return "|".join((lane, *(f"{k}={v}" for k, v in sorted(keys.items()))))


def note_patient(file: PatientFile, event: Event) -> None:
    """Keep what an event says of the patient; the latest word counts."""
    facts = file.facts
    newer = event.time >= file.facts_at
    for name, value in event.data.items():
        if name.startswith("patient.") and (newer or name not in facts):
            facts[name] = value
    if event.type == "patient.updated":
        file.facts_at = max(file.facts_at, event.time)
    if event.type == "patient.deceased":
        facts["patient.deceased"] = True


def note_barrier(file: PatientFile, act: Act) -> None:
    """Remember the last barrier a note named."""
    named = act.data.get("barrier")
    if named:
        file.facts["patient.last_barrier"] = named if isinstance(named, str) else named[-1]


def pressed_in(act: Act) -> list[tuple[str, dict[str, Any]]]:
    """The buttons pressed with an act: event types with their data."""
    if act.kind == "event":
        return [(act.data["type"], act.data.get("data", {}))]
    return [_button(pressed) for pressed in act.data.get("events", ())]


def _button(pressed: str | dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A button as a note carries it: a type, or a type with data."""
    if isinstance(pressed, str):
        return pressed, {}
    return pressed["type"], pressed.get("data", {})


def pressed_event(act: Act, n: int, type_: str, data: dict[str, Any]) -> Event:
    """The event of the ``n``-th button pressed with an act; it names its case, if it is of one."""
    when = min(act.data.get("time") or act.at, act.at)
    named = {**data, "case.id": act.case} if act.case else data
    return Event(f"{act.id}#{n}", "act", type_, when, act.patient, named, act.at)


_ENDS_APPOINTMENT = frozenset({"appointment.missed", "appointment.cancelled", "visit.completed"})


def about_appointment(event: Event, case: Case | None) -> Event:
    """A button that says "missed", "cancelled" or "came" means the appointment its case waits for.

    What is known of that appointment goes with it, so that every lane knows which one is meant.
    """
    if case is None or event.type not in _ENDS_APPOINTMENT or "appointment.id" in event.data:
        return event
    waited_for = next_appointment(case)
    if waited_for is None:
        return event
    known = {name: value for name, value in waited_for.items() if name != "state"}
    return replace(event, data=known | event.data)


def note_history(file: PatientFile, event: Event) -> None:
    """Count an event in the patient's history and remember the newest of its record."""
    times = file.history.get(event.type, [])
    at = len(times)
    while at and times[at - 1] > event.time:
        at -= 1
    file.history[event.type] = [*times[:at], event.time, *times[at:]]
    record = record_of(event)
    if record is not None:
        file.newest[record] = max(event.time, file.newest.get(record, event.time))


_EARLIER_KEPT: Instant = 400 * 86_400_000
_EARLIER_MOST = 200


def note_earlier(file: PatientFile, event: Event, key_facts: frozenset[str]) -> None:
    """Keep an event that carries a key: a case opened later with that key takes it in.

    Kept for 400 days, the 200 latest: enough for every key to meet its case.
    """
    if not key_facts.isdisjoint(event.data):
        kept = [e for e in file.earlier if e.time > event.time - _EARLIER_KEPT]
        file.earlier = [*kept, event][-_EARLIER_MOST:]
