"""What falls due is decided, an outage is not replayed in slow motion, a bad clock is refused."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from laneflow.errors import LaneflowError
from laneflow.work import deciding, due, garbage
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, MINUTE, FixedClock
from laneflow.work.due import Done, catch_up, tick
from laneflow.work.garbage import rarely_collected
from laneflow.work.take_in import take_in
from whole_store import whole_store

from .conftest import FRIDAY, discharge

NewApp = Callable[..., App]


def first_due(app: App) -> int:
    """When the first case's first call is due."""
    case = next(app.store.cases())
    assert case.task is not None
    return case.task.due.at


def test_a_tick_decides_what_is_due_and_nothing_else(app: App, clock: FixedClock) -> None:
    take_in(app, [discharge("p1")])
    due_at = first_due(app)
    clock.at = due_at - 1
    assert tick(app) == Done(0, 0, 0)
    clock.at = due_at
    assert tick(app) == Done(1, 1, 0)
    assert tick(app) == Done(0, 0, 0)
    (case,) = app.store.cases()
    assert "overdue" in case.escalations
    assert app.store.latest() == due_at


def test_a_wake_at_most_a_minute_late_is_decided_as_at_its_own_time(
    app: App, clock: FixedClock
) -> None:
    take_in(app, [discharge("p1")])
    due_at = first_due(app)
    clock.at = due_at + MINUTE
    tick(app)
    (case,) = app.store.cases()
    assert case.escalations["overdue"].opened == due_at


def test_an_outage_is_decided_once_as_of_now(app: App, clock: FixedClock) -> None:
    take_in(app, [discharge("p1")])
    due_at = first_due(app)
    clock.at = due_at + 2 * DAY
    tick(app)
    (case,) = app.store.cases()
    assert case.escalations["overdue"].opened == clock.at
    decided = [decision.at for decision, given in app.store.log(case.id) if given is None]
    assert set(decided) == {clock.at}


def test_catching_up_decides_everything_at_its_own_instant(app: App, clock: FixedClock) -> None:
    take_in(app, [discharge("p1"), discharge("p2")])
    due_at = first_due(app)
    catch_up(app, FRIDAY + 60 * DAY)
    for case in app.store.cases():
        assert case.escalations["overdue"].opened == due_at
        assert case.escalations["overdue"].role == "practice manager"
    assert app.store.latest() == FRIDAY + 60 * DAY


def test_catching_up_in_one_go_or_hour_by_hour_makes_the_same_store(
    new_app: NewApp, tmp_path: Path
) -> None:
    until, stops = FRIDAY + 10 * DAY, []
    at_once, hourly = new_app("once"), new_app("hourly")
    for one in (at_once, hourly):
        take_in(one, [discharge(f"p{n}") for n in range(3)])
    catch_up(at_once, until)
    catch_up(hourly, until, outbox=stops.append)
    assert whole_store(tmp_path / "once.sqlite3") == whole_store(tmp_path / "hourly.sqlite3")
    assert stops[-1] == until
    assert len(stops) > 2


def test_catching_up_never_goes_back(app: App) -> None:
    catch_up(app, FRIDAY + DAY)
    with pytest.raises(LaneflowError, match=r"until: 2026-09-04.* is before"):
        catch_up(app, FRIDAY)


@pytest.mark.parametrize(
    ("jump", "side"), [(-6 * MINUTE, "behind"), (8 * DAY, "ahead of"), (-400 * DAY, "behind")]
)
def test_a_clock_that_jumped_stops_work_until_a_person_accepts_it(
    app: App, clock: FixedClock, jump: int, side: str
) -> None:
    take_in(app, [discharge("p1")])
    tick(app)
    clock.at += jump
    with pytest.raises(LaneflowError, match=f"{side} what was last worked on.*--accept-clock"):
        tick(app)
    assert app.store.latest() == FRIDAY
    tick(app, accept_clock=True)
    assert app.store.latest() == clock.at
    tick(app)


@pytest.mark.parametrize("jump", [-4 * MINUTE, 6 * DAY])
def test_a_clock_a_little_off_or_a_weekend_off_is_no_matter(
    app: App, clock: FixedClock, jump: int
) -> None:
    tick(app)
    clock.at += jump
    tick(app)


def test_a_file_the_engine_fails_on_is_left_alone_for_a_while(
    app: App, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(app, [discharge("p1"), discharge("p2")])
    clock.at = first_due(app)
    decide, tried = deciding.run, []

    def failing(live, file, *rest):  # type: ignore[no-untyped-def]
        tried.append(file.patient)
        if file.patient == "p1":
            raise KeyError("secret patient name")
        return decide(live, file, *rest)

    monkeypatch.setattr(deciding, "run", failing)
    assert tick(app) == Done(1, 1, 1)
    assert tick(app) == Done(0, 0, 0)
    assert sorted(tried) == ["p1", "p2"]
    clock.at += due.RETRY
    monkeypatch.undo()
    assert tick(app).failed == 0
    assert {case.patient for case in app.store.cases() if case.escalations} == {"p1", "p2"}


def test_a_failure_is_logged_without_what_the_error_says(
    app: App, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    take_in(app, [discharge("p1")])
    clock.at = first_due(app)

    def failing(*_: object) -> None:
        raise KeyError("secret patient name")

    monkeypatch.setattr(deciding, "run", failing)
    tick(app)
    logged = capsys.readouterr().out
    assert "KeyError" in logged
    assert "secret" not in logged


def test_more_than_one_chunk_is_worked_through(
    app: App, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "CHUNK", 3)
    take_in(app, [discharge(f"p{n}") for n in range(10)])
    clock.at = first_due(app)
    seen: list[int] = []
    assert tick(app, progress=lambda done: seen.append(done.files)) == Done(10, 10, 0)
    assert seen == [3, 6, 9, 10]


def test_catch_up_reports_progress_in_time(app: App) -> None:
    take_in(app, [discharge("p1")])
    seen: list[Done] = []
    catch_up(app, FRIDAY + 30 * DAY, progress=seen.append)
    assert seen[-1].decisions > 3
    assert app.store.next_wake() is None or app.store.next_wake() > FRIDAY + HOUR  # type: ignore[operator]


def test_the_garbage_collector_is_left_as_it_was_found() -> None:
    before = gc.get_threshold()
    with rarely_collected():
        assert gc.get_threshold() == garbage.RARELY
        with rarely_collected():
            pass
        assert gc.get_threshold() == garbage.RARELY
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
