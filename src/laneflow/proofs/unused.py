"""What stands in a practice's files and is used by nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from laneflow.engine.compiled import listens_to
from laneflow.errors import Problem, did_you_mean
from laneflow.lanes.circles import every_test
from laneflow.lanes.load import PRACTICE_FILE, Reading
from laneflow.lanes.model import Atom, Condition, Due, Lane, TaskSpec
from laneflow.lanes.vocabulary import OWN_PARTIES, STANDARD_FACTS
from laneflow.lanes.yaml import Document, Path
from laneflow.practice.model import LoadedPractice, Practice

_DOTTED = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
_OTHER = re.compile(r"""(?:extends|include|import|from)\s*\(?\s*["']([^"']+)["']""")
_WATCHED = frozenset({"first_attempt", "first_contact"})
_SCRIPTS = "scripts"


@dataclass(slots=True)
class _Scripts:
    """The script files: what each mentions, and which others it builds on."""

    mentions: dict[str, frozenset[str]] = field(default_factory=dict)
    others: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: str) -> _Scripts:
        """Every ``*.j2`` under ``scripts/``; one that cannot be read mentions nothing."""
        found = cls()
        root = FilePath(folder, _SCRIPTS)
        for path in root.rglob("*.j2"):
            try:
                text = path.read_text("utf-8")
            except (OSError, UnicodeDecodeError):
                text = ""
            name = path.relative_to(root).as_posix()
            found.mentions[name] = frozenset(_DOTTED.findall(text))
            found.others[name] = frozenset(_OTHER.findall(text))
        return found

    def of(self, scripts: Iterable[str]) -> set[str]:
        """The files that belong to these scripts, and all they build on."""
        wanted = set(scripts)
        waiting = [name for name in self.mentions if _script_of(name) in wanted]
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.others.get(name, ())
        return found

    def mentioned(self, scripts: Iterable[str]) -> set[str]:
        """Every dotted name these scripts mention."""
        none: frozenset[str] = frozenset()
        return set().union(*(self.mentions.get(name, none) for name in self.of(scripts)))


def find_unused(loaded: LoadedPractice, reading: Reading) -> Iterator[Problem]:
    """A warning for every script, fact, window, barrier, ladder, party and event nothing uses.

    All lanes must be there: what a lane uses that did not load cannot be known.
    """
    scripts = _Scripts.read(loaded.folder)
    practice = loaded.practice
    for lane in loaded.lanes.values():
        yield from _in_lane(lane, practice, reading.documents[lane.file], scripts)
    document = reading.documents.get(PRACTICE_FILE)
    if document is not None:
        yield from _in_practice(loaded, document, scripts)
    yield from _files(loaded, scripts)


def _in_lane(
    lane: Lane, practice: Practice, document: Document, scripts: _Scripts
) -> Iterator[Problem]:
    mentioned = scripts.mentioned(_scripts_of(lane))
    mentioned |= {name for task in _tasks(lane) for name in _DOTTED.findall(task.do)}
    read = _facts_read(lane) | mentioned
    for name in lane.facts:
        # A standard fact may be kept for the record; one of the practice's own is more likely lost.
        if name not in STANDARD_FACTS and name not in read and f"opening.{name}" not in read:
            what = f'no rule, date, key or script of this lane reads "{name}"'
            hint = did_you_mean(name, STANDARD_FACTS) or "Leave it out, or use it."
            yield _warn(document, ("facts", name), what, hint, "unused-fact")
    dates = _dates(lane) | {name.removeprefix("windows.") for name in mentioned}
    for name in document.data.get("windows", ()):
        # One that cites a norm may stand for what is published, and be followed by people only.
        if name not in dates | _WATCHED and lane.windows[name].norm == "none":
            what = f'no date or rule of this lane follows the window "{name}"'
            hint = "Write due: with its name, test it with until, or leave it out."
            yield _warn(document, ("windows", name), what, hint, "unused-window")
    for name in document.data.get("barriers", ()):
        common = practice.barriers.get(name)
        own_one = lane.barriers[name]
        if common and (common.title, common.task) == (own_one.title, own_one.task):
            what = f'"{name}" says nothing that practice.yaml does not say'
            yield _warn(document, ("barriers", name), what, "Leave it out.", "unused-barrier")


def _in_practice(
    loaded: LoadedPractice, document: Document, scripts: _Scripts
) -> Iterator[Problem]:
    practice, lanes = loaded.practice, list(loaded.lanes.values())
    every = {name: set().union(*(part(lane) for lane in lanes)) for name, part in _PARTS.items()}
    every["ladders"].add(practice.default_ladder)
    every["windows"] |= _WATCHED
    mentioned = scripts.mentioned(scripts_used(loaded))
    every["windows"] |= {name.removeprefix("windows.") for name in mentioned}
    for key, known in (
        ("ladders", practice.ladders), ("parties", practice.parties), ("events", practice.events),
        ("windows", practice.windows),
    ):  # fmt: skip
        for name in known:
            if name not in every[key] and name not in OWN_PARTIES:
                what = f'no lane uses "{name}"'
                code = f"unused-{_ONE[key]}"
                yield _warn(document, (key, name), what, "Leave it out, or use it.", code)


def _files(loaded: LoadedPractice, scripts: _Scripts) -> Iterator[Problem]:
    """Script files no lane uses and no used one builds on."""
    used = scripts.of(scripts_used(loaded))
    for name in sorted(scripts.mentions.keys() - used):
        what, hint = "no lane uses this script", "Name it in a task or a chase, or delete the file."
        file = f"{_SCRIPTS}/{name}"
        yield Problem(file, 0, 0, what, hint, severity="warning", code="unused-script")


def scripts_used(loaded: LoadedPractice) -> set[str]:
    """The scripts that lanes and barriers name, by name without channel and ending."""
    found = {barrier.task.script for barrier in loaded.practice.barriers.values() if barrier.task}
    return {name for name in found if name}.union(*map(_scripts_of, loaded.lanes.values()))


def script_files(folder: str) -> dict[str, set[str]]:
    """Every script's files, by the name lanes give it; both relative to ``scripts/``."""
    root = FilePath(folder, _SCRIPTS)
    found: dict[str, set[str]] = {}
    for path in root.rglob("*.j2"):
        name = path.relative_to(root).as_posix()
        found.setdefault(_script_of(name), set()).add(name)
    return found


def _scripts_of(lane: Lane) -> set[str]:
    named = {task.script for task in _tasks(lane)}
    named |= {item.chase.script for item in lane.checklist if item.chase}
    return {name for name in named if name}


def _tasks(lane: Lane) -> list[TaskSpec]:
    own = [status.task for status in lane.statuses.values()]
    return own + [barrier.task for barrier in lane.barriers.values() if barrier.task]


def _facts_read(lane: Lane) -> set[str]:
    """The facts that rules test, dates follow, keys and sums are made of."""
    read = set(lane.one_case_per) | _dates(lane)
    for atom in _tests(lane):
        read |= {atom.fact, atom.fact.partition(".sum.")[2], atom.fact.removeprefix("until.")}
        if atom.op == "same_as":
            read.add(str(atom.value))
    return read


def _dates(lane: Lane) -> set[str]:
    """The windows and date facts that dues, starts and conditions follow."""
    dues: list[Due] = [item.due for item in lane.checklist]
    for task in _tasks(lane):
        dues += [task.due, *([task.start] if task.start else [])]
    named = {name for due in dues for name in (due.window, due.anchor) if name}
    return named | {a.fact.removeprefix("until.") for a in _tests(lane) if "until." in a.fact}


def _tests(lane: Lane) -> Iterator[Atom]:
    for condition in _conditions(lane):
        yield from every_test(condition)


def _conditions(lane: Lane) -> Iterator[Condition]:
    yield from (opening.when for opening in lane.opens)
    yield from lane.ours.values()
    yield from (rule.when for rule in (*lane.priority, *lane.classify))
    yield from (close.when for close in lane.closes)
    yield from (rule.when for rule in lane.escalations)
    yield from (item.when for item in lane.checklist)
    for moves in (lane.moves, *(status.moves for status in lane.statuses.values())):
        yield from (move.when for move in moves)


def _parties(lane: Lane) -> set[str]:
    named = {item.owed_by for item in lane.checklist}
    return named | {task.to for task in _tasks(lane) if task.to}


def _events(lane: Lane) -> set[str]:
    named = set(listens_to(lane))
    for task in _tasks(lane):
        named |= {*task.buttons, *([task.done] if task.done else [])}
    return named


_PARTS = {
    "ladders": lambda lane: {rule.ladder for rule in lane.escalations},
    "parties": _parties,
    "events": _events,
    "windows": _dates,
}
_ONE = {"ladders": "ladder", "parties": "party", "events": "event", "windows": "window"}


def _script_of(name: str) -> str:
    """``discharge/first-call`` of ``discharge/first-call.phone.es.j2``."""
    folder, _, file = name.rpartition("/")
    stem = file.partition(".")[0]
    return f"{folder}/{stem}" if folder else stem


def _warn(document: Document, path: Path, what: str, hint: str, code: str) -> Problem:
    return replace(document.problem(path, what, hint, code=code), severity="warning")
