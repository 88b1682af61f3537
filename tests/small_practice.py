"""A practice small enough to work out by hand, for tests of time and people."""

from __future__ import annotations

from typing import Any

from laneflow.engine.calendar import Calendar
from laneflow.practice.model import Location, Person, Practice

WEEK = range(5)


def a_location(**given: Any) -> Location:
    """One site in New York, open Mon-Fri 08:00-17:00, without holidays unless given."""
    usual: dict[str, Any] = {
        "id": "main",
        "name": "Main Street",
        "time_zone": "America/New_York",
        "hours": "Mo-Fr 08:00-17:00",
    }
    return Location(**(usual | given))


def a_person(id: str, *roles: str, **given: Any) -> Person:
    """Somebody who works Mon-Fri 08:00-17:00 at ``main`` unless given otherwise."""
    shifts = tuple((day, "main", "08:00", "17:00") for day in WEEK)
    return Person(**({"id": id, "name": id.title(), "roles": roles, "shifts": shifts} | given))


def a_practice(*people: Person, location: Location | None = None, **given: Any) -> Practice:
    """A practice of these people at one location; ``lee`` is last resort, ``pat`` on call."""
    location = location or a_location()
    ends = (a_person("lee", "owner", shifts=()), a_person("pat", "provider", shifts=()))
    usual: dict[str, Any] = {
        "name": "Small Practice",
        "phone": "555-0100",
        "time_zone": location.time_zone,
        "languages": ("en", "es"),
        "locations": {location.id: location},
        "tiers": ("urgent", "high", "routine"),
        "people": {person.id: person for person in (*people, *ends)},
        "last_resort": "lee",
        "on_call": "pat",
        "manager_role": "practice manager",
        "default_backup": "front desk lead",
        "default_ladder": "standard",
        "ladders": {},
        "escalations": (),
        "barriers": {},
        "windows": {},
    }
    return Practice(**(usual | given))


def a_calendar(*people: Person, **location: Any) -> Calendar:
    """The calendar of the small practice's one location."""
    practice = a_practice(*people, location=a_location(**location))
    return Calendar(practice, practice.locations["main"])
