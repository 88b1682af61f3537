"""What the changes of a lane have in common: lengths made longer, limits moved, words for both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec.structs import replace

from laneflow.lanes.durations import in_words
from laneflow.lanes.model import AllOf, AnyOf, Atom, Condition, Due, Duration, Where
from laneflow.practice.model import Practice

T = TypeVar("T")
Part = Atom | AllOf | AnyOf

NEVER: Condition = AllOf((Atom("status", "is", "(no status)"),))
"""A condition that never holds: a rule with it is gone, and the others keep their numbers."""

_RISES = ("at_least", "more_than")


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """One small change: ``made`` is the thing with it, ``parts`` name what a test must touch."""

    kind: str
    what: str
    where: Where
    parts: tuple[str, ...]
    made: T


def longer(span: Duration) -> Duration:
    """Twice as long; ``same day`` becomes the next business day."""
    if span.unit == "same day":
        return Duration(1, "business days")
    return replace(span, n=2 * span.n or 1)


def instead(new: Duration, old: Duration) -> str:
    """``4 days instead of 2 days``."""
    return f"{in_words(new)} instead of {in_words(old)}"


def longer_due(due: Due) -> tuple[Due, str] | None:
    """A due date later than it is, and how; None where it only names a window."""
    if due.duration is not None:
        new = longer(due.duration)
        return replace(due, duration=new), instead(new, due.duration)
    if due.anchor is not None and due.by is not None:
        new = longer(due.by)
        return replace(due, by=new), f"{instead(new, due.by)} {due.side} {due.anchor}"
    return None


def other_role(practice: Practice, *taken: str) -> str:
    """A role that somebody fills and that is none of those taken; the last one if all are."""
    roles = dict.fromkeys(role for person in practice.people.values() for role in person.roles)
    return next((role for role in roles if role not in taken), list(roles)[-1])


def stricter(when: Condition) -> Iterator[tuple[Condition, str, Where | None]]:
    """A condition with one limit moved so that it holds later or less often, each in turn."""
    for n, inner in enumerate(when.parts):
        for changed, what, where in _stricter(inner):
            yield replace(when, parts=put(when.parts, n, changed)), what, where


def _stricter(part: Part) -> Iterator[tuple[Part, str, Where | None]]:
    if isinstance(part, Atom):
        for value in _stricter_value(part):
            old = in_words(part.value) if isinstance(part.value, Duration) else part.value
            new = in_words(value) if isinstance(value, Duration) else value
            test = part.op.replace("_", " ")
            yield replace(part, value=value), f"{part.fact} {test} {new}, not {old}", part.where
        return
    for n, inner in enumerate(part.parts):
        for changed, what, where in _stricter(inner):
            yield replace(part, parts=put(part.parts, n, changed)), what, where


def _stricter_value(atom: Atom) -> Iterator[float | Duration]:
    value, op = atom.value, atom.op
    if isinstance(value, Duration):
        if op in _RISES or op == "less_than":
            yield longer(value)
        elif value.n > 1:
            yield replace(value, n=value.n // 2)
        elif value.n == 1:
            yield replace(value, n=0)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if op in _RISES:
            yield value + 1
        elif op in ("less_than", "at_most"):
            yield value - 1


def without(items: tuple[T, ...], n: int) -> tuple[T, ...]:
    """A list without its n-th."""
    return (*items[:n], *items[n + 1 :])


def put(items: tuple[T, ...], n: int, item: T) -> tuple[T, ...]:
    """A list with another n-th."""
    return (*items[:n], item, *items[n + 1 :])
