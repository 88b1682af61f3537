"""What a script's conditions look at: each fact, the values it is compared with, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from jinja2 import nodes

from laneflow.outreach.lint.reading import dotted
from laneflow.outreach.vet import walk

_DEPTH = 6
"""How far a name is followed through ``set`` and macro arguments to the fact it stands for."""


@dataclass(slots=True)
class Tested:
    """Facts by dotted name -> the plain values they are compared with, in the order met.

    ``at``: the facts that decide at a line, by (script, line).
    """

    facts: dict[str, dict[Any, None]] = field(default_factory=dict)
    at: dict[tuple[str, int], set[str]] = field(default_factory=dict)


def tested(trees: Iterable[tuple[str, nodes.Template]]) -> Tested:
    """What the conditions of these scripts look at, taken together."""
    found = Tested()
    listed = list(trees)
    stands_for = _names(tree for _, tree in listed)
    for file, tree in listed:
        for node in walk(tree):
            for deciding in _deciding(node):
                _collect(deciding, file, node.lineno, stands_for, found)
    return found


def _deciding(node: nodes.Node) -> Iterator[nodes.Node]:
    """The expressions on which it depends what is said."""
    if isinstance(node, nodes.If | nodes.CondExpr):
        yield node.test
    elif isinstance(node, nodes.For):
        yield node.iter
        if node.test is not None:
            yield node.test
    elif isinstance(node, nodes.And | nodes.Or):
        yield node.left
    elif isinstance(node, nodes.Filter) and node.name == "default" and node.node is not None:
        yield node.node


def _collect(
    node: nodes.Node, file: str, line: int, stands_for: dict[str, set[str]], found: Tested
) -> None:
    """Note every fact in an expression, with the values it is compared with."""
    here = found.at.setdefault((file, line), set())
    for name in _facts(node, stands_for):
        found.facts.setdefault(name, {})
        here.add(name)
    for part in walk(node):
        if isinstance(part, nodes.Compare):
            sides = [part.expr, *(operand.expr for operand in part.ops)]
            values = [value for side in sides for value in _constants(side)]
            for name in {name for side in sides for name in _facts(side, stands_for)}:
                found.facts.setdefault(name, {}).update(dict.fromkeys(values))


def _constants(node: nodes.Node) -> list[Any]:
    if isinstance(node, nodes.Const):
        return [node.value]
    if isinstance(node, nodes.List | nodes.Tuple):
        return [item.value for item in node.items if isinstance(item, nodes.Const)]
    return []


def _facts(node: nodes.Node, stands_for: dict[str, set[str]], depth: int = _DEPTH) -> set[str]:
    """Every fact an expression reads, names given in the script followed to what they stand for."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        name = dotted(part)
        if not name:
            waiting.extend(part.iter_child_nodes())
            continue
        head, _, rest = name.partition(".")
        if head not in stands_for:
            found.add(name)
        elif depth:
            for other in stands_for[head]:
                found.add(f"{other}.{rest}" if rest and rest not in _LOOP else other)
    return found


_LOOP = ("index", "index0", "first", "last", "length", "revindex")


Given = dict[str, list[nodes.Node]]
"""Names a script gives a value -> the expressions they are given."""


def _names(trees: Iterable[nodes.Template]) -> dict[str, set[str]]:
    """Names a script gives a value -> the facts they may stand for."""
    given: Given = {}
    macros: dict[str, nodes.Macro] = {}
    calls: list[nodes.Call] = []
    for tree in trees:
        for node in walk(tree):
            for name, value in _giving(node):
                given.setdefault(name, []).append(value)
            if isinstance(node, nodes.Macro):
                macros[node.name] = node
            elif isinstance(node, nodes.Call):
                calls.append(node)
    for call in calls:
        called = call.node.attr if isinstance(call.node, nodes.Getattr) else dotted(call.node)
        if called in macros:
            _arguments(macros[called], call, given)
    stands_for = {name: set[str]() for name in (*given, *macros, "self", "super", "range")}
    for _ in range(_DEPTH):
        for name, values in given.items():
            for value in values:
                stands_for[name] |= _facts(value, stands_for)
    return stands_for


def _giving(node: nodes.Node) -> Iterator[tuple[str, nodes.Node]]:
    """The names a statement gives a value, each with the expression."""
    if isinstance(node, nodes.Assign):
        yield from ((name, node.node) for name in _targets(node.target))
    elif isinstance(node, nodes.For):
        yield from ((name, node.iter) for name in (*_targets(node.target), "loop"))
    elif isinstance(node, nodes.With):
        for target, value in zip(node.targets, node.values, strict=True):
            yield from ((name, value) for name in _targets(target))


def _targets(target: nodes.Node) -> list[str]:
    if isinstance(target, nodes.Name):
        return [target.name]
    return [name.name for name in target.find_all(nodes.Name)]


def _arguments(macro: nodes.Macro, call: nodes.Call, given: Given) -> None:
    names = [str(argument.name) for argument in macro.args]
    for name, value in zip(names, call.args, strict=False):
        given.setdefault(name, []).append(value)
    for keyword in call.kwargs:
        given.setdefault(keyword.key, []).append(keyword.value)
