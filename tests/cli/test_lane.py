"""``laneflow lane``: listed, as a page, as a picture."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from cli.conftest import Laneflow


def test_the_lanes_are_listed(practice: Laneflow) -> None:
    rows = practice.well("lane", "list", "--json").json
    assert len(rows) == 8
    assert {"lane", "title", "owner", "backup", "opens"} <= rows[0].keys()
    assert "preventive-recall" in practice.well("lane", "list").out


def test_a_lane_is_shown_with_its_lines(practice: Laneflow) -> None:
    shown = practice.well("lane", "show", "discharge-outreach").out
    file = (practice.folder / "lanes" / "discharge-outreach.yaml").read_text("utf-8").splitlines()
    line = next(n for n, text in enumerate(file, 1) if "- {to: seen, on: visit.completed}" in text)
    assert f"{line:>5}  to seen: on visit.completed\n" in shown
    assert "owner" in practice.well("lane", "show", "discharge-outreach", "--json").json


def test_a_picture_is_written(practice: Laneflow) -> None:
    assert practice.well("lane", "show", "preventive-recall", "--diagram").out.startswith(
        "flowchart"
    )
    practice.well("lane", "show", "preventive-recall", "-o", "recall.svg")
    root = ElementTree.parse(practice.folder / "recall.svg").getroot()
    assert root.tag.endswith("svg")


def test_a_lane_that_is_not_there(practice: Laneflow) -> None:
    answer = practice("lane", "show", "discharge-outreech")
    assert answer.code == 1
    assert answer.err == (
        'lane: there is no lane "discharge-outreech". Did you mean "discharge-outreach"?\n'
    )


def test_a_file_that_cannot_be_written(practice: Laneflow) -> None:
    answer = practice("lane", "show", "preventive-recall", "-o", "nowhere/recall.svg")
    assert answer.code == 1
    assert "nowhere/recall.svg: cannot be written" in answer.err


def test_a_broken_lane_does_not_hide_the_others(practice: Laneflow) -> None:
    (practice.folder / "lanes" / "preventive-recall.yaml").write_text("title: [\n")
    answer = practice("lane", "show", "discharge-outreach")
    assert answer.code == 0
    assert "lanes/preventive-recall.yaml:" in answer.err


def test_a_new_lane_is_in_order_and_its_tests_pass(practice: Laneflow) -> None:
    said = practice.well("lane", "new", "ear-check", "--on", "visit.completed", "--owner", "nurse")
    assert "lanes/ear-check.yaml" in said.out
    checked = practice.well("check")
    assert checked.err == ""
    assert "9 lanes" in checked.out
    assert "2 passed, 0 failed" in practice.well("test", "lanes/tests/ear-check.yaml").out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["Ear/check", "--on", "visit.completed"], '"Ear/check" cannot name a lane'),
        (["ear", "--on", "visit.complted"], 'Did you mean "visit.completed"?'),
        (["ear", "--on", "visit.completed", "--owner", "nurze"], 'Did you mean "nurse"?'),
        (["preventive-recall", "--on", "visit.completed"], "is there already"),
    ],
)
def test_a_new_lane_that_cannot_be(practice: Laneflow, args: list[str], said: str) -> None:
    before = sorted(practice.folder.rglob("*"))
    answer = practice("lane", "new", *args)
    assert answer.code == 1
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert sorted(practice.folder.rglob("*")) == before
