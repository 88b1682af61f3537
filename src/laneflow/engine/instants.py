"""Text of dates to instants, for facts that bring them."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from laneflow.engine.state import Instant


@lru_cache(maxsize=65536)
def instant_of(text: object, zone: str) -> Instant | None:
    """ISO 8601 text to milliseconds since 1970 UTC; None where it is not a date.

    Text without an offset is local to ``zone``; a date alone is its local midnight.
    """
    if isinstance(text, bool):
        return None
    if isinstance(text, int):
        return text
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def years_between(birth: str, at: date) -> int | None:
    """Whole years from an ISO birth date (or its beginning, ``1950`` or ``1950-03``) to ``at``."""
    try:
        parts = [int(part) for part in birth[:10].split("-")]
        year, month, day = [*parts, 1, 1][:3]
    except ValueError:
        return None
    return at.year - year - ((at.month, at.day) < (month, day))
