"""Every file under good/ loads in silence; every one under bad/ says what stands beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from laneflow.cli.problems.kinds import KINDS
from laneflow.errors import Problem
from lanes import fixture

GOOD = sorted((fixture.HERE / "good").glob("*.yaml"))
BAD = sorted((fixture.HERE / "bad").glob("*.yaml"))
BAD_PRACTICE = sorted((fixture.HERE / "bad_practice").glob("*.yaml"))


def names(files: list[Path]) -> list[str]:
    return [file.stem for file in files]


def told(problems: list[Problem]) -> str:
    return "".join(f"{problem}\n" for problem in sorted(problems, key=lambda p: p.order))


@pytest.mark.parametrize("file", GOOD, ids=names(GOOD))
def test_a_good_lane_loads_without_a_word(file: Path) -> None:
    lane, problems = fixture.load(file.read_text())
    assert told(problems) == ""
    assert lane is not None
    assert len(lane.hash) == 64


def test_there_are_enough_of_them() -> None:
    assert len(BAD) >= 120
    assert len(GOOD) >= 25


def complete(problem: Problem) -> bool:
    """Whether it says where, what, how to mend it and of which kind it is."""
    place = problem.line > 0 and problem.column > 0 and str(problem).startswith(problem.file)
    return place and bool(problem.what and problem.hint) and problem.code in KINDS


@pytest.mark.parametrize("file", BAD, ids=names(BAD))
def test_a_mistake_in_a_lane_is_told_at_its_place(file: Path) -> None:
    name = f"lanes/{file.stem.replace('_', '-')}.yaml"
    lane, problems = fixture.load(file.read_text(), name)
    assert told(problems) == file.with_suffix(".txt").read_text()
    assert problems
    assert all(map(complete, problems))
    assert (lane is None) == any(problem.severity == "error" for problem in problems)


@pytest.mark.parametrize("file", BAD_PRACTICE, ids=names(BAD_PRACTICE))
def test_a_mistake_in_practice_yaml_is_told_at_its_place(file: Path) -> None:
    base = (fixture.HERE / "practice.yaml").read_text()
    _, problems = fixture.load_practice_text(fixture.complete(file.read_text(), base))
    assert told(problems) == file.with_suffix(".txt").read_text()
    assert all(map(complete, problems))
    assert any(problem.severity == "error" for problem in problems)
