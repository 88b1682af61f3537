"""Lengths of time as people write them, and how two of them compare without a calendar."""

from __future__ import annotations

import re
from typing import cast, get_args

from laneflow.lanes.model import Duration, Unit

_WRITTEN = re.compile(r"([0-9]{1,4}) (minute|hour|day|week|month|business hour|business day)s?\Z")
_UNITS: dict[str, Unit] = {
    name.removesuffix("s"): cast(Unit, name) for name in get_args(Unit) if name != "same day"
}
SAME_DAY = Duration(0, "same day")

_HOUR = 1 / 24
_USUAL: dict[str, float] = {
    "minutes": _HOUR / 60, "hours": _HOUR, "days": 1, "weeks": 7, "months": 30.4,
    "business hours": 7 / 40, "business days": 7 / 5,
}  # fmt: skip
_ELAPSED = ("minutes", "hours")
_CLOCK_CHANGE = 3 * _HOUR
"""More than any change of the clocks moves a time on the wall."""


def parse_duration(text: str) -> Duration | None:
    """``2 business days`` -> Duration(2, "business days"); None if it is not a length of time.

    Units may be singular or plural whatever the number.
    """
    if text == "same day":
        return SAME_DAY
    found = _WRITTEN.match(text)
    return Duration(int(found[1]), _UNITS[found[2]]) if found else None


def in_words(duration: Duration) -> str:
    """As people write it.

    >>> in_words(Duration(1, "business days"))
    '1 business day'
    """
    if duration.unit == "same day":
        return "same day"
    return f"{duration.n} {duration.unit.removesuffix('s') if duration.n == 1 else duration.unit}"


def is_business(duration: Duration) -> bool:
    """Whether it runs in business time (and so may set a date but never be tested)."""
    return duration.unit in ("business hours", "business days", "same day")


def surely_at_least(one: Duration, other: Duration) -> bool:
    """Whether ``one`` is as long as ``other`` or longer, whatever months and clock changes do.

    Both in plain units. A day in which the clocks change has 23 or 25 hours.
    """
    if one.unit == other.unit:
        return one.n >= other.n
    # Two lengths on the wall keep the same time of day, and so do two of elapsed time.
    slack = 0 if (one.unit in _ELAPSED) is (other.unit in _ELAPSED) else _CLOCK_CHANGE
    return _days(one)[0] - slack >= _days(other)[1]


def _days(span: Duration) -> tuple[float, float]:
    """The least and the most days a plain length of time can take."""
    if span.unit == "months":
        years, months = divmod(span.n, 12)
        return years * 365 + months * 28, years * 366 + months * 31
    return span.n * _USUAL[span.unit], span.n * _USUAL[span.unit]


def usual_days(duration: Duration) -> float:
    """About how many calendar days it takes, in a week of five eight-hour days."""
    if duration.unit == "same day":
        return 0.5
    return duration.n * _USUAL[duration.unit]
