"""Publishing and rolling back: whole, with who and why; refused where it would do harm."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from laneflow.errors import LaneflowError
from laneflow.proofs.plan import differences
from laneflow.proofs.plan.effects import CLOSED, CONTACTED, MOVED, OWNED, TIMED, WORDS
from laneflow.work.actions import act
from laneflow.work.app import App, open_app
from laneflow.work.bringing import bring_back, write_files
from laneflow.work.clock import HOUR, FixedClock
from laneflow.work.due import tick
from laneflow.work.planning import plan, read_edited
from laneflow.work.publishing import LIMIT, TESTS, former, propose, publish, rollback
from laneflow.work.take_in import take_in

from .conftest import discharge

ROOT = Path(__file__).parents[2]
FILE = "lanes/calls.yaml"

CALLS = """\
title: Calls
purpose: Everyone sent home is called.
facts:
  encounter.id: {type: text}
opens: [{on: encounter.discharged}]
one_case_per: [patient.id]
priority: [{tier: routine}]
windows:
  first_contact:
    {urgent: 1 business day, high: 2 business days, routine: 3 business days, norm: none}
owner: {role: care coordinator}
backup: {role: front desk lead}
statuses:
  first:
    queue: new
    task:
      do: Call {{ patient.first_name }}
      script: hello
      due: 2 business days
      attempts: [{by: phone}]
      after_last: second
  second:
    queue: needs patient action
    task: {do: Decide, due: 1 business day, every: 5 business days}
closes: [{as: completed, on: visit.completed}]
"""

HELLO = """\
{% extends "_base/phone.j2" %}
{% block reason %}I call about your stay{% endblock %}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A practice with one small lane and one script on the shipped base."""
    shutil.copy(ROOT / "practice.yaml", tmp_path)
    for scripts in ("_base", "barrier"):
        shutil.copytree(ROOT / "scripts" / scripts, tmp_path / "scripts" / scripts)
    (tmp_path / "scripts" / "hello.phone.j2").write_text(HELLO)
    (tmp_path / "lanes").mkdir()
    (tmp_path / FILE).write_text(CALLS)
    return tmp_path


@pytest.fixture
def app(folder: Path, clock: FixedClock) -> App:
    """The practice at work, with three patients sent home at ten on Friday."""
    app = open_app(folder, clock=clock)
    facts = {"patient.first_name": "Rosa", "patient.last_name": "Diaz"}
    take_in(app, [discharge(f"p{n}", **facts) for n in range(3)])
    return app


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the scripts' words are good is asked in tests of their own."""
    monkeypatch.setattr("laneflow.work.publishing.look_over", lambda folder, edited: (
        [problem for problem in edited.problems if problem.severity == "error"], []
    ))  # fmt: skip


def edit(app: App, old: str, new: str, file: str = FILE) -> None:
    text = (app.folder / file).read_text()
    assert old in text
    (app.folder / file).write_text(text.replace(old, new))


def planned(app: App) -> dict[tuple[str, str], int]:
    """(kind, what) -> how many cases."""
    found = plan(app, read_edited(app.folder))
    return {(group.kind, group.what): group.cases for group in found.groups}


def go_live(app: App, why: str = "as agreed") -> int:
    return publish(app, propose(app), by="lee", why=why)


def dates(app: App) -> dict[str, tuple[object, ...]]:
    """What each case stands at: status, owner, when its task is due, its windows."""
    return {
        case.id: (case.status, case.owner, case.task and case.task.due.at, case.windows)
        for case in app.store.cases()
    }


# what the plan says -----------------------------------------------------------------------------


def test_an_unedited_practice_has_an_empty_plan(app: App) -> None:
    found = plan(app, read_edited(app.folder))
    assert (found.empty, found.lanes, found.looked_at) == (True, (), 0)


def test_a_shorter_window_is_told_with_its_line_and_its_cases(app: App) -> None:
    edit(app, "routine: 3 business days", "routine: 1 business day")
    edited = read_edited(app.folder)
    (said,) = map(str, differences(app.loaded, edited.loaded))
    assert said == (
        "lanes/calls.yaml:9 windows.first_contact routine: 3 business days -> 1 business day"
    )
    found = plan(app, edited)
    (group,) = found.groups
    assert (group.kind, group.what, group.cases) == (TIMED, "window first_contact, sooner", 3)
    assert (found.looked_at, found.touched, found.escalated, found.contacted) == (3, 3, 0, 0)
    assert {effect.case for effect in group.examples} == {case.id for case in app.store.cases()}


def test_every_kind_of_effect_of_one_edit(app: App) -> None:
    edit(app, "  first:\n", "  start:\n    was: [first]\n")
    edit(app, "closes:", "escalations: [{id: rush, text: Rush, when: {tier: routine}}]\ncloses:")
    assert planned(app) == {
        (MOVED, "status: first -> start"): 3,
        ("escalated", "Rush: told front desk lead"): 3,
    }


def test_a_close_that_applies_at_once_is_told(app: App) -> None:
    edit(
        app,
        "as: completed, on: visit.completed",
        "as: cancelled, when: {status: first}, reason: Over",
    )
    assert planned(app) == {(CLOSED, "first -> closed (cancelled, Over)"): 3}
    found = propose(app)
    assert not found.refusals


def test_somebody_who_leaves_hands_their_cases_on(app: App) -> None:
    edit(
        app,
        "    roles: [care coordinator]\n    works: {main",
        "    roles: [care coordinator]\n    active: false\n    works: {main",
        "practice.yaml",
    )
    told = planned(app)
    owners = {what for kind, what in told if kind == OWNED}
    assert owners == {"owner ana -> ben"}, told


def test_a_date_that_has_passed_by_the_edit_is_a_contact_at_once(
    app: App, clock: FixedClock
) -> None:
    edit(app, "due: 2 business days", "due: first_contact")
    assert planned(app) == {}, "a date that was set is kept; the next case has the new one"
    go_live(app)
    take_in(app, [discharge("p9")])
    clock.at += 24 * HOUR * 4  # Tuesday at ten, after Labor Day
    tick(app)
    edit(app, "routine: 3 business days", "routine: same day")
    assert planned(app) == {
        (CONTACTED, "task by phone"): 1,
        (TIMED, "task due, sooner"): 1,
        (TIMED, "window first_contact, sooner"): 4,
    }
    assert plan(app, read_edited(app.folder)).contacted == 1


def test_words_that_change_are_counted_by_the_cases_that_would_hear_them(app: App) -> None:
    edit(app, "I call about your stay", "I am calling about your stay", "scripts/hello.phone.j2")
    assert planned(app) == {(WORDS, "scripts/hello.phone.j2"): 3}
    edit(app, "I am calling about", "I {# softly #}call about", "scripts/hello.phone.j2")
    assert planned(app) == {}, "not a word is another"
    edit(app, "do: Call", "do: Ring")
    what = '"Call {{ patient.first_name }}" -> "Ring {{ patient.first_name }}"'
    assert planned(app) == {(WORDS, what): 3}


def test_a_base_that_changes_changes_the_scripts_on_it(app: App) -> None:
    base = app.folder / "scripts" / "_base" / "phone.j2"
    base.write_text(base.read_text() + "\nGoodbye now.\n")
    assert planned(app) == {(WORDS, "scripts/hello.phone.j2"): 3}


def test_the_practices_phone_decides_no_case(app: App) -> None:
    edit(app, "phone: 555-0100", "phone: 555-0199", "practice.yaml")
    found = plan(app, read_edited(app.folder))
    assert [str(d) for d in found.differences] == ["practice.yaml:1 phone: 555-0100 -> 555-0199"]
    assert (found.lanes, found.groups) == ((), [])


# publishing -------------------------------------------------------------------------------------


def test_a_release_keeps_who_when_why_and_what(app: App, clock: FixedClock) -> None:
    clock.at += HOUR
    edit(app, "routine: 3 business days", "routine: 1 business day")
    assert go_live(app, "patients waited too long") == 2
    release = app.store.releases()[0]
    assert (release.at, release.by, release.why) == (clock.at, "lee", "patients waited too long")
    row = app.store.audited()[-1]
    assert (row["by"], row["what"], row["object"]) == ("lee", "publish", "release 2")
    assert json.loads(row["detail"]) == {
        "why": "patients waited too long", "changed": ["lane calls", f"file {FILE}"],
    }  # fmt: skip
    assert app.store.verify_audit() is None


def test_nothing_to_publish_is_said(app: App) -> None:
    with pytest.raises(LaneflowError, match="there is nothing to publish"):
        go_live(app)
    assert app.store.released() == 1


def test_too_much_at_once_is_refused_with_its_fix_and_can_be_forced(app: App) -> None:
    edit(app, "tiers: [", "publishing: {at_once: {escalations: 2}}\ntiers: [", "practice.yaml")
    go_live(app)
    edit(app, "closes:", "escalations: [{id: rush, text: Rush, when: {tier: routine}}]\ncloses:")
    proposal = propose(app)
    assert [str(refusal) for refusal in proposal.refusals] == [
        "publish: 3 open cases would call for help at once, more than the 2 that are allowed. "
        "Edit in smaller steps, raise `publishing: at_once: escalations` in practice.yaml and "
        "publish that first, or say --force."
    ]
    with pytest.raises(LaneflowError, match="3 open cases would call for help"):
        publish(app, proposal, by="lee", why="I know")
    assert publish(app, proposal, by="lee", why="I know", force=True) == 3
    assert app.store.releases()[0].why == f"I know [in spite of: {LIMIT}]"
    tick(app)
    assert all("rush" in case.escalations for case in app.store.cases())


def test_a_failing_lane_test_refuses_unless_told_otherwise(app: App) -> None:
    tests = app.folder / "lanes" / "tests"
    tests.mkdir()
    (tests / "calls.yaml").write_text(
        "lane: calls\ntests:\n  - name: never\n    start: 2026-09-04 10:00\n    steps:\n"
        "      - {at: 2026-09-04 10:00, event: encounter.discharged}\n"
        "      - {expect: {status: second}}\n"
    )
    edit(app, "title: Calls", "title: Telephone")
    proposal = propose(app)
    (refusal,) = proposal.refusals
    assert (refusal.code, refusal.file) == (TESTS, "lanes/tests/calls.yaml")
    with pytest.raises(LaneflowError, match="--untested"):
        publish(app, proposal, by="lee", why="x")
    publish(app, propose(app, untested=True), by="lee", why="x", untested=True)
    assert app.store.releases()[0].why == "x [in spite of: untested]"


def test_who_and_why_are_needed(app: App) -> None:
    edit(app, "title: Calls", "title: Telephone")
    for by, why in (("lee", " "), ("", "why")):
        with pytest.raises(LaneflowError, match="needs who does it and why"):
            publish(app, propose(app), by=by, why=why)
    assert app.store.released() == 1


def test_of_two_who_publish_at_once_the_second_is_told(app: App, clock: FixedClock) -> None:
    other = open_app(app.folder, clock=clock)
    edit(app, "title: Calls", "title: Telephone")
    mine, theirs = propose(app), propose(other)
    publish(app, mine, by="lee", why="x")
    with pytest.raises(LaneflowError, match="somebody else published meanwhile"):
        publish(other, theirs, by="dana", why="y")
    assert app.store.released() == 2


def test_what_goes_live_is_what_was_shown(app: App) -> None:
    edit(app, "title: Calls", "title: Shown")
    proposal = propose(app)
    edit(app, "title: Shown", "title: Saved since")
    publish(app, proposal, by="lee", why="x")
    assert app.loaded.lanes["calls"].title == "Shown"
    assert [problem.what for problem in app.problems] == ["edited, not live yet"]


# rolling back -----------------------------------------------------------------------------------


def back(app: App, to: int | None = None, **more: bool) -> int:
    release, edited = former(app, to)
    return rollback(app, release, propose(app, edited), by="lee", why="it was too much", **more)


def test_publishing_and_rolling_back_at_once_gives_every_case_its_dates_again(app: App) -> None:
    before = dates(app)
    edit(app, "due: 2 business days", "due: 3 business days")
    edit(app, "title: Calls", "title: Telephone")
    go_live(app)
    tick(app)
    assert back(app) == 3
    tick(app)
    assert dates(app) == before
    assert app.loaded.lanes["calls"].title == "Calls"
    assert [release.n for release in app.store.releases()] == [3, 2, 1]
    assert app.store.releases()[0].why == "it was too much (back to release 1)"
    assert app.store.audited()[-1]["what"] == "rollback"
    assert [problem.what for problem in app.problems] == ["edited, not live yet"]


def test_what_a_rollback_does_not_bring_back_its_plan_says(app: App) -> None:
    edit(app, "routine: 3 business days", "routine: 1 business day")
    go_live(app)
    tick(app)
    _, edited = former(app)
    assert plan(app, edited).found == {}, "no publishing pushes a window out again"


def test_a_rollback_never_leaves_a_case_without_its_status(app: App) -> None:
    edit(app, "  first:\n", "  start:\n    was: [first]\n")
    go_live(app)
    tick(app)
    with pytest.raises(LaneflowError, match='3 open cases stand in status "start"'):
        back(app)
    assert app.store.released() == 2


def test_what_there_is_no_going_back_to(app: App) -> None:
    for to, said in ((None, "nothing went before"), (7, "no release 7"), (1, "is what is live")):
        with pytest.raises(LaneflowError, match=said):
            former(app, to)


def test_a_former_releases_files_can_be_had_again(app: App, tmp_path: Path) -> None:
    first = app.store.releases()[0]
    edit(app, "title: Calls", "title: Telephone")
    edit(app, "your stay", "your visit", "scripts/hello.phone.j2")
    other = tmp_path / "old"
    assert FILE in write_files(app.store, first.parts, other)
    assert (other / FILE).read_text() == CALLS
    assert (other / "scripts" / "hello.phone.j2").read_text() == HELLO
    assert open_app(other, f"sqlite:///{tmp_path}/other.sqlite3").loaded.lanes == app.loaded.lanes
    with pytest.raises(LaneflowError, match="is not empty"):
        write_files(app.store, first.parts, other)

    brought = bring_back(app.store, first.parts, app.folder, app.clock.now())
    assert brought.written == [FILE, "scripts/hello.phone.j2"]
    assert (app.folder / FILE).read_text() == CALLS
    assert brought.aside is not None
    assert "title: Telephone" in (brought.aside / FILE).read_text()
    app.look()
    assert app.problems == []


def test_a_person_works_on_across_a_publishing(app: App, clock: FixedClock) -> None:
    other = open_app(app.folder, clock=clock)
    edit(app, "after_last: second", "after_last: second\n      buttons: [patient.called]")
    go_live(app)
    (case, *_) = other.store.cases()
    act(
        other,
        by="ana",
        kind="note",
        case=case.id,
        data={"outcome": "no answer", "channel": "phone"},
    )
    after = other.store.case(case.id)
    assert after is not None
    assert (after.status, after.lane_hash) == ("second", app.loaded.lanes["calls"].hash)
