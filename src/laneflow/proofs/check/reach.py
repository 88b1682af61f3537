"""Statuses no case can get to, and statuses a case cannot get out of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from laneflow.errors import Problem, listing
from laneflow.lanes.model import Lane
from laneflow.lanes.yaml import Document
from laneflow.proofs.check.dead import Found

Ways = frozenset[tuple[str, str]]


def find_unreachable(lane: Lane, document: Document, found: Found) -> Iterator[Problem]:
    """Warnings about the statuses of ``lane``; ``found`` says which of its moves could act."""
    ways = found.ways | _by_attempts(lane)
    entered = _reached({lane.first_status}, ways)
    for status in lane.statuses:
        if status not in entered:
            yield _warn(document, status, *_not_entered(lane, document, status), "never-entered")
        elif not any(a == status for a, _ in ways) and status not in found.closing:
            what = "nothing leads out of this status but closing by hand"
            yield _warn(document, status, what, "Add a move, after_last, or a close.", "dead-end")
    yield from _without_end(document, entered, ways, found.closing)


def _by_attempts(lane: Lane) -> Ways:
    """The ways an exhausted round of attempts leads."""
    return frozenset(
        (status.id, status.task.after_last)
        for status in lane.statuses.values()
        if status.task.after_last and status.task.attempts
    )


def _reached(start: Iterable[str], ways: Ways) -> set[str]:
    """Everything that ``ways`` lead to, the start itself included."""
    seen, waiting = set[str](), list(start)
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += [b for a, b in ways if a == here]
    return seen


def _not_entered(lane: Lane, document: Document, status: str) -> tuple[str, str]:
    """Whether nothing names the status, or what names it never comes to act."""
    lines = [move.where.line for move in lane.moves if move.to == status and move.where]
    for other in lane.statuses.values():
        lines += [move.where.line for move in other.moves if move.to == status and move.where]
        if other.task.after_last == status:
            lines.append(document.place(("statuses", other.id, "task", "after_last"))[0])
    if not lines:
        return "no move leads to this status", "Add one, or leave it out."
    named = listing(f"line {line}" for line in sorted(set(lines)))
    what = f"no case ever comes to this status: what leads to it ({named}) never comes to act"
    return what, "Mend one of those, or leave the status out."


def _without_end(
    document: Document, entered: set[str], ways: Ways, closing: frozenset[str]
) -> Iterator[Problem]:
    """Statuses that lead on and on, and to no close but one by hand."""
    back = frozenset((b, a) for a, b in ways)
    ending = _reached(closing, back)
    for status in entered - ending:
        if any(a == status for a, _ in ways):
            what = "from this status on, a case can only be closed by hand"
            hint = "Add a close for it, or a move to a status that has one."
            yield _warn(document, status, what, hint, "no-end")


def _warn(document: Document, status: str, what: str, hint: str, code: str) -> Problem:
    found = document.problem(("statuses", status), what, hint, code=code)
    return replace(found, severity="warning")
