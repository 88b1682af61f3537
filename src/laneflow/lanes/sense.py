"""Whether a lane makes sense as a whole: circles, who answers, what a norm allows.

What needs reasoning about conditions (dead rules, statuses out of reach) is ``proofs.check``'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from laneflow.errors import Problem, Severity
from laneflow.lanes import circles
from laneflow.lanes.circles import Step, branches
from laneflow.lanes.model import Atom, Condition, Lane, Status
from laneflow.lanes.parts import looser, spread
from laneflow.lanes.yaml import Document, Path
from laneflow.practice.model import Practice


def check_sense(lane: Lane, practice: Practice, document: Document) -> Iterator[Problem]:
    """Problems of a lane whose names are all in order; ``document`` is where it is written."""
    for told in _everything(lane, practice):
        found = document.problem(told.path, told.what, told.hint, code=told.code)
        yield replace(found, severity=told.severity)


@dataclass(frozen=True, slots=True)
class _Told:
    path: Path
    what: str
    hint: str
    code: str
    severity: Severity = "error"


def _everything(lane: Lane, practice: Practice) -> Iterator[_Told]:
    yield from _circle(lane)
    yield from _two_people(lane, practice)
    yield from _first_response(lane)
    yield from _norms(lane, practice)


def _circle(lane: Lane) -> Iterator[_Told]:
    found = circles.find_circle(lane)
    if found:
        way = " -> ".join([found[0].start, *(step.end for step in found)])
        what = f"a case could go round for ever: {way}"
        hint = "Give one of these moves an on, or two of them tests that exclude each other."
        yield _Told(_path_of(lane, found[-1]), what, hint, "goes-round")


def _path_of(lane: Lane, step: Step) -> Path:
    own = lane.statuses[step.start].moves
    if step.move in own:
        return ("statuses", step.start, "moves", own.index(step.move))
    return ("moves", lane.moves.index(step.move))


def _two_people(lane: Lane, practice: Practice) -> Iterator[_Told]:
    """Owner and backup must be able to be two different people."""
    active = [person for person in practice.people.values() if person.active]
    holders = {p.id for p in active if {lane.owner, lane.backup} & set(p.roles)}
    if len(holders) == 1:
        name = practice.people[holders.pop()].name
        what = f"{name} would be both owner and backup of every case"
        hint = f'Give somebody else the role "{lane.backup}", or name another backup.'
        yield _Told(("backup",), what, hint, "owner-is-backup")


def _first_response(lane: Lane) -> Iterator[_Told]:
    if "first_attempt" not in lane.windows:
        what = "there is no window first_attempt, so nobody would notice a late first response"
        hint = "Add it under windows here or in practice.yaml."
        yield _Told(("windows",), what, hint, "no-first-attempt")


def could_hold_in(condition: Condition, status: Status) -> bool:
    """Whether a condition's tests of ``status`` and ``queue`` let it hold in ``status``."""
    here = [
        Atom("status", "is", status.id),
        Atom("queue", "is", status.queue),
    ]
    return any(
        not any(circles.contradict(test, fact) for test in way for fact in here)
        for way in branches(condition)
    )


def _norms(lane: Lane, practice: Practice) -> Iterator[_Told]:
    for name, window in lane.windows.items():
        norm = practice.norms.get(window.norm)
        if norm is None or (window.where and window.where.file != lane.file):
            continue
        limits = spread(norm.by_tier, practice.tiers, norm.within)
        found = looser(window, limits)
        if found:
            what = f'looser than its norm "{window.norm}": {found}'
            hint = f"Source: {norm.source}."
            yield _Told(("windows", name), what, hint, "looser-than-norm", "warning")
