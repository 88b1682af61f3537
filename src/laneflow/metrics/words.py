"""Owns how instants, people, rules and inputs are put into words."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from laneflow.engine.state import Act, Event, Instant
from laneflow.lanes.model import Duration
from laneflow.practice.model import Practice

_TESTS = {
    "is": "is",
    "is_not": "is not",
    "one_of": "is one of",
    "none_of": "is none of",
    "contains": "contains",
    "lacks": "lacks",
    "at_least": "is at least",
    "less_than": "is less than",
    "more_than": "is more than",
    "at_most": "is at most",
    "same_as": "is the same as",
}


def iso(at: Instant | None, zone: str) -> str | None:
    """ISO 8601 with ``zone``'s offset, to the second; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).isoformat(timespec="seconds")


def spoken(at: Instant | None, zone: str) -> str:
    """An instant for people, with its zone named: ``Tue 8 Sep 2026 17:00 EDT``; "" for None."""
    if at is None:
        return ""
    moment = datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
    return f"{moment:%a} {moment.day} {moment:%b %Y %H:%M %Z}"


def zone_of(practice: Practice, location: str) -> str:
    """The time zone of a location; the practice's own where the location is not known."""
    known = practice.locations.get(location)
    return known.time_zone if known else practice.time_zone


def name_of(practice: Practice, person: str) -> str:
    """A person's name; their id where they are not (any longer) in practice.yaml."""
    known = practice.people.get(person)
    return known.name if known else person


def plain(identifier: str) -> str:
    """``first_call`` as it is said: ``first call``."""
    return identifier.replace("_", " ")


def duration(value: Duration) -> str:
    """``2 business days``; ``1 business day``; ``same day``."""
    if value.unit == "same day":
        return value.unit
    return f"{value.n} {value.unit.removesuffix('s') if value.n == 1 else value.unit}"


def test(fact: str, op: str, wanted: Any, seen: Any, zone: str) -> str:
    """One test as a clause with what it saw: ``attempts is at least 3 (it was 3)``.

    What a test of time (``since.``, ``until.``) saw is an instant; it is told in ``zone``.
    """
    if fact.startswith(("since.", "until.")) and isinstance(seen, int):
        was = spoken(seen, zone)
    else:
        was = value_in_words(seen)
    return f"{clause(fact, op, wanted)} (it was {was})"


def clause(fact: str, op: str, wanted: Any) -> str:
    """A test as a clause: ``attempts is at least 3``, ``appointment.start is not known``."""
    if op == "known":
        return f"{fact} {'is known' if wanted else 'is not known'}"
    return f"{fact} {_TESTS.get(op, op)} {_value(wanted)}"


def value_in_words(value: Any) -> str:
    """A fact's value: ``yes``, ``3``, ``cost or transport``, ``unknown``."""
    return "unknown" if value is None else _value(value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and set(value) == {"n", "unit"}:
        value = Duration(**value)
    if isinstance(value, Duration):
        return duration(value)
    if isinstance(value, (list, tuple)):
        return " or ".join(map(_value, value)) or "none"
    return str(value)


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


def _note(data: dict[str, Any]) -> str:
    words = [f"documented: {data.get('outcome', 'a note')}"]
    words += [f"{label} {data[key]}" for key, label in _NOTE_PARTS.items() if data.get(key)]
    if data.get("escalate"):
        words.append("asked for help")
    return ", ".join(words)
