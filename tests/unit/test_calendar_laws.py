"""What holds of business time wherever and whenever: laws, on real clocks with real changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from laneflow.engine.calendar import Calendar
from laneflow.lanes.model import Duration
from laneflow.practice.zones import DAY, HOUR, MINUTE, zone
from small_practice import a_calendar

ZONES = [
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/St_Johns",
    "Africa/Casablanca",
]
HOURS = ["Mo-Fr 08:00-17:00", "Mo-Fr 08:00-12:00,13:00-17:00; Sa 09:00-12:30", "24/7"]
BUSINESS = ("business hours", "business days", "same day")
# 2010 to 2030; America/St_Johns changed its clocks at midnight until 2011.
INSTANTS = st.integers(1_262_304_000_000, 1_893_456_000_000)
OPEN_TIME = st.integers(0, 400 * HOUR)


@cache
def calendar_of(name: str, hours: str) -> Calendar:
    return a_calendar(time_zone=name, hours=hours, holiday_country="US")


CALENDARS = st.builds(calendar_of, st.sampled_from(ZONES), st.sampled_from(HOURS))


def around_changes(name: str) -> list[int]:
    """The instants of 2024-2026 at which the zone's clocks change."""
    hours = range(1_704_067_200_000, 1_798_761_600_000, HOUR // 2)
    offset = {t: zone(name).local(t) - t for t in hours}
    return [t for t in hours if t - HOUR // 2 in offset and offset[t] != offset[t - HOUR // 2]]


@st.composite
def a_time(draw: st.DrawFn) -> tuple[Calendar, int]:
    """A calendar and an instant, every other one within a day of a change of clocks."""
    calendar = draw(CALENDARS)
    changes = CHANGES[calendar.zone.name]
    if changes and draw(st.booleans()):
        return calendar, draw(st.sampled_from(changes)) + draw(st.integers(-DAY, DAY))
    return calendar, draw(INSTANTS)


CHANGES = {name: around_changes(name) for name in ZONES}


@given(a_time(), OPEN_TIME, OPEN_TIME)
def test_adding_open_time_in_two_parts_is_adding_it_at_once(
    time: tuple[Calendar, int], first: int, second: int
) -> None:
    calendar, t = time
    assume(second > 0)
    parts = calendar.add_open(calendar.add_open(t, first), second)
    assert parts == calendar.add_open(t, first + second)


@given(a_time(), OPEN_TIME)
def test_open_time_added_is_open_time_between(time: tuple[Calendar, int], ms: int) -> None:
    calendar, t = time
    assert calendar.open_ms(t, calendar.add_open(t, ms)) == ms
    assert calendar.open_ms(calendar.subtract_open(t, ms), t) == ms


@given(a_time(), OPEN_TIME)
def test_subtracting_takes_adding_back(time: tuple[Calendar, int], ms: int) -> None:
    calendar, t = time
    start = calendar.next_open(t)
    assert calendar.subtract_open(calendar.add_open(start, ms), ms) == start


@given(a_time(), INSTANTS, st.integers(0, 40), st.sampled_from(BUSINESS))
def test_whoever_starts_later_is_never_due_earlier(
    time: tuple[Calendar, int], other: int, n: int, unit: str
) -> None:
    calendar, t = time
    early, late = sorted([t, other])
    assert calendar.add(early, Duration(n, unit)) <= calendar.add(late, Duration(n, unit))


@given(a_time(), st.integers(0, 40), st.sampled_from(BUSINESS))
def test_a_business_duration_ends_in_open_time_and_never_before_it_starts(
    time: tuple[Calendar, int], n: int, unit: str
) -> None:
    calendar, t = time
    end = calendar.add(t, Duration(n, unit))
    assert end >= t
    assert calendar.is_open(end) or calendar.closing_before(end) == end


@given(a_time(), st.integers(1, 60), st.sampled_from(["days", "weeks", "months"]))
def test_wall_clock_time_keeps_the_clock(time: tuple[Calendar, int], n: int, unit: str) -> None:
    calendar, t = time
    before, after = calendar.local(t), calendar.local(calendar.add(t, Duration(n, unit)))
    skipped = after.replace(tzinfo=None) - before.replace(tzinfo=None)
    off_the_clock = skipped.total_seconds() % 86_400
    # Only an hour that the arrival day does not have moves the time, and by no more than itself.
    assert off_the_clock in (0, 1800, 3600)
    if off_the_clock:
        ghost = after.replace(tzinfo=None, hour=before.hour, minute=before.minute)
        assert calendar.local(calendar.instant(ghost)).replace(tzinfo=None) != ghost


@given(a_time(), st.integers(0, 400), st.sampled_from(["minutes", "hours"]))
def test_minutes_and_hours_are_elapsed(time: tuple[Calendar, int], n: int, unit: str) -> None:
    calendar, t = time
    size = {"minutes": MINUTE, "hours": HOUR}[unit]
    assert calendar.add(t, Duration(n, unit)) == t + n * size
    assert calendar.subtract(t + n * size, Duration(n, unit)) == t


@given(a_time(), INSTANTS)
def test_a_deadline_is_ahead_in_open_time_and_settled(time: tuple[Calendar, int], now: int) -> None:
    calendar, t = time
    due = calendar.snap(t, now)
    assert due > now
    assert calendar.is_open(due) or calendar.closing_before(due) == due
    assert calendar.snap(due, now) == due


@given(a_time())
def test_openings_and_closings_agree(time: tuple[Calendar, int]) -> None:
    calendar, t = time
    opening, closing = calendar.next_open(t), calendar.next_closing(t)
    assert calendar.closing_before(t) <= t <= opening < closing
    assert calendar.is_open(t) == (opening == t)
    assert calendar.is_open(opening)
    assert calendar.is_open(closing - 1)
    assert calendar.open_ms(t, opening) == 0


@given(a_time())
def test_mornings_and_months_hold_their_instants(time: tuple[Calendar, int]) -> None:
    calendar, t = time
    morning = calendar.next_morning(t)
    assert t < morning <= t + DAY + HOUR
    assert (calendar.local_date(morning) - calendar.local_date(t)).days == 1
    assert (calendar.local_date(morning - 1) - calendar.local_date(t)).days in (0, 1)
    start, end = calendar.month(t)
    assert start <= t < end
    assert calendar.local_date(start).day == calendar.local_date(end).day == 1


@settings(max_examples=30)
@given(st.sampled_from(ZONES), st.sampled_from(HOURS), st.lists(INSTANTS, min_size=2, max_size=5))
def test_answers_do_not_depend_on_what_was_asked_before(
    name: str, hours: str, asked: list[int]
) -> None:
    fresh = a_calendar(time_zone=name, hours=hours)
    used = a_calendar(time_zone=name, hours=hours)
    for t in asked:
        used.add(t, Duration(30, "business hours"))
        used.subtract(t, Duration(30, "business days"))
    t, d = asked[0], Duration(7, "business days")
    assert fresh.add(t, d) == used.add(t, d)
    assert fresh.subtract(t, d) == used.subtract(t, d)


@given(st.sampled_from(ZONES), INSTANTS)
def test_zones_agree_with_the_standard_library(name: str, t: int) -> None:
    shown = zone(name).moment(t)
    assert zone(name).at(shown) == t
    assert zone(name).at(shown.replace(tzinfo=None, fold=0)) == zone(name).at(shown.replace(fold=0))


def test_the_shortest_changes_of_clocks_are_seen() -> None:
    """Recife put its clocks forward for six days in 2000; Gaza puts them back for seven in 2040."""
    for name, year, month in (("America/Recife", 2000, 10), ("Asia/Gaza", 2040, 10)):
        noons = [datetime(year, month, day, 12, tzinfo=ZoneInfo(name)) for day in range(1, 29)]
        for noon in noons:
            at = (noon - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
            assert zone(name).local(at) % DAY == 12 * HOUR
            assert zone(name).at(noon.replace(tzinfo=None)) == at
