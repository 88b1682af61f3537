"""Owns questions about tasks and closed cases: the queue's rows and counts, along their indexes."""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from laneflow.engine.state import Instant
from laneflow.store import filters
from laneflow.store.connected import Connected
from laneflow.store.shares import CLOSED, Place, Share
from laneflow.store.tables import OF_CASE, TaskRow

_OWN = [name for name in TaskRow._fields if name not in OF_CASE]
_TASKS = ", ".join(
    [f't."{name}" AS "{"task" if name == "id" else name}"' for name in _OWN]
    + [f'c."{name}"' for name in OF_CASE]
)
_HERE = dict.fromkeys((*TaskRow._fields, "barrier"), "t")
_THERE = _HERE | dict.fromkeys(OF_CASE, "c")
_OPEN = dict.fromkeys(OF_CASE, "c") | _HERE
"""Where a filter looks: an open task's own row tells of its case, one that ended may not."""

_MANY = ("location", "queue")
"""Columns in which many rows are alike."""

Conditions = tuple[list[str], list[Any]]


class Tasks(Connected):
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
        """See Store. Two runs along each share's index: what is overdue, then what is not."""
        base = _conditions(wanted, awake, due_by, self.writer.aside, open_only=open_only)
        runs = [_both(base, share.where()) for share in shares] if shares is not None else [base]
        found: list[dict[str, Any]] = []
        for late in (True, False) if at is not None else (None,):
            left = None if limit is None else limit - len(found)
            if left == 0 or not runs or (late and after is not None and not after.late):
                continue
            part = self._part(at, late, after)
            rows = self._along([_both(run, part) for run in runs], left)
            found += rows if left is None else rows[:left]
        for row in found:
            row["paused"] = bool(row["paused"])  # SQLite has no booleans
        return found

    def _part(self, at: Instant | None, late: bool | None, after: Place | None) -> Conditions:
        conditions: list[str] = []
        parameters: list[Any] = []
        if late is not None:
            conditions.append(f"t.due {'<=' if late else '>'} %s")
            parameters.append(at)
        if after is not None and late == after.late:
            conditions.append(f"(t.tier_rank, t.due, t.id{self.writer.bytewise}) > (%s, %s, %s)")
            parameters += after[1:]
        return conditions, parameters

    def _along(self, runs: Sequence[Conditions], limit: int | None) -> list[dict[str, Any]]:
        """The rows of all runs in order; of a long run no more than are wanted."""
        ending = f"ORDER BY t.tier_rank, t.due, t.id{self.writer.bytewise}"
        ending += "" if limit is None else f" LIMIT {int(limit)}"
        parts = [
            f'SELECT {_TASKS} FROM laneflow_task t JOIN laneflow_case c ON c.id = t."case" '
            f"WHERE {' AND '.join(conditions) or '1=1'} {ending}"
            for conditions, _ in runs
        ]
        if len(parts) > 1:
            parts = [f"SELECT * FROM ({part}) AS run{n}" for n, part in enumerate(parts)]
        parameters = [value for _, values in runs for value in values]
        rows = self.dicts(" UNION ALL ".join(parts), parameters)
        if len(parts) > 1:
            rows.sort(key=lambda row: (row["tier_rank"], row["due"], row["task"]))
        return rows

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
        base = _conditions(wanted, awake, due_by)
        runs = [_both(base, share.where()) for share in shares] if shares is not None else [base]
        joined = any(name not in TaskRow._fields and name != "barrier" for name in wanted)
        join = 'JOIN laneflow_case c ON c.id = t."case" ' if joined else ""
        columns = ", ".join(f't."{name}"' for name in by)
        found: Counter[tuple[str, ...]] = Counter()
        for conditions, parameters in runs:
            sql = (
                f"SELECT {columns}, COUNT(*) FROM laneflow_task t {join}"
                f"WHERE {' AND '.join(conditions)} GROUP BY {columns}"
            )
            for *values, count in self.rows(sql, parameters):
                found[tuple(values)] += count
        return dict(found)

    def roles_asked(self) -> list[str]:
        """See Store. From role to role, which are few."""
        following = (
            "SELECT MIN(who) FROM laneflow_task WHERE who > %s "
            "AND state = 'open' AND NOT (who = '') AND person = ''"
        )
        found: list[str] = []
        while role := self.rows(following, [found[-1] if found else ""])[0][0]:
            found.append(role)
        return found

    def holding(self, at: Instant) -> dict[str, int]:
        """See Store. Grouped as its index is, so that nothing has to be put in order."""
        sql = (
            "SELECT holder, COUNT(*) FROM laneflow_task WHERE state = 'open' "
            "AND (start IS NULL OR start <= %s) GROUP BY location, queue, holder"
        )
        found: Counter[str] = Counter()
        for holder, count in self.rows(sql, [at]):
            found[holder] += count
        return dict(found)

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
        runs = [_both(run, _before(after)) for run in _closed(since, locations, person, wanted)]
        order = "ORDER BY c.closed_at DESC, c.id DESC"
        ending = order + ("" if limit is None else f" LIMIT {int(limit)}")
        columns = ", ".join(f'c."{name}"' for name in CLOSED)
        parts = [
            f"SELECT {columns} FROM laneflow_case c WHERE {' AND '.join(conditions)} {ending}"
            for conditions, _ in runs
        ]
        sql = " UNION ALL ".join(
            f"SELECT * FROM ({part}) AS run{n}" for n, part in enumerate(parts)
        )
        rows = self.dicts(sql, [value for _, values in runs for value in values])
        rows.sort(key=lambda row: (row["closed_at"], row["id"]), reverse=True)
        return rows[:limit]

    def closed_count(
        self, since: Instant, locations: Collection[str], *, person: str = "", **wanted: Any
    ) -> int:
        """See Store."""
        return sum(
            self.rows(
                f"SELECT COUNT(*) FROM laneflow_case c WHERE {' AND '.join(conditions)}", parameters
            )[0][0]
            for conditions, parameters in _closed(since, locations, person, wanted)
        )


def _closed(
    since: Instant, locations: Collection[str], person: str, wanted: dict[str, Any]
) -> list[Conditions]:
    """The runs of cases closed since, none of them twice."""
    filters.known(wanted, filters.CASE_FILTERS)
    base = filters.where(wanted, dict.fromkeys(wanted, "c"))
    base = _both(base, (["c.closed_at IS NOT NULL AND c.closed_at >= %s"], [since]))
    here = filters.where({"location": sorted(locations)}, {"location": "c"})
    if not person:
        return [_both(base, here)]
    by = (["NOT (c.closed_by = '') AND c.closed_by = %s AND c.owner <> %s"], [person, person])
    return [_both(base, (["c.owner = %s"], [person])), _both(_both(base, here), by)]


def _before(after: tuple[Instant, str] | None) -> Conditions:
    return ([], []) if after is None else (["(c.closed_at, c.id) < (%s, %s)"], list(after))


def _conditions(
    wanted: dict[str, Any],
    awake: Instant | None,
    due_by: Instant | None,
    aside: str = "",
    *,
    open_only: bool = True,
) -> Conditions:
    """What rows are narrowed by; the columns ``_MANY`` share find them only without ``aside``."""
    filters.known(wanted, filters.TASK_FILTERS)
    renamed = {"id" if name == "task" else name: value for name, value in wanted.items()}
    places = _OPEN | dict.fromkeys(_MANY, f"{aside}t") if open_only else _THERE
    conditions, parameters = filters.where(renamed, places)
    conditions += ["t.state = 'open'"] if open_only else []
    if awake is not None:
        conditions.append("(t.start IS NULL OR t.start <= %s)")
        parameters.append(awake)
    if due_by is not None:
        conditions.append("t.due <= %s")
        parameters.append(due_by)
    return conditions, parameters


def _both(one: Conditions, other: Conditions) -> Conditions:
    return [*one[0], *other[0]], [*one[1], *other[1]]
