"""Values followed through a script: which private facts they depend on, what they may stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

PUBLIC = frozenset({
    "practice.name", "practice.phone", "patient.first_name", "speaker.name", "owner.name",
    "backup.name", "case.id", "today", "channel", "attempt", "task.channel", "task.attempt",
})  # fmt: skip
"""What anybody may hear: the practice, its number, whom it is for, whom to ask for, a case number.

HHS HIPAA FAQ 198: "leaving only its name and number and other information necessary to confirm an
appointment, or ask the individual to call back". A date of an appointment is information about a
visit, so it is not among them.
"""
_PUBLIC_HEADS = frozenset(name.split(".")[0] for name in PUBLIC) - {"patient", "case", "task"}


class Source(NamedTuple):
    """A private fact that reaches the words, and where it is read. ``told``: printed itself."""

    fact: str
    file: str
    line: int
    told: bool


Sources = frozenset[Source]
NONE: Sources = frozenset()


class Path(NamedTuple):
    """A place among the facts (``patient.first_name``), and where it is read."""

    name: str
    file: str
    line: int


class Value(NamedTuple):
    """What an expression may be: what it depends on, the facts and the macros it may stand for."""

    sources: Sources = NONE
    paths: frozenset[Path] = frozenset()
    things: frozenset[object] = frozenset()


PLAIN = Value()


def joined(values: Iterable[Value]) -> Value:
    """Any of ``values``."""
    sources: set[Source] = set()
    paths: set[Path] = set()
    things: set[object] = set()
    for value in values:
        sources |= value.sources
        paths |= value.paths
        things |= value.things
    return Value(frozenset(sources), frozenset(paths), frozenset(things))


@dataclass(slots=True, eq=False)
class Scope:
    """The names a piece of a script has given a value, and those of what is around it."""

    around: Scope | None = None
    names: dict[str, Value] = field(default_factory=dict)

    def add(self, name: str, value: Value) -> None:
        """``name`` may also be ``value`` from here on."""
        known = self.names.get(name)
        self.names[name] = value if known is None else joined((known, value))

    def find(self, name: str) -> Value | None:
        """Everything ``name`` may be, here and further out; None where nobody gave it a value."""
        found = []
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                found.append(scope.names[name])
            scope = scope.around
        return joined(found) if found else None

    def visible(self) -> Iterable[tuple[str, Value]]:
        """Each name given a value here or further out, with everything it may be."""
        names = dict[str, None]()
        scope: Scope | None = self
        while scope is not None:
            names |= dict.fromkeys(scope.names)
            scope = scope.around
        for name in names:
            value = self.find(name)
            if value is not None:
                yield name, value


def is_public(path: str) -> bool:
    """Whether anybody may hear the fact of this name, or see what depends on it."""
    parts = path.split(".")
    known = any(".".join(parts[:n]) in PUBLIC for n in range(1, len(parts) + 1))
    return known or parts[0] in _PUBLIC_HEADS


def told(value: Value) -> Sources:
    """The private facts that are said where ``value`` is printed."""
    if not value.paths:
        return value.sources
    read = (Source(p.name, p.file, p.line, told=True) for p in value.paths if not is_public(p.name))
    return value.sources.union(read)


def untold(value: Value) -> Sources:
    """The private facts that decide where ``value`` is tested."""
    read = told(value)
    return frozenset(source._replace(told=False) for source in read) if read else read
