"""Owns what somebody may look for in the audit trail, and the order bad records come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from laneflow.engine.state import Instant

BAD_ORDER = ("at", "source", "file", "line", "digest")


class Trail(msgspec.Struct, frozen=True):
    """Rows by whom, of what kind, about which of these cases, at or after, before; None: any."""

    by: str | None = None
    what: str | None = None
    cases: tuple[str, ...] | None = None
    since: Instant | None = None
    until: Instant | None = None

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is among those looked for."""
        return (
            self.by in (None, row["by"])
            and self.what in (None, row["what"])
            and (self.since is None or row["at"] >= self.since)
            and (self.until is None or row["at"] < self.until)
            and (self.cases is None or any(_tells_of(row, case) for case in self.cases))
        )


def _tells_of(row: Mapping[str, Any], case: str) -> bool:
    """Whether a row is about a case, or about a list that shows it."""
    if row["object"]:
        return bool(row["object"] == f"case {case}")
    return f'"{case}"' in row["detail"]
