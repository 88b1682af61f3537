"""Business time at one location, worked out by hand. 2026-09-07 is Labor Day, a Monday."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Any

import pytest

from laneflow.engine.calendar import Calendar
from laneflow.errors import LaneflowError
from laneflow.lanes.model import Duration
from laneflow.practice.hours import what_is_wrong
from small_practice import a_calendar, a_location, a_person, a_practice

WITH_BREAK = "Mo-Fr 08:00-12:00,13:00-17:00"


def us(**location: object) -> Calendar:
    return a_calendar(**({"holiday_country": "US"} | location))


def at(calendar: Calendar, text: str) -> int:
    return calendar.instant(datetime.fromisoformat(text))


def shown(calendar: Calendar, t: int) -> str:
    return f"{calendar.local(t):%a %Y-%m-%d %H:%M}"


def named(rows: list[tuple[Any, ...]]) -> list[Any]:
    return [pytest.param(*row, id=name) for name, *row in rows]


ADDED = [
    ("Friday before Labor Day", "2026-09-04 18:30", (1, "business days"), "Tue 2026-09-08 17:00"),
    ("discharged on Saturday", "2026-09-12 10:00", (2, "business days"), "Tue 2026-09-15 17:00"),
    ("in the middle of a day", "2026-09-09 10:00", (1, "business days"), "Thu 2026-09-10 17:00"),
    ("before opening", "2026-09-09 06:00", (1, "business days"), "Thu 2026-09-10 17:00"),
    ("none: today", "2026-09-09 10:00", (0, "business days"), "Wed 2026-09-09 17:00"),
    ("none, after closing", "2026-09-09 18:00", (0, "business days"), "Thu 2026-09-10 17:00"),
    ("within the day", "2026-09-09 09:30", (4, "business hours"), "Wed 2026-09-09 13:30"),
    ("over the long weekend", "2026-09-04 16:00", (2, "business hours"), "Tue 2026-09-08 09:00"),
    ("stays on closing time", "2026-09-09 13:00", (4, "business hours"), "Wed 2026-09-09 17:00"),
    ("from closed time", "2026-09-05 11:00", (1, "business hours"), "Tue 2026-09-08 09:00"),
    ("same day", "2026-09-09 10:00", (0, "same day"), "Wed 2026-09-09 17:00"),
    ("same day, after closing", "2026-09-04 18:30", (0, "same day"), "Tue 2026-09-08 17:00"),
    ("same day, at closing", "2026-09-09 17:00", (0, "same day"), "Thu 2026-09-10 17:00"),
    ("same day, on a Saturday", "2026-09-12 09:00", (0, "same day"), "Mon 2026-09-14 17:00"),
    ("elapsed", "2026-09-04 16:50", (30, "minutes"), "Fri 2026-09-04 17:20"),
    ("25 hours in a day", "2026-10-31 12:00", (24, "hours"), "Sun 2026-11-01 11:00"),
    ("a day of 25 hours", "2026-10-31 12:00", (1, "days"), "Sun 2026-11-01 12:00"),
    ("into the hour that is skipped", "2026-03-07 02:30", (1, "days"), "Sun 2026-03-08 03:30"),
    ("weeks", "2026-09-04 18:30", (2, "weeks"), "Fri 2026-09-18 18:30"),
    ("months", "2026-09-04 18:30", (11, "months"), "Wed 2027-08-04 18:30"),
    ("a month's end is clamped", "2027-10-31 09:00", (4, "months"), "Tue 2028-02-29 09:00"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "duration", "wanted"), named(ADDED))
def test_add(start: str, duration: tuple[int, str], wanted: str) -> None:
    calendar = us()
    assert shown(calendar, calendar.add(at(calendar, start), Duration(*duration))) == wanted


SUBTRACTED = [
    ("to opening, not closing", "2026-09-08 10:00", (2, "business hours"), "Tue 2026-09-08 08:00"),
    ("over Labor Day", "2026-09-08 10:00", (3, "business hours"), "Fri 2026-09-04 16:00"),
    ("business days", "2026-09-08 10:00", (1, "business days"), "Fri 2026-09-04 17:00"),
    ("days before an appointment", "2026-09-10 10:00", (7, "days"), "Thu 2026-09-03 10:00"),
    ("a month's end is clamped", "2026-03-31 09:00", (1, "months"), "Sat 2026-02-28 09:00"),
    ("elapsed", "2026-09-08 10:00", (90, "minutes"), "Tue 2026-09-08 08:30"),
    ("same day", "2026-09-08 10:00", (0, "same day"), "Tue 2026-09-08 10:00"),
    ("same day, from closed time", "2026-09-07 10:00", (0, "same day"), "Fri 2026-09-04 17:00"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "duration", "wanted"), named(SUBTRACTED))
def test_subtract(start: str, duration: tuple[int, str], wanted: str) -> None:
    calendar = us()
    assert shown(calendar, calendar.subtract(at(calendar, start), Duration(*duration))) == wanted


SNAPPED = [
    ("in open time it stays", "2026-09-09 10:00", "2026-09-08 10:00", "Wed 2026-09-09 10:00"),
    ("on closing time it stays", "2026-09-09 17:00", "2026-09-08 10:00", "Wed 2026-09-09 17:00"),
    ("at night", "2026-09-09 20:00", "2026-09-08 10:00", "Wed 2026-09-09 17:00"),
    ("on Labor Day", "2026-09-07 12:00", "2026-09-03 10:00", "Fri 2026-09-04 17:00"),
    ("the closing before passed", "2026-09-07 12:00", "2026-09-05 10:00", "Tue 2026-09-08 17:00"),
    ("already past", "2026-09-01 12:00", "2026-09-09 10:00", "Wed 2026-09-09 11:00"),
    ("already past, at night", "2026-09-01 12:00", "2026-09-08 22:00", "Wed 2026-09-09 09:00"),
    ("now is past", "2026-09-09 10:00", "2026-09-09 10:00", "Wed 2026-09-09 11:00"),
]  # fmt: skip


@pytest.mark.parametrize(("t", "now", "wanted"), named(SNAPPED))
def test_snap(t: str, now: str, wanted: str) -> None:
    calendar = us()
    assert shown(calendar, calendar.snap(at(calendar, t), at(calendar, now))) == wanted


def test_a_deadline_in_the_lunch_break_is_when_the_break_begins() -> None:
    calendar = us(hours=WITH_BREAK)
    early, late = at(calendar, "2026-09-09 10:00"), at(calendar, "2026-09-09 12:10")
    assert shown(calendar, calendar.snap(at(calendar, "2026-09-09 12:30"), early)).endswith("12:00")
    assert shown(calendar, calendar.snap(at(calendar, "2026-09-09 12:30"), late)).endswith("17:00")


def test_a_break_is_not_close_of_business() -> None:
    calendar = us(hours=WITH_BREAK)
    evening = at(calendar, "2026-09-08 18:00")
    assert shown(calendar, calendar.next_closing(evening)) == "Wed 2026-09-09 17:00"
    assert shown(calendar, calendar.add(evening, Duration(0, "same day"))).endswith("09-09 17:00")


def test_openings_at_their_edges() -> None:
    calendar = us()
    opening, closing = at(calendar, "2026-09-08 08:00"), at(calendar, "2026-09-08 17:00")
    assert calendar.is_open(opening)
    assert not calendar.is_open(opening - 1)
    assert calendar.is_open(closing - 1)
    assert not calendar.is_open(closing)
    assert calendar.next_open(opening) == opening
    assert shown(calendar, calendar.next_open(closing)) == "Wed 2026-09-09 08:00"
    assert calendar.closing_before(closing) == closing
    assert shown(calendar, calendar.closing_before(closing - 1)) == "Fri 2026-09-04 17:00"
    assert shown(calendar, calendar.next_closing(closing)) == "Wed 2026-09-09 17:00"
    assert calendar.open_ms(at(calendar, "2026-09-04 16:00"), opening + 1800_000) == 5400_000


def test_a_practice_chooses_its_own_holidays_and_closures() -> None:
    own = us(
        holidays=("2026-11-27",),
        not_holidays=("2026-10-12",),
        closures=(("2026-12-23", "2026-12-24", "Staff days"),),
    )
    assert own.is_open(at(own, "2026-10-12 10:00")), "Columbus Day, dropped"
    assert not own.is_open(at(own, "2026-11-27 10:00")), "the day after Thanksgiving, added"
    tuesday = at(own, "2026-12-22 18:00")
    assert shown(own, own.add(tuesday, Duration(1, "business days"))) == "Mon 2026-12-28 17:00"


def test_a_region_has_its_own_holidays() -> None:
    lincoln = "2026-02-12 10:00"
    country, state = us(), us(holiday_region="NY")
    assert country.is_open(at(country, lincoln))
    assert not state.is_open(at(state, lincoln))


def test_a_business_day_without_hours_ends_when_the_day_before_did() -> None:
    calendar = a_calendar(hours="Mo,We,Fr 09:00-16:00")
    sunday, monday_night = at(calendar, "2026-09-06 12:00"), at(calendar, "2026-09-07 20:00")
    two, one = Duration(2, "business days"), Duration(1, "business days")
    assert shown(calendar, calendar.add(sunday, two)) == "Mon 2026-09-07 16:00"
    assert shown(calendar, calendar.add(monday_night, one)) == "Wed 2026-09-09 16:00", "passed"


def test_hours_on_saturday_make_business_hours_but_no_business_day() -> None:
    calendar = a_calendar(hours="Mo-Fr 08:00-17:00; Sa 09:00-12:00")
    friday = at(calendar, "2026-09-11 16:30")
    assert shown(calendar, calendar.add(friday, Duration(1, "business hours"))).endswith("09:30")
    monday = calendar.add(friday, Duration(1, "business days"))
    assert shown(calendar, monday) == "Mon 2026-09-14 17:00"


def test_hours_through_the_night() -> None:
    calendar = a_calendar(hours="24/7")
    night = at(calendar, "2026-12-31 23:30")
    assert calendar.is_open(night)
    later = calendar.add(night, Duration(2, "business hours"))
    assert shown(calendar, later) == "Fri 2027-01-01 01:30"
    assert shown(calendar, calendar.next_closing(night)) == "Fri 2027-01-01 00:00"
    assert calendar.next_open(night) == night


def test_an_opening_the_clocks_skip_is_no_opening() -> None:
    calendar = a_calendar(hours="Mo-Fr 08:00-17:00; Su 02:00-03:00")
    saturday = at(calendar, "2026-03-07 12:00")
    assert shown(calendar, calendar.next_open(saturday)) == "Mon 2026-03-09 08:00"
    assert calendar.open_ms(saturday, calendar.next_open(saturday)) == 0
    week_before = calendar.next_open(at(calendar, "2026-02-28 12:00"))
    assert shown(calendar, week_before) == "Sun 2026-03-01 02:00"


def test_local_dates_and_months() -> None:
    calendar = us()
    night = at(calendar, "2026-09-30 23:59")
    assert calendar.local_date(night) == date(2026, 9, 30)
    assert shown(calendar, calendar.next_morning(night)) == "Thu 2026-10-01 00:00"
    midnight = calendar.next_morning(night)
    assert calendar.next_morning(midnight) == midnight + 86_400_000
    start, end = calendar.month(at(calendar, "2026-12-05 10:00"))
    assert shown(calendar, start) == "Tue 2026-12-01 00:00"
    assert shown(calendar, end) == "Fri 2027-01-01 00:00"


def test_midnight_comes_even_where_clocks_go_back_over_it() -> None:
    calendar = a_calendar(time_zone="America/St_Johns")
    # On 2010-11-07 at 00:01 the clocks went back to 23:01 of the day before.
    second_half_past = at(calendar, "2010-11-06 23:30") + 3600_000
    assert f"{calendar.local(second_half_past):%d %H:%M}" == "06 23:30"
    assert calendar.next_morning(second_half_past) == second_half_past + 1800_000


@pytest.mark.parametrize("hours", ["off", "Mo-Fr 08:00-17:00"])
def test_a_location_that_never_opens_is_said_at_once(hours: str) -> None:
    closed = (("2026-01-01", "2149-12-31", "Sold"),) if hours != "off" else ()
    calendar = a_calendar(hours=hours, closures=closed)
    start = time.process_time()
    with pytest.raises(LaneflowError, match='location "main" never opens after'):
        calendar.add(at(calendar, "2026-09-04 10:00"), Duration(1, "business hours"))
    with pytest.raises(LaneflowError, match="never opens"):
        calendar.deadline(
            at(calendar, "2026-09-04 10:00"), Duration(3, "days"), at(calendar, "2026-09-04 10:00")
        )
    assert time.process_time() - start < 2


@pytest.mark.parametrize("when", ["1850-01-01 10:00", "2500-01-01 10:00"])
def test_years_out_of_reach_are_refused(when: str) -> None:
    calendar = us()
    with pytest.raises(LaneflowError, match="business time is known for"):
        calendar.is_open(at(calendar, when))
    assert str(calendar.local_date(at(calendar, when))) == when[:10]
    with pytest.raises(LaneflowError, match="leads out of the years"):
        calendar.add(at(calendar, when), Duration(9_999_999, "days"))


@pytest.mark.parametrize(
    ("location", "wrong"),
    [
        ({"hours": "Mo-Fr 8-17h"}, 'the hours "Mo-Fr 8-17h" cannot be read'),
        ({"hours": "off"}, "never opens on a business day of 2026"),
        ({"hours": "Sa-Su 09:00-12:00"}, "never opens on a business day of 2026"),
        ({"hours": "2026 Mo-Fr 08:00-17:00"}, "never opens on a business day of 2027"),
        ({"time_zone": "America/Gotham"}, 'there is no time zone "America/Gotham"'),
        ({"holiday_country": "XX"}, 'no public holidays are known for "XX"'),
        ({"holiday_country": "US", "holiday_region": "ZZ"}, 'are known for "US, ZZ"'),
        ({"closures": (("2026-01-01", "2027-06-30", "Rebuilding"),)}, "longer than a year"),
    ],
)  # fmt: skip
def test_a_location_no_date_could_be_told_at_is_refused(
    location: dict[str, object], wrong: str
) -> None:
    assert wrong in str(what_is_wrong(a_location(**location)))


def test_an_ordinary_location_is_fine() -> None:
    closed = (("2026-12-24", "2027-01-02", "Holidays"),)
    assert what_is_wrong(a_location(holiday_country="US", closures=closed)) is None


ANA = a_person(
    "ana",
    "care coordinator",
    "interpreter",
    lunch=("12:00", "12:30"),
    leave=(("2026-12-28", "2026-12-31"),),
    call_offs=("2026-09-10",),
)


@pytest.mark.parametrize(
    ("when", "there"),
    [
        ("2026-09-09 08:00", True),
        ("2026-09-09 07:59", False),
        ("2026-09-09 17:00", False),
        ("2026-09-09 12:00", False),
        ("2026-09-09 12:30", True),
        ("2026-09-12 10:00", False),
        ("2026-09-10 10:00", False),
        ("2026-12-30 10:00", False),
        ("2026-09-07 10:00", False),
    ],
    ids=["start", "early", "end", "lunch", "back", "Saturday", "call-off", "leave", "Labor Day"],
)
def test_who_is_on_duty(when: str, there: bool) -> None:
    gone = a_person("max", "care coordinator", active=False)
    elsewhere = a_person("kim", "care coordinator", shifts=((2, "north", "08:00", "17:00"),))
    practice = a_practice(ANA, gone, elsewhere, location=a_location(holiday_country="US"))
    calendar = Calendar(practice, practice.locations["main"])
    t = at(calendar, when)
    assert calendar.on_duty("care coordinator", t) == (["ana"] if there else [])
    assert calendar.staffed("care coordinator", t) is there
    assert calendar.staffed("interpreter", t) is there
    assert not calendar.staffed("nurse", t)


def test_a_night_shift_belongs_to_the_day_it_starts() -> None:
    nightly = tuple((day, "main", "22:00", "06:00") for day in range(5))
    night = a_person("night", "nurse", shifts=nightly, leave=(("2026-09-09", "2026-09-09"),))
    calendar = a_calendar(night)
    seen = {
        when: calendar.staffed("nurse", at(calendar, f"2026-09-{when}"))
        for when in ["08 23:00", "09 05:00", "09 23:00", "10 05:00", "10 23:00", "12 05:00"]
    }
    assert seen == {
        "08 23:00": True, "09 05:00": True, "09 23:00": False,
        "10 05:00": False, "10 23:00": True, "12 05:00": True,
    }  # fmt: skip
