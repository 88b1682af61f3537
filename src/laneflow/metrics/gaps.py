"""Owns coverage gaps: when in the next days nobody is on duty whom lanes and ladders count on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from laneflow.practice.model import LoadedPractice, Practice
from laneflow.practice.rota import is_away
from laneflow.practice.zones import HOUR, MINUTE
from laneflow.proofs.check.duty import Hole, holes

DAYS = 14
"""So far ahead is looked: long enough to ask somebody in."""


def gaps(
    loaded: LoadedPractice, locations: Collection[str], today: date, days: int = DAYS
) -> list[dict[str, Any]]:
    """The gaps at some locations, the soonest first; leave, days called off and holidays count.

    Each: location, day (date), start, end ("HH:MM"), roles (one of them would do; empty where
    nobody at all is there), away (ids of those of them who are away that day). One day's gap that
    several lanes and ladders feel is told once, of the fewest roles.
    """
    told: dict[tuple[str, date, int, int], list[Hole]] = {}
    for hole in holes(loaded, today, days):
        if hole.location in locations:
            told.setdefault((hole.location, hole.day, hole.start, hole.end), []).append(hole)
    return [_gap(loaded.practice, hole) for same in told.values() for hole in _narrowest(same)]


def _narrowest(same: list[Hole]) -> list[Hole]:
    """Of gaps of the very same hours those that no other one implies."""
    return [
        hole
        for n, hole in enumerate(same)
        if not any(
            set(other.roles) > set(hole.roles) or (other.roles == hole.roles and m < n)
            for m, other in enumerate(same)
        )
    ]


def _gap(practice: Practice, hole: Hole) -> dict[str, Any]:
    people = [
        person.id
        for person in practice.people.values()
        if person.active
        and is_away(person, hole.day)
        and set(person.roles) & set(hole.roles)
        and any(shift[1] == hole.location for shift in person.shifts)
    ]
    return {
        "location": hole.location,
        "day": hole.day,
        "start": _clock(hole.start),
        "end": _clock(hole.end),
        "roles": () if hole.everybody else hole.roles,
        "away": people,
    }


def _clock(time: int) -> str:
    return f"{time // HOUR:02}:{time % HOUR // MINUTE:02}"
