"""One entry of a document: its value, its place, and a way to speak of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from laneflow.errors import Problem
from laneflow.lanes.model import Where
from laneflow.lanes.yaml import Document, Path


class Entry:
    """A value in a document whose shape has been checked, so nothing here asks twice."""

    __slots__ = ("document", "path", "value")

    def __init__(self, document: Document, path: Path = (), value: Any = None) -> None:
        self.document = document
        self.path = path
        self.value: Any = value if path else document.data

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def __getitem__(self, key: str) -> Entry:
        return Entry(self.document, (*self.path, key), self.value[key])

    def get(self, key: str) -> Entry | None:
        """The entry under ``key``, or None where it is not written."""
        if key not in self:
            return None
        return self[key]

    def text(self, key: str, otherwise: str = "") -> str:
        """The text under ``key``, or ``otherwise``."""
        return str(self.value[key]) if key in self else otherwise

    def maybe(self, key: str) -> str | None:
        """The text under ``key``, or None."""
        return str(self.value[key]) if key in self else None

    def entries(self, key: str) -> Iterator[tuple[str, Entry]]:
        """Name and entry of everything under a map; none where it is not written."""
        under = self.get(key)
        return iter(()) if under is None else under.named()

    def named(self) -> Iterator[tuple[str, Entry]]:
        """Name and entry of each thing in this map."""
        for name in self.value:
            yield name, self[name]

    def each(self, key: str) -> Iterator[Entry]:
        """The entries of the list under ``key``; none where it is not written."""
        under = self.get(key)
        return iter(()) if under is None else under.listed()

    def listed(self) -> Iterator[Entry]:
        """The entries of this list; a single value counts as a list of one."""
        if not isinstance(self.value, list):
            yield self
            return
        for index, value in enumerate(self.value):
            yield Entry(self.document, (*self.path, index), value)

    @property
    def where(self) -> Where:
        """Where it is written."""
        return Where(self.document.file, *self.document.place(self.path))

    def problem(
        self, what: str, hint: str = "", *, at_value: bool = True, code: str = ""
    ) -> Problem:
        """A problem with this entry: at its value, or at its name."""
        return self.document.problem(self.path, what, hint, at_value=at_value, code=code)
