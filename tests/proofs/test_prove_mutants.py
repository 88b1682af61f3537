"""Each shipped lane, broken in every way that creates silence: no mutant is proven."""

from __future__ import annotations

from collections import Counter

import pytest
from msgspec.structs import replace

from broken_lanes import Broken, broken, shipped, with_lane, with_task
from cast import t
from laneflow.lanes.model import Barrier, Due, Duration
from laneflow.practice.model import LoadedPractice, Rung
from laneflow.proofs.prove import LaneProof, prove

START = t("2026-11-22 00:00")
MUTANTS = broken()


def proven(loaded: LoadedPractice, *, stories: bool = False) -> LaneProof:
    [proof] = prove(loaded, START, days=30, stories=stories)
    return proof


def first_of_each_kind() -> list[Broken]:
    return list({mutant.code: mutant for mutant in reversed(MUTANTS)}.values())


def test_there_are_enough_mutants_of_every_kind() -> None:
    codes = Counter(mutant.code for mutant in MUTANTS)
    assert len(MUTANTS) >= 400
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert set(codes) == {
        "no-status", "no-place", "no-ladder", "no-date", "endless", "long-sleep", "no-time",
        "too-long", "circle", "no-overdue", "no-first_response_late", "no-untouched", "no-window",
        "last-resort", "no-rungs", "nobody-there", "no-owner", "no-backup", "one-person", "closed",
    }  # fmt: skip
    assert {mutant.lane for mutant in MUTANTS} == set(shipped().lanes)


def test_the_shipped_lanes_are_proven() -> None:
    for proof in prove(shipped(), START):
        assert proof.holds, (proof.lane, proof.failures)
        assert set(proof.worst) == set(shipped().practice.tiers)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_no_mutant_is_proven(mutant: Broken) -> None:
    proof = proven(mutant.loaded)
    assert not proof.holds
    found = {failure.code: failure for failure in proof.failures}
    assert mutant.code in found, found
    assert found[mutant.code].what
    assert found[mutant.code].hint


@pytest.mark.parametrize("mutant", first_of_each_kind(), ids=lambda mutant: mutant.code)
def test_each_kind_of_failure_is_played_or_says_why_not(mutant: Broken) -> None:
    failure = next(f for f in proven(mutant.loaded, stories=True).failures if f.code == mutant.code)
    assert failure.outcome
    unplayable = {"no-time", "no-place", "closed"}
    assert bool(failure.story) or mutant.code in unplayable or "one case can be" in failure.outcome


def story_of(name: str, code: str) -> list[str]:
    mutant = next(m for m in MUTANTS if m.name == name)
    failure = next(f for f in proven(mutant.loaded, stories=True).failures if f.code == code)
    return [*(f"{line.at[:16]} {line.what}" for line in failure.story), failure.outcome]


# what creates no silence ----------------------------------------------------------------------


LANE = shipped().lanes["discharge-outreach"]
PRACTICE = shipped().practice


def with_people(**changed: dict[str, object]) -> LoadedPractice:
    new = {name: replace(PRACTICE.people[name], **how) for name, how in changed.items()}
    return with_lane(LANE, replace(PRACTICE, people={**PRACTICE.people, **new}))


def equivalents() -> dict[str, LoadedPractice]:
    ladder = PRACTICE.ladders["clinical"]
    odd = replace(ladder, rungs=(Rung("astronaut", Duration(1, "hours")), *ladder.rungs))
    ladders = {**PRACTICE.ladders, "clinical": odd}
    first, unreached = LANE.statuses["first_call"], LANE.statuses["unreached"]
    mine = tuple(rule for rule in LANE.escalations if rule.builtin)
    return {
        "a nurse on leave": with_people(nora={"leave": (("2026-12-01", "2026-12-11"),)}),
        "nobody on call": with_people(patel={"active": False}),
        "the last resort on leave": with_people(lee={"leave": (("2026-12-01", "2026-12-11"),)}),
        "a rung nobody fills": with_lane(LANE, replace(PRACTICE, ladders=ladders)),
        "a task due in two years: untouched calls": with_lane(
            with_task(LANE, unreached, due=Due(duration=Duration(700, "days")))
        ),
        "asleep for a year": with_lane(
            with_task(LANE, first, start=Due(duration=Duration(12, "months")))
        ),
        "no escalation of its own": with_lane(replace(LANE, escalations=mine)),
        "a ladder that is not there: the practice's own is climbed": with_lane(
            replace(LANE, escalations=tuple(replace(r, ladder="x") for r in LANE.escalations))
        ),
        "a window that is not there: due on the next business day": with_lane(
            with_task(LANE, first, due=Due(window="x"))
        ),
        "a barrier's task without a date": with_lane(replace(LANE, barriers=dateless())),
        "a round that begins again at once": with_lane(
            with_task(LANE, first, every=Duration(0, "days"))
        ),
        "no closes": with_lane(replace(LANE, closes=())),
        "no checklist": with_lane(replace(LANE, checklist=())),
    }


def dateless() -> dict[str, Barrier]:
    return {
        name: replace(barrier, task=barrier.task and replace(barrier.task, due=Due()))
        for name, barrier in LANE.barriers.items()
    }


@pytest.mark.parametrize("loaded", equivalents().values(), ids=equivalents())
def test_what_creates_no_silence_is_proven(loaded: LoadedPractice) -> None:
    proof = proven(loaded)
    assert proof.holds, proof.failures


def hours(proof: LaneProof, tier: str, kind: str) -> float:
    return proof.kinds[tier][kind].lasts / 3_600_000


def test_the_longest_waits_of_a_shipped_lane_worked_by_hand() -> None:
    """Thirty days from 2026-11-22; Thanksgiving is Thursday the 26th, the 24th of December closed.

    Untouched, high: the first moment of Tuesday 2026-12-22, the horizon's end, leads over the 23rd,
    28th, 29th, 30th and 31st to closing, told on Monday 2027-01-04 at 08:00, for the 1st is a
    holiday: 13 days 8 hours. Urgent is told at closing: from the first moment of Thursday the 17th
    five business days (18, 21, 22, 23, 28) end on the 28th at 17:00: 11 days 17 hours.
    """
    [proof] = prove(with_lane(LANE), START, days=30)
    assert hours(proof, "high", "untouched") == 13 * 24 + 8
    assert hours(proof, "urgent", "untouched") == 11 * 24 + 17
    # unreached, every 4 business days, from the 18th's first moment: 21, 22, 23, 28.
    assert hours(proof, "urgent", "task") == 10 * 24 + 17
    # The provider has a business day: told on Wednesday the 25th at 08:00, with Thanksgiving in
    # between, until Friday's closing; the next is told on Monday the 30th at 08:00: 5 days. (What
    # is told on December 22nd at 08:00 is told after the horizon's end.)
    assert hours(proof, "high", "ladder") == 5 * 24
    assert proof.worst["high"].kind == "untouched"


def test_a_longer_window_is_proven_and_waits_longer() -> None:
    [before] = prove(with_lane(LANE), START, days=30)
    slower = replace(LANE, untouched=Duration(6, "business days"))
    [after] = prove(with_lane(slower), START, days=30)
    assert after.holds
    assert after.worst["high"].lasts > before.worst["high"].lasts


# what is told ------------------------------------------------------------------------------------


def test_without_untouched_a_case_waved_through_is_forgotten() -> None:
    *lines, outcome = story_of("discharge-outreach: without untouched", "no-untouched")
    assert lines[0].startswith("2026-11-23T08:00 encounter.discharged (")
    assert (
        '2026-11-24T17:00 "overdue" is told to the front desk lead on Wed 25 Nov 2026 08:00 EST'
        in (lines)
    )
    assert "2026-11-25T09:00 resolve: overdue" in lines
    assert outcome == (
        "After Mon 7 Dec 2026 08:00 EST nobody is called: no date of it will call anybody."
    )


def test_when_everybody_is_away_an_escalation_falls_to_nobody() -> None:
    name = "practice: everybody is away from 2026-11-25"
    *_, outcome = story_of(name, "nobody-there")
    assert outcome == (
        'On Wed 25 Nov 2026 08:00 EST "hospital_silent" falls to Jordan Lee and Dr. Asha Patel, '
        "who cannot be reached."
    )


def test_a_circle_is_gone_round_by_the_engine() -> None:
    *_, outcome = story_of("referral-follow-up: booked goes round", "circle")
    assert outcome.startswith("The engine gives up after 4,096 moves at one instant")
