"""Owns finding patients by what a caller says of them, and what was written about their cases."""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from laneflow.store.connected import Connected
from laneflow.store.identity import Sought
from laneflow.store.tables import NoteRow

_NOTED = ", ".join(f'"{name}"' for name in NoteRow._fields)
_ALSO = "EXISTS (SELECT 1 FROM laneflow_word o WHERE o.patient = w.patient AND ({}))"
_THERE = "EXISTS (SELECT 1 FROM laneflow_case c WHERE c.patient = w.patient AND c.location IN ({}))"


class Finding(Connected):
    """The part of the store that answers a telephone."""

    def notes(self, cases: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """See Store."""
        among, parameter = self.writer.among(list(cases))
        sql = (
            f'SELECT {_NOTED} FROM laneflow_note WHERE "case" {among} '
            'ORDER BY "case", time DESC, at DESC, act'
        )
        found: dict[str, list[dict[str, Any]]] = {}
        for values in self.rows(sql, [parameter]):
            row = NoteRow(*values)._asdict()
            row |= {name: bool(row[name]) for name in ("escalate", "next_step_unclear")}
            found.setdefault(row["case"], []).append(row)
        return found

    def find_patients(
        self, wanted: Sought, *, limit: int, locations: Collection[str] | None = None
    ) -> list[str]:
        """See Store. The first word wanted leads to them along its index."""
        if not wanted or (locations is not None and not locations):
            return []
        condition, parameters = self._begins("w", wanted[0])
        conditions = [f"({condition})"]
        for parts in wanted[1:]:
            condition, more = self._begins("o", parts)
            conditions.append(_ALSO.format(condition))
            parameters += more
        if locations is not None:
            conditions.append(_THERE.format(", ".join(["%s"] * len(locations))))
            parameters += locations
        sql = (
            f"SELECT DISTINCT w.patient FROM laneflow_word w WHERE {' AND '.join(conditions)} "
            f"LIMIT {int(limit)}"
        )
        return sorted(row[0] for row in self.rows(sql, parameters))

    def _begins(self, table: str, parts: Sequence[str]) -> tuple[str, list[Any]]:
        found = [self.writer.begins(f"{table}.word", part) for part in parts]
        return (
            " OR ".join(f"({condition})" for condition, _ in found),
            [value for _, values in found for value in values],
        )
