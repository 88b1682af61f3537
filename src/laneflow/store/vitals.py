"""Owns what operations watches: what waits, what fails, what lies in quarantine; by indexes."""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from typing import Any

from laneflow.engine.state import Instant
from laneflow.store.connected import Connected
from laneflow.store.trail import Trail

_COUNTS = {
    "overdue": "laneflow_task WHERE state = 'open' AND due <= %s",
    "unacknowledged": "laneflow_escalation WHERE state = 'open' AND release <= %s",
    "outbox_late": "laneflow_outbox WHERE state = 'waiting' AND release <= %s",
    "outbox_failing": "laneflow_outbox WHERE state = 'waiting' AND detail <> ''",
    "quarantined": "laneflow_quarantine WHERE mended_at IS NULL",
    "unplaced": "laneflow_unplaced WHERE state = 'open'",
}
_FAILING = """
SELECT id, "case", kind, role, person, release, next_try, tries, detail FROM laneflow_outbox
WHERE state = 'waiting' AND detail <> '' ORDER BY next_try, id LIMIT %s
"""
_TRAIL = 'n, at, "by", what, object, detail, hash'
_BAD = "digest, source, file, line, reason, at"
_BAD_ORDER = "ORDER BY at, digest"


class Vitals(Connected):
    """The part of the store that operations and auditors ask."""

    def vitals(self, at: Instant) -> dict[str, int]:
        """See Store."""
        return {
            name: self.rows(f"SELECT COUNT(*) FROM {what}", [at] * what.count("%s"))[0][0]
            for name, what in _COUNTS.items()
        }

    def failing(self, limit: int) -> list[dict[str, Any]]:
        """See Store."""
        return self.dicts(_FAILING, [limit])

    def bad_records(
        self, limit: int, after: tuple[Instant, str] | None = None
    ) -> list[dict[str, Any]]:
        """See Store."""
        later = "AND (at > %s OR (at = %s AND digest > %s))" if after else ""
        return self.dicts(
            f"SELECT {_BAD} FROM laneflow_quarantine WHERE mended_at IS NULL {later} "
            f"{_BAD_ORDER} LIMIT %s",
            [*((after[0], *after) if after else ()), limit],
        )

    def bad_record(self, digest: str) -> dict[str, Any] | None:
        """See Store."""
        sql = f"SELECT {_BAD}, raw, mended_at FROM laneflow_quarantine WHERE digest = %s"
        return next(iter(self.dicts(sql, [digest])), None)

    # audit ---------------------------------------------------------------------------------
    def trail(self, wanted: Trail, limit: int, before: int | None = None) -> list[dict[str, Any]]:
        """See Store. A whole list of cases shown is one row, and looked into one by one."""
        conditions, parameters = ["TRUE"], []
        for condition, value in (
            ("n < %s", before), ('"by" = %s', wanted.by), ("what = %s", wanted.what),
            ("at >= %s", wanted.since), ("at < %s", wanted.until),
        ):  # fmt: skip
            if value is not None:
                conditions.append(condition)
                parameters.append(value)
        if wanted.cases is not None:
            objects = [f"case {case}" for case in wanted.cases]
            among, parameter = self.writer.among(objects)
            listed = " OR ".join(["detail LIKE %s"] * len(wanted.cases)) or "FALSE"
            conditions.append(
                f"((object <> '' AND object {among}) OR (object = '' AND ({listed})))"
            )
            parameters += [parameter, *(f'%"{case}"%' for case in wanted.cases)]
        sql = f"SELECT {_TRAIL} FROM laneflow_audit WHERE {' AND '.join(conditions)}"
        return self.dicts(f"{sql} ORDER BY n DESC LIMIT %s", [*parameters, limit])

    def audited_by(self) -> list[str]:
        """See Store. From one to the next along the index: who, are few; rows, are many."""
        following = 'SELECT MIN("by") FROM laneflow_audit WHERE "by" > %s'
        found: list[str] = []
        while (name := self.rows(following, [found[-1] if found else ""])[0][0]) is not None:
            found.append(name)
        return found
