"""Backups of the SQLite store, taken while it is written to, and checked before they count."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from laneflow.engine.state import Instant
from laneflow.work.clock import iso

KEEP = 14
"""Backups kept; the oldest go first."""


def backup(database: Path, folder: Path, at: Instant, keep: int = KEEP) -> Path:
    """Copy the database as it stands at this moment into ``folder``; return the copy's path.

    The copy is one consistent state: writers go on meanwhile and are not in it. It gets its name
    only once SQLite has found it whole and it is on disk; sqlite3.DatabaseError where it is not.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = folder / f"laneflow-{iso(at)[:19].replace(':', '')}.sqlite3"
    part = name.with_suffix(".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
        (found,) = copy.execute("PRAGMA quick_check").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(f"the copy is damaged: {found}")
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.rename(name)
    for old in kept(folder)[:-keep]:
        old.unlink()
    return name


def kept(folder: Path) -> list[Path]:
    """The backups in ``folder``, the latest last."""
    return sorted(folder.glob("laneflow-*.sqlite3"))
