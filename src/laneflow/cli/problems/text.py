"""Problems for people: one line each, then the line of the file with the word underlined."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import click

from laneflow.errors import Problem

_TAB = "    "
_WIDEST = 160
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_WORD = re.compile(r"(?:(?!: |:$|, | #)[^\[\]{},\n])+")
_MUCH = 48


def show(problems: Iterable[Problem], folder: Path) -> None:
    """Print ``problems`` on standard error, each with its line of the file under ``folder``."""
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size().columns if sys.stderr.isatty() else _WIDEST
    for problem in problems:
        click.echo(_headline(problem), err=True, color=colour)
        for line in excerpt(problem, folder, min(width, _WIDEST)):
            click.echo(line, err=True, color=colour)


def excerpt(problem: Problem, folder: Path, width: int = _WIDEST) -> list[str]:
    """The source line and the marks under its word; nothing where the file has no such line."""
    lines = _lines(folder / problem.file) if problem.line else ()
    if not 0 < problem.line <= len(lines):
        return []
    line, start = lines[problem.line - 1], max(problem.column - 1, 0)
    stop = start + _length(line, start)
    number = f"{problem.line:>5} | "
    shown, start, stop = _cut(line, start, stop, width - len(number))
    before, marked = _cells(shown[:start]), max(_cells(shown[start:stop]), 1)
    severity = "red" if problem.severity == "error" else "yellow"
    marks = click.style("^" * marked, fg=severity, bold=True)
    return [
        click.style(number, dim=True) + shown.replace("\t", _TAB),
        click.style(" " * (len(number) - 2) + "| ", dim=True) + " " * before + marks,
    ]


def _headline(problem: Problem) -> str:
    """The problem in one line, its place and its kind told apart by colour."""
    place, _, rest = str(problem).partition(" ")
    if problem.severity == "warning":
        rest = rest.replace("warning: ", click.style("warning: ", fg="yellow", bold=True), 1)
    return f"{click.style(place, bold=True)} {rest}"


@lru_cache(maxsize=64)
def _lines(file: Path) -> tuple[str, ...]:
    """The file's lines as the reader counts them; none where it is not text."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _length(line: str, start: int) -> int:
    """How many characters of ``line`` the word, name or quoted text at ``start`` takes."""
    found = _QUOTED.match(line, start) or _WORD.match(line, start)
    if found is None or line[start : start + 2] == "- ":
        return 1
    return min(max(len(found[0].rstrip()), 1), _MUCH)


def _cut(line: str, start: int, stop: int, width: int) -> tuple[str, int, int]:
    """A long line as a piece around the word, with "…" where something was left out."""
    if _cells(line) <= width:
        return line, start, stop
    room = max(width - 2, 20)
    first = max(min(start - room // 3, len(line) - room), 0)
    while _cells(line[first : first + room]) > room:
        room -= 1
    piece = line[first : first + room]
    head = "…" if first else ""
    tail = "…" if first + room < len(line) else ""
    shift = len(head) - first
    return head + piece + tail, start + shift, min(stop + shift, len(head) + len(piece))


def _cells(text: str) -> int:
    """How many columns of a terminal ``text`` takes, its tabs as they are shown here."""
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if character == "\t":
        return len(_TAB)
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
