"""Words that say nothing: "just following up", "working on it", "as soon as possible"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from laneflow.errors import Problem
from laneflow.outreach.lint.reading import Shelf
from laneflow.outreach.lint.samples import Sample
from laneflow.outreach.lint.telling import at_words
from laneflow.outreach.prompt import NOTES

_WHY = "Say why you are in touch."
_WHEN = "Say by what day."
_DOING = "Say what is done next, by whom, and by what day."
_PORQUE = "Diga por qué llama."
_CUANDO = "Diga para qué día."
_HACE = "Diga qué sigue, quién lo hace y para qué día."

PHRASES: dict[str, dict[str, str]] = {
    "en": {
        r"just following up": _WHY, r"following up on": _WHY, r"to follow up with you": _WHY,
        r"touch(?:ing)? base": _WHY, r"just checking in": _WHY, r"just calling to check": _WHY,
        r"reaching out to you": _WHY, r"circling back": _WHY, r"(?:just )?a quick reminder": _WHY,
        r"(?:are |is |'re )?working on it": _DOING, r"are on it": _DOING,
        r"(?:is )?in process": _DOING,
        r"being processed": _DOING, r"still pending": _DOING, r"looking into (?:it|this)": _DOING,
        r"as soon as possible": _WHEN, r"at your earliest convenience": _WHEN, r"asap": _WHEN,
        r"in a timely manner": _WHEN, r"when(?:ever)? you get a chance": _WHEN, r"shortly": _WHEN,
        r"in the near future": _WHEN, r"someone will be in touch": _DOING,
        r"we will get back to you": _DOING, r"non-?complian(?:t|ce)": "Say what happened.",
        r"no-?show": "Say that you missed them.", r"per our (?:records|policy)": _WHY,
    },
    "es": {
        r"solo (?:le )?(?:llamo|llamaba) para (?:dar )?seguimiento": _PORQUE,
        r"para (?:dar|darle) seguimiento": _PORQUE, r"dando seguimiento": _PORQUE,
        r"solo para saludar": _PORQUE, r"solo para ver cómo (?:va|está) todo": _PORQUE,
        r"un (?:breve|pequeño) recordatorio": _PORQUE, r"ponernos en contacto": _PORQUE,
        r"estamos trabajando en (?:eso|ello)": _HACE, r"está en (?:proceso|trámite)": _HACE,
        r"(?:sigue|todavía está|aún está) pendiente": _HACE, r"estamos en eso": _HACE,
        r"seguimos (?:con )?(?:el|su) caso": _HACE, r"lo estamos viendo": _HACE,
        r"lo (?:antes|más pronto) posible": _CUANDO,
        r"a la (?:mayor )?brevedad(?: posible)?": _CUANDO,
        r"cuanto antes": _CUANDO, r"cuando pueda": _CUANDO, r"cuando tenga (?:un )?tiempo": _CUANDO,
        r"en breve": _CUANDO, r"próximamente": _CUANDO, r"nos comunicaremos con usted": _HACE,
        r"alguien (?:le|se) (?:va a llamar|llamará|comunicará)": _HACE,
        r"no se presentó": "Diga que le esperamos.", r"incumpli(?:do|ó|miento)": "Diga qué pasó.",
    },
}  # fmt: skip
"""By language: what to look for -> what to write instead."""


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    named = "|".join(rf"(?P<p{n}>{phrase})" for n, phrase in enumerate(phrases))
    return re.compile(rf"(?<!\w)(?:{named})(?!\w)", re.IGNORECASE)


_SEARCH = {locale: _any_of(phrases) for locale, phrases in PHRASES.items()}


def vague(sample: Sample, shelf: Shelf) -> Iterator[Problem]:
    """Each empty phrase of one sample, whoever it is for; notes to the caller are left alone."""
    search = _SEARCH.get(sample.locale)
    if search is None:
        return
    hints = list(PHRASES[sample.locale].values())
    for piece in sample.pieces:
        at = 0
        for line in piece.text.splitlines(keepends=True):
            if not line.lstrip().startswith(NOTES):
                for found in search.finditer(line):
                    hint = hints[int(str(found.lastgroup)[1:])]
                    what = f'"{found.group()}" says nothing'
                    place = piece.place(at + found.start())
                    if not place.value:
                        yield at_words(shelf, place, found.group(), what, hint, "vague-words")
            at += len(line)
