"""Owns the files commands write where they are told to: CSV, and one line where it cannot be."""

from __future__ import annotations

import csv
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


def write_csv(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table with its heading. Raises LaneflowError where it cannot be written."""
    with writing(file), file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)
