"""Each shipped lane, broken in every way that creates silence: no mutant is proven."""

from __future__ import annotations

from collections import Counter

import pytest
from msgspec.structs import replace

from broken_lanes import Broken, broken, shipped, with_lane, with_task
from cast import t
from laneflow.lanes.model import Due, Duration
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


def equivalents() -> list[tuple[str, LoadedPractice]]:
    lane, practice = shipped().lanes["discharge-outreach"], shipped().practice
    nurse = replace(practice.people["nora"], leave=(("2026-12-01", "2026-12-11"),))
    patel = replace(practice.people["patel"], active=False)
    ladder = practice.ladders["clinical"]
    odd = replace(ladder, rungs=(Rung("astronaut", Duration(1, "hours")), *ladder.rungs))
    late = with_task(lane, lane.statuses["unreached"], due=Due(duration=Duration(700, "days")))
    return [
        ("a nurse on leave", with_lane(lane, replace(practice, people={**practice.people, "nora": nurse}))),
        ("nobody on call", with_lane(lane, replace(practice, people={**practice.people, "patel": patel}))),
        ("a rung nobody fills", with_lane(lane, replace(practice, ladders={**practice.ladders, "clinical": odd}))),
        ("a task due in two years: untouched calls", with_lane(late)),
        ("no lane's own escalation", with_lane(replace(lane, escalations=tuple(e for e in lane.escalations if e.builtin)))),
        ("no closes", with_lane(replace(lane, closes=()))),
        ("no checklist", with_lane(replace(lane, checklist=()))),
        ("asleep for a year", with_lane(with_task(lane, lane.statuses["first_call"], start=Due(duration=Duration(12, "months"))))),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "loaded"), equivalents(), ids=[e[0] for e in equivalents()])
def test_what_creates_no_silence_is_proven(name: str, loaded: LoadedPractice) -> None:
    proof = proven(loaded)
    assert proof.holds, proof.failures
