"""Owns reading files to decide and writing what was decided, behind the fence."""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, repeat

from laneflow.engine.state import FileResult, Instant, PatientFile
from laneflow.store import codec
from laneflow.store.bulk import write
from laneflow.store.connected import Connected, FencedError
from laneflow.store.lost import key_of, lost
from laneflow.store.rows import Batch, derive

_LOAD = """
SELECT 0, patient, seq, 0, body FROM laneflow_file WHERE patient {among}
UNION ALL SELECT 1, patient, 0, opened, body FROM laneflow_case WHERE patient {among} AND live
ORDER BY 1, 4
"""
_CLOCK = """
INSERT INTO laneflow_meta (name, instant) VALUES ('clock', %s)
ON CONFLICT (name) DO UPDATE SET instant = excluded.instant
"""
_LATER = " WHERE laneflow_meta.instant < excluded.instant"
_ADVANCE = """
INSERT INTO laneflow_meta (name, number) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET number = excluded.number
WHERE laneflow_meta.number < excluded.number
"""
_TIERS = """
INSERT INTO laneflow_meta (name, words) VALUES ('tiers', %s)
ON CONFLICT (name) DO UPDATE SET words = excluded.words
"""


class Writing(Connected):
    """The part of the store that the engine's callers use most."""

    _tiers: dict[str, int] | None = None

    def known(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """See Store."""
        among, parameters = self.writer.pairs(keys)
        sql = f'SELECT source, "key", digest FROM laneflow_input WHERE (source, "key") {among}'
        return {(source, key): digest for source, key, digest in self.rows(sql, parameters)}

    def load(self, patients: Sequence[str]) -> dict[str, PatientFile]:
        """See Store. One statement, so that a file and its cases are of one moment."""
        among, parameter = self.writer.among(patients)
        files = {patient: PatientFile(patient=patient) for patient in patients}
        for part, patient, seq, _, body in self.rows(
            _LOAD.format(among=among), [parameter, parameter]
        ):
            if part == 0:
                files[patient] = file = codec.file(body)
                file.seq = seq
            else:
                case = codec.case(body)
                files[patient].cases[case.id] = case
        return files

    def apply(self, results: Sequence[FileResult], *, clock: Instant | None = None) -> list[str]:
        """See Store. What is written is worked out before the transaction begins.

        The first try does not look who loses: the files' fences and the inputs' keys refuse by
        themselves, but for a file that is only looked at.
        """
        whole = derive(results, self.tiers)
        looks = chain((bool(whole.idle),), repeat(True))
        return self.retried(lambda: self._apply(results, whole, clock, next(looks)))

    def _apply(
        self, results: Sequence[FileResult], whole: Batch, clock: Instant | None, look: bool
    ) -> list[str]:
        losers = self._lost(results) if look else []
        if losers:
            gone = set(losers)
            whole = derive((r for r in results if r.patient not in gone), self.tiers)
        if not write(self.writer, whole):
            raise FencedError
        if clock is not None:
            self.change(_CLOCK + _LATER, [clock])
        return losers

    def _lost(self, results: Sequence[FileResult]) -> list[str]:
        to = self.writer
        among, parameter = to.among([result.patient for result in results])
        locked = f"ORDER BY patient{to.locking}" if to.locking else ""
        sql = f"SELECT patient, seq FROM laneflow_file WHERE patient {among} {locked}"
        seqs = dict(self.rows(sql, [parameter]))
        keys = [key_of(taken) for result in results for taken in result.inputs]
        return lost(results, seqs, set(self.known(keys)) if keys else set())

    def due(self, at: Instant, limit: int) -> list[str]:
        """See Store. An index seek per tier: it costs what is given back, not what exists."""
        sql = (
            "SELECT patient FROM laneflow_file WHERE urgency = %s AND wake_at <= %s "
            "ORDER BY wake_at, patient LIMIT %s"
        )
        found: list[str] = []
        for urgency in range(len(self.tiers) + 1):
            if len(found) < limit:
                found += [row[0] for row in self.rows(sql, [urgency, at, limit - len(found)])]
        return found

    def next_wake(self) -> Instant | None:
        """See Store."""
        sql = (
            "SELECT wake_at FROM laneflow_file WHERE urgency = %s AND wake_at IS NOT NULL "
            "ORDER BY wake_at LIMIT 1"
        )
        first = [self.rows(sql, [urgency]) for urgency in range(len(self.tiers) + 1)]
        return min((rows[0][0] for rows in first if rows), default=None)

    def wake(self, patients: Iterable[str] | None, lanes: Iterable[str] | None, at: Instant) -> int:
        """See Store. It moves the fences, so that what is being decided just now decides again."""
        whose, named = self.writer.among(list(patients or ()))
        which, lanes_named = self.writer.among(list(lanes or ()))
        sql = (
            "UPDATE laneflow_file SET seq = seq + 1, "
            "wake_at = CASE WHEN wake_at <= %s THEN wake_at ELSE %s END "
            f"WHERE patient {whose} OR patient IN "
            f"(SELECT patient FROM laneflow_case WHERE lane {which} AND live)"
        )
        return self.retried(lambda: self.change(sql, [at, at, named, lanes_named]))

    def latest(self) -> Instant | None:
        """See Store."""
        found = self.rows("SELECT instant FROM laneflow_meta WHERE name = 'clock'")
        return found[0][0] if found else None

    def tick(self, at: Instant, *, accept: bool = False) -> None:
        """See Store."""
        self.change(_CLOCK if accept else _CLOCK + _LATER, [at])

    def advance(self, mark: str, to: int) -> bool:
        """See Store. Looks first: what has long been done costs no write."""
        if to <= self._reached(mark, to - 1):
            return False
        return self.retried(lambda: self.change(_ADVANCE, [f"mark {mark}", to])) > 0

    def reached(self, mark: str) -> int:
        """See Store."""
        return self._reached(mark, 0)

    def _reached(self, mark: str, never: int) -> int:
        sql = "SELECT number FROM laneflow_meta WHERE name = %s"
        found = self.rows(sql, [f"mark {mark}"])
        return found[0][0] if found else never

    def checkpoint(self) -> None:
        """See Store."""
        if self.connection.vendor == "sqlite":
            self.rows("PRAGMA wal_checkpoint(PASSIVE)")

    @property
    def tiers(self) -> dict[str, int]:
        """tier -> rank, 0 the strictest, of the practice that this store last saw go live."""
        if self._tiers is None:
            self._read_tiers()
        return self._tiers or {}

    def _read_tiers(self) -> None:
        found = self.rows("SELECT words FROM laneflow_meta WHERE name = 'tiers'")
        names = codec.words(found[0][0]) if found else ()
        self._tiers = {name: rank for rank, name in enumerate(names)}

    def _order_tiers(self, names: Sequence[str]) -> None:
        """Take over the tiers of a newly published practice; whatever is ordered by them, too."""
        self._read_tiers()
        if list(self.tiers) == list(names):
            return
        self.change(_TIERS, [codec.text(names)])
        self._tiers = {name: rank for rank, name in enumerate(names)}
        ranked = " ".join("WHEN %s THEN %s" for _ in names)
        rank = f"CASE tier {ranked} ELSE %s END" if names else "%s"
        values = [value for pair in self._tiers.items() for value in pair] + [len(names)]
        self.change(f"UPDATE laneflow_case SET tier_rank = {rank}", values)
        self.change(
            "UPDATE laneflow_task SET tier_rank = (SELECT c.tier_rank FROM laneflow_case c "
            "WHERE c.id = laneflow_task.\"case\") WHERE state = 'open'"
        )
        self.change(
            "UPDATE laneflow_file SET urgency = COALESCE((SELECT MIN(c.tier_rank) "
            "FROM laneflow_case c WHERE c.patient = laneflow_file.patient AND c.live "
            "AND c.wake_at IS NOT NULL), %s)",
            [len(names)],
        )
