"""The daemon through what machines do: signals, edits, bad clocks, a failing way out."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import crash
from laneflow.errors import LaneflowError
from laneflow.notify import Message, Result
from laneflow.notify import log as way_out
from laneflow.work import daemon
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, MINUTE, FixedClock
from laneflow.work.daemon import Daemon
from laneflow.work.take_in import take_in
from patience import wait_for

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """The cast's practice on its own store, and a daemon that ticks often."""
    monkeypatch.setattr(daemon, "TICK", 0.05)
    return crash.open_at(tmp_path / "one.sqlite3", crash.FRIDAY)


@contextmanager
def running(app: App, **more: object) -> Iterator[tuple[Daemon, list[LaneflowError]]]:
    """A daemon at work in another thread, and what it left with."""
    faults: list[LaneflowError] = []
    worker = Daemon(app, f"sqlite:///{app.folder}/one.sqlite3", **more)  # type: ignore[arg-type]

    def run() -> None:
        try:
            worker.run()
        except LaneflowError as fault:
            faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield worker, faults
    finally:
        worker.stop()
        thread.join(20)
        assert not thread.is_alive()


def failures(app: App) -> list[str]:
    """What is shown of notices that could not be sent."""
    with closing(sqlite3.connect(app.folder / "one.sqlite3")) as connection:
        sql = "SELECT detail FROM laneflow_outbox WHERE state = 'waiting' AND detail != ''"
        return [row[0] for row in connection.execute(sql)]


def opened(app: App) -> int:
    return app.store.counts()["case"]


@pytest.mark.parametrize("jump", [-HOUR, 30 * DAY])
def test_a_clock_that_jumps_stops_it_with_a_clear_message(app: App, jump: int) -> None:
    clock = app.clock
    assert isinstance(clock, FixedClock)
    with running(app) as (_, faults):
        wait_for(lambda: app.store.latest() == crash.FRIDAY)
        clock.at += jump
        wait_for(lambda: faults)
    assert "--accept-clock" in str(faults[0])
    assert app.store.latest() == crash.FRIDAY
    with running(app, accept_clock=True) as (_, faults):
        wait_for(lambda: app.store.latest() == clock.at)
    assert faults == []


def test_what_is_dropped_in_the_inbox_is_taken_in(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    records = [
        {
            "specversion": "1.0", "id": f"e{n}", "source": "ehr", "subject": f"p{n}",
            "type": "encounter.discharged", "time": "2026-09-04T09:00:00-04:00", "data": {},
        }
        for n in range(5)
    ]  # fmt: skip
    feed = inbox / "feed.jsonl"
    feed.write_text("\n".join([*map(json.dumps, records), "{broken"]) + "\n")
    os.utime(feed, (1, 1))
    with running(app, inbox=inbox):
        wait_for(lambda: (inbox / "taken" / "feed.jsonl").exists())
    assert opened(app) == 5
    assert len(app.store.quarantined()) == 1


def test_a_failing_receiver_stops_nothing_and_is_told_in_the_end(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[Message] = []
    down = True

    def send(message: Message) -> Result:
        if down:
            raise ConnectionResetError("the receiver hung up")
        got.append(message)
        return Result(True)

    monkeypatch.setattr(way_out, "send", send)
    clock = app.clock
    assert isinstance(clock, FixedClock)
    take_in(app, [crash.Event("d", "ehr", "encounter.discharged", crash.FRIDAY, "p1")])
    take_in(app, [crash.Event("w", "ehr", "symptoms.worsened", crash.FRIDAY, "p1")])
    with running(app):
        wait_for(lambda: failures(app) == ["ConnectionResetError: the receiver hung up"])
        assert got == []
        down = False
        clock.at += 5 * MINUTE
        wait_for(lambda: got)
    assert [message.to for message in got] == ["nia"]


# as a program -----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A practice folder with one lane of the starter practice."""
    shutil.copy(ROOT / "practice.yaml", tmp_path)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "lanes").mkdir()
    shutil.copy(ROOT / "lanes" / "discharge-outreach.yaml", tmp_path / "lanes")
    return tmp_path


class Program:
    """``laneflow run`` as operations start it; its log lines as they come."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "laneflow", "--practice", str(folder), "run", *options],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)

    def says(self, words: str, times: int = 1) -> None:
        wait_for(lambda: sum(words in line for line in self.lines) >= times)

    def ends(self) -> int:
        self.process.wait(20)
        self.reader.join()
        return self.process.returncode


@contextmanager
def program(folder: Path, *options: str) -> Iterator[Program]:
    running = Program(folder, *options)
    try:
        yield running
    finally:
        running.process.kill()
        running.ends()


def live_lanes(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / ".laneflow" / "laneflow.sqlite3")) as connection:
        return {
            row[0]
            for row in connection.execute(
                "SELECT hash FROM laneflow_version WHERE live AND kind = 'lane'"
            )
        }


def laneflow(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Another process at the same practice, as the manager's terminal is."""
    return subprocess.run(
        [sys.executable, "-m", "laneflow", "--practice", str(folder), *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )


def test_a_half_saved_lane_touches_nothing_and_is_live_once_mended_and_published(
    folder: Path,
) -> None:
    lane = folder / "lanes" / "discharge-outreach.yaml"
    text = lane.read_text()
    publishing = ("publish", "--by", "lee", "--why", "as agreed", "--yes", "--untested")
    with program(folder) as running:
        running.says("at work")
        running.says("files looked at")
        before = live_lanes(folder)
        lane.write_text(text[: text.index("statuses:") + 40])
        running.says("the practice has a problem")
        assert any("discharge-outreach.yaml:" in line for line in running.lines)
        refused = laneflow(folder, *publishing)
        assert refused.returncode == 1
        assert "lanes/discharge-outreach.yaml:" in refused.stdout + refused.stderr
        lane.write_text(text.replace("do: Call", "do: Ring"))
        running.says('"not_live": 1, "errors": 0')
        assert live_lanes(folder) == before
        published = laneflow(folder, *publishing)
        assert published.returncode == 0, published.stdout + published.stderr
        running.says('"release": 2')
        assert live_lanes(folder) != before
        back = laneflow(folder, "rollback", "--by", "lee", "--why", "no", "--yes")
        assert back.returncode == 0, back.stdout + back.stderr
        running.says('"release": 3')
        assert live_lanes(folder) == before
        running.process.send_signal(signal.SIGHUP)
        running.process.send_signal(signal.SIGTERM)
        assert running.ends() == 0
    assert "left" in running.lines[-1]
    assert not any("Traceback" in line for line in running.lines)


def test_a_second_daemon_is_refused_and_the_first_works_on(folder: Path) -> None:
    with program(folder) as first:
        first.says("at work")
        with program(folder) as second:
            assert second.ends() == 1
            assert "another daemon" in "".join(second.lines)
        first.process.send_signal(signal.SIGINT)
        assert first.ends() == 0
