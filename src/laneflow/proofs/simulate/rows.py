"""Every run's figures as rows of a table, for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from laneflow.practice.zones import MINUTE
from laneflow.proofs.simulate.playing import Played

LANE_COLUMNS = (
    "staffing", "run", "lane", "tier", "opened", "completed", "unsuccessful", "cancelled", "open",
    "first_attempt_in_window", "first_attempt_late", "first_attempt_share",
    "first_attempt_minutes_p50", "first_attempt_minutes_p90", "first_attempt_minutes_p95",
    "first_contact_in_window", "first_contact_late", "first_contact_share", "notes",
    "overdue_at_end", "calls_for_help",
)  # fmt: skip
DAY_COLUMNS = (
    "staffing", "run", "date", "arrived", "contacts", "notes", "acts", "minutes_worked", "open",
    "overdue", "waiting",
)  # fmt: skip


def lane_rows(played: Sequence[Played]) -> Iterator[tuple[Any, ...]]:
    """One row per staffing, run, lane and tier, with ``LANE_COLUMNS``; an empty share: none yet."""
    for one in played:
        for run in one.runs:
            for lane, tiers in sorted(run.tally.lanes.items()):
                for tier, found in sorted(tiers.items()):
                    first, contact = found.first_attempt, found.first_contact
                    yield (
                        one.name or "as is", run.number, lane, tier, found.opened,
                        *(found.closed.get(o, 0) for o in LANE_COLUMNS[5:8]), found.open,
                        first.in_window, first.late, _share(first.kept),
                        *first.took.percentiles(50, 90, 95),
                        contact.in_window, contact.late, _share(contact.kept), found.attempts,
                        run.overdue.get(lane, {}).get(tier, 0),
                        sum(call.raised for call in found.calls.values()),
                    )  # fmt: skip


def day_rows(played: Sequence[Played]) -> Iterator[tuple[Any, ...]]:
    """One row per staffing, run and day, with ``DAY_COLUMNS``."""
    for one in played:
        for run in one.runs:
            for day in run.days:
                yield (
                    one.name or "as is", run.number, day.date, day.arrived, day.contacts,
                    day.notes, day.acts, round(day.worked / MINUTE, 1), day.open, day.overdue,
                    day.waiting,
                )  # fmt: skip


def _share(kept: float | None) -> float | None:
    return None if kept is None else round(kept, 4)
