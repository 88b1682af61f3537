"""Open hours with nobody on duty, and places where owner and backup are one person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from msgspec.structs import replace as replace_

from laneflow.errors import Problem, listing
from laneflow.lanes.model import Lane
from laneflow.lanes.yaml import Document
from laneflow.practice.coverage import holders
from laneflow.practice.hours import closed_days, openings
from laneflow.practice.model import LoadedPractice, Location, Practice
from laneflow.practice.rota import Rota
from laneflow.practice.week import parse_week
from laneflow.practice.zones import DAY, HOUR, MINUTE, day_to_date, days_from_epoch

DAYS = 60
_LUNCH = HOUR
"""Where several could answer, they may all be away for less than this."""
_SHORT = 2 * HOUR
"""The same where only one role is asked: the next rung, a backup or the manager answers then."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_REGULAR = 3
"""So many times at the same hour of the same weekday, and never otherwise, is every week."""

Span = tuple[int, int]
"""(start, end) in milliseconds of one local day."""


@dataclass(frozen=True, slots=True)
class _Need:
    """Roles of which one must be on duty, and from what length on their absence counts."""

    roles: tuple[str, ...]
    who: str
    least: int


def find_gaps(loaded: LoadedPractice, document: Document, today: date) -> Iterator[Problem]:
    """A warning for every hole in the open hours of the next 60 days, by location.

    ``document`` is practice.yaml. Leave, days called off, holidays and closures count as they do
    for the engine; what comes again every week is told once.
    """
    needs = list(_needs(loaded))
    for location in loaded.practice.locations.values():
        # Holidays close holes and open none, and cost more to look up than all the rest.
        site = _Site.at(loaded.practice, location, today, holidays=False)
        if any(_holes(site, need, {}) for need in needs):
            site = _Site.at(loaded.practice, location, today, holidays=True)
        roles = {*site.roles, *(role for need in needs for role in need.roles)}
        everybody = _Need(tuple(sorted(roles)), "nobody at all", _LUNCH)
        empty = _holes(site, everybody, {})
        told = [(everybody, empty), *((need, _holes(site, need, empty)) for need in needs)]
        for need, holes in told:
            for when in _said(holes, site):
                what = f"{when}: {need.who} is on duty at {location.name}"
                hint = "Give somebody else the role or a shift then, or close the location."
                found = document.problem(
                    ("locations", location.id), what, hint, code="nobody-on-duty"
                )
                yield replace(found, severity="warning")


@dataclass(frozen=True, slots=True)
class Hole:
    """Open hours of one day in which nobody with any of ``roles`` is on duty at a location.

    ``who`` says so in a clause; ``everybody``: nobody at all is there. Times are milliseconds of
    the local day.
    """

    location: str
    day: date
    start: int
    end: int
    roles: tuple[str, ...]
    who: str
    everybody: bool = False


def holes(loaded: LoadedPractice, today: date, days: int) -> list[Hole]:
    """Every hole of the next ``days``, day by day: what ``find_gaps`` tells of, one by one."""
    needs = list(_needs(loaded))
    found: list[Hole] = []
    for location in loaded.practice.locations.values():
        site = _Site.at(loaded.practice, location, today, holidays=True)
        everybody = _Need(tuple(sorted(site.roles)), "nobody at all", _LUNCH)
        empty = _holes(site, everybody, {})
        for need in (everybody, *needs):
            known = {} if need is everybody else empty
            for day, spans in _holes(site, need, known).items():
                found += [
                    Hole(location.id, day_to_date(day), *span, need.roles, need.who,
                         need is everybody)
                    for span in spans
                ]  # fmt: skip
    until = today + timedelta(days=days)
    return sorted(
        (hole for hole in found if hole.day < until),
        key=lambda hole: (hole.day, hole.location, hole.start, hole.who),
    )


def find_one_person(loaded: LoadedPractice, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """An error for every lane whose owner and backup would be the same person at some location."""
    practice = loaded.practice
    for lane in loaded.lanes.values():
        document = documents[lane.file]
        for location in practice.locations.values():
            people = {
                person.id: person.name
                for role in (lane.owner, lane.backup)
                for person in holders(practice, role, location.id)
            }
            if len(people) == 1:
                (name,) = people.values()
                what = f"at {location.name}, {name} would be both owner and backup of every case"
                hint = f'Give somebody else there the role "{lane.backup}", or name another backup.'
                at = ("backup",) if "backup" in document.data else ("owner",)
                yield document.problem(at, what, hint, code="owner-is-backup")


def _needs(loaded: LoadedPractice) -> Iterator[_Need]:
    """Whom the lanes and ladders count on, each once."""
    practice, lanes = loaded.practice, loaded.lanes.values()
    pairs = {tuple(dict.fromkeys((lane.owner, lane.backup))) for lane in lanes}
    for pair in sorted(pairs):
        roles = tuple(dict.fromkeys((*pair, practice.manager_role)))
        yield _Need(roles, f"nobody with the role {listing(roles)}", _LUNCH)
    for ladder in practice.ladders.values():
        roles = tuple(dict.fromkeys(rung.role for rung in ladder.rungs))
        yield _Need(roles, f'nobody of the ladder "{ladder.id}" ({listing(roles)})', _LUNCH)
    for role in sorted(_alone(practice, lanes)):
        yield _Need((role,), f"nobody with the role {role}", _SHORT)


def _alone(practice: Practice, lanes: Iterable[Lane]) -> set[str]:
    """Roles that are asked for by themselves: by a task, an item, a rung, a close."""
    asked: set[str | None] = {r.role for ladder in practice.ladders.values() for r in ladder.rungs}
    for lane in lanes:
        tasks = [status.task for status in lane.statuses.values()]
        tasks += [barrier.task for barrier in lane.barriers.values() if barrier.task]
        asked |= {task.who for task in tasks} | {item.who for item in lane.checklist}
        asked |= {close.confirm for close in lane.closes}
    return {role for role in asked if role}


@dataclass(frozen=True, slots=True)
class _Site:
    """A location in the next days: its open hours by day, its people, the roles it has at all."""

    open_: dict[int, list[Span]]
    rota: Rota
    roles: frozenset[str]

    @classmethod
    def at(cls, practice: Practice, location: Location, today: date, *, holidays: bool) -> _Site:
        plain = location if holidays else replace_(location, holiday_country=None)
        shut = _shut_days(plain, today)
        people = [
            person
            for person in practice.people.values()
            if person.active and any(shift[1] == location.id for shift in person.shifts)
        ]
        return cls(
            _opening_hours(plain, shut, today),
            Rota(practice, location.id, shut.__contains__),
            frozenset(role for person in people for role in person.roles),
        )


_Holes = Mapping[int, list[Span]]
"""By day."""


def _holes(site: _Site, need: _Need, known: _Holes) -> dict[int, list[Span]]:
    """When nobody of a need is on duty while the location is open; ``known`` is told already."""
    if site.roles.isdisjoint(need.roles) and len(need.roles) == 1:
        return {}  # the role works elsewhere, and is called from there
    found: dict[int, list[Span]] = {}
    for day, spans in site.open_.items():
        watches = [(a, b) for role in need.roles for a, b, _ in site.rota.watches(role, day)]
        for hole in _without(spans, [*watches, *known.get(day, ())]):
            if hole[1] - hole[0] >= need.least:
                found.setdefault(day, []).append(hole)
    return found


def _said(holes: _Holes, site: _Site) -> list[str]:
    """Holes in words, those of the same hours together."""
    missing: dict[Span, list[int]] = {}
    for day, spans in holes.items():
        for hole in spans:
            missing.setdefault(hole, []).append(day)
    found = sorted(missing.items(), key=lambda entry: entry[1])
    return [text for hole, days in found for text in _in_words(hole, days, site.open_)]


def _opening_hours(location: Location, shut: frozenset[int], today: date) -> dict[int, list[Span]]:
    """The open hours of each of the next days that has any."""
    first = days_from_epoch(today)
    found: dict[int, list[Span]] = {}
    week = parse_week(location.hours)
    if week is None:
        for year in _years(today):
            for start, end in openings(location, year):
                found.setdefault(start // DAY, []).append((start % DAY, end - start // DAY * DAY))
        return {day: found[day] for day in found if first <= day < first + DAYS}
    for day in range(first - 1, first + DAYS):
        for weekday, start_text, end_text in week:
            if weekday != (day + 3) % 7 or day in shut:  # 1970-01-01 was a Thursday
                continue
            start, end = _time(start_text), _time(end_text)
            found.setdefault(day, []).append((start, end if end > start else DAY))
            if end <= start and end and day + 1 not in shut:
                found.setdefault(day + 1, []).append((0, end))
    return {day: sorted(found[day]) for day in sorted(found) if first <= day < first + DAYS}


def _shut_days(location: Location, today: date) -> frozenset[int]:
    return frozenset().union(*(closed_days(location, year) for year in _years(today)))


def _years(today: date) -> list[int]:
    last = today + timedelta(days=DAYS)
    before = today - timedelta(days=1)
    return sorted({before.year, today.year, last.year})


def _without(spans: Iterable[Span], taken: Iterable[Span]) -> Iterator[Span]:
    """What of ``spans`` none of ``taken`` covers."""
    covers = sorted(taken)
    for start, end in spans:
        at = start
        for first, last in covers:
            if first > at:
                yield (at, min(first, end))
            at = max(at, last)
            if at >= end:
                break
        if at < end:
            yield (at, end)


def _in_words(hole: Span, days: list[int], open_: Mapping[int, object]) -> Iterator[str]:
    """Weekly holes as ``every Wednesday``, the others by their dates."""
    weekly: list[int] = []
    for weekday in range(7):
        regular = [day for day in open_ if (day + 3) % 7 == weekday]
        if len(regular) >= _REGULAR and set(regular) <= set(days):
            weekly.append(weekday)
    hours = f"{_clock(hole[0])}-{_clock(hole[1])}"
    if weekly:
        open_weekdays = {(day + 3) % 7 for day in open_}
        every = "day" if set(weekly) == open_weekdays else listing(_WEEKDAYS[d] for d in weekly)
        yield f"every {every.replace(' or ', ' and ')} {hours}"
    rest = [day for day in days if (day + 3) % 7 not in weekly]
    for run in _runs(rest, list(open_)):
        first, last = _date(run[0]), _date(run[-1])
        yield f"{first} {hours}" if first == last else f"{first} to {last} {hours}"


def _runs(days: list[int], open_: list[int]) -> list[list[int]]:
    """Days in stretches of open days that follow each other."""
    place = {day: n for n, day in enumerate(sorted(open_))}
    groups = groupby(enumerate(sorted(days)), key=lambda entry: place[entry[1]] - entry[0])
    return [[day for _, day in group] for _, group in groups]


def _date(day: int) -> str:
    return f"{day_to_date(day):%a %Y-%m-%d}"


def _clock(time: int) -> str:
    return f"{time // HOUR:02}:{time % HOUR // MINUTE:02}"


def _time(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE
