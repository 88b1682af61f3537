"""The sentences of a sample, each with its words and the place in the template it comes from."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from laneflow.outreach.lint.samples import Sample
from laneflow.outreach.lint.traced import Piece, Place
from laneflow.outreach.prompt import NOTES

_END = re.compile(r"(?<=[.?!:])\s+")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


class Sentence(NamedTuple):
    """One sentence as it is heard. ``words``: a fact's value, however long, counts as one."""

    text: str
    words: int
    block: str
    place: Place


def sentences(sample: Sample, blocks: Collection[str] = ()) -> Iterator[Sentence]:
    """What the other side hears, sentence by sentence: no notes, no voicemail.

    Each line ends a sentence, and so does a colon: what follows one is heard by itself.
    ``blocks``: only those of these blocks; empty: all.
    """
    for piece in sample.pieces:
        if piece.block == "voicemail" or (blocks and piece.block not in blocks):
            continue
        for start, line in _lines(piece.text):
            if line.lstrip().startswith(NOTES):
                continue
            for begin, end in _cut(line):
                text = " ".join(line[begin:end].split())
                if _WORD.search(text):
                    first = start + begin + len(line[begin:end]) - len(line[begin:end].lstrip())
                    words = _count(piece, start + begin, start + end)
                    yield Sentence(text, words, piece.block, piece.place(first))


def spoken(sample: Sample, blocks: Collection[str] = ()) -> str:
    """The sentences as one text, each with an end."""
    said = (sentence.text for sentence in sentences(sample, blocks))
    return " ".join(text if text[-1] in ".?!:" else f"{text}." for text in said)


def word_count(text: str) -> int:
    """Words as they are said."""
    return len(_WORD.findall(text))


def _count(piece: Piece, start: int, end: int) -> int:
    """Words between two offsets, each fact's value as one."""
    words, at = 0, start
    for begin, stop in piece.values_within(start, end):
        words += word_count(piece.text[at:begin]) + 1
        at = stop
    return words + word_count(piece.text[at:end])


def _lines(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, line.rstrip("\n")
        at += len(line)


def _cut(line: str) -> Iterator[tuple[int, int]]:
    at = 0
    for gap in _END.finditer(line):
        yield at, gap.start()
        at = gap.end()
    yield at, len(line)
