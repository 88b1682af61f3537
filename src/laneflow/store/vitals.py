"""Owns what operations watches: what waits, what fails, what lies in quarantine; by indexes."""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneflow.engine.state import Instant
from laneflow.store.connected import Connected
from laneflow.store.trail import BAD_ORDER, Trail

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
_ORDER = ", ".join(BAD_ORDER)


class Vitals(Connected):
    """The part of the store that operations and auditors ask."""

    def vitals(self, at: Instant) -> dict[str, int]:
        """See Store."""
        return {
            name: self.rows(f"SELECT COUNT(*) FROM {what}", [at] * what.count("%s"))[0][0]
            for name, what in _COUNTS.items()
        }

    def about(self) -> dict[str, str]:
        """See Store."""
        version = ".".join(map(str, self.connection.get_database_version()))
        sql = "SELECT MAX(name) FROM django_migrations WHERE app = 'laneflow'"
        database = f"{self.connection.display_name} {version}"
        return {"database": database, "tables": self.rows(sql)[0][0]}

    def failing(self, limit: int) -> list[dict[str, Any]]:
        """See Store."""
        return self.dicts(_FAILING, [limit])

    def bad_records(
        self, limit: int, after: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """See Store."""
        place = [after[name] for name in BAD_ORDER] if after else []
        later = f"AND at >= %s AND ({_ORDER}) > ({_marks(place)})" if after else ""
        return self.dicts(
            f"SELECT {_BAD} FROM laneflow_quarantine WHERE mended_at IS NULL {later} "
            f"ORDER BY {_ORDER} LIMIT %s",
            [*place[:1], *place, limit],
        )

    def bad_record(self, digest: str) -> dict[str, Any] | None:
        """See Store."""
        if not digest:
            return None
        begins, parameters = self.writer.begins("digest", digest)
        sql = f"SELECT {_BAD}, raw, mended_at FROM laneflow_quarantine WHERE {begins} LIMIT 2"
        found = self.dicts(sql, parameters)
        return found[0] if len(found) == 1 else None

    def last_event(self) -> tuple[Any, ...] | None:
        """See Store."""
        sql = "SELECT source, at FROM laneflow_input WHERE kind = 'event' ORDER BY n DESC LIMIT 1"
        return next(iter(self.rows(sql)), None)

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


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))
