"""The practice at work: its folder, its store, its clock, and the version of it that is live."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from laneflow.engine.starts import Starts
from laneflow.engine.state import Instant
from laneflow.errors import Problem
from laneflow.practice.model import LoadedPractice
from laneflow.store.behind import Behind
from laneflow.store.contract import Store
from laneflow.work import versions
from laneflow.work.clock import Clock

if TYPE_CHECKING:
    from laneflow.engine.live import Live

FRESH, STALE = 1.0, 30.0
"""Seconds for which it is good enough to know how much everybody has to do: as it is, and while it
is counted anew behind the back of whoever asks."""

QUICK = 0.02
"""Seconds: what is counted within this is never counted behind anybody's back."""


class App:
    """Everything a doer needs. ``problems`` says what of the files is not live, and why.

    One App may serve several threads: each gets its own ``live``, since a matcher belongs to one.
    """

    def __init__(
        self, folder: Path, store: Store, loaded: LoadedPractice, clock: Clock | None = None
    ) -> None:
        self.folder = folder
        self.store = store
        self.clock = clock or Clock()
        self.loaded = loaded
        self.release = store.released()
        """the number of the release that ``loaded`` is"""
        self.problems: list[Problem] = []
        self.failed: dict[str, Instant] = {}
        """patients whose file the engine failed on, and when to try again"""
        self._held: tuple[float, float, Mapping[str, int]] = (0.0, 0.0, {})
        self._behind = Behind()
        self._threads = threading.local()
        self._starts = Starts(self.sleeping)  # one for all threads

    @property
    def live(self) -> Live:
        """The compiled practice of this thread, built anew only when what is live has changed."""
        from laneflow.engine.live import Live

        mine: Live | None = getattr(self._threads, "live", None)
        if mine is None or mine.loaded is not self.loaded:
            mine = self._threads.live = Live(self.loaded, self._starts, mine)
        return mine

    def sleeping(self) -> dict[tuple[str, str, Instant], int]:
        """What already wakes on each day to come, by lane and its location's time zone."""
        practice = self.loaded.practice
        zones = {place.id: place.time_zone for place in practice.locations.values()}
        found: dict[tuple[str, str, Instant], int] = {}
        for (lane, place, start), count in self.store.sleeping(self.clock.now()).items():
            key = (lane, zones.get(place, practice.time_zone), start)
            found[key] = found.get(key, 0) + count
        return found

    def holding(self, at: Instant) -> Mapping[str, int]:
        """The store's ``holding``, a second old, or some where there is very much: pages ask for
        it all the time.

        It says who has too much to do and who has least, which no single task decides.
        """
        counted, took, held = self._held
        age = time.monotonic() - counted
        if not counted or age >= (STALE if took > QUICK else FRESH):
            return self._hold(at)
        if age >= FRESH:
            self._behind.begin(self.store, lambda: self._hold(at))
        return held

    def _hold(self, at: Instant) -> Mapping[str, int]:
        began = time.monotonic()
        held = self.store.holding(at)
        self._held = (time.monotonic(), time.monotonic() - began, held)
        return held

    def forget_live(self) -> None:
        """Throw this thread's compiled practice away, as after any failure inside it."""
        mine: Live | None = getattr(self._threads, "live", None)
        if mine is not None:
            mine.close()
        self._threads.live = None

    def look(self) -> None:
        """Look at the folder again: what of it is not live, and what is wrong with it.

        Changes nothing that runs, and never raises for what the files hold.
        """
        self.problems = versions.unpublished(self.store, self.folder)

    def follow(self) -> bool:
        """Run what was published since, here or by another process; whether anything was.

        Asked between reading files and deciding them: what was published before that is what they
        are decided by, and publishing later moves their fences.
        """
        latest = self.store.released()
        if latest == self.release:
            return False
        self.loaded = versions.live_practice(self.store, self.folder)
        self.release = latest
        self.look()
        return True


def open_app(folder: Path | str, database: str | None = None, clock: Clock | None = None) -> App:
    """Open a practice folder with its store (created on first use), and run what is live there.

    The very first start publishes what the folder holds; afterwards ``problems`` tells of edits
    that are not live. ``database`` is a URL (``sqlite:///path`` or ``postgresql://…``); without
    one LANEFLOW_DATABASE, else a SQLite file inside the folder. Raises LaneflowError where nothing
    of the practice loads and nothing was ever live, or where the database cannot be opened.
    """
    from laneflow.store import open_store

    folder = Path(folder)
    clock = clock or Clock()
    store = open_store(database or database_url(folder))
    problems: list[Problem] | None = None
    if not store.released():
        problems = versions.first_start(store, folder, clock.now())
    app = App(folder, store, versions.live_practice(store, folder), clock)
    if problems is None:
        app.look()
    else:
        app.problems = problems
    return app


def database_url(folder: Path) -> str:
    """The database of a practice where none is named: LANEFLOW_DATABASE, else a file in it."""
    named = os.environ.get("LANEFLOW_DATABASE")
    return named or f"sqlite:///{folder.resolve() / '.laneflow' / 'laneflow.sqlite3'}"
