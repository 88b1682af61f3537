"""Asks a rule's condition test by test, with the engine's own tests, and what would change each."""

from __future__ import annotations

from laneflow.engine.compiled import CompiledLane, Numbered
from laneflow.engine.explain.model import Asked, Part
from laneflow.engine.facts import View
from laneflow.engine.state import Instant
from laneflow.lanes.durations import in_words
from laneflow.lanes.model import AllOf, AnyOf, Atom, Duration, Lane
from laneflow.lanes.vocabulary import family

DAY: Instant = 86_400_000
AHEAD: Instant = 2 * 366 * DAY
"""How far ahead an explanation looks: beyond any length of time a shipped lane waits."""

_MOST_TURNS = 1000


def condition_of(compiled: CompiledLane, rule: Numbered[object], view: View) -> Part:
    """A rule's condition with what each of its tests sees."""
    return part_of(compiled, compiled.condition(rule), view)


def part_of(compiled: CompiledLane, part: Atom | AllOf | AnyOf, view: View) -> Part:
    """A part of a condition with what its tests see."""
    if isinstance(part, Atom):
        test = _asked(compiled, part, view)
        return Part("test", test.holds, test)
    parts = tuple(part_of(compiled, inner, view) for inner in part.parts)
    if len(parts) == 1:
        return parts[0]
    if isinstance(part, AllOf):
        return Part("all", all(p.holds for p in parts), parts=parts)
    return Part("any", any(p.holds for p in parts), parts=parts)


def _asked(compiled: CompiledLane, atom: Atom, view: View) -> Asked:
    holds, _, value = compiled.ask(atom, view)
    file, line = (atom.where.file, atom.where.line) if atom.where else ("", 0)
    return Asked(
        fact=atom.fact,
        op=atom.op,
        wanted=_plain(atom.value),
        value=value,
        holds=holds,
        in_last=in_words(atom.in_last) if atom.in_last else "",
        turns=turns(compiled, atom, view),
        turned_by=turned_by(atom, compiled),
        file=file,
        line=line,
    )


def turns(compiled: CompiledLane, atom: Atom, view: View) -> Instant | None:
    """The instant at which time alone changes the answer to a test; None where it never does."""
    truth, flip, _ = compiled.ask(atom, view)
    for _ in range(_MOST_TURNS):
        if flip is None or flip > view.at + AHEAD:
            return None
        later = View(view.lane, view.case, view.file, view.calendar, flip, view.data)
        now, after, _ = compiled.ask(atom, later)
        if now is not truth:
            return flip
        flip = after
    return None


def _plain(value: object) -> object:
    if isinstance(value, Duration):
        return in_words(value)
    return list(value) if isinstance(value, tuple) else value


# what else could change a test --------------------------------------------------------------------

_BY_NOTE = "a note"
_TURNED_BY: dict[str, tuple[str, ...]] = {
    "status": ("a move to another status",),
    "queue": ("a move to another status",),
    "tier": ("a rule of `priority`",),
    "kind": ("a rule of `classify`",),
    "attempts": (_BY_NOTE, "a move to another status (it counts anew there)"),
    "failed_attempts": ("a note of a failed attempt", "a note that the patient was reached"),
    "reached": ("a note that the patient was reached",),
    "understanding": ("a note that says what the patient understood",),
    "last_outcome": (_BY_NOTE,),
    "inbound_calls": ("patient.called",),
    "missed_steps": ("appointment.missed", "a promise of the patient's recorded as not kept"),
    "task_done": ("finishing the main task",),
    "barrier": ("a note that names or resolves a barrier",),
    "overdue": ("work on the task that is due",),
    "first_response_late": ("a note of an attempt or a contact made in time",),
    "checklist.missing": ("an item of the checklist received or marked",),
    "since.status": ("a move to another status",),
    "since.progress": ("a status entered for the first time", "an item received", "a promise kept"),
    "since.attempt": ("a note of an attempt",),
    "since.contact": ("a note that the patient was reached",),
    "patient.last_barrier": ("a note that names a barrier",),
}
_EVENT_HEADS = ("patient.count.", "count.", "days.", "since.")
_APPOINTMENTS = ("appointment.booked", "appointment.rescheduled", "appointment.cancelled")


def turned_by(atom: Atom, compiled: CompiledLane) -> tuple[str, ...]:
    """What besides time can change a test's answer: event types, or what a person does."""
    own = _of_fact(atom.fact, compiled)
    return own if atom.op != "same_as" else (*own, *_of_fact(str(atom.value), compiled))


def _of_fact(fact: str, compiled: CompiledLane) -> tuple[str, ...]:
    if fact in _TURNED_BY:
        return _TURNED_BY[fact]
    if fact.startswith(("opening.", "location", "since.opened", "patient.age")):
        return ()  # fixed for the life of the case
    for head in _EVENT_HEADS:
        if fact.startswith(head):
            return (fact.removeprefix(head),)
    if fact.startswith("until."):
        return _of_moment(fact.removeprefix("until."), compiled)
    if fact.startswith("checklist.overdue_from."):
        return ("an item of the checklist received or marked",)
    if fact.startswith("patient."):
        return ("patient.updated", f"any event that brings {fact}")
    return _of_event_fact(fact, compiled)


def _of_moment(name: str, compiled: CompiledLane) -> tuple[str, ...]:
    window = compiled.lane.windows.get(name)
    if window is None:
        return _of_fact(name, compiled)
    return (window.start,) if window.start else ()


def _of_event_fact(fact: str, compiled: CompiledLane) -> tuple[str, ...]:
    """A fact that events bring: those of its family that the lane hears."""
    lane: Lane = compiled.lane
    head, _, rest = fact.partition(".")
    if head in lane.periods:
        _, mark, event = rest.partition("days_with.")
        return (event,) if mark else ()
    if head == "appointment":
        return _APPOINTMENTS
    heard = sorted(event for event in compiled.listens if family(event) == head)
    return tuple(heard) if heard else (f"an event that brings {fact}",)
