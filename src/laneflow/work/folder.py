"""Owns the practice's folder as it is now: read again only when one of its files has changed."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from laneflow.errors import Problem
from laneflow.work import versions

if TYPE_CHECKING:
    from laneflow.practice.model import LoadedPractice
    from laneflow.work.app import App


@dataclass(frozen=True, slots=True)
class Folder:
    """``loaded``: None where practice.yaml has an error. ``problems``: of all its files.

    ``edited``: path -> in a clause how it is not what is live (``edited, not live yet``).
    """

    loaded: LoadedPractice | None
    problems: tuple[Problem, ...]
    edited: dict[str, str]

    def errors(self, file: str) -> int:
        """How many things are wrong in one file."""
        return sum(p.file == file and p.severity == "error" for p in self.problems)


_read: dict[Path, tuple[str, Folder]] = {}
_reading = threading.Lock()


def folder_now(app: App) -> Folder:
    """The folder of the practice at work, beside what is live."""
    from laneflow.lanes.load import load_practice

    with _reading:
        mark = _mark(app)
        known = _read.get(app.folder)
        if known is not None and known[0] == mark:
            return known[1]
        loaded, problems = load_practice(app.folder)
        told = versions.unpublished(app.store, app.folder)
        edited = {p.file: p.what for p in told if p.code == versions.UNPUBLISHED}
        found = Folder(loaded, tuple(problems), edited)
        _read[app.folder] = (mark, found)
        return found


def _mark(app: App) -> str:
    """Changes with every file, and with what is live."""
    whole = hashlib.sha256(f"{app.store.released()}".encode())
    for name, text in sorted(versions.texts_in(app.folder).items()):
        whole.update(f"{name}{len(text)}:".encode() + text)
    return whole.hexdigest()
