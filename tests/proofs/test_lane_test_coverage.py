"""Which parts of a lane its tests exercise, and which they miss, each at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from calls_practice import LANE, OPENED, loaded_calls, write_calls, write_tests
from laneflow.proofs.lanetests.coverage import Covered, covered
from laneflow.proofs.lanetests.running import run_lane_tests

STARTER = Path(__file__).parents[2]


def cover(folder: Path, *steps: str, lane: str = LANE) -> dict[str, Covered]:
    write_calls(folder, lane)
    loaded = loaded_calls(folder)
    (result,) = run_lane_tests(loaded, write_tests(folder, ("it", *steps)))
    assert result.passed, [str(failure) for failure in result.failures]
    return {row.name: row for row in covered(loaded, set(result.touched))}


def missed(row: Covered) -> list[str]:
    return [f"{part.where.file}:{part.where.line} {part.what}" for part in row.missed]


def test_opening_a_case_exercises_its_beginning_and_nothing_more(tmp_path: Path) -> None:
    found = cover(tmp_path, OPENED)
    assert missed(found["calls"]) == [
        "lanes/calls.yaml:9 the tier urgent when its test holds",
        "lanes/calls.yaml:12 letter: received",
        "lanes/calls.yaml:19 attempt 2 of call, by letter",
        "lanes/calls.yaml:20 call gives up and moves to unreached",
        "lanes/calls.yaml:21 the button symptoms.worsened",
        "lanes/calls.yaml:21 the button patient.declined",
        "lanes/calls.yaml:22 the move to agreed when its test holds",
        "lanes/calls.yaml:23 the status unreached",
        "lanes/calls.yaml:26 the status agreed",
        '''lanes/calls.yaml:29 the built-in escalation overdue of calls, "A task is overdue"''',
        '''lanes/calls.yaml:29 the built-in escalation first_response_late of calls, "The first response is late"''',  # noqa: E501
        '''lanes/calls.yaml:29 the built-in escalation untouched of calls, "Nobody has documented anything for too long"''',  # noqa: E501
        '''lanes/calls.yaml:30 the escalation worse of calls, "Feels worse"''',
        "lanes/calls.yaml:32 closing as completed on visit.completed",
        "lanes/calls.yaml:33 closing as unsuccessful on patient.declined, confirmed by practice manager",  # noqa: E501
        "lanes/calls.yaml:34 closing as cancelled by hand, by practice manager",
    ]
    assert missed(found["practice.yaml"]) == [
        "practice.yaml:19 rung 1 of the ladder standard, nurse",
        "practice.yaml:19 rung 2 of the ladder standard, practice manager",
        "practice.yaml:21 the barrier cost and its task",
    ]


STORY = (
    OPENED,
    "{press: symptoms.worsened}",
    "{after: 5 business hours, resolve: worse, answer: Seen}",
    "{item: letter}",
    "{note: {outcome: no answer, by: phone, barrier: cost}}",
    "{note: {outcome: left message, by: letter}}",
    "{expect: {status: unreached}}",
    "{after: 6 business days, expect: {escalations: {include: [overdue, untouched]}}}",
    "{close: cancelled, as: practice manager, reason: Entered twice}",
    "{event: referral.received, data: {referral.id: r2, referral.urgency: stat}}",
    "{note: {outcome: reached, by: phone}}",
    "{press: patient.declined}",
    "{confirm: 1, reason: Has her own doctor}",
    "{event: referral.received, data: {referral.id: r3}}",
    "{after: 2 business days, expect: {escalations: {include: [first_response_late]}}}",
    "{event: visit.completed, data: {referral.id: r3}}",
)


def test_a_story_that_goes_everywhere_covers_everything(tmp_path: Path) -> None:
    found = cover(tmp_path, *STORY)
    assert {name: missed(row) for name, row in found.items()} == {"calls": [], "practice.yaml": []}
    assert found["calls"].percent == 100


@pytest.mark.parametrize(
    ("more", "steps", "part"),
    [
        (
            "reopens: {on: [patient.called], within: 30 days}\n",
            ("{close: cancelled, as: practice manager, reason: Twice}",
             "{after: 1 days, event: patient.called, case: {referral.id: r1}}"),
            "reopens.on[patient.called]",
        ),
        (
            "again_after: 2 months\n",
            ("{close: cancelled, as: practice manager, reason: Twice}", "{after: 3 months}"),
            "again_after",
        ),
    ],
)  # fmt: skip
def test_cases_that_come_back(tmp_path: Path, more: str, steps: tuple[str, ...], part: str) -> None:
    without = cover(tmp_path, OPENED, steps[0], lane=LANE + more)["calls"].missed
    assert part in {p.name for p in without}
    assert part not in {
        p.name for p in cover(tmp_path, OPENED, *steps, lane=LANE + more)["calls"].missed
    }


def test_an_opening_that_replaces_and_a_needed_item(tmp_path: Path) -> None:
    lane = (
        LANE.replace(
            "opens: [{on: referral.received}]", "opens: [{on: referral.received, if_open: replace}]"
        )
        .replace(
            "from: hospital, due: 2 business days}",
            "from: hospital, when: {referral.urgency: stat}, due: 2 business days,"
            " chase: {every: 1 business day}}",
        )
        .replace("[patient.id, referral.id]", "[patient.id]")
    )
    first = {part.name for part in cover(tmp_path, OPENED, lane=lane)["calls"].missed}
    parts = {"opens[0].if_open", "checklist.letter.missing", "checklist.letter.chase"}
    assert parts <= first
    assert "checklist.letter.not needed" not in first
    steps = (
        "{event: referral.received, data: {referral.id: r2, referral.urgency: stat}}",
        "{done: 'items:hospital'}",
    )
    assert not parts & {
        part.name for part in cover(tmp_path, OPENED, *steps, lane=lane)["calls"].missed
    }


def test_the_starters_own_tests_pass_and_exercise_nearly_all_of_its_lanes() -> None:
    from laneflow.lanes.load import load_practice

    loaded, _ = load_practice(STARTER)
    assert loaded is not None
    results = run_lane_tests(loaded)
    assert [r.name for r in results if not r.passed] == []
    rows = covered(loaded, {key for result in results for key in result.touched})
    assert {row.name: row.percent for row in rows if row.percent < 95} == {}
