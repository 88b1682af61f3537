"""Reading YAML text: safely, with the place of every entry, keeping words as they are written.

Nothing here recurses or trusts its input: the parser's events are folded one by one into plain
lists and maps under caps on size, depth and number of entries, so nested brackets and alias bombs
cost nothing. What a manager is likely to trip over is explained instead of passed on.

Unquoted ``true`` and ``false``, ``12`` and ``1.5`` are what they look like, and an empty value,
``null`` and ``~`` are None. All else is text as written: ``on``, ``NO``, ``12:30``, ``010``,
``1e3``, dates. Keys are always text. Anchors, aliases and tags are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from laneflow.errors import LaneflowError, Problem
from laneflow.lanes import traps

MOST_BYTES = 1_000_000
MOST_ENTRIES = 50_000
MOST_DEPTH = 40

Path = tuple[str | int, ...]
Place = tuple[int, int]

_FIRST = frozenset("-0123456789")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})\Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,15}\Z")
_WORDS = {
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content and where each entry stands.

    ``data`` holds maps, lists, text, numbers, booleans and None. ``places`` and ``keys`` give, for
    the path of an entry, the line and column (from 1) of its value and of its key.
    """

    file: str
    data: Any
    places: dict[Path, Place]
    keys: dict[Path, Place]

    def place(self, path: Path) -> Place:
        """Where the entry at ``path`` begins: at its key, or where its nearest parent does."""
        while path and path not in self.keys and path not in self.places:
            path = path[:-1]
        return self.keys.get(path) or self.places.get(path, (1, 1))

    def problem(
        self, path: Path, what: str, hint: str = "", *, at_value: bool = False, code: str = ""
    ) -> Problem:
        """A problem at the key of ``path`` (or at its value), with the path in words."""
        line, column = self.places[path] if at_value and path in self.places else self.place(path)
        return Problem(self.file, line, column, what, hint, in_words(path), code=code)


def in_words(path: Path) -> str:
    """A path as people write it.

    >>> in_words(("escalations", 0, "when"))
    'escalations[0].when'
    """
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def read(content: bytes, file: str) -> Document:
    """Read one file's bytes. LaneflowError with every problem found when it is not plain YAML."""
    text = traps.decode(content, file, MOST_BYTES)
    traps.look_before_reading(text, file, MOST_DEPTH)
    builder = _Builder(text, file)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.YAMLError as error:
        if not builder.problems:
            builder.problems.append(traps.explain(error, text, file))
    if builder.problems:
        raise LaneflowError(builder.problems)
    return Document(file, builder.root, builder.places, builder.keys)


@dataclass(slots=True)
class _List:
    """A list that is being filled."""

    value: list[Any]
    path: Path
    flow: bool

    def add(self, value: Any) -> Path:
        """Append a value; its path."""
        self.value.append(value)
        return (*self.path, len(self.value) - 1)


@dataclass(slots=True)
class _Map:
    """A map that is being filled; ``key`` waits for its value, and ended at ``key_mark``."""

    value: dict[str, Any]
    path: Path
    flow: bool
    key: str | None = None
    key_mark: Any = None

    def add(self, value: Any) -> Path:
        """Give the waiting key its value; its path."""
        key, self.key = self.key or "", None
        self.value[key] = value
        return (*self.path, key)


class _Builder:
    """Folds parser events into data. A stack of its own instead of recursion.

    Events are ``Any``: the stubs do not know that the parser always gives marks.
    """

    def __init__(self, text: str, file: str) -> None:
        self.root: Any = None
        self.places: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.problems: list[Problem] = []
        self._lines = text.split("\n")
        self._hashed = {n for n, line in enumerate(self._lines) if "#" in line}
        self._file = file
        self._stack: list[_List | _Map] = []
        self._documents = 0
        self._before: Any = None

    def take(self, event: Any) -> None:
        """Fold one event in; LaneflowError with all problems so far where reading cannot go on."""
        fold = _FOLDS.get(type(event))
        if fold is not None:
            fold(self, event)
        self._before = event

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._refused(event, traps.SECOND_DOCUMENT)

    def _alias(self, event: Any) -> None:
        raise self._refused(event, traps.alias(str(event.anchor)))

    def _end(self, _: Any) -> None:
        self._stack.pop()

    def _scalar(self, event: Any) -> None:
        self._plain_only(event)
        plain = not event.style  # the C parser says "", the Python one None
        parent = self._stack[-1] if self._stack else None
        if plain and event.value and event.end_mark.line in self._hashed:
            self._look_for_lost_text(event)
        if isinstance(parent, _Map):
            if parent.key is None:
                self._key(parent, event)
                return
            if parent.flow and plain and not event.value:
                self._look_for_cut_sentence(parent, event)
        self._add(scalar(event.value) if plain else event.value, event)

    def _key(self, parent: _Map, event: Any) -> None:
        name, path = event.value, (*parent.path, event.value)
        if name in parent.value:
            first = self.keys[path][0]
            told = f'"{name}" is written twice', f"Keep one: the first is on line {first}."
            self._note(event, path, told, "written-twice")
        parent.key, parent.key_mark = name, event.end_mark
        self.keys[path] = _place(event)

    def _start(self, event: Any) -> None:
        self._plain_only(event)
        parent = self._stack[-1] if self._stack else None
        if isinstance(parent, _Map) and parent.key is None:
            raise self._refused(event, self._map_as_key(event))
        if len(self._stack) >= MOST_DEPTH:
            raise self._refused(event, traps.too_deep(MOST_DEPTH))
        flow = bool(event.flow_style)
        if isinstance(event, yaml.MappingStartEvent):
            entries: dict[str, Any] = {}
            self._stack.append(_Map(entries, self._add(entries, event), flow))
        else:
            values: list[Any] = []
            self._stack.append(_List(values, self._add(values, event), flow))

    def _map_as_key(self, event: Any) -> traps.Told:
        before = self._before
        braces = (
            isinstance(before, yaml.MappingStartEvent)
            and before.flow_style
            and _place(before) == (event.start_mark.line + 1, event.start_mark.column)
        )
        return traps.BRACES if braces else traps.MAP_AS_KEY

    def _add(self, value: Any, event: Any) -> Path:
        """Put a value where it belongs; returns its path."""
        if len(self.places) >= MOST_ENTRIES:
            raise self._refused(event, traps.too_many(MOST_ENTRIES))
        path: Path = ()
        if self._stack:
            path = self._stack[-1].add(value)
        else:
            self.root = value
        self.places[path] = _place(event)
        return path

    def _plain_only(self, event: Any) -> None:
        if event.anchor is not None:
            raise self._refused(event, traps.anchor(event.anchor))
        if event.tag is not None:
            raise self._refused(event, traps.tag(event.tag))

    def _look_for_lost_text(self, event: Any) -> None:
        end = event.end_mark
        lost = traps.lost_text(self._lines[end.line], end.column)
        if lost:
            self._note(event, (), traps.after_hash(event.value, lost), "text-lost")

    def _look_for_cut_sentence(self, parent: _Map, event: Any) -> None:
        """``{text: Feels worse, call the nurse}``: the parser saw a key without a value."""
        mark, key = parent.key_mark, parent.key or ""
        if self._lines[mark.line][mark.column :].lstrip().startswith(":"):
            return
        before = list(parent.value.values())
        if before and before[-1] is None:
            return  # the same sentence, cut again
        last = before[-1] if before else None
        line, column = self.keys[(*parent.path, key)]
        told = traps.cut_sentence(last, key) if before else traps.no_value(key)
        where = in_words(parent.path)
        self.problems.append(Problem(self._file, line, column, *told, where, code="text-lost"))

    def _note(self, event: Any, path: Path, told: traps.Told, code: str = "not-yaml") -> None:
        line, column = _place(event)
        self.problems.append(Problem(self._file, line, column, *told, in_words(path), code=code))

    def _refused(self, event: Any, told: traps.Told) -> LaneflowError:
        self._note(event, (), told)
        return LaneflowError(self.problems)


def scalar(text: str) -> str | int | float | bool | None:
    """The value of an unquoted word (see the module's docstring).

    >>> scalar("12"), scalar("012"), scalar("1.5"), scalar("NO"), scalar("12:30")
    (12, '012', 1.5, 'NO', '12:30')
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRST:
        return text
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _DECIMAL.match(text) else text


def _place(event: Any) -> Place:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


_FOLDS: dict[type, Callable[[_Builder, Any], None]] = {
    yaml.ScalarEvent: _Builder._scalar,
    yaml.MappingStartEvent: _Builder._start,
    yaml.SequenceStartEvent: _Builder._start,
    yaml.MappingEndEvent: _Builder._end,
    yaml.SequenceEndEvent: _Builder._end,
    yaml.AliasEvent: _Builder._alias,
    yaml.DocumentStartEvent: _Builder._document,
}
