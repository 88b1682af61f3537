"""When a patient is left in peace, worked out by hand."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

import cast
from laneflow.engine.state import Instant
from laneflow.practice.contact import Hold, hold

EAST, WEST = "America/New_York", "America/Los_Angeles"
FRIDAY = "2026-09-11 17:00"  # in every test the task is due then, in New York


def t(text: str, zone: str = EAST) -> Instant:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def held(
    at: str,
    *contacts: str,
    zone: str = EAST,
    channel: str = "phone",
    tier: str = "routine",
    due: str = FRIDAY,
    cap: tuple[int, int] = (1, 3),
) -> str | None:
    """Until when, as the patient's own clock shows it."""
    found = _hold(at, *contacts, zone=zone, channel=channel, tier=tier, due=due, cap=cap)
    if found is None:
        return None
    return datetime.fromtimestamp(found.until / 1000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _hold(
    at: str, *contacts: str, zone: str, channel: str, tier: str, due: str, cap: tuple[int, int]
) -> Hold | None:
    practice = cast.practice(contact_hours=("08:00", "21:00"), contact_cap=cap)
    when = [t(contact, zone) for contact in contacts]
    return hold(practice, zone, tier, t(due), when, channel, t(at))


def test_half_past_eight_in_new_york_is_half_past_five_in_los_angeles() -> None:
    assert held("2026-09-08 08:30") is None
    assert held("2026-09-08 08:30", zone=WEST) == "2026-09-08 08:00"
    found = _hold("2026-09-08 08:30", zone=WEST, channel="sms", tier="high", due=FRIDAY, cap=(1, 3))
    assert found is not None
    assert found.until == t("2026-09-08 11:00")
    assert found.why == "it is 05:30 for the patient; contact hours are 08:00 to 21:00"


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-09-08 07:59", "2026-09-08 08:00"),
        ("2026-09-08 08:00", None),
        ("2026-09-08 20:59", None),
        ("2026-09-08 21:00", "2026-09-09 08:00"),
    ],
)
def test_contact_hours_begin_and_end_on_the_minute(at: str, until: str | None) -> None:
    assert held(at) == until


def test_the_night_the_clocks_change() -> None:
    # Saturday evening to Sunday morning: one hour less in March, one more in November.
    for day, hours in (("2026-03-07", 10), ("2026-10-31", 12)):
        at = f"{day} 21:00"
        found = _hold(
            at, zone=EAST, channel="phone", tier="high", due="2026-12-01 17:00", cap=(1, 3)
        )
        assert found is not None
        assert found.until - t(at) == hours * 3_600_000


def test_once_a_day_in_the_patients_own_days() -> None:
    assert held("2026-09-08 15:00", "2026-09-08 09:00") == "2026-09-09 08:00"
    assert held("2026-09-08 15:00", "2026-09-07 20:00") is None
    # 22:30 on Monday in Los Angeles is already Tuesday in New York.
    assert held("2026-09-08 15:00", "2026-09-07 22:30", zone=WEST) is None
    assert held("2026-09-08 15:00", "2026-09-08 09:00", cap=(2, 3)) is None


def test_three_in_seven_days() -> None:
    three = ("2026-09-02 10:00", "2026-09-04 10:00", "2026-09-07 10:00")
    # The first of them is seven days old on the 9th.
    assert held("2026-09-08 15:00", *three) == "2026-09-09 08:00"
    assert held("2026-09-09 09:00", *three) is None
    assert held("2026-09-08 15:00", *three, cap=(1, 4)) is None
    found = _hold(
        "2026-09-08 15:00", *three, zone=EAST, channel="phone", tier="high", due=FRIDAY, cap=(1, 3)
    )
    assert found is not None
    assert found.why == "contacted 3 times in 7 days; at most 1 a day and 3 a week"


def test_at_night_the_cap_is_asked_about_the_morning() -> None:
    assert held("2026-09-08 22:00", "2026-09-08 09:00") == "2026-09-09 08:00"
    three = ("2026-09-07 10:00", "2026-09-08 10:00", "2026-09-08 11:00")
    assert held("2026-09-08 22:00", *three, due="2026-12-01 17:00") == "2026-09-14 08:00"


def test_nothing_is_held_past_its_date() -> None:
    full = ("2026-09-08 08:00", "2026-09-08 09:00", "2026-09-08 10:00")
    assert held("2026-09-08 15:00", *full, due="2026-09-30 17:00") == "2026-09-15 08:00"
    assert held("2026-09-08 15:00", *full) == "2026-09-11 08:00", "the morning it is due"
    assert held("2026-09-11 09:00", *full) is None, "due today"
    assert held("2026-09-11 18:00", *full) is None, "overdue"
    assert held("2026-09-11 07:00", due="2026-09-11 07:30") == "2026-09-11 07:30"


def test_what_is_never_held() -> None:
    contact = "2026-09-08 09:00"
    for at in ("2026-09-08 15:00", "2026-09-08 04:00"):
        assert held(at, contact, channel="letter") is None
        assert held(at, contact, channel="") is None
        assert held(at, contact, channel="fax") is None
        assert held(at, contact, tier="urgent") is None
    assert held("2026-09-08 15:00", contact, channel="portal") is not None


def test_contacts_to_come_do_not_count() -> None:
    assert held("2026-09-08 15:00", "2026-09-08 16:00") is None
