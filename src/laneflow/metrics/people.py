"""Owns who is here: everybody's week, who is away, how much they carry, and whom it falls to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from laneflow.engine.calendar import Calendar
from laneflow.engine.doers import falls_to
from laneflow.engine.state import Case, Instant, PatientFile, Task
from laneflow.metrics.queue.rows import task_of
from laneflow.practice.coverage import cover
from laneflow.practice.hours import closed_days
from laneflow.practice.model import Person, Practice
from laneflow.practice.rota import is_away
from laneflow.practice.words import local, name_of
from laneflow.practice.zones import DAY, days_from_epoch
from laneflow.store.contract import Store

if TYPE_CHECKING:
    from laneflow.engine.live import Live

LOOKED = 500
"""Tasks of one person looked at one by one; whom the others fall to is left open."""

AHEAD = 7
"""Days within which is looked for the moment somebody would be at work."""


class Moves(NamedTuple):
    """Whose work becomes somebody else's: of ``tasks`` open ones, by person, the most first.

    ``looked``: so many of them were looked at; ``claimed``: the others of these stay, being
    claimed. ``at``: the moment it is told for; None where they would not have been at work anyway.
    """

    tasks: int
    looked: int
    claimed: int
    to: list[tuple[str, int]]
    at: Instant | None

    @property
    def moved(self) -> int:
        """How many of those looked at move."""
        return sum(n for _, n in self.to)


def moves(
    store: Store, live: Live, before: Practice, after: Practice, person: str, at: Instant
) -> Moves:
    """What somebody would do next, as the practice is ``before``, and others would ``after``.

    Told for the moment from ``at`` on at which they would next have been on duty.
    """
    tasks = store.holding(at).get(person, 0)
    then = _on_duty_next(before, person, at)
    if then is None:
        return Moves(tasks, 0, 0, [], None)
    rows = store.tasks(holder=person, at=at, limit=LOOKED)
    awake = [row for row in rows if (row["start"] or 0) <= then]
    files = store.load([row["patient"] for row in awake])
    load = store.holding(at)
    sides = _Side(live, before, then, load), _Side(live, after, then, load)
    found: Counter[str] = Counter()
    claimed = 0
    for file, case, task in _tasks(awake, files):
        claimed += bool(task.person)
        if not task.person and sides[0].doer(file, case, task) == person:
            found[sides[1].doer(file, case, task)] += 1
    del found[person]
    return Moves(tasks, len(awake), claimed, found.most_common(), then)


def _tasks(
    rows: Sequence[Mapping[str, Any]], files: Mapping[str, PatientFile]
) -> Iterator[tuple[PatientFile, Case, Task]]:
    for row in rows:
        file = files[row["patient"]]
        case = file.cases.get(row["case"])
        task = task_of(case, row["key"]) if case else None
        if case is not None and task is not None:
            yield file, case, task


class _Side:
    """One state of the practice at one moment: who does what."""

    def __init__(
        self, live: Live, practice: Practice, at: Instant, load: Mapping[str, int]
    ) -> None:
        self._live, self._practice, self._at, self._load = live, practice, at, load
        self._calendars = _calendars(practice)

    def doer(self, file: PatientFile, case: Case, task: Task) -> str:
        """Who does a task nobody has claimed."""
        owner, backup, role, language = falls_to(self._live, file, case, task)
        here = self._calendars.get(case.location) or next(iter(self._calendars.values()))
        others = [calendar for calendar in self._calendars.values() if calendar is not here]
        calendars = [here, *others]
        found = cover(
            self._practice, calendars, owner, backup, role, self._at, language, self._load
        )
        return found.person


def _calendars(practice: Practice) -> dict[str, Calendar]:
    return {place.id: Calendar(practice, place) for place in practice.locations.values()}


def _on_duty_next(practice: Practice, person: str, at: Instant) -> Instant | None:
    """The first instant from ``at`` on, within a week, at which somebody is on duty anywhere."""
    known = practice.people[person]
    calendars = list(_calendars(practice).values())
    edges = (
        edge
        for calendar in calendars
        for role in known.roles
        for edge in calendar.duty_edges(role, at, at + AHEAD * DAY)
    )
    for then in (at, *sorted(edge for edge in edges if edge > at)):
        if any(person in each.on_duty(role, then) for each in calendars for role in known.roles):
            return then
    return None


def here_on(practice: Practice, person: str, day: date) -> Practice:
    """The practice as it would be, were somebody not away on ``day``."""
    known = practice.people[person]
    text = day.isoformat()
    present = replace(
        known,
        call_offs=tuple(one for one in known.call_offs if one != text),
        leave=tuple(span for span in known.leave if not span[0] <= text <= span[1]),
    )
    return replace(practice, people=practice.people | {person: present})


def why_away(person: Person, day: date) -> str:
    """``called off``, ``leave`` or ""."""
    if day.isoformat() in person.call_offs:
        return "called off"
    return "leave" if is_away(person, day) else ""


def roster(
    practice: Practice, load: Mapping[str, int], at: Instant, monday: date
) -> list[dict[str, Any]]:
    """Everybody's week from ``monday`` on, in the order of practice.yaml.

    Each: person (a Person), places (ids), days (see ``_day``), minutes (of the week), away (today,
    see ``why_away``), tasks (in hand), full (has as many as they may).
    """
    today = local(at, practice.time_zone).date()
    days = [monday + timedelta(days=n) for n in range(7)]
    years = {day.year for day in days}
    shut = {
        place.id: frozenset().union(*(closed_days(place, year) for year in years))
        for place in practice.locations.values()
    }
    found = []
    for person in practice.people.values():
        week = [_day(person, day, shut) for day in days]
        tasks, most = load.get(person.id, 0), person.most_open_tasks
        found.append({
            "person": person,
            "places": tuple(dict.fromkeys(shift[1] for shift in person.shifts)),
            "days": week,
            "minutes": sum(day["minutes"] for day in week),
            "away": why_away(person, today),
            "tasks": tasks,
            "full": most is not None and tasks >= most,
        })  # fmt: skip
    return found


def overview(store: Store, live: Live, at: Instant) -> list[dict[str, Any]]:
    """Everybody in the order of practice.yaml, in a line each.

    Each: person (id), name, active, roles, locations, tasks (in hand), most (open tasks, None: no
    maximum), today (``called off``, ``leave``, ``full``, ``left`` or ""), soon (away today or
    within ``AHEAD`` days: (first, last) ISO dates), covered_by (names of those their work goes to
    today, the most first).
    """
    practice, load = live.practice, store.holding(at)
    today = local(at, practice.time_zone).date()
    found = []
    for row in roster(practice, load, at, today - timedelta(days=today.weekday())):
        person: Person = row["person"]
        away = row["away"] if person.active else "left"
        falls: list[tuple[str, int]] = []
        if away and person.active:
            present = here_on(practice, person.id, today)
            falls = moves(store, live, present, practice, person.id, at).to
        found.append({
            "person": person.id,
            "name": person.name,
            "active": person.active,
            "roles": list(person.roles),
            "locations": list(row["places"]),
            "tasks": row["tasks"],
            "most": person.most_open_tasks,
            "today": away or ("full" if row["full"] else ""),
            "soon": _away_soon(person, today),
            "covered_by": [name_of(practice, other) for other, _ in falls],
        })  # fmt: skip
    return found


def _away_soon(person: Person, today: date) -> list[tuple[str, str]]:
    """Spans of leave and days called off that touch the days from ``today`` on."""
    last = (today + timedelta(days=AHEAD)).isoformat()
    spans = [*person.leave, *((day, day) for day in person.call_offs)]
    return sorted((a, b) for a, b in spans if b >= today.isoformat() and a <= last)


def _day(person: Person, day: date, shut: Mapping[str, frozenset[int]]) -> dict[str, Any]:
    """One day: day, spans [(location, from, to)], away, closed (all of it), minutes."""
    spans = [shift[1:] for shift in person.shifts if shift[0] == day.weekday()]
    number = days_from_epoch(day)
    open_ = [span for span in spans if number not in shut[span[0]]]
    away = why_away(person, day) if open_ and person.active else ""
    minutes = 0 if away else sum(_minutes(start, end) for _, start, end in open_)
    if minutes and person.lunch:
        minutes -= sum(_shared(span[1:], person.lunch) for span in open_)
    return {"day": day, "spans": open_, "away": away, "closed": bool(spans) and not open_,
            "minutes": minutes}  # fmt: skip


def _minutes(start: str, end: str) -> int:
    """How long a shift is; one that ends at or before its start runs into the next day."""
    length = _clock(end) - _clock(start)
    return length if length > 0 else length + 24 * 60


def _shared(span: Sequence[str], lunch: tuple[str, str]) -> int:
    start, end = max(_clock(span[0]), _clock(lunch[0])), min(_clock(span[1]), _clock(lunch[1]))
    return max(0, end - start)


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
