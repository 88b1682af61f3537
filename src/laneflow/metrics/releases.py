"""Owns what releases changed: which files, and line by line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from laneflow.store.released import Name, Release
from laneflow.work.versions import FILE, SCRIPT, path_of


class FileDiff(NamedTuple):
    """One file two releases have not alike; ``lines`` are those of a unified diff."""

    path: str
    lines: list[str]


def changed(release: Release, before: Release | None) -> list[str]:
    """The files a release changed against another one; all of its own against none."""
    old = before.parts if before else {}
    names = {
        name for name in release.parts.keys() | old.keys()
        if name[0] in (FILE, SCRIPT) and release.parts.get(name) != old.get(name)
    }  # fmt: skip
    return sorted(map(path_of, names))


def diffs(old: Mapping[Name, bytes], new: Mapping[Name, bytes]) -> Iterator[FileDiff]:
    """How the texts of two releases differ, file by file."""
    for name in sorted(old.keys() | new.keys()):
        was, is_ = old.get(name, b""), new.get(name, b"")
        if name[0] in (FILE, SCRIPT) and was != is_:
            before, after = (s.decode("utf-8", "replace").splitlines() for s in (was, is_))
            path = path_of(name)
            yield FileDiff(path, list(difflib.unified_diff(before, after, path, path, lineterm="")))
