"""How many sleeping tasks of a lane wake on each day: ``starts_at_most`` spreads them.

The one thing a decision asks that is not the patient's own. Like the choice of an owner it is made
once, written into the case's log with the start it led to, and never asked again on a rebuild.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from laneflow.engine.calendar import Calendar
from laneflow.engine.state import Instant
from laneflow.lanes.model import Duration
from laneflow.practice.zones import zone

Sleeping = Mapping[tuple[str, str, Instant], int]
"""(lane, time zone, start) -> how many tasks start then."""

_MOST_DAYS = 366  # a year of full days: then the date is kept, late is worse than many


class Starts:
    """Bookings of one process, by lane and local date. Threads may share it."""

    def __init__(self, sleeping: Callable[[], Sleeping] | None = None) -> None:
        """``sleeping`` tells what was booked before; asked once, when it is first needed."""
        self._sleeping = sleeping
        self._counts: Counter[tuple[str, date]] = Counter()
        self._booked: dict[tuple[str, str], tuple[str, date]] = {}
        self._lock = threading.Lock()

    def _recall(self) -> None:
        if self._sleeping is not None:
            for (lane, zone_name, start), count in self._sleeping().items():
                self._counts[lane, zone(zone_name).date(start)] += count
            self._sleeping = None

    def spread(
        self, lane: str, case: str, start: Instant, most: int, calendar: Calendar
    ) -> Instant:
        """``start``, or the same time on the first later day with a free place; books it."""
        with self._lock:
            self._recall()
            mine = self._booked.pop((lane, case), None)
            if mine is not None:
                self._counts[mine] -= 1
            at, slot = self._free(lane, start, most, calendar)
            self._counts[slot] += 1
            self._booked[lane, case] = slot
        return at

    def _free(
        self, lane: str, start: Instant, most: int, calendar: Calendar
    ) -> tuple[Instant, tuple[str, date]]:
        for days in range(_MOST_DAYS):
            at = calendar.add(start, Duration(days, "days"))
            slot = (lane, calendar.local_date(at))
            if self._counts[slot] < most:
                return at, slot
        return start, (lane, calendar.local_date(start))
