"""Owns the in-memory store's tasks and cases closed of late: the rows, looked at one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from laneflow.engine.state import Instant
from laneflow.store import filters
from laneflow.store.shares import CLOSED, Place, Share
from laneflow.store.shelves import Shelves


class Queued(Shelves):
    """The part of the store that lists and counts tasks, and cases closed of late."""

    def tasks(
        self,
        *,
        open_only: bool = True,
        at: Instant | None = None,
        limit: int | None = None,
        shares: Sequence[Share] | None = None,
        after: Place | None = None,
        awake: Instant | None = None,
        due_by: Instant | None = None,
        **wanted: Any,
    ) -> list[dict[str, Any]]:
        """See Store."""

        def place(row: dict[str, Any]) -> Place:
            late = at is None or row["due"] <= at
            return Place(late, row["tier_rank"], row["due"], row["task"])

        found = [
            row
            for row in self._wanted(wanted, shares, awake, due_by, open_only)
            if after is None or _order(place(row)) > _order(after)
        ]
        found.sort(key=lambda row: _order(place(row)))
        return found[:limit]

    def _wanted(
        self,
        wanted: dict[str, Any],
        shares: Sequence[Share] | None,
        awake: Instant | None,
        due_by: Instant | None,
        open_only: bool = True,
    ) -> Iterator[dict[str, Any]]:
        filters.known(wanted, filters.TASK_FILTERS)
        for row in (row for rows in self._tasks.values() for row in rows.values()):
            if open_only and row.state != "open":
                continue
            told = row._asdict() | self._of_case(row.case)
            told["task"] = told.pop("id")
            if (
                filters.keeps(told, wanted)
                and (shares is None or any(share.keeps(told) for share in shares))
                and (awake is None or (row.start or 0) <= awake)
                and (due_by is None or row.due <= due_by)
            ):
                yield told

    def tallies(
        self,
        by: Sequence[str],
        *,
        shares: Sequence[Share] | None = None,
        awake: Instant | None = None,
        due_by: Instant | None = None,
        **wanted: Any,
    ) -> dict[tuple[str, ...], int]:
        """See Store."""
        rows = self._wanted(wanted, shares, awake, due_by)
        return dict(Counter(tuple(row[name] for name in by) for row in rows))

    def roles_asked(self) -> list[str]:
        """See Store."""
        rows = self._wanted({"person": ""}, None, None, None)
        return sorted({row["who"] for row in rows if row["who"]})

    def holding(self, at: Instant) -> dict[str, int]:
        """See Store."""
        return dict(Counter(row["holder"] for row in self._wanted({}, None, at, None)))

    def closed(
        self,
        since: Instant,
        locations: Collection[str],
        *,
        person: str = "",
        limit: int | None = None,
        after: tuple[Instant, str] | None = None,
        **wanted: Any,
    ) -> list[dict[str, Any]]:
        """See Store."""
        filters.known(wanted, filters.CASE_FILTERS)
        found = []
        for case in self._cases.values():
            if case.closed_at is None or case.closed_at < since:
                continue
            here = case.location in locations
            theirs = case.owner == person or (here and case.closed_by == person)
            seen = theirs if person else here
            earlier = after is None or (case.closed_at, case.id) < after
            if seen and earlier and filters.keeps(case._asdict(), wanted):
                found.append({name: getattr(case, name) for name in CLOSED})
        found.sort(key=lambda row: (row["closed_at"], row["id"]), reverse=True)
        return found[:limit]

    def closed_count(
        self, since: Instant, locations: Collection[str], *, person: str = "", **wanted: Any
    ) -> int:
        """See Store."""
        return len(self.closed(since, locations, person=person, **wanted))


def _order(place: Place) -> tuple[bool, int, Instant, str]:
    return (not place.late, *place[1:])
