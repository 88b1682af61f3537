"""Where in a script something stands: line and column of a fact, a filter, a word."""

from __future__ import annotations

import re

_TAG = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_TEXT = re.compile(r"[^\n]")
_FIRST = 8
"""So many words find a sentence in its line; the rest may be values that are not written there."""


def code(source: str) -> str:
    """``source`` with everything but the code in its tags made blank, every place kept."""
    pieces = []
    after = 0
    for tag in _TAG.finditer(source):
        pieces.append(_blank(source[after : tag.start()]))
        inside = tag.group()
        kept = _blank(inside) if inside.startswith("{#") else _QUOTED.sub(_blanked, inside)
        pieces.append(kept)
        after = tag.end()
    pieces.append(_blank(source[after:]))
    return "".join(pieces)


def column_of(source: str, line: int, name: str) -> int:
    """The column (from 1) of a dotted or plain name in the code of ``line``; 1 if not found."""
    lines = code(source).split("\n")
    if not 1 <= line <= len(lines):
        return 1
    dotted = r"\s*\.\s*".join(re.escape(part) for part in name.split("."))
    found = re.search(rf"(?<![\w.]){dotted}(?!\w)", lines[line - 1])
    if found is None and "." in name:  # written as facts["name"], or below a name of its own
        found = re.search(rf"(?<![\w.]){re.escape(name.split('.')[0])}(?!\w)", lines[line - 1])
    return found.start() + 1 if found else 1


def first_tag(source: str, line: int) -> int:
    """The column (from 1) of the first tag that begins in ``line``; 1 if there is none."""
    lines = source.split("\n")
    found = re.search(r"\{[{%#]", lines[line - 1]) if 1 <= line <= len(lines) else None
    return found.start() + 1 if found else 1


def column_in_text(source: str, line: int, words: str) -> int:
    """The column (from 1) where ``words`` begin in the text of ``line``; 1 if not found."""
    lines = source.split("\n")
    if not 1 <= line <= len(lines):
        return 1
    parts = words.split()[:_FIRST]
    for length in range(len(parts), 0, -1):
        pattern = r"\s+".join(re.escape(part) for part in parts[:length])
        found = re.search(pattern, lines[line - 1], re.IGNORECASE)
        if found:
            return found.start() + 1
    return 1


def _blank(text: str) -> str:
    return _TEXT.sub(" ", text)


def _blanked(found: re.Match[str]) -> str:
    return _blank(found.group())
