"""Versions: what is live, and what the folder holds beside it.

A release is everything that went live together: practice.yaml, the lanes, the scripts, and the
files' own texts. What the folder holds is not live until it is published; only the very first
start publishes what it finds.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.load import PRACTICE_FILE
from laneflow.lanes.model import Lane
from laneflow.outreach.environment import FOLDER as SCRIPTS
from laneflow.outreach.environment import MAX_SOURCE
from laneflow.practice.model import LoadedPractice, Practice
from laneflow.practice.scripts import PublishedScripts
from laneflow.store.contract import Store
from laneflow.store.released import Name, Part, Release

PRACTICE, LANE, SCRIPT, FILE = "practice", "lane", "script", "file"
"""The kinds of a release's parts. ``file`` is the text of a YAML file, by its path."""

THE_PRACTICE: Name = (PRACTICE, PRACTICE)
FIRST_START = "first start"
"""Who published what the first start found."""

UNPUBLISHED = "unpublished"
"""The code of what is told of a file that is not live as it is in the folder."""

_NEXT = "See `laneflow plan`, then `laneflow publish`."
_MOST = 1 << 22
"""Bytes of a file kept with a release; the loader takes no longer one."""

Texts = dict[Name, bytes]
"""Files as they are: ``("file", "lanes/x.yaml")`` and ``("script", "discharge/a.sms.j2")``."""


def texts_in(folder: Path) -> Texts:
    """The files of a practice folder that a release keeps; what cannot be read is left out."""
    found: Texts = {}
    for name, path, most in _files(folder):
        try:
            if path.is_file() and path.stat().st_size <= most:  # a pipe would wait for ever
                found[name] = path.read_bytes()
        except OSError:
            continue
    return found


def _files(folder: Path) -> Iterator[tuple[Name, Path, int]]:
    yield (FILE, PRACTICE_FILE), folder / PRACTICE_FILE, _MOST
    for path in sorted((folder / "lanes").glob("*.yaml")):
        if not path.name.startswith("."):
            yield (FILE, f"lanes/{path.name}"), path, _MOST
    root = str(folder / SCRIPTS)
    for where, _, files in os.walk(root):
        for file in files:
            if file.endswith(".j2"):
                path = Path(where, file)
                yield (SCRIPT, path.relative_to(root).as_posix()), path, MAX_SOURCE * 4


def path_of(name: Name) -> str:
    """The file that a part of a release came from, relative to the practice's folder."""
    kind, which = name
    if kind == SCRIPT:
        return f"{SCRIPTS}/{which}"
    return {PRACTICE: PRACTICE_FILE, LANE: f"lanes/{which}.yaml"}.get(kind, which)


def parts_of(loaded: LoadedPractice, texts: Mapping[Name, bytes]) -> dict[Name, Part]:
    """All that goes live with ``loaded``; ``texts`` are its files."""
    practice = loaded.practice
    parts = {THE_PRACTICE: Part(practice.hash, msgspec.json.encode(practice))}
    for lane in loaded.lanes.values():
        parts[LANE, lane.id] = Part(lane.hash, msgspec.json.encode(lane))
    files = {path_of(name) for name in parts}
    for name, text in texts.items():
        if name[0] == SCRIPT or name[1] in files:
            parts[name] = Part(hashlib.sha256(text).hexdigest(), text)
    return parts


def hashes(loaded: LoadedPractice) -> dict[Name, str]:
    """(kind, name) -> hash of what cases are decided by: the practice and its lanes."""
    found = {THE_PRACTICE: loaded.practice.hash}
    return found | {(LANE, lane.id): lane.hash for lane in loaded.lanes.values()}


def make_live(
    store: Store,
    parts: Mapping[Name, Part],
    at: Instant,
    by: str,
    why: str,
    *,
    after: int,
    what: str = "publish",
) -> int | None:
    """Make ``parts`` live after release ``after``: all of it, its audit row, and the waking of the
    open cases it concerns, in one transaction. The release's number; None where somebody else
    published meanwhile.
    """
    before = store.live()
    changed = [name for name, part in parts.items() if before.get(name) != part.hash]
    with store.transaction():
        number = store.release(parts, at, by, why, after=after)
        if number is None:
            return None
        detail = {"why": why, "changed": [f"{kind} {name}" for kind, name in changed]}
        store.audit(
            {"at": at, "by": by, "what": what, "object": f"release {number}", "detail": detail}
        )
        lanes = [name for kind, name in parts if kind == LANE]
        if THE_PRACTICE not in changed:
            lanes = [name for kind, name in changed if kind == LANE]
        if before and lanes:
            latest = store.latest()
            store.wake(None, lanes, at if latest is None else min(at, latest))
    return number


def live_practice(store: Store, folder: Path, release: Release | None = None) -> LoadedPractice:
    """The practice that is live, or that was with ``release``, with its scripts.

    Raises LaneflowError where it cannot be read, as when another laneflow wrote it.
    """
    parts = store.live() if release is None else release.parts
    content = store.contents({n: h for n, h in parts.items() if n[0] != FILE})
    try:
        practice = msgspec.json.decode(content[THE_PRACTICE], type=Practice)
        lanes = {
            name: msgspec.json.decode(content[kind, name], type=Lane)
            for kind, name in sorted(parts)
            if kind == LANE
        }
    except (KeyError, msgspec.MsgspecError):
        what = "what is live cannot be read by this laneflow"
        if release is not None:
            what = f"release {release.n} cannot be read by this laneflow"
        hint = "Get its files with `laneflow history --write` and publish them."
        raise LaneflowError(Problem("release", 0, 0, what, hint)) from None
    scripts = {name: text for (kind, name), text in content.items() if kind == SCRIPT}
    published = PublishedScripts(scripts) if release is not None or store.released() else None
    return LoadedPractice(practice=practice, lanes=lanes, folder=str(folder), scripts=published)


def first_start(store: Store, folder: Path, at: Instant) -> list[Problem]:
    """Publish what the folder holds, where nothing was ever released; the files' problems.

    What an older laneflow had live, before there were releases, stays live as it is. Raises
    LaneflowError with every problem where nothing of the practice loads.
    """
    from laneflow.lanes.load import load_practice

    texts = texts_in(folder)
    found, problems = load_practice(folder)
    if live := store.live():
        loaded = live_practice(store, folder)
        same = hashes(found) if found is not None else {}
        texts = {n: text for n, text in texts.items() if n[0] == SCRIPT or _same(n, live, same)}
    elif found is None:
        raise LaneflowError(problems)
    else:
        loaded = found
    make_live(store, parts_of(loaded, texts), at, FIRST_START, "The first start", after=0)
    return problems


def _same(file: Name, live: Mapping[Name, str], found: Mapping[Name, str]) -> bool:
    """Whether a YAML file still says what is live."""
    name = next((name for name in live if path_of(name) == file[1]), None)
    return name is not None and live[name] == found.get(name)


def unpublished(store: Store, folder: Path) -> list[Problem]:
    """What the folder's files say that is not live, and what is wrong with them.

    An edit that changes no meaning (a comment, the layout) is not told.
    """
    live = store.live()
    kept = {name: hash_ for name, hash_ in live.items() if name[0] in (SCRIPT, FILE)}
    found = {name: hashlib.sha256(t).hexdigest() for name, t in texts_in(folder).items()}
    edited = [name for name in kept.keys() | found.keys() if kept.get(name) != found.get(name)]
    if not edited or not kept:
        return []
    from laneflow.lanes.load import load_practice

    loaded, problems = load_practice(folder)
    means = hashes(loaded) if loaded is not None else {}
    told = [
        Problem(
            path_of(name), 0, 0, _state(folder, name, live), _NEXT,
            severity="warning", code=UNPUBLISHED,
        )
        for name in sorted(edited)
        if not (name[0] == FILE and name in kept and name in found and _same(name, live, means))
    ]  # fmt: skip
    files = {problem.file for problem in told}
    mine = [p for p in problems if p.severity == "error" or p.file in files]
    return mine + told


def _state(folder: Path, name: Name, live: Mapping[Name, str]) -> str:
    path = path_of(name)
    if not (folder / path).exists():
        return "deleted, but still live"
    known = path in {path_of(other) for other in live}
    return "edited, not live yet" if known else "new, not live yet"
