"""The files of a former release: in a folder of their own, or in place of the present ones."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.store.contract import Store
from laneflow.store.released import Name
from laneflow.work.clock import iso
from laneflow.work.versions import FILE, SCRIPT, path_of


@dataclass(frozen=True, slots=True)
class Brought:
    """The files written, and the folder where what they were before is kept; None if nowhere."""

    written: list[str]
    aside: Path | None


def write_files(store: Store, parts: Mapping[Name, str], folder: Path) -> list[str]:
    """Write a release's files to a new or empty folder; their paths.

    Raises LaneflowError where there is something in it already, or it cannot be written.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            what, hint = f"{folder} is not empty", "Name a new folder; nothing was written."
            raise LaneflowError(Problem("--write", 0, 0, what, hint))
        texts = _texts(store, parts)
        for path, text in texts.items():
            write_whole(folder / path, text)
    except OSError as error:
        what = f"{folder} cannot be written: {(error.strerror or 'it fails').lower()}"
        raise LaneflowError(Problem("--write", 0, 0, what)) from None
    return sorted(texts)


def bring_back(store: Store, parts: Mapping[Name, str], folder: Path, at: Instant) -> Brought:
    """Make the practice's files those of a release again. What they were is kept aside first.

    Files the release does not know stay where they are. Each file is replaced whole or not at all.
    """
    aside = folder / ".laneflow" / "replaced" / iso(at)[:19].replace(":", "")
    written: list[str] = []
    kept = False
    for path, text in sorted(_texts(store, parts).items()):
        file = folder / path
        if file.is_file():
            was = file.read_bytes()
            if was == text:
                continue
            write_whole(aside / path, was)
            kept = True
        write_whole(file, text)
        written.append(path)
    return Brought(written, aside if kept else None)


def _texts(store: Store, parts: Mapping[Name, str]) -> dict[str, bytes]:
    wanted = {name: hash_ for name, hash_ in parts.items() if name[0] in (FILE, SCRIPT)}
    return {path_of(name): text for name, text in store.contents(wanted).items()}


def write_whole(file: Path, text: bytes) -> None:
    """Write a file whole or not at all, its folder too; one that is there keeps its permissions."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text)
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
        Path(unfinished).chmod(mode)
        Path(unfinished).replace(file)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
