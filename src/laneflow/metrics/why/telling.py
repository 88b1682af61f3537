"""Owns how an explanation is said: the engine's plain values as lines a practice manager reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from laneflow.engine.explain.model import Asked, Explained, Note, Part
from laneflow.lanes.words import clause, value
from laneflow.practice.words import spoken

Came = Callable[[str], str]
"""A fact's name -> how its value came to be, in words; "" where nothing is known of it."""

_ANSWERS = {
    "in force": "It has acted, and that still stands.",
    "acts": "It acts at the next decision.",
    "ready": "It has not acted: its tests hold, and it waits.",
    "held back": "It has not acted: its tests hold, but something stands before it.",
    "no": "It has not acted.",
    "over": "It cannot act any more: the case is closed.",
}


def tell(found: Explained, zone: str, came: Came, *, full: bool = False) -> list[str]:
    """One explanation as lines: what the rule does, where it is written, how it stands, and why."""
    place = f"  ({found.file}:{found.line})" if found.line else _UNWRITTEN.get(found.kind, "")
    lines = [f"{found.name}{place}", f"  {_answer(found)}"]
    if found.kind != "task":
        lines.insert(1, f"  What it does: {found.does}.")
    lines += [f"  {_sentence(note, zone)}" for note in (*found.hindrances, *found.facts)]
    if found.condition is not None and (found.condition.parts or found.condition.test):
        lines += _condition(found.condition, zone, came, "  ")
    lines += [f"  {said}" for said in _ahead(found, zone)]
    for inner in found.rules:
        if full or len(found.rules) <= _MOST or inner.state not in ("no", "over"):
            lines += ["", *(f"  {line}" for line in tell(inner, zone, came))]
    return lines


_UNWRITTEN = {"escalation": "  (built in)"}
_MOST = 6


def _answer(found: Explained) -> str:
    if found.kind == "task":
        return "The main task is overdue." if found.holds else "The main task is not overdue."
    tested = found.condition is not None and (found.condition.test or found.condition.parts)
    if found.state == "ready" and not tested:
        return "It has not acted: it waits."
    return _ANSWERS[found.state]


def tell_judged(found: Explained, zone: str) -> list[str]:
    """How a rule was judged when its event came: whether it acted, and the tests as they were."""
    answer = {"acts": "It acted.", "no": "A test failed."}
    lines = [f"  {answer.get(found.state, 'Its tests held, but something else came first.')}"]
    lines += [f"  {_sentence(note, zone)}" for note in found.hindrances]
    if found.condition is not None and (found.condition.parts or found.condition.test):
        lines += asked_in_words(found.condition, zone, "  ")
    return lines


def summary(found: Explained, zone: str) -> dict[str, Any]:
    """One line of a list of rules: name, state, next, what stands in the way."""
    return {
        "rule": found.name,
        "does": found.does,
        "state": found.state,
        "place": f"{found.file}:{found.line}" if found.line else "",
        "next": _next(found, zone),
        "because": _first_reason(found, zone),
    }


def _next(found: Explained, zone: str) -> str:
    if found.next is None or found.next > found.at:
        return spoken(found.next, zone)
    return "now" if found.state == "acts" else ""


def _first_reason(found: Explained, zone: str) -> str:
    if found.state == "no" and found.condition is not None:
        failed = next(_failed(found.condition), None)
        if failed is not None:
            return _test(failed, zone)
    notes = (*found.hindrances, *found.facts)
    return note_in_words(notes[0], zone) if notes else ""


def _failed(part: Part) -> Iterator[Asked]:
    if part.test is not None and not part.holds:
        yield part.test
    for inner in part.parts:
        if not inner.holds:
            yield from _failed(inner)


def _condition(
    part: Part, zone: str, came: Came, indent: str, *, turning: bool = True
) -> list[str]:
    """A condition's tests, each with a mark, its value, and what would turn it."""
    if part.test is not None:
        return _test_lines(part.test, zone, came, indent, turning=turning)
    lines = []
    if part.kind == "any":
        lines.append(f"{indent}{_mark(part.holds)} any of:")
        indent += "    "
    for inner in part.parts:
        lines += _condition(inner, zone, came, indent, turning=turning)
    return lines


def _mark(holds: bool) -> str:
    return "yes" if holds else "NO "


def _test_lines(test: Asked, zone: str, came: Came, indent: str, *, turning: bool) -> list[str]:
    lines = [f"{indent}{_mark(test.holds)} {_test(test, zone)}"]
    if how := came(test.fact):
        lines.append(f"{indent}      {how}")
    turn = _turning(test, zone) if turning else ""
    if turn:
        lines.append(f"{indent}      {turn}")
    return lines


def _test(test: Asked, zone: str) -> str:
    if test.op == "passed":
        return f"{test.fact} has passed ({spoken(test.value, zone)})"
    said = clause(test.fact, test.op, test.wanted)
    if test.in_last:
        said += f" in the last {test.in_last}"
    return f"{said} ({_is(test, zone)})"


def _is(test: Asked, zone: str) -> str:
    """What the test saw: ``it is 2``; for a test of time the instant it counts from or to."""
    if test.fact.startswith(("since.", "until.")):
        if test.value is None:
            return "that is not known"
        word = "counted from" if test.fact.startswith("since.") else "counted to"
        return f"{word} {spoken(test.value, zone)}"
    return f"it is {value(test.value)}"


def _turning(test: Asked, zone: str) -> str:
    by = " or ".join(test.turned_by)
    if test.turns is not None:
        turn = "it stops holding" if test.holds else "it holds from"
        at = f" on {spoken(test.turns, zone)}" if test.holds else f" {spoken(test.turns, zone)}"
        return f"by itself {turn}{at}" + (f"; otherwise {by} can change it" if by else "")
    if test.holds:
        return ""
    return f"what can change it: {by}" if by else "nothing can change it: it is fixed"


def _ahead(found: Explained, zone: str) -> Iterator[str]:
    """When time alone makes it act, or ends it."""
    if found.state == "in force":
        if found.ends is not None:
            yield f"If nothing else happens it ends {spoken(found.ends, zone)}."
        return
    if found.state == "over":
        return
    if found.next is None:
        if found.kind not in _NOT_FORETOLD and found.state == "no":
            yield "Time alone never makes it act."
        return
    if found.next == found.at:
        if found.state == "acts":
            yield "It is due now: the daemon decides it at its next tick."
        return
    what = "its tests hold from" if found.on else _THEN.get(found.kind, "it acts on")
    yield f"If nothing else happens, {what} {spoken(found.next, zone)}."


_THEN = {"task": "it is overdue from", "ladder": "it does so on"}
_NOT_FORETOLD = frozenset(
    {"opening", "reopens", "again_after", "barrier", "after_last", "promise", "several"}
)


def asked_in_words(part: Part, zone: str, indent: str) -> list[str]:
    """A condition's tests with their values, a line each."""
    return _condition(part, zone, lambda _: "", indent, turning=False)


def _sentence(note: Note, zone: str) -> str:
    said = note_in_words(note, zone)
    first = said.split(" ", 1)[0]
    return f"{said}." if "." in first else f"{said[0].upper()}{said[1:]}."  # an event's own name


def note_in_words(note: Note, zone: str) -> str:
    """A note as a clause, with its instant in ``zone``."""
    return note.says.replace("{at}", spoken(note.at, zone))
