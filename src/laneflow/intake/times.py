"""Times as feeds write them: instants with an offset, and FHIR's partial dates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from laneflow.engine.state import Instant
from laneflow.practice.zones import Zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

AHEAD = 5 * 60 * 1000
"""How far past now an event may lie: clocks of sending systems differ by so much at most."""
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Outside of these an event's time is a mistake (or a sending system's "unknown")."""

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,12}))?\s?(Z|z|[+-]\d\d:?\d\d)\Z"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


def to_instant(moment: datetime) -> Instant:
    """Milliseconds since the epoch of an aware datetime, rounded down."""
    return (moment - _EPOCH) // _MS


def moment_of(text: object) -> datetime | None:
    """A date and time with an offset, as sent; None if ``text`` is not one.

    Takes what real feeds send beside RFC 3339: no seconds, 60 for a leap second, 24:00 for
    midnight, ``+0530``.
    """
    found = _MOMENT.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    day, clock, seconds, fraction, offset = found.groups()
    seconds = seconds or ":00"
    later = timedelta()
    if seconds == ":60":
        seconds, later = ":59", timedelta(seconds=1)
    if clock == "24:00" and seconds == ":00":
        clock, later = "00:00", timedelta(days=1)
    fraction = f".{(fraction + '000000')[:6]}" if fraction else ""
    offset = "+00:00" if offset in "Zz" else offset
    try:
        return datetime.fromisoformat(f"{day}T{clock}{seconds}{fraction}{offset}") + later
    except (ValueError, OverflowError):
        return None


def day_of(text: object) -> date | None:
    """A whole date as sent, ``2026-03-09``; None if ``text`` is not one."""
    if not isinstance(text, str) or not _DATE.match(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def instant_of(text: object, zone: Zone) -> Instant | None:
    """The instant of a FHIR date or dateTime; None where it names no day, or no possible one.

    A date alone means the start of that day in ``zone``: the right local date for every deadline,
    and never ahead of now on the day itself.
    """
    moment = moment_of(text)
    if moment is not None:
        return to_instant(moment) if EARLIEST <= moment < LATEST else None
    day = day_of(text)
    if day is None or not EARLIEST.year <= day.year < LATEST.year:
        return None
    return zone.at(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - local to ``zone``
