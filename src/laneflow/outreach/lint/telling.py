"""How the rules that read samples say what they found: at which words of which file."""

from __future__ import annotations

from laneflow.errors import Problem, Severity
from laneflow.outreach.environment import FOLDER
from laneflow.outreach.lint.places import column_in_text, first_tag
from laneflow.outreach.lint.reading import Shelf
from laneflow.outreach.lint.traced import Place


def at_words(
    shelf: Shelf, place: Place, words: str, what: str, hint: str, code: str,
    severity: Severity = "error",
) -> Problem:  # fmt: skip
    """A problem at certain words of a script."""
    column = column_in_text(shelf.source(place.file), place.line, words) if place.line else 0
    return Problem(
        f"{FOLDER}/{place.file}", place.line, column, what, hint, severity=severity, code=code
    )


def at_block(
    shelf: Shelf, name: str, block: str, what: str, hint: str, code: str,
    severity: Severity = "error",
) -> Problem:  # fmt: skip
    """A problem of a whole block of script ``name``, where the block is written."""
    file, line = shelf.block(name, block)
    column = first_tag(shelf.source(file), line) if line else 0
    return Problem(f"{FOLDER}/{file}", line, column, what, hint, severity=severity, code=code)


def not_said(shelf: Shelf, name: str, block: str, what: str, hint: str, code: str) -> Problem:
    """A problem of words that only script ``name`` itself can say, and does not.

    At its block, else of the script as a whole: what it builds on leaves the block open for it.
    """
    file, line = shelf.block(name, block)
    if file == name and line:
        return at_block(shelf, name, block, what, hint, code)
    return Problem(f"{FOLDER}/{name}", 0, 0, what, hint, code=code)


def brief(text: str, most: int = 60) -> str:
    """``text`` on one line, cut at a word past ``most`` characters."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
