"""One daemon for one SQLite file: a lock that the machine lets go of however the process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from laneflow.errors import LaneflowError, Problem


@contextmanager
def only_one(database: str) -> Iterator[None]:
    """Hold the daemon's lock on a database; PostgreSQL needs none, its writers are fenced.

    Raises LaneflowError, naming the process, where another daemon holds it.
    """
    file = sqlite_file(database)
    if file is None:
        yield
        return
    handle = os.open(f"{file}.daemon", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 20).decode() or "unknown"
            what = f"another daemon (process {holder}) is at work on this database"
            raise LaneflowError(Problem("run", 0, 0, what, "Stop that one first.")) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def sqlite_file(database: str) -> Path | None:
    """The file of a SQLite database URL; None for any other database."""
    prefix = "sqlite:///"
    return Path(database.removeprefix(prefix)) if database.startswith(prefix) else None
