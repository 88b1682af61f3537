"""Owns the day's figures and lists of cases: read along indexes that hold all that is asked for.

``laneflow_case_figures`` holds what open cases are counted and ordered by, ``_opened`` and
``_closed`` what a span of time is; no body is read, and a case's row only where it is shown.
"""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from laneflow.engine.state import Instant
from laneflow.store import codec
from laneflow.store.connected import Connected
from laneflow.store.wanted import COLUMNS, RESPONSE, After, Pile, Wanted

# The condition's own column is last in the index and first here, or SQLite looks into every row.
_PILES = """
SELECT location, lane, queue, owner, barriers,
  SUM(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN closed_at IS NULL AND overdue_at <= %s THEN 1 ELSE 0 END),
  SUM(CASE WHEN untaken > 0 THEN 1 ELSE 0 END)
FROM laneflow_case WHERE watched GROUP BY location, lane, queue, owner, barriers
"""
_ANSWERS = f"""
SELECT location, lane, {RESPONSE} AS response, COUNT(*)
FROM laneflow_case WHERE opened >= %s AND opened < %s GROUP BY location, lane, 3
"""
_FLOW = "SELECT {n}, location, COUNT(*) FROM laneflow_case WHERE {c} >= %s AND {c} < %s GROUP BY 2"


class Figures(Connected):
    """The part of the store that counts and lists cases."""

    def piles(self, at: Instant) -> list[Pile]:
        """See Store."""
        return [
            Pile(place, lane, queue, owner, _words(barriers), int(open_), int(late), int(untaken))
            for place, lane, queue, owner, barriers, open_, late, untaken in self.rows(_PILES, [at])
        ]

    def answers(
        self, since: Instant, until: Instant, at: Instant
    ) -> dict[tuple[str, str, str], int]:
        """See Store."""
        rows = self.rows(_ANSWERS, [at, since, until])
        return {(location, lane, response): n for location, lane, response, n in rows}

    def flow(self, edges: Sequence[Instant]) -> list[dict[str, tuple[int, int]]]:
        """See Store. One statement, a stretch of an index for each day."""
        days = len(edges) - 1
        spans = [(n, *edges[n : n + 2]) for n in range(days)]
        parts = [_FLOW.format(n=n, c="opened") for n in range(days)]
        parts += [_FLOW.format(n=n + days, c="closed_at") for n in range(days)]
        found: list[dict[str, tuple[int, int]]] = [{} for _ in spans]
        both = [edge for _, *span in spans for edge in span] * 2
        for n, location, count in self.rows(" UNION ALL ".join(parts), both) if days > 0 else ():
            opened, closed = found[n % days].get(location, (0, 0))
            entry = (opened + count, closed) if n < days else (opened, closed + count)
            found[n % days][location] = entry
        return found

    def listed(
        self, wanted: Wanted, at: Instant, limit: int, after: After | None = None
    ) -> list[dict[str, Any]]:
        """See Store. First which, along an index alone; then what is told of them."""
        conditions, parameters = self._where(wanted, at)
        key = wanted.order
        if after is not None:
            conditions.append(f"({key} > %s OR ({key} = %s AND id > %s))")
            parameters += [after[0], *after]
        sql = (
            f"SELECT id FROM laneflow_case WHERE {' AND '.join(conditions)} "
            f"ORDER BY {key}, id LIMIT {int(limit)}"
        )
        ids = [row[0] for row in self.rows(sql, parameters)]
        among, named = self.writer.among(ids)
        told = self.dicts(
            f"SELECT {', '.join(COLUMNS)} FROM laneflow_case WHERE id {among}", [named]
        )
        rows = {row["id"]: row for row in told}
        return [_told(rows[id_]) for id_ in ids if id_ in rows]

    def listed_count(self, wanted: Wanted, at: Instant) -> int:
        """See Store."""
        conditions, parameters = self._where(wanted, at)
        sql = f"SELECT COUNT(*) FROM laneflow_case WHERE {' AND '.join(conditions)}"
        return int(self.rows(sql, parameters)[0][0])

    def _where(self, wanted: Wanted, at: Instant) -> tuple[list[str], list[Any]]:
        conditions, parameters = wanted.where(at)
        if wanted.ids is not None:
            among, named = self.writer.among(wanted.ids)
            conditions.append(f"id {among}")
            parameters.append(named)
        return conditions, parameters


def _told(row: dict[str, Any]) -> dict[str, Any]:
    row["barriers"] = _words(row["barriers"])
    return row


def _words(barriers: str) -> tuple[str, ...]:
    return codec.words(barriers) if barriers else ()
