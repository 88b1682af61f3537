"""Owns how sentences that laneflow made in English are said in the reader's language.

Below the pages everything is said in English. The catalogue holds each such sentence as a pattern
with slots (``{0} has taken it already``), under the context ``said``. What fills a slot is
translated in turn, unless the translation says ``{0!}``: names, and what people wrote, stay as
they are, but for what is a title of laneflow's to the letter; and so does what no pattern fits.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from babel.dates import format_date
from babel.messages.mofile import read_mo
from django.utils.translation import get_language

CONTEXT = "said"
LOCALES = Path(__file__).parent / "locale"

_SLOT = re.compile(r"\{(\w+)(!?)\}")
_SENTENCES = re.compile(r"(?<=[.?!])( )(?=[A-Z\"`])")
_CLAUSES = re.compile(r"(; |: |, | and | or )")
_DEEP = 6
"""How often a sentence may stand within another."""
SHORT = 7
"""Letters of its own below which a pattern is no sentence."""
_DATE = re.compile(
    r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4}|\d{4}-\d\d-\d\d)\b"
)
"""A date as ``practice.words`` says it."""


class _Pattern(NamedTuple):
    weight: int
    """how many letters of its own it has: the one with most is meant"""
    piece: str
    """its longest text between slots, which a sentence must have to fit"""
    several: bool
    """whether it is of several sentences itself"""
    fits: re.Pattern[str]
    said: str


def said(text: str, language: str | None = None) -> str:
    """A sentence, or several after each other, in ``language`` (the reader's where it is None)."""
    language = language or get_language() or "en"
    return text if language == "en" or not text else _said(str(text), language)


def known(text: str, language: str | None = None) -> str:
    """Words that are either laneflow's own or somebody's: said in ``language`` only where they are
    laneflow's to the letter. What a practice wrote is never taken apart."""
    return _catalog(language or get_language() or "en")[0].get(text, text)


@lru_cache(maxsize=4_096)
def _said(text: str, language: str, depth: int = 0) -> str:
    core = text.strip()
    told = _core(core, language, depth) if core else core
    return text if told == core else text.replace(core, told)


def _core(text: str, language: str, depth: int) -> str:
    words, patterns = _catalog(language)
    if text in words:
        return words[text]
    if depth == _DEEP:
        return text
    sentences = _SENTENCES.split(text)
    for pattern in patterns:
        fits = pattern.piece in text and (len(sentences) == 1 or pattern.several)
        if fits and (found := pattern.fits.fullmatch(text)):
            told = _filled(pattern, found.groupdict(), language, depth + 1)
            if told is not None:
                return told
    if len(sentences) > 1:
        return "".join(_said(part, language, depth + 1) for part in sentences)
    if listed := _listed(text, language, depth):
        return listed
    return _DATE.sub(lambda date: _dated(date[0], language), text)


def _listed(text: str, language: str, depth: int) -> str:
    """Clauses in a list; "" where they are not of ours, being neither words nor translated."""
    parts = _CLAUSES.split(text)
    told = [_said(part, language, depth + 1) for part in parts[::2]]
    ours = told != parts[::2] or not any(" " in part for part in parts[::2])
    if len(parts) == 1 or not ours:
        return ""
    words, _ = _catalog(language)
    between = [words.get(part, part) for part in parts[1::2]]
    return "".join(part for pair in zip_longest(told, between, fillvalue="") for part in pair)


def _filled(pattern: _Pattern, slots: dict[str, str], language: str, depth: int) -> str | None:
    """The translation with its slots filled; None where so short a pattern fits by accident.

    ``{0} is {1}`` is meant where what it says is a word, or something that can be translated.
    """
    filled = dict(slots)
    for name in set(_SLOT.findall(pattern.said)):
        key = f"s_{name[0]}"
        if not name[1]:
            filled[key] = _said(slots[key], language, depth)
        elif " " in slots[key]:  # a title of laneflow's own, such as "A task is overdue"
            filled[key] = known(slots[key], language)
        if pattern.weight < SHORT and " " in slots[key].strip() and filled[key] == slots[key]:
            return None
    return _SLOT.sub(lambda slot: filled[f"s_{slot[1]}"], pattern.said)


def _dated(text: str, language: str) -> str:
    pattern = "%a %Y-%m-%d" if "-" in text else "%a %d %b %Y"
    day = datetime.strptime(text, pattern).replace(tzinfo=UTC)
    return format_date(day, "EEE d MMM y", locale=language)


@cache
def _catalog(language: str) -> tuple[dict[str, str], tuple[_Pattern, ...]]:
    """Words and whole sentences, and patterns with slots, those that say most first."""
    file = LOCALES / language / "LC_MESSAGES" / "django.mo"
    if not file.exists():
        return {}, ()
    with file.open("rb") as stream:
        read = [m for m in read_mo(stream) if _context(m.context) == CONTEXT]
    known = {str(message.id): str(message.string) for message in read}
    words = {text: told for text, told in known.items() if not _SLOT.search(text)}
    patterns = [_pattern(text, told) for text, told in known.items() if _SLOT.search(text)]
    return words, tuple(sorted(patterns, key=lambda pattern: -pattern.weight))


def _context(named: str | bytes | None) -> str:
    """Babel's reader of compiled catalogues leaves a context as it lies in the file."""
    return named.decode() if isinstance(named, bytes) else named or ""


def _pattern(text: str, told: str) -> _Pattern:
    """``{0} is {1}``, which no slot may stand in twice."""
    texts = _SLOT.split(text)[::3]
    slots = (f"(?P<s_{name}>.*?)" for name, _ in _SLOT.findall(text))
    several = bool(_SENTENCES.search(text))
    fits = "".join(
        part for pair in zip_longest(map(re.escape, texts), slots) for part in pair if part
    )
    return _Pattern(
        sum(map(len, texts)), max(texts, key=len), several, re.compile(fits, re.S), told
    )
