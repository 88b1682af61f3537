"""When a location is open, as its practice.yaml says it: hours, holidays, closures; in local time.

opening-hours-py reads the hours (OpenStreetMap's ``opening_hours`` language) and ``holidays`` knows
the public holidays of a country and region. Both are imported on first use: they are slow to load
and ``laneflow check`` mostly does without them.

A day ends at midnight: hours that run through the night are two openings, and midnight between them
counts as a closing.
"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING

from laneflow.practice.model import Location
from laneflow.practice.zones import DAY, HOUR, MINUTE, SECOND, days_from_epoch, zone

if TYPE_CHECKING:
    from opening_hours import OpeningHours

LONGEST_CLOSURE_DAYS = 366
_TRIAL_YEARS = (2026, 2027, 2060, 2100)

Opening = tuple[int, int]
"""[start, end) in local milliseconds, within one local date."""


def openings(location: Location, year: int) -> list[Opening]:
    """The openings of ``year`` in order, each within one date; none on holidays and closures."""
    shut = closed_days(location, year)
    found: list[Opening] = []
    spans = _parsed(location.hours).intervals(_new_year(year), _new_year(year + 1))
    for start, end, state, _ in spans:
        if str(state) == "open":
            found.extend(_by_date(_local(start), _local(end), shut))
    return found


def closed_days(location: Location, year: int) -> frozenset[int]:
    """The days since 1970-01-01 within ``year`` that are a holiday or in a closure."""
    days = {days_from_epoch(day) for day in holidays_of(location, year)}
    for first, last, _ in location.closures:
        days.update(range(_day(first), _day(last) + 1))
    start, end = days_from_epoch(date(year, 1, 1)), days_from_epoch(date(year + 1, 1, 1))
    return frozenset(day for day in days if start <= day < end)


def holidays_of(location: Location, year: int) -> frozenset[date]:
    """The holidays kept in ``year``: the country's and the location's own, less the dropped."""
    kept: set[date] = set()
    if location.holiday_country:
        kept |= _public_holidays(location.holiday_country, location.holiday_region, year)
    kept |= {date.fromisoformat(day) for day in location.holidays}
    kept -= {date.fromisoformat(day) for day in location.not_holidays}
    return frozenset(day for day in kept if day.year == year)


def why_closed(location: Location, day: date) -> str | None:
    """Why a location keeps ``day`` as a holiday or closure, None where it does not."""
    text = day.isoformat()
    for first, last, why in location.closures:
        if first <= text <= last:
            return why or "closed"
    if day not in holidays_of(location, day.year):
        return None
    country, region = location.holiday_country, location.holiday_region
    if country is None:
        return "holiday"
    import holidays  # heavy: see the module's docstring

    return str(
        holidays.country_holidays(country, subdiv=region, years=day.year).get(day, "holiday")
    )


def business_days(location: Location, year: int) -> list[int]:
    """Days since 1970-01-01 within ``year``, Monday to Friday, less holidays and closures."""
    shut = closed_days(location, year)
    first, last = days_from_epoch(date(year, 1, 1)), days_from_epoch(date(year + 1, 1, 1))
    # 1970-01-01 was a Thursday, weekday 3.
    return [day for day in range(first, last) if (day + 3) % 7 < 5 and day not in shut]


def what_is_wrong(location: Location) -> str | None:
    """Why business time could not be told at ``location``, as one clause, or None if it can.

    It must open on some business day of every year, or a date in business time would never come.
    """
    try:
        zone(location.time_zone)
        _parsed(location.hours)
        for year in _TRIAL_YEARS:
            holidays_of(location, year)
    except ValueError as error:
        return str(error)
    for first, last, _ in location.closures:
        if _day(last) - _day(first) >= LONGEST_CLOSURE_DAYS:
            return f"the closure from {first} to {last} is longer than a year"
    open_all = _without_closures(location)
    for year in _TRIAL_YEARS:
        opened = {start // DAY for start, _ in openings(open_all, year)}
        if opened.isdisjoint(business_days(open_all, year)):
            return f'with the hours "{location.hours}" it never opens on a business day of {year}'
    return None


def _without_closures(location: Location) -> Location:
    """``location`` as it is when nothing out of the ordinary closes it."""
    return Location(
        id=location.id,
        name=location.name,
        time_zone=location.time_zone,
        hours=location.hours,
        holiday_country=location.holiday_country,
        holiday_region=location.holiday_region,
    )


def _by_date(start: int, end: int, shut: frozenset[int]) -> list[Opening]:
    pieces: list[Opening] = []
    while start < end:
        day = start // DAY
        stop = min(end, (day + 1) * DAY)
        if day not in shut:
            pieces.append((start, stop))
        start = stop
    return pieces


@lru_cache(maxsize=256)
def _parsed(hours: str) -> OpeningHours:
    import logging  # noqa: F401 - opening_hours does, in Rust, where Ctrl-C is a panic

    from opening_hours import OpeningHours, validate  # heavy: see the module's docstring

    if not validate(hours):
        raise ValueError(f'the hours "{hours}" cannot be read')
    return OpeningHours(hours)


@lru_cache(maxsize=1024)
def _public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    import holidays  # heavy: see the module's docstring

    try:
        return frozenset(holidays.country_holidays(country, subdiv=region, years=year))
    except NotImplementedError:
        place = f"{country}, {region}" if region else country
        raise ValueError(f'no public holidays are known for "{place}"') from None


def _new_year(year: int) -> datetime:
    return datetime.combine(date(year, 1, 1), time.min)


def _local(moment: datetime) -> int:
    clock = moment.hour * HOUR + moment.minute * MINUTE + moment.second * SECOND
    return days_from_epoch(moment) * DAY + clock


def _day(text: str) -> int:
    return days_from_epoch(date.fromisoformat(text))
