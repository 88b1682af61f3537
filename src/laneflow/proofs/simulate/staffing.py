"""Who is there: the practice's people as a scenario changes them, and when each is on duty."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace as changed
from datetime import date
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from laneflow.engine.calendar import Calendar
from laneflow.engine.live import Live
from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem, did_you_mean, listing
from laneflow.lanes.entry import Entry
from laneflow.lanes.facts import Names
from laneflow.lanes.meaning import with_hash
from laneflow.lanes.scope import Scope
from laneflow.lanes.yaml import Document
from laneflow.practice.load import known_names
from laneflow.practice.model import LoadedPractice, Person, Practice
from laneflow.practice.people import person as read_person
from laneflow.practice.week import parse_week
from laneflow.practice.zones import DAY, days_from_epoch
from laneflow.proofs.simulate.model import OTHERS, Scenario, Staffing

_MORE = re.compile(
    r"(?:one more|another|\+)\s*(?P<role>.+?)(?: on (?P<days>[A-Z][A-Za-z,\- ]*?))?"
    r"(?: at (?P<place>[a-z][a-z0-9_]*))?\Z"
)
_LESS = re.compile(r"(?:without |-)\s*(?P<person>.+)\Z")


# as written --------------------------------------------------------------------------------------


def read_staffing(practice: Practice, entry: Entry, problems: list[Problem]) -> Staffing:
    """``staffing:`` or one ``what_if:``; what is wrong with it goes to ``problems``."""
    for name, person in entry.entries("add"):
        if name in practice.people:
            what = f'"{name}" works here already'
            problems.append(person.problem(what, "Give somebody new another name.", at_value=False))
    named = [*(e for _, e in entry.entries("away")), *entry.each("without")]
    for one in named:
        name = str(one.path[-1]) if isinstance(one.value, list) else str(one.value)
        if name not in practice.people:
            hint = did_you_mean(name, practice.people, f"There are: {listing(practice.people)}.")
            problems.append(one.problem(f'nobody is called "{name}"', hint))
    for _, spans in entry.entries("away"):
        problems += [
            one.problem("it ends before it begins")
            for one in spans.listed()
            if one.text("to") < one.text("from")
        ]
    without = tuple(str(one.value) for one in entry.each("without"))
    for one in entry.each("without"):
        if one.value == practice.last_resort:
            hint = "Somebody has to be the last to be called."
            problems.append(one.problem(f'"{one.value}" is the last resort', hint))
    return Staffing(_added(practice, entry, problems), _away(entry), without)


def _added(practice: Practice, entry: Entry, problems: list[Problem]) -> tuple[Person, ...]:
    scope = Scope(known_names(practice), Names())
    places: dict[str, Any] = {name: {} for name in practice.locations}
    data = {"locations": places, "languages": list(practice.languages), "notify": {}}
    root = Entry(Document("practice.yaml", data, {}, {}))
    found: list[Person] = []
    for name, one in entry.entries("add"):
        person = read_person(name, one, scope, root)
        for role in one.each("roles"):
            scope.role(role)
        found.append(replace(person, name=person.name or name.replace("_", " "), where=None))
    problems += scope.problems
    return tuple(found)


def _away(entry: Entry) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple(
        (name, tuple((one.text("from"), one.text("to")) for one in spans.listed()))
        for name, spans in entry.entries("away")
    )


def what_if(practice: Practice, text: str) -> Staffing:
    """``one more nurse``, ``one more nurse on Mo,Tu at main`` or ``without luz``.

    Somebody more works as long as whoever has the role already, at their place. Raises
    LaneflowError where it is not understood.
    """
    less, more = _LESS.match(text.strip()), _MORE.match(text.strip())
    if less is not None:
        return Staffing(without=(_leaver(practice, less["person"]),))
    if more is None:
        hint = 'Write for example "one more nurse on Mo,Tu" or "without luz".'
        raise _refused(f'"{text}" is not understood', hint)
    return Staffing(add=(_newcomer(practice, more["role"], more["days"], more["place"]),))


def _leaver(practice: Practice, named: str) -> str:
    for person in practice.people.values():
        if named in (person.id, person.name) and person.id != practice.last_resort:
            return person.id
    hint = did_you_mean(named, practice.people, f"There are: {listing(practice.people)}.")
    if named == practice.last_resort:
        raise _refused(f'"{named}" is the last resort', "Somebody has to be the last to be called.")
    raise _refused(f'nobody is called "{named}"', hint)


def _newcomer(practice: Practice, role: str, days: str | None, place: str | None) -> Person:
    roles = {name for person in practice.people.values() for name in person.roles}
    if role not in roles:
        hint = did_you_mean(role, roles, f"Roles are {listing(sorted(roles))}.")
        raise _refused(f'nobody has the role "{role}"', hint)
    if place is not None and place not in practice.locations:
        hint = did_you_mean(place, practice.locations)
        raise _refused(f'there is no location "{place}"', hint)
    like = [p for p in practice.people.values() if p.active and role in p.roles]
    there = [p for p in like if place is None or any(shift[1] == place for shift in p.shifts)]
    model = (there or like)[0]
    shifts = [shift for shift in model.shifts if place is None or shift[1] == place]
    if days is not None:
        week = parse_week(f"{days.replace(' ', '')} 08:00-17:00")
        if week is None:
            raise _refused(f'"{days}" are not days', "Write for example Mo,Tu or Mo-We.")
        wanted = {day for day, _, _ in week}
        shifts = [shift for shift in shifts if shift[0] in wanted]
    if not shifts:
        hint = f"{model.name}, whose hours it would be, does not work then."
        raise _refused("it would be nobody on no day", hint)
    id_ = next(f"more_{n}" for n in range(1, 1000) if f"more_{n}" not in practice.people)
    return replace(
        model, id=id_, name=f"One more {role}", roles=(role,), shifts=tuple(shifts),
        leave=(), call_offs=(), where=None,
    )  # fmt: skip


def _refused(what: str, hint: str) -> LaneflowError:
    return LaneflowError(Problem("--what-if", 0, 0, what, hint))


# put to work -------------------------------------------------------------------------------------


def staffed(loaded: LoadedPractice, *changes: Staffing) -> LoadedPractice:
    """The practice with these people: some more, some away, some not there at all."""
    people = dict(loaded.practice.people)
    for change in changes:
        people |= {person.id: person for person in change.add}
        for id_, spans in change.away:
            people[id_] = replace(people[id_], leave=(*people[id_].leave, *spans))
        for id_ in change.without:
            people[id_] = replace(people[id_], active=False)
    practice = replace(loaded.practice, people=people)
    return replace(loaded, practice=with_hash(practice))


def with_what_if(scenario: Scenario, practice: Practice, texts: tuple[str, ...]) -> Scenario:
    """The scenario with what was asked on the command line."""
    asked = tuple((text, what_if(practice, text)) for text in texts)
    return changed(scenario, what_if=(*scenario.what_if, *asked))


def share_of(person: Person, available: Mapping[str, float]) -> float:
    """How much of their working day somebody has for this work, from above 0 to 1.

    Their own share goes before their roles', of which the largest counts.
    """
    if person.id in available:
        return available[person.id]
    shares = [available[role] for role in person.roles if role in available]
    return max(shares) if shares else available.get(OTHERS, 1.0)


class Duty:
    """When everybody is on duty between two instants, whatever the location."""

    def __init__(self, live: Live, since: Instant, until: Instant) -> None:
        self._starts: dict[str, list[Instant]] = {}
        self._ends: dict[str, list[Instant]] = {}
        for person in live.practice.people.values():
            stretches = _merged(_stretches(live, person, since, until)) if person.active else []
            self._starts[person.id] = [start for start, _ in stretches]
            self._ends[person.id] = [end for _, end in stretches]

    def on_duty(self, person: str, at: Instant) -> bool:
        """Whether somebody is on duty."""
        index = bisect_right(self._starts[person], at) - 1
        return index >= 0 and at < self._ends[person][index]

    def stretches(self, person: str) -> list[tuple[Instant, Instant]]:
        """Everything they work, in order."""
        return list(zip(self._starts[person], self._ends[person], strict=True))

    def edges(self) -> list[Instant]:
        """Every instant at which somebody comes or goes."""
        return sorted(
            {at for ends in (self._starts, self._ends) for each in ends.values() for at in each}
        )


def _stretches(
    live: Live, person: Person, since: Instant, until: Instant
) -> list[tuple[Instant, Instant]]:
    """Stretches of duty, found by asking the calendars on both sides of every edge there may be."""
    found: list[tuple[Instant, Instant]] = []
    for place in {shift[1] for shift in person.shifts}:
        calendar = live.calendar(place)
        edges = _edges(calendar, person, place, since, until)
        for start, end in pairwise(edges):
            if any(person.id in calendar.on_duty(role, start) for role in person.roles):
                found.append((start, end))
    return found


def _edges(
    calendar: Calendar, person: Person, place: str, since: Instant, until: Instant
) -> list[Instant]:
    times = {text for _, at, *span in person.shifts if at == place for text in span}
    times |= set(person.lunch or ())
    first = days_from_epoch(calendar.local_date(since))
    last = days_from_epoch(calendar.local_date(until))
    found = {since, until}
    for day in range(first, last + 1):
        for minute in {0, *map(_minute, times)}:
            at = calendar.zone.instant(day * DAY + minute * 60_000)
            if since < at < until:
                found.add(at)
    return sorted(found)


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _merged(stretches: list[tuple[Instant, Instant]]) -> list[tuple[Instant, Instant]]:
    merged: list[tuple[Instant, Instant]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def weekday(calendar: Calendar, at: Instant) -> int:
    """The local weekday, 0 for Monday."""
    return date.weekday(calendar.local_date(at))
