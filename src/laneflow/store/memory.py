"""Owns the store that forgets: everything in memory, for tests, plan, replay and simulate.

It keeps the very rows that the databases keep, and gives back fresh copies: whoever works with it
gets no further by accident than with a real one. Knows no Django.
"""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from laneflow.engine.state import FileResult, Instant, PatientFile
from laneflow.store import audit, codec
from laneflow.store.counted import Counted
from laneflow.store.digest import chained
from laneflow.store.lost import key_of, lost
from laneflow.store.outbox import back_off
from laneflow.store.pieces import over
from laneflow.store.queued import Queued
from laneflow.store.released import Name, Part, Release
from laneflow.store.rows import Batch, derive
from laneflow.store.tables import Ended, FileRow, UnplacedRow
from laneflow.store.watched import Watched

if TYPE_CHECKING:
    from laneflow.store.contract import Store


class MemoryStore(Counted, Queued, Watched):
    """A store in memory; see Store for what its methods promise."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See Store."""
        with self._lock:
            kept = {k: copy.deepcopy(v) for k, v in vars(self).items() if k != "_lock"}
            try:
                yield
            except BaseException:
                vars(self).update(kept)
                raise

    def close(self) -> None:
        """See Store: there is nothing to let go of."""

    file = None

    def up_to_date(self) -> bool:
        """See Store: it has no tables."""
        return True

    def known(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """See Store."""
        return {key: self._inputs[key].digest for key in keys if key in self._inputs}

    def load(self, patients: Sequence[str]) -> dict[str, PatientFile]:
        """See Store."""
        with self._lock:
            return {patient: self._load(patient) for patient in patients}

    def _load(self, patient: str) -> PatientFile:
        row = self._files.get(patient)
        if row is None:
            return PatientFile(patient=patient)
        file = codec.file(row.body)
        file.seq = row.seq
        cases = [self._cases[id_] for id_ in self._cases_of.get(patient, ())]
        for case in sorted(cases, key=lambda case: (case.opened, case.id)):
            if case.live:
                file.cases[case.id] = codec.case(case.body)
        return file

    def apply(self, results: Sequence[FileResult], *, clock: Instant | None = None) -> list[str]:
        """See Store."""
        with self._lock:
            seqs = {patient: row.seq for patient, row in self._files_of(results)}
            keys = [key_of(taken) for result in results for taken in result.inputs]
            losers = lost(results, seqs, self.known(keys))
            gone = set(losers)
            self._write(derive((r for r in results if r.patient not in gone), self._tiers))
            if clock is not None:
                self.tick(clock)
            return losers

    def _files_of(self, results: Sequence[FileResult]) -> Iterator[tuple[str, FileRow]]:
        for result in results:
            if result.patient in self._files:
                yield result.patient, self._files[result.patient]

    def _write(self, batch: Batch) -> None:
        self._write_files(batch)
        for end in batch.ended_tasks:
            self._end_tasks(end)
        for end in batch.ended_escalations:
            self._end_escalations(end)
        for case in batch.cases:
            self._cases[case.id] = case
            self._cases_of.setdefault(case.patient, {})[case.id] = None
        for task in batch.tasks:
            self._tasks.setdefault(task.case, {})[task.id] = task
        for raised in batch.escalations:
            self._escalations.setdefault(raised.case, {})[raised.rule, raised.n] = raised
        for decision in batch.decisions:
            self._decisions.setdefault(decision.case, []).append(decision)
        self._inputs.update({(row.source, row.key): row for row in batch.inputs})
        for patient in batch.renamed:
            self._words.pop(patient, None)
        for known in batch.words:
            self._words.setdefault(known.patient, set()).add(known.word)
        self._notes.update({(row.act, row.case): row for row in batch.notes})
        self._outbox.update({row.id: row for row in batch.outbox})
        for settled in batch.settled:
            self.settle_unplaced(settled[:2], *settled[2:])
        self._unplaced.update({(row.source, row.key): _unplaced(row) for row in batch.unplaced})

    def _write_files(self, batch: Batch) -> None:
        for file in batch.files:
            self._file(file)
        for file in batch.idle:
            if file.patient in self._files:
                before = self._files[file.patient]
                self._file(before._replace(wake_at=file.wake_at, urgency=file.urgency))

    def _file(self, row: FileRow) -> None:
        before = self._files.get(row.patient)
        if before is not None and before.wake_at is not None:
            entry = (before.urgency, before.wake_at, before.patient)
            del self._waking[bisect_left(self._waking, entry)]
        self._files[row.patient] = row
        if row.wake_at is not None:
            insort(self._waking, (row.urgency, row.wake_at, row.patient))

    def _end_tasks(self, end: Ended) -> None:
        for id_, task in self._tasks.get(end.case, {}).items():
            if task.state == "open" and end.slot in ("*", task.key) and id_ != end.keep:
                self._tasks[end.case][id_] = over(task, end)

    def _end_escalations(self, end: Ended) -> None:
        for key, raised in self._escalations.get(end.case, {}).items():
            named = end.slot in ("*", raised.rule) and str(raised.n) != end.keep
            if named and raised.state in ("open", "taken"):
                ended = raised._replace(state=end.state, ended=end.ended, ended_by=end.ended_by)
                self._escalations[end.case][key] = ended

    def due(self, at: Instant, limit: int) -> list[str]:
        """See Store."""
        found: list[str] = []
        for urgency in range(len(self._tiers) + 1):
            first = bisect_left(self._waking, (urgency,))
            last = bisect_right(self._waking, (urgency, at, chr(0x10FFFF)))
            found += [patient for _, _, patient in self._waking[first:last]]
        return found[:limit]

    def next_wake(self) -> Instant | None:
        """See Store."""
        return min((wake_at for _, wake_at, _ in self._waking), default=None)

    def wake(self, patients: Iterable[str] | None, lanes: Iterable[str] | None, at: Instant) -> int:
        """See Store."""
        with self._lock:
            named, which = set(patients or ()), set(lanes or ())
            named |= {
                row.patient
                for row in self._cases.values()
                if row.lane in which and row.closed_at is None
            }
            rows = [self._files[patient] for patient in named if patient in self._files]
            for row in rows:
                sooner = at if row.wake_at is None else min(at, row.wake_at)
                self._file(row._replace(seq=row.seq + 1, wake_at=sooner))
            return len(rows)

    def latest(self) -> Instant | None:
        """See Store."""
        return self._clock

    def tick(self, at: Instant, *, accept: bool = False) -> None:
        """See Store."""
        if accept or self._clock is None or at > self._clock:
            self._clock = at

    def advance(self, mark: str, to: int) -> bool:
        """See Store."""
        with self._lock:
            ahead = mark in self._marks and self._marks[mark] >= to
            self._marks[mark] = self._marks[mark] if ahead else to
            return not ahead

    def reached(self, mark: str) -> int:
        """See Store."""
        return self._marks.get(mark, 0)

    def checkpoint(self) -> None:
        """See Store: everything is where it stays."""

    # versions ------------------------------------------------------------------------------
    def release(
        self, parts: Mapping[Name, Part], at: Instant, by: str, why: str, *, after: int
    ) -> int | None:
        """See Store."""
        with self._lock:
            if self.released() != after:
                return None
            for row in self._versions:
                kept = parts.get((row["kind"], row["name"])) == (row["hash"], row["content"])
                row["live"] = row["live"] and kept
            live = self.live()
            for name, part in parts.items():
                if name not in live:
                    self._versions.append(
                        {"kind": name[0], "name": name[1], "hash": part.hash,
                         "content": part.content, "live": True, "at": at, "by": by}
                    )  # fmt: skip
            hashes = {name: part.hash for name, part in parts.items()}
            self._releases.append(Release(after + 1, at, by, codec.plain(why), hashes))
            if practice := parts.get(("practice", "practice")):
                self._order(codec.tiers(practice.content))
            return after + 1

    def released(self) -> int:
        """See Store."""
        return len(self._releases)

    def releases(self, *, limit: int | None = None) -> list[Release]:
        """See Store."""
        return self._releases[::-1][:limit]

    def _order(self, names: Sequence[str]) -> None:
        self._tiers = {name: rank for rank, name in enumerate(names)}
        for row in self._cases.values():
            rank = self._tiers.get(row.tier, len(names))
            self._cases[row.id] = row._replace(tier_rank=rank)
            for task in self._tasks.get(row.id, {}).values():
                if task.state == "open":
                    self._tasks[row.id][task.id] = task._replace(tier_rank=rank)
        for patient, file in list(self._files.items()):
            cases = [self._cases[id_] for id_ in self._cases_of.get(patient, ())]
            ranks = [case.tier_rank for case in cases if case.live and case.wake_at is not None]
            self._file(file._replace(urgency=min(ranks, default=len(names))))

    def live(self) -> dict[tuple[str, str], str]:
        """See Store."""
        return {(row["kind"], row["name"]): row["hash"] for row in self._versions if row["live"]}

    def version(self, hash: str) -> bytes | None:
        """See Store."""
        rows = reversed(self._versions)
        return next((row["content"] for row in rows if row["hash"] == hash), None)

    def contents(self, hashes: Mapping[Name, str]) -> dict[Name, bytes]:
        """See Store."""
        found = {row["hash"]: row["content"] for row in self._versions}
        return {name: found[hash_] for name, hash_ in hashes.items() if hash_ in found}

    def versions(self, kind: str, name: str) -> list[dict[str, Any]]:
        """See Store."""
        return [
            {key: row[key] for key in ("hash", "live", "at", "by")}
            for row in reversed(self._versions)
            if (row["kind"], row["name"]) == (kind, name)
        ]

    # outbox --------------------------------------------------------------------------------
    def claim(self, at: Instant, limit: int, lease: Instant) -> list[dict[str, Any]]:
        """See Store."""
        with self._lock:
            waiting = [r for r in self._outbox.values() if r.state == "waiting"]
            ready = sorted((r.next_try, r.id) for r in waiting if r.next_try <= at)[:limit]
            return [self._claim(id_, at + lease) for _, id_ in ready]

    def _claim(self, id_: str, ends: Instant) -> dict[str, Any]:
        row = self._outbox[id_] = self._outbox[id_]._replace(next_try=ends)
        self._sending[id_] = self._sending.get(id_, 0) + 1
        shown = {k: v for k, v in row._asdict().items() if k not in ("next_try", "state")}
        return shown | {"tries": self._sending[id_]}

    def settle(self, outbox_ids: Mapping[str, tuple[str, str]], at: Instant) -> None:
        """See Store."""
        with self._lock:
            for id_, (state, detail) in outbox_ids.items():
                row = self._outbox.get(id_)
                if row is None or row.state != "waiting":
                    continue
                self._failing[id_] = codec.plain(detail)
                again = at + back_off(self._sending.get(id_, 1))
                failed = state == "failed"
                change = {"next_try": again} if failed else {"state": state}
                self._outbox[id_] = row._replace(**change)

    # quarantine, unplaced, audit -------------------------------------------------------------
    def quarantine(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """See Store."""
        with self._lock:
            for row in rows:
                kept = {name: row[name] for name in ("digest", "source", "file", "line")}
                kept |= {name: row[name] for name in ("reason", "raw", "at")}
                self._quarantine.setdefault(row["digest"], kept | {"mended_at": None})

    def quarantined(self) -> list[dict[str, Any]]:
        """See Store."""
        order = ("at", "source", "file", "line", "digest")
        found = [dict(row) for row in self._quarantine.values() if row["mended_at"] is None]
        for row in found:
            del row["mended_at"]
        return sorted(found, key=lambda row: [row[name] for name in order])

    def mend(self, digests: Iterable[str], at: Instant) -> int:
        """See Store."""
        with self._lock:
            named = [self._quarantine[d] for d in set(digests) if d in self._quarantine]
            found = [row for row in named if row["mended_at"] is None]
            for row in found:
                row["mended_at"] = at
            return len(found)

    def settle_unplaced(
        self, event: tuple[str, str], fate: str, by: str, at: Instant, reason: str
    ) -> bool:
        """See Store."""
        row = self._unplaced.get(event)
        if row is None or row["state"] != "open":
            return False
        row |= {"state": fate, "settled_by": by, "settled_at": at, "settled_reason": reason}
        return True

    def audit(self, row: Mapping[str, Any]) -> None:
        """See Store."""
        with self._lock:
            entry = audit.entry(len(self._audit) + 1, row)
            head = self._audit[-1]["hash"] if self._audit else ""
            self._audit.append(entry | {"hash": chained(head, entry)})

    def audited(self, *, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        """See Store."""
        return [dict(row) for row in self._audit[after : after + limit]]

    def audit_head(self) -> tuple[int, str]:
        """See Store."""
        return len(self._audit), self._audit[-1]["hash"] if self._audit else ""

    def verify_audit(
        self, seen: Callable[[int], None] = lambda n: None, *, after: int = 0
    ) -> int | None:
        """See Store."""
        return audit.broken(self.audited, self.audit_head, seen, after)


def _unplaced(row: UnplacedRow) -> dict[str, Any]:
    shown = row._asdict()
    shown |= {"lanes": codec.words(row.lanes), "candidates": codec.words(row.candidates)}
    shown |= {"id": shown.pop("key"), "event": shown.pop("body")}
    return shown | {"settled_by": "", "settled_at": None, "settled_reason": ""}


if TYPE_CHECKING:
    _keeps: Store = MemoryStore()
