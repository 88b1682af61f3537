"""The daemon: a wake-up for every kind of work. What is due it asks the store, at every tick."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from laneflow.errors import LaneflowError
from laneflow.proofs.prove import unproven
from laneflow.work.app import App
from laneflow.work.backup import backup
from laneflow.work.care import audit_silence
from laneflow.work.digest import send_digests
from laneflow.work.due import tick
from laneflow.work.garbage import rarely_collected
from laneflow.work.heart import Heart
from laneflow.work.inbox import take_inbox
from laneflow.work.lock import only_one, sqlite_file
from laneflow.work.outbox import send_waiting
from laneflow.work.report import place
from laneflow.work.systemd import notify

if TYPE_CHECKING:
    from laneflow.work.workers import Shards

log = structlog.get_logger("laneflow.daemon")

TICK = 1
"""Seconds between two looks at what is due."""

WATCHDOG = 60
"""Seconds without a finished tick or batch after which systemd is no longer told of life."""

Beside = Callable[[Callable[[], None]], AbstractContextManager[None]]


class Stopped(Exception):  # noqa: N818 (it is an order, not an error)
    """Raised between two batches, all of them written, when the daemon is to leave."""


class Daemon:
    """One practice's daemon.

    ``inbox`` is a folder to take files in from. ``share`` hands due work to workers on any number
    of machines (PostgreSQL only) instead of doing it here.
    """

    def __init__(
        self,
        app: App,
        database: str,
        *,
        inbox: Path | None = None,
        accept_clock: bool = False,
        share: bool = False,
    ) -> None:
        self.app = app
        self.database = database
        self.inbox = inbox
        self._accept_clock = accept_clock
        self._shards = _shards(app, database) if share else None
        self._stop = threading.Event()
        self._look = threading.Event()
        self._alive = threading.Event()
        self._fault: LaneflowError | None = None
        self._heart = Heart(app.store)

    def run(self, beside: Beside = lambda stop: nullcontext()) -> None:
        """Work until SIGTERM or SIGINT; the batch in hand is finished first.

        ``beside`` runs as long as the daemon does; it is given what stops the daemon, to be called
        where it ends by itself: neither is left at work without the other. Raises LaneflowError
        where another daemon has the database, or the clock cannot be right, and what ``beside``
        raises.
        """
        with (
            only_one(self.database),
            rarely_collected(),
            self._signals(),
            beside(self.stop),
            self._scheduled(),
            self._watched_files(),
        ):
            notify("READY=1")
            log.info("at work", lanes=len(self.app.loaded.lanes), problems=len(self.app.problems))
            self._wait()
            notify("STOPPING=1")
        log.info("left")
        if self._fault is not None:
            raise self._fault

    def stop(self) -> None:
        """Leave after the batch in hand."""
        self._stop.set()

    def _wait(self) -> None:
        quiet = 0
        while not self._stop.wait(TICK):
            quiet = 0 if self._alive.is_set() else quiet + TICK
            self._alive.clear()
            if quiet < WATCHDOG:
                notify("WATCHDOG=1")

    # the jobs --------------------------------------------------------------------------------

    def _due(self) -> None:
        if self._look.is_set():
            self._look.clear()
            self._looked()
        if self.app.follow():
            log.info("a release went live", release=self.app.release)
        try:
            self._work_due(self._accept_clock)
            self._accept_clock = False
        except LaneflowError as fault:
            self._fault = fault
            self.stop()
            return
        self._alive.set()
        self._heart.beat(self.app.clock.now())

    def _work_due(self, accept_clock: bool) -> None:
        if self._shards is not None:
            if jobs := self._shards.defer(accept_clock=accept_clock):
                log.info("handed out", jobs=jobs)
            return
        done = tick(self.app, accept_clock=accept_clock, progress=self._working)
        if done.files:
            log.info("due work", files=done.files, decisions=done.decisions, failed=done.failed)

    def _looked(self) -> None:
        self.app.look()
        problems = self.app.problems
        errors = [problem for problem in problems if problem.severity == "error"]
        log.info("files looked at", not_live=len(problems) - len(errors), errors=len(errors))
        for problem in errors:
            log.error("the practice has a problem", problem=str(problem))

    def _take_inbox(self, inbox: Path) -> None:
        for taken in take_inbox(self.app, inbox, progress=self._working):
            log.info("taken in", new=taken.new, known=taken.duplicates, bad=taken.quarantined)

    def _send(self) -> None:
        sent = send_waiting(self.app, progress=self._between)
        if sent.failed:
            log.warning("notices could not be sent and will be tried again", failed=sent.failed)

    def _digest(self) -> None:
        if told := send_digests(self.app, self.app.clock.now()):
            log.info("daily digest", people=told)

    def _silence(self) -> None:
        for case, why in audit_silence(self.app, self.app.clock.now()):
            log.error("a case is silent", case=case, why=why)

    def _proof(self) -> None:
        """Prove the live practice for the year to come: leave and holidays draw near by themselves.

        ``laneflow doctor`` shows the same, proven afresh.
        """
        found = unproven(self.app.loaded, self.app.clock.now())
        if not found:
            log.info("proven that no case can be silent")
        for lane, failure in found:
            log.error("not proven", lane=lane, obligation=failure.obligation, why=failure.what)

    def _backup(self) -> None:
        file = sqlite_file(self.database)
        if file is not None:
            path = backup(file, file.parent / "backups", self.app.clock.now())
            log.info("backed up", file=path.name)

    def _working(self, _: object) -> None:
        """Called between batches of what is due and what arrives: others may see it is done."""
        self._heart.beat(self.app.clock.now())
        self._between(_)

    def _between(self, _: object) -> None:
        """Called between batches: a sign of life, and the place to leave."""
        self._alive.set()
        if self._stop.is_set():
            raise Stopped

    # what holds them -------------------------------------------------------------------------

    @contextmanager
    def _scheduled(self) -> Iterator[None]:
        """The scheduler at work; on leaving, the jobs in hand finish their batch.

        Each executor has one thread, so that deciding, sending and caring never wait for each
        other, and no matcher is ever shared.
        """
        # It warns whenever a piece of work outlasts its interval, which is as it should be.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        zone = self.app.loaded.practice.time_zone
        defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        threads = {name: ThreadPoolExecutor(1) for name in ("work", "send", "care")}
        scheduler = BackgroundScheduler(executors=threads, job_defaults=defaults, timezone=zone)

        def add(name: str, job: Callable[[], None], thread: str, trigger: str, **when: int) -> None:
            wrapped = partial(_safely, name, job)
            scheduler.add_job(wrapped, trigger, id=name, name=name, executor=thread, **when)

        add("due work", self._due, "work", "interval", seconds=TICK)
        if self.inbox is not None:
            add("inbox", partial(self._take_inbox, self.inbox), "work", "interval", seconds=5)
        add("outbox", self._send, "send", "interval", seconds=2)
        add("digest at the start", self._digest, "send", "date")
        add("digest", self._digest, "send", "interval", minutes=1)
        add("checkpoint", self.app.store.checkpoint, "care", "interval", seconds=5)
        add("audit of silence", self._silence, "care", "interval", minutes=5)
        add("nightly proof", self._proof, "care", "cron", hour=1, minute=30)
        add("backup", self._backup, "care", "cron", hour=2, minute=30)
        scheduler.start()
        try:
            yield
        finally:
            self._stop.set()
            scheduler.shutdown(wait=True)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT leave, SIGHUP looks at the practice's files again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        answers = {
            signal.SIGTERM: lambda *_: self.stop(),
            signal.SIGINT: lambda *_: self.stop(),
            signal.SIGHUP: lambda *_: self._look.set(),
        }
        with ExitStack() as stack:
            for number, answer in answers.items():
                stack.callback(signal.signal, number, signal.signal(number, answer))
            yield

    @contextmanager
    def _watched_files(self) -> Iterator[None]:
        """Look at the practice again when one of its files changes."""
        watcher = threading.Thread(target=self._watch, name="laneflow-files", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._stop.set()
            watcher.join()

    def _watch(self) -> None:
        from watchfiles import watch

        scripts = self.app.folder / "scripts"
        below = (Path(where) for where, _, _ in os.walk(scripts))
        folders = [self.app.folder, self.app.folder / "lanes", *below]
        found = [folder for folder in folders if folder.is_dir()]
        watching = watch(
            *found,
            recursive=False,
            stop_event=self._stop,
            rust_timeout=1_000,
            yield_on_timeout=True,
        )
        # The first look is at what changed before anybody watched.
        for n, changes in enumerate(watching):
            if n == 0 or any(path.endswith((".yaml", ".j2")) for _, path in changes):
                self._look.set()


def _shards(app: App, database: str) -> Shards:
    from laneflow.work.workers import Shards

    shards = Shards(app, database)
    shards.install()
    return shards


def _safely(name: str, job: Callable[[], None]) -> None:
    """Do one kind of work; what it fails on never ends the others, and it is tried again."""
    try:
        job()
    except Stopped:
        return
    except Exception as error:  # noqa: BLE001 (whatever it is, the daemon goes on)
        log.error("work failed and will be tried again", work=name, **place(error))
