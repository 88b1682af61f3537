"""Owns what the in-memory store holds, and the questions to it that change nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from threading import RLock
from typing import Any

from laneflow.engine.merging import MERGED
from laneflow.engine.state import Act, Case, Decision, Event, Instant
from laneflow.store import codec, filters
from laneflow.store.history import History, merged_from
from laneflow.store.identity import Sought
from laneflow.store.released import Release
from laneflow.store.tables import (
    NO_CONTACT,
    OF_CASE,
    CaseRow,
    DecisionRow,
    EscalationRow,
    FileRow,
    InputRow,
    NoteRow,
    OutboxRow,
    TaskRow,
)


class Shelves:
    """The rows, by what finds them, and the reading part of the store."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._inputs: dict[tuple[str, str], InputRow] = {}
        self._files: dict[str, FileRow] = {}
        self._cases: dict[str, CaseRow] = {}
        self._cases_of: dict[str, dict[str, None]] = {}
        self._decisions: dict[str, list[DecisionRow]] = {}
        self._tasks: dict[str, dict[str, TaskRow]] = {}
        self._escalations: dict[str, dict[tuple[str, int], EscalationRow]] = {}
        self._notes: dict[tuple[str, str], NoteRow] = {}
        self._words: dict[str, set[str]] = {}
        self._outbox: dict[str, OutboxRow] = {}
        self._sending: dict[str, int] = {}
        self._failing: dict[str, str] = {}
        self._unplaced: dict[tuple[str, str], dict[str, Any]] = {}
        self._quarantine: dict[str, dict[str, Any]] = {}
        self._versions: list[dict[str, Any]] = []
        self._releases: list[Release] = []
        self._audit: list[dict[str, Any]] = []
        self._marks: dict[str, int] = {}
        self._clock: Instant | None = None
        self._tiers: dict[str, int] = {}
        self._waking: list[tuple[int, Instant, str]] = []

    def case(self, case: str) -> Case | None:
        """See Store."""
        row = self._cases.get(case)
        if row is None:
            found = [known for known in self._cases if case and known.startswith(case)]
            row = self._cases[found[0]] if len(found) == 1 else None
        return codec.case(row.body) if row else None

    def cases(self, *, open_only: bool = True, **wanted: Any) -> Iterator[Case]:
        """See Store."""
        filters.known(wanted, filters.CASE_FILTERS)
        for id_ in sorted(self._cases):
            row = self._cases[id_]
            if open_only and row.closed_at is not None:
                continue
            if not wanted or filters.keeps(row._asdict(), wanted):
                yield codec.case(row.body)

    def escalations(
        self, *, open_only: bool = True, limit: int | None = None, **wanted: Any
    ) -> list[dict[str, Any]]:
        """See Store."""
        filters.known(wanted, filters.ESCALATION_FILTERS)
        found = [
            row._asdict() | self._of_case(row.case)
            for rows in self._escalations.values()
            for row in rows.values()
            if row.state in ("open", "taken") or not open_only
        ]
        found = [row for row in found if filters.keeps(row, wanted)]
        found.sort(
            key=lambda row: (
                self._cases[row["case"]].tier_rank,
                *(row[name] for name in ("opened", "case", "rule", "n")),
            )
        )
        return found[:limit]

    def notes(self, cases: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """See Store."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in sorted(self._notes.values(), key=lambda row: (-row.time, -row.at, row.act)):
            if row.case in cases:
                found.setdefault(row.case, []).append(row._asdict())
        return found

    def find_patients(
        self, wanted: Sought, *, limit: int, locations: Collection[str] | None = None
    ) -> list[str]:
        """See Store."""
        found = [
            patient
            for patient, words in sorted(self._words.items())
            if wanted and all(any(w.startswith(parts) for w in words) for parts in wanted)
        ]
        if locations is not None:
            places = {id_: self._cases[id_].location for id_ in self._cases}
            found = [
                patient
                for patient in found
                if any(places[id_] in locations for id_ in self._cases_of.get(patient, ()))
            ]
        return found[:limit]

    def _of_case(self, case: str) -> dict[str, Any]:
        row = self._cases[case]
        return {name: getattr(row, name) for name in OF_CASE}

    def unplaced(self, *, open_only: bool = True) -> list[dict[str, Any]]:
        """See Store."""
        found = [
            dict(row) | {"event": codec.taken("event", row["event"])}
            for row in self._unplaced.values()
            if row["state"] == "open" or not open_only
        ]
        return sorted(found, key=lambda row: (row["due"], row["source"], row["id"]))

    def log(self, case: str) -> list[tuple[Decision, Event | Act | None]]:
        """See Store."""
        return [self._logged(row) for row in self._decisions.get(case, [])]

    def _logged(self, row: DecisionRow) -> tuple[Decision, Event | Act | None]:
        given = self._inputs.get((row.input_source, row.input_key))
        decision = Decision(
            case=row.case, seq=row.seq, at=row.at,
            input=codec.answered(row.input_kind, row.input_source, row.input_key),
            lane_hash=row.lane_hash, practice_hash=row.practice_hash, engine=row.engine,
            **codec.entry(row.changes, row.notices, row.trace, row.choices),
        )  # fmt: skip
        return decision, codec.taken(given.kind, given.body) if given else None

    def inputs(
        self, *, patient: str | None = None, since: Instant | None = None
    ) -> Iterator[dict[str, Any]]:
        """See Store."""
        for row in list(self._inputs.values()):
            if patient is not None and row.patient != patient:
                continue
            if since is not None and row.at < since:
                continue
            shown = _but(row._asdict(), "key", "digest", "body", "cases")
            yield shown | {
                "id": row.key,
                "cases": codec.words(row.cases),
                "input": codec.taken(row.kind, row.body),
            }

    def named(self, id: str) -> list[dict[str, Any]]:
        """See Store."""
        found = (row for row in self.inputs() if row["id"] == id)
        return sorted(found, key=lambda row: (row["at"], row["source"]))

    def acts(self, ids: Collection[str]) -> dict[str, Act]:
        """See Store."""
        rows = (self._inputs.get(("act", id_)) for id_ in dict.fromkeys(ids))
        found = {row.key: codec.taken(row.kind, row.body) for row in rows if row is not None}
        return {key: act for key, act in found.items() if isinstance(act, Act)}

    def histories(self) -> Iterator[History]:
        """See Store."""
        found = {patient: History(patient, [], []) for patient in sorted(self._files)}
        for n, row in enumerate(self._inputs.values()):
            found[row.patient].inputs.append((n, row.kind, row.fate, row.body))
        for case, decisions in sorted(self._decisions.items()):
            found[self._cases[case].patient].decisions.extend(
                (case, d.seq, d.at, d.input_kind, d.input_source, d.input_key, d.lane_hash,
                 d.changes)
                for d in decisions
            )  # fmt: skip
        yield from found.values()

    def merged(self) -> list[tuple[str, str]]:
        """See Store."""
        rows = [row for row in self._inputs.values() if row.type == MERGED]
        return [merged_from(row.body) for row in rows if row.kind == "event"]

    def standing(self) -> dict[tuple[str, str], int]:
        """See Store."""
        rows = self._cases.values()
        return dict(Counter((row.lane, row.status) for row in rows if row.live))

    def followed(self, lanes: Collection[str]) -> list[str]:
        """See Store."""
        rows = self._cases.values()
        return sorted({row.patient for row in rows if row.live and row.lane in lanes})

    def silent(self, at: Instant, active: Collection[str]) -> Iterator[dict[str, Any]]:
        """See Store."""
        for id_ in sorted(self._cases):
            row = self._cases[id_]
            quiet = not row.last_rung and (row.call is None or row.call <= at)
            if row.watched and (row.owner not in active or quiet):
                yield {"case": row.id} | {
                    name: getattr(row, name)
                    for name in ("patient", "lane", "status", "owner", "location", "call")
                }

    def contacts(self, patients: Sequence[str], since: Instant) -> dict[str, list[Instant]]:
        """See Store."""
        found: dict[str, set[Instant]] = {}
        for row in self._notes.values():
            if row.patient not in patients or row.time < since or self._to_partner(row):
                continue
            if not any(getattr(row, name) in said for name, said in NO_CONTACT.items()):
                found.setdefault(row.patient, set()).add(row.time)
        return {patient: sorted(times) for patient, times in sorted(found.items())}

    def _to_partner(self, note: NoteRow) -> bool:
        return any(
            task.key == note.task and task.to
            and task.opened <= note.at and (task.ended is None or task.ended >= note.at)
            for task in self._tasks.get(note.case, {}).values()
        )  # fmt: skip

    def uncalled(self) -> dict[str, int]:
        """See Store."""
        rows = (row for rows in self._escalations.values() for row in rows.values())
        return dict(Counter(row.role for row in rows if row.last and row.state == "open"))

    def sleeping(self, after: Instant) -> dict[tuple[str, str, Instant], int]:
        """See Store."""
        found: Counter[tuple[str, str, Instant]] = Counter()
        for rows in self._tasks.values():
            for row in rows.values():
                if row.state == "open" and row.key == "main" and (row.start or 0) > after:
                    case = self._cases[row.case]
                    found[case.lane, case.location, row.start or 0] += 1
        return dict(found)

    def counts(self) -> Mapping[str, int]:
        """See Store."""
        return {
            "input": len(self._inputs),
            "file": len(self._files),
            "case": len(self._cases),
            "decision": sum(map(len, self._decisions.values())),
            "task": sum(map(len, self._tasks.values())),
            "escalation": sum(map(len, self._escalations.values())),
            "note": len(self._notes),
            "unplaced": len(self._unplaced),
            "outbox": len(self._outbox),
            "word": sum(map(len, self._words.values())),
            "version": len(self._versions),
            "release": len(self._releases),
            "quarantine": len(self._quarantine),
            "audit": len(self._audit),
        }


def _but(row: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        del row[name]
    return row
