"""``laneflow prove`` as a manager meets it: the table, the details, the failure with its story."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from laneflow.cli import main
from laneflow.practice.zones import DAY, HOUR, MINUTE
from laneflow.proofs.prove.words import how_long

ROOT = Path(__file__).parents[2]
FROM = ["--from", "2026-11-22"]


@pytest.fixture
def practice(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "practice.yaml", tmp_path)
    for name in ("lanes", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def edit(practice: Path, old: str, new: str) -> None:
    file = practice / "practice.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_every_lane_and_tier_has_its_longest_wait(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--practice", str(ROOT), "prove", *FROM]) == 0
    told = capsys.readouterr().out
    assert "Proven for 8 lanes: no case of theirs can be forgotten." in told
    assert "13 days 8 h" in told
    assert "New Year's Day 01-01" in told
    assert "sleeps until 30 days before recall.due, at most 24 months" in told.replace("\n", " ")


def test_one_lane_tells_each_kind_of_wait(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--practice", str(ROOT), "prove", "discharge-outreach", *FROM]) == 0
    told = capsys.readouterr().out
    for kind in ("a task is missed", "a rung does not answer", "nobody documents anything"):
        assert kind in told
    assert "Proven for 1 lane: its cases cannot be forgotten." in told


def test_json_says_when_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--practice", str(ROOT), "prove", "preventive-recall", *FROM, "--json"]
    assert main(asked) == 0
    [lane] = json.loads(capsys.readouterr().out)
    assert lane["holds"] is True
    assert lane["worst"]["routine"]["minutes"] == (24 * 24 + 8) * 60
    assert lane["worst"]["routine"]["since"] == "2026-12-11T00:00-05:00"


def test_a_week_without_anybody_is_not_proven(
    practice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("lee", "patel"):
        edit(practice, f"  {name}:\n", f"  {name}:\n    call_off: [2026-12-02]\n")
    assert main(["--practice", str(practice), "prove", *FROM]) == 1
    told = capsys.readouterr()
    assert "7 of 8" not in told.err
    assert "8 of 8 lanes could not be proven." in told.err
    assert "Jordan Lee and Dr. Asha Patel are away" in told.out
    assert "encounter.discharged" in told.out, "a story is told"
    assert "who cannot be reached" in told.out


def test_a_lane_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--practice", str(ROOT), "prove", "preventive-recal"]) == 1
    assert 'Did you mean "preventive-recall"?' in capsys.readouterr().err


def test_a_lane_that_cannot_be_read_keeps_no_other_from_being_proven(
    practice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (practice / "lanes" / "preventive-recall.yaml").write_text("# soon\n")
    assert main(["--practice", str(practice), "prove", *FROM]) == 1
    told = capsys.readouterr()
    assert "Proven for 7 lanes" in told.out
    assert told.err == (
        "Not looked at: lanes/preventive-recall.yaml:1:1: the file is empty. "
        "See the starter practice for one to begin with.\n"
    )
    assert main(["--practice", str(practice), "prove", "discharge-outreach", *FROM]) == 0
    assert capsys.readouterr().err == ""
    assert main(["--practice", str(practice), "prove", "preventive-recall", *FROM]) == 1
    assert "the file is empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lasts", "said"),
    [
        (0, "at once"),
        (1, "1 min"),
        (HOUR, "1 h"),
        (DAY + 90 * MINUTE, "1 day 1 h 30 min"),
        (3 * DAY, "3 days"),
    ],
)
def test_how_long(lasts: int, said: str) -> None:
    assert how_long(lasts) == said
