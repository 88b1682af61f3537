"""Owns what operations watches and auditors read of the in-memory store: looked at row by row."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from laneflow.engine.state import Instant
from laneflow.store.shelves import Shelves
from laneflow.store.trail import BAD_ORDER, Trail

_BAD = "digest, source, file, line, reason, at"


class Watched(Shelves):
    """The part of the store that operations and auditors ask."""

    def vitals(self, at: Instant) -> dict[str, int]:
        """See Store."""
        tasks = (task for rows in self._tasks.values() for task in rows.values())
        calls = (call for rows in self._escalations.values() for call in rows.values())
        waiting = [row for row in self._outbox.values() if row.state == "waiting"]
        return {
            "overdue": sum(task.state == "open" and task.due <= at for task in tasks),
            "unacknowledged": sum(call.state == "open" and call.release <= at for call in calls),
            "outbox_late": sum(row.release <= at for row in waiting),
            "outbox_failing": sum(bool(self._failing.get(row.id)) for row in waiting),
            "quarantined": sum(row["mended_at"] is None for row in self._quarantine.values()),
            "unplaced": sum(row["state"] == "open" for row in self._unplaced.values()),
        }

    def about(self) -> dict[str, str]:
        """See Store."""
        return {"database": "memory", "tables": ""}

    def failing(self, limit: int) -> list[dict[str, Any]]:
        """See Store."""
        rows = [row for row in self._outbox.values() if row.state == "waiting"]
        names = ("id", "case", "kind", "role", "person", "release", "next_try")
        found = [
            {name: getattr(row, name) for name in names}
            | {"tries": self._sending.get(row.id, 0), "detail": self._failing[row.id]}
            for row in rows
            if self._failing.get(row.id)
        ]
        return sorted(found, key=lambda row: (row["next_try"], row["id"]))[:limit]

    def bad_records(
        self, limit: int, after: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """See Store."""

        def place(row: Mapping[str, Any]) -> list[Any]:
            return [row[name] for name in BAD_ORDER]

        found = [row for row in self._quarantine.values() if row["mended_at"] is None]
        found.sort(key=place)
        later = [row for row in found if after is None or place(row) > place(after)]
        return [_shown(row, _BAD) for row in later[:limit]]

    def bad_record(self, digest: str) -> dict[str, Any] | None:
        """See Store."""
        named = [row for key, row in self._quarantine.items() if digest and key.startswith(digest)]
        return _shown(named[0], f"{_BAD}, raw, mended_at") if len(named) == 1 else None

    def last_event(self) -> tuple[Any, ...] | None:
        """See Store."""
        rows = (row for row in reversed(self._inputs.values()) if row.kind == "event")
        return next(((row.source, row.at) for row in rows), None)

    def trail(self, wanted: Trail, limit: int, before: int | None = None) -> list[dict[str, Any]]:
        """See Store."""
        rows = (row for row in reversed(self._audit) if before is None or row["n"] < before)
        return [dict(row) for row in islice(filter(wanted.holds, rows), limit)]

    def audited_by(self) -> list[str]:
        """See Store."""
        return sorted({row["by"] for row in self._audit} - {""})


def _shown(row: Mapping[str, Any], names: str) -> dict[str, Any]:
    return {name: row[name] for name in names.split(", ")}
