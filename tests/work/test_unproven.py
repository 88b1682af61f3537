"""Leave draws near by itself: the live practice is proven every night, and doctor says the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from laneflow.engine.live import Live
from laneflow.metrics.doctor import examine
from laneflow.practice.model import LoadedPractice
from laneflow.work import daemon
from laneflow.work.app import App
from laneflow.work.daemon import Daemon

from .conftest import FRIDAY

Job = tuple[Callable[[], None], dict[str, Any]]


class Timetable:
    """Stands in for the scheduler: keeps each job by its name, and runs none."""

    def __init__(self, **settings: Any) -> None:
        self.jobs: dict[str, Job] = {}

    def add_job(self, job: Callable[[], None], trigger: str, *, name: str, **when: Any) -> None:
        self.jobs[name] = job, {"trigger": trigger, **when}

    def start(self) -> None:
        """Nothing runs by itself here."""

    def shutdown(self, wait: bool) -> None:
        """Nothing is left to end."""


@pytest.fixture
def nightly(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """The job as the daemon puts it on its timetable."""
    timetable = Timetable()
    monkeypatch.setattr(daemon, "BackgroundScheduler", lambda **settings: timetable)
    with Daemon(app, f"sqlite:///{tmp_path}/one.sqlite3")._scheduled():
        return timetable.jobs["nightly proof"]


def everybody_away(loaded: LoadedPractice, day: str) -> LoadedPractice:
    """The practice after everybody has asked for the same day off."""
    people = loaded.practice.people.items()
    away = {name: replace(person, leave=((day, day),)) for name, person in people}
    return replace(loaded, practice=replace(loaded.practice, people=away))


def told(job: Job) -> list[dict[str, Any]]:
    with capture_logs() as logs:
        job[0]()
    return [dict(line) for line in logs]


def test_it_runs_every_night_beside_the_work(nightly: Job) -> None:
    when = nightly[1]
    assert (when["trigger"], when["hour"], when["executor"]) == ("cron", 1, "care")


def test_a_practice_that_is_proven_says_so(nightly: Job) -> None:
    assert told(nightly) == [{"event": "proven that no case can be silent", "log_level": "info"}]


def test_leave_that_leaves_nobody_is_told_each_night(app: App, nightly: Job) -> None:
    app.loaded = everybody_away(app.loaded, "2026-12-01")
    lines = told(nightly)
    assert lines, "nobody was told"
    for line in lines:
        assert (line["event"], line["log_level"]) == ("not proven", "error")
        assert (line["lane"], line["obligation"]) == ("discharge-outreach", "c")
        assert "2026-12-01" in line["why"]


def test_what_lies_beyond_a_year_can_wait(app: App, nightly: Job) -> None:
    app.loaded = everybody_away(app.loaded, "2027-12-01")
    assert [line["log_level"] for line in told(nightly)] == ["info"]


def test_doctor_finds_what_the_nightly_proof_finds(app: App) -> None:
    fine = examine(app.store, Live(app.loaded), [], FRIDAY)
    assert not [p for p in fine.problems if "forgotten" in p.what]
    away = everybody_away(app.loaded, "2026-12-01")
    found = [
        p for p in examine(app.store, Live(away), [], FRIDAY).problems if "forgotten" in p.what
    ]
    assert found, "doctor is silent"
    for finding in found:
        assert finding.severity == "error"
        assert finding.what.startswith("a case could be forgotten (discharge-outreach): ")
        assert finding.hint == "`laneflow prove` shows how that could happen."
