"""Due work: what has fallen due is decided, now as it comes or later on its own clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from laneflow.engine.state import FileResult, Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.work.app import App
from laneflow.work.clock import DAY, MINUTE, iso
from laneflow.work.deciding import When, work
from laneflow.work.garbage import rarely_collected

CHUNK = 500
"""Files decided and written together."""

BEHIND: Instant = 5 * MINUTE
AHEAD: Instant = 7 * DAY


RETRY: Instant = 5 * MINUTE
"""How long a file the engine failed on is left alone before it is tried again."""


@dataclass(slots=True)
class Done:
    """What a tick or a catch-up did: files worked on, decisions written, files that failed."""

    files: int = 0
    decisions: int = 0
    failed: int = 0


Progress = Callable[[Done], None]


def check_clock(app: App, at: Instant, *, accept: bool = False) -> None:
    """Refuse a clock that cannot be right: one bad clock would poison every date.

    Raises LaneflowError where ``at`` is more than 5 minutes behind or 7 days ahead of the latest
    instant the store knows; ``accept``: a person vouches for it, and from now on it counts.
    """
    latest = app.store.latest()
    if accept:
        app.store.tick(at, accept=True)
    elif latest is not None and not latest - BEHIND <= at <= latest + AHEAD:
        side = "behind" if at < latest else "ahead of"
        what = f"the clock ({iso(at)}) is far {side} what was last worked on ({iso(latest)})"
        hint = "Set the machine's clock right, or say that it is with --accept-clock."
        raise LaneflowError(Problem("clock", 0, 0, what, hint))


def tick(
    app: App,
    at: Instant | None = None,
    *,
    accept_clock: bool = False,
    progress: Progress | None = None,
) -> Done:
    """Decide everything that is due by ``at`` (now), most urgent first, and note the time.

    What is more than a minute late is decided once, as of ``at``: an outage is never replayed in
    slow motion. ``progress`` is called after each batch, when it is safe on disk.
    Raises LaneflowError for a clock that cannot be right, see ``check_clock``.
    """
    at = app.clock.now() if at is None else at
    check_clock(app, at, accept=accept_clock)
    done = Done()
    _work_due(app, at, When.live(at), done, progress)
    app.store.tick(at)
    return done


def catch_up(
    app: App,
    until: Instant,
    progress: Progress | None = None,
    outbox: Callable[[Instant], object] | None = None,
    step: Instant = 60 * MINUTE,
) -> Done:
    """Work through the time from the latest instant to ``until`` as if the daemon had been there.

    Every wake is decided at its own instant. With ``outbox`` (a function of the instant) notices
    leave on that clock, too: time then goes in steps of ``step`` milliseconds, idle ones skipped.
    ``progress`` is called as work is written. Raises LaneflowError where ``until`` has passed.
    """
    latest = app.store.latest()
    if latest is not None and until < latest:
        what = f"{iso(until)} is before what was last worked on ({iso(latest)})"
        raise LaneflowError(Problem("until", 0, 0, what, "Give a later instant."))
    done = Done()
    with rarely_collected():
        for stop in _stops(app, until, step if outbox else None):
            _work_due(app, stop, When(until=stop, pause=False), done, progress)
            app.store.tick(stop)
            if outbox is not None:
                outbox(stop)
    return done


def _stops(app: App, until: Instant, step: Instant | None) -> Iterator[Instant]:
    """The instants to work up to, the last of them ``until``."""
    at = app.store.latest()
    while step is not None and at is not None and at < until:
        at = min(until, max(at + step, app.store.next_wake() or until))
        if at < until:
            yield at
    yield until


def _work_due(
    app: App, at: Instant, when: When, done: Done, progress: Progress | None = None
) -> None:
    passed_by = {patient for patient, again in app.failed.items() if again > at}
    while True:
        due = [p for p in app.store.due(at, CHUNK + len(passed_by)) if p not in passed_by]
        if not due:
            return
        worked = work(app, dict.fromkeys(due, ()), when)
        for patient in due:
            app.failed.pop(patient, None)
        app.failed.update(dict.fromkeys(worked.failed, at + RETRY))
        # What is due still, after it was decided, is not decided twice for one instant.
        passed_by.update(worked.failed)
        passed_by.update(r.patient for r in worked.written if not r.changed or _still(r, at))
        done.files += len(worked.written)
        done.failed += len(worked.failed)
        done.decisions += sum(len(result.decisions) for result in worked.written)
        if progress is not None:
            progress(done)


def _still(result: FileResult, at: Instant) -> bool:
    wake = result.file.wake_at
    return wake is not None and wake <= at
