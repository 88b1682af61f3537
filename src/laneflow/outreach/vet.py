"""What a script may contain, decided before it ever runs, and the guards put into what may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from jinja2 import TemplateSyntaxError, nodes

from laneflow.errors import did_you_mean, listing
from laneflow.outreach.filters import FILTERS

BLOCKS = (
    "identity", "reason", "next_step", "understanding",
    "questions", "clinical_boundary", "help", "voicemail",
)  # fmt: skip
"""The parts of a good contact, as a prompt reports them."""

TESTS = ("ahead", "defined", "undefined", "none", "string", "number", "eq", "==", "ne", "!=", "in",
         "lt", "<", "le", "<=", "gt", ">", "ge", ">=", "odd", "even")  # fmt: skip
"""Everything a script may write after ``is``."""

OPEN, NAMED, CLOSE = "\x02", "\x03", "\x04"
"""Marks around a block's text (OPEN name NAMED text CLOSE); sources and values cannot hold them."""

_ALLOWED: frozenset[type[nodes.Node]] = frozenset({
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Extends, nodes.Block, nodes.Include,
    nodes.Import, nodes.FromImport, nodes.Macro, nodes.For, nodes.If, nodes.With, nodes.Assign,
    nodes.Name, nodes.Const, nodes.Tuple, nodes.List, nodes.CondExpr, nodes.Filter, nodes.Test,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul,
    nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat, nodes.Getattr,
    nodes.Getitem, nodes.Call, nodes.Keyword,
})  # fmt: skip
DEEPEST = 100
"""Levels of nodes within each other; a sum of as many parts is as deep."""
_LEAVES = frozenset({nodes.Name, nodes.TemplateData, nodes.Const})

_WORDS: dict[type[nodes.Node], str] = {
    nodes.Pow: '"**"',
    nodes.AssignBlock: '"{% set %}" around a block of text',
    nodes.NSRef: "a namespace",
    nodes.FilterBlock: '"{% filter %}"',
    nodes.CallBlock: '"{% call %}"',
    nodes.Scope: '"{% autoescape %}"',
    nodes.Dict: 'a "{ }" of its own',
    nodes.Slice: "a slice of a value",
}


def vet(tree: nodes.Template) -> nodes.Template:
    """Refuse what a script has no use for; add the guards. Changes and returns ``tree``.

    Raises TemplateSyntaxError with the line of the first thing refused.
    """
    found = list(walk(tree))
    for node in found:
        what = _refusal(node)
        if what:
            raise TemplateSyntaxError(what, node.lineno or 1)
    _guard(found)
    tree.body.insert(0, nodes.ExprStmt(_environment_call("tick", [], 1), lineno=1))
    return tree


def walk(tree: nodes.Node) -> Iterator[nodes.Node]:
    """Every node of a template, each before what is in it, in the order they are written.

    Raises TemplateSyntaxError where they nest deeper than whatever reads them can follow.
    """
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node
        if type(node) not in _LEAVES:
            if depth > DEEPEST:
                raise TemplateSyntaxError("the script nests too deep", node.lineno or 1)
            waiting.extend((part, depth + 1) for part in reversed(below(node)))


def below(node: nodes.Node) -> list[nodes.Node]:
    """What is directly in a node; as ``iter_child_nodes``, at a third of its cost."""
    found: list[nodes.Node] = []
    for name in node.fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [part for part in value if isinstance(part, nodes.Node)]
        elif isinstance(value, nodes.Node):
            found.append(value)
    return found


def _refusal(node: nodes.Node) -> str:
    """Why a script may not hold this node; "" where it may."""
    kind = type(node)
    if kind not in _ALLOWED:
        return f"a script may not use {_WORDS.get(kind, kind.__name__)}"
    look = _LOOKS.get(kind)
    return look(node) if look else ""


def _other_script(node: Any) -> str:
    if _words(node.template):
        return ""
    return "the name of another script must be written out in quotes"


def _filter(node: nodes.Filter) -> str:
    if node.name in FILTERS:
        return ""
    hint = did_you_mean(node.name, FILTERS, f"There is {listing(sorted(FILTERS), 20)}.")
    return f'unknown filter "{node.name}". {hint}'


def _test(node: nodes.Test) -> str:
    if node.name in TESTS:
        return ""
    return f'unknown test "{node.name}". {did_you_mean(node.name, TESTS)}'


def _part(node: nodes.Getattr | nodes.Getitem) -> str:
    name = node.attr if isinstance(node, nodes.Getattr) else _words(node.arg)
    if not name.startswith("_"):
        return ""
    written = f".{name}" if isinstance(node, nodes.Getattr) else name
    return f'"{written}" is not a fact, and a script may not reach for it'


def _loop(node: nodes.For) -> str:
    return "a script may not use a recursive loop" if node.recursive else ""


def _call(node: nodes.Call) -> str:
    return 'a script may not call with "*" or "**"' if node.dyn_args or node.dyn_kwargs else ""


def _list(node: nodes.List | nodes.Tuple) -> str:
    if getattr(node, "ctx", "load") != "load":
        return ""
    plain = all(isinstance(item, nodes.Const) for item in node.items)
    return "" if plain else "a list in a script may hold only plain words and numbers"


_LOOKS: dict[type[nodes.Node], Callable[[Any], str]] = {
    nodes.Extends: _other_script, nodes.Include: _other_script,
    nodes.Import: _other_script, nodes.FromImport: _other_script,
    nodes.Filter: _filter, nodes.Test: _test, nodes.Getattr: _part, nodes.Getitem: _part,
    nodes.For: _loop, nodes.Call: _call, nodes.List: _list, nodes.Tuple: _list,
}  # fmt: skip


def _words(node: nodes.Node) -> str:
    return str(node.value) if isinstance(node, nodes.Const) else ""


def _guard(found: list[nodes.Node]) -> None:
    """Count every turn of a loop, bound every joined text, mark where the blocks begin and end."""
    joins = any(isinstance(node, nodes.Concat) for node in found)
    for node in found:
        if joins:
            _glue(node)
        if isinstance(node, nodes.For):
            node.iter = _environment_call("counted", [cast(nodes.Expr, node.iter)], node.lineno)
        elif isinstance(node, nodes.Block) and node.name in BLOCKS:
            node.body.insert(0, _text(f"{OPEN}{node.name}{NAMED}", node.lineno))
            node.body.append(_text(CLOSE, node.lineno))


def _glue(node: nodes.Node) -> None:
    """Put each text joined directly in ``node`` under its bound."""
    for name, value in list(node.iter_fields()):
        if isinstance(value, nodes.Concat):
            setattr(node, name, _glued(value))
        elif isinstance(value, list):
            value[:] = [_glued(v) if isinstance(v, nodes.Concat) else v for v in value]


def _glued(node: nodes.Concat) -> nodes.Call:
    return _environment_call("glue", node.nodes, node.lineno)


def _environment_call(name: str, arguments: list[nodes.Expr], line: int) -> nodes.Call:
    target = nodes.EnvironmentAttribute(name, lineno=line)
    return nodes.Call(target, arguments, [], None, None, lineno=line)


def _text(data: str, line: int) -> nodes.Output:
    return nodes.Output([nodes.TemplateData(data, lineno=line)], lineno=line)
