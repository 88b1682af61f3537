"""What the engine did in a lane test, told in lines: the last thing, and the story so far."""

from __future__ import annotations

from collections.abc import Sequence

from laneflow.engine.calendar import Calendar
from laneflow.engine.state import Act, Change, Decision, Event, Taken, Task, Trace
from laneflow.proofs.lanetests.comparing import shown
from laneflow.proofs.lanetests.touched import event_types

MOST_LINES = 6


def last(decisions: Sequence[Decision], taken: Sequence[Taken]) -> str:
    """The last thing the engine did and by which rule; what became of the input if it did none."""
    for decision in reversed(decisions):
        if decision.trace:
            return f"Last: {_did(decision.trace[-1])}."
    fates = [t for t in taken if t.why]
    return f"The last input was {fates[-1].fate}: {fates[-1].why}." if fates else ""


def story(
    decisions: Sequence[Decision], taken: Sequence[Taken], calendar: Calendar
) -> tuple[str, ...]:
    """The last few decisions, oldest first, a line each: when, upon what, what was done."""
    names = _inputs(taken)
    told: list[str] = []
    for decision in decisions:
        done = [_did(trace) for trace in decision.trace] or _changed(decision.changes, calendar)
        if done:
            upon = names.get(decision.input[-1], "time passed")
            told.append(f"{shown(calendar, decision.at)}  {upon}: {'; '.join(done)}")
    return tuple(told[-MOST_LINES:])


def _inputs(taken: Sequence[Taken]) -> dict[str, str]:
    """Inputs by their id, in words."""
    return {t.input.id: _input(t.input) for t in taken} | dict(event_types(taken))


def _input(input_: Event | Act) -> str:
    if isinstance(input_, Event):
        return input_.type
    told = input_.data.get("outcome") or input_.data.get("task") or input_.data.get("item") or ""
    return f"{input_.kind} ({told})" if told else input_.kind


def _did(trace: Trace) -> str:
    place = f" ({trace.file}:{trace.line})" if trace.file else ""
    return f"{trace.did}, by {trace.rule}{place}"


def _changed(changes: Sequence[Change], calendar: Calendar) -> list[str]:
    """What a decision did that no rule of the lane asked for."""
    words: list[str] = []
    for op, name, *rest in changes:
        if op == "set" and name == "task" and isinstance(rest[0], Task):
            words.append(f"the task is due {shown(calendar, rest[0].due.at)}")
        elif op == "put" and name == "items":
            words.append(f"{rest[0]} is {rest[1].state}")
        elif op == "put" and name == "side":
            words.append(f"{rest[0]} is due {shown(calendar, rest[1].due.at)}")
        elif op == "del" and name in ("side", "escalations"):
            words.append(f"{rest[0]} is done with")
    return list(dict.fromkeys(words))
