"""Business time at one location: deadlines, openings and who is on duty, all by bisection.

Minutes and hours are elapsed time. Days, weeks and months keep the time on the wall: a month's end
is clamped (31 January + 1 month = 28 February), a time skipped when clocks go forward means the one
as much later, a time that comes twice its first coming. Business hours run while the location is
open and stay on closing time when they end there. Business days are Mon-Fri less holidays and
closures; *n* of them end at close of business of the *n*th after the local date.

A *closing* is the end of an opening, a break at noon included; *close of business* is the end of
a date's last opening, midnight where the location is open through the night.

Times are known for the years of :mod:`laneflow.practice.zones`. They are worked out a year at a
time when first asked for, so one calendar belongs to one thread.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from datetime import date, datetime

from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.model import Duration
from laneflow.practice.hours import business_days, closed_days, openings
from laneflow.practice.model import Location, Practice
from laneflow.practice.rota import Rota
from laneflow.practice.zones import (
    DAY,
    FIRST_YEAR,
    HOUR,
    LAST_YEAR,
    MINUTE,
    day_to_date,
    days_from_epoch,
    zone,
)

_LONGEST_CLOSED_YEARS = 5
_ELAPSED = {"minutes": MINUTE, "hours": HOUR}
_WALL_CLOCK = {"days": DAY, "weeks": 7 * DAY}


class Calendar:
    """One location's time. Build it freely: nothing is worked out before the first question.

    Questions outside the known years, or about a location that stays closed for years on end,
    raise :class:`LaneflowError` rather than search for ever.
    """

    def __init__(self, practice: Practice, location: Location) -> None:
        self.location = location
        self.zone = zone(location.time_zone)
        self._rota = Rota(practice, location.id, self._is_shut)
        self._shut: dict[int, frozenset[int]] = {}
        # The known years [first, end), and the instants [from, to) they cover.
        self._first_year = self._end_year = 0
        self._from = self._to = 0
        # Openings in order; _done[i] is the open time until _ends[i], counted from an arbitrary 0.
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._done: list[int] = []
        self._business_days: list[int] = []

    # durations ---------------------------------------------------------------------------------

    def add(self, t: Instant, d: Duration) -> Instant:
        """``t`` + ``d``; unless ``d`` is business time it may lie in closed time.

        ``same day`` is close of business of the local date, or of the next open one once past.
        """
        n, unit = d.n, d.unit
        if unit == "business hours":
            return self.add_open(t, n * HOUR)
        if unit in _ELAPSED:
            return t + n * _ELAPSED[unit]
        if unit in _WALL_CLOCK or unit == "months":
            return self._add_wall_clock(t, n, unit)
        close = self._close_of_business(t, n, counted=unit == "business days")
        return close if close > t else self.next_closing(t)

    def subtract(self, t: Instant, d: Duration) -> Instant:
        """``t`` - ``d``. *n* business days before end at close of business of that day.

        ``same day`` before ``t`` is ``t`` itself, or the closing before it in closed time.
        """
        n, unit = d.n, d.unit
        if unit == "business hours":
            return self.subtract_open(t, n * HOUR)
        if unit == "business days":
            return self._close_of_business(t, -n, counted=True)
        if unit == "same day":
            return t if self.is_open(t) else self.closing_before(t)
        return self.add(t, Duration(-n, unit))

    def deadline(self, start: Instant, d: Duration, now: Instant) -> Instant:
        """When something is due ``d`` after ``start``, as set at ``now``; always after ``now``."""
        return self.snap(self.add(start, d), now)

    def snap(self, t: Instant, now: Instant) -> Instant:
        """``t`` as a deadline: never in closed time, never already past at ``now``.

        In closed time it becomes the closing before, or the next close of business once that
        closing is past; on closing time it stays. A result not after ``now`` becomes one business
        hour from ``now``.
        """
        if not self.is_open(t):
            closing = self.closing_before(t)
            t = closing if closing > now else self.next_closing(t)
        return t if t > now else self.add_open(now, HOUR)

    # openings ----------------------------------------------------------------------------------

    def is_open(self, t: Instant) -> bool:
        """Whether the location is open; at the instant of closing it is not."""
        if not self._from <= t < self._to:
            self._know(t)
        i = bisect_right(self._starts, t) - 1
        return i >= 0 and t < self._ends[i]

    def next_open(self, t: Instant) -> Instant:
        """``t`` if the location is open, else when it next opens."""
        i = self._opening_after(t)
        return max(t, self._starts[i])

    def next_closing(self, t: Instant) -> Instant:
        """The next close of business strictly after ``t``."""
        i = self._opening_after(t)
        return self._last_end(self.zone.local(self._starts[i]) // DAY)

    def closing_before(self, t: Instant) -> Instant:
        """The last closing at or before ``t``, breaks included."""
        if not self._from <= t < self._to:
            self._know(t)
        while True:
            i = bisect_right(self._ends, t) - 1
            if i >= 0:
                return self._ends[i]
            self._learn_earlier()

    def add_open(self, t: Instant, ms: int) -> Instant:
        """When ``ms`` of open time from ``t`` on have passed; for none, the next opening."""
        i = self._opening_after(t)
        if ms <= 0:
            return max(t, self._starts[i])
        start, end = self._starts[i], self._ends[i]
        target = self._done[i] - (end - (t if t > start else start)) + ms
        while target > self._done[-1]:
            self._learn_later()
        j = bisect_left(self._done, target)
        return self._ends[j] - (self._done[j] - target)

    def open_ms(self, start: Instant, end: Instant) -> int:
        """Milliseconds of open time between two instants; negative backwards."""
        return self._open_until(end) - self._open_until(start)

    def open_times(self, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
        """The openings that end after ``start`` and begin before ``end``, in order."""
        self._know(start)
        self._know(end)
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        return list(zip(self._starts[first:last], self._ends[first:last], strict=True))

    # dates -------------------------------------------------------------------------------------

    def next_morning(self, t: Instant) -> Instant:
        """The next local midnight strictly after ``t``."""
        return self.zone.midnight_after(t)

    def local_date(self, t: Instant) -> date:
        """The local date."""
        return self.zone.date(t)

    def local(self, t: Instant) -> datetime:
        """The aware local datetime."""
        return self.zone.moment(t)

    def instant(self, local: datetime) -> Instant:
        """The instant of a datetime; one without an offset is local here."""
        return self.zone.at(local)

    def month(self, t: Instant) -> tuple[Instant, Instant]:
        """[start, end) of the local calendar month ``t`` is in."""
        first = self.zone.date(t).replace(day=1)
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return self._midnight(days_from_epoch(first)), self._midnight(days_from_epoch(after))

    def is_business_day(self, day: date) -> bool:
        """Whether a local date is Mon-Fri and neither holiday nor closure."""
        return day.weekday() < 5 and not self._is_shut(days_from_epoch(day))

    # people ------------------------------------------------------------------------------------

    def staffed(self, role: str, t: Instant) -> bool:
        """Whether somebody with ``role`` is on duty here; last resort and on call do not count."""
        return self._rota.staffed(role, self.zone.local(t))

    def on_duty(self, role: str, t: Instant) -> list[str]:
        """The people with ``role`` on duty here, in the order of practice.yaml."""
        return self._rota.on_duty(role, self.zone.local(t))

    def duty_edges(self, role: str, start: Instant, end: Instant) -> list[Instant]:
        """When somebody with ``role`` comes on or goes off duty here, on the dates touched."""
        first, last = self.zone.local(start) // DAY, self.zone.local(end) // DAY
        return [
            self.zone.instant(day * DAY + time)
            for day in range(first, last + 1)
            for watch in self._rota.watches(role, day)
            for time in watch[:2]
        ]

    # how ---------------------------------------------------------------------------------------

    def _opening_after(self, t: Instant) -> int:
        """The index of the opening ``t`` is in, else of the next one."""
        if not self._from <= t < self._to:
            self._know(t)
        while True:
            i = bisect_right(self._ends, t)
            if i < len(self._ends):
                return i
            self._learn_later()

    def subtract_open(self, t: Instant, ms: int) -> Instant:
        """The last instant with ``ms`` milliseconds of open time between it and ``t``."""
        target = self._open_until(t) - ms
        while target < self._done[0] - (self._ends[0] - self._starts[0]):
            self._learn_earlier()
        # Landing where one opening ends and the next begins means the later: it stays on opening.
        j = bisect_right(self._done, target)
        return self._ends[j] - (self._done[j] - target)

    def _open_until(self, t: Instant) -> int:
        """Open time until ``t`` on the scale of ``_done``, which learning more years keeps."""
        i = self._opening_after(t)
        return self._done[i] - (self._ends[i] - max(t, self._starts[i]))

    def _close_of_business(self, t: Instant, n: int, *, counted: bool) -> Instant:
        """Close of business of the ``n``th business day from ``t``'s local date, or of that date.

        A date without an opening closes when the one before it did.
        """
        if not self._from <= t < self._to:
            self._know(t)
        day = self.zone.local(t) // DAY
        if counted:
            day = self._business_day(day, n)
        return self._last_end(day)

    def _business_day(self, day: int, n: int) -> int:
        while True:
            days = self._business_days
            at = bisect_right(days, day) - 1 + n if n >= 0 else bisect_left(days, day) + n
            if at < 0:
                self._learn_earlier()
            elif at >= len(days):
                self._learn_later()
            else:
                return days[at]

    def _last_end(self, day: int) -> Instant:
        """The end of the last opening that begins on ``day`` or before."""
        midnight = self._midnight(day + 1)
        while True:
            i = bisect_left(self._starts, midnight) - 1
            if i >= 0:
                return self._ends[i]
            self._learn_earlier()

    def _add_wall_clock(self, t: Instant, n: int, unit: str) -> Instant:
        local = self.zone.local(t)
        try:
            if unit == "months":
                return self.zone.instant(_add_months(local, n))
            return self.zone.instant(local + n * _WALL_CLOCK[unit])
        except (OverflowError, ValueError) as error:
            raise self._problem(f"{n} {unit} leads out of the years of the calendar") from error

    def _midnight(self, day: int) -> Instant:
        return self.zone.instant(day * DAY)

    def _is_shut(self, day: int) -> bool:
        return day in self._shut_in(day_to_date(day).year)

    def _shut_in(self, year: int) -> frozenset[int]:
        if year not in self._shut:
            self._shut[year] = closed_days(self.location, year)
        return self._shut[year]

    # learning years ----------------------------------------------------------------------------

    def _know(self, t: Instant) -> None:
        """Make sure that the year of ``t`` is known."""
        year = self.zone.date(t).year
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise self._problem(f"business time is known for {FIRST_YEAR}-{LAST_YEAR}, not {year}")
        if not self._first_year:
            self._first_year = self._end_year = year
            self._from = self._to = self._midnight(days_from_epoch(date(year, 1, 1)))
        while t >= self._to:
            self._learn_later()
        while t < self._from:
            self._learn_earlier()

    def _learn_later(self) -> None:
        year = self._end_year
        last = self._ends[-1] if self._ends else self._from
        if year > LAST_YEAR or self._to - last > _LONGEST_CLOSED_YEARS * 366 * DAY:
            raise self._closed_for_good(f"after {self.zone.date(last)}")
        starts, ends = self._openings(year)
        done = self._done[-1] if self._done else 0
        self._done += _running_total(starts, ends, done)
        self._starts += starts
        self._ends += ends
        self._business_days += business_days(self.location, year)
        self._end_year = year + 1
        self._to = self._midnight(days_from_epoch(date(year + 1, 1, 1)))

    def _learn_earlier(self) -> None:
        year = self._first_year - 1
        first = self._starts[0] if self._starts else self._to
        if year < FIRST_YEAR or first - self._from > _LONGEST_CLOSED_YEARS * 366 * DAY:
            raise self._closed_for_good(f"before {self.zone.date(first)}")
        starts, ends = self._openings(year)
        if self._starts:
            total = sum(ends) - sum(starts)
            base = self._done[0] - (self._ends[0] - self._starts[0]) - total
        else:
            base = 0
        self._done[:0] = _running_total(starts, ends, base)
        self._starts[:0] = starts
        self._ends[:0] = ends
        self._business_days[:0] = business_days(self.location, year)
        self._first_year = year
        self._from = self._midnight(days_from_epoch(date(year, 1, 1)))

    def _openings(self, year: int) -> tuple[list[int], list[int]]:
        starts: list[int] = []
        ends: list[int] = []
        for local_start, local_end in openings(self.location, year):
            start, end = self.zone.instant(local_start), self.zone.instant(local_end)
            if start < end:  # else all of it was skipped when the clocks went forward
                starts.append(start)
                ends.append(end)
        return starts, ends

    def _closed_for_good(self, when: str) -> LaneflowError:
        return self._problem(f'location "{self.location.id}" never opens {when}')

    def _problem(self, what: str) -> LaneflowError:
        where = self.location.where
        file, line, column = (where.file, where.line, where.column) if where else ("", 0, 0)
        hint = "Check its hours and closures."
        return LaneflowError(Problem(file or "practice.yaml", line, column, what, hint))


def _add_months(local: int, n: int) -> int:
    """Local milliseconds ``n`` months on; a day the month lacks becomes its last."""
    day = day_to_date(local // DAY)
    months = day.year * 12 + day.month - 1 + n
    year, month = months // 12, months % 12 + 1
    moved = date(year, month, min(day.day, monthrange(year, month)[1]))
    return days_from_epoch(moved) * DAY + local % DAY


def _running_total(starts: list[int], ends: list[int], done: int) -> list[int]:
    totals: list[int] = []
    for start, end in zip(starts, ends, strict=True):
        done += end - start
        totals.append(done)
    return totals
