"""How hard it is to read: grade and sentence length of what patients hear and read.

English: the Flesch-Kincaid grade. Spanish: Fernández Huerta's reading ease, on whose scale 70 and
more is "bastante fácil" (a grade of about 7) and 80 and more "fácil" (about 6). The norm is grade
6 to 8 at most and sentences under 15 words (PMC3049622, PMC3318988). Below 30 words the formulas
say nothing reliable, so shorter texts are not graded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from laneflow.errors import Problem, Severity
from laneflow.outreach.lint.reading import Shelf
from laneflow.outreach.lint.samples import Sample
from laneflow.outreach.lint.sentences import Sentence, sentences, spoken, word_count
from laneflow.outreach.lint.telling import at_words, brief

SENTENCE_WORDS = 15
"""A sentence must stay under so many."""
GRADED_WORDS = 30


class Scale(NamedTuple):
    """A measure of one language. ``hard``, ``advised``: the limits; ``rising``: more is harder."""

    name: str
    hard: float
    advised: float
    rising: bool

    def over(self, value: float, limit: float) -> bool:
        """Whether ``value`` is harder than ``limit``."""
        return value > limit if self.rising else value < limit


SCALES = {
    "en": Scale("grade", 8, 6, rising=True),
    "es": Scale("Fernández Huerta", 70, 80, rising=False),
}


def length(sample: Sample, shelf: Shelf) -> Iterator[Problem]:
    """The sentences of one sample for a patient that are too long."""
    if sample.to_partner or sample.channel == "fax":
        return
    for sentence in sentences(sample):
        if sentence.words >= SENTENCE_WORDS:
            what = f'a sentence has {sentence.words} words: "{brief(sentence.text)}"'
            hint = f"Make two of it; keep each under {SENTENCE_WORDS}."
            yield at_words(
                shelf, sentence.place, sentence.text, what, hint, "long-sentence", "warning"
            )


def grade(samples: Sequence[Sample], shelf: Shelf) -> Iterator[Problem]:
    """Whether a script for patients is too hard, by the hardest of its samples."""
    graded = [
        (value, sample)
        for sample in samples
        if not sample.to_partner
        and sample.channel != "fax"
        and (value := level(sample)) is not None
    ]
    if not graded:
        return
    sign = 1 if SCALES[graded[0][1].locale].rising else -1
    value, sample = max(graded, key=lambda each: sign * each[0])
    yield from _too_hard(sample, shelf, list(sentences(sample)), value)


def level(sample: Sample) -> float | None:
    """The sample's grade (English) or ease (Spanish); None where it is too short or neither."""
    text = spoken(sample)
    if sample.locale not in SCALES or word_count(text) < GRADED_WORDS:
        return None
    return measured(text, sample.locale)


@lru_cache(maxsize=5_000)
def measured(text: str, locale: str) -> float:
    """Flesch-Kincaid grade of English, Fernández Huerta's ease of Spanish text."""
    import textstat

    textstat.set_lang(locale)
    if locale == "es":
        return float(textstat.fernandez_huerta(text))
    return float(textstat.flesch_kincaid_grade(text))


def _too_hard(
    sample: Sample, shelf: Shelf, said: list[Sentence], value: float
) -> Iterator[Problem]:
    scale = SCALES[sample.locale]
    severity: Severity
    if scale.over(value, scale.hard):
        severity, limit, need = "error", scale.hard, "patients need"
    elif scale.over(value, scale.advised):
        severity, limit, need = "warning", scale.advised, "better is"
    else:
        return
    worst = hardest(said, sample.locale)
    or_ = "or less" if scale.rising else "or more"
    what = f"it reads at {scale.name} {value:.1f}; {need} {limit:g} {or_}"
    hint = f'Hardest is "{brief(worst.text, 90)}" Use shorter words and sentences.'
    yield at_words(shelf, worst.place, worst.text, what, hint, "hard-to-read", severity)


def hardest(said: list[Sentence], locale: str) -> Sentence:
    """The hardest of these sentences, among those long enough to judge."""
    long = [sentence for sentence in said if sentence.words >= 5] or said
    sign = 1 if SCALES[locale].rising else -1
    return max(long, key=lambda sentence: sign * measured(sentence.text, locale))
