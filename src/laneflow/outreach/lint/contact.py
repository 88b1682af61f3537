"""The parts of a good contact: identity by two identifiers, teach-back, questions, the boundary.

Teach-back asks the patient to say it in their own words, or with a question that yes does not
answer (AHRQ Health Literacy Toolkit, Tool 5). "Do you understand?" is not teach-back, and "Do you
have any questions?" invites none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from laneflow.errors import Problem
from laneflow.outreach.environment import FOLDER
from laneflow.outreach.lint.reading import Shelf
from laneflow.outreach.lint.samples import Sample
from laneflow.outreach.lint.sentences import sentences
from laneflow.outreach.lint.taint import CIRCLE, flows
from laneflow.outreach.lint.telling import at_block, at_words
from laneflow.outreach.lint.values import Source

_I = re.IGNORECASE
_IDENTIFIERS = {
    "name": re.compile(r"\b(?:full|last|whole) name\b|\byour name\b|\bnombre\b|\bapellido", _I),
    "birth": re.compile(r"\bbirth|\bborn\b|\bnacimiento\b|\bnació\b|\bcumpleaños\b", _I),
    "address": re.compile(r"\baddress\b|\bzip\b|\bdirección\b|\bcódigo postal\b", _I),
    "phone": re.compile(r"\byour phone|\bphone number on file|\bsu (?:número de )?teléfono", _I),
    "member": re.compile(r"\bmember (?:id|number)|\brecord number|\bnúmero de (?:miemb|exped)", _I),
}  # fmt: skip
_OWN_WORDS = re.compile(
    r"\bown words\b|\bsay it back\b|\btell me (?:back|each step)\b|\bteach (?:it|me)\b|\bshow me\b"
    r"|\b(?:sus|propias) (?:propias )?palabras\b|\bmuéstreme\b|\benséñeme\b"
    r"|\bdígame (?:qué|cómo|cada paso)",
    _I,
)
_OPEN_QUESTION = re.compile(
    r"(?:^|[¿,.:;]\s*|\b(?:and|so|y) )"
    r"(?:what|when|how|which|who|whom|where|why|(?:at|by|on|for) (?:what|which)"
    r"|(?:(?:a|de|en|por|para|con) )?(?:qué|cuándo|cómo|cuál(?:es)?|quién(?:es)?|dónde))\b[^?]*\?",
    _I,
)
_CLOSED = re.compile(
    r"\bdo you understand\b|\bis that clear\b|\bdoes that make sense\b|\bdo you follow\b"
    r"|\b(?:me )?entiende\?|\bentendió\?|\b(?:está|quedó|queda) claro\?|\bcomprende\?",
    _I,
)
_ANY_QUESTIONS = re.compile(
    r"\b(?:do|did) you have (?:any )?questions\b|(?<!preguntas )\btiene(?: alguna)? preguntas?\b",
    _I,
)
_QUESTIONS = re.compile(r"\bquestions?\b|\bpreguntas?\b|\bask\b|\?", _I)
_BOUNDARY = re.compile(r"\bnurse|\bdoctor|\bprovider|\b911\b|\benfermer|\bmédic|\bemergenc", _I)
_ALLOWED_BEFORE = ("patient.",)
"""Identifiers may be read by the caller, in a note, while they ask for them."""


def contact(sample: Sample, shelf: Shelf) -> Iterator[Problem]:
    """What of a good contact with a patient one sample leaves out."""
    if sample.to_partner or sample.channel in ("sms", "fax"):
        return
    yield from _understanding(sample, shelf)
    yield from _questions(sample, shelf)
    boundary = sample.block("clinical_boundary")
    if not _BOUNDARY.search(boundary):
        what = "it does not say who answers clinical questions"
        hint = "Send them to a nurse, and emergencies to 911, in the block clinical_boundary."
        code = "missing-clinical-boundary"
        yield at_block(shelf, sample.name, "clinical_boundary", what, hint, code)
    if sample.channel == "phone":
        yield from _identity(sample, shelf)


def _understanding(sample: Sample, shelf: Shelf) -> Iterator[Problem]:
    said = sample.said("understanding")
    hint = 'Ask for it in their own words: "Please tell me what you will do next."'
    if sample.locale == "es":
        hint = 'Pídalo en sus palabras: "Por favor, dígame en sus palabras qué va a hacer."'
    for sentence in sentences(sample, ("understanding",)):
        closed = _CLOSED.search(sentence.text)
        if closed:
            what = f'"{closed.group()}" can be answered with yes by somebody who did not understand'
            yield at_words(shelf, sentence.place, closed.group(), what, hint, "closed-question")
            return
    if not _OWN_WORDS.search(said) and not _OPEN_QUESTION.search(said):
        what = "it does not ask the patient to say it back (teach-back)"
        code = "missing-teach-back"
        asked = list(sentences(sample, ("understanding",)))
        if asked:
            yield at_words(shelf, asked[-1].place, asked[-1].text, what, hint, code)
        else:
            yield at_block(shelf, sample.name, "understanding", what, hint, code)


def _questions(sample: Sample, shelf: Shelf) -> Iterator[Problem]:
    if not _QUESTIONS.search(sample.said("questions")):
        what = "it does not invite questions"
        hint = 'Ask "What questions do you have for me?" in the block questions.'
        if sample.locale == "es":
            hint = 'Pregunte "¿Qué preguntas tiene para mí?" en el bloque questions.'
        yield at_block(shelf, sample.name, "questions", what, hint, "missing-questions")
    for sentence in sentences(sample, ("questions",)):
        found = _ANY_QUESTIONS.search(sentence.text)
        if found:
            what = f'"{found.group()}" invites a no'
            hint = 'Ask "What questions do you have?"'
            if sample.locale == "es":
                hint = 'Pregunte "¿Qué preguntas tiene?"'
            yield at_words(
                shelf, sentence.place, found.group(), what, hint, "closed-question", "warning"
            )


def _identity(sample: Sample, shelf: Shelf) -> Iterator[Problem]:
    asked = sample.said("identity")
    kinds = [kind for kind, pattern in _IDENTIFIERS.items() if pattern.search(asked)]
    if len(kinds) < 2:
        what = "it does not ask for two things that show who the patient is"
        hint = "Ask for the full name and the date of birth before anything else is said."
        if kinds:
            what = "it asks for one thing only that shows who the patient is"
        yield at_block(shelf, sample.name, "identity", what, hint, "missing-identity-check")
    for piece in sample.pieces:
        if piece.block == "identity":
            break
        if piece.text.strip():
            what = "something is said before it is known who the patient is"
            hint = "Begin with the block identity."
            first = next(n for n, char in enumerate(piece.text) if not char.isspace())
            words = piece.text[first:].split("\n")[0]
            code = "said-before-identity"
            yield at_words(shelf, piece.place(first), words, what, hint, code)
            break
    for sentence in sentences(sample, ("identity",)):
        for number in re.findall(r"\b(?:19|20)\d\d\b", sentence.text):
            what = "the patient's date of birth is said instead of asked for"
            hint = "Put it in a note for the caller and let the patient say it."
            code = "identity-given-away"
            yield at_words(shelf, sentence.place, number, what, hint, code)


def before_identity(name: str, shelf: Shelf, facts: frozenset[str]) -> Iterator[Problem]:
    """Facts of the case that a call's ``identity`` block can say, by its syntax tree.

    Only what says who the patient is may be read there, by the caller.
    """
    for source in sorted(flows(name, shelf.tree, "identity", facts)):
        if source.fact == CIRCLE or not source.fact.startswith(_ALLOWED_BEFORE):
            yield _detail(source, shelf)


def _detail(source: Source, shelf: Shelf) -> Problem:
    how = "is said" if source.told else "decides what is said"
    what = f'"{source.fact}" {how} before it is known who the patient is'
    return Problem(
        f"{FOLDER}/{source.file}", source.line,
        shelf.column(source.file, source.line, source.fact), what,
        "Move it to the block reason or after it.", code="detail-before-identity",
    )  # fmt: skip
