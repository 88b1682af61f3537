"""What may go live: a broken edit never stops the practice, and no open case loses its status."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from laneflow.errors import LaneflowError
from laneflow.work.app import App, open_app
from laneflow.work.clock import HOUR, FixedClock
from laneflow.work.due import tick
from laneflow.work.take_in import take_in

from .conftest import discharge

ROOT = Path(__file__).parents[2]
FILE = "lanes/calls.yaml"

CALLS = """
title: Calls
purpose: Everyone sent home is called.
facts:
  encounter.id: {type: text}
opens: [{on: encounter.discharged}]
one_case_per: [patient.id]
owner: {role: care coordinator}
backup: {role: front desk lead}
statuses:
  first:
    queue: new
    task: {do: Call, due: 1 business day, attempts: [{by: phone}], after_last: second}
  second:
    queue: needs patient action
    task: {do: Decide, due: 1 business day, every: 5 business days}
closes: [{as: completed, on: visit.completed}]
"""

OUT = ("as: completed, on: visit.completed", "as: cancelled, when: {status: first}, reason: No")
"""An edit that closes every case at once."""

Open = Callable[[], App]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A practice folder with one small lane."""
    shutil.copy(ROOT / "practice.yaml", tmp_path)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "lanes").mkdir()
    (tmp_path / FILE).write_text(CALLS)
    return tmp_path


@pytest.fixture
def open_(folder: Path, clock: FixedClock) -> Open:
    """Opens the folder's app, as each process would."""
    return lambda: open_app(folder, clock=clock)


def edit(folder: Path, old: str, new: str, file: str = FILE) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def said(app: App) -> list[str]:
    return [str(problem) for problem in app.problems]


def test_the_files_go_live_on_opening_and_opening_again_changes_nothing(open_: Open) -> None:
    app = open_()
    live = app.store.live()
    assert set(live) == {("practice", "practice"), ("lane", "calls")}
    again = open_()
    assert (again.store.live(), again.problems) == (live, [])
    assert again.reload() == []


def test_a_broken_lane_keeps_its_last_good_version_and_says_so(open_: Open, folder: Path) -> None:
    app = open_()
    edit(folder, "queue: new", "queue: nwe")
    assert app.reload() == []
    assert any(problem.startswith("lanes/calls.yaml:12:") for problem in said(app))
    assert "lanes/calls.yaml: warning: its last good version keeps running. " in "".join(said(app))
    take_in(app, [discharge("p1")])
    assert app.store.counts()["case"] == 1
    edit(folder, "queue: nwe", "queue: sent")
    assert app.reload() == ["calls"]
    assert app.problems == []


def test_a_practice_that_starts_with_a_broken_lane_runs_the_last_good_one(
    open_: Open, folder: Path
) -> None:
    before = open_().loaded.lanes["calls"]
    (folder / FILE).write_text("title: [")
    app = open_()
    assert app.loaded.lanes["calls"] == before
    assert any("last good version" in problem for problem in said(app))


def test_a_broken_practice_file_keeps_the_whole_last_good_practice(
    open_: Open, folder: Path
) -> None:
    app = open_()
    before = app.loaded
    edit(folder, "last_resort:", "last_resorts:", "practice.yaml")
    assert app.reload() == []
    assert app.loaded == before == open_().loaded
    assert "practice.yaml: warning: the last good practice keeps running. " in "".join(said(app))


def test_a_first_start_that_loads_nothing_says_every_problem(open_: Open, folder: Path) -> None:
    edit(folder, "last_resort:", "last_resorts:", "practice.yaml")
    with pytest.raises(LaneflowError, match=r"practice\.yaml"):
        open_()


def test_a_status_with_open_cases_in_it_cannot_go_unless_it_is_mapped(
    open_: Open, folder: Path, clock: FixedClock
) -> None:
    app = open_()
    take_in(app, [discharge("p1"), discharge("p2")])
    edit(folder, "  first:\n", "  initial:\n")
    assert app.reload() == []
    (refused,) = said(app)
    assert refused == (
        'lanes/calls.yaml statuses: 2 open cases stand in status "first", which is no longer '
        "there. Say where they go: add `was: [first]` to a status. The last good version runs on."
    )
    edit(folder, "  initial:\n", "  initial:\n    was: [first]\n")
    assert app.reload() == ["calls"]
    clock.at += HOUR
    tick(app)
    assert {case.status for case in app.store.cases()} == {"initial"}
    assert app.problems == []


def test_publishing_a_lane_decides_its_open_cases_again(
    open_: Open, folder: Path, clock: FixedClock
) -> None:
    app = open_()
    take_in(app, [discharge("p1")])
    edit(folder, *OUT)
    app.reload()
    clock.at += HOUR
    tick(app)
    (case,) = app.store.cases(open_only=False)
    assert case.closed is not None
    assert case.lane_hash == app.loaded.lanes["calls"].hash
    assert app.store.log(case.id)[-1][0].input[0] == "publish"


def test_what_another_process_published_is_decided_again_here_too(
    open_: Open, folder: Path, clock: FixedClock
) -> None:
    daemon = open_()
    take_in(daemon, [discharge("p1")])
    edit(folder, *OUT)
    open_()
    clock.at += HOUR
    tick(daemon)
    assert daemon.reload() == ["calls"]
    tick(daemon)
    (case,) = daemon.store.cases(open_only=False)
    assert case.closed is not None


def test_a_worker_follows_what_a_daemon_has_published(open_: Open, folder: Path) -> None:
    worker = open_()
    assert not worker.follow()
    edit(folder, "queue: new", "queue: sent")
    daemon = open_()
    assert worker.follow()
    assert worker.loaded == daemon.loaded
    assert not worker.follow()


def test_a_lane_whose_file_is_gone_runs_on_while_cases_are_open_in_it(
    open_: Open, folder: Path
) -> None:
    app = open_()
    take_in(app, [discharge("p1")])
    (folder / FILE).rename(folder / "calls.bak")
    assert app.reload() == []
    assert "the file is gone, but 1 open cases are in this lane" in said(app)[-1]
    assert list(open_().loaded.lanes) == ["calls"]


def test_a_lane_without_open_cases_goes_with_its_file_and_can_come_back(
    open_: Open, folder: Path
) -> None:
    app = open_()
    (folder / FILE).rename(folder / "calls.bak")
    assert app.reload() == ["calls"]
    assert app.loaded.lanes == open_().loaded.lanes == {}
    (folder / "calls.bak").rename(folder / FILE)
    assert app.reload() == ["calls"]
    assert open_().store.live().keys() == {("practice", "practice"), ("lane", "calls")}


def test_a_last_good_lane_that_needs_the_old_practice_keeps_that_too(
    open_: Open, folder: Path
) -> None:
    app = open_()
    before = app.loaded
    (folder / FILE).write_text("title: [")
    edit(folder, "tiers: [urgent,", "tiers: [now, urgent,", "practice.yaml")
    app.reload()
    assert app.loaded == before
    assert "last good version of lane calls needs the old practice.yaml" in "".join(said(app))
