"""The parts a lane is made of, each with its name, its words and its place: what tests can miss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from laneflow.engine.matcher import walk
from laneflow.errors import LaneflowError, listing
from laneflow.lanes.load import read_file
from laneflow.lanes.model import (
    Close,
    Condition,
    EscalationRule,
    Item,
    Lane,
    Move,
    Opening,
    Status,
    Where,
)
from laneflow.lanes.yaml import Document
from laneflow.lanes.yaml import Path as EntryPath
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.lanetests.touched import PRACTICE, Key

_OWED = "checklist.overdue_from."


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of a lane that a test should make happen.

    ``lane`` is empty for what practice.yaml holds for all lanes. ``name`` is what a trace calls it.
    """

    lane: str
    name: str
    what: str
    where: Where

    @property
    def key(self) -> Key:
        """What a run that touches it notes down."""
        return self.lane, self.name


class Places:
    """Where the entries of a practice's files stand; files are read when first asked for."""

    def __init__(self, folder: str) -> None:
        self._document = cache(lambda file: _read(folder, file))

    def find(self, file: str, path: EntryPath, otherwise: Where | None = None) -> Where:
        """The place of an entry; ``otherwise`` where the file can no longer be read."""
        document = self._document(file)
        if document is None:
            return otherwise or Where(file, 1)
        return Where(file, *document.place(path))


def _read(folder: str, file: str) -> Document | None:
    try:
        return read_file(Path(folder), file)
    except LaneflowError:
        return None


def parts_of(loaded: LoadedPractice) -> list[Part]:
    """Every part of every lane, lane by lane and down the page; practice.yaml's own at the end."""
    places = Places(loaded.folder)
    found = [part for lane in loaded.lanes.values() for part in _of_lane(lane, places)]
    return [*found, *_of_practice(loaded)]


def _of_lane(lane: Lane, places: Places) -> list[Part]:
    found = [
        *_openings(lane),
        *_statuses(lane, places),
        *_moves(lane, lane.moves, ""),
        *_checklist(lane),
        *_escalations(lane, places),
        *_closes(lane),
        *_ends(lane, places),
    ]
    parts = [Part(lane.id, name, what, where or lane.where or Where(lane.file, 1))
             for name, what, where in found]  # fmt: skip
    return sorted(parts, key=lambda part: (part.where.file != lane.file, part.where.line))


_Found = tuple[str, str, Where | None]
"""(name, words, place)"""


def _openings(lane: Lane) -> Iterator[_Found]:
    for n, opening in enumerate(lane.opens):
        yield f"opens[{n}]", f"a case opens {_on(opening)}", opening.where
        if opening.if_open == "replace":
            yield f"opens[{n}].if_open", f"{opening.on} replaces the open case", opening.where
        if opening.unless_open:
            others = listing(opening.unless_open)
            yield f"opens[{n}].unless_open", f"{opening.on} is left to {others}", opening.where
    for n, rule in enumerate(lane.priority):
        yield f"priority[{n}]", f"the tier {rule.name}{_tested(rule.when)}", rule.where
    for n, rule in enumerate(lane.classify):
        yield f"classify[{n}]", f"the kind {rule.name}{_tested(rule.when)}", rule.where


def _on(rule: Opening | Move | Close | EscalationRule) -> str:
    if rule.on:
        return f"on {rule.on}{_tested(rule.when)}"
    return _tested(rule.when).strip() or "at once"


def _tested(when: Condition) -> str:
    return " when its test holds" if when.parts else ""


def _statuses(lane: Lane, places: Places) -> Iterator[_Found]:
    buttons: dict[str, Where] = {}
    for status in lane.statuses.values():
        yield f"statuses.{status.id}", f"the status {status.id}", status.where
        yield from _attempts(lane, status, places)
        yield from _moves(lane, status.moves, f"statuses.{status.id}.")
        for n, button in enumerate(status.task.buttons):
            path = ("statuses", status.id, "task", "buttons", n)
            buttons.setdefault(button, places.find(lane.file, path, status.task.where))
    for button, where in buttons.items():
        yield f"buttons.{button}", f"the button {button}", where


def _attempts(lane: Lane, status: Status, places: Places) -> Iterator[_Found]:
    task, at = status.task, ("statuses", status.id, "task")
    for n, attempt in enumerate(task.attempts):
        where = places.find(lane.file, (*at, "attempts", n), task.where)
        what = f"attempt {n + 1} of {status.id}, by {attempt.by}"
        yield f"statuses.{status.id}.task.attempts[{n}]", what, where
    if task.after_last and task.attempts and not task.every:
        where = places.find(lane.file, (*at, "after_last"), task.where)
        what = f"{status.id} gives up and moves to {task.after_last}"
        yield f"statuses.{status.id}.task.after_last", what, where


def _moves(lane: Lane, moves: Iterable[Move], before: str) -> Iterator[_Found]:
    for n, move in enumerate(moves):
        yield f"{before}moves[{n}]", f"the move to {move.to} {_on(move)}", move.where


def _checklist(lane: Lane) -> Iterator[_Found]:
    for item in lane.checklist:
        name = f"checklist.{item.id}"
        if item.when.parts:
            yield f"{name}.missing", f"{item.label}: needed", item.where
            yield f"{name}.not needed", f"{item.label}: not needed", item.where
        yield f"{name}.received", f"{item.label}: received", item.where
        if item.chase:
            yield f"{name}.chase", f"{item.label}: {_asks(item)}", item.where
    for barrier in lane.barriers.values():
        if barrier.task and barrier.where and barrier.where.file == lane.file:
            what = f"the barrier {barrier.id} and its task"
            yield f"barriers.{barrier.id}", what, barrier.where


def _asks(item: Item) -> str:
    return "asked for again" if item.owed_by != "us" else "worked on, and not done yet"


def _escalations(lane: Lane, places: Places) -> Iterator[_Found]:
    for rule in lane.escalations:
        if rule.builtin is None and not _possible(lane, rule.when):
            continue  # a common one about an office this lane waits for nothing from
        kind = "built-in escalation" if rule.builtin else "escalation"
        where = rule.where or places.find(lane.file, ("escalations",))
        yield f"escalations.{rule.id}", f'the {kind} {rule.id} of {lane.id}, "{rule.text}"', where


def _possible(lane: Lane, when: Condition) -> bool:
    """Whether a condition that looks only at what other offices owe can ever hold here."""
    facts = [atom.fact for atom in walk(when)]
    if not facts or not all(fact.startswith(_OWED) for fact in facts):
        return True
    owed = {item.owed_by for item in lane.checklist}
    return any(fact.removeprefix(_OWED) in owed for fact in facts)


def _closes(lane: Lane) -> Iterator[_Found]:
    for n, close in enumerate(lane.closes):
        how = f"by hand, by {listing(close.by_hand)}" if close.by_hand else _on(close)
        asked = f", confirmed by {close.confirm}" if close.confirm else ""
        yield f"closes[{n}]", f"closing as {close.outcome} {how}{asked}", close.where


def _ends(lane: Lane, places: Places) -> Iterator[_Found]:
    if lane.reopens:
        for n, event in enumerate(lane.reopens.on):
            where = places.find(lane.file, ("reopens", "on", n), lane.reopens.where)
            yield f"reopens.on[{event}]", f"{event} brings a closed case back", where
    if lane.again_after:
        where = places.find(lane.file, ("again_after",))
        yield "again_after", "the next case, as again_after says", where


def _of_practice(loaded: LoadedPractice) -> Iterator[Part]:
    """The rungs of the ladders the lanes use, and the common barriers that have a task."""
    practice, lanes = loaded.practice, loaded.lanes.values()
    used = {rule.ladder for lane in lanes for rule in lane.escalations}
    for ladder in practice.ladders.values():
        for n, rung in enumerate(ladder.rungs if ladder.id in used else ()):
            what = f"rung {n + 1} of the ladder {ladder.id}, {rung.role}"
            where = rung.where or ladder.where or Where(practice.file, 1)
            yield Part(PRACTICE, f"ladders.{ladder.id}.rungs[{n}]", what, where)
    for barrier in practice.barriers.values():
        if barrier.task:
            where = barrier.where or Where(practice.file, 1)
            what = f"the barrier {barrier.id} and its task"
            yield Part(PRACTICE, f"barriers.{barrier.id}", what, where)


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of one lane (or, under ``practice.yaml``, of what all lanes share) is exercised."""

    name: str
    parts: int
    missed: tuple[Part, ...]

    @property
    def percent(self) -> float:
        """Exercised parts of a hundred; 100 where there is nothing to exercise."""
        return 100 * (self.parts - len(self.missed)) / self.parts if self.parts else 100.0


def covered(loaded: LoadedPractice, touched: set[Key]) -> list[Covered]:
    """Lane by lane, what ``touched`` leaves out; practice.yaml last."""
    groups: dict[str, list[Part]] = {id_: [] for id_ in loaded.lanes}
    for part in parts_of(loaded):
        groups.setdefault(part.lane or loaded.practice.file, []).append(part)
    return [
        Covered(name, len(parts), tuple(part for part in parts if part.key not in touched))
        for name, parts in groups.items()
    ]
