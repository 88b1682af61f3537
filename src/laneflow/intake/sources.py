"""Where records lie: files, folders, gzip and standard input, read in bounded memory."""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from laneflow.errors import LaneflowError, Problem
from laneflow.intake.records import Unclear

LONGEST_LINE: Final = 5 * 1024 * 1024
"""Bytes of one line; a longer one is refused and skipped."""
LARGEST_FILE: Final = 256 * 1024 * 1024
"""Bytes of a file that must be held whole (one JSON document); lines have no such limit."""
LINE_SUFFIXES: Final = (".jsonl", ".ndjson")
SUFFIXES: Final = (*LINE_SUFFIXES, ".json")
READ_ERRORS: Final = (OSError, EOFError, zlib.error)
"""What reading a damaged or vanishing file raises."""

_STEP = 1024 * 1024


def files(path: str | Path) -> tuple[list[Path], list[Path]]:
    """The files to read, and those passed by: a file as it is, a folder searched in sorted order.

    Raises LaneflowError where there is nothing at ``path``. Hidden files are passed by in silence.
    """
    path = Path(path)
    if path.is_dir():
        found = sorted(_walk(path))
        wanted = [file for file in found if plain_name(file).endswith(SUFFIXES)]
        return wanted, [file for file in found if not plain_name(file).endswith(SUFFIXES)]
    if not path.exists():
        raise LaneflowError(Problem(str(path), 0, 0, "there is no such file or folder"))
    return [path], []


def plain_name(file: Path) -> str:
    """The name that tells what a file holds: lower case, without ``.gz``."""
    return file.name.casefold().removesuffix(".gz")


@contextmanager
def opened(file: Path | None) -> Iterator[IO[bytes]]:
    """A binary stream of a file, unzipped where it is gzip; None is standard input."""
    if file is None:
        yield sys.stdin.buffer
        return
    with file.open("rb") as stream:
        if stream.peek(2)[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=stream) as unzipped:
                yield cast("IO[bytes]", unzipped)
        else:
            yield stream


class TooLong(Unclear):
    """A line over LONGEST_LINE; ``digest_of`` holds its beginning, which stands for it."""

    def __init__(self, beginning: bytes) -> None:
        limit = LONGEST_LINE // (1024 * 1024)
        super().__init__(
            f"the line is longer than {limit} MB", "One event or resource on each line."
        )
        self.beginning = beginning


def lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes | TooLong]]:
    """(line number, line) of every line that is not blank, without its end; never a longer one."""
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            beginning = line
            while line and not line.endswith(b"\n"):
                line = stream.readline(_STEP)
            yield number, TooLong(beginning)
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        line = line.strip()
        if line:
            yield number, line


def whole(stream: IO[bytes], before: bytes = b"") -> bytes:
    """All of a stream after ``before``; raises Unclear past LARGEST_FILE."""
    content = before + stream.read(LARGEST_FILE + 1 - len(before))
    if len(content) > LARGEST_FILE:
        limit = LARGEST_FILE // (1024 * 1024)
        hint = "Write one resource or event on each line (.ndjson); such files may be of any size."
        raise Unclear(f"the file is larger than {limit} MB", hint)
    return content.removeprefix(b"\xef\xbb\xbf")


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in names if not name.startswith("."))
