"""Scripts that would never come to an end, or not in time, found without running them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from jinja2 import nodes

from laneflow.outreach.rendering import MAX_STEPS
from laneflow.outreach.vet import below, walk

MAX_RANGE = 100
"""Numbers a script may count through in one loop."""


class Endless(NamedTuple):
    """What is wrong, and on which line."""

    line: int
    what: str


def endless(tree: nodes.Template) -> Iterator[Endless]:
    """What of one template goes round for ever or far too long; ``tree`` as ``vet`` leaves it.

    Macros and blocks that lead back to themselves, and loops over written-out numbers. The loops
    over facts are bounded when the script is rendered.
    """
    calls = {name: dict(_calls(body)) for name, body in _callable(tree)}
    for name in first_of_each_circle(calls):
        kind = "block" if name.startswith("self.") else "macro"
        what = f'the {kind} "{name.removeprefix("self.")}" goes in circles: it leads to itself'
        back = [line for to, line in calls[name].items() if name in reached(calls, to)]
        yield Endless(min(back), what)
    yield from _loops(tree, 1)


def first_of_each_circle(leads: Mapping[str, Collection[str]]) -> list[str]:
    """Of the names that lead back to themselves, the first of each circle, in the given order."""
    found: list[str] = []
    told: set[str] = set()
    for name in leads:
        if name in told or name not in (below_it := reached(leads, *leads[name])):
            continue
        found.append(name)
        told |= {other for other in below_it if name in reached(leads, *leads.get(other, ()))}
    return found


def reached(leads: Mapping[str, Collection[str]], *start: str) -> set[str]:
    """The names of ``start`` and everything they lead to."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += leads.get(name, ())
    return found


def _callable(tree: nodes.Template) -> Iterator[tuple[str, nodes.Node]]:
    for node in walk(tree):
        if isinstance(node, nodes.Macro):
            yield node.name, node
        elif isinstance(node, nodes.Block):
            yield f"self.{node.name}", node


def _calls(body: nodes.Node) -> Iterator[tuple[str, int]]:
    """The macros and blocks that are called inside, with their lines."""
    for node in walk(body):
        if not isinstance(node, nodes.Call):
            continue
        called = node.node
        if isinstance(called, nodes.Name):
            yield called.name, node.lineno
        elif isinstance(called, nodes.Getattr) and isinstance(called.node, nodes.Name):
            yield f"{called.node.name}.{called.attr}", node.lineno


def _loops(tree: nodes.Node, turns: int) -> Iterator[Endless]:
    """Loops that count too far, alone or inside each other; ``turns``: of those around."""
    waiting = [(tree, turns)]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, nodes.For):
            numbers = _numbers(node.iter)
            around *= max(1, numbers)
            if numbers > MAX_RANGE:
                yield Endless(node.lineno, f"range is longer than {MAX_RANGE}")
                continue
            if around > MAX_STEPS:
                what = f"the script goes round more than {MAX_STEPS:,} times"
                yield Endless(node.lineno, what)
                continue
        waiting += [(part, around) for part in reversed(below(node))]


def _numbers(values: nodes.Node) -> int:
    """How many numbers a written-out ``range`` has; 0 for any other list."""
    while isinstance(values, nodes.Call) and isinstance(values.node, nodes.EnvironmentAttribute):
        values = values.args[0]  # the guard that counts
    if not (isinstance(values, nodes.Call) and isinstance(values.node, nodes.Name)):
        return 0
    bounds: list[Any] = [part.value for part in values.args if isinstance(part, nodes.Const)]
    whole = all(type(bound) is int for bound in bounds) and len(bounds) == len(values.args)
    if values.node.name != "range" or not whole or not 1 <= len(bounds) <= 3 or 0 in bounds[2:]:
        return 0
    counted = range(*bounds)
    return min(max(0, -(-(counted.stop - counted.start) // counted.step)), 10**9)
