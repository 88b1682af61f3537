"""Owns how the practice's laneflow is doing: is the daemon awake, does work get done, what waits.

Cheap, and asked by every page, probe and scrape that operations looks at; ``doctor`` looks deeper.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from laneflow.engine.state import Instant
from laneflow.proofs.silence import ALLOWED_LAG
from laneflow.store.contract import Store
from laneflow.work.backup import kept
from laneflow.work.heart import beats, last_beat

if TYPE_CHECKING:
    from laneflow.work.app import App

LATE: Instant = 5 * 60_000
"""Work that has been due for so long is not being done."""

BACKED_UP: Instant = 26 * 3_600_000
"""How old the latest backup may be: one is made every night."""


class Vitals(msgspec.Struct, frozen=True):
    """What matters most, in figures. Durations in milliseconds.

    ``beat``: when a daemon last gave a sign of life; ``lag``: how long the oldest work that is due
    has been; ``waiting``: see ``Store.vitals``; ``silent`` must be 0.
    """

    at: Instant
    beat: Instant | None
    awake: bool
    lag: Instant
    open_cases: dict[str, int]
    silent: int
    waiting: dict[str, int]


class Backup(msgspec.Struct, frozen=True):
    """The latest backup: its file, when it was made, its size in bytes, and how many are kept."""

    file: Path
    at: Instant
    size: int
    count: int


def vitals(app: App) -> Vitals:
    """The figures as they are now."""
    store, now = app.store, app.clock.now()
    open_cases: Counter[str] = Counter()
    for (lane, _), count in store.standing().items():
        open_cases[lane] += count
    wake = store.next_wake()
    return Vitals(
        at=now,
        beat=last_beat(store),
        awake=beats(store, now),
        lag=0 if wake is None else max(0, now - wake),
        open_cases=dict(open_cases),
        silent=silent(app, now),
        waiting=store.vitals(now),
    )


def silent(app: App, now: Instant) -> int:
    """How many live cases nobody will be called about, as of the last instant worked on."""
    last = app.store.latest()
    active = [person.id for person in app.loaded.practice.people.values() if person.active]
    judged = now if last is None else last
    return sum(1 for _ in app.store.silent(judged - ALLOWED_LAG, active))


def latest_backup(store: Store) -> Backup | None:
    """The latest backup of a SQLite store; None where none was made, or elsewhere it is made."""
    if store.file is None:
        return None
    files = kept(store.file.parent / "backups")
    if not files:
        return None
    told = files[-1].stat()
    return Backup(files[-1], round(told.st_mtime * 1000), told.st_size, len(files))


def not_ready(app: App) -> list[str]:
    """Why people should not be sent here just now, each a clause; nothing where they may be."""
    if not app.store.up_to_date():
        return ["the database's tables are not as this laneflow needs them"]
    now = app.clock.now()
    if beats(app.store, now):
        return []
    last = last_beat(app.store)
    since = "it never has" if last is None else f"not for {(now - last) // 1000} seconds"
    return [f"no daemon looks at what is due: {since}"]
