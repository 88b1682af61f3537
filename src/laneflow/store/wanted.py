"""Owns what a list of cases is narrowed to, and how a first response is judged.

One meaning for every store: as SQL, and as a look at one row. Knows no Django.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from laneflow.engine.state import Instant
from laneflow.store import codec
from laneflow.store.tables import CaseRow

Response = Literal["in_window", "late", "waiting", "ended", "free"]

After = tuple[Instant, str]
"""Where a page of a list ended: the last case's value in the list's order, and its id."""

COLUMNS = (
    "id", "patient", "lane", "status", "queue", "tier", "owner", "backup", "location", "opened",
    "progress", "due", "overdue_at", "barriers", "untaken", "closed_at", "outcome",
)  # fmt: skip
"""What a list tells of a case."""

_EXACT = ("lane", "status", "queue", "tier", "owner")

RESPONSE = (
    "CASE WHEN respond_by IS NULL THEN 'free' WHEN responded <= respond_by THEN 'in_window' "
    "WHEN responded > respond_by THEN 'late' WHEN closed_at <= respond_by THEN 'ended' "
    "WHEN respond_by <= %s THEN 'late' ELSE 'waiting' END"
)
"""``response`` in SQL; its one parameter is the instant."""


class Pile(NamedTuple):
    """Cases alike: how many are open, of these overdue; and of all, open or closed, ``untaken``.

    ``barriers`` are those in the way now.
    """

    location: str
    lane: str
    queue: str
    owner: str
    barriers: tuple[str, ...]
    open: int
    overdue: int
    untaken: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases a list holds; an empty field narrows nothing, but ``locations`` always does.

    ``state``: open cases, closed ones, or any. ``barrier`` is one of those in the way now.
    ``overdue``, ``untaken`` (an escalation nobody has taken) and ``response`` are judged at the
    instant the list is asked for. ``opened`` and ``closed`` are [from, until). ``ids``: only these.
    """

    locations: frozenset[str]
    state: Literal["open", "closed", "any"] = "open"
    lane: str = ""
    status: str = ""
    queue: str = ""
    tier: str = ""
    owner: str = ""
    barrier: str = ""
    overdue: bool = False
    untaken: bool = False
    response: Response | Literal[""] = ""
    opened: tuple[Instant, Instant] | None = None
    closed: tuple[Instant, Instant] | None = None
    ids: tuple[str, ...] | None = None

    @property
    def order(self) -> str:
        """The column a list is in order of, the least first: what has waited longest."""
        if self.overdue:
            return "overdue_at"
        if self.closed or self.state == "closed":
            return "closed_at"
        return "opened" if self.opened else "progress"

    def keeps(self, row: CaseRow, at: Instant) -> bool:
        """Whether a case is in the list at ``at``."""
        spans = (("opened", self.opened), ("closed_at", self.closed))
        barrier = codec.text(self.barrier)
        return (
            row.location in self.locations
            and (self.state == "any" or (self.state == "open") == (row.closed_at is None))
            and all(getattr(self, name) in ("", getattr(row, name)) for name in _EXACT)
            and (not self.barrier or barrier in row.barriers)
            and (not self.overdue or (row.overdue_at is not None and row.overdue_at <= at))
            and (not self.untaken or row.untaken > 0)
            and self.response in ("", response(row, at))
            and all(span is None or _within(getattr(row, name), span) for name, span in spans)
            and (self.ids is None or row.id in self.ids)
        )

    def where(self, at: Instant) -> tuple[list[str], list[Any]]:
        """The same as SQL conditions and their parameters; ``ids`` are left to the store."""
        conditions = ["location IN (" + _marks(self.locations) + ")"]
        parameters: list[Any] = [*self.locations]
        if not self.locations:
            conditions = ["1=0"]
        # Whatever is open is watched, and so is a closed case with an untaken escalation: the
        # partial index that holds all of these answers alone.
        if self.state == "open" or self.untaken:
            conditions.append("watched")
        if self.state != "any":
            conditions.append(f"closed_at IS {'NOT ' * (self.state == 'closed')}NULL")
        for name in _EXACT:
            if value := getattr(self, name):
                # Another index begins with the owner, and would lead SQLite into every row.
                column = "COALESCE(owner, '')" if name == "owner" else name
                conditions.append(f"{column} = %s")
                parameters.append(value)
        if self.barrier:
            # Not LIKE: SQLite's takes capitals for small letters.
            conditions.append("barriers <> '' AND REPLACE(barriers, %s, '') <> barriers")
            parameters.append(codec.text(self.barrier))
        if self.overdue:
            conditions.append("overdue_at <= %s")
            parameters.append(at)
        if self.untaken:
            conditions.append("untaken > 0")
        if self.response:
            conditions.append(f"{RESPONSE} = %s")
            parameters += [at, self.response]
        for column, span in (("opened", self.opened), ("closed_at", self.closed)):
            if span is not None:
                conditions.append(f"{column} >= %s AND {column} < %s")
                parameters += span
        return conditions, parameters


def response(row: CaseRow, at: Instant) -> Response:
    """What came of a case's first response by ``at``; free: the lane sets no window for it.

    Ended: it closed before its date without one. Judged by the window of the tier it has now.
    """
    by, made = row.respond_by, row.responded
    if by is None:
        return "free"
    if made is not None:
        return "in_window" if made <= by else "late"
    if row.closed_at is not None and row.closed_at <= by:
        return "ended"
    return "late" if by <= at else "waiting"


def _within(value: Instant | None, span: tuple[Instant, Instant]) -> bool:
    return value is not None and span[0] <= value < span[1]


def _marks(values: frozenset[str]) -> str:
    return ", ".join(["%s"] * len(values))
