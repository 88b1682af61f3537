"""Who is on duty at one location, by role, indexed by local date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from laneflow.practice.model import Person, Practice
from laneflow.practice.zones import DAY, HOUR, MINUTE, day_to_date

Watch = tuple[int, int, str]
"""(start, end, person id): on duty from start until end, in milliseconds of the local day."""

_MOST_DATES_KEPT = 4096


class Rota:
    """The shifts of a location's active people, less lunch, leave and days called off.

    ``is_shut`` says of a day (since 1970-01-01) whether the location keeps a holiday or closure;
    nobody is on duty then. A shift that ends at or before it starts runs into the next day, and
    belongs to the day it starts: leave takes it whole.
    """

    def __init__(self, practice: Practice, location: str, is_shut: Callable[[int], bool]) -> None:
        self._is_shut = is_shut
        self._people: dict[str, list[Person]] = {}
        self._location = location
        for person in practice.people.values():
            if person.active and any(shift[1] == location for shift in person.shifts):
                for role in person.roles:
                    self._people.setdefault(role, []).append(person)
        self._watches: dict[tuple[str, int], tuple[Watch, ...]] = {}

    def on_duty(self, role: str, local: int) -> list[str]:
        """The people with ``role`` on duty at a local time, in the order of practice.yaml."""
        found: list[str] = []
        for start, end, person in self.watches(role, local // DAY):
            if start <= local % DAY < end and person not in found:
                found.append(person)
        return found

    def staffed(self, role: str, local: int) -> bool:
        """Whether anybody with ``role`` is on duty at a local time."""
        time = local % DAY
        watches = self.watches(role, local // DAY)
        return any(start <= time < end for start, end, _ in watches)

    def watches(self, role: str, day: int) -> tuple[Watch, ...]:
        """Everybody's stretches on duty with ``role`` on a day (since 1970-01-01)."""
        key = (role, day)
        found = self._watches.get(key)
        if found is None:
            if len(self._watches) >= _MOST_DATES_KEPT:
                self._watches.clear()
            found = self._watches[key] = tuple(self._watches_of(role, day))
        return found

    def _watches_of(self, role: str, day: int) -> list[Watch]:
        found: list[Watch] = []
        for person in self._people.get(role, ()):
            stretches = self._shifts(person, day)
            if person.lunch:
                stretches = _without(stretches, _time(person.lunch[0]), _time(person.lunch[1]))
            found.extend((start, end, person.id) for start, end in stretches)
        return found

    def _shifts(self, person: Person, day: int) -> list[tuple[int, int]]:
        """A person's stretches of work on ``day``: today's shifts, and last night's that run on."""
        stretches: list[tuple[int, int]] = []
        today, yesterday = self._works(person, day), self._works(person, day - 1)
        for weekday, location, first, last in person.shifts:
            if location != self._location:
                continue
            start, end = _time(first), _time(last)
            over_night = end <= start
            if today and weekday == _weekday(day):
                stretches.append((start, DAY if over_night else end))
            if yesterday and over_night and weekday == _weekday(day - 1):
                stretches.append((0, end))
        return sorted(stretches)

    def _works(self, person: Person, day: int) -> bool:
        return not self._is_shut(day) and not is_away(person, day_to_date(day))


def is_away(person: Person, day: date) -> bool:
    """Whether somebody is on leave, or has called off, on a local date."""
    text = day.isoformat()
    return text in person.call_offs or any(first <= text <= last for first, last in person.leave)


def _without(stretches: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    left = [(first, min(last, start)) for first, last in stretches]
    right = [(max(first, end), last) for first, last in stretches]
    return sorted({(first, last) for first, last in left + right if first < last})


def _weekday(day: int) -> int:
    return (day + 3) % 7  # 1970-01-01 was a Thursday, weekday 3


def _time(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE
