"""Owns the files a manager edits: which may be, their texts, saving one, and back to what is live.

The folder's file is the draft. It is written whole or not at all, and never over what somebody
else wrote since: the digest of what was opened must still be that of what is there.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.load import PRACTICE_FILE
from laneflow.outreach.environment import FOLDER as SCRIPTS
from laneflow.outreach.environment import MAX_SOURCE
from laneflow.work import versions
from laneflow.work.bringing import write_whole
from laneflow.work.clock import iso

if TYPE_CHECKING:
    from laneflow.store.released import Name
    from laneflow.work.app import App

MOST_YAML = 200_000
"""Bytes of a YAML file that is edited here; the longest shipped one has about 20,000."""

CHANGED = "changed-since"
"""The code of the problem that somebody else saved the file meanwhile."""

_STEP = r"[A-Za-z0-9_][A-Za-z0-9_-]*"
_EDITABLE = re.compile(
    rf"practice\.yaml|lanes/{_STEP}\.yaml|scripts/(?:{_STEP}/)*{_STEP}(?:\.{_STEP})*\.j2"
)
_LONGEST_NAME = 200
_NOT_THERE = ""
_saving = threading.Lock()


@dataclass(frozen=True, slots=True)
class Draft:
    """One file as it is in the folder. ``digest`` is "" where there is no such file (yet)."""

    name: str
    text: str
    digest: str

    @property
    def is_script(self) -> bool:
        """Whether it is a script, and not YAML."""
        return self.name.endswith(".j2")


def editable(name: str) -> bool:
    """Whether a file of this name, relative to the practice's folder, may be edited here."""
    return len(name) <= _LONGEST_NAME and _EDITABLE.fullmatch(name) is not None


def most(name: str) -> int:
    """The most bytes a file of this name may have."""
    return MAX_SOURCE * 4 if name.endswith(".j2") else MOST_YAML


def opened(folder: Path, name: str) -> Draft:
    """The file as it is now; empty where there is none.

    Raises LaneflowError for a name that is not edited here, one that leads out of the folder, and
    a file that is no text or too long.
    """
    content = _content(_path(folder, name), name)
    if content is None:
        return Draft(name, "", _NOT_THERE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LaneflowError(Problem(name, 0, 0, "not valid UTF-8", "Save it as UTF-8.")) from None
    return Draft(name, text.replace("\r\n", "\n"), _digest(content))


def save(folder: Path, name: str, text: str, seen: str) -> Draft:
    """Write ``text``; the file keeps its permissions and its way of ending lines.

    ``seen``: the digest of what was opened. Raises LaneflowError, coded CHANGED, where the file is
    no longer that; and where it may not or cannot be written.
    """
    path = _path(folder, name)
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    _not_too_long(plain, name)
    with _saving:
        was = _unchanged(path, name, seen)
        ends = "\r\n" if was is not None and b"\r\n" in was else "\n"
        content = plain.replace("\n", ends).encode()
        with _writing(name):
            write_whole(path, content)
    return Draft(name, plain, _digest(content))


def discard(app: App, name: str, seen: str) -> Path | None:
    """Make the file what is live again, or no file where none of this name is live.

    What it was is kept aside; the path of that, None where there was nothing. Raises as ``save``.
    """
    path = _path(app.folder, name)
    live = live_text(app, name)
    with _saving, _writing(name):
        was = _unchanged(path, name, seen)
        if was is None and live is None:
            return None
        aside = None
        if was is not None:
            stamp = iso(app.clock.now())[:19].replace(":", "")
            aside = app.folder / ".laneflow" / "replaced" / stamp / name
            write_whole(aside, was)
        if live is None:
            path.unlink()
        else:
            write_whole(path, live)
    return aside


def live_text(app: App, name: str) -> bytes | None:
    """The file as it went live; None where none of this name is live."""
    key = part_name(name)
    hash_ = app.store.live().get(key)
    return None if hash_ is None else app.store.contents({key: hash_})[key]


def part_name(name: str) -> Name:
    """What a release calls the file."""
    folder = f"{SCRIPTS}/"
    if name.startswith(folder):
        return versions.SCRIPT, name.removeprefix(folder)
    return versions.FILE, name


def between(before: str, after: str, old: str, new: str) -> list[str]:
    """The lines of a unified diff; ``old`` and ``new`` name its sides."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="")
    return list(lines)


@contextmanager
def as_if(folder: Path, name: str, text: str) -> Iterator[Path]:
    """A copy of the practice's files in which ``name`` says ``text``; it is gone afterwards.

    Readable by nobody else. Raises LaneflowError as ``save`` does for the name and the length.
    """
    _path(folder, name)
    _not_too_long(text, name)
    files = {versions.path_of(part): found for part, found in versions.texts_in(folder).items()}
    for test in (folder / "lanes" / "tests").glob("*.y*ml"):
        if test.is_file() and test.stat().st_size <= MOST_YAML:
            files[f"lanes/tests/{test.name}"] = test.read_bytes()
    files[name] = text.encode()
    with tempfile.TemporaryDirectory(prefix="laneflow-") as made:
        for relative, content in files.items():
            path = Path(made, relative)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield Path(made)


def problems_in(
    folder: Path, name: str, text: str, now: Instant
) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """What would be wrong with the practice's files if ``name`` said ``text``; saves nothing.

    A lane or practice.yaml is checked with all that rests on it, a script by itself, on a sample
    of each way through it. With it, what could not be looked at, a sentence each.
    """
    from laneflow.proofs.check import check_practice

    with as_if(folder, name, text) as copy:
        if said_aloud(name):
            found = linted(copy, name)
            if found is not None:
                return found, ()
        checked = check_practice(copy, now=now)
        problems = checked.problems
        if name.endswith(".j2"):
            problems = tuple(p for p in problems if p.file == name)
        return problems, checked.unchecked


def said_aloud(name: str) -> bool:
    """Whether a file is a script that is said or sent, not a base others build on."""
    from laneflow.outreach.lint.names import parsed

    last = name.removeprefix(f"{SCRIPTS}/")
    return name.endswith(".j2") and bool(parsed(last).channel) and not last.startswith("_")


def linted(folder: Path, name: str) -> tuple[Problem, ...] | None:
    """Every problem of one script that is said; None where practice.yaml does not load."""
    from laneflow.lanes.load import every_lane_read, load_practice
    from laneflow.outreach.lint.linting import lint_scripts

    loaded, problems = load_practice(folder)
    if loaded is None:
        return None
    whole = every_lane_read(problems)
    return lint_scripts(loaded, [name], every_lane=whole).problems


def _path(folder: Path, name: str) -> Path:
    """The file itself. Links are followed, but never out of the folder."""
    if not editable(name):
        hint = "Edited here are practice.yaml, lanes and scripts."
        raise LaneflowError(Problem("file", 0, 0, "there is no such file to edit", hint))
    root = folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or ".laneflow" in path.relative_to(root).parts:
        what, hint = "this leads out of the practice's folder", "Put the file itself there."
        raise LaneflowError(Problem(name, 0, 0, what, hint))
    return path


def _content(path: Path, name: str) -> bytes | None:
    """The file's bytes; None where there is none."""
    try:
        if path.exists() and not path.is_file():  # a pipe would wait for ever
            raise LaneflowError(Problem(name, 0, 0, "this is not an ordinary file", "Remove it."))
        if path.stat().st_size > MOST_YAML:
            raise _too_long(name)
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        raise LaneflowError(Problem(name, 0, 0, f"cannot be read: {why}")) from None


def _unchanged(path: Path, name: str, seen: str) -> bytes | None:
    """What the file holds, if that is still what was ``seen``."""
    content = _content(path, name)
    if seen != (_NOT_THERE if content is None else _digest(content)):
        what = "somebody else changed this file since you opened it"
        hint = "Look at both below, and decide."
        raise LaneflowError(Problem(name, 0, 0, what, hint, code=CHANGED))
    return content


def _not_too_long(text: str, name: str) -> None:
    if len(text.encode()) > most(name):
        raise _too_long(name)


def _too_long(name: str) -> LaneflowError:
    return LaneflowError(Problem(name, 0, 0, "the file is too long", "Keep it to a few pages."))


@contextmanager
def _writing(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = (error.strerror or "it fails").lower()
        hint = "Who may write in the practice's folder?"
        raise LaneflowError(Problem(name, 0, 0, f"cannot be written: {why}", hint)) from None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


__all__ = [
    "CHANGED", "PRACTICE_FILE", "Draft", "as_if", "between", "discard", "editable", "live_text",
    "most", "opened", "part_name", "problems_in", "said_aloud", "save",
]  # fmt: skip
