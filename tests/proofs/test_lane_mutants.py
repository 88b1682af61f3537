"""Lanes changed in small ways: what they are, that each kind can be noticed, and who notices."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from calls_practice import LANE, OPENED, loaded_calls, write_calls, write_tests
from laneflow.lanes.load import load_practice
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.lanetests.mutants import mutants
from laneflow.proofs.lanetests.mutants.trial import Tried, drawn, try_mutants
from laneflow.proofs.lanetests.running import TestResult, run_lane_tests

STARTER = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def starter() -> tuple[LoadedPractice, list[TestResult]]:
    loaded, _ = load_practice(STARTER)
    assert loaded is not None
    return loaded, run_lane_tests(loaded)


def tried(folder: Path, *tests: tuple[str, ...], lane: str = LANE) -> list[Tried]:
    write_calls(folder, lane)
    loaded = loaded_calls(folder)
    files = [write_tests(folder, *tests)]
    results = run_lane_tests(loaded, files)
    assert all(result.passed for result in results), results
    return try_mutants(loaded, results, drawn(loaded), files=files)


def test_every_change_of_a_little_lane_in_words_and_at_its_line(tmp_path: Path) -> None:
    write_calls(tmp_path)
    loaded = loaded_calls(tmp_path)
    assert all(mutant.loaded != loaded for mutant in mutants(loaded))
    found = [f"{m.where.line} {m.what}" for m in mutants(loaded) if m.lane]
    assert found == [
        "6 referral.received opens no case",
        "9 the tier urgent is asked after routine",
        "10 the window first_attempt is 2 business days instead of 1 business day",
        "10 the window visit is 28 days instead of 14 days",
        "30 calls has no escalation worse",
        "30 worse does not pause outreach in calls",
        "22 there is no move to agreed (statuses.call.moves[0])",
        "32 nothing closes as completed on visit.completed (closes[0])",
        "32 closes[0] closes as cancelled, not completed",
        "33 nothing closes as unsuccessful on patient.declined (closes[1])",
        "33 closes[1] closes as cancelled, not unsuccessful",
        "33 closes[1] asks nobody",
        "33 closes[1] asks the coordinator, not the practice manager",
        "34 nothing closes as cancelled by hand (closes[2])",
        "34 closes[2] closes as completed, not cancelled",
        "1 calls may be untouched for 10 business days instead of 5 business days",
        "1 the owner of calls is a nurse, not a coordinator",
        "1 the backup of calls is a nurse, not a desk",
        "20 call has nowhere to go after its last attempt",
        "19 attempt 1 of call, by phone, is left out",
        "19 attempt 2 of call, by letter, comes after 2 business days instead of 1 business day",
        "19 attempt 2 of call, by letter, is left out",
        "25 the task of unreached is the owner's, not the nurse's",
        "25 the task of unreached is due after 2 business days instead of 1 business day",
        "25 unreached comes round every 4 business days instead of 2 business days",
        "28 the task of agreed is due after 4 business days instead of 2 business days",
        "28 agreed comes round every 4 business days instead of 2 business days",
        "12 nobody asks for letter",
        "12 letter: due after 4 business days instead of 2 business days",
    ]


def test_what_no_test_exercises_nothing_notices(tmp_path: Path) -> None:
    """One test that only opens a case and looks at its status notices only what undoes that."""
    found = tried(tmp_path, ("opened", OPENED, "{expect: {cases: 1, status: call}}"))
    assert {one.what for one in found if not one.survived} == {"referral.received opens no case"}
    assert {one.noticed_by for one in found} == {"", "opened"}


@pytest.mark.parametrize(
    ("expect", "what"),
    [
        ("windows: {visit: 2026-09-18 17:00}", "the window visit is 28 days instead of 14 days"),
        ("owner: coordinator", "the owner of calls is a nurse, not a coordinator"),
        ("checklist: {letter: missing}", "nobody asks for letter"),
        ("task: {by: phone}", "attempt 1 of call, by phone, is left out"),
    ],
)
def test_one_more_expectation_notices_one_more_change(
    tmp_path: Path, expect: str, what: str
) -> None:
    found = {
        one.what: one for one in tried(tmp_path, ("opened", OPENED, f"{{expect: {{{expect}}}}}"))
    }
    assert found[what].noticed_by == "opened"


def test_every_kind_of_change_is_noticed_by_a_fitting_test(
    starter: tuple[LoadedPractice, list[TestResult]],
) -> None:
    """The starter practice has every kind; of each kind some are tried, and tests notice them."""
    loaded, results = starter
    of_kind: dict[str, list[int]] = defaultdict(list)
    for number, mutant in enumerate(mutants(loaded)):
        of_kind[mutant.kind].append(number)
    chosen = sorted(number for numbers in of_kind.values() for number in numbers[:2])
    found = try_mutants(loaded, results, chosen)
    assert {one.kind for one in found if not one.survived} == set(of_kind)
    assert set(of_kind) == {
        "after the last", "again after", "answer's time", "attempt's gap", "chasing",
        "drop attempt", "drop close", "drop escalation", "drop item", "drop move", "drop opening",
        "drop reopening", "drop rung", "drop task", "due date", "kind order", "ladder", "limit",
        "no asking why", "no confirming", "no pause", "no replacing", "no sleep",
        "no standing back", "no waiting", "not at once", "not done by", "outcome", "reason", "role",
        "round", "rung's time", "tier order", "untouched", "window",
    }  # fmt: skip


def test_a_mutant_is_the_same_practice_but_for_one_thing(
    starter: tuple[LoadedPractice, list[TestResult]],
) -> None:
    loaded, _ = starter
    for mutant in mutants(loaded):
        assert mutant.loaded != loaded, mutant.what
        if mutant.lane:
            others = {k: v for k, v in mutant.loaded.lanes.items() if k != mutant.lane}
            assert others == {k: v for k, v in loaded.lanes.items() if k != mutant.lane}
            assert mutant.loaded.practice == loaded.practice


def test_a_draw_is_the_same_for_the_same_seed(
    starter: tuple[LoadedPractice, list[TestResult]],
) -> None:
    loaded, _ = starter
    assert drawn(loaded, most=10, seed=4) == drawn(loaded, most=10, seed=4)
    assert drawn(loaded, most=10, seed=4) != drawn(loaded, most=10, seed=5)
    lane = frozenset({"preventive-recall"})
    everything = mutants(loaded)
    assert {everything[n].lane for n in drawn(loaded, lane)} == set(lane)


def test_several_processes_say_what_one_says(
    starter: tuple[LoadedPractice, list[TestResult]],
) -> None:
    loaded, results = starter
    chosen = drawn(loaded, most=30, seed=1)
    told: list[Tried] = []
    shared = try_mutants(loaded, results, chosen, processes=2, done=told.append)
    assert shared == try_mutants(loaded, results, chosen)
    assert sorted(told, key=shared.index) == shared
