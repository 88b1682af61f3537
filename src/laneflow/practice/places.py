"""One location of practice.yaml: time zone, hours, holidays, closures; and days in general."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from laneflow.errors import did_you_mean
from laneflow.lanes.entry import Entry
from laneflow.lanes.scope import Scope
from laneflow.practice.model import Location
from laneflow.practice.week import parse_week

_HOLIDAYS = "Write for example country: US and region: NY, or list the days under add."
_US_REGIONS = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR GU VI AS MP"
)


def time_zone(entry: Entry, scope: Scope) -> str:
    """A time zone that exists."""
    name = str(entry.value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, sorted(available_timezones()), "For example: America/New_York.")
        scope.wrong(entry, f'there is no time zone "{name}"', hint, code="unknown-time-zone")
    return name


def location(name: str, entry: Entry, scope: Scope, zone: str) -> Location:
    """A site; ``zone`` is the practice's time zone."""
    own_zone, holidays = entry.get("time_zone"), entry.get("holidays")
    found = Location(
        id=name,
        name=entry.text("name"),
        time_zone=time_zone(own_zone, scope) if own_zone else zone,
        hours=entry.text("hours"),
        holiday_country=holidays.maybe("country") if holidays else None,
        holiday_region=holidays.maybe("region") if holidays else None,
        holidays=days(holidays, "add", scope) if holidays else (),
        not_holidays=days(holidays, "drop", scope) if holidays else (),
        closures=tuple((*span_of_days(e, scope), e.text("why")) for e in entry.each("closures")),
        where=entry.where,
    )
    if not scope.errors():
        _check_hours(found, entry, scope)
    return found


def _check_hours(found: Location, entry: Entry, scope: Scope) -> None:
    """Business time must be possible: hours that can be read, and some of them on a weekday."""
    week = parse_week(found.hours)
    plain_country = found.holiday_country in (None, "US") and (
        found.holiday_region is None or found.holiday_region in _US_REGIONS.split()
    )
    plain_week = week is not None and any(day < 5 for day, _, _ in week)
    plain_closures = all(last[:4] <= first[:4] for first, last, _ in found.closures)
    if plain_week and plain_country and plain_closures:
        return
    # Anything rarer is asked of the libraries that will run it, which take a while to load.
    from laneflow.practice.hours import what_is_wrong

    wrong = what_is_wrong(found)
    if wrong:
        at = entry["hours"] if "hours" in wrong else entry.get("holidays") or entry
        scope.wrong(
            at,
            wrong,
            "For example: Mo-Fr 08:00-17:00." if "hours" in wrong else _HOLIDAYS,
            code="hours-unreadable",
        )


def days(entry: Entry, key: str, scope: Scope) -> tuple[str, ...]:
    """ISO dates listed under ``key``."""
    return tuple(_day(e, scope) for e in entry.each(key))


def span_of_days(entry: Entry, scope: Scope) -> tuple[str, str]:
    """``{from: 2026-12-28, to: 2026-12-31}``, both ends included."""
    first, last = _day(entry["from"], scope), _day(entry["to"], scope)
    if first > last:
        scope.wrong(entry["to"], f"{last} is before {first}", "Swap them.", code="dates-backwards")
    return first, last


def _day(entry: Entry, scope: Scope) -> str:
    try:
        date.fromisoformat(str(entry.value))
    except ValueError:
        scope.wrong(
            entry, f"there is no day {entry.value}", "Write it like 2026-12-24.", code="no-such-day"
        )
    return str(entry.value)
