"""What a person's act must say, and who may do it: all that is wrong, before it is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from laneflow.engine.ladder import answering_roles, ladder_of, may_answer
from laneflow.engine.state import Case, Escalation, Instant, Task
from laneflow.errors import Problem, did_you_mean, listing
from laneflow.intake.vocabulary import EVENT_TYPES
from laneflow.lanes.durations import in_words
from laneflow.lanes.model import Lane
from laneflow.lanes.vocabulary import CHANNELS
from laneflow.practice.model import Person, Practice
from laneflow.practice.zones import DAY

OUTCOMES = (
    "reached", "left message", "no answer", "wrong number", "busy", "refused",
    "not a good time", "reached partner",
)  # fmt: skip
UNDERSTANDING = ("understood", "partly", "not understood")
ITEM_STATES = ("missing", "partial", "received", "not needed")
NOTE_CHANNELS = (*CHANNELS, "in person")
LONGEST = 4_000
"""Characters of anything a person writes down."""
LONG_AGO: Instant = 366 * DAY
"""Before which no contact is written down: the year was mistyped, and would count as in time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An act somebody asks for, and what it is about."""

    practice: Practice
    person: Person
    kind: str
    data: Mapping[str, Any]
    at: Instant
    case: Case
    lane: Lane
    add: Callable[[Instant, Any], Instant]
    """the location's calendar: instant + duration"""

    def problem(self, what: str, hint: str = "", path: str = "") -> Problem:
        """A problem of this act."""
        return Problem(self.kind, 0, 0, what, hint, path)


def problems_of(asked: Asked) -> list[Problem]:
    """Everything that is wrong with an act on an open case; empty where it may be decided."""
    return [*_too_long(asked), *CHECKS[asked.kind](asked)]


def _too_long(asked: Asked) -> Iterator[Problem]:
    following = asked.data.get("next_task") or {}
    for path, said in (*asked.data.items(), *following.items()):
        if isinstance(said, str) and len(said) > LONGEST:
            yield asked.problem(f"this is longer than {LONGEST} characters", path=path)


def _note(asked: Asked) -> Iterator[Problem]:
    data = asked.data
    yield from _one_of(asked, "outcome", OUTCOMES)
    if data.get("channel"):
        yield from _one_of(asked, "channel", NOTE_CHANNELS)
    if data.get("understanding"):
        yield from _one_of(asked, "understanding", UNDERSTANDING)
    elif data.get("outcome") == "reached" and not _to_partner(asked):
        what = "what the patient understood is missing"
        yield asked.problem(what, f"Say {listing(UNDERSTANDING)}.", "understanding")
    named = data.get("barrier") or []
    for barrier in [named] if isinstance(named, str) else named:
        yield from _known(asked, "barrier", barrier, asked.lane.barriers)
    for barrier in data.get("barriers_resolved", ()):
        yield from _known(asked, "barriers_resolved", barrier, asked.case.barriers)
    for event in data.get("events", ()):
        yield from _event_type(asked, event, "events")
    yield from _task(asked, data.get("task") or "main")
    yield from _promise_made(asked)
    happened = data.get("time") or asked.at
    if happened > asked.at:
        yield asked.problem("a contact cannot have happened in the future", path="time")
    elif happened < asked.at - LONG_AGO:
        yield asked.problem("this is more than a year ago", "Look at the date again.", "time")
    ladder = data.get("escalate")
    if ladder and ladder is not True:
        yield from _known(asked, "escalate", ladder, asked.practice.ladders)


def _promise_made(asked: Asked) -> Iterator[Problem]:
    """A next action has its date and a date its action; the date is ahead, and not too far."""
    action, when = asked.data.get("next_action"), asked.data.get("by_when")
    if bool(action) != bool(when):
        missing = "by when" if action else "the next action"
        path = "by_when" if action else "next_action"
        yield asked.problem(f"{missing} is missing", "Say what happens next, and by when.", path)
    if when:
        yield from _ahead(asked, "by_when", when, asked.practice.longest_wait, "longest wait")


def _done(asked: Asked) -> Iterator[Problem]:
    yield from _task(asked, asked.data.get("task") or "main")


def _snooze(asked: Asked) -> Iterator[Problem]:
    yield from _task(asked, asked.data.get("task") or "main")
    if asked.data.get("again"):
        held = _asked_task(asked)
        if held is not None and held.was is None:
            yield asked.problem("this task is not put off", path="task")
        return
    yield from _said(asked, "reason", "Say why it has to wait.")
    until = asked.data.get("until")
    if not until:
        yield asked.problem("until when is missing", path="until")
    else:
        yield from _ahead(asked, "until", until, asked.practice.longest_snooze, "longest snooze")


def _assign(asked: Asked) -> Iterator[Problem]:
    if asked.data.get("claim") or asked.data.get("back"):
        yield from _claimed(asked)
    if asked.data.get("back"):
        yield from _task(asked, asked.data.get("task") or "main")
        return
    named = {key: asked.data[key] for key in ("owner", "backup", "person") if asked.data.get(key)}
    if not named:
        yield asked.problem("nobody is named", "Name the owner, the backup or a person.")
    active = [person.id for person in asked.practice.people.values() if person.active]
    for key, person in named.items():
        yield from _known(asked, key, person, active)
    owner, backup = named.get("owner", asked.case.owner), named.get("backup", asked.case.backup)
    if owner == backup and ("owner" in named or "backup" in named):
        hint = "Name somebody else as the backup, too."
        yield asked.problem("owner and backup would be the same person", hint, "backup")
    if "person" in named:
        yield from _task(asked, asked.data.get("task") or "main")


def _claimed(asked: Asked) -> Iterator[Problem]:
    """What one has claimed nobody else can claim; they give it back, the owner, or a manager."""
    task, person = _asked_task(asked), asked.person
    holder = task.person if task is not None else ""
    may = {holder}
    if asked.data.get("back"):
        manages = asked.practice.manager_role in person.roles
        may |= {asked.case.owner, person.id if manages else ""}
        if task is not None and not holder:
            yield asked.problem("nobody has claimed this task", path="task")
    if holder and person.id not in may:
        known = asked.practice.people.get(holder)
        yield asked.problem(f"{known.name if known else holder} has it already", path="person")


def _escalation(asked: Asked) -> Iterator[Problem]:
    """What may be done about a call: by whoever the ladder can call, managers, who has it."""
    rule = asked.data.get("escalation", "")
    held = asked.case.escalations.get(rule)
    if held is None:
        yield from _known(asked, "escalation", rule, asked.case.escalations)
        return
    if asked.kind == "take" and held.state == "taken":
        name = asked.practice.people[held.taken_by].name
        yield asked.problem(f"{name} has taken it already", path="escalation")
    practice, person = asked.practice, asked.person
    if not may_answer(practice, asked.lane, held, person):
        hint = f"It takes a {listing(answering_roles(practice, asked.lane, held))}."
        verb = asked.kind.replace("_", " ")
        yield asked.problem(f"{person.name} may not {verb} this escalation", hint)
    if asked.kind == "resolve":
        yield from _answer(asked)
    elif asked.kind == "hand_on":
        yield from _hand_on(asked, held)


def _answer(asked: Asked) -> Iterator[Problem]:
    yield from _said(asked, "answer", "Say what was decided.")
    following = asked.data.get("next_task")
    if following is None:
        return
    if not str(following.get("do") or "").strip():
        yield asked.problem("what is to be done is missing", "Say what happens next.", "do")
    if following.get("role"):
        yield from _known(asked, "role", following["role"], asked.practice.roles)
    if following.get("due"):
        yield from _ahead(
            asked, "due", following["due"], asked.practice.longest_wait, "longest wait"
        )


def _hand_on(asked: Asked, held: Escalation) -> Iterator[Problem]:
    """There is somebody to hand it to, and a word why."""
    yield from _said(asked, "reason", "Say why somebody else has to see to it.")
    to, back = asked.data.get("to"), asked.data.get("back")
    if to:
        people = asked.practice.people.values()
        others = [p.id for p in people if p.active and p.id not in (held.taken_by, held.asked)]
        yield from _known(asked, "to", to, others)
    elif back and held.state != "taken":
        yield asked.problem("nobody has taken it, so nobody can give it back", path="to")
    elif not back and held.rung >= len(ladder_of(asked.practice, asked.lane, held).rungs):
        yield asked.problem("nobody stands further up", "Name a person to hand it to.", "to")


def _confirm(asked: Asked) -> Iterator[Problem]:
    index = asked.data.get("close")
    if f"closes[{index}]" not in asked.case.confirming:
        yield asked.problem("no such close waits for a yes", path="close")
        return
    close = asked.lane.closes[int(str(index))]
    if close.confirm:
        yield from _role(asked, (close.confirm, asked.practice.manager_role), "confirm this close")
    if not isinstance(asked.data.get("yes"), bool):
        yield asked.problem("yes or no is missing", path="yes")
    elif not asked.data["yes"] or close.ask:
        yield from _said(asked, "reason", "Say why.")


def _close(asked: Asked) -> Iterator[Problem]:
    outcome = asked.data.get("outcome", "")
    by_hand = [close for close in asked.lane.closes if close.by_hand]
    if not by_hand:
        yield asked.problem(f"{asked.lane.title} has no close by hand", "It closes by its events.")
        return
    fitting = [close for close in by_hand if close.outcome == outcome]
    if not fitting:
        yield from _known(asked, "outcome", outcome, [close.outcome for close in by_hand])
        return
    yield from _said(asked, "reason", "Say why the case is closed.")
    roles = tuple(role for close in fitting for role in close.by_hand)
    yield from _role(asked, roles, f"close it as {outcome}")


def _item(asked: Asked) -> Iterator[Problem]:
    yield from _known(asked, "item", asked.data.get("item", ""), asked.case.items)
    yield from _one_of(asked, "state", ITEM_STATES)


def _promise(asked: Asked) -> Iterator[Problem]:
    yield from _known(asked, "promise", asked.data.get("promise", ""), asked.case.promises)
    if not isinstance(asked.data.get("kept"), bool):
        yield asked.problem("kept, yes or no, is missing", path="kept")


def _event(asked: Asked) -> Iterator[Problem]:
    yield from _event_type(asked, asked.data.get("type", ""), "type")


def _place(asked: Asked) -> Iterator[Problem]:
    if asked.data["event"]["patient"] != asked.case.patient:
        yield asked.problem("the event is about another patient than the case", path="case")


CHECKS: dict[str, Callable[[Asked], Iterator[Problem]]] = {
    "note": _note,
    "done": _done,
    "snooze": _snooze,
    "assign": _assign,
    "take": _escalation,
    "resolve": _escalation,
    "hand_on": _escalation,
    "confirm": _confirm,
    "close": _close,
    "item": _item,
    "promise": _promise,
    "event": _event,
    "place": _place,
}
"""The kinds of acts on a case, and what each must say."""


def left_open(asked: Asked, after: Case) -> list[Problem]:
    """What is wrong with an act only its decision can show; nothing of it is written then.

    A close by hand whose condition is not met; a note after which nobody has said what happens
    next, though the lane does not say it either with a move, a close, another attempt or round,
    or a date tied to a fact.
    """
    if asked.kind == "close" and after.closed is None:
        return [asked.problem("the case does not meet the lane's condition for this close")]
    if asked.kind == "note" and not asked.data.get("by_when") and not _dated(asked, after):
        what = "nothing says what happens next"
        hint = "Add the next promised action, who does it and by when."
        return [asked.problem(what, hint, "next_action")]
    return []


def _dated(asked: Asked, after: Case) -> bool:
    """Whether the lane itself gives the next date after a note."""
    before, task, was = asked.case, after.task, asked.case.task
    if (asked.data.get("task") or "main") != "main" or task is None or was is None:
        return True
    if after.closed or after.confirming or after.status != before.status:
        return True
    spec = asked.lane.statuses[before.status].task
    fact = spec.due.anchor if spec.due.anchor not in asked.lane.windows else None
    tied = fact is not None and task.due.anchor == fact and task.due.at > asked.at
    return tied or spec.every is not None or (task.attempt, task.round) != (was.attempt, was.round)


def _asked_task(asked: Asked) -> Task | None:
    key = asked.data.get("task") or "main"
    return asked.case.task if key == "main" else asked.case.side.get(key)


def _to_partner(asked: Asked) -> bool:
    task = _asked_task(asked)
    return task is not None and bool(task.to)


def _task(asked: Asked, key: str) -> Iterator[Problem]:
    if asked.case.closed and key == "main":
        return
    keys = (["main"] if asked.case.task else []) + list(asked.case.side)
    yield from _known(asked, "task", key, keys)


def _known(asked: Asked, path: str, value: str, known: Any) -> Iterator[Problem]:
    if value in known:
        return
    hint = did_you_mean(str(value), known) or (f"Say {listing(known)}." if known else "")
    what = f'"{value}" is not known here' if value else f"the {path} is missing"
    yield asked.problem(what, hint, path)


def _one_of(asked: Asked, path: str, allowed: tuple[str, ...]) -> Iterator[Problem]:
    yield from _known(asked, path, asked.data.get(path) or "", allowed)


def _event_type(asked: Asked, event: str, path: str) -> Iterator[Problem]:
    yield from _known(asked, path, event, EVENT_TYPES | asked.practice.events.keys())


def _said(asked: Asked, path: str, hint: str) -> Iterator[Problem]:
    if not str(asked.data.get(path) or "").strip():
        yield asked.problem(f"the {path} is missing", hint, path)


def _ahead(asked: Asked, path: str, when: Instant, longest: Any, called: str) -> Iterator[Problem]:
    if when <= asked.at:
        yield asked.problem("the date has passed already", path=path)
    elif when > asked.add(asked.at, longest):
        limit = in_words(longest)
        yield asked.problem(f"the date is further ahead than the {called} of {limit}", path=path)


def _role(asked: Asked, roles: tuple[str, ...], what: str) -> Iterator[Problem]:
    if not set(roles) & set(asked.person.roles):
        hint = f"It takes a {listing(dict.fromkeys(roles))}."
        yield asked.problem(f"{asked.person.name} may not {what}", hint)
