"""The instants at which a wait can be longest: the edges of a location's time, seen through a span.

``called(t) - t`` is worked out exactly by trying few instants, because ``called`` is made of pieces
along which it either stands still or goes with ``t``. Along a piece the wait never grows, so it is
longest where a piece begins: at an opening or closing, at midnight, when the clocks change, and
where ``t`` plus the span meets one of these. Trying more instants than needed costs time, never
truth; the tests compare with every minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from laneflow.engine.calendar import Calendar
from laneflow.engine.state import Instant
from laneflow.lanes.model import Duration
from laneflow.practice.zones import DAY, HOUR, MINUTE

_ELAPSED = {"minutes": MINUTE, "hours": HOUR}
_WALL_CLOCK = {"days", "weeks", "months"}
_FOLDS = (HOUR // 2, HOUR)
"""By how much clocks go back; then the same local time comes twice."""


class Edges:
    """The edges of one location's time in the horizon [start, end]."""

    def __init__(self, calendar: Calendar, start: Instant, end: Instant) -> None:
        self.calendar, self.start, self.end = calendar, start, end
        self._through: dict[Duration, tuple[Instant, ...]] = {}

    @cached_property
    def closings(self) -> list[Instant]:
        """When the location closes, breaks included."""
        return [shut for _, shut in self.calendar.open_times(self.start, self.end)]

    @cached_property
    def openings(self) -> list[Instant]:
        """When it opens."""
        return [begin for begin, _ in self.calendar.open_times(self.start, self.end)]

    @cached_property
    def midnights(self) -> list[Instant]:
        """Every local midnight."""
        return list(self._midnights())

    def _midnights(self) -> Iterator[Instant]:
        at = self.calendar.next_morning(self.start)
        while at <= self.end:
            yield at
            at = self.calendar.next_morning(at)

    @cached_property
    def switches(self) -> list[Instant]:
        """When the clocks change."""
        return self.calendar.zone.switches(self.start, self.end)

    def through(self, span: Duration) -> tuple[Instant, ...]:
        """Where ``t`` -> the date ``span`` after ``t`` may begin a new piece, in order."""
        found = self._through.get(span)
        if found is None:
            edges = {self.start, *self.closings, *self.openings, *self.switches}
            edges.update(self._before(span))
            if span.n == 0:  # a date already past when it is set becomes one business hour
                edges.update(self._before_open_time(HOUR))
            inside = sorted(edge for edge in edges if self.start <= edge <= self.end)
            found = self._through[span] = tuple(inside)
        return found

    def _before(self, span: Duration) -> Iterable[Instant]:
        """The instants from which ``span`` leads to an edge."""
        if span.unit == "business hours":
            return self._before_open_time(span.n * HOUR)
        if span.unit in _WALL_CLOCK:
            return [*self.midnights, *self._same_time_of_day(span)]
        if span.unit in _ELAPSED:
            length = span.n * _ELAPSED[span.unit]
            times = self.calendar.open_times(self.start + length, self.end + length)
            return [edge - length for both in times for edge in both]
        return self.midnights

    def _before_open_time(self, length: Instant) -> Iterator[Instant]:
        """Business time stays on a closing and jumps to the next opening a moment later."""
        calendar = self.calendar
        last = calendar.add_open(self.end, length)
        for _, shut in calendar.open_times(self.start, last + 1):
            edge = calendar.subtract_open(shut, length)
            yield from (edge, edge + 1)

    def _same_time_of_day(self, span: Duration) -> Iterator[Instant]:
        """Each day at the times at which the day ``span`` later opens, closes, or turns its clocks.

        A month's end may stand for several days: each of them is asked for its own.
        """
        zone = self.calendar.zone
        for day, times in self._times_after(span):
            for time in times:
                at = zone.instant(day * DAY + time)
                yield at
                yield from (at + f for f in _FOLDS if zone.local(at + f) == zone.local(at))

    def _times_after(self, span: Duration) -> Iterator[tuple[int, set[int]]]:
        calendar = self.calendar
        later = self._times_of_day(calendar.add(self.end, span))
        for at in (self.start, *self.midnights):
            day = calendar.zone.local(at) // DAY
            after = calendar.zone.local(calendar.add(calendar.zone.instant(day * DAY), span)) // DAY
            times = later.get(after)
            if times:
                yield day, times

    def _times_of_day(self, last: Instant) -> dict[int, set[int]]:
        """Local times of day of every edge, by day, from the start of the horizon to ``last``."""
        zone = self.calendar.zone
        found: dict[int, set[int]] = {}
        times = self.calendar.open_times(self.start, last + DAY)
        local = [zone.local(edge) for both in times for edge in both]
        for turn in zone.switches(self.start, last + DAY):
            local += [zone.local(turn), zone.local(turn - 1) + 1]  # the hands after and before
        for time in local:
            found.setdefault(time // DAY, set()).add(time % DAY)
        return found


Called = Callable[[Instant], Instant]


def longest(called: Called, tries: Iterable[Instant]) -> tuple[Instant, Instant] | None:
    """The (wait, since) of the first of ``tries`` with the longest wait, None where there is none.

    ``called(t)`` is when somebody is called if nobody acts after ``t``.
    """
    best: tuple[Instant, Instant] | None = None
    for at in tries:
        wait = called(at) - at
        if best is None or wait > best[0]:
            best = wait, at
    return best
