"""Owns which open tasks are asked for together, by owner, by who claimed them, by role; and what a
queue tells of closed cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from laneflow.engine.state import Instant


class Place(NamedTuple):
    """Where a task stands in the queue's order: what is overdue, then by tier, due date and id."""

    late: bool
    tier_rank: int
    due: Instant
    task: str


FALLS: dict[str, tuple[str, ...]] = {
    "owner": ("location", "backup", "lane", "language"),
    "who": ("location", "language"),
    "person": (),
}
"""What else than the owner, or the role, decides to whom a task falls that nobody has claimed."""


CLOSED = (
    "id", "patient", "lane", "status", "tier", "owner", "backup", "location", "opened",
    "closed_at", "outcome", "reason", "closed_by",
)  # fmt: skip
"""What is told of a closed case."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Open tasks that lie together in one index; what two shares hold is never the same task.

    Those of the cases of one ``owner``; or those one ``person`` has claimed, or those of a role
    (``who``) that nobody has, both without those of the owner ``but``. ``free``: of an owner's,
    those that are their own to do and claimed by nobody. ``among``: only where the columns
    ``FALLS[column]`` have one of these values.
    """

    column: Literal["owner", "person", "who"]
    value: str
    but: str = ""
    free: bool = False
    among: tuple[tuple[str, ...], ...] | None = None

    def keeps(self, row: Mapping[str, Any]) -> bool:
        """Whether an open task is in it."""
        falls = tuple(row[name] for name in FALLS[self.column])
        return (
            row[self.column] == self.value
            and (self.column == "owner" or row["owner"] != self.but)
            and (not self.free or (row["who"] == "" and row["person"] == ""))
            and (self.column != "who" or row["person"] == "")
            and (self.among is None or falls in self.among)
        )

    def where(self) -> tuple[list[str], list[Any]]:
        """The same as SQL conditions and their parameters; they name the partial indexes."""
        conditions, parameters = [f't."{self.column}" = %s'], [self.value]
        if self.column != "owner":
            conditions.append("t.owner <> %s")
            parameters.append(self.but)
        if self.column == "person":
            conditions.append("NOT (t.person = '')")
        if self.column == "who":
            conditions.append("NOT (t.who = '') AND t.person = ''")
        if self.free:
            conditions.append("t.who = '' AND t.person = ''")
        if self.among is not None:
            columns = ", ".join(f"t.{name}" for name in FALLS[self.column])
            one = f"({', '.join(['%s'] * len(FALLS[self.column]))})"
            values = ", ".join([one] * len(self.among))
            conditions.append(f"({columns}) IN (VALUES {values})" if self.among else "1=0")
            parameters += [value for combination in self.among for value in combination]
        return conditions, parameters
