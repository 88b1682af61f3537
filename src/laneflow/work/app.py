"""The practice at work: its folder, its store, its clock, and the version of it that is live."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from laneflow.engine.starts import Starts
from laneflow.engine.state import Instant
from laneflow.errors import Problem
from laneflow.practice.model import LoadedPractice
from laneflow.store.contract import Store
from laneflow.work import versions
from laneflow.work.clock import Clock

if TYPE_CHECKING:
    from laneflow.engine.live import Live


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
        self.problems: list[Problem] = []
        self.failed: dict[str, Instant] = {}
        """patients whose file the engine failed on, and when to try again"""
        self._threads = threading.local()
        self._starts = Starts(self._sleeping)  # one for all threads

    @property
    def live(self) -> Live:
        """The compiled practice of this thread, built anew only when what is live has changed."""
        from laneflow.engine.live import Live

        mine: Live | None = getattr(self._threads, "live", None)
        if mine is None or mine.loaded is not self.loaded:
            mine = self._threads.live = Live(self.loaded, self._starts, mine)
        return mine

    def _sleeping(self) -> dict[tuple[str, str, Instant], int]:
        """What already wakes on each day to come, by lane and its location's time zone."""
        practice = self.loaded.practice
        zones = {place.id: place.time_zone for place in practice.locations.values()}
        found: dict[tuple[str, str, Instant], int] = {}
        for (lane, place, start), count in self.store.sleeping(self.clock.now()).items():
            key = (lane, zones.get(place, practice.time_zone), start)
            found[key] = found.get(key, 0) + count
        return found

    def forget_live(self) -> None:
        """Throw this thread's compiled practice away, as after any failure inside it."""
        mine: Live | None = getattr(self._threads, "live", None)
        if mine is not None:
            mine.close()
        self._threads.live = None

    def reload(self, by: str = "files") -> list[str]:
        """Read the folder again and make live what may be; return what changed here.

        Never raises for what the files hold: that stays in ``problems`` and the last good
        version runs on.
        """
        from laneflow.lanes.load import load_practice

        found, problems = load_practice(self.folder)
        settled = versions.settle(found, problems, self.store, self.folder)
        changed = versions.differences(self.loaded, settled.loaded)
        now = self.clock.now()
        published = versions.publish(self.store, settled.loaded, now, by)
        self.problems = settled.problems
        if changed:
            self.loaded = settled.loaded
        if set(changed) - set(published):
            # Another process published them while this one still decided by the old version.
            versions.wake_changed(self.store, settled.loaded, changed, now)
        return changed

    def follow(self) -> bool:
        """Run what is live in the store, where another process has published it; whether it had."""
        if self.store.live() == versions.hashes(self.loaded):
            return False
        live = versions.last_good(self.store, self.folder)
        if live is not None:
            self.loaded = live
        return live is not None


def open_app(
    folder: Path | str, database: str | None = None, clock: Clock | None = None, by: str = "files"
) -> App:
    """Open a practice folder with its store (created on first use) and make its files live.

    ``database`` is a URL (``sqlite:///path`` or ``postgresql://…``); without one LANEFLOW_DATABASE,
    else a SQLite file inside the folder. Raises LaneflowError where nothing of the practice loads
    and nothing was ever live, or where the database cannot be opened.
    """
    from laneflow.lanes.load import load_practice
    from laneflow.store import open_store

    folder = Path(folder)
    clock = clock or Clock()
    found, problems = load_practice(folder)
    store = open_store(database or database_url(folder))
    settled = versions.settle(found, problems, store, folder)
    versions.publish(store, settled.loaded, clock.now(), by)
    app = App(folder, store, settled.loaded, clock)
    app.problems = settled.problems
    return app


def database_url(folder: Path) -> str:
    """The database of a practice where none is named: LANEFLOW_DATABASE, else a file in it."""
    named = os.environ.get("LANEFLOW_DATABASE")
    return named or f"sqlite:///{folder.resolve() / '.laneflow' / 'laneflow.sqlite3'}"
