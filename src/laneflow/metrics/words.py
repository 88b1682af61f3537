"""Owns how what happened to a case is put into words: inputs, people's acts, tests as judged."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from laneflow.engine.state import Act, Event
from laneflow.lanes.words import clause, value
from laneflow.practice.model import Practice
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


def input_in_words(practice: Practice, given: tuple[str, ...], item: Event | Act | None) -> str:
    """What happened, in a clause: an event, a person's act, the clock, a new version."""
    if isinstance(item, Event):
        return f"{item.type} came from {item.source}"
    if isinstance(item, Act):
        return f"{name_of(practice, item.by)} {_act(item)}"
    if given[:2] == ("event", "act"):
        return "an event was recorded with a note"
    if given and given[0] == "publish":
        return "a new version of the lane or the practice went live"
    if given and given[0] == "wake":
        return "time passed"
    return " ".join(given)


def _act(act: Act) -> str:
    data = act.data
    if act.kind == "note":
        return _note(data)
    if act.kind == "place":
        return f"attached {_event_type(data.get('event'))} to this case"
    if act.kind == "confirm":
        return f"said {'yes' if data.get('yes') else 'no'} to closing: {data.get('reason', '')}"
    if act.kind == "promise":
        return f"recorded a promise as {'kept' if data.get('kept') else 'not kept'}"
    words = _ACTS.get(act.kind, act.kind)
    return words.format_map(defaultdict(str, data)).rstrip(": ")


_ACTS = {
    "done": "finished a task",
    "snooze": "put a task off: {reason}",
    "assign": "changed who is responsible",
    "take": "took the escalation {escalation}",
    "resolve": "resolved the escalation {escalation}: {answer}",
    "hand_on": "handed the escalation {escalation} on: {reason}",
    "close": "closed the case as {outcome}: {reason}",
    "item": "marked {item} as {state}",
    "event": "recorded {type}",
}


def _event_type(event: Any) -> str:
    if isinstance(event, Event):
        return event.type
    return str(event.get("type", "an event")) if isinstance(event, dict) else "an event"


_NOTE_PARTS = {
    "channel": "by",
    "with_whom": "with",
    "barrier": "barrier:",
    "understanding": "understanding:",
    "told": "told:",
    "next_action": "next:",
    "by_whom": "by whom:",
}


def _listed(said: Any) -> str:
    """What was said; a note may name several barriers."""
    return ", ".join(map(str, said)) if isinstance(said, (list, tuple)) else str(said)


def _note(data: dict[str, Any]) -> str:
    words = [f"documented: {data.get('outcome', 'a note')}"]
    words += [
        f"{label} {_listed(data[key])}" for key, label in _NOTE_PARTS.items() if data.get(key)
    ]
    if data.get("escalate"):
        words.append("asked for help")
    return ", ".join(words)
