"""Problems people can act on: where, what, and one hint. Imports nothing of laneflow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in one place of one file.

    ``file`` is relative to the practice folder; ``line`` and ``column`` count from 1, and 0 means
    "the file as a whole". ``path`` names the entry in words a manager can find again, such as
    ``escalations[0].when``. ``what`` is a clause without a full stop; ``hint`` is a sentence.
    ``code`` names the kind of problem for programs, such as ``unknown-fact``; it never changes.
    ``case``: which case it is about, where one thing is done to several and not all have it.
    """

    file: str
    line: int
    column: int
    what: str
    hint: str = ""
    path: str = ""
    severity: Severity = "error"
    code: str = field(default="", kw_only=True)
    case: str = field(default="", kw_only=True)

    def __str__(self) -> str:
        """One line: ``file:line:column path: what. hint``."""
        place = self.file
        if self.line:
            place += f":{self.line}:{self.column}"
        if self.path:
            place += f" {self.path}"
        warning = "warning: " if self.severity == "warning" else ""
        return " ".join(f"{place}: {warning}{self.said}".split())

    @property
    def said(self) -> str:
        """What is wrong and what to do, without the place: ``what. hint``."""
        if not self.hint:
            return self.what
        return (
            f"{self.what} {self.hint}"
            if self.what.endswith((".", "?", "!"))
            else f"{self.what}. {self.hint}"
        )

    @property
    def order(self) -> tuple[str, int, int, str]:
        """Sort key: by file, then down the page."""
        return (self.file, self.line, self.column, self.what)


class LaneflowError(Exception):
    """Something the user can put right. Carries its problems; ``str()`` is one line for each."""

    def __init__(self, *problems: Problem | Iterable[Problem]) -> None:
        flat: list[Problem] = []
        for problem in problems:
            flat.extend([problem] if isinstance(problem, Problem) else problem)
        self.problems: tuple[Problem, ...] = tuple(flat)
        super().__init__("\n".join(map(str, flat)))


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """The hint for an unknown ``word``: the nearest of ``known``, else ``otherwise``.

    >>> did_you_mean("failed_atempts", ["attempts", "failed_attempts"])
    'Did you mean "failed_attempts"?'
    """
    near = nearest(word, known)
    return f'Did you mean "{near}"?' if near is not None else otherwise


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` most like ``word``, all of `` -_`` being one; None if none is near."""
    import difflib  # costs some milliseconds, and only mistakes need it

    plain = {_plain(name): name for name in known}
    close = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.7)
    return plain[close[0]] if close else None


def listing(words: Iterable[str], most: int = 12) -> str:
    """``a, b or c``, cut short with "…" past ``most`` words.

    >>> listing(["phone", "sms", "letter"])
    'phone, sms or letter'
    """
    names = list(words)
    if len(names) > most:
        return ", ".join(names[:most]) + ", …"
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " or " + names[-1]


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")
