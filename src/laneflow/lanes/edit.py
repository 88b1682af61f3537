"""Owns the smallest edit of YAML text: one entry put, added or taken away; all else stays as it is.

Comments, layout and quotes are kept, and putting back what was there gives the same text. What was
meant is checked by reading the result: an edit that would change anything else is refused.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

import yaml

from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.yaml import Path, in_words, read

_BREAKS = re.compile(r"[,;{}\[\]&*!|>'\"%@`#?]|: |:$|^[-\s]|\s$")
"""What text without quotes must not have, to be safe inside brackets too."""


def with_value(text: str, file: str, path: Path, value: Any, order: Sequence[str] = ()) -> str:
    """``text`` with ``value`` at ``path``; None takes the entry away.

    The entry's parent is a map that is there. A list in which one item more or less stands is
    edited at that item. ``order``: a new key goes behind those that come before it there.

    Raises LaneflowError where ``text`` cannot be read, or is written so that the edit would change
    something else, too.
    """
    before = read(text.encode(), file).data
    wanted = _expected(before, path, value)
    if wanted == before:
        return text
    edited = _Text(text).put(path, _at(before, path), value, order)
    try:
        after = read(edited.encode(), file).data
    except LaneflowError:
        after = None
    if after != wanted:
        what = "this is written in a way that only a person can edit"
        raise LaneflowError(Problem(file, 0, 0, what, "Edit the file by hand.", in_words(path)))
    return edited


def value_at(text: str, file: str, path: Path) -> Any:
    """What ``text`` says at ``path``; None where it says nothing. LaneflowError: unreadable."""
    return _at(read(text.encode(), file).data, path)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return data


def _expected(before: Any, path: Path, value: Any) -> Any:
    wanted = copy.deepcopy(before)
    parent = _at(wanted, path[:-1])
    if not isinstance(parent, dict):
        what = f'there is no "{in_words(path[:-1])}"'
        raise LaneflowError(Problem("", 0, 0, what, path=in_words(path)))
    if value is None:
        parent.pop(path[-1], None)
    else:
        parent[path[-1]] = value
    return wanted


def written(value: Any) -> str:
    """A value as it is written on one line.

    >>> written([{"from": "2026-12-28", "to": "2026-12-31"}]), written("Mo,We 08:00-12:00")
    ('[{from: 2026-12-28, to: 2026-12-31}]', '"Mo,We 08:00-12:00"')
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(held)}" for key, held in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if isinstance(value, str) and (not text or _BREAKS.search(text)):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


class _Text:
    """A text and where its entries stand in it, as places counted in characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Any = yaml.compose(text, Loader=yaml.CSafeLoader)

    def put(self, path: Path, before: Any, value: Any, order: Sequence[str]) -> str:
        """See ``with_value``; ``before`` is what stands there."""
        parent = self._node(path[:-1])
        pairs = [(key.value, key, held) for key, held in parent.value]
        place = next((n for n, (name, _, _) in enumerate(pairs) if name == path[-1]), None)
        if place is None:
            return self._insert(parent, pairs, str(path[-1]), value, order)
        _, key, held = pairs[place]
        if value is None:
            if parent.flow_style:
                return self._cut_flow([(k.start_mark.index, _end(h)) for _, k, h in pairs], place)
            return self._cut_lines(key.start_mark.index, _end(held))
        if isinstance(before, list) and isinstance(value, list) and before and value:
            for n in range(max(len(before), len(value))):
                if before[:n] + before[n + 1 :] == value:
                    return self._take_item(held, n)
                if value[:n] + value[n + 1 :] == before:
                    return self._add_item(held, n, value[n])
        return self._splice(held.start_mark.index, _end(held), written(value))

    def _node(self, path: Path) -> Any:
        node = self.root
        for step in path:
            node = next(held for key, held in node.value if key.value == step)
        return node

    def _splice(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    # keys --------------------------------------------------------------------------------------

    def _insert(
        self, parent: Any, pairs: list[Any], name: str, value: Any, order: Sequence[str]
    ) -> str:
        entry = f"{name}: {written(value)}"
        earlier = order[: order.index(name)] if name in order else order
        known = [n for n, (key, _, _) in enumerate(pairs) if key in earlier or not order]
        if not pairs:
            return self._splice(parent.start_mark.index + 1, parent.start_mark.index + 1, entry)
        end = _end(pairs[known[-1] if known else len(pairs) - 1][2])
        if parent.flow_style:
            return self._splice(end, end, f", {entry}")
        line_end = self._line_end(end)
        indent = " " * pairs[0][1].start_mark.column
        return self._splice(line_end, line_end, f"\n{indent}{entry}")

    def _cut_flow(self, spans: list[tuple[int, int]], n: int) -> str:
        """Without the ``n``-th of things between commas."""
        if n:
            return self._splice(spans[n - 1][1], spans[n][1], "")
        return self._splice(spans[0][0], spans[1][0] if len(spans) > 1 else spans[0][1], "")

    def _cut_lines(self, start: int, end: int) -> str:
        """Without the lines of an entry; a comment behind it stays, on a line of its own."""
        first, last = self._line_start(start), self._line_end(end)
        comment = self.text[end:last].strip()
        if comment:
            return self._splice(start, last, comment)
        return self._splice(first, min(last + 1, len(self.text)), "")

    # items -------------------------------------------------------------------------------------

    def _add_item(self, held: Any, n: int, item: Any) -> str:
        items, new = held.value, written(item)
        if held.flow_style:
            if n < len(items):
                at = items[n].start_mark.index
                return self._splice(at, at, f"{new}, ")
            at = _end(items[-1])
            return self._splice(at, at, f", {new}")
        dash = " " * held.start_mark.column + "- "
        if n < len(items):
            at = self._line_start(items[n].start_mark.index)
            return self._splice(at, at, f"{dash}{new}\n")
        at = self._line_end(_end(items[-1]))
        return self._splice(at, at, f"\n{dash}{new}")

    def _take_item(self, held: Any, n: int) -> str:
        spans = [(item.start_mark.index, _end(item)) for item in held.value]
        if held.flow_style:
            return self._cut_flow(spans, n)
        first, last = self._line_start(spans[n][0]), self._line_end(spans[n][1])
        return self._splice(first, min(last + 1, len(self.text)), "")

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found


def _end(node: Any) -> int:
    """Where a value's own text ends; a block's mark lies behind the comments that follow it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)
