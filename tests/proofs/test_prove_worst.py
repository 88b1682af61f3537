"""The longest wait is what trying every minute finds, and no more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laneflow.engine.calendar import Calendar
from laneflow.engine.state import Instant
from laneflow.lanes.model import Duration
from laneflow.practice.model import Rung
from laneflow.practice.zones import DAY, MINUTE, zone
from laneflow.proofs.prove.worst import Waits
from small_practice import a_location, a_person, a_practice

HOURS = (
    "Mo-Fr 08:00-17:00",
    "Mo-Th 09:00-12:00,13:00-18:00; Fr 09:00-15:00",
    "Mo-Su 00:00-24:00",
    "Mo,Tu 22:00-24:00; We 00:00-06:00; Th 10:30-11:15",
    "Mo-Fr 01:00-04:00",
)
ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kolkata")
# The clocks change in these: autumn and spring, there and here; and around the turn of the year.
STARTS = ("2026-10-19", "2026-12-14", "2027-03-08", "2027-01-22")


def at(text: str, zone_name: str) -> Instant:
    from datetime import datetime

    return zone(zone_name).at(datetime.fromisoformat(text))


spans = st.one_of(
    st.builds(
        Duration,
        st.integers(0, 50),
        st.sampled_from(["hours", "business hours"]),
    ),
    st.builds(Duration, st.integers(0, 900), st.just("minutes")),
    st.builds(Duration, st.integers(0, 9), st.sampled_from(["days", "business days"])),
    st.builds(Duration, st.integers(1, 2), st.sampled_from(["weeks", "months"])),
    st.just(Duration(0, "same day")),
)


@st.composite
def settings_of(draw: st.DrawFn) -> dict[str, Any]:
    """A location, and three weeks of its time that begin anywhere."""
    name = draw(st.sampled_from(ZONES))
    start = at(draw(st.sampled_from(STARTS)), name) + draw(st.integers(0, 3 * 24 * 60)) * MINUTE
    location = a_location(
        hours=draw(st.sampled_from(HOURS)),
        time_zone=name,
        holiday_country=draw(st.sampled_from([None, "US"])),
        closures=draw(st.sampled_from([(), (("2026-12-23", "2026-12-24", "Rest"),)])),
    )
    return {"location": location, "start": start}


def waits(given_: dict[str, Any], days: int = 21, **practice: Any) -> Waits:
    practice_ = a_practice(
        a_person("nia", "nurse", lunch=("12:00", "12:30"), leave=(("2026-12-28", "2026-12-29"),)),
        location=given_["location"],
        **practice,
    )
    calendars = {"main": Calendar(practice_, given_["location"])}
    return Waits(practice_, calendars, given_["start"], given_["start"] + days * DAY)


def every(held: Waits, step: Instant) -> range:
    edges = held.edges["main"]
    return range(edges.start, edges.end + 1, step)


@settings(max_examples=120, deadline=None)
@given(settings_of(), spans, st.booleans(), st.booleans())
def test_no_quarter_of_an_hour_waits_longer(
    place: dict[str, Any], span: Duration, at_once: bool, plain: bool
) -> None:
    held = waits(place)
    most, since = held.alone("main", span, at_once, plain)
    tried = [
        held.told("main", held.due("main", t, span, plain), at_once) - t
        for t in every(held, 15 * MINUTE)
    ]
    assert most >= max(tried)
    assert held.told("main", held.due("main", since, span, plain), at_once) - since == most


@settings(max_examples=60, deadline=None)
@given(settings_of(), spans, spans, st.booleans(), st.booleans())
def test_of_two_dates_the_sooner_calls(
    place: dict[str, Any], one: Duration, other: Duration, at_once: bool, other_at_once: bool
) -> None:
    held = waits(place, days=14)
    most, _ = held.either("main", one, at_once, other, other_at_once)
    for t in every(held, 15 * MINUTE):
        first = held.told("main", held.due("main", t, one), at_once)
        second = held.told("main", held.due("main", t, other), other_at_once)
        assert min(first, second) - t <= most


@settings(max_examples=60, deadline=None)
@given(settings_of(), spans, st.booleans())
def test_a_rung_passes_on_no_later(place: dict[str, Any], within: Duration, at_once: bool) -> None:
    from laneflow.engine.ladder import staffed

    held = waits(place, days=14)
    calendar = held.edges["main"].calendar
    found = held.rung("main", Rung("nurse", within), at_once)
    for t in every(held, 15 * MINUTE):
        if (at_once or calendar.is_open(t)) and staffed(calendar, "nurse", t, at_once):
            assert found is not None
            assert held.told("main", calendar.add(t, within), at_once) - t <= found[0]


@pytest.mark.parametrize(
    "span",
    [
        Duration(2, "business days"),
        Duration(6, "business hours"),
        Duration(30, "hours"),
        Duration(3, "days"),
        Duration(1, "months"),
        Duration(0, "same day"),
        Duration(0, "minutes"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_every_minute_of_two_weeks_finds_the_same(span: Duration, at_once: bool) -> None:
    place = {
        "location": a_location(holiday_country="US", closures=(("2026-12-24", "2026-12-24", ""),)),
        "start": at("2026-12-20", "America/New_York"),
    }
    held = waits(place, days=14)
    tried = max(
        held.told("main", held.due("main", t, span), at_once) - t for t in every(held, MINUTE)
    )
    most, _ = held.alone("main", span, at_once)
    assert most == tried


NEW_YORK = {"location": a_location(holiday_country="US"), "start": at("2026-11-16", ZONES[0])}


@pytest.mark.parametrize(
    ("span", "at_once", "since", "hours"),
    [
        # Thanksgiving is Thursday the 26th. From Wednesday's first moment one business day ends on
        # Friday at closing, told on Monday at opening: 5 days and 8 hours.
        (Duration(1, "business days"), False, "2026-11-25 00:00", 5 * 24 + 8),
        # Told at once it is Friday at closing: 2 days 17 hours. From Saturday's first moment it is
        # Monday's closing, and from Friday's too: 3 days 17 hours.
        (Duration(1, "business days"), True, "2026-11-20 00:00", 3 * 24 + 17),
        # From Wednesday's closing, four hours are over at 21:00: closed, so Friday's closing, told
        # on Monday at opening: 4 days 15 hours.
        (Duration(4, "hours"), False, "2026-11-25 17:00", 4 * 24 + 15),
        # From Wednesday's closing, four business hours are over on Friday at noon.
        (Duration(4, "business hours"), True, "2026-11-20 13:00:00.001", 67),
    ],
)
def test_worked_by_hand(span: Duration, at_once: bool, since: str, hours: int) -> None:
    held = waits(NEW_YORK, days=13)
    most, when = held.alone("main", span, at_once)
    assert (most / 3_600_000, when) == (hours, at(since, ZONES[0]))


def test_a_ladder_passes_on_through_leave() -> None:
    """The nurse is away on the 28th and 29th: the last time she is told before is the 24th."""
    place = {"location": a_location(), "start": at("2026-12-21", ZONES[0])}
    held = waits(place, days=10)
    found = held.rung("main", Rung("nurse", Duration(1, "business days")), False)
    # Told on Thursday at opening, she has until Friday's closing; the next is told on Monday.
    assert found == (4 * DAY, at("2026-12-24 08:00", ZONES[0]))
