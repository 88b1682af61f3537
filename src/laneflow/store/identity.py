"""Owns the words a patient is found by: of names, birth dates and phone numbers, as said or typed.

A word is a letter for what it is, a blank, and what it says: ``n alvarez``, ``b 1950-03-02``, ``p``
and a phone number's digits backwards, so that its last digits are a beginning, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from laneflow.engine.state import IDENTITY

MOST_WORDS = 12
"""Words kept of one patient, and looked at in one question."""
LONGEST = 60
"""Characters of a word that are kept."""
SHORTEST = 2
"""Letters that a question of one name alone needs."""

Sought = tuple[tuple[str, ...], ...]
"""What is looked for: each of these must be found, as a word that begins with one of its parts."""

_NAMES = ("patient.first_name", "patient.middle_name", "patient.last_name")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_WITHIN = re.compile(r"['’`´.]")
_BETWEEN = re.compile(r"[\W_]+")
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)")
_PHONE = re.compile(r"[+(]*\d[\d()./-]*(?:\s+[(]*\d[\d()./-]*)*")
_EXTENSION = re.compile(r"(?<=\d)\s*(?:ext\.?|x|#)\s*\d+", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")


def words_of(facts: Mapping[str, Any]) -> list[str]:
    """The words of a patient, by the facts of their file."""
    said = {name: str(facts[name]) for name in IDENTITY if facts.get(name) not in (None, "")}
    found = [f"n {name}" for fact in _NAMES for name in names_in(said.get(fact, ""))]
    born = said.get("patient.birth_date", "")
    found += [f"b {born[:10]}"] if re.match(r"\d{4}(-\d\d){0,2}", born) else []
    digits = _number(said.get("patient.phone", ""))
    found += [f"p {digits[::-1]}"] if len(digits) >= 4 else []
    return [word[:LONGEST] for word in dict.fromkeys(found)][:MOST_WORDS]


def names_in(text: str) -> list[str]:
    """The single names in a text, without accents, capitals or punctuation."""
    plain = unicodedata.normalize("NFKD", _WITHIN.sub("", text).casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [name for name in _BETWEEN.split(plain.translate(_LETTERS)) if name]


def sought(text: str) -> Sought:
    """What somebody who typed ``text`` looks for; nothing where that is too little to go by.

    In any order: beginnings of names; a birth date (ISO, or day and month in either order) or its
    year; a phone number or its last four digits at least.
    """
    found: list[tuple[str, ...]] = []
    rest = _EXTENSION.sub(" ", text[:200])
    rest = _ISO.sub(lambda m: _take(found, _dates([(m[1], m[2], m[3])])), rest)
    rest = _DATE.sub(lambda m: _take(found, _dates(_readings(*m.groups()))), rest)
    rest = _PHONE.sub(lambda m: _take(found, *_numbers(m[0])), rest)
    found += [(f"n {name}"[:LONGEST],) for name in names_in(rest) if not name.isdigit()]
    found = list(dict.fromkeys(found))[:MOST_WORDS]
    if not any(len(part) >= SHORTEST + 2 for parts in found for part in parts):
        return ()
    # The rarest first: it is what leads to the patients, the others only narrow them down.
    return tuple(sorted(found, key=lambda parts: -min(map(len, parts))))


def _take(found: list[tuple[str, ...]], *terms: tuple[str, ...]) -> str:
    found += [parts for parts in terms if parts]
    return " "


def _readings(one: str, two: str, year: str) -> list[tuple[str, str, str]]:
    """What ``3/2/50`` may mean: either order, either century."""
    years = [year] if len(year) == 4 else [f"19{year}", f"20{year}"]
    return [(y, *order) for y in years for order in ((one, two), (two, one))]


def _dates(readings: list[tuple[str, str, str]]) -> tuple[str, ...]:
    found = []
    for reading in readings:
        try:
            found.append(f"b {date(*map(int, reading)).isoformat()}")
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


def _numbers(text: str) -> Iterator[tuple[str, ...]]:
    """Figures with blanks between them: one phone number, or each a year or a number's end."""
    figures = text.split()
    if len(figures) > 1 and _YEAR.fullmatch(figures[0]) and _whole(" ".join(figures[1:])):
        yield from (*_one_number(figures[0]), *_one_number(" ".join(figures[1:])))
    elif _whole(text):
        yield from _one_number(text)
    else:
        for figure in figures:
            yield from _one_number(figure)


def _one_number(text: str) -> Iterator[tuple[str, ...]]:
    digits = _number(text)
    if len(digits) >= 4:
        year = (f"b {digits}-",) if _YEAR.fullmatch(digits) else ()
        yield (*year, f"p {digits[::-1]}")


def _whole(text: str) -> bool:
    """Whether the figures of a text make one phone number, as North America writes them."""
    return len(_number(text)) in (7, 10)


def _number(text: str) -> str:
    """The digits of a phone number, without extension and without North America's country code."""
    digits = re.sub(r"[^0-9]", "", _EXTENSION.sub("", text))
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
