"""Which facts reach the words of a voicemail or a text message: followed through the syntax tree.

A fact *flows* into the words when it is printed, and when it decides what is printed: a condition
on it, the number of turns of a loop over it, whether a value is there at all. Flows are followed
through ``set``, ``with``, macros and their arguments, filters, loops, ``include``, ``import``,
``extends``, blocks, ``super()`` and ``self``.

The analysis is sound and therefore cautious. A name may hold everything it is ever given within
its reach, in any order; both sides of every condition are taken; a name that is also a fact's may
be that fact. What it cannot follow (a macro that leads back to itself) it reports. So where it
finds nothing, the words are the same whatever the private facts are; ``tests/outreach`` holds it
to that with random scripts. The method is the usual one for information flow (Denning & Denning,
"Certification of programs for secure information flow", CACM 20(7), 1977), where the certificate
here is "depends on public facts only".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from jinja2 import nodes

from laneflow.outreach.lint.values import (
    NONE,
    PLAIN,
    Path,
    Scope,
    Source,
    Sources,
    Value,
    joined,
    told,
    untold,
)  # fmt: skip
from laneflow.outreach.vet import below, walk


@dataclass(slots=True, eq=False)
class Chain:
    """A script with what it builds on: every block's versions, the outermost child's first.

    ``open``: which base it builds on is decided only when it runs, so any version may be the one.
    """

    blocks: dict[str, list[tuple[str, nodes.Block]]] = field(default_factory=dict)
    open: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Here:
    """Where in a script the analysis stands. ``why``: what decides whether this is said at all."""

    file: str
    chain: Chain
    scope: Scope
    out: set[Source]
    why: Sources = NONE
    block: tuple[str, int] | None = None
    bases: list[tuple[str, Sources]] = field(default_factory=list)


class _Macro(NamedTuple):
    node: nodes.Macro
    here: Here


class _Block(NamedTuple):
    chain: Chain
    name: str
    version: int


class _Self(NamedTuple):
    chain: Chain


class _Module(NamedTuple):
    scope: Scope


CIRCLE = "(circle)"
"""Stands for a fact where a macro or block leads back to itself and cannot be followed."""
Trees = Callable[[str], nodes.Template | None]


def flows(name: str, trees: Trees, block: str | None, facts: Collection[str] = ()) -> Sources:
    """The private facts the words of script ``name`` depend on.

    ``trees`` gives a script's tree by name, None where there is none. ``block``: only the words of
    that block count (``voicemail``); None: all of them. ``facts``: first parts of facts' names.
    """
    flow = _Flow(trees, block, frozenset(facts))
    everything: set[Source] = set()
    flow.script(name, Scope(), NONE, everything if block is None else flow.unheard)
    return frozenset(everything if block is None else flow.heard)


class _Flow:
    """One walk. Each ``_do_…`` follows a statement, each ``_of_…`` an expression."""

    def __init__(self, trees: Trees, block: str | None, facts: frozenset[str]) -> None:
        self.trees = trees
        self.block = block
        self.facts = facts
        self.heard: set[Source] = set()
        self.unheard: set[Source] = set()
        """Where words go that do not count; a block said only there need not be followed."""
        self.under: list[object] = []

    # Scripts -------------------------------------------------------------------------------

    def script(self, name: str, around: Scope, why: Sources, out: set[Source]) -> Scope:
        """Follow a whole script and what it builds on; returns the names it gives a value."""
        scope = Scope(around)
        tree = self.trees(name)
        if tree is not None and name not in self.under:
            chain = Chain()
            self._gather(name, tree, chain, set())
            self.under.append(name)
            self._root(tree, Here(name, chain, scope, out, why))
            self.under.pop()
        return scope

    def _gather(self, name: str, tree: nodes.Template, chain: Chain, seen: set[str]) -> None:
        seen.add(name)
        blocks, bases, open_ = _outline(tree)
        for block in blocks:
            chain.blocks.setdefault(block.name, []).append((name, block))
        chain.open |= open_
        for other in bases:
            below_it = self.trees(other)
            if below_it is not None and other not in seen:
                self._gather(other, below_it, chain, seen)

    def _root(self, tree: nodes.Template, here: Here) -> None:
        here = replace(here, bases=[])
        self.follow(tree.body, here)
        instead = frozenset[Source]().union(*(why for _, why in here.bases))
        if instead:  # whether its own words are said depends on whether it builds on another
            self.follow(tree.body, replace(here, why=here.why | instead, bases=[]))
        for base, why in here.bases:
            other = self.trees(base)
            if other is not None and base not in self.under:
                self.under.append(base)
                self._root(other, replace(here, file=base, why=here.why | why))
                self.under.pop()

    # Statements ----------------------------------------------------------------------------

    def follow(self, body: Iterable[nodes.Node], here: Here) -> None:
        """Follow statements in the order they are written."""
        for node in body:
            do = _STATEMENTS.get(type(node))
            if do is not None:
                do(self, node, here)

    def _do_output(self, node: nodes.Output, here: Here) -> None:
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                if part.data:
                    here.out.update(here.why)
            else:
                here.out.update(here.why)
                here.out.update(told(self.value(part, here)))

    def _do_if(self, node: nodes.If, here: Here) -> None:
        here = replace(here, why=here.why | self._deciding(node.test, here))
        self.follow(node.body, here)
        for other in node.elif_:
            here = replace(here, why=here.why | self._deciding(other.test, here))
            self.follow(other.body, here)
        self.follow(node.else_, here)

    def _do_for(self, node: nodes.For, here: Here) -> None:
        over = self.value(node.iter, here)
        scope = Scope(here.scope)
        inner = replace(here, scope=scope, why=here.why | untold(over))
        self._assign(node.target, Value(told(over), over.paths, over.things), inner)
        scope.add("loop", Value(told(over)))
        if node.test is not None:
            inner = replace(inner, why=inner.why | self._deciding(node.test, inner))
        for _ in range(2):  # what a turn sets may be read by the next
            self.follow(node.body, inner)
        self.follow(node.else_, inner)

    def _do_with(self, node: nodes.With, here: Here) -> None:
        inner = replace(here, scope=Scope(here.scope))
        for target, given in zip(node.targets, node.values, strict=True):
            self._assign(target, self.value(given, here), inner)
        self.follow(node.body, inner)

    def _do_set(self, node: nodes.Assign, here: Here) -> None:
        self._assign(node.target, self.value(node.node, here), here)

    def _assign(self, target: nodes.Node, value: Value, here: Here) -> None:
        given = Value(value.sources | here.why, value.paths, value.things)
        for name in target.find_all(nodes.Name):
            here.scope.add(name.name, given)
        if isinstance(target, nodes.Name):
            here.scope.add(target.name, given)

    def _do_macro(self, node: nodes.Macro, here: Here) -> None:
        here.scope.add(node.name, Value(here.why, things=frozenset({_Macro(node, here)})))

    def _do_block(self, node: nodes.Block, here: Here) -> None:
        self._block(_Block(here.chain, node.name, 0), here)

    def _do_extends(self, node: nodes.Extends, here: Here) -> None:
        here.bases.append((_name(node.template), here.why))

    def _do_include(self, node: nodes.Include, here: Here) -> None:
        self.script(_name(node.template), here.scope, here.why, here.out)

    def _do_import(self, node: nodes.Import, here: Here) -> None:
        scope = self.script(_name(node.template), here.scope, here.why, set())
        here.scope.add(node.target, Value(here.why, things=frozenset({_Module(scope)})))

    def _do_from(self, node: nodes.FromImport, here: Here) -> None:
        scope = self.script(_name(node.template), here.scope, here.why, set())
        for given in node.names:
            theirs, ours = (given, given) if isinstance(given, str) else given
            here.scope.add(ours, joined((Value(here.why), scope.names.get(theirs, PLAIN))))

    def _block(self, block: _Block, here: Here) -> None:
        """What a block says, as it stands in ``here``; every version where any may be meant."""
        versions = block.chain.blocks.get(block.name, [])[block.version :]
        for more, (file, node) in enumerate(versions if block.chain.open else versions[:1]):
            if self.under.count(node) > 1:
                here.out.add(Source(CIRCLE, file, node.lineno, told=True))
                continue
            counts = block.name == self.block or here.out is not self.unheard
            if not counts and not _holds_block(node):
                continue  # what a block sets stays within it
            out = set[Source]() if counts else self.unheard
            version = (block.name, block.version + more)
            self.under.append(node)
            scope = Scope(here.scope)
            inside = replace(
                here, file=file, chain=block.chain, scope=scope, out=out, block=version
            )
            self.follow(node.body, inside)
            self.under.pop()
            if counts:
                here.out.update(out)
            if block.name == self.block:
                self.heard |= out

    # Expressions ---------------------------------------------------------------------------

    def value(self, node: nodes.Node, here: Here) -> Value:
        """What an expression may be."""
        of = _EXPRESSIONS.get(type(node))
        if of is not None:
            return of(self, node, here)
        return Value(told(joined(self.value(part, here) for part in below(node))))

    def _of_constant(self, node: nodes.Node, here: Here) -> Value:
        return PLAIN

    def _of_name(self, node: nodes.Name, here: Here) -> Value:
        found = here.scope.find(node.name)
        if node.name == "range" and found is None:
            return PLAIN
        special: list[Value] = [] if found is None else [found]
        if node.name == "self":
            special.append(Value(things=frozenset({_Self(here.chain)})))
        elif node.name == "super" and here.block is not None:
            name, version = here.block
            special.append(Value(things=frozenset({_Block(here.chain, name, version + 1)})))
        if not special or node.name in self.facts:
            special.append(Value(paths=frozenset({Path(node.name, here.file, node.lineno)})))
        return joined(special)

    def _of_part(self, node: nodes.Getattr, here: Here) -> Value:
        return _part(self.value(node.node, here), node.attr)

    def _of_entry(self, node: nodes.Getitem, here: Here) -> Value:
        whole, at = self.value(node.node, here), self.value(node.arg, here)
        key = node.arg.value if isinstance(node.arg, nodes.Const) else "*"
        part = _part(whole, key) if isinstance(key, str) else whole
        return Value(part.sources | told(at), part.paths, part.things)

    def _of_either(self, node: nodes.Node, here: Here) -> Value:
        """One of its parts, chosen by looking at them: it may still be a fact, not only a text."""
        whole = joined(self.value(part, here) for part in below(node))
        return Value(told(whole), whole.paths, whole.things)

    def _of_choice(self, node: nodes.CondExpr, here: Here) -> Value:
        ways = [node.expr1] + ([node.expr2] if node.expr2 is not None else [])
        whole = joined(self.value(way, here) for way in ways)
        return Value(whole.sources | self._deciding(node.test, here), whole.paths, whole.things)

    def _of_call(self, node: nodes.Call, here: Here) -> Value:
        given = [self.value(part, here) for part in node.args]
        named = {part.key: self.value(part.value, here) for part in node.kwargs}
        if isinstance(node.node, nodes.EnvironmentAttribute):  # a guard hands its values on
            return joined(given)
        callee = self.value(node.node, here)
        said = set(told(Value(callee.sources, callee.paths)))
        inner = replace(here, out=said, why=NONE)
        followed = False
        for thing in callee.things:
            if isinstance(thing, _Macro):
                self._call(thing, given, named, inner)
                followed = True
            elif isinstance(thing, _Block):
                self._block(thing, inner)
                followed = True
        if not followed:
            said |= told(joined((*given, *named.values())))
        return Value(frozenset(said))

    def _call(self, macro: _Macro, given: list[Value], named: dict[str, Value], here: Here) -> None:
        node, home = macro
        if self.under.count(node) > 1:
            here.out.add(Source(CIRCLE, home.file, node.lineno, told=True))
            return
        scope = Scope(Scope(home.scope, dict(here.scope.visible())))
        inside = replace(home, scope=scope, out=here.out)
        names = [str(argument.name) for argument in node.args]
        first_default = len(names) - len(node.defaults)
        rest = joined((*given[len(names) :], *named.values()))
        for n, name in enumerate(names):
            ways = [given[n]] if n < len(given) else []
            ways += [named[name]] if name in named else []
            if n >= first_default:  # an argument that is itself missing gives way to the default
                ways.append(self.value(node.defaults[n - first_default], inside))
            scope.add(name, joined(ways))
        for extra in ("varargs", "kwargs", "caller"):
            scope.add(extra, rest)
        self.under.append(node)
        self.follow(node.body, inside)
        self.under.pop()

    def _deciding(self, test: nodes.Node, here: Here) -> Sources:
        return untold(self.value(test, here))


@lru_cache(maxsize=1_000)
def _outline(tree: nodes.Template) -> tuple[list[nodes.Block], list[str], bool]:
    """A script's blocks, the scripts it may build on, and whether that is open until it runs."""
    blocks, bases = [], []
    for node in walk(tree):
        if isinstance(node, nodes.Block):
            blocks.append(node)
        elif isinstance(node, nodes.Extends):
            bases.append(_name(node.template))
    direct = sum(isinstance(node, nodes.Extends) for node in tree.body)
    return blocks, bases, len(bases) > 1 or direct < len(bases)


@lru_cache(maxsize=10_000)
def _holds_block(block: nodes.Block) -> bool:
    """Whether another block is written inside this one."""
    return any(isinstance(node, nodes.Block) and node is not block for node in walk(block))


def _name(node: nodes.Node) -> str:
    return str(node.value) if isinstance(node, nodes.Const) else ""


def _part(value: Value, name: str) -> Value:
    """What ``value.name`` may be."""
    found = [Value(value.sources)]
    for thing in value.things:
        if isinstance(thing, _Self):
            found.append(Value(things=frozenset({_Block(thing.chain, name, 0)})))
        elif isinstance(thing, _Module):
            found.append(thing.scope.names.get(name, PLAIN))
    paths = frozenset(Path(f"{path.name}.{name}", path.file, path.line) for path in value.paths)
    return joined([*found, Value(paths=paths)])


_STATEMENTS: dict[type[nodes.Node], Callable[..., None]] = {
    nodes.Output: _Flow._do_output, nodes.If: _Flow._do_if, nodes.For: _Flow._do_for,
    nodes.With: _Flow._do_with, nodes.Assign: _Flow._do_set, nodes.Macro: _Flow._do_macro,
    nodes.Block: _Flow._do_block, nodes.Extends: _Flow._do_extends,
    nodes.Include: _Flow._do_include, nodes.Import: _Flow._do_import,
    nodes.FromImport: _Flow._do_from,
}  # fmt: skip
_EXPRESSIONS: dict[type[nodes.Node], Callable[..., Value]] = {
    nodes.Const: _Flow._of_constant, nodes.TemplateData: _Flow._of_constant,
    nodes.Name: _Flow._of_name, nodes.Getattr: _Flow._of_part, nodes.Getitem: _Flow._of_entry,
    nodes.CondExpr: _Flow._of_choice, nodes.Call: _Flow._of_call, nodes.And: _Flow._of_either,
    nodes.Or: _Flow._of_either, nodes.Filter: _Flow._of_either,
}  # fmt: skip
