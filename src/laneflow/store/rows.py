"""Owns what is written for a result: FileResult -> rows, the same for every store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from laneflow.engine.facts import overdue_from
from laneflow.engine.merging import MERGED
from laneflow.engine.state import Act, Case, Decision, FileResult, Taken, Unplaced
from laneflow.practice.coverage import tongue
from laneflow.proofs.silence import next_call
from laneflow.store import codec
from laneflow.store.digest import digest
from laneflow.store.identity import words_of
from laneflow.store.pieces import Pieces, Reached
from laneflow.store.tables import (
    CaseRow,
    DecisionRow,
    Ended,
    EscalationRow,
    FileRow,
    InputRow,
    NoteRow,
    OutboxRow,
    Settled,
    TaskRow,
    UnplacedRow,
    WordRow,
)

Ranks = Mapping[str, int]
"""tier -> 0 for the strictest, and so on."""


@dataclass(slots=True)
class Batch:
    """Everything that some results write. Rows of a list have different keys."""

    inputs: list[InputRow] = field(default_factory=list)
    files: list[FileRow] = field(default_factory=list)
    cases: list[CaseRow] = field(default_factory=list)
    decisions: list[DecisionRow] = field(default_factory=list)
    tasks: list[TaskRow] = field(default_factory=list)
    ended_tasks: list[Ended] = field(default_factory=list)
    escalations: list[EscalationRow] = field(default_factory=list)
    ended_escalations: list[Ended] = field(default_factory=list)
    notes: list[NoteRow] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    unplaced: list[UnplacedRow] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    words: list[WordRow] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    """Patients whose words are others now."""
    idle: list[FileRow] = field(default_factory=list)
    """Files that were looked at and stay as they are, but for when they wake."""

    def add(self, result: FileResult, ranks: Ranks) -> None:
        """Add one result's rows."""
        if not result.changed:
            self.idle.append(_file(result, ranks))
            return
        self.files.append(_file(result, ranks))
        acts: dict[str, Act] = {}
        for taken in result.inputs:
            self.inputs.append(_input(taken))
            if isinstance(taken.input, Act):
                acts[taken.input.id] = taken.input
                self._act(taken, taken.input)
        for item in result.unplaced:
            self.unplaced.append(_unplaced(item))
        if result.renamed:
            self.renamed.append(result.patient)
            known = words_of(result.file.facts)
            self.words += [WordRow(result.patient, codec.plain(word)) for word in known]
        self._decided(result, acts, ranks)

    def _act(self, taken: Taken, act: Act) -> None:
        if act.kind == "note":
            self.notes += _notes(act, taken.cases)
        elif act.kind == "place" and taken.cases:
            event = act.data.get("event", {})
            fate = "opened" if taken.fate == "opened" else "attached"
            self.settled.append(
                Settled(event.get("source", ""), event.get("id", ""), fate, act.by, act.at, "")
            )

    def _decided(self, result: FileResult, acts: Mapping[str, Act], ranks: Ranks) -> None:
        pieces = Pieces(acts)
        for decision in result.decisions:
            self.decisions.append(_decision(decision))
            for notice in decision.notices:
                name = f"{decision.case}/{decision.seq}/{notice.n}"
                self.outbox.append(
                    OutboxRow(name, decision.case, decision.seq, notice.n, notice.kind, notice.key,
                              notice.role, notice.person, notice.release, notice.release, "waiting")
                )  # fmt: skip
            pieces.follow(decision)
        patient, moved = _reached(result), _may_have_moved(result)
        for case in result.touched.values():
            rank = ranks.get(case.tier, len(ranks))
            self.cases.append(_case(case, rank, case.id in result.file.cases))
            self.tasks += pieces.tasks(case, rank, patient, every=moved)
            self.escalations += pieces.escalations(case)
        for case in result.file.cases.values() if moved else ():
            if case.id not in result.touched:
                rank = ranks.get(case.tier, len(ranks))
                self.tasks += pieces.tasks(case, rank, patient, every=True)
        self.ended_tasks += pieces.ended_tasks
        self.ended_escalations += pieces.ended_escalations


def derive(results: Iterable[FileResult], ranks: Ranks) -> Batch:
    """All rows of ``results``, which must concern different patients."""
    batch = Batch()
    for result in results:
        batch.add(result, ranks)
    return batch


_OF_PATIENT = ("patient.language", "patient.time_zone")


def _reached(result: FileResult) -> Reached:
    language, zone = (codec.plain(result.file.facts.get(name)) for name in _OF_PATIENT)
    return Reached(tongue(language), zone)


def _may_have_moved(result: FileResult) -> bool:
    """Whether an input may have changed what the rows of all the patient's tasks repeat."""
    given = [codec.text(taken.input.data) for taken in result.inputs]
    merged = any(getattr(taken.input, "type", "") == MERGED for taken in result.inputs)
    return merged or any(f'"{name}"' in said for said in given for name in _OF_PATIENT)


def _input(taken: Taken) -> InputRow:
    given = taken.input
    cases = codec.text(taken.cases) if taken.cases else "[]"
    said, body = digest(given), codec.text(given)
    if isinstance(given, Act):
        time = given.data.get("time")
        return InputRow(
            "act", given.id, "act", given.kind, given.patient,
            time if isinstance(time, int) else given.at, given.at, taken.fate, cases, taken.why,
            said, body,
        )  # fmt: skip
    return InputRow(
        given.source, given.id, "event", given.type, given.patient, given.time, given.at,
        taken.fate, cases, taken.why, said, body,
    )  # fmt: skip


def _file(result: FileResult, ranks: Ranks) -> FileRow:
    file = result.file
    waking = [case.tier for case in file.cases.values() if case.wake_at is not None]
    last = len(ranks)
    urgency = min([ranks.get(tier, last) for tier in waking], default=last)
    body = codec.text(msgspec.structs.replace(file, cases={}))
    return FileRow(result.patient, file.seq, file.at, file.wake_at, urgency, body)


def _case(case: Case, rank: int, live: bool) -> CaseRow:
    closed = case.closed
    touched = case.untouched.start if case.untouched else None
    untaken = [e for e in case.escalations.values() if e.state == "open"]
    return CaseRow(
        case.id, case.patient, case.lane, case.status, case.queue, case.tier, rank, case.kind,
        case.owner, case.backup, case.location, case.opened, case.entered, case.progress,
        max(case.opened, case.attempt or 0, case.contact or 0) if touched is None else touched,
        case.task.due.at if case.task else None, case.wake_at,
        closed.at if closed else None, closed.outcome if closed else "",
        codec.plain(closed.reason) if closed else "", closed.by if closed else "",
        case.seq, live, closed is None or bool(untaken), next_call(case),
        any(escalation.last for escalation in untaken), overdue_from(case), len(untaken),
        codec.text(sorted(case.barriers)) if case.barriers else "",
        case.windows["first_attempt"].at if "first_attempt" in case.windows else None,
        case.first_attempt, codec.text(case),
    )  # fmt: skip


def _decision(decision: Decision) -> DecisionRow:
    kind, *rest = decision.input
    source = rest[0] if kind == "event" else kind if kind == "act" else ""
    return DecisionRow(
        decision.case, decision.seq, decision.at, kind, source, rest[-1] if rest else "",
        decision.lane_hash, decision.practice_hash, decision.engine,
        codec.text(decision.changes),
        codec.text(decision.notices) if decision.notices else "[]",
        codec.text(decision.trace) if decision.trace else "[]",
        codec.text(decision.choices) if decision.choices else "{}",
    )  # fmt: skip


def _notes(act: Act, cases: tuple[str, ...]) -> list[NoteRow]:
    said = act.data
    time, by_when = said.get("time"), said.get("by_when")
    return [
        NoteRow(
            act=act.id, case=case, patient=act.patient, by=act.by, at=act.at,
            time=time if isinstance(time, int) else act.at, task=said.get("task") or "main",
            by_when=by_when if isinstance(by_when, int) else None,
            escalate=bool(said.get("escalate")),
            next_step_unclear=bool(said.get("next_step_unclear")),
            **{name: codec.plain(said.get(name)) for name in _SAID},
        )
        for case in dict.fromkeys(cases or (act.case,))
    ]  # fmt: skip


_SAID = (
    "outcome", "with_whom", "channel", "barrier", "understanding", "told", "next_action", "by_whom",
)  # fmt: skip


def _unplaced(item: Unplaced) -> UnplacedRow:
    event = item.event
    return UnplacedRow(
        event.source, event.id, event.patient, event.type, event.at or event.time, item.why,
        codec.text(item.lanes), codec.text(item.candidates), item.owner, item.due, "open",
        codec.text(event),
    )  # fmt: skip
