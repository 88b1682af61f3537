"""The shipped scripts: whole, plain, private, and in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest
import smsutil
import textstat

from laneflow.outreach.check import check_scripts
from laneflow.outreach.prompt import Prompt, prompt_for
from outreach.cast import (
    FACTS,
    NOW,
    PATIENT,
    SCRIPTS,
    a_case,
    a_practice,
    a_task,
    shipped,
    whole_source,
)

PRACTICE = a_practice()
SHIPPED = shipped()
SMS = [each for each in SHIPPED if each[1] == "sms"]
FOR_PATIENTS = [each for each in SHIPPED if not each[0].startswith("partner/")]
TOLD = {
    "program.name": ("rpm", "ccm"),
    "referral.urgency": ("urgent", "stat", "routine"),
    "authorization.urgency": ("standard", "expedited"),
}
"""Facts with few values that scripts choose their words by."""


def standings(source: str) -> Iterator[dict[str, str]]:
    """Every kind, tier, status and outcome a script has words of its own for, and any other."""
    names = ("kind", "tier", "status", "last_outcome")
    own = [["", *sorted(set(re.findall(rf'\b{name} == "([^"]+)"', source)))] for name in names]
    for values in product(*own):
        yield dict(zip(names, values, strict=True))


def tellings(source: str) -> Iterator[dict[str, str]]:
    """Every value of the facts a script chooses its words by."""
    names = [name for name in TOLD if f"{name} " in source or f"{name})" in source]
    for values in product(*(TOLD[name] for name in names)):
        yield dict(zip(names, values, strict=True))


@cache
def prompts(
    script: str, channel: str, locale: str, first_name: str = "Maria"
) -> tuple[Prompt, ...]:
    """The different texts of a script, over everything it chooses its words by."""
    about = PATIENT | {"patient.first_name": first_name}
    task = a_task(script, channel)
    tail = "" if locale == "en" else f".{locale}"
    source = whole_source(f"{script}.{channel}{tail}.j2")
    found = []
    for standing, told in product(standings(source), tellings(source)):
        facts = a_case().facts | {name: (value, NOW) for name, value in told.items()}
        case = a_case(facts=facts, **standing)
        found.append(prompt_for(PRACTICE, case, about, task, NOW, language=locale))
    return tuple(dict.fromkeys(found))


@pytest.mark.parametrize(("script", "channel", "locale"), SHIPPED)
def test_every_script_is_whole(script: str, channel: str, locale: str) -> None:
    for prompt in prompts(script, channel, locale):
        assert prompt.gaps == ()
        assert (prompt.locale, prompt.fell_back) == (locale, False)
        assert not re.search(r"[{}]|\bNone\b|\[\]|  |\.\.(?!\.)| [.,:;?]", prompt.text)


@pytest.mark.parametrize(("script", "channel", "locale"), SHIPPED)
def test_every_script_has_the_parts_of_its_channel(script: str, channel: str, locale: str) -> None:
    parts = {part.block for part in prompts(script, channel, locale)[0].parts}
    needed = {"identity", "reason", "next_step"}
    if channel != "sms":
        needed |= {"questions", "help"}
    if channel == "phone" or (channel != "sms" and not script.startswith("partner/")):
        needed |= {"understanding", "clinical_boundary"}
    assert needed <= parts


@pytest.mark.parametrize(("script", "channel", "locale"), SHIPPED)
def test_a_voicemail_and_a_text_message_hold_nothing_private(
    script: str, channel: str, locale: str
) -> None:
    """Only the practice's name and number and a first name (HHS HIPAA FAQ 198)."""
    for prompt in prompts(script, channel, locale):
        heard = {"phone": prompt.voicemail, "sms": prompt.text}.get(channel)
        if heard is None:
            assert prompt.voicemail == ""
            continue
        assert "Maple Street Family Medicine" in heard
        assert "555-0100" in heard
        for _, value in FACTS.values():
            assert value.lower() not in heard.lower()
        assert not re.search(r"Gomez|1958|Ana|Ben|September|septiembre|hospital|summary", heard)
        assert not re.search(r"\d", heard.replace("555-0100", ""))
        assert not clinical(heard)


@pytest.mark.parametrize(
    ("script", "locale"), [(script, lo) for script, by, lo in FOR_PATIENTS if by == "letter"]
)
def test_a_letter_tells_no_reason_for_a_visit_and_no_result(script: str, locale: str) -> None:
    """Somebody else may open it."""
    private = ("result.name", "visit.reason", "referral.reason", "authorization.reason")
    for prompt in prompts(script, "letter", locale):
        for name in private:
            assert FACTS[name][1] not in prompt.text
        assert not re.search(r"\btest result|resultado de", prompt.text)


CLINICAL = re.compile(
    r"mammo|colon|cervical|pap\b|\btest|result|medic|doctor|nurse|emergenc|surg|specialist|insur"
    r"|médic|prueba|enferm|especialista|seguro|aparato|device|reading",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    ("script", "channel", "locale"), [each for each in SHIPPED if each[1] == "sms"]
)
def test_a_text_message_fits_two_segments_and_offers_a_way_out(
    script: str, channel: str, locale: str
) -> None:
    for prompt in prompts(script, channel, locale, first_name="María Fernanda"):
        assert len(smsutil.split(prompt.text).parts) <= 2
        assert "STOP" in prompt.text


@pytest.mark.parametrize(("script", "channel", "locale"), FOR_PATIENTS)
def test_a_patient_can_follow_it(script: str, channel: str, locale: str) -> None:
    """Grade 8 at most in English; 70, "fairly easy", at least on Fernández Huerta's scale."""
    textstat.set_lang(locale)
    for prompt in prompts(script, channel, locale):
        own = spoken(" ".join(p.text for p in prompt.parts if p.block in ("reason", "next_step")))
        for text in (own, spoken("\n".join(part.text for part in prompt.parts))):
            if locale == "en":
                assert textstat.flesch_kincaid_grade(text) <= 8, text
            else:
                assert textstat.fernandez_huerta(text) >= 70, text


@pytest.mark.parametrize(("script", "channel", "locale"), FOR_PATIENTS)
def test_sentences_are_short(script: str, channel: str, locale: str) -> None:
    """Under 15 words on the average, none of more than 22 with its names and dates filled in."""
    for prompt in prompts(script, channel, locale):
        said = spoken("\n".join(part.text for part in prompt.parts))
        lengths = [len(s.split()) for s in re.split(r"(?<=[.?!:])\s+", said) if s.strip()]
        assert sum(lengths) / len(lengths) < 15
        assert max(lengths) <= 22, said


@pytest.mark.parametrize(("script", "channel", "locale"), FOR_PATIENTS)
def test_nobody_is_just_following_up(script: str, channel: str, locale: str) -> None:
    empty = (
        r"just following up|touching base|checking in\b|at your earliest|non-?complian|no-?show"
        r"|seguimiento|a la brevedad"
    )
    for prompt in prompts(script, channel, locale):
        assert not re.search(empty, prompt.text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("script", "locale"), [(script, lo) for script, by, lo in FOR_PATIENTS if by == "phone"]
)
def test_a_call_checks_two_identifiers_before_it_says_why(script: str, locale: str) -> None:
    for prompt in prompts(script, "phone", locale):
        first, second = prompt.parts[:2]
        assert (first.block, second.block) == ("identity", "reason")
        assert "Maria Gomez" in first.text
        assert "1958" in first.text
        assert not clinical(first.text)


def test_the_shipped_scripts_compile_and_no_base_is_unused() -> None:
    assert [p for p in check_scripts(PRACTICE) if p.severity == "error"] == []
    text = "\n".join(path.read_text() for path in SCRIPTS.rglob("*.j2"))
    for base in (SCRIPTS / "_base").iterdir():
        assert f'"_base/{base.name}"' in text


def clinical(text: str) -> bool:
    """Whether the text gives away what the contact is about."""
    return bool(CLINICAL.search(text.replace("Maple Street Family Medicine", "")))


def spoken(text: str) -> str:
    """What the patient hears or reads: no notes for the caller, each line a sentence."""
    lines = [line.strip() for line in text.splitlines()]
    said = [line for line in lines if line and not line.startswith(("Note:", "Nota:"))]
    return " ".join(line if line[-1] in ".?!:" else f"{line}." for line in said)
