"""Owns what is kept beside the cases: outbox, quarantine, unplaced, the audit trail."""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from laneflow.engine.state import Instant
from laneflow.store import audit, codec
from laneflow.store.bulk import SETTLE, Statement
from laneflow.store.digest import chained
from laneflow.store.outbox import back_off
from laneflow.store.writing import Writing

_CLAIMABLE = """
SELECT id, "case", seq, n, kind, "key", role, person, release, tries FROM laneflow_outbox
WHERE state = 'waiting' AND next_try <= %s ORDER BY next_try, id LIMIT %s
"""
_CLAIM = """
UPDATE laneflow_outbox SET tries = tries + 1, lease = %s, next_try = %s
WHERE id = %s AND state = 'waiting'
"""
_LEAVE = """
UPDATE laneflow_outbox SET state = %s, detail = %s, sent_at = %s, lease = NULL
WHERE id = %s AND state = 'waiting'
"""
_RETURN = """
UPDATE laneflow_outbox SET detail = %s, next_try = %s, lease = NULL
WHERE id = %s AND state = 'waiting'
"""
_QUARANTINE = """
INSERT INTO laneflow_quarantine (digest, source, file, line, reason, raw, at)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (digest) DO NOTHING
"""
_AUDIT = """
INSERT INTO laneflow_audit (n, at, "by", what, object, detail, hash)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


class Ledger(Writing):
    """The part of the store that keeps records of the house itself."""

    # outbox --------------------------------------------------------------------------------
    def claim(self, at: Instant, limit: int, lease: Instant) -> list[dict[str, Any]]:
        """See Store."""

        def work() -> list[dict[str, Any]]:
            found = self.dicts(_CLAIMABLE + self.writer.skipping, [at, limit])
            ends = at + lease
            rows = [(ends, ends, row["id"]) for row in found]
            self.writer.run([Statement(_CLAIM, rows)] if rows else [])
            return [row | {"tries": row["tries"] + 1} for row in found]

        return self.retried(work)

    def settle(self, outbox_ids: Mapping[str, tuple[str, str]], at: Instant) -> None:
        """See Store."""

        def work() -> None:
            among, parameter = self.writer.among(list(outbox_ids))
            sql = f"SELECT id, tries FROM laneflow_outbox WHERE id {among}"
            tries = dict(self.rows(sql, [parameter]))
            left, returned = [], []
            for id_, (state, detail) in outbox_ids.items():
                if state == "failed":
                    wait = at + back_off(tries.get(id_, 1))
                    returned.append((codec.plain(detail), wait, id_))
                else:
                    left.append((state, codec.plain(detail), at, id_))
            both = [Statement(_LEAVE, left), Statement(_RETURN, returned)]
            self.writer.run([statement for statement in both if statement.rows])

        self.retried(work)

    # quarantine and unplaced -----------------------------------------------------------------
    def quarantine(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """See Store."""
        values = [
            (row["digest"], *(codec.plain(row[name]) for name in ("source", "file")), row["line"],
             codec.plain(row["reason"]), codec.plain(row["raw"]), row["at"])
            for row in rows
        ]  # fmt: skip
        if values:
            self.retried(lambda: self.writer.run([Statement(_QUARANTINE, values)]))

    def quarantined(self) -> list[dict[str, Any]]:
        """See Store."""
        return self.dicts(
            "SELECT digest, source, file, line, reason, raw, at FROM laneflow_quarantine "
            "WHERE mended_at IS NULL ORDER BY at, source, file, line, digest"
        )

    def mend(self, digests: Iterable[str], at: Instant) -> int:
        """See Store."""
        among, parameter = self.writer.among(list(digests))
        sql = (
            "UPDATE laneflow_quarantine SET mended_at = %s "
            f"WHERE mended_at IS NULL AND digest {among}"
        )
        return self.change(sql, [at, parameter])

    def settle_unplaced(
        self, event: tuple[str, str], fate: str, by: str, at: Instant, reason: str
    ) -> bool:
        """See Store."""
        return self.change(SETTLE, [fate, by, at, codec.plain(reason), *event]) > 0

    # audit ---------------------------------------------------------------------------------
    def audit(self, row: Mapping[str, Any]) -> None:
        """See Store. The head of the chain is locked: two rows never follow the same one."""

        def work() -> None:
            n, head = self._head()
            entry = audit.entry(n + 1, row)
            hash_ = chained(head, entry)
            self.change(_AUDIT, [*entry.values(), hash_])
            self.change(
                "UPDATE laneflow_meta SET number = %s, words = %s WHERE name = 'audit'",
                [n + 1, hash_],
            )

        self.retried(work)

    def _head(self) -> tuple[int, str]:
        sql = "SELECT number, words FROM laneflow_meta WHERE name = 'audit'" + self.writer.locking
        found = self.rows(sql)
        if not found:
            self.change(
                "INSERT INTO laneflow_meta (name, number, words) VALUES ('audit', 0, '') "
                "ON CONFLICT (name) DO NOTHING"
            )
            found = self.rows(sql)
        return found[0][0], found[0][1]

    def audited(self, *, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        """See Store."""
        return self.dicts(
            'SELECT n, at, "by", what, object, detail, hash FROM laneflow_audit '
            "WHERE n > %s ORDER BY n LIMIT %s",
            [after, limit],
        )

    def audit_head(self) -> tuple[int, str]:
        """See Store."""
        found = self.rows("SELECT number, words FROM laneflow_meta WHERE name = 'audit'")
        return (found[0][0], found[0][1]) if found else (0, "")

    def verify_audit(
        self, seen: Callable[[int], None] = lambda n: None, *, after: int = 0
    ) -> int | None:
        """See Store."""
        return audit.broken(self.audited, self.audit_head, seen, after)
