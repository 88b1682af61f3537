"""A script rendered so that every word knows its line and every way taken is known.

The traced environment is the scripts' own with two things added to the tree after it is vetted:
marks that say from which file and line the words come, and a note of each arm of each ``if``,
``for``, ``… if … else …`` and ``… or …`` that is taken. The words come out the same.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from jinja2 import BaseLoader, nodes
from jinja2.runtime import Context

from laneflow.outreach.environment import Facts, ScriptEnvironment
from laneflow.outreach.rendering import Rendering
from laneflow.outreach.vet import CLOSE, NAMED, OPEN, below

_AT, _VALUE, _END = "\x05", "\x06", "\x07"
"""``AT n:line END`` before words of the script, ``VALUE n:line END`` before a printed value."""
_PLACE = re.compile(f"[{_AT}{_VALUE}]\\d+:\\d+{_END}")
_ANY = re.compile(
    f"{OPEN}(?P<open>[a-z_]+){NAMED}|(?P<close>{CLOSE})"
    f"|(?P<kind>[{_AT}{_VALUE}])(?P<file>\\d+):(?P<line>\\d+){_END}"
)


class Arm(NamedTuple):
    """One way through a branch: where it is written, and which (``yes``, ``no``, ``or``).

    ``words``: something is written there; an ``if`` without ``else`` has a way without.
    """

    file: str
    line: int
    n: int
    way: str
    words: bool = True


class Place(NamedTuple):
    """Where words come from. ``value``: they are a fact's, not the script's own."""

    file: str
    line: int
    value: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """The words of one block (``block`` "": between blocks), each with its place."""

    block: str
    text: str
    starts: tuple[int, ...]
    places: tuple[Place, ...]

    def place(self, at: int) -> Place:
        """Where the character at offset ``at`` comes from."""
        n = bisect_right(self.starts, at) - 1
        return self.places[n] if n >= 0 else Place("", 0, False)

    def values_within(self, start: int, end: int) -> list[tuple[int, int]]:
        """The stretches of ``text[start:end]`` that are facts' values."""
        found = []
        for n, (begin, place) in enumerate(zip(self.starts, self.places, strict=True)):
            stop = self.starts[n + 1] if n + 1 < len(self.starts) else len(self.text)
            if place.value and begin < end and stop > start and stop > begin:
                found.append((max(begin, start), min(stop, end)))
        return found


class TracedEnvironment(ScriptEnvironment):
    """Renders scripts as ever, and tells where words come from and which arms were taken."""

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(loader)
        self.files: list[str] = []
        self.arms: list[Arm] = []
        self.taken: set[int] = set()
        plain = self.finalize

        def unmarked(context: Context, value: Any) -> str:
            text: str = plain(context, value)  # type: ignore[misc]
            return _PLACE.sub("", text) if _END in text else text

        unmarked.jinja_pass_arg = plain.jinja_pass_arg  # type: ignore[attr-defined,union-attr]
        self.finalize = unmarked

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        file = name or ""
        self.files.append(file)
        self._note(tree, file)
        _mark(tree, len(self.files) - 1)
        return tree

    def call(self, context: Context, macro: Any, /, *args: Any, **kwargs: Any) -> Any:
        """As ever; a note of the way taken costs nothing."""
        if macro == self.took:
            return self.took(*args)
        return super().call(context, macro, *args, **kwargs)

    def took(self, arm: int, value: Any = "") -> Any:
        """Note that ``arm`` was taken; hands ``value`` on."""
        self.taken.add(arm)
        return value

    def trace(self, name: str, facts: Facts, rendering: Rendering) -> tuple[list[Piece], set[int]]:
        """The words of a script in pieces, and the arms taken. Raises LaneflowError."""
        template = self.load(name)
        self.taken = set()
        marked = self.text(template, facts, rendering)
        return list(_pieces(marked, self.files)), self.taken

    def _arm(self, file: str, line: int, way: str, words: bool = True) -> nodes.Const:
        self.arms.append(Arm(file, line, len(self.arms), way, words))
        return nodes.Const(len(self.arms) - 1, lineno=line)

    def _noting(self, arm: nodes.Const, value: nodes.Expr | None = None) -> nodes.Call:
        target = nodes.EnvironmentAttribute("took", lineno=arm.lineno)
        given = [arm] if value is None else [arm, value]
        return nodes.Call(target, given, [], None, None, lineno=arm.lineno)

    def _note(self, tree: nodes.Template, file: str) -> None:
        found = _all(tree)
        inner = {id(other) for node in found if isinstance(node, nodes.If) for other in node.elif_}
        for node in found:
            if isinstance(node, nodes.If | nodes.For):
                elifs = node.elif_ if isinstance(node, nodes.If) else []
                yes = self._arm(file, node.lineno, "yes")
                node.body.insert(0, nodes.ExprStmt(self._noting(yes), lineno=node.lineno))
                if id(node) not in inner:  # an elif has no else of its own
                    line = _first_line(node.else_) or (elifs[-1] if elifs else node).lineno
                    no = self._arm(file, line, "no", bool(node.else_))
                    node.else_.insert(0, nodes.ExprStmt(self._noting(no), lineno=line))
            elif isinstance(node, nodes.CondExpr):
                node.expr1 = self._noting(self._arm(file, node.lineno, "yes"), node.expr1)
                if node.expr2 is not None:
                    node.expr2 = self._noting(self._arm(file, node.lineno, "no"), node.expr2)
            elif isinstance(node, nodes.Or):
                node.right = self._noting(self._arm(file, node.lineno, "or"), node.right)


def _all(tree: nodes.Node) -> list[nodes.Node]:
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(reversed(below(node)))
    return found


def _first_line(body: list[nodes.Node]) -> int:
    return body[0].lineno if body else 0


def _mark(tree: nodes.Template, file: int) -> None:
    """Put the place before every piece of text and every printed value outside macros.

    A macro's words may be compared or counted before they are printed; they keep the place of
    the call.
    """
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.Macro):
            continue
        if isinstance(node, nodes.Output):
            node.nodes = list(_marked(node, file))
        else:
            waiting.extend(below(node))


def _marked(node: nodes.Output, file: int) -> Iterator[nodes.Expr]:
    for part in node.nodes:
        if not isinstance(part, nodes.TemplateData):
            yield _data(f"{_VALUE}{file}:{part.lineno}{_END}", part.lineno)
            yield part
            continue
        if part.data[:1] in (OPEN, CLOSE):
            yield part
            continue
        for n, text in enumerate(part.data.splitlines(keepends=True)):
            yield _data(f"{_AT}{file}:{part.lineno + n}{_END}{text}", part.lineno)


def _data(text: str, line: int) -> nodes.TemplateData:
    return nodes.TemplateData(text, lineno=line)


def _pieces(marked: str, files: list[str]) -> Iterator[Piece]:
    """The words by outermost block, in order; nested blocks belong to the one around them."""
    blocks: list[str] = []
    held: list[str] = []
    starts: list[int] = []
    places: list[Place] = []
    length = after = 0
    for mark in _ANY.finditer(marked):
        text = marked[after : mark.start()]
        held.append(text)
        length += len(text)
        after = mark.end()
        if mark["kind"]:
            starts.append(length)
            places.append(
                Place(files[int(mark["file"])], int(mark["line"]), mark["kind"] == _VALUE)
            )
            continue
        outermost = not blocks if mark["open"] else len(blocks) == 1
        if outermost:
            yield Piece("".join(blocks[:1]), "".join(held), tuple(starts), tuple(places))
            last = places[-1:]
            held, starts, places, length = [], [0] * len(last), last, 0
        if mark["open"]:
            blocks.append(mark["open"])
        elif blocks:
            blocks.pop()
    held.append(marked[after:])
    yield Piece("", "".join(held), tuple(starts), tuple(places))
