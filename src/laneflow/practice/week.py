"""Days and hours as practice.yaml has them: ``Mo-Th 08:00-12:00,13:00-17:00; Fr 08:00-12:00``."""

from __future__ import annotations

import re

Shift = tuple[int, str, str]
"""(weekday, from, to): 0 is Monday, times are "HH:MM". One that ends at or before its start runs
into the next day."""

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SPAN = rf"{_TIME}-(?:{_TIME}|24:00)"
_DAY = rf"(?:{'|'.join(_DAYS)})"
_RULE = re.compile(
    rf"(?P<days>{_DAY}(?:-{_DAY})?(?:, ?{_DAY}(?:-{_DAY})?)*) "
    rf"(?P<hours>{_SPAN}(?:, ?{_SPAN})*|off)\Z"
)


def parse_week(text: str) -> list[Shift] | None:
    """The week's shifts in order of weekday, or None if ``text`` is not days and hours.

    It is a part of OpenStreetMap's ``opening_hours``; as there, a later rule replaces what an
    earlier one says about its days.
    """
    week: dict[int, list[Shift]] = {}
    for rule in text.strip().rstrip(";").split(";"):
        found = _RULE.match(rule.strip())
        if found is None:
            return None
        for day in _days(found["days"]):
            week[day] = [(day, *_span(span)) for span in _spans(found["hours"])]
    return [shift for day in sorted(week) for shift in week[day]]


def parse_span(text: str) -> tuple[str, str] | None:
    """``08:00-17:00`` -> ("08:00", "17:00"); None if it is not from a time to a later one."""
    if not re.fullmatch(_SPAN, text):
        return None
    start, end = _span(text)
    return (start, end) if start < end else None


def _spans(hours: str) -> list[str]:
    return [] if hours == "off" else [span.strip() for span in hours.split(",")]


def _span(text: str) -> tuple[str, str]:
    start, _, end = text.partition("-")
    return start, end


def _days(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        found.extend(day % 7 for day in range(start, end + 1 + (7 if end < start else 0)))
    return found
