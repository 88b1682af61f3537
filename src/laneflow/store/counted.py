"""Owns the in-memory store's figures and lists of cases: the rows, looked at one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from laneflow.engine.state import Instant
from laneflow.store import codec
from laneflow.store.shelves import Shelves
from laneflow.store.tables import CaseRow
from laneflow.store.wanted import COLUMNS, After, Pile, Wanted, response


class Counted(Shelves):
    """The part of the store that counts and lists cases."""

    def piles(self, at: Instant) -> list[Pile]:
        """See Store."""
        piles: dict[tuple[str, ...], Pile] = {}
        for row in self._cases.values():
            if row.watched:
                key = (row.location, row.lane, row.queue, row.owner, row.barriers)
                open_ = row.closed_at is None
                late = open_ and row.overdue_at is not None and row.overdue_at <= at
                pile = piles.get(key) or _empty(row)
                piles[key] = pile._replace(
                    open=pile.open + open_,
                    overdue=pile.overdue + late,
                    untaken=pile.untaken + (row.untaken > 0),
                )
        return list(piles.values())

    def answers(
        self, since: Instant, until: Instant, at: Instant
    ) -> dict[tuple[str, str, str], int]:
        """See Store."""
        rows = (row for row in self._cases.values() if since <= row.opened < until)
        return dict(Counter((row.location, row.lane, response(row, at)) for row in rows))

    def flow(self, edges: Sequence[Instant]) -> list[dict[str, tuple[int, int]]]:
        """See Store."""
        found: list[dict[str, tuple[int, int]]] = []
        for since, until in pairwise(edges):
            rows = self._cases.values()
            opened = Counter(r.location for r in rows if since <= r.opened < until)
            closed = Counter(
                r.location for r in rows if r.closed_at and since <= r.closed_at < until
            )
            places = opened.keys() | closed.keys()
            found.append({place: (opened[place], closed[place]) for place in places})
        return found

    def listed(
        self, wanted: Wanted, at: Instant, limit: int, after: After | None = None
    ) -> list[dict[str, Any]]:
        """See Store."""
        rows = self._kept(wanted, at)
        if after is not None:
            rows = [row for row in rows if _place(row, wanted) > after]
        return [
            {name: getattr(row, name) for name in COLUMNS} | {"barriers": _listed(row.barriers)}
            for row in rows[:limit]
        ]

    def listed_count(self, wanted: Wanted, at: Instant) -> int:
        """See Store."""
        return len(self._kept(wanted, at))

    def _kept(self, wanted: Wanted, at: Instant) -> list[CaseRow]:
        rows = [row for row in self._cases.values() if wanted.keeps(row, at)]
        return sorted(rows, key=lambda row: _place(row, wanted))


def _place(row: CaseRow, wanted: Wanted) -> After:
    return getattr(row, wanted.order), row.id


def _listed(barriers: str) -> tuple[str, ...]:
    return codec.words(barriers) if barriers else ()


def _empty(row: CaseRow) -> Pile:
    return Pile(row.location, row.lane, row.queue, row.owner, _listed(row.barriers), 0, 0, 0)
