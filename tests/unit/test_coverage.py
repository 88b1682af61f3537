"""Who owns a case, and who covers when the owner cannot. It is Wednesday, 2026-09-09."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

import msgspec
import pytest

from laneflow.engine.calendar import Calendar
from laneflow.practice.coverage import Cover, assign, cover, last_to_call
from laneflow.practice.model import Person, Practice
from small_practice import a_location, a_person, a_practice

COORDINATOR = "care coordinator"
ANA = a_person("ana", COORDINATOR, most_open_tasks=10)
BEN = a_person("ben", "front desk lead", most_open_tasks=10)
CAL = a_person("cal", COORDINATOR, most_open_tasks=10)
DEE = a_person("dee", COORDINATOR, most_open_tasks=10, languages=("en", "es-MX"))
MEG = a_person("meg", "practice manager")
MORNING = ((2, "main", "08:00", "12:00"),)
GONE = {"leave": (("2026-09-07", "2026-09-11"),)}


def covering(
    *people: Person,
    when: str = "2026-09-09 10:00",
    language: str | None = None,
    load: dict[str, int] | None = None,
    **practice: Any,
) -> Cover:
    """Who covers for ana, whose backup is ben."""
    small = a_practice(*people, **practice)
    places = [a_location(id=name, name=name.title()) for name in ("main", "north")]
    calendars = [Calendar(small, place) for place in places]
    at = calendars[0].instant(datetime.fromisoformat(when))
    return cover(small, calendars, "ana", "ben", COORDINATOR, at, language, load)


def but(person: Person, **changes: Any) -> Person:
    return msgspec.structs.replace(person, **changes)


def test_the_owner_does_their_own_work() -> None:
    assert covering(ANA, BEN, CAL, MEG) == Cover("ana", "owner", "")


@pytest.mark.parametrize(
    ("ana", "when", "why"),
    [
        (but(ANA, **GONE), "2026-09-09 10:00", "Ana is on leave"),
        (but(ANA, call_offs=("2026-09-09",)), "2026-09-09 10:00", "Ana called off today"),
        (but(ANA, lunch=("12:00", "12:30")), "2026-09-09 12:10", "Ana is at lunch"),
        (but(ANA, shifts=MORNING), "2026-09-09 14:00", "Ana is not on duty"),
        (but(ANA, active=False), "2026-09-09 10:00", "Ana no longer works here"),
    ],
    ids=["leave", "call-off", "lunch", "shift over", "gone"],
)  # fmt: skip
def test_the_backup_covers_an_absent_owner(ana: Person, when: str, why: str) -> None:
    assert covering(ana, BEN, CAL, MEG, when=when) == Cover("ben", "backup", why)


def test_the_owner_is_back_after_lunch() -> None:
    ana = but(ANA, lunch=("12:00", "12:30"))
    assert covering(ana, BEN, when="2026-09-09 12:30").person == "ana"


def test_overflow_goes_to_the_backup() -> None:
    assert covering(ANA, BEN, CAL, load={"ana": 9}).person == "ana"
    overflow = covering(ANA, BEN, CAL, load={"ana": 10})
    assert overflow == Cover("ben", "backup", "Ana has 10 open tasks")


def test_then_the_role_then_the_manager() -> None:
    away, full = but(BEN, **GONE), {"ana": 10}
    assert covering(ANA, away, CAL, MEG, load=full).standing == "role"
    assert covering(ANA, away, CAL, MEG, load=full).person == "cal"
    everyone = {"ana": 10, "cal": 11}
    assert covering(ANA, away, CAL, MEG, load=everyone) == Cover(
        "meg", "manager", "Ana has 10 open tasks"
    )


def test_when_everybody_is_full_the_owner_keeps_it() -> None:
    meg = but(MEG, most_open_tasks=1)
    load = {"ana": 10, "ben": 10, "cal": 10, "meg": 1}
    assert covering(ANA, BEN, CAL, meg, load=load) == Cover("ana", "owner", "")


def test_out_of_hours_it_is_whoever_is_on_call_else_the_last_resort() -> None:
    night = "2026-09-09 22:00"
    assert covering(ANA, BEN, MEG, when=night) == Cover("pat", "on call", "Ana is not on duty")
    ends = {"on_call": "ben"}
    assert covering(ANA, BEN, when=night, **ends).person == "ben"
    for away in (but(BEN, **GONE), but(BEN, active=False)):
        assert covering(ANA, away, when=night, **ends).standing == "last resort"
        assert covering(ANA, away, when=night, **ends).person == "lee"


def test_the_patients_language_goes_before_load() -> None:
    away = but(ANA, **GONE), but(BEN, **GONE)
    load = {"cal": 1, "dee": 7}
    assert covering(*away, CAL, DEE, load=load).person == "cal"
    assert covering(*away, CAL, DEE, load=load, language="es").person == "dee"
    assert covering(*away, CAL, DEE, load=load, language="fr").person == "cal"
    assert covering(*away, CAL, DEE, load={"cal": 1, "dee": 10}, language="es").person == "cal"


def test_the_owner_keeps_a_patient_whose_language_another_speaks() -> None:
    assert covering(ANA, DEE, language="es").person == "ana"


NORTH = tuple((day, "north", "08:00", "17:00") for day in range(5))


def test_an_owner_at_work_elsewhere_does_their_work_from_there() -> None:
    """It had gone to the backup, because "Ana is not on duty", while she sat at the other desk."""
    assert covering(but(ANA, shifts=NORTH), BEN, CAL, MEG) == Cover("ana", "owner", "")
    there = but(ANA, shifts=NORTH, lunch=("12:00", "12:30"))
    assert covering(there, BEN, when="2026-09-09 12:10") == Cover(
        "ben", "backup", "Ana is at lunch"
    )


def test_the_role_elsewhere_goes_before_the_manager_here() -> None:
    away = but(ANA, **GONE), but(BEN, **GONE)
    north = but(CAL, shifts=NORTH)
    assert covering(*away, north, MEG) == Cover("cal", "role", "Ana is on leave")
    assert covering(*away, north, DEE, MEG).person == "dee", "whoever holds it here goes first"
    assert covering(*away, north, MEG, load={"cal": 10}).person == "meg"
    assert covering(*away, but(MEG, shifts=NORTH)).standing == "manager"


def owners(practice: Practice, *, location: str = "main", cases: int = 900) -> dict[str, str]:
    seeds = (f"case-{n}" for n in range(cases))
    return {seed: assign(practice, COORDINATOR, location, seed) for seed in seeds}


def test_owners_are_spread_evenly_and_stay() -> None:
    three = owners(a_practice(ANA, CAL, DEE))
    assert three == owners(a_practice(DEE, CAL, ANA)), "whatever the order in practice.yaml"
    assert all(250 < share < 350 for share in Counter(three.values()).values())
    two = owners(a_practice(ANA, but(CAL, active=False), DEE))
    assert {s: o for s, o in three.items() if o != "cal"} == {
        s: o for s, o in two.items() if three[s] != "cal"
    }
    assert set(two.values()) == {"ana", "dee"}


def test_leave_does_not_change_who_owns_a_case() -> None:
    away = but(ANA, **GONE)
    assert owners(a_practice(away, CAL)) == owners(a_practice(ANA, CAL))


def test_an_owner_works_at_the_cases_location_if_anybody_does() -> None:
    north = but(DEE, shifts=((0, "north", "08:00", "17:00"),))
    practice = a_practice(ANA, CAL, north)
    assert set(owners(practice, location="north").values()) == {"dee"}
    assert set(owners(practice, location="south").values()) == {"ana", "cal", "dee"}


def test_a_role_nobody_holds_falls_to_the_last_resort() -> None:
    assert assign(a_practice(ANA), "nurse", "main", "case-1") == "lee"


def test_the_backup_is_not_the_owner_where_another_can_be_had() -> None:
    practice = a_practice(ANA, CAL)
    for seed, owner in owners(practice, cases=50).items():
        assert assign(practice, COORDINATOR, "main", seed, other_than=owner) != owner
    alone = a_practice(ANA)
    assert assign(alone, COORDINATOR, "main", "case-1", other_than="ana") == "ana"


@pytest.mark.parametrize(
    ("lee", "pat", "by_day", "at_night"),
    [
        ({}, {}, "lee", "pat"),
        ({"leave": (("2026-09-07", "2026-09-11"),)}, {}, "pat", "pat"),
        ({}, {"call_offs": ("2026-09-08",)}, "lee", "lee"),
        ({"active": False}, {"call_offs": ("2026-09-08",)}, None, None),
    ],
)
def test_the_last_to_be_called(
    lee: dict[str, Any], pat: dict[str, Any], by_day: str | None, at_night: str | None
) -> None:
    people = {"lee": a_person("lee", "owner", **lee), "pat": a_person("pat", "provider", **pat)}
    practice = msgspec.structs.replace(a_practice(), people=people)
    today = date(2026, 9, 8)
    assert last_to_call(practice, today, open_now=True) == by_day
    assert last_to_call(practice, today, open_now=False) == at_night
