"""Alternatives under ``any:`` that could as well not be there: dead, or within another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from laneflow.lanes.circles import every_test
from laneflow.lanes.model import AllOf, AnyOf, Atom, Condition, Where
from laneflow.proofs.check.logic import Reasoner

Part = Atom | AllOf | AnyOf


class Idle(NamedTuple):
    """An alternative nothing depends on: where it begins, and the condition with it alone.

    ``dead``: it can never hold; else whatever fits it fits another alternative, too.
    """

    where: Where
    narrowed: Condition
    dead: bool


def idle_alternatives(when: Condition, reasoner: Reasoner, status: str | None) -> Iterator[Idle]:
    """The alternatives of ``when`` that never make a difference, of every ``any:`` in it."""
    for choice in _choices(when):
        standing = list(choice)
        for alternative in choice:
            narrowed = alternative[1]
            others = [condition for _, condition in standing if condition is not narrowed]
            dead = reasoner.can_hold(narrowed, status=status) is False
            if dead or (others and reasoner.can_hold(narrowed, others, status) is False):
                standing.remove(alternative)
                where = next((a.where for a in every_test(AllOf((alternative[0],)))), None)
                if where is not None:
                    yield Idle(where, narrowed, dead)


def _choices(when: Condition) -> Iterator[list[tuple[Part, Condition]]]:
    """For each ``any:``, its alternatives, each with the whole condition narrowed to it."""
    for n, part in enumerate(when.parts):
        before, after = when.parts[:n], when.parts[n + 1 :]
        for choice in _within(part):
            yield [(one, AllOf((*before, narrowed, *after))) for one, narrowed in choice]


def _within(part: Part) -> Iterator[list[tuple[Part, Part]]]:
    if isinstance(part, AllOf):
        for choice in _choices(part):
            yield [*choice]
    elif isinstance(part, AnyOf):
        yield [(one, one) for one in part.parts]
        for one in part.parts:
            yield from _within(one)
