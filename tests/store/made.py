"""Results made by hand, as the engine would make them: a case and the changes that lead to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from laneflow.engine.fold import Draft, stamp
from laneflow.engine.state import (
    Act,
    Case,
    Change,
    Date,
    Decision,
    Escalation,
    Event,
    FileResult,
    Instant,
    Notice,
    PatientFile,
    Taken,
    Task,
    Trace,
    Unplaced,
)
from laneflow.store.contract import Store
from laneflow.store.released import Part

T: Instant = 1_790_000_000_123
"""An instant that is no whole second."""

HOUR: Instant = 3_600_000
DAY = 24 * HOUR


def event(id_: str, patient: str = "p1", at: Instant = T, **more: Any) -> Event:
    """An event of a feed."""
    usual: dict[str, Any] = {
        "source": "feed", "type": "encounter.discharged", "time": at - 5, "data": {"x": "é\0"},
    }  # fmt: skip
    return Event(id=id_, patient=patient, at=at, **(usual | more))


def act(id_: str, kind: str, case: str = "", at: Instant = T, **data: Any) -> Act:
    """An act of Ana's."""
    return Act(id_, kind, "ana", at, "p1", case, data, "care coordinator")


def task(case: str, n: int = 1, key: str = "main", due: Instant = T + DAY, **more: Any) -> Task:
    """A task due in a day."""
    usual: dict[str, Any] = {"source": "status:first_call", "do": "Call", "opened": T}
    return Task(id=f"{case}/{n}", key=key, due=Date(due), **(usual | more))


def escalation(rule: str = "overdue", n: int = 1, **more: Any) -> Escalation:
    """A call for help nobody has taken."""
    usual: dict[str, Any] = {
        "opened": T, "rung": 0, "role": "nurse", "release": T + 1, "until": T + HOUR,
    }  # fmt: skip
    return Escalation(rule=rule, n=n, **(usual | more))


def put(field: str, key: str, value: Any) -> Change:
    """A change of one entry."""
    return ("put", field, key, value)


def drop(field: str, key: str) -> Change:
    """The end of one entry."""
    return ("del", field, key)


class Patient:
    """One patient's file, on which decisions are made up and gathered into results."""

    def __init__(self, patient: str = "p1", file: PatientFile | None = None) -> None:
        self.file = file or PatientFile(patient=patient)
        self._begin()

    def _begin(self) -> None:
        self._touched: dict[str, Case] = {}
        self._decisions: list[Decision] = []
        self._inputs: list[Taken] = []
        self._unplaced: list[Unplaced] = []

    def take(self, given: Event | Act, fate: str = "placed", *cases: str) -> None:
        """Log an input."""
        self._inputs.append(Taken(given, fate, cases, "because"))

    def unplaced(self, given: Event, due: Instant = T + DAY) -> None:
        """Log an event no case can be named for."""
        self.take(given, "unplaced")
        self._unplaced.append(Unplaced(given, "two cases fit", ("l1",), ("c1", "c2"), "ana", due))

    def open(self, case: str = "c1", at: Instant = T, **fields: Any) -> None:
        """Open a case with a task, an owner and a date."""
        usual: dict[str, Any] = {
            "status": "first_call", "queue": "new", "tier": "high", "owner": "ana",
            "backup": "ben", "location": "main", "opened": at, "entered": at, "progress": at,
            "task": task(case), "untouched": Date(at + 5 * DAY, at), "wake_at": at + HOUR,
        }  # fmt: skip
        before = Case(id=case, patient=self.file.patient, lane=fields.pop("lane", "lane-one"))
        first = ("open", before.id, before.patient, before.lane)
        changes = [("set", name, value) for name, value in (usual | fields).items()]
        self._decide(before, at, ("event", "feed", f"open {case}"), changes, (first,))

    def decide(
        self,
        *changes: Change,
        case: str = "c1",
        at: Instant = T,
        input: tuple[str, ...] = ("wake",),
        notices: Iterable[Notice] = (),
    ) -> None:
        """Decide on an open case."""
        before = self._touched.get(case) or self.file.cases[case]
        self._decide(before, at, input, changes, (), tuple(notices))

    def set(self, case: str = "c1", at: Instant = T, **fields: Any) -> None:
        """Decide that some fields change."""
        self.decide(*(("set", name, value) for name, value in fields.items()), case=case, at=at)

    def _decide(
        self,
        before: Case,
        at: Instant,
        input: tuple[str, ...],
        changes: Iterable[Change],
        first: tuple[Change, ...] = (),
        notices: tuple[Notice, ...] = (),
    ) -> None:
        draft = Draft(before)
        for op, name, *rest in changes:
            {"set": draft.set, "put": draft.put, "del": draft.drop}[op](name, *rest)
        decision = Decision(
            before.id, before.seq + 1, at, input, (*first, *draft.changes), "lane1", "practice1",
            "0.1", notices, (Trace("moves[0]", "lanes/x.yaml", 3, "moved", (("a", "is", 1, 1),)),),
            {"owner": "ana"},
        )  # fmt: skip
        stamp(draft.case, decision)
        self._decisions.append(decision)
        self._touched[before.id] = draft.case

    def result(self) -> FileResult:
        """What was decided since the last result; the file moves on."""
        before = self.file
        cases = {**before.cases, **self._touched}
        live = {id_: c for id_, c in cases.items() if c.closed is None or c.escalations}
        changed = bool(self._decisions or self._inputs)
        latest = max([before.at, *(decision.at for decision in self._decisions)])
        self.file = msgspec.structs.replace(
            before, seq=before.seq + changed, at=latest, cases=live,
            facts={"patient.first_name": "Rosa"},
        )  # fmt: skip
        result = FileResult(
            patient=before.patient, seq_before=before.seq, file=self.file, touched=self._touched,
            decisions=self._decisions, inputs=self._inputs, unplaced=self._unplaced,
            renamed=before.facts != self.file.facts,
        )  # fmt: skip
        self._begin()
        return result


def opened(store: Store, case: str = "c1", patient: str = "p1", **fields: Any) -> Patient:
    """A patient with one open case, already in the store."""
    made = Patient(patient)
    made.take(event(f"open {case}", patient), "opened", case)
    made.open(case, **fields)
    assert store.apply([made.result()]) == []
    return made


def publish(store: Store, kind: str, name: str, hash: str, content: bytes, at: Instant = T) -> None:
    """Make one part live beside what is live already."""
    live = store.live()
    parts = {part: Part(live[part], body) for part, body in store.contents(live).items()}
    parts[kind, name] = Part(hash, content)
    assert store.release(parts, at, "ana", "", after=store.released())
