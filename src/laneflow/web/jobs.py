"""Owns work that takes longer than a page may: done in a thread, asked about, kept for the asker.

One piece of each kind at a time for each account: beginning another gives up the one before. Work
nobody asks about any more is given up, too. Nothing of it is kept on disk: after a restart it is
unknown, and the page says so.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import connections

from laneflow.errors import LaneflowError, Problem

UNASKED = 60.0
"""Seconds without anybody asking, after which running work is given up."""

KEPT = 3600.0
"""Seconds for which a result is kept since it was last asked for."""

MOST = 4
"""Pieces of work under way at once; more would slow every page down."""


class GivenUpError(Exception):
    """Raised inside the work, at its next step, once nobody wants it any more."""


@dataclass
class Job:
    """One piece of work. ``result`` is what it made; ``problems`` why it made nothing."""

    kind: str
    account: int
    about: dict[str, Any]
    """what it was begun with, for the page that shows it"""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    step: str = ""
    done: int = 0
    of: int = 0
    """how many things there are to look at; 0 where that is not known"""
    result: Any = None
    problems: tuple[Problem, ...] = ()
    failed: bool = False
    """an error of ours, not of the files"""
    finished: bool = False
    given_up: bool = False
    asked: float = field(default_factory=time.monotonic)

    def say(self, step: str) -> None:
        """What is being done now. Raises GivenUpError where nobody wants it any more."""
        self._wanted()
        self.step = step

    def seen(self, n: int) -> None:
        """So many more were looked at. Raises as ``say``."""
        self._wanted()
        self.done += n

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return min(100, 100 * self.done // self.of) if self.of else 0

    def _wanted(self) -> None:
        if self.given_up or time.monotonic() - self.asked > UNASKED:
            self.given_up = True
            raise GivenUpError


_jobs: dict[str, Job] = {}
"""What may be asked about."""
_running: dict[str, Job] = {}
"""What has a thread, also where it was given up and has not come to its next step yet."""
_lock = threading.Lock()


def begin(
    kind: str, account: int, work: Callable[[Job], Any], about: dict[str, Any] | None = None
) -> Job:
    """Begin ``work`` for an account; one of this kind it had before is given up.

    ``work`` is given the Job to say its steps to, and returns the result; what it raises as
    LaneflowError is kept as the job's problems. Raises LaneflowError where too much is under way.
    """
    job = Job(kind, account, about or {})
    with _lock:
        _forget()
        if len(_running) >= MOST:
            what = "others are planning or testing at this moment"
            raise LaneflowError(Problem(kind, 0, 0, what, "Try again in a minute."))
        for other in list(_jobs.values()):
            if (other.kind, other.account) == (kind, account):
                other.given_up = True
                del _jobs[other.id]
        _jobs[job.id] = _running[job.id] = job
    threading.Thread(target=_run, args=(job, work), name=f"laneflow-{kind}", daemon=True).start()
    return job


def found(id: str, kind: str, account: int) -> Job | None:
    """The job, for whoever began it only; None where there is none (any more)."""
    job = _jobs.get(id)
    if job is None or (job.kind, job.account) != (kind, account):
        return None
    job.asked = time.monotonic()
    return job


def latest(kind: str, account: int) -> Job | None:
    """The job of this kind that the account began last; None where there is none (any more)."""
    with _lock:
        mine = [job for job in _jobs.values() if (job.kind, job.account) == (kind, account)]
    return found(mine[-1].id, kind, account) if mine else None


def give_up(job: Job) -> None:
    """Stop it at its next step, and forget it."""
    with _lock:
        job.given_up = True
        _jobs.pop(job.id, None)


def forget_all() -> None:
    """Give up everything, and wait a moment for what is under way, as when the process ends."""
    with _lock:
        running = list(_running.values())
        for job in running:
            job.given_up = True
        _jobs.clear()
    until = time.monotonic() + 5
    while any(not job.finished for job in running) and time.monotonic() < until:
        time.sleep(0.01)


def _run(job: Job, work: Callable[[Job], Any]) -> None:
    try:
        job.result = work(job)
    except LaneflowError as error:
        job.problems = error.problems
    except GivenUpError:
        pass
    except Exception as error:  # noqa: BLE001 - whoever asks must be told
        job.failed = True
        # The message is left out: it may hold what is in a patient's file.
        log = structlog.get_logger("laneflow.web")
        log.error("background work failed", kind=job.kind, error=type(error).__name__)
    finally:
        connections.close_all()  # this thread's
        job.finished = True
        with _lock:
            _running.pop(job.id, None)


def _forget() -> None:
    """Drop what was given up, and results that nobody asked about for long."""
    now = time.monotonic()
    for job in list(_jobs.values()):
        if job.finished and (job.given_up or now - job.asked > KEPT):
            del _jobs[job.id]
