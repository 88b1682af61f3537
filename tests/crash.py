"""Work done in processes of their own, which are killed at random moments."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import structlog

import cast
from laneflow.engine.state import Event
from laneflow.lanes.meaning import with_hash
from laneflow.practice.model import LoadedPractice
from laneflow.store import open_store
from laneflow.work import daemon, due, outbox, take_in, versions
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, FixedClock

ROOM = 1_600_000
FRIDAY = cast.t("2026-09-04 10:00")
KINDS = (
    "encounter.discharged", "encounter.discharged", "visit.completed", "symptoms.worsened",
    "patient.called", "encounter.admitted",
)  # fmt: skip

# One server imports laneflow once and forks a fresh process for every start; it finds what it
# preloads only by PYTHONPATH.
os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["crash"])

Job = Callable[..., None]


def events(n: int, patients: int) -> list[Event]:
    """``n`` events of ``patients`` patients over the three weeks before Friday."""
    chance = random.Random(11)
    step = 21 * DAY // n
    return [
        Event(
            f"e{i}",
            "ehr",
            chance.choice(KINDS),
            FRIDAY - 21 * DAY + i * step,
            f"p{chance.randrange(patients)}",
        )
        for i in range(n)
    ]


def open_at(database: Path, at: int) -> App:
    """The cast's practice on a database, on a clock that stands at ``at``."""
    store = open_store(f"sqlite:///{database}")
    lanes = {"discharge-outreach": cast.lane()}
    loaded = LoadedPractice(practice=cast.practice(), lanes=lanes, folder=str(database.parent))
    if not store.released():
        parts = versions.parts_of(loaded, {})
        versions.make_live(store, parts, FRIDAY, "test", "for the tests", after=0)
    app = App(database.parent, store, loaded, FixedClock(at))
    assert app.live
    return app


# Jobs: each says when it has begun to write, and ends once there is nothing left to do ---------


def intake(database: Path, started: Any, *, replay: bool) -> None:
    """Take 4,000 events in, forty at a time."""
    take_in.CHUNK = 40
    app = open_at(database, FRIDAY)

    def writing(taken: take_in.TakenIn) -> None:
        if taken.new + taken.duplicates:
            started.set()

    take_in.take_in(app, events(4_000, 600), replay=replay, progress=writing)


def intake_on_a_small_disk(database: Path, started: Any, *, said: Path) -> None:
    """Take events in where no file may grow past ROOM bytes; write down what was said."""
    take_in.CHUNK = 40
    app = open_at(database, FRIDAY)
    started.set()
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))
    try:
        take_in.take_in(app, events(4_000, 600), replay=True)
    except Exception as error:  # noqa: BLE001 (which one it is, is what the test asks)
        said.write_text(f"{type(error).__name__}: {error}")


def catching_up(database: Path, started: Any) -> None:
    """Work through forty days, day by day, two files at a time."""
    due.CHUNK = 2
    app = open_at(database, FRIDAY)
    for day in range(41):
        if FRIDAY + day * DAY >= (app.store.latest() or 0):
            due.catch_up(app, FRIDAY + day * DAY, progress=lambda _: started.set())
    started.set()


def daemon_at_work(database: Path, started: Any) -> None:
    """The daemon on a Tuesday evening, when every first call is overdue; SIGTERM ends it."""
    due.CHUNK, outbox.BATCH, daemon.TICK = 10, 5, 0.05
    told = database.with_suffix(".told").open("a", buffering=1)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(told))
    app = open_at(database, FRIDAY + 4 * DAY + 8 * HOUR)
    started.set()
    daemon.Daemon(app, f"sqlite:///{database}").run()


def publishing(database: Path, started: Any) -> None:
    """Publish one edit after the other, each to be lived by six hundred open cases."""
    app = open_at(database, FRIDAY)
    for n in range(app.release, app.release + 400):
        lane = with_hash(cast.lane(title=f"Release {n}"))
        loaded = LoadedPractice(cast.practice(), {lane.id: lane}, str(database.parent))
        texts = {("file", lane.file): f"title: Release {n}".encode()}
        parts = versions.parts_of(loaded, texts)
        versions.make_live(app.store, parts, FRIDAY, "ana", f"edit {n}", after=n)
        started.set()


# running them ------------------------------------------------------------------------------------


def start(job: Job, database: Path, **more: Any) -> BaseProcess:
    """The job in a process of its own, begun in earnest."""
    started = _processes.Event()
    process = _processes.Process(target=job, args=(database, started), kwargs=more)
    process.start()
    assert started.wait(30), "the process never got to its work"
    return process


def killed_at_random(job: Job, database: Path, kills: int, longest: float, **more: Any) -> int:
    """Start the job ``kills`` times and SIGKILL each at a random moment; how many were at work."""
    chance, hit = random.Random(f"{job.__name__}{more}"), 0
    for _ in range(kills):
        process = start(job, database, **more)
        time.sleep(chance.uniform(0, longest))
        process.kill()
        process.join()
        hit += process.exitcode == -9
    return hit


def finished(job: Job, database: Path, **more: Any) -> float:
    """Let the job do all of its work; the seconds it took."""
    process = start(job, database, **more)
    began = time.monotonic()
    process.join(120)
    assert process.exitcode == 0
    return time.monotonic() - began
