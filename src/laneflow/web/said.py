"""Owns how sentences that laneflow made in English are said in the reader's language.

Below the pages everything is said in English. The catalogue holds each such sentence as a pattern
with slots (``{0} has taken it already``), under the context ``said``; ``{n}`` is a number,
``{event}`` the type of an event. What fills a slot is translated in turn, unless the translation
says ``{0!}``: names, and what people wrote, stay as they are, but for what is a title of laneflow's
to the letter; and so does what no pattern fits, and what the practice itself calls things.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from babel.dates import format_date
from babel.messages.mofile import read_mo
from django.utils.translation import get_language

if TYPE_CHECKING:
    from laneflow.web.own_words import OwnWords

CONTEXT = "said"
LOCALES = Path(__file__).parent / "locale"

TITLES = (
    "Ask the patient for: {0}", "Ask {0} for: {1}", "Finish: {0}", "Was it kept? {0}",
    "Confirm closing as {0}, with the reason",
)  # fmt: skip
"""What the engine calls the tasks that no lane gives a title."""

_SLOT = re.compile(r"\{(\w+)(!?)\}")
_SENTENCES = re.compile('(?<=[.?!])( )(?=[A-Z"`\U000f0000-\U000ffffd])')
_CLAUSES = re.compile(r"; |: ")
_BETWEEN = (re.compile(r"; |, then |, | and | or "), _CLAUSES, re.compile(r", then |, | and | or "))
"""What may stand between the parts of a list; the first that leaves every part ours is meant."""
_BRACKETS = re.compile(r"[()]")
_DEEP = 10
"""How often a sentence may stand within another."""
SHORT = 7
"""Letters of its own below which a pattern is no sentence."""
LIGHT = 16
"""Letters of its own below which a pattern is at most a clause."""
_DATE = re.compile(
    r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4}|\d{4}-\d\d-\d\d)\b"
)
"""A date as ``practice.words`` says it."""


class _Pattern(NamedTuple):
    text: str
    weight: int
    """how many letters of its own it has: the one with most is meant"""
    open: int
    """how many of its slots take anything: of two as heavy, the one with fewest is meant"""
    piece: str
    """its longest text between slots, which a sentence must have to fit"""
    several: bool
    """whether it is of several sentences itself"""
    clauses: str
    """what stands between clauses of its own, such as ``,:``"""
    fits: re.Pattern[str]
    said: str

    def filled(self, slots: dict[str, str]) -> str:
        """The translation with these in its slots."""
        return _SLOT.sub(lambda slot: slots[f"s_{slot[1]}"], self.said)


def said(text: str, language: str | None = None, own: OwnWords | None = None) -> str:
    """A sentence, or several after each other, in ``language`` (the reader's where it is None).

    ``own``: the practice's words, which stay whole.
    """
    language = language or get_language() or "en"
    if language == "en" or not text:
        return text
    text = str(text)
    hidden = text if own is None else own.hidden(text)
    told = _said(hidden, language)
    for standing_in, phrase in own.whole(told) if own and hidden != text else ():
        told = told.replace(standing_in, known(phrase, language))
    return told


def known(text: str, language: str | None = None) -> str:
    """Words that are either laneflow's own or somebody's: said in ``language`` only where they are
    laneflow's to the letter. What a practice wrote is never taken apart."""
    return _catalog(language or get_language() or "en")[0].get(text, text)


def titled(text: str, language: str | None = None) -> str:
    """A task's title: what a practice wrote stays, what the engine calls its own is said anew."""
    language = language or get_language() or "en"
    words, _ = _catalog(language)
    for pattern in _titles(language):
        if found := pattern.fits.fullmatch(text):
            slots = {name: words.get(slot, slot) for name, slot in found.groupdict().items()}
            return pattern.filled(slots)
    return words.get(text, text)


@lru_cache(maxsize=4_096)
def _said(text: str, language: str, depth: int = 0) -> str:
    core = text.strip()
    told = _core(core, language, depth) if core else core
    return text if told == core else text.replace(core, told)


def _core(text: str, language: str, depth: int) -> str:
    words, _ = _catalog(language)
    if text in words:
        return words[text]
    if depth == _DEEP:
        return text
    told = _put_together(text, language, depth)
    if told is None and text[:1].isupper():  # as it begins a sentence
        lower = text[0].lower() + text[1:]
        told = words.get(lower) or _put_together(lower, language, depth)
        told = told and told[0].upper() + told[1:]
    return told or _DATE.sub(lambda date: _dated(date[0], language), text)


def _put_together(text: str, language: str, depth: int) -> str | None:
    """By the pattern that fits, else sentence by sentence, else as a list; None where it is none
    of these."""
    sentences = _SENTENCES.split(text)
    for pattern in _catalog(language)[1]:
        fits = pattern.piece in text and (len(sentences) == 1 or pattern.several)
        if fits and (found := pattern.fits.fullmatch(text)):
            if pattern.weight < LIGHT and ", " in text and not pattern.clauses:
                listed, whole = _listed(text, language, depth)
                if whole:
                    return listed
            told = _filled(pattern, found.groupdict(), language, depth + 1)
            if told is not None:
                return told
    if len(sentences) > 1:
        return "".join(_said(part, language, depth + 1) for part in sentences)
    return _listed(text, language, depth)[0]


def _listed(text: str, language: str, depth: int) -> tuple[str | None, bool]:
    """Clauses in a list, and whether all are of ours: words, or translated. None where none is.

    What separates them is found out: ``next: call, by: Ana`` and ``tiers: urgent, high`` differ.
    """
    some = None
    words, _ = _catalog(language)
    for between in _BETWEEN:
        parts, separators = _split(text, between)
        if not separators:
            continue
        told = [_said(part, language, depth + 1) for part in parts]
        ours = [a != b or " " not in b for a, b in zip(told, parts, strict=True)]
        separators = [words.get(each, each) for each in separators]
        whole = "".join(chain.from_iterable(zip_longest(told, separators, fillvalue="")))
        if all(ours):
            return whole, True
        if some is None and told != parts:
            some = whole
    return some, False


def _split(text: str, between: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """The parts of a list and what stands between them; what is in brackets is one part."""
    parts, separators, begun, looked, deep = [], [], 0, 0, 0
    for found in between.finditer(text):
        deep, _ = _depth(text[looked : found.start()], deep)
        looked = found.start()
        if deep == 0:
            parts.append(text[begun : found.start()])
            separators.append(found[0])
            begun = found.end()
    return [*parts, text[begun:]], separators


def _depth(text: str, deep: int = 0) -> tuple[int, int]:
    """How many brackets are open after a text, and the fewest there were within it."""
    least = deep
    for bracket in _BRACKETS.findall(text):
        deep += 1 if bracket == "(" else -1
        least = min(least, deep)
    return deep, least


def _balanced(text: str) -> bool:
    """Whether every bracket that is opened is closed, and the other way round."""
    return _depth(text) == (0, 0)


def _filled(pattern: _Pattern, slots: dict[str, str], language: str, depth: int) -> str | None:
    """The translation with its slots filled; None where so short a pattern fits by accident.

    ``{0} is {1}`` is meant where what it says is a word, or something that can be translated, and
    where nothing but its end reaches beyond a clause.
    """
    if pattern.weight < LIGHT and not _within_clauses(pattern, [*slots.values()]):
        return None
    filled = dict(slots)
    for name in set(_SLOT.findall(pattern.said)):
        key = f"s_{name[0]}"
        if not name[1]:
            filled[key] = _said(slots[key], language, depth)
        elif " " in slots[key]:  # a title of laneflow's own, such as "A task is overdue"
            filled[key] = known(slots[key], language)
        ours = name[1] or filled[key] != slots[key] or " " not in slots[key].strip()
        if pattern.weight < SHORT and not ours:
            return None
    return pattern.filled(filled)


def _within_clauses(pattern: _Pattern, slots: list[str]) -> bool:
    one = slots[:-1] if pattern.clauses.strip(",") else slots
    return all(map(_balanced, slots)) and not any(_split(each, _CLAUSES)[1] for each in one)


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
    return words, tuple(sorted(patterns, key=lambda each: (-each.weight, each.open)))


@cache
def _titles(language: str) -> tuple[_Pattern, ...]:
    return tuple(pattern for pattern in _catalog(language)[1] if pattern.text in TITLES)


def _context(named: str | bytes | None) -> str:
    """Babel's reader of compiled catalogues leaves a context as it lies in the file."""
    return named.decode() if isinstance(named, bytes) else named or ""


_ANYTHING = ".*?"
_FITS = {"n": r"\d+", "event": r"\w+(?:\.\w+)+"}


def _pattern(text: str, told: str) -> _Pattern:
    """``{0} is {1}``, which no slot may stand in twice."""
    texts = _SLOT.split(text)[::3]
    slots = (f"(?P<s_{name}>{_FITS.get(name, _ANYTHING)})" for name, _ in _SLOT.findall(text))
    several = bool(_SENTENCES.search(text))
    clauses = "".join(mark for mark in ";:," if any(f"{mark} " in own for own in texts))
    fits = "".join(
        part for pair in zip_longest(map(re.escape, texts), slots) for part in pair if part
    )
    weight, piece = sum(map(len, texts)), max(texts, key=len)
    return _Pattern(
        text, weight, fits.count(_ANYTHING), piece, several, clauses, re.compile(fits, re.S), told
    )
