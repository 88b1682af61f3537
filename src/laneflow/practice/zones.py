"""A time zone as sorted integers: local wall-clock time to instants and back, fast.

Instants are milliseconds since 1970-01-01T00:00Z. *Local time* is the same count for what the clock
on the wall shows, so ``local // DAY`` numbers local dates and ``local % DAY`` is the time of day.

When clocks go forward, a time that does not exist means the one as much later (02:30 is 03:30).
When they go back, a time that comes twice means its first coming. (Both as PEP 495, ``fold=0``.)
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FIRST_YEAR = 1970
LAST_YEAR = 2149
"""The years business time is known for; time zones answer for all years."""

_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = _EPOCH_UTC.replace(tzinfo=None)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MS = timedelta(milliseconds=1)
# No zone has ever changed its clocks and changed them back within six days (the shortest on record
# is six and 22 hours, in Recife in October 2000; in Gaza it will be seven in 2040).
_STEP = 5 * DAY


class Zone:
    """One time zone. Make it with :func:`zone`, which keeps one of each."""

    __slots__ = ("_from", "_info", "_local_switches", "_offsets", "_switches", "_to", "name")

    def __init__(self, name: str, info: ZoneInfo) -> None:
        self.name = name
        self._info = info
        self._from = days_from_epoch(date(FIRST_YEAR, 1, 1)) * DAY
        self._to = days_from_epoch(date(LAST_YEAR + 1, 1, 2)) * DAY
        self._switches, self._offsets = self._find_switches()
        # A local time follows the new offset from the larger of the two local readings of the
        # instant of change on: that is fold=0 in gaps and overlaps alike.
        self._local_switches = [
            at + max(before, after)
            for at, before, after in zip(
                self._switches, self._offsets, self._offsets[1:], strict=False
            )
        ]

    def local(self, at: int) -> int:
        """What the wall shows at instant ``at``, in local milliseconds."""
        if self._from <= at < self._to:
            return at + self._offsets[bisect_right(self._switches, at)]
        return at + self._offset_from_info(at)

    def instant(self, local: int) -> int:
        """The instant at which the wall shows ``local`` (for gaps and overlaps see the module)."""
        at = local - self._offsets[bisect_right(self._local_switches, local)]
        if self._from <= at < self._to:
            return at
        moment = _EPOCH + timedelta(milliseconds=local)
        return to_instant(moment.replace(tzinfo=self._info))

    def midnight_after(self, at: int) -> int:
        """The next local midnight strictly after ``at``."""
        midnight = (self.local(at) // DAY + 1) * DAY
        found = self.instant(midnight)
        # Where clocks go back over midnight it comes twice, and the first may be behind us.
        return found if found > at else midnight - self._offset_from_info(at)

    def switches(self, start: int, end: int) -> list[int]:
        """The instants in [start, end) at which the clocks change here."""
        first, last = bisect_right(self._switches, start - 1), bisect_right(self._switches, end - 1)
        return self._switches[first:last]

    def date(self, at: int) -> date:
        """The local date at instant ``at``."""
        return date.fromordinal(self.local(at) // DAY + _EPOCH_ORDINAL)

    def moment(self, at: int) -> datetime:
        """The aware local datetime of instant ``at``."""
        return (_EPOCH_UTC + timedelta(milliseconds=at)).astimezone(self._info)

    def at(self, moment: datetime) -> int:
        """The instant of a datetime; a naive one is local to this zone."""
        if moment.tzinfo is not None:
            return to_instant(moment)
        return self.instant((moment - _EPOCH) // _MS)

    def _offset_from_info(self, at: int) -> int:
        offset = self.moment(at).utcoffset()
        return (offset or timedelta()) // _MS

    def _find_switches(self) -> tuple[list[int], list[int]]:
        switches: list[int] = []
        offsets = [self._offset_from_info(self._from)]
        last, known, step = offsets[0], timedelta(milliseconds=offsets[0]), _STEP * _MS
        local = _EPOCH + (self._from + _STEP) * _MS
        for end in range(self._from + _STEP, self._to + _STEP, _STEP):
            # Reading the instant as a local time costs a tenth and is less than a day off.
            if self._info.utcoffset(local) != known:
                wanted, start = self._offset_from_info(end), end - _STEP - DAY
                while last != wanted:
                    start = self._first_change(start, end, last)
                    last = self._offset_from_info(start)
                    switches.append(start)
                    offsets.append(last)
                known = timedelta(milliseconds=last)
            local += step
        return switches, offsets

    def _first_change(self, low: int, high: int, offset: int) -> int:
        """The first whole second after ``low`` whose offset is not ``offset``, at most ``high``."""
        for grain in (HOUR, SECOND):  # clocks have nearly always changed on the hour
            while high - low > grain:
                middle = (low + high) // (2 * grain) * grain
                if self._offset_from_info(middle) == offset:
                    low = middle
                else:
                    high = middle
            if self._offset_from_info(high - SECOND) == offset:
                break
        return high


@lru_cache(maxsize=64)
def zone(name: str) -> Zone:
    """The zone ``name`` (IANA, e.g. ``America/New_York``); ``ValueError`` if there is none."""
    try:
        return Zone(name, ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'there is no time zone "{name}"') from error


def days_from_epoch(day: date) -> int:
    """How many days ``day`` is after 1970-01-01."""
    return day.toordinal() - _EPOCH_ORDINAL


def day_to_date(day: int) -> date:
    """The date ``day`` days after 1970-01-01."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def to_instant(moment: datetime) -> int:
    """The instant of an aware datetime."""
    return (moment - _EPOCH_UTC) // _MS
