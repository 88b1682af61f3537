"""Owns which words are the practice's own: those a translation leaves whole, wherever they stand.

What a practice calls its lanes, statuses, papers, barriers, roles, offices and people is nobody's
to translate. Within a sentence of laneflow's such words would be taken apart, and half of them said
in another language: ``The chart shows it no es due``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple

from laneflow.lanes.model import Atom, Lane
from laneflow.lanes.words import capital, plain
from laneflow.practice.model import LoadedPractice, Practice
from laneflow.web.site import practice_at_work

_FIRST = 0xF0000
"""The first of the characters that stand for words while a sentence is translated: private use."""
_STANDING_IN = re.compile("[\U000f0000-\U000ffffd]")


class OwnWords:
    """Phrases of two words and more, each of which one character can stand for."""

    def __init__(self, phrases: Iterable[str]) -> None:
        longest_first = sorted({p for p in phrases if " " in p}, key=lambda p: (-len(p), p))
        self._phrases = longest_first
        self._numbers = {phrase: number for number, phrase in enumerate(longest_first)}
        among = "|".join(map(re.escape, longest_first))
        self._all = re.compile(rf"(?<!\w)(?:{among})(?!\w)") if among else None

    def hidden(self, text: str) -> str:
        """The text with a character for each phrase of theirs."""
        if self._all is None or _STANDING_IN.search(text):
            return text
        return self._all.sub(lambda found: chr(_FIRST + self._numbers[found[0]]), text)

    def whole(self, text: str) -> Iterator[tuple[str, str]]:
        """The characters that stand in a text, each with the phrase it stands for."""
        for found in set(_STANDING_IN.findall(text)):
            number = ord(found) - _FIRST
            if number < len(self._phrases):
                yield found, self._phrases[number]


_kept: tuple[LoadedPractice, OwnWords] | None = None


def own_words() -> OwnWords:
    """Those of the practice at work, as it is live."""
    global _kept
    loaded = practice_at_work().loaded
    if _kept is None or _kept[0] is not loaded:
        _kept = (loaded, OwnWords(phrases(loaded)))
    return _kept[1]


def phrases(loaded: LoadedPractice) -> Iterator[str]:
    """What the practice calls things, in its files; also as it begins a sentence."""
    for phrase in _all(loaded):
        yield phrase
        yield capital(phrase)


def _all(loaded: LoadedPractice) -> Iterator[str]:
    yield from _of_practice(loaded.practice)
    for lane in loaded.lanes.values():
        yield from _of_lane(lane)


def _of_practice(practice: Practice) -> Iterator[str]:
    yield practice.name
    yield from (place.name for place in practice.locations.values())
    for person in practice.people.values():
        yield person.name
        yield from person.roles
    yield from (event.title for event in practice.events.values())
    yield from (rung.role for ladder in practice.ladders.values() for rung in ladder.rungs)
    yield from map(plain, practice.ladders)
    yield from practice.parties.values()


def _of_lane(lane: Lane) -> Iterator[str]:
    yield lane.title
    yield from (item.label for item in lane.checklist)
    yield from (rule.text for rule in lane.escalations)
    yield from (close.reason for close in lane.closes if close.reason)
    for barrier in lane.barriers.values():
        yield barrier.title
        if barrier.task:
            yield barrier.task.do
    for status in lane.statuses.values():
        yield plain(status.id)
        yield status.task.do
    yield from _compared(lane)


def _compared(part: Any) -> Iterator[str]:
    """What facts are compared with, wherever a lane does."""
    if isinstance(part, Atom):
        values = part.value if isinstance(part.value, tuple) else (part.value,)
        yield from (value for value in values if isinstance(value, str))
    elif isinstance(part, Struct):
        yield from _compared(astuple(part))
    elif isinstance(part, (tuple, dict)):
        for each in part.values() if isinstance(part, dict) else part:
            yield from _compared(each)
