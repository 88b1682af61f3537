"""A practice folder into a LoadedPractice, and every problem of all its files at once.

The only reader of lane files. A broken lane never stops the others: it is left out and its problems
are told. Only a broken practice.yaml leaves nothing to work with.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from laneflow.errors import LaneflowError, Problem
from laneflow.lanes import traps
from laneflow.lanes.build import build
from laneflow.lanes.meaning import with_hash
from laneflow.lanes.model import Lane
from laneflow.lanes.schema import check_shape
from laneflow.lanes.scope import Known
from laneflow.lanes.sense import check_sense
from laneflow.lanes.yaml import MOST_BYTES, Document, read
from laneflow.practice.load import Scripts, compile_practice, known_names
from laneflow.practice.model import LoadedPractice, Practice

PRACTICE_FILE = "practice.yaml"
LANES = "lanes"


@dataclass(frozen=True, slots=True)
class Reading:
    """A practice folder as it was found.

    ``loaded``: what can be worked with; None where practice.yaml has an error. ``partly``: as much
    as could be compiled all the same; None where practice.yaml has not even a practice's shape.
    ``documents``: the files that could be read and have their kind's shape, by name.
    """

    loaded: LoadedPractice | None
    partly: LoadedPractice | None
    problems: list[Problem]
    documents: dict[str, Document]


def every_lane_read(problems: Iterable[Problem]) -> bool:
    """Whether, by the problems of loading, no lane was left out.

    What a lane uses that was left out cannot be known, nor what it brings: nothing may be said to
    be used nowhere, or to be there in no lane.
    """
    return not any(
        p.severity == "error" and (p.file == LANES or p.file.startswith(f"{LANES}/"))
        for p in problems
    )


def load_practice(folder: str | os.PathLike[str]) -> tuple[LoadedPractice | None, list[Problem]]:
    """The practice in ``folder`` with every lane that is in order, and all problems, sorted.

    None where practice.yaml itself has an error. Warnings keep nothing out.
    """
    reading = read_practice(folder)
    return reading.loaded, reading.problems


def read_practice(folder: str | os.PathLike[str]) -> Reading:
    """The same, with what was read: where each entry stands, and what is there of a broken one."""
    root = Path(folder)
    documents, problems = _lane_documents(root)
    scripts = find_scripts(root)
    main, practice, found = _practice(root, scripts)
    problems += found
    read = {d.file: d for d in (*documents, *([main] if main else []))}
    if practice is None:
        return Reading(None, None, _sorted(problems), read)
    ids = frozenset(_lane_id(file) for file in _files(root))
    known = known_names(practice, ids, scripts)
    lanes: dict[str, Lane] = {}
    for document in documents:
        lane, found = _compile(document, practice, known)
        problems += found
        if lane is not None:
            lanes[lane.id] = lane
    loaded = LoadedPractice(practice=practice, lanes=lanes, folder=str(root))
    broken = any(p.file == PRACTICE_FILE and p.severity == "error" for p in problems)
    return Reading(None if broken else loaded, loaded, _sorted(problems), read)


def load_lane(
    content: str | bytes,
    file: str,
    practice: Practice,
    *,
    lanes: frozenset[str] | None = None,
    scripts: Scripts | None = None,
) -> tuple[Lane | None, list[Problem]]:
    """One lane's text compiled against ``practice``; ``file`` names it and gives its id.

    ``lanes`` and ``scripts``: what else is there; None leaves references to them unchecked.
    """
    text = content.encode() if isinstance(content, str) else content
    try:
        document = read(text, file)
    except LaneflowError as error:
        return None, _sorted(error.problems)
    problems = check_shape(document, "lane")
    if problems:
        return None, _sorted(problems)
    lane, problems = _compile(document, practice, known_names(practice, lanes, scripts))
    return lane, _sorted(problems)


def find_scripts(folder: Path) -> Scripts:
    """Every script under ``scripts/``: its name without channel and ending, and its channels."""
    root = str(folder / "scripts")
    return scripts_named(
        os.path.join(where, file)[len(root) + 1 :].replace(os.sep, "/")
        for where, _, files in os.walk(root)
        for file in files
    )


def scripts_named(files: Iterable[str]) -> Scripts:
    """The same of the paths of files: ``discharge/first-call.sms.j2``."""
    found: dict[str, set[str]] = {}
    for path in files:
        folder, slash, file = path.rpartition("/")
        name, *rest = file.split(".")
        if len(rest) >= 2 and rest[-1] == "j2":
            found.setdefault(f"{folder}{slash}{name}", set()).update(rest[:-1])
    return {name: frozenset(channels) for name, channels in found.items()}


def read_file(folder: Path, relative: str) -> Document:
    """One YAML file of a practice folder; LaneflowError where it cannot be read."""
    path = folder / relative
    try:
        # Never open what is not a plain file: a pipe would wait for ever.
        if not path.is_file():
            raise LaneflowError(not_a_file(path, relative))
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise traps.too_big(relative, size, MOST_BYTES)
        content = path.read_bytes()
    except FileNotFoundError:
        raise LaneflowError(not_a_file(path, relative)) from None
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        what, hint = f"cannot be read: {why}", "Look at who may read the file."
        raise LaneflowError(Problem(relative, 0, 0, what, hint, code="unreadable")) from None
    return read(content, relative)


def not_a_file(path: Path, relative: str) -> Problem:
    """What is told of a name behind which no plain file is."""
    if path.is_dir():
        what, hint = "this is a folder, not a file", "Give the folder another name, or remove it."
    elif path.is_symlink():
        what, hint = "this is a link that leads to no file", "Remove it, or put the file there."
    elif path.exists():
        what, hint = "this is not an ordinary file", "Remove it."
    elif "/" in relative:
        what, hint = "there is no such file", "It was there a moment ago: run check again."
    else:
        what, hint = (
            "there is no such file",
            "Is this a practice's folder? laneflow init lays one out.",
        )
    return Problem(relative, 0, 0, what, hint, code="no-file")


def _practice(
    root: Path, scripts: Scripts
) -> tuple[Document | None, Practice | None, list[Problem]]:
    try:
        document = read_file(root, PRACTICE_FILE)
    except LaneflowError as error:
        return None, None, list(error.problems)
    problems = check_shape(document, "practice")
    if problems:
        return None, None, problems
    return document, *compile_practice(document, scripts)


def _lane_documents(root: Path) -> tuple[list[Document], list[Problem]]:
    """The lanes that can be read and have a lane's shape, and what is wrong with the others."""
    documents: list[Document] = []
    problems: list[Problem] = []
    try:
        os.listdir(root / "lanes")
    except PermissionError:
        what, hint = "the folder cannot be read: permission denied", "Look at who may read it."
        problems.append(Problem(LANES, 0, 0, what, hint, code="unreadable"))
    except OSError:
        pass  # there is none, which is told where lanes are needed
    for file in _files(root):
        relative = f"lanes/{file}"
        if not file.endswith(".yaml"):
            what, hint = "a lane's file ends in .yaml", f"Rename it to {_lane_id(file)}.yaml."
            problems.append(Problem(relative, 0, 0, what, hint, code="bad-name"))
            continue
        try:
            document = read_file(root, relative)
        except LaneflowError as error:
            problems += error.problems
            continue
        found = check_shape(document, "lane")
        problems += found
        if not found:
            documents.append(document)
    if not documents and not problems:
        what, hint = "there are no lanes yet", "Add one: see the starter practice."
        problems.append(Problem("lanes", 0, 0, what, hint, severity="warning", code="no-lanes"))
    return documents, problems


def _files(root: Path) -> list[str]:
    """Names of the lane files, sorted; editors' hidden and backup files are not lanes."""
    try:
        names = os.listdir(root / "lanes")
    except OSError:
        return []
    return sorted(n for n in names if n.endswith((".yaml", ".yml")) and not n.startswith("."))


def _lane_id(file: str) -> str:
    return file.rpartition(".")[0]


def _compile(
    document: Document, practice: Practice, known: Known
) -> tuple[Lane | None, list[Problem]]:
    lane, problems = build(document, practice, known)
    if not _errors(problems):
        problems += check_sense(lane, practice, document)
    return (None if _errors(problems) else with_hash(lane)), problems


def _errors(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _sorted(problems: list[Problem] | tuple[Problem, ...]) -> list[Problem]:
    return sorted(set(problems), key=lambda problem: problem.order)
