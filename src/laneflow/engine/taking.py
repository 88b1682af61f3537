"""Step 1 of a decision: what an event or a person's act does to a case's facts and notes."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from laneflow.engine.dates import NEXT_DAY, dated, start_windows
from laneflow.engine.facts import next_appointment
from laneflow.engine.ladder import ASKED, end, hand_on, raise_, take
from laneflow.engine.state import OPEN_ITEM, Date, Event, Instant, ItemState, Promise, Task
from laneflow.engine.step import DOCUMENTED, Step
from laneflow.engine.tasks import asked_for_items, put_side, set_untouched
from laneflow.lanes.model import EscalationRule

# Somebody was there, though nothing was settled: an attempt, neither failed nor reached.
_THERE = frozenset({"refused", "not a good time"})
_APPOINTMENT = {
    "appointment.booked": "booked",
    "appointment.rescheduled": "booked",
    "appointment.cancelled": "cancelled",
    "appointment.missed": "missed",
    "visit.completed": "completed",
}


def take_event(step: Step, event: Event) -> None:
    """Set the event's facts, counts and anchors; rules are another step."""
    _set_facts(step, event)
    _link_appointment(step, event)
    step.draft.add("counts", event.type, event.time)
    start_windows(step, event.type, event.time)
    _start_periods(step, event)
    receive_items(step, event)
    _keep_promises(step, event)
    if event.type == "patient.called":
        step.draft.set("inbound_calls", step.case.inbound_calls + 1)
    elif event.type == "appointment.missed":
        step.draft.set("missed_steps", step.case.missed_steps + 1)


def _set_facts(step: Step, event: Event) -> None:
    lane, case = step.lane, step.case
    for name, value in event.data.items():
        declared = lane.facts.get(name)
        if declared is None or (name.startswith("appointment.") and _appointment_of(step, event)):
            continue
        if declared.one_of and value not in declared.one_of:
            continue  # unknown is safer than a word no condition of the lane was written for
        held = case.facts.get(name)
        if held is None or held[1] <= event.time:
            step.draft.put("facts", name, (value, event.time))
        if declared.type == "number" and _is_number(value) and lane.periods:
            step.draft.add("amounts", name, (event.time, float(value)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _appointment_of(step: Step, event: Event) -> str | None:
    """The id of the appointment an event is about; None for one that is about none.

    An appointment's event without an id is about the one the case waits for, or about a new one:
    a case has one such at a time, which no other case can mean.
    """
    named: str | None = event.data.get("appointment.id")
    if named is not None or not event.type.startswith("appointment."):
        return named
    waited_for = None if event.type == "appointment.booked" else next_appointment(step.case)
    return f"of {step.case.id}" if waited_for is None else str(waited_for["appointment.id"])


def _link_appointment(step: Step, event: Event) -> None:
    id_ = _appointment_of(step, event)
    if id_ is None:
        return
    held = step.case.appointments.get(id_, {"appointment.id": id_, "state": "booked"})
    brought = {k: v for k, v in event.data.items() if k.startswith("appointment.")}
    state = _APPOINTMENT.get(event.type, held["state"])
    step.draft.put("appointments", id_, {**held, **brought, "state": state})


def _start_periods(step: Step, event: Event) -> None:
    for period in step.lane.periods.values():
        if period.every is not None and period.starts == event.type:
            end_ = step.calendar.add(event.time, period.every)
            step.draft.put("periods", period.id, (event.time, end_))


def receive_items(step: Step, event: Event) -> None:
    """Tick off what an event brings."""
    named = event.data.get("item.id") if event.type == "item.received" else None
    for item in step.lane.checklist:
        if item.id == named or event.type in item.done_by:
            set_item(step, item.id, "received")


def set_item(step: Step, item: str, state: Any) -> None:
    """A checklist item's new state; receiving one is progress."""
    held = step.case.items.get(item)
    if held is None or held.state == state:
        return
    fresh = replace(held, state=state, since=step.at)
    if state in OPEN_ITEM and fresh.due is None:
        fresh = ItemState(state, dated(step, step.at, NEXT_DAY), step.at, held.asked)
    elif state == "not needed":
        fresh = replace(fresh, asked=held.asked + 1)  # a person's word, no condition undoes it
    step.draft.put("items", item, fresh)
    if state == "received":
        step.draft.set("progress", step.at)


def _keep_promises(step: Step, event: Event) -> None:
    for key, promise in step.case.promises.items():
        if promise.kept is None and promise.event == event.type:
            settle_promise(step, key, True)


def settle_promise(step: Step, key: str, kept: bool) -> None:
    """A promise was kept, which is progress, or was not: the patient's own is a missed step."""
    promise = step.case.promises.get(key)
    if promise is None or promise.kept is not None:
        return
    step.draft.put("promises", key, replace(promise, kept=kept))
    step.draft.drop("side", f"promise:{key}")
    if kept:
        step.draft.set("progress", step.at)
    elif promise.by_whom == "patient":
        step.draft.set("missed_steps", step.case.missed_steps + 1)


def touch(step: Step) -> None:
    """A person documented something: the case is not untouched."""
    step.draft.set("touched", step.at)
    task = step.case.task
    if task is not None and task.snoozed is not None and task.snoozed <= step.at:
        step.draft.set("task", replace(task, snoozed=None, was=None))
    if step.case.closed is None:
        set_untouched(step)


def take_note(step: Step, note: dict[str, Any]) -> None:
    """Take a note in: the attempt, what was understood, what was promised, a call for help."""
    outcome = note.get("outcome", "")
    when = min(note.get("time") or step.at, step.at)
    key = note.get("task", "main")
    task = step.case.task if key == "main" else step.case.side.get(key)
    partner = (task is not None and bool(task.to)) or outcome == "reached partner"
    step.draft.set("last_outcome", outcome)
    if step.event is None:
        step.draft.add("counts", DOCUMENTED, when)
    if not partner:
        _attempt(step, outcome, when)
    elif key == "main":
        step.draft.set("attempts", step.case.attempts + 1)
    _understand(step, note, when)
    _promise(step, note)
    if note.get("escalate"):
        _ask_for_help(step, note["escalate"])


def _attempt(step: Step, outcome: str, when: Instant) -> None:
    case, draft = step.case, step.draft
    if not outcome:
        return
    draft.set("attempts", case.attempts + 1)
    draft.set("attempt", max(case.attempt or when, when))
    draft.set("first_attempt", min(case.first_attempt or when, when))
    if outcome == "reached":
        draft.set("reached", True)
        draft.set("failed_attempts", 0)
        draft.set("contact", max(case.contact or when, when))
        draft.set("first_contact", min(case.first_contact or when, when))
    elif outcome not in _THERE:
        draft.set("failed_attempts", case.failed_attempts + 1)


def _understand(step: Step, note: dict[str, Any], when: Instant) -> None:
    if note.get("understanding"):
        step.draft.set("understanding", note["understanding"])
    named = note.get("barrier") or []
    for barrier in [named] if isinstance(named, str) else named:
        if barrier not in step.case.barriers:
            step.draft.put("barriers", barrier, when)
    for barrier in note.get("barriers_resolved", []):
        resolve_barrier(step, barrier)


def resolve_barrier(step: Step, barrier: str) -> None:
    """What stood in the way no longer does; its task goes with it."""
    step.draft.drop("barriers", barrier)
    step.draft.drop("side", f"barrier:{barrier}")


def _promise(step: Step, note: dict[str, Any]) -> None:
    by_when = note.get("by_when")
    if not note.get("next_action") or by_when is None:
        return
    key = f"p{len(step.case.promises) + 1}"
    by_whom = note.get("by_whom", "us")
    event = note.get("promised_event", "")
    promise = Promise(note["next_action"], by_whom, by_when, step.at, event)
    step.draft.put("promises", key, promise)
    # Asked after the date, not at it: whoever promised has until then. A feed's date may lie far
    # ahead; like the task itself, the question waits for the practice's longest wait at most.
    latest = step.calendar.add(step.at, step.live.practice.longest_wait)
    due = step.calendar.snap(min(max(by_when, step.at), latest), step.at)
    put_side(step, f"promise:{key}", f"promise:{key}", "Was it kept? {{ promise }}", Date(due))


def _ask_for_help(step: Step, wanted: object) -> None:
    practice = step.live.practice
    ladder = wanted if isinstance(wanted, str) and wanted in practice.ladders else ""
    ladder = ladder or practice.default_ladder
    raise_(step, EscalationRule(ASKED, "Help was asked for in a note", ladder), ladder)


def take_act(step: Step, kind: str, data: dict[str, Any], by: str) -> None:
    """What a person did besides writing a note: one verb each."""
    _ACTS[kind](step, data, by)


def _done(step: Step, data: dict[str, Any], by: str) -> None:
    key = data.get("task", "main")
    if key == "main":
        step.draft.set("task_done", True)
        return
    side = step.case.side.get(key)
    if side is None:
        return
    if key.startswith("items:"):
        asked_for_items(step, key, data.get("by_when"))
    elif key.startswith("barrier:"):
        resolve_barrier(step, key.removeprefix("barrier:"))
    elif key.startswith("promise:"):
        settle_promise(step, key.removeprefix("promise:"), True)
    else:
        step.draft.drop("side", key)


def _snooze(step: Step, data: dict[str, Any], by: str) -> None:
    key = data.get("task", "main")
    if key == "main" and step.case.task is not None:
        step.draft.set("task", _put_off(step, step.case.task, data))
        set_untouched(step)
    elif key in step.case.side:
        step.draft.put("side", key, _put_off(step, step.case.side[key], data))


def _put_off(step: Step, task: Task, data: dict[str, Any]) -> Task:
    """The task with its new date, which remembers the one it had; or with that one again."""
    if data.get("again"):
        return replace(task, due=task.was or task.due, snoozed=None, was=None)
    latest = step.calendar.add(step.at, step.live.practice.longest_snooze)
    until = max(min(data["until"], latest), step.at + 1)
    was = task.was if task.snoozed is not None and task.was is not None else task.due
    return replace(task, due=Date(until), snoozed=until, was=was)


def _assign(step: Step, data: dict[str, Any], by: str) -> None:
    for field in ("owner", "backup"):
        if data.get(field):
            step.draft.set(field, data[field])
    key, person = data.get("task"), data.get("person")
    if key == "main" and step.case.task is not None:
        step.draft.set("task", replace(step.case.task, person=person or ""))
    elif key in step.case.side:
        step.draft.put("side", key, replace(step.case.side[key], person=person or ""))


def _take(step: Step, data: dict[str, Any], by: str) -> None:
    take(step, data["escalation"], by)


def _hand_on(step: Step, data: dict[str, Any], by: str) -> None:
    hand_on(step, data["escalation"], data.get("to", ""), back=bool(data.get("back")))


def _resolve(step: Step, data: dict[str, Any], by: str) -> None:
    rule = data["escalation"]
    if rule not in step.case.escalations:
        return
    end(step, rule)
    following = data.get("next_task")
    if following and step.case.closed is None:
        due = following.get("due")
        date = Date(due) if due and due > step.at else dated(step, step.at, NEXT_DAY)
        role = following.get("role", "")
        key = f"answer:{rule}:{step.case.raised.get(rule, 1)}"
        put_side(step, key, key, following["do"], date, who=role)


def _confirm(step: Step, data: dict[str, Any], by: str) -> None:
    step.draft.drop("side", f"confirm:{data['close']}")  # yes closes in decide, no leaves it


def _item(step: Step, data: dict[str, Any], by: str) -> None:
    set_item(step, data["item"], data["state"])


def _promise_kept(step: Step, data: dict[str, Any], by: str) -> None:
    settle_promise(step, data["promise"], bool(data["kept"]))


def _nothing(step: Step, data: dict[str, Any], by: str) -> None:
    return


_ACTS = {
    "done": _done, "snooze": _snooze, "assign": _assign, "take": _take, "resolve": _resolve,
    "hand_on": _hand_on,
    "confirm": _confirm, "close": _nothing, "item": _item, "promise": _promise_kept,
}  # fmt: skip
