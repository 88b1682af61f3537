"""How many sleeping tasks of a lane wake on each day: ``starts_at_most`` spreads them.

The one thing a decision asks that is not the patient's own. Like the choice of an owner it is made
once, written into the case's log with the start it led to, and never asked again on a rebuild.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from laneflow.engine.calendar import Calendar
from laneflow.engine.state import Instant
from laneflow.lanes.model import Duration

_MOST_DAYS = 366  # a year of full days: then the date is kept, late is worse than many


class Starts:
    """Bookings of one process; ``counts``: (lane, ISO local date) -> tasks that start then."""

    def __init__(self, counts: Mapping[tuple[str, str], int] | None = None) -> None:
        self._counts: Counter[tuple[str, str]] = Counter(counts or {})
        self._booked: dict[tuple[str, str], tuple[str, str]] = {}

    def spread(
        self, lane: str, case: str, start: Instant, most: int, calendar: Calendar
    ) -> Instant:
        """``start``, or the same time on the first later day with a free place; books it."""
        mine = self._booked.pop((lane, case), None)
        if mine is not None:
            self._counts[mine] -= 1
        for days in range(_MOST_DAYS):
            at = calendar.add(start, Duration(days, "days"))
            slot = (lane, _iso(calendar.local_date(at)))
            if self._counts[slot] < most:
                break
        else:
            at, slot = start, (lane, _iso(calendar.local_date(start)))
        self._counts[slot] += 1
        self._booked[lane, case] = slot
        return at


def _iso(day: date) -> str:
    return day.isoformat()
