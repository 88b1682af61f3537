"""Owns the lives of tasks and escalations: which of them opened, changed and ended in a result.

A result holds cases as they are after it, so what ended is read from the changes of its decisions,
among it what both opened and ended inside the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from laneflow.engine.state import Act, Case, Change, Decision, Escalation, Task
from laneflow.store import codec
from laneflow.store.tables import OVER, Ended, EscalationRow, TaskRow

Piece = TypeVar("Piece", Task, Escalation)
End = Callable[[Decision, str], Ended]
"""How a decision ends what lies in a slot."""

_SHOWN = frozenset({"tier", "owner", "backup", "lane", "location", "queue", "barriers"})
"""Fields of a case that the rows of its open tasks repeat."""


class Reached(NamedTuple):
    """What the rows of a patient's tasks tell of the patient; "" for what is not known."""

    language: str
    zone: str


class Pieces:
    """Follows the decisions of one result, in order. ``acts``: the result's acts by id."""

    def __init__(self, acts: Mapping[str, Act]) -> None:
        self._acts = acts
        self._tasks: _Lives[Task] = _Lives(_task_id)
        self._escalations: _Lives[Escalation] = _Lives(_escalation_n)
        self._shown: set[str] = set()

    def follow(self, decision: Decision) -> None:
        """Take note of what ``decision`` did to its case's tasks and escalations."""
        for change in decision.changes:
            name = change[1]
            if name == "task":
                self._tasks.put(decision, "main", change[2], self._task_end)
            elif name == "side":
                self._tasks.put(decision, change[2], _entry(change), self._task_end)
            elif name == "escalations":
                self._escalations.put(decision, change[2], _entry(change), self._escalation_end)
            elif name == "closed":
                self._tasks.end_all(decision, self._task_end)
            elif name in _SHOWN:
                self._shown.add(decision.case)

    def tasks(
        self, case: Case, rank: int, patient: Reached, *, every: bool = False
    ) -> Iterator[TaskRow]:
        """Rows of the tasks of ``case`` that ended, and of the open ones that may have changed.

        ``every``: of all the open ones.
        """
        for task, end in self._tasks.over(case.id):
            yield _task(case, task, rank, patient, end)
        for task in self._tasks.open(case.id):
            yield _task(case, task, rank, patient, None)
        if (every or case.id in self._shown) and case.closed is None:
            whole = [case.task] if case.task else []
            for task in (*whole, *case.side.values()):
                if not self._tasks.follows(case.id, task.key):
                    yield _task(case, task, rank, patient, None)

    def escalations(self, case: Case) -> Iterator[EscalationRow]:
        """Rows of the escalations of ``case`` that opened, changed or ended."""
        for escalation, end in self._escalations.over(case.id):
            yield _escalation(case.id, escalation, end)
        for escalation in self._escalations.open(case.id):
            yield _escalation(case.id, escalation, None)

    @property
    def ended_tasks(self) -> list[Ended]:
        """What of the tasks written by earlier results has ended."""
        return self._tasks.ended

    @property
    def ended_escalations(self) -> list[Ended]:
        """What of the escalations written by earlier results has ended."""
        return self._escalations.ended

    def _task_end(self, decision: Decision, slot: str) -> Ended:
        by_act = decision.input[0] == "act"
        finished = by_act or (decision.input[0] == "event" and not _cancels(decision))
        by = self._acts[decision.input[1]].by if by_act and decision.input[1] in self._acts else ""
        state = "done" if finished else "withdrawn"
        return Ended(decision.case, slot, "", state, decision.at, by)

    def _escalation_end(self, decision: Decision, slot: str) -> Ended:
        act = self._acts.get(decision.input[1]) if decision.input[0] == "act" else None
        if act is not None and act.kind == "resolve" and act.data.get("escalation") == slot:
            return Ended(decision.case, slot, "", "resolved", decision.at, act.by)
        return Ended(decision.case, slot, "", "withdrawn", decision.at, "")


class _Lives(Generic[Piece]):
    """One kind of piece: what lies in which slot of which case, and what lay there before."""

    def __init__(self, identity: Callable[[Piece], str]) -> None:
        self._identity: Callable[[Piece], str] = identity
        self._now: dict[str, dict[str, Piece | None]] = {}
        self._over: dict[str, dict[tuple[str, str], tuple[Piece, Ended]]] = {}
        self._new: set[str] = set()
        self.ended: list[Ended] = []

    def put(self, decision: Decision, slot: str, piece: Piece | None, end: End) -> None:
        """``piece`` lies in ``slot`` from this decision on; None: nothing does."""
        case = decision.case
        if decision.seq == 1:
            self._new.add(case)
        slots = self._now.setdefault(case, {})
        mine = "" if piece is None else self._identity(piece)
        if slot not in slots:
            if case not in self._new:
                self.ended.append(end(decision, slot)._replace(keep=mine))
        else:
            before = slots[slot]
            if before is not None and self._identity(before) != mine:
                key = (slot, self._identity(before))
                self._over.setdefault(case, {})[key] = (before, end(decision, slot))
        slots[slot] = piece

    def end_all(self, decision: Decision, end: End) -> None:
        """Nothing lies in any slot of the case from this decision on."""
        for slot in self._now.get(decision.case, ()):
            self.put(decision, slot, None, end)
        if decision.seq > 1 and decision.case not in self._new:
            self.ended.append(end(decision, "*"))

    def follows(self, case: str, slot: str) -> bool:
        """Whether anything was said of this slot."""
        return slot in self._now.get(case, ())

    def open(self, case: str) -> list[Piece]:
        """What lies open in the slots that were spoken of."""
        return [piece for piece in self._now.get(case, {}).values() if piece is not None]

    def over(self, case: str) -> list[tuple[Piece, Ended]]:
        """What both lay open and ended among the decisions followed."""
        return list(self._over.get(case, {}).values())


def _task_id(task: Task) -> str:
    return task.id


def _escalation_n(escalation: Escalation) -> str:
    return str(escalation.n)


def _entry(change: Change) -> Any:
    if change[0] == "set":
        raise ValueError("tasks and escalations change entry by entry: put or del, not set")
    return change[3] if change[0] == "put" else None


def _cancels(decision: Decision) -> bool:
    return any(
        change[1] == "closed" and change[2] is not None and change[2].outcome == "cancelled"
        for change in decision.changes
    )


def _task(case: Case, task: Task, rank: int, patient: Reached, end: Ended | None) -> TaskRow:
    row = TaskRow(
        task.id, case.id, task.key, task.source, task.who, task.person,
        task.person or ("" if task.who else case.owner), task.to, task.due.at,
        task.start.at if task.start else None, task.snoozed, task.channel, task.script,
        codec.plain(task.do), task.attempt, task.paused, task.opened, rank,
        case.owner, case.backup, case.lane, case.location, case.queue,
        codec.text(sorted(case.barriers)) if case.barriers else "",
        patient.language, patient.zone,
        "open", None,
    )  # fmt: skip
    return over(row, end) if end else row


def over(row: TaskRow, end: Ended) -> TaskRow:
    """The row of a task that has ended."""
    return row._replace(state=end.state, ended=end.ended, **OVER)


def _escalation(case: str, escalation: Escalation, end: Ended | None) -> EscalationRow:
    return EscalationRow(
        case, escalation.rule, escalation.n, escalation.opened, escalation.rung, escalation.role,
        escalation.release, escalation.until, escalation.last, codec.plain(escalation.because),
        end.state if end else escalation.state, escalation.taken_by, escalation.taken_at,
        end.ended if end else None, end.ended_by if end else "", escalation.asked,
    )  # fmt: skip
