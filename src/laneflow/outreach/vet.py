"""What a script may contain, decided before it ever runs, and the guards put into what may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

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

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Extends, nodes.Block, nodes.Include,
    nodes.Import, nodes.FromImport, nodes.Macro, nodes.For, nodes.If, nodes.With, nodes.Assign,
    nodes.Name, nodes.Const, nodes.Tuple, nodes.List, nodes.CondExpr, nodes.Filter, nodes.Test,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul,
    nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat, nodes.Getattr,
    nodes.Getitem, nodes.Call, nodes.Keyword,
)  # fmt: skip

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
    found = list(_walk(tree))
    for node in found:
        _refuse(node)
    for node in found:
        _guard(node)
    tree.body.insert(0, nodes.ExprStmt(_environment_call("tick", [], 1), lineno=1))
    return tree


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(list(here.iter_child_nodes())))


def _refuse(node: nodes.Node) -> None:
    what = _refusal(node)
    if what:
        raise TemplateSyntaxError(what, node.lineno or 1)


def _refusal(node: nodes.Node) -> str:
    if not isinstance(node, _ALLOWED):
        return f"a script may not use {_WORDS.get(type(node), type(node).__name__)}"
    other = nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport
    if isinstance(node, other) and not _words(node.template):
        return "the name of another script must be written out in quotes"
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        hint = did_you_mean(node.name, FILTERS, f"There is {listing(sorted(FILTERS), 20)}.")
        return f'unknown filter "{node.name}". {hint}'
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        return f'unknown test "{node.name}". {did_you_mean(node.name, TESTS)}'
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        return f'".{node.attr}" is not a fact, and a script may not reach for it'
    if isinstance(node, nodes.Getitem) and _words(node.arg).startswith("_"):
        return f'"{_words(node.arg)}" is not a fact, and a script may not reach for it'
    if isinstance(node, nodes.For) and node.recursive:
        return "a script may not use a recursive loop"
    if isinstance(node, nodes.Call) and (node.dyn_args or node.dyn_kwargs):
        return 'a script may not call with "*" or "**"'
    if isinstance(node, nodes.List | nodes.Tuple) and getattr(node, "ctx", "load") == "load":
        plain = all(isinstance(item, nodes.Const) for item in node.items)
        return "" if plain else "a list in a script may hold only plain words and numbers"
    return ""


def _words(node: nodes.Node) -> str:
    return str(node.value) if isinstance(node, nodes.Const) else ""


def _guard(node: nodes.Node) -> None:
    """Count every turn of a loop, bound every joined text, mark where the blocks begin and end."""
    for name, value in list(node.iter_fields()):
        if isinstance(value, nodes.Concat):
            setattr(node, name, _glued(value))
        elif isinstance(value, list):
            value[:] = [_glued(v) if isinstance(v, nodes.Concat) else v for v in value]
    if isinstance(node, nodes.For):
        node.iter = _environment_call("counted", [cast(nodes.Expr, node.iter)], node.lineno)
    if isinstance(node, nodes.Block) and node.name in BLOCKS:
        node.body.insert(0, _text(f"{OPEN}{node.name}{NAMED}", node.lineno))
        node.body.append(_text(CLOSE, node.lineno))


def _glued(node: nodes.Concat) -> nodes.Call:
    return _environment_call("glue", node.nodes, node.lineno)


def _environment_call(name: str, arguments: list[nodes.Expr], line: int) -> nodes.Call:
    target = nodes.EnvironmentAttribute(name, lineno=line)
    return nodes.Call(target, arguments, [], None, None, lineno=line)


def _text(data: str, line: int) -> nodes.Output:
    return nodes.Output([nodes.TemplateData(data, lineno=line)], lineno=line)
