"""Owns how what happened to a case is put into words: inputs, people's acts, tests as judged."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from laneflow.engine.explain.naming import side_task
from laneflow.engine.state import Act, Event
from laneflow.lanes.words import clause, plain, value
from laneflow.practice.names import Names, source_title
from laneflow.practice.words import name_of, spoken


def judged(fact: str, op: str, wanted: Any, seen: Any, zone: str) -> str:
    """One test as a clause with what it saw: ``attempts is at least 3 (it was 3)``.

    What a test of time (``since.``, ``until.``) saw is an instant; it is told in ``zone``.
    """
    if fact.startswith(("since.", "until.")) and isinstance(seen, int):
        was = spoken(seen, zone)
    else:
        was = value(seen)
    return f"{clause(fact, op, wanted)} (it was {was})"


def did_in_words(names: Names, did: str) -> str:
    """What a rule did, as the log keeps it: ``moved to first_call`` -> ``moved to first call``."""
    return f"opened in {names.lane}" if did == f"opened in {names.lane_id}" else plain(did)


def input_in_words(names: Names, given: tuple[str, ...], item: Event | Act | None) -> str:
    """What happened, in a clause: an event, a person's act, the clock, a new version."""
    if isinstance(item, Event):
        return f"{names.event(item.type)}, told by {source_title(item.source)}"
    if isinstance(item, Act):
        return f"{name_of(names.practice, item.by)} {_act(names, item)}"
    if given[:2] == ("event", "act"):
        return "an event was recorded with a note"
    if given and given[0] == "publish":
        return "a new version of the lane or the practice went live"
    if given and given[0] == "wake":
        return "time passed"
    return " ".join(given)


def _act(names: Names, act: Act) -> str:
    data = act.data
    if act.kind == "note":
        return _note(names, data)
    if act.kind == "place":
        return f"attached to this case: {_event_title(names, data.get('event'))}"
    if act.kind == "confirm":
        return f"said {'yes' if data.get('yes') else 'no'} to closing: {data.get('reason', '')}"
    if act.kind == "promise":
        return f"recorded a promise as {'kept' if data.get('kept') else 'not kept'}"
    if act.kind == "done":
        if (key := str(data.get("task") or "main")) == "main":
            return "finished the task"
        return f"finished {side_task(names.practice, key)}"
    if act.kind == "event":
        return f"recorded: {names.event(str(data.get('type', '')))}"
    said = dict(data)
    for key, called in (("escalation", names.escalation), ("item", names.item)):
        if key in said:
            said[key] = called(str(said[key]))
    words = _ACTS.get(act.kind, act.kind)
    return words.format_map(defaultdict(str, said)).rstrip(": ")


_ACTS = {
    "snooze": "put a task off: {reason}",
    "assign": "changed who is responsible",
    "take": 'took the escalation "{escalation}"',
    "resolve": 'resolved the escalation "{escalation}": {answer}',
    "hand_on": 'handed the escalation "{escalation}" on: {reason}',
    "close": "closed the case as {outcome}: {reason}",
    "item": "marked {item} as {state}",
}


def _event_title(names: Names, event: Any) -> str:
    type_ = event.type if isinstance(event, Event) else dict(event or {}).get("type", "")
    return names.event(type_) if type_ else "an event"


_NOTE_PARTS = {
    "channel": "by",
    "with_whom": "with",
    "barrier": "barrier:",
    "understanding": "understanding:",
    "told": "told:",
    "next_action": "next:",
    "by_whom": "by whom:",
}


def _note(names: Names, data: dict[str, Any]) -> str:
    words = [f"documented: {data.get('outcome', 'a note')}"]
    words += [
        f"{label} {_said(names, key, data[key])}"
        for key, label in _NOTE_PARTS.items()
        if data.get(key)
    ]
    if data.get("escalate"):
        words.append("asked for help")
    return ", ".join(words)


def _said(names: Names, part: str, said: Any) -> str:
    """A part of a note; it may name several barriers."""
    called = {"barrier": names.barrier, "by_whom": names.party, "with_whom": _whom}.get(part, str)
    return ", ".join(map(called, said if isinstance(said, (list, tuple)) else [said]))


def _whom(said: str) -> str:
    """Whom one spoke with, as a part of a sentence."""
    return {"patient": "the patient", "caregiver": "a caregiver"}.get(said, said)
