"""What is live runs on, whatever the files say; edits are told, and go live when published."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from laneflow.errors import LaneflowError
from laneflow.work.app import App, open_app
from laneflow.work.clock import HOUR, FixedClock
from laneflow.work.due import tick
from laneflow.work.publishing import propose, publish
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

EDITED = (
    "lanes/calls.yaml: warning: edited, not live yet. See `laneflow plan`, then `laneflow publish`."
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A practice folder with one small lane."""
    shutil.copy(ROOT / "practice.yaml", tmp_path)
    for scripts in ("_base", "barrier", "discharge"):
        shutil.copytree(ROOT / "scripts" / scripts, tmp_path / "scripts" / scripts)
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


def make_live(app: App) -> int:
    return publish(app, propose(app), by="lee", why="because")


def test_the_first_start_publishes_what_it_finds(open_: Open, folder: Path) -> None:
    app = open_()
    live = app.store.live()
    assert {("practice", "practice"), ("lane", "calls"), ("file", FILE)} < set(live)
    assert sum(kind == "script" for kind, _ in live) == len(list(folder.glob("scripts/**/*.j2")))
    (first,) = app.store.releases()
    assert (first.n, first.by, first.why) == (1, "first start", "The first start")
    assert [row["what"] for row in app.store.audited()] == ["publish"]
    again = open_()
    assert (again.store.live(), again.problems, again.release) == (live, [], 1)


def test_an_edit_is_told_and_not_live(open_: Open, folder: Path) -> None:
    app = open_()
    before = app.loaded
    edit(folder, "queue: new", "queue: sent")
    app.look()
    assert (app.follow(), app.loaded, said(app)) == (False, before, [EDITED])
    again = open_()
    assert (again.loaded, said(again)) == (before, [EDITED])
    make_live(app)
    assert app.loaded.lanes["calls"].statuses["first"].queue == "sent"
    assert app.problems == []


def test_a_script_is_live_when_it_is_published(open_: Open, folder: Path) -> None:
    app = open_()
    edit(folder, "{%", "{# words #}{%", "scripts/discharge/first-call.sms.j2")
    (folder / "scripts" / "new.sms.j2").write_text("Hello")
    (folder / "scripts" / "barrier" / "fear.sms.j2").unlink()
    app.look()
    assert [(p.file, p.what) for p in app.problems] == [
        ("scripts/barrier/fear.sms.j2", "deleted, but still live"),
        ("scripts/discharge/first-call.sms.j2", "edited, not live yet"),
        ("scripts/new.sms.j2", "new, not live yet"),
    ]
    scripts = open_().loaded.scripts
    assert scripts is not None
    assert "new.sms.j2" not in scripts
    assert b"{# words #}" not in scripts["discharge/first-call.sms.j2"]
    assert "barrier/fear.sms.j2" in scripts


def test_a_comment_is_no_edit(open_: Open, folder: Path) -> None:
    app = open_()
    (folder / FILE).write_text("# as agreed in March\n" + CALLS)
    app.look()
    assert app.problems == []


def test_a_broken_lane_keeps_running_as_it_was_and_says_why(open_: Open, folder: Path) -> None:
    app = open_()
    edit(folder, "queue: new", "queue: nwe")
    app.look()
    assert any(problem.startswith("lanes/calls.yaml:12:") for problem in said(app))
    assert EDITED in said(app)
    take_in(app, [discharge("p1")])
    assert app.store.counts()["case"] == 1
    with pytest.raises(LaneflowError, match=r"lanes/calls\.yaml:12:"):
        make_live(app)
    assert app.store.released() == 1
    edit(folder, "queue: nwe", "queue: sent")
    assert make_live(app) == 2


def test_a_practice_that_starts_with_a_broken_lane_runs_the_live_one(
    open_: Open, folder: Path
) -> None:
    before = open_().loaded.lanes["calls"]
    (folder / FILE).write_text("title: [")
    app = open_()
    assert app.loaded.lanes["calls"] == before
    assert EDITED in said(app)


def test_a_broken_practice_file_keeps_what_is_live(open_: Open, folder: Path) -> None:
    app = open_()
    edit(folder, "last_resort:", "last_resorts:", "practice.yaml")
    app.look()
    assert app.loaded == open_().loaded
    told = "".join(said(app))
    assert "practice.yaml: warning: edited, not live yet." in told
    assert "last_resorts" in told
    with pytest.raises(LaneflowError, match="last_resorts"):
        make_live(app)


def test_a_first_start_that_loads_nothing_says_every_problem(open_: Open, folder: Path) -> None:
    edit(folder, "last_resort:", "last_resorts:", "practice.yaml")
    with pytest.raises(LaneflowError, match=r"practice\.yaml"):
        open_()


def test_a_first_start_with_a_broken_lane_runs_the_others(open_: Open, folder: Path) -> None:
    (folder / "lanes" / "other.yaml").write_text("title: [")
    app = open_()
    assert list(app.loaded.lanes) == ["calls"]
    assert any(problem.startswith("lanes/other.yaml:") for problem in said(app))
    later = "".join(said(open_()))
    assert "lanes/other.yaml: warning: new, not live yet" in later


def test_a_status_with_open_cases_in_it_cannot_go_unless_it_is_mapped(
    open_: Open, folder: Path, clock: FixedClock
) -> None:
    app = open_()
    take_in(app, [discharge("p1"), discharge("p2")])
    edit(folder, "  first:\n", "  initial:\n")
    with pytest.raises(LaneflowError) as refused:
        make_live(app)
    assert str(refused.value) == (
        'lanes/calls.yaml:2:1 statuses: 2 open cases stand in status "first", which is no longer '
        "there. Say where they go: add `was: [first]` to a status."
    )
    edit(folder, "  initial:\n", "  initial:\n    was: [first]\n")
    make_live(app)
    clock.at += HOUR
    tick(app)
    assert {case.status for case in app.store.cases()} == {"initial"}


def test_publishing_a_lane_decides_its_open_cases_again(
    open_: Open, folder: Path, clock: FixedClock
) -> None:
    app = open_()
    take_in(app, [discharge("p1")])
    edit(folder, *OUT)
    make_live(app)
    clock.at += HOUR
    tick(app)
    (case,) = app.store.cases(open_only=False)
    assert case.closed is not None
    assert case.lane_hash == app.loaded.lanes["calls"].hash
    assert app.store.log(case.id)[-1][0].input[0] == "publish"


def test_what_another_process_published_is_followed_at_the_next_decision(
    open_: Open, folder: Path, clock: FixedClock
) -> None:
    daemon = open_()
    take_in(daemon, [discharge("p1")])
    edit(folder, *OUT)
    make_live(open_())
    clock.at += HOUR
    tick(daemon)
    (case,) = daemon.store.cases(open_only=False)
    assert case.closed is not None
    assert daemon.release == 2
    assert not daemon.follow()


def test_a_lane_cannot_go_while_cases_are_open_in_it(open_: Open, folder: Path) -> None:
    app = open_()
    take_in(app, [discharge("p1")])
    (folder / FILE).rename(folder / "calls.bak")
    app.look()
    assert "lanes/calls.yaml: warning: deleted, but still live. " in "".join(said(app))
    with pytest.raises(LaneflowError, match="the lane is gone, but 1 open case stands in it"):
        make_live(app)
    assert list(open_().loaded.lanes) == ["calls"]


def test_a_lane_without_open_cases_goes_when_published_and_can_come_back(
    open_: Open, folder: Path
) -> None:
    app = open_()
    (folder / FILE).rename(folder / "calls.bak")
    make_live(app)
    assert app.loaded.lanes == open_().loaded.lanes == {}
    (folder / "calls.bak").rename(folder / FILE)
    make_live(app)
    assert list(open_().loaded.lanes) == ["calls"]


def test_what_was_live_before_there_were_releases_stays_live(open_: Open, folder: Path) -> None:
    was = open_()
    was.store.close()
    database = folder / ".laneflow" / "laneflow.sqlite3"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM laneflow_release")
        connection.execute("DELETE FROM laneflow_meta WHERE name = 'release'")
        connection.execute("DELETE FROM laneflow_version WHERE kind NOT IN ('practice', 'lane')")
    edit(folder, "queue: new", "queue: sent")
    app = open_()
    assert app.loaded.lanes == was.loaded.lanes
    assert app.loaded.scripts == was.loaded.scripts
    assert said(open_()) == [EDITED]
