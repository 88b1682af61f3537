"""Owns how long counted figures are kept: not at all where counting is quick, else seconds.

Counting 100,000 open cases takes some tenths of a second. Counters beside the rows would make every
writer wait for the one row they share; so the figures of a large practice may be old when first
shown. Whoever shows them says as of when, and asks again: they are counted behind its back.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from laneflow.engine.state import Instant
from laneflow.metrics.today import Counted, count
from laneflow.store.behind import Behind

if TYPE_CHECKING:
    from laneflow.work.app import App

QUICK = 0.05
"""Seconds: what is counted within this is counted anew each time it is asked for."""
FRESH: Instant = 10_000
"""Younger than this they are given as they are."""
STALE: Instant = 15 * 60_000
"""Younger than this they are given, too, while they are counted anew in the background."""


_of: WeakKeyDictionary[App, Kept] = WeakKeyDictionary()


def kept_for(app: App) -> Kept:
    """The figures that this process keeps of a practice."""
    return _of.setdefault(app, Kept())


class Kept:
    """The figures of one practice at work; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: Counted | None = None
        self._took = 0.0
        self._behind = Behind()

    def counted(self, app: App, at: Instant) -> Counted:
        """The figures, as of ``at`` or up to a quarter of an hour before it."""
        with self._lock:
            held, took = self._counted, self._took
        age = at - held.at if held is not None and held.release == app.release else None
        if held is None or took < QUICK or age is None or not 0 <= age < STALE:
            return self._count(app, at)
        if age >= FRESH:
            self._behind.begin(app.store, lambda: self._count(app, at))
        return held

    def settle(self) -> None:
        """Wait until nothing is being counted in the background."""
        self._behind.settle()

    def _count(self, app: App, at: Instant) -> Counted:
        began = time.perf_counter()
        load = app.holding(at)
        made = count(app.store, app.loaded.practice, app.release, at, load)
        with self._lock:
            self._counted, self._took = made, time.perf_counter() - began
        return made
