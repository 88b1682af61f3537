"""Text messages: how many segments one takes, what makes it longer, who it is from, the way out.

A message in the GSM 7-bit alphabet holds 160 characters, or 153 in each of several segments; one
character outside it turns the whole message into UCS-2 with 70, or 67 (3GPP TS 23.038, 23.040).
A care text names the practice, gives a number and an immediate opt-out (FCC 2015 exemption).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from laneflow.errors import Problem
from laneflow.outreach.lint.reading import Shelf
from laneflow.outreach.lint.samples import Sample
from laneflow.outreach.lint.telling import at_block, at_words, brief
from laneflow.outreach.lint.traced import Place

MOST = 2
_CLINICAL = re.compile(
    r"\b(?:mammogra\w*|colon\w*|pap\b|biops\w*|cancer\w*|surger\w*|tests?\b|results?\b|lab\b|labs\b"
    r"|medicines?\b|medications?\b|diagnos\w*|specialist\w*|cardiolog\w*|oncolog\w*|insurance\b"
    r"|hospital\w*|discharge\w*|missed\b|appointment was\b|symptoms?\b|referral\w*|prescription\w*"
    r"|mamograf\w*|cáncer|cirug\w*|pruebas?\b|resultados?\b|medicinas?\b|medicamentos?\b"
    r"|especialista\w*|seguro\b|síntomas?\b|referido\w*|receta\w*|diagnóstic\w*)",
    re.IGNORECASE,
)


class Size(NamedTuple):
    """Segments a message takes, its characters, and those that force the short alphabet out."""

    segments: int
    characters: int
    odd: tuple[str, ...]


def size(text: str) -> Size:
    """How many segments ``text`` takes, and the characters outside the GSM alphabet."""
    import smsutil

    split = smsutil.split(text)
    odd = [char for char in dict.fromkeys(text) if not smsutil.is_valid_gsm(char)]
    return Size(len(split.parts), len(text), tuple(odd))


def texting(sample: Sample, shelf: Shelf, name: str, phone: str) -> Iterator[Problem]:
    """What is wrong with one text message. ``name``, ``phone``: the practice's."""
    if sample.channel != "sms":
        return
    text = sample.text
    used = size(text)
    if used.segments > MOST:
        odd = " ".join(used.odd)
        what = f"the message takes {used.segments} segments ({used.characters} characters)"
        hint = f"Keep it to {MOST}: 306 characters, or 134 with letters such as {odd or 'á'}."
        where = _odd_place(sample, used.odd)
        if where is not None:
            char, place, line = where
            what += f'; "{char}" makes each hold only 67'
            yield at_words(shelf, place, line, what, hint, "long-message", "warning")
        else:
            yield at_block(shelf, sample.name, "reason", what, hint, "long-message", "warning")
    if "STOP" not in text:
        what = "it does not say how to stop these messages"
        hint = 'End it with "Reply STOP to opt out."'
        yield at_block(shelf, sample.name, "next_step", what, hint, "missing-opt-out")
    if name not in text or phone not in text:
        lacks = "name" if name not in text else "phone"
        what = f"it does not give the practice's {lacks}"
        hint = f"Write {{{{ practice.{lacks} }}}}."
        block = "identity" if lacks == "name" else "next_step"
        yield at_block(shelf, sample.name, block, what, hint, "message-without-sender")


def _odd_place(sample: Sample, odd: tuple[str, ...]) -> tuple[str, Place, str] | None:
    """The first of the script's own characters outside the GSM alphabet, with its words."""
    for piece in sample.pieces:
        for n, char in enumerate(piece.text):
            if char in odd and not piece.place(n).value:
                start = max(piece.text.rfind(" ", 0, n), piece.text.rfind("\n", 0, n)) + 1
                return char, piece.place(n), piece.text[start:].split()[0]
    return None


def plain_words(sample: Sample, shelf: Shelf, name: str) -> Iterator[Problem]:
    """Words in a voicemail or text message that hint at what it is about, whatever the case."""
    for piece in sample.pieces:
        if sample.channel != "sms" and piece.block != "voicemail":
            continue
        for found in _CLINICAL.finditer(piece.text):
            place = piece.place(found.start())
            if place.value:
                continue  # a practice may be named after what it treats
            what = f'"{found.group()}" hints at what this is about; anybody may hear or see it'
            hint = f"Ask only to call {brief(name, 40)} back."
            code = "telling-word"
            yield at_words(shelf, place, found.group(), what, hint, code, "warning")
