"""Owns lists of cases as people read them: who works on what, what is next, since when nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from laneflow.engine.state import Case, Instant, PatientFile
from laneflow.metrics.case.view import patient_name
from laneflow.metrics.lately import Lately
from laneflow.outreach.prompt import title_for
from laneflow.practice import words
from laneflow.store.contract import Store
from laneflow.store.wanted import After, Wanted

if TYPE_CHECKING:
    from laneflow.engine.live import Live

CSV_COLUMNS = (
    "case", "patient", "lane", "status", "queue", "tier", "location", "owner", "backup", "next",
    "due", "overdue", "opened", "last_movement", "barriers", "untaken_escalations", "closed",
    "outcome",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of something to work out."""


def listed(
    store: Store,
    live: Live,
    at: Instant,
    wanted: Wanted,
    limit: int,
    after: After | None = None,
) -> list[dict[str, Any]]:
    """A page of a list: the store's rows (``wanted.COLUMNS``) with name, next and overdue.

    ``name`` is the patient's; ``next`` the main task's title, "" where none is open.
    """
    return told(store, live, at, store.listed(wanted, at, limit, after))


def how_many(store: Store, at: Instant, wanted: Wanted) -> int:
    """How long a list is; where it is very long, some seconds ago."""
    return _known.of(store, wanted, lambda: {"": store.listed_count(wanted, at)})[""]


_known = Lately[str]()


def told(
    store: Store, live: Live, at: Instant, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of the store with what people read beside them, see ``listed``."""
    files = store.load([row["patient"] for row in rows])
    return [_told(live, at, row, files[row["patient"]]) for row in rows]


def _told(live: Live, at: Instant, row: Mapping[str, Any], file: PatientFile) -> dict[str, Any]:
    case = file.cases.get(row["id"])
    late = row["closed_at"] is None and row["overdue_at"] is not None and row["overdue_at"] <= at
    return {
        **row,
        "name": patient_name(file),
        "next": _next(live, case, file, at) if case else "",
        "overdue": late,
    }


def _next(live: Live, case: Case, file: PatientFile, at: Instant) -> str:
    return title_for(live.loaded, case, file.facts, case.task, at) if case.task else ""


def csv_rows(live: Live, rows: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    """A heading and a line for each row of ``listed``; no cell is a formula to any spreadsheet."""
    yield list(CSV_COLUMNS)
    for row in rows:
        zone = words.zone_of(live.practice, row["location"])
        instants = {
            name: words.iso(row[column], zone) or ""
            for name, column in (
                ("due", "due"), ("opened", "opened"), ("last_movement", "progress"),
                ("closed", "closed_at"),
            )
        }  # fmt: skip
        cells = {
            **row,
            **instants,
            "case": row["id"],
            "patient": row["name"],
            "owner": words.name_of(live.practice, row["owner"]),
            "backup": words.name_of(live.practice, row["backup"]),
            "overdue": "yes" if row["overdue"] else "no",
            "barriers": ", ".join(row["barriers"]),
            "untaken_escalations": row["untaken"],
        }
        yield [plain(str(cells[name])) for name in CSV_COLUMNS]


def plain(cell: str) -> str:
    """A cell that a spreadsheet shows as it is: what looks like a formula gets an apostrophe.

    >>> plain("=1+1"), plain("Cost")
    ("'=1+1", 'Cost')
    """
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else cell
