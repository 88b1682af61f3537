"""Owns the files commands write where told to: looked at before, one line where one cannot be."""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from laneflow.errors import LaneflowError, Problem


@contextmanager
def writing(file: Path, hint: str = "Name another file.") -> Iterator[None]:
    """An OSError inside is told in one line about ``file``: raised as LaneflowError."""
    try:
        yield
    except OSError as error:
        what = f"cannot be written: {(error.strerror or 'unknown').lower()}"
        raise LaneflowError(Problem(str(file), 0, 0, what, hint)) from None


def may_write(*files: Path | None, makes_folders: bool = False) -> None:
    """Look, before long work begins, whether each file can be written at its end.

    Writes nothing. ``makes_folders``: those on the way to it are made if need be. Raises
    LaneflowError as ``writing`` does; what changes meanwhile is told by that.
    """
    for file in files:
        if file is not None:
            with writing(file):
                _look(file, makes_folders)


def _look(file: Path, makes_folders: bool) -> None:
    folder = file.parent
    while makes_folders and not folder.exists() and folder != folder.parent:
        folder = folder.parent
    for wrong, number in (
        (file.is_dir(), errno.EISDIR),
        (not folder.exists(), errno.ENOENT),
        (not folder.is_dir(), errno.ENOTDIR),
        (not os.access(file if file.exists() else folder, os.W_OK), errno.EACCES),
    ):
        if wrong:
            raise OSError(number, os.strerror(number))


def write_csv(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table with its heading. Raises LaneflowError where it cannot be written."""
    with writing(file), file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)
