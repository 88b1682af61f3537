"""A case's beginning: its id, its keys, its first decision."""

from __future__ import annotations

from base64 import b32encode
from hashlib import blake2b
from typing import Any

from laneflow.engine.compiled import CLASSIFY, ITEMS, OPEN, CompiledLane, Numbered
from laneflow.engine.dates import start_windows
from laneflow.engine.decide import finish, input_of, settle
from laneflow.engine.facts import View
from laneflow.engine.instants import years_between
from laneflow.engine.live import Live
from laneflow.engine.route import key_of, record_name
from laneflow.engine.state import Case, Decision, Ended, Event, Instant, PatientFile
from laneflow.engine.step import Step
from laneflow.engine.taking import receive_items, take_event
from laneflow.engine.tasks import enter, sync_items
from laneflow.lanes.model import Lane, Opening


def case_id(lane: str, patient: str, keys: dict[str, str], event: Event) -> str:
    """A case's number, the same whenever the same trigger opens it: lane initials and 60 bits."""
    seed = "\0".join((key_of(lane, keys), patient, event.source, event.id))
    digest = b32encode(blake2b(seed.encode(), digest_size=10).digest()).decode()[:12]
    initials = "".join(word[0] for word in lane.split("-") if word)
    return f"{initials}-{digest.lower()}"


def keys_of(compiled: CompiledLane, event: Event, patient: str) -> dict[str, str] | None:
    """The lane's keys as the event carries them; None where it carries none of its records.

    A lane with several record keys has several kinds of trigger, each with a record of its own:
    the keys a trigger does not carry are empty.
    """
    keys = {name: _key(compiled.lane, name, event, patient) for name in compiled.lane.one_case_per}
    if compiled.extra_keys and not any(keys[name] for name in compiled.extra_keys):
        return None
    return keys


def _key(lane: Lane, name: str, event: Event, patient: str) -> str:
    if name == "patient.id":
        return patient
    fact = name.removeprefix("opening.")
    declared = lane.facts.get(fact)
    value = event.data.get(fact, declared.default if declared else None)
    return "" if value is None else str(value)


def triggered(
    live: Live, compiled: CompiledLane, event: Event, file: PatientFile, at: Instant
) -> Numbered[Opening] | None:
    """The lane's first trigger this event is, its condition tested on the event's own facts."""
    rules = compiled.opened_by.get(event.type)
    if rules is None:
        return None
    calendar = live.calendar(location_of(live, event, file))
    view = View(compiled.lane, compiled.no_case, file, calendar, at, event.data)
    holding = compiled.look(view, OPEN).rules
    return next((rule for rule in rules if rule.index in holding), None)


def location_of(live: Live, event: Event, file: PatientFile) -> str:
    """The location a case belongs to: the event's, the patient's, or the practice's first."""
    for named in (event.data.get("location"), file.facts.get("patient.location")):
        if named in live.practice.locations:
            return str(named)
    return live.default_location


def open_case(
    live: Live,
    compiled: CompiledLane,
    event: Event,
    keys: dict[str, str],
    file: PatientFile,
    at: Instant,
    *,
    rule: Numbered[Opening] | None = None,
    previous: Ended | None = None,
    successor: bool = False,
    by: str = "opened by hand",
) -> tuple[Case, Decision]:
    """Open a case and make its first decision.

    ``by`` is what the trace names where no trigger of the lane opens it (``rule`` is None).

    ``previous`` is the closed case it follows; a ``successor`` (a reopening) takes over what that
    one knew. The patient's earlier events that carry one of its keys set facts and fire nothing.
    """
    step = _begin(live, compiled, event, keys, file, at)
    _take_over(step, previous, successor)
    step.draft.set("opening", _opening(step, event, previous if successor else None))
    known = [e for e in file.earlier if _carries(compiled, keys, e) and e.id != event.id]
    _stand(step, [*known, event])
    if rule is not None:
        step.because(rule, f"opened in {compiled.lane.id}")
    else:
        step.say("reopens" if successor else by, f"opened in {compiled.lane.id}")
    if not successor:
        step.event = None  # the trigger's own facts are in; its type answers no rule a second time
    settle(step)
    case, decision = finish(step, input_of(event, None, False, live))
    assert decision is not None
    return case, decision


def _begin(
    live: Live,
    compiled: CompiledLane,
    event: Event,
    keys: dict[str, str],
    file: PatientFile,
    at: Instant,
) -> Step:
    """The first decision of a case that knows only its number, its keys and its trigger."""
    lane = compiled.lane.id
    blank = Case(id=case_id(lane, file.patient, keys, event), patient=file.patient, lane=lane)
    blank.location = location_of(live, event, file)
    step = Step(live, compiled, blank, file, at, event)
    step.draft.changes.append(("new", blank.id, blank.patient, blank.lane))
    step.draft.changes.append(("set", "location", blank.location))
    step.draft.set("keys", keys)
    step.draft.set("opened", event.time)
    step.draft.set("trigger", f"{event.source}\n{event.id}")
    step.draft.set("touched", at)
    for period in compiled.lane.periods.values():
        if period.every is None:
            step.draft.put("periods", period.id, step.calendar.month(at))
    return step


def _stand(step: Step, brought: list[Event]) -> None:
    """Take in what the events bring, and stand in the lane's first status.

    In this order: tier and kind need the facts, windows need the tier, the first task needs the
    windows, and only then is there a checklist to receive what the events bring to it.
    """
    for event in brought:
        take_event(step, event)
    _classify(step)
    for event in brought:
        start_windows(step, event.type, event.time)
    _assign(step)
    enter(step, step.lane.first_status, opening=True)
    if step.lane.checklist:
        sync_items(step, step.compiled.look(step.view, ITEMS).rules)
    for event in brought:
        receive_items(step, event)


def _take_over(step: Step, previous: Ended | None, successor: bool) -> None:
    if previous is None:
        return
    step.draft.set("previous", previous.id)
    if successor:
        for name, held in previous.facts.items():
            step.draft.put("facts", name, held)
        for id_, appointment in previous.appointments.items():
            step.draft.put("appointments", id_, appointment)


def _opening(step: Step, event: Event, inherited: Ended | None) -> dict[str, Any]:
    """The trigger's own values of the lane's facts, and the patient's age: fixed for life."""
    if inherited is not None:
        return inherited.opening
    opening = {name: event.data[name] for name in step.lane.facts if name in event.data}
    record = record_name(event)
    if record in event.data:
        opening[record] = event.data[record]  # a correction of the same record replaces nothing
    birth = step.file.facts.get("patient.birth_date")
    if isinstance(birth, str):
        age = years_between(birth, step.calendar.local_date(event.time))
        if age is not None:
            opening["patient.age"] = age
    return opening


def _carries(compiled: CompiledLane, keys: dict[str, str], event: Event) -> bool:
    return any(keys[key] and str(event.data.get(key)) == keys[key] for key in compiled.extra_keys)


def _classify(step: Step) -> None:
    """Tier and kind before the first status, because its dates depend on them."""
    holding = step.compiled.look(step.view, CLASSIFY).rules
    for field, rules in (("tier", step.compiled.tiers), ("kind", step.compiled.kinds)):
        first = next((rule for rule in rules if rule.index in holding), None)
        if first is not None:
            step.because(first, f"{field} is {first.spec.name}")
            step.draft.set(field, first.spec.name)
    if not step.case.tier:
        step.draft.set("tier", step.live.practice.tiers[0])


def _assign(step: Step) -> None:
    """Owner and backup: roles in the lane, people in the case; the choice is logged with it."""
    lane, case = step.lane, step.case
    owner = step.live.assign(lane.owner, case.location, case.id)
    step.draft.set("owner", owner)
    step.draft.set("backup", step.live.assign(lane.backup, case.location, case.id, owner))
