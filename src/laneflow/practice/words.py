"""Instants, people and places as they are said: the one home of dates in words."""

from __future__ import annotations

from datetime import datetime
from typing import overload

from laneflow.practice.model import Practice
from laneflow.practice.zones import zone as zone_named


def local(at: int, zone: str) -> datetime:
    """An instant (milliseconds since 1970) on the wall of ``zone``."""
    return zone_named(zone).moment(at)


@overload
def iso(at: int, zone: str) -> str: ...
@overload
def iso(at: int | None, zone: str) -> str | None: ...
def iso(at: int | None, zone: str) -> str | None:
    """ISO 8601 with ``zone``'s offset, to the second; None stays None."""
    return None if at is None else local(at, zone).isoformat(timespec="seconds")


def spoken(at: int | None, zone: str) -> str:
    """An instant for people, with its zone named: ``Tue 8 Sep 2026 17:00 EDT``; "" for None."""
    if at is None:
        return ""
    moment = local(at, zone)
    return f"{moment:%a} {moment.day} {moment:%b %Y %H:%M %Z}"


def zone_of(practice: Practice, location: str) -> str:
    """The time zone of a location; the practice's own where the location is not known."""
    known = practice.locations.get(location)
    return known.time_zone if known else practice.time_zone


def place_of(practice: Practice, location: str) -> str:
    """A location's name; its id where practice.yaml does not know it (any longer)."""
    known = practice.locations.get(location)
    return known.name if known else location


def name_of(practice: Practice, person: str) -> str:
    """A person's name; their id where they are not (any longer) in practice.yaml."""
    known = practice.people.get(person)
    return known.name if known else person
