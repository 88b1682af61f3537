"""Percentages, minutes and lengths of time, as a scenario writes them."""

from __future__ import annotations

from laneflow.engine.calendar import Calendar
from laneflow.engine.state import Instant
from laneflow.practice.zones import DAY, HOUR, MINUTE
from laneflow.proofs.simulate.model import Length, Minutes

_ELAPSED = {"minutes": MINUTE, "hours": HOUR, "days": DAY, "weeks": 7 * DAY}
BUSINESS_DAY = 8 * HOUR
"""The open time a business day counts for, where only about so much time is meant."""


def percent(text: str) -> float:
    """``30 %`` -> 0.3."""
    return float(text.rstrip("% ")) / 100


def shown(share: float) -> str:
    """A share as people write it.

    >>> shown(0.3), shown(0.025)
    ('30 %', '2.5 %')
    """
    return f"{plain(round(share * 100, 3))} %"


def minutes(text: str) -> tuple[float, float]:
    """``4 to 10 minutes`` -> (4.0, 10.0); one number is both."""
    return _span(text.rsplit(" ", 1)[0])


def length(text: str) -> Length:
    """``1 to 3 business days`` -> Length(1.0, 3.0, "business days")."""
    words = text.split(" ")
    at = 3 if "to" in words else 1
    unit = " ".join(words[at:])
    return Length(*_span(" ".join(words[:at])), unit if unit.endswith("s") else unit + "s")


def length_in_words(length: Length) -> str:
    """A length as people write it."""
    unit = length.unit
    if length.low == length.high:
        one = length.low == 1
        return f"{plain(length.low)} {unit.removesuffix('s') if one else unit}"
    return f"{plain(length.low)} to {plain(length.high)} {unit}"


def minutes_in_words(time: Minutes) -> str | dict[str, str]:
    """A handling time as a scenario writes it."""
    if time.skewed:
        return {"median": f"{plain(time.low)} minutes", "p90": f"{plain(time.high)} minutes"}
    return length_in_words(Length(time.low, time.high, "minutes"))


def later(calendar: Calendar, at: Instant, length: Length, u: float) -> Instant:
    """``at`` and a length of time; ``u`` from 0 to 1 says where between its two ends it is."""
    n = length.low + (length.high - length.low) * u
    if length.unit in _ELAPSED:
        return at + round(n * _ELAPSED[length.unit])
    return calendar.add_open(at, round(n * (HOUR if "hour" in length.unit else BUSINESS_DAY)))


def plain(number: float) -> str:
    """A number without needless places.

    >>> plain(2.0), plain(2.5)
    ('2', '2.5')
    """
    return f"{number:.3f}".rstrip("0").rstrip(".")


def _span(text: str) -> tuple[float, float]:
    low, _, high = text.partition(" to ")
    return float(low), float(high or low)
