"""Grades and segments against values worked out by hand or published."""

from __future__ import annotations

import pytest

from laneflow.outreach.lint.grade import measured
from laneflow.outreach.lint.texting import size


@pytest.mark.parametrize(
    ("text", "words", "sentences", "syllables"),
    [
        ("The cat sat on the mat.", 6, 1, 6),  # the usual first example: grade -1.45
        ("Please call us today. We can help you now.", 9, 2, 10),
        ("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.",
         13, 1, 24),  # the example of the formula's Wikipedia article, there given as 11.3
    ],
)  # fmt: skip
def test_the_english_grade_is_flesch_and_kincaids(
    text: str, words: int, sentences: int, syllables: int
) -> None:
    """0.39 words/sentence + 11.8 syllables/word - 15.59 (Kincaid and others 1975, worked here)."""
    by_hand = 0.39 * words / sentences + 11.8 * syllables / words - 15.59
    assert measured(text, "en") == pytest.approx(by_hand, abs=0.05)


def test_the_published_example() -> None:
    text = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    assert measured(text, "en") == pytest.approx(11.3, abs=0.05)


@pytest.mark.parametrize(
    ("text", "words", "sentences", "syllables"),
    [
        ("Llame hoy por favor.", 4, 1, 6),
        ("La casa es grande. Mi perro come pan.", 8, 2, 12),
        ("Por favor traiga su tarjeta del seguro.", 7, 1, 13),
    ],
)
def test_the_spanish_ease_is_fernandez_huertas(
    text: str, words: int, sentences: int, syllables: int
) -> None:
    """206.84 - 60 syllables/word - 1.02 words/sentence (Fernández Huerta 1959, worked here)."""
    by_hand = 206.84 - 60 * syllables / words - 1.02 * words / sentences
    assert measured(text, "es") == pytest.approx(by_hand, abs=0.05)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),  # 7 bits: 160, then 153
        ("á" * 70, 1), ("á" * 71, 2), ("á" * 134, 2), ("á" * 135, 3),  # 16 bits: 70, then 67
        ("é" * 160, 1), ("ñ" * 160, 1),  # both are of the GSM alphabet
        ("€" * 80, 1), ("€" * 81, 2),  # of its extension: two places each
        ("a" * 69 + "’", 1), ("a" * 70 + "’", 2), ("😀" * 35, 1), ("😀" * 36, 2), ("", 1),
    ],
)  # fmt: skip
def test_segments_are_those_of_the_standard(text: str, segments: int) -> None:
    """3GPP TS 23.038 and 23.040."""
    assert size(text).segments == segments


def test_the_letters_that_cost_the_long_alphabet_are_named() -> None:
    assert size("Maria llamó a José más tarde").odd == ("ó", "á")
    assert size("Hola Jose, llame a la señora").odd == ()
