"""What stands in a practice's files and is used by nothing."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace

from laneflow.engine.compiled import listens_to
from laneflow.errors import Problem
from laneflow.lanes.circles import every_test
from laneflow.lanes.load import PRACTICE_FILE, Reading
from laneflow.lanes.model import Atom, Condition, Due, Lane
from laneflow.lanes.vocabulary import OWN_PARTIES, STANDARD_FACTS
from laneflow.lanes.yaml import Document, Path
from laneflow.outreach.endless import reached
from laneflow.outreach.lint.names import parsed, scripts_used, tasks_of, wanted_by
from laneflow.outreach.lint.reading import Shelf
from laneflow.practice.model import LoadedPractice, Practice

_DOTTED = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
_WATCHED = frozenset({"first_attempt", "first_contact"})


def find_unused(loaded: LoadedPractice, reading: Reading, scripts: Shelf) -> Iterator[Problem]:
    """A warning for every fact, window, barrier, ladder, party and event nothing uses.

    All lanes must be there: what a lane uses that did not load cannot be known. Scripts nothing
    uses are told by ``outreach.check``.
    """
    for lane in loaded.lanes.values():
        yield from _in_lane(lane, loaded.practice, reading.documents[lane.file], scripts)
    document = reading.documents.get(PRACTICE_FILE)
    if document is not None:
        yield from _in_practice(loaded, document, scripts)


def _mentioned(scripts: Shelf, wanted: Container[str]) -> set[str]:
    """Every dotted name that these scripts, and those they build on, mention."""
    leads = {name: script.others for name, script in scripts.read.items()}
    files = [name for name in scripts.read if parsed(name).script in wanted]
    found = reached(leads, *files) | set(files)
    return {fact for name in found if name in scripts.read for fact in scripts.read[name].used}


def _in_lane(
    lane: Lane, practice: Practice, document: Document, scripts: Shelf
) -> Iterator[Problem]:
    mentioned = _mentioned(scripts, {script for script, _, _ in wanted_by(lane)})
    mentioned |= {name for task in tasks_of(lane) for name in _DOTTED.findall(task.do)}
    read = _facts_read(lane) | mentioned
    for name in lane.facts:
        # A standard fact may be kept for the record; one of the practice's own is more likely lost.
        if name not in STANDARD_FACTS and name not in read and f"opening.{name}" not in read:
            what = f'no rule, date, key or script of this lane reads "{name}"'
            hint = "Leave it out, or use it."
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


def _in_practice(loaded: LoadedPractice, document: Document, scripts: Shelf) -> Iterator[Problem]:
    practice, lanes = loaded.practice, list(loaded.lanes.values())
    every = {name: set().union(*(part(lane) for lane in lanes)) for name, part in _PARTS.items()}
    every["ladders"].add(practice.default_ladder)
    every["windows"] |= _WATCHED
    mentioned = _mentioned(scripts, scripts_used(loaded))
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
    for task in tasks_of(lane):
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
    return named | {task.to for task in tasks_of(lane) if task.to}


def _events(lane: Lane) -> set[str]:
    named = set(listens_to(lane))
    for task in tasks_of(lane):
        named |= {*task.buttons, *([task.done] if task.done else [])}
    return named


_PARTS = {
    "ladders": lambda lane: {rule.ladder for rule in lane.escalations},
    "parties": _parties,
    "events": _events,
    "windows": _dates,
}
_ONE = {"ladders": "ladder", "parties": "party", "events": "event", "windows": "window"}


def _warn(document: Document, path: Path, what: str, hint: str, code: str) -> Problem:
    return replace(document.problem(path, what, hint, code=code), severity="warning")
