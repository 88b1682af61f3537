"""The inbox: a folder other systems drop files in; each is taken in whole, then put aside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from laneflow.work.app import App
from laneflow.work.take_in import Progress, TakenIn, take_in

TAKEN = "taken"
"""The folder inside the inbox where files go once they are taken in."""

SETTLED = 2.0
"""Seconds a file must have lain untouched: before that somebody may still be writing it."""


def take_inbox(app: App, inbox: Path, progress: Progress | None = None) -> list[TakenIn]:
    """Take in every file that lies ready, oldest first, and move it to ``taken``.

    A file is moved only when all of it is safe on disk. After a crash in between it is read once
    more, which changes nothing.
    """
    from laneflow.intake import Vocabulary, read

    done = []
    for path in _ready(inbox):
        now, practice = app.clock.now(), app.loaded.practice
        vocabulary = Vocabulary.of(app.loaded)
        records = read(path, now=now, vocabulary=vocabulary, time_zone=practice.time_zone)
        done.append(take_in(app, records, progress=progress))
        _put_aside(path, inbox / TAKEN)
    return done


def _ready(inbox: Path) -> Iterator[Path]:
    found = []
    for path in inbox.iterdir() if inbox.is_dir() else ():
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".part":
            age = _age(path)
            if age >= SETTLED:
                found.append((-age, path))
    for _, path in sorted(found):
        yield path


def _age(path: Path) -> float:
    """Seconds since the file was last written, by the file system's own clock."""
    probe = path.parent / f".laneflow-{time.monotonic_ns()}"
    probe.touch()
    try:
        return probe.stat().st_mtime - path.stat().st_mtime
    finally:
        probe.unlink()


def _put_aside(path: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    names = (folder / (path.name if n == 0 else f"{path.name}.{n}") for n in count())
    path.rename(next(name for name in names if not name.exists()))
