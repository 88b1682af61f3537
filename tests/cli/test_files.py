"""Files that commands write: what cannot be written is said before the long work, not after."""

from __future__ import annotations

import os
from contextlib import ExitStack
from unittest import mock

import pytest

from .conftest import Laneflow

LONG = (
    "laneflow.proofs.simulate.playing.simulate",
    "laneflow.work.replaying.replay",
    "laneflow.proofs.lanetests.running.run_lane_tests",
    "laneflow.outreach.lint.linting.lint_scripts",
)


@pytest.mark.parametrize(
    ("command", "file", "why"),
    [
        ("simulate --csv", "nowhere/out.csv", "no such file or directory"),
        ("simulate --chart", "nowhere/out.svg", "no such file or directory"),
        ("replay --csv", "nowhere/out.csv", "no such file or directory"),
        ("test --junit", "practice.yaml/out.xml", "not a directory"),
        ("scripts preview --html", "practice.yaml/scripts.html", "not a directory"),
        ("lane show preventive-recall -o", "nowhere/out.svg", "no such file or directory"),
    ],
)
def test_what_cannot_be_written_is_said_at_once(
    practice: Laneflow, command: str, file: str, why: str
) -> None:
    with ExitStack() as stack:
        for name in LONG:
            stack.enter_context(mock.patch(name, side_effect=AssertionError("long work")))
        answer = practice(*command.split(), file)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"{file}: cannot be written: {why}. Name another file.\n"


def test_a_file_nobody_may_write_is_said_at_once(practice: Laneflow) -> None:
    with mock.patch("os.access", side_effect=lambda _, mode: mode != os.W_OK):
        answer = practice("simulate", "--csv", "out.csv")
    assert answer.code == 1
    assert answer.err == "out.csv: cannot be written: permission denied. Name another file.\n"


def test_looking_leaves_no_file_behind(practice: Laneflow) -> None:
    answer = practice("replay", "--csv", "out.csv")  # nothing has happened yet
    assert answer.code == 1
    assert not (practice.folder / "out.csv").exists()
