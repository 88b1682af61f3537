"""Where a cursor stands in YAML that is being written: the path to it, by indentation and braces.

Unlike ``lanes.yaml`` this reads text that is not whole: it never refuses, and looks no further than
it must. Blocks count by their indentation, ``{`` and ``[`` on the cursor's own line by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

ITEM = "-"
"""Stands in a path for an entry of a list, whichever it is."""

Steps = tuple[str, ...]

_LINE = re.compile(
    r"(?P<indent> *)(?P<dashes>(?:- +)*)(?:(?P<key>[^\s#'\"{\[,:][^#{\[:]*):(?=\s|$))?"
)
_FLOW = re.compile(r"'[^']*'?|\"[^\"]*\"?|[{}\[\],]|:(?=\s|$)|#.*|[^'\"{}\[\],:#]+|.")


@dataclass(frozen=True, slots=True)
class Cursor:
    """``path``: the keys above, ITEM for a list's entry. ``value``: whether it stands after a key
    (the path's last step), where a value belongs; else a key may be written under ``path``.
    ``word``: what is written of it already.
    """

    path: Steps
    value: bool
    word: str


def cursor(text: str, line: int, column: int) -> Cursor:
    """Where line ``line`` (from 1) and column ``column`` (characters before it) are."""
    lines = text.split("\n")[:line]
    if not lines:
        return Cursor((), False, "")
    stack: list[tuple[int, str]] = []
    for each in lines[:-1]:
        if each.strip() and not each.lstrip().startswith("#"):
            _push(stack, each)
    return _on_line(stack, lines[-1][:column])


def names_under(text: str, *path: str) -> list[str]:
    """The keys written right under ``path`` in a block, in order, however broken the rest is."""
    found: dict[str, None] = {}
    for steps in _all(text):
        if len(steps) == len(path) + 1 and steps[:-1] == path and steps[-1] != ITEM:
            found[steps[-1]] = None
    return list(found)


def _all(text: str) -> Iterator[Steps]:
    stack: list[tuple[int, str]] = []
    for each in text.split("\n"):
        if each.strip() and not each.lstrip().startswith("#") and _push(stack, each):
            yield tuple(step for _, step in stack)


def _push(stack: list[tuple[int, str]], line: str) -> bool:
    """Put a line's dashes and key on the stack, less what it ends; whether it has a key."""
    found = _LINE.match(line)
    assert found is not None  # every part of it may be empty
    at, dashes, key = len(found["indent"]), found["dashes"], found["key"]
    if not dashes and line[at:].rstrip() == ITEM:
        dashes = "- "
    while stack and (
        stack[-1][0] > at or (stack[-1][0] == at and (not dashes or stack[-1][1] == ITEM))
    ):
        stack.pop()
    for dash in re.findall("- +", dashes):
        stack.append((at, ITEM))
        at += len(dash)
    if key is not None:
        stack.append((at, key.strip()))
    return key is not None


def _on_line(stack: list[tuple[int, str]], line: str) -> Cursor:
    found = _LINE.match(line)
    assert found is not None
    has_key = _push(stack, line if line.strip() else f"{line}x")  # as if a word stood there
    path = [step for _, step in stack]
    rest = line[found.end() :]
    if has_key:
        return _flow(path, rest, value=True)
    return _flow(path, rest, value=bool(found["dashes"]) and rest.lstrip()[:1] in ("{", "["))


def _flow(path: list[str], rest: str, *, value: bool) -> Cursor:
    """Go through ``{…`` and ``[…`` up to the end of ``rest``."""
    word = ""
    opened: list[str] = []
    for piece in _FLOW.findall(rest):
        if piece.startswith("#"):
            continue
        if piece in "{[":
            opened.append(piece)
            if piece == "[":
                path.append(ITEM)
            word, value = "", piece == "["
        elif piece in "}]" and opened:
            closed = opened.pop()
            if closed == "{" and value:
                path.pop()
            if closed == "[":
                path.pop()
            word, value = "", True
        elif piece == "," and opened:
            if opened[-1] == "{" and value:
                path.pop()
            word, value = "", opened[-1] == "["
        elif piece == ":" and opened and opened[-1] == "{" and not value:
            path.append(word.strip().strip("'\""))
            word, value = "", True
        else:
            word += piece
    return Cursor(tuple(path), value, word.lstrip())
