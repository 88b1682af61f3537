"""Whatever a lane asks to be said can be said on every channel, in English and in Spanish."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from laneflow.engine.state import ItemState
from laneflow.lanes.load import load_practice
from laneflow.lanes.model import Lane
from laneflow.outreach.prompt import PARTNER_CHANNELS, PATIENT_CHANNELS, Prompt, prompt_for
from laneflow.practice.model import LoadedPractice
from outreach.cast import AUDIENCE_PARTNER, NOW, PATIENT, ROOT, SCRIPTS, a_case, a_task

LANES = sorted(path.stem for path in (ROOT / "lanes").glob("*.yaml"))
LOCALES = ("en", "es")
UNKNOWN: dict[str, Any] = {"facts": {}, "opening": {}, "windows": {}}
"""A case of which the feeds have told nothing but the visit's date."""


@cache
def starter() -> LoadedPractice:
    """The practice this repository ships, its own lanes and people."""
    loaded, problems = load_practice(ROOT)
    assert loaded is not None, problems
    return loaded


def asked_for(lane: Lane) -> Iterator[tuple[str, str]]:
    """(script, to whom) of every task and chase of a lane."""
    barriers = (barrier.task for barrier in lane.barriers.values() if barrier.task)
    for task in (*(status.task for status in lane.statuses.values()), *barriers):
        if task.script:
            yield task.script, task.to or ""
    for item in lane.checklist:
        if item.chase and item.chase.script:
            yield item.chase.script, item.owed_by


def channels(script: str) -> tuple[str, ...]:
    """The channels a script must be written for."""
    return PARTNER_CHANNELS if script.startswith(AUDIENCE_PARTNER) else PATIENT_CHANNELS


def said(lane: Lane, script: str, to: str, channel: str, locale: str, **given: Any) -> Prompt:
    """The prompt in the shipped practice, for a case of this very lane."""
    about: dict[str, Any] = {
        "lane": lane.id,
        "owner": "ana",
        "backup": "fay",
        "kind": lane.classify[0].name if lane.classify else "",
        "items": {item.id: ItemState("missing") for item in lane.checklist},
    }
    task = a_task(script, channel, to=to)
    case = a_case(**about | given)
    return prompt_for(starter(), case, PATIENT, task, NOW, language=locale)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", LANES)
def test_every_script_a_lane_names_is_whole_on_every_channel(name: str, locale: str) -> None:
    """With the facts that lane declares, and with none of them: its defaults must do."""
    lane = starter().lanes[name]
    asked = set(asked_for(lane))
    assert asked
    for script, to in sorted(asked):
        for channel in channels(script):
            for known in ({}, UNKNOWN):
                prompt = said(lane, script, to, channel, locale, **known)
                what = f"{script} by {channel} in {locale}"
                assert (prompt.gaps, prompt.locale, prompt.fell_back) == ((), locale, False), what
                assert prompt.parts, what


def test_no_script_is_written_that_no_lane_names() -> None:
    asked = {script for lane in starter().lanes.values() for script, _ in asked_for(lane)}
    written = {
        f"{path.parent.name}/{path.name.split('.')[0]}" for path in SCRIPTS.glob("[!_]*/*.j2")
    }
    assert written == asked


@pytest.mark.parametrize("locale", LOCALES)
def test_what_the_feeds_have_not_told_is_not_said_twice(locale: str) -> None:
    """A lane's defaults ("the specialist", "a test") stand in for a name without stumbling."""
    for lane in starter().lanes.values():
        for script, to in set(asked_for(lane)):
            for channel in channels(script):
                words = said(lane, script, to, channel, locale, **UNKNOWN).text.lower().split()
                assert not [a for a, b in pairwise(words) if a == b]


def test_the_answer_to_the_referring_office_lists_what_they_owe() -> None:
    lane = starter().lanes["referral-follow-up"]
    prompt = said(lane, "partner/referral-received", "us", "fax", "en")
    assert "WE STILL NEED: records of the referring office." in prompt.text


@pytest.mark.parametrize(
    ("lane", "script", "locale"),
    [
        ("prior-authorization-status", "priorauth/pending", "es"),
        ("referral-follow-up", "partner/referral-received", "en"),
    ],
)
def test_what_is_ours_to_send_is_in_the_readers_language(
    lane: str, script: str, locale: str
) -> None:
    """Both chases are ours (``us``): word to the patient, and our answer to an office."""
    spanish = PATIENT | {"patient.language": "es"}
    task = a_task(script, "phone", to="us")
    assert prompt_for(starter(), a_case(lane=lane), spanish, task, NOW).locale == locale
