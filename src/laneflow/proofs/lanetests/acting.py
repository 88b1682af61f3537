"""What happens in a step of a lane test, as the input the engine takes: an event or an act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from laneflow.engine.calendar import Calendar
from laneflow.engine.live import Live
from laneflow.engine.state import Act, Case, Event, Instant
from laneflow.errors import did_you_mean, listing
from laneflow.lanes.entry import Entry
from laneflow.lanes.model import Lane
from laneflow.practice.coverage import holders
from laneflow.proofs.lanetests.scenario import (
    WrongError,
    event_data,
    instant_at,
    instant_from,
    yes_or_no,
)

PATIENT = "test-patient"
SOURCE = "lane test"


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a step happens. ``case`` is the one it is about: named, or the only one that fits."""

    live: Live
    calendar: Calendar
    now: Instant
    number: int
    location: str
    case: Case | None
    named: bool

    def lane_of(self, case: Case) -> Lane:
        """The lane of a case."""
        return self.live.lanes[case.lane].lane


def input_of(scene: Scene, verb: str, step: Entry) -> Event | Act:
    """The input of a step; ``WrongError`` at the entry that cannot be done."""
    if verb == "event":
        return _event(scene, step)
    if scene.case is None:
        raise WrongError(step[verb], "there is no case to do this to")
    kind, data, role = _ACTS[verb](scene, scene.case, step)
    return Act(
        id=f"step-{scene.number}",
        kind=kind,
        by=_person(scene, scene.case, step, role),
        at=scene.now,
        patient=PATIENT,
        case=scene.case.id,
        data=data,
    )


def _event(scene: Scene, step: Entry) -> Event:
    data = event_data(scene.live, scene.calendar, step)
    if scene.location:
        data.setdefault("location", scene.location)
    if scene.named and scene.case is not None:
        data["case.id"] = scene.case.id
    time = instant_at(step["time"], scene.calendar) if "time" in step else scene.now
    if time > scene.now:
        raise WrongError(step["time"], "an event cannot have happened in the future")
    id_ = step.text("id", f"step-{scene.number}")
    return Event(id_, SOURCE, step.text("event"), time, PATIENT, data, scene.now)


def _person(scene: Scene, case: Case, step: Entry, role: str) -> str:
    """Who does it: the person or role after ``as``, else whoever it falls to."""
    people = scene.live.practice.people
    named = step.text("as", role)
    if not named:
        return case.owner
    if named in people:
        return named
    on_duty = scene.calendar.on_duty(named, scene.now)
    found = on_duty or [p.id for p in holders(scene.live.practice, named, case.location)]
    if found:
        return found[0]
    if "as" not in step:
        return scene.live.practice.last_resort
    known = {*people, *(role for person in people.values() for role in person.roles)}
    raise WrongError(
        step["as"], f'"{named}" is neither a person nor a role', did_you_mean(named, known)
    )


Done = tuple[str, dict[str, Any], str]
"""(kind of act, its data, the role it falls to or nothing)"""

_SAME = (
    "outcome", "barrier", "understanding", "told", "next_action", "by_whom", "promised_event",
    "task",
)  # fmt: skip
_RENAMED = {"with": "with_whom", "by": "channel"}


def _note(scene: Scene, case: Case, step: Entry) -> Done:
    note = step["note"]
    data = {key: note.value[key] for key in _SAME if key in note}
    data |= {ours: note.value[key] for key, ours in _RENAMED.items() if key in note}
    for key in ("barriers_resolved", "events"):
        if key in note:
            data[key] = [each.value for each in note.each(key)]
    for key in ("by_when", "time"):
        if key in note:
            data[key] = instant_from(note[key], scene.calendar, scene.now)
    if "next_step_unclear" in note:
        data["next_step_unclear"] = yes_or_no(note["next_step_unclear"])
    if "escalate" in note:
        wanted = note["escalate"]
        ladder = wanted.value in scene.live.practice.ladders
        data["escalate"] = wanted.value if ladder else yes_or_no(wanted)
    if "task" in note:
        _task(case, note["task"])
    return "note", data, ""


def _press(scene: Scene, case: Case, step: Entry) -> Done:
    data = event_data(scene.live, scene.calendar, step)
    if "reason" in step:
        data["reason"] = step.text("reason")
    return "event", {"type": step.text("press"), "data": data}, ""


def _done(scene: Scene, case: Case, step: Entry) -> Done:
    key = _task(case, step["done"])
    data: dict[str, Any] = {"task": key}
    if "by_when" in step:
        data["by_when"] = instant_from(step["by_when"], scene.calendar, scene.now)
    return "done", data, _role_of(case, key)


def _snooze(scene: Scene, case: Case, step: Entry) -> Done:
    key = _task(case, step["task"]) if "task" in step else "main"
    until = instant_from(step["snooze"], scene.calendar, scene.now)
    data = {"task": key, "until": until, "reason": step.text("reason")}
    return "snooze", data, _role_of(case, key)


def _assign(scene: Scene, case: Case, step: Entry) -> Done:
    data = {name: str(entry.value) for name, entry in step.entries("assign")}
    for name in ("owner", "backup", "person"):
        if name in data and data[name] not in scene.live.practice.people:
            hint = did_you_mean(data[name], scene.live.practice.people)
            raise WrongError(step["assign"][name], f'nobody is called "{data[name]}"', hint)
    return "assign", data, scene.live.practice.manager_role


def _take(scene: Scene, case: Case, step: Entry) -> Done:
    rule = _escalation(scene, case, step["take"])
    return "take", {"escalation": rule}, case.escalations[rule].role


def _resolve(scene: Scene, case: Case, step: Entry) -> Done:
    rule = _escalation(scene, case, step["resolve"])
    held = case.escalations[rule]
    data: dict[str, Any] = {"escalation": rule, "answer": step.text("answer")}
    following = step.get("next_task")
    if following is not None:
        data["next_task"] = {"do": following.text("do"), "role": following.text("who")}
        if "due" in following:
            due = instant_from(following["due"], scene.calendar, scene.now)
            data["next_task"]["due"] = due
    return "resolve", data, held.taken_by or held.role


def _item(scene: Scene, case: Case, step: Entry) -> Done:
    item = step.text("item")
    _known(step["item"], item, case.items, "item of the checklist")
    return "item", {"item": item, "state": step.text("state", "received")}, ""


def _confirm(scene: Scene, case: Case, step: Entry) -> Done:
    close = step["confirm"].value
    name = f"closes[{close}]"
    if name not in case.confirming:
        waiting = listing(case.confirming) or "none"
        raise WrongError(step["confirm"], f"{name} does not wait for a yes", f"Waiting: {waiting}.")
    yes = yes_or_no(step["yes"]) if "yes" in step else True
    role = scene.lane_of(case).closes[close].confirm or ""
    return "confirm", {"close": close, "yes": yes, "reason": step.text("reason")}, role


def _close(scene: Scene, case: Case, step: Entry) -> Done:
    outcome = step.text("close")
    fitting = [c for c in scene.lane_of(case).closes if c.by_hand and c.outcome == outcome]
    if not fitting:
        outcomes = listing(
            dict.fromkeys(c.outcome for c in scene.lane_of(case).closes if c.by_hand)
        )
        hint = f"By hand it closes as {outcomes or 'nothing'}."
        raise WrongError(
            step["close"], f'{scene.lane_of(case).id} does not close as "{outcome}" by hand', hint
        )
    return "close", {"outcome": outcome, "reason": step.text("reason")}, fitting[0].by_hand[0]


def _promise(scene: Scene, case: Case, step: Entry) -> Done:
    promise = step.text("promise")
    _known(step["promise"], promise, case.promises, "promise")
    kept = yes_or_no(step["kept"]) if "kept" in step else True
    return "promise", {"promise": promise, "kept": kept}, ""


_ACTS: dict[str, Callable[[Scene, Case, Entry], Done]] = {
    "note": _note, "press": _press, "done": _done, "snooze": _snooze, "assign": _assign,
    "take": _take, "resolve": _resolve, "item": _item, "confirm": _confirm, "close": _close,
    "promise": _promise,
}  # fmt: skip


def _escalation(scene: Scene, case: Case, entry: Entry) -> str:
    """The id of the open escalation an entry names, by its id or its text."""
    texts = {rule.text: rule.id for rule in scene.lane_of(case).escalations}
    wanted = texts.get(str(entry.value), str(entry.value))
    _known(entry, wanted, case.escalations, "open escalation")
    return wanted


def _task(case: Case, entry: Entry) -> str:
    key = str(entry.value)
    _known(entry, key, ["main", *case.side], "open task")
    return key


def _role_of(case: Case, key: str) -> str:
    task = case.task if key == "main" else case.side[key]
    return task.who if task else ""


def _known(entry: Entry, value: str, known: Any, what: str) -> None:
    if value not in known:
        hint = did_you_mean(value, known) or (f"There is {listing(known)}." if known else "")
        raise WrongError(entry, f'there is no {what} "{value}"', hint)
