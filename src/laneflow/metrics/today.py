"""Owns the manager's day: what is open, late, unanswered, and where nothing moves.

Figures are counted for all locations at once and cut to those somebody works for; each is the
length of the list that ``metrics.cases`` gives for the same narrowing at the same instant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from laneflow.engine.state import Instant
from laneflow.lanes.vocabulary import QUEUES
from laneflow.practice.model import Person, Practice
from laneflow.practice.words import local
from laneflow.practice.zones import DAY, days_from_epoch, zone
from laneflow.proofs.silence import ALLOWED_LAG
from laneflow.store.contract import Store
from laneflow.store.wanted import Pile, Wanted

if TYPE_CHECKING:
    from laneflow.engine.live import Live

OLDEST = 10
"""Cases shown that have gone longest without movement."""

DAYS = 28
"""Days of the chart of cases opened and closed."""

OPEN_QUEUES = tuple(name for name in QUEUES if name != "closed")


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything counted, for all locations. ``at``: as of when; ``release``: of which practice.

    ``week``: [from, until) of the present week. ``oldest``: by location, the first few.
    """

    at: Instant
    release: int
    week: tuple[Instant, Instant]
    piles: list[Pile]
    answers: dict[tuple[str, str, str], int]
    silent: list[tuple[str, str]]
    oldest: dict[str, list[dict[str, Any]]]
    load: Mapping[str, int]


def count(
    store: Store, practice: Practice, release: int, at: Instant, load: Mapping[str, int]
) -> Counted:
    """Count it all, along indexes; ``load`` is people's open tasks, see ``Store.holding``.

    Silence is judged at the last instant the daemon reached, as ``doctor`` does.
    """
    week = week_of(practice, at)
    places = practice.locations
    return Counted(
        at=at,
        release=release,
        week=week,
        piles=store.piles(at),
        answers=store.answers(*week, at),
        silent=[(row["case"], row["location"]) for row in silent(store, practice, at)],
        oldest={
            place: store.listed(Wanted(locations=frozenset({place})), at, OLDEST)
            for place in places
        },
        load=load,
    )


def silent(store: Store, practice: Practice, at: Instant) -> list[dict[str, Any]]:
    """The cases nobody will be called about; none is what was promised. Keys: ``Store.silent``."""
    active = [person.id for person in practice.people.values() if person.active]
    judged = store.latest()
    return list(store.silent((at if judged is None else judged) - ALLOWED_LAG, active))


def week_of(practice: Practice, at: Instant) -> tuple[Instant, Instant]:
    """[from, until) of the week ``at`` is in, Monday to Sunday, on the practice's clock."""
    today = local(at, practice.time_zone).date()
    monday = today - timedelta(days=today.weekday())
    return midnight(practice, monday), midnight(practice, monday + timedelta(days=7))


def midnight(practice: Practice, day: date) -> Instant:
    """When a day begins on the practice's clock."""
    return zone(practice.time_zone).instant(days_from_epoch(day) * DAY)


def today(counted: Counted, live: Live, locations: Collection[str]) -> dict[str, Any]:
    """The figures of some locations.

    Keys: at, open, overdue, untaken, silent (numbers); lanes, answers, barriers, people, oldest
    (lists of flat rows, see the functions that make them).
    """
    piles = [pile for pile in counted.piles if pile.location in locations]
    return {
        "at": counted.at,
        "week": counted.week,
        "open": sum(pile.open for pile in piles),
        "overdue": sum(pile.overdue for pile in piles),
        "untaken": sum(pile.untaken for pile in piles),
        "silent": sum(place in locations for _, place in counted.silent),
        "lanes": _lanes(live, piles),
        "answers": _answers(live, counted, locations),
        "barriers": _barriers(piles),
        "people": _people(live.practice, counted, piles, locations),
        "oldest": _oldest(counted, locations),
    }


def _lanes(live: Live, piles: Iterable[Pile]) -> list[dict[str, Any]]:
    """Each lane: lane, open, overdue, queues [(status, n)], barrier, with_barrier.

    ``barrier`` is the one most of its cases have, "" where none has any.
    """
    by_lane: dict[str, list[Pile]] = {name: [] for name in live.lanes}
    for pile in piles:
        by_lane.setdefault(pile.lane, []).append(pile)
    return [_lane(name, found) for name, found in by_lane.items()]


def _lane(name: str, piles: list[Pile]) -> dict[str, Any]:
    queues: Counter[str] = Counter()
    for pile in piles:
        queues[pile.queue] += pile.open
    worst = _barriers(piles)[:1]
    return {
        "lane": name,
        "open": sum(pile.open for pile in piles),
        "overdue": sum(pile.overdue for pile in piles),
        "queues": [(status, queues[status]) for status in OPEN_QUEUES],
        "barrier": worst[0]["barrier"] if worst else "",
        "with_barrier": worst[0]["cases"] if worst else 0,
    }


def _barriers(piles: Iterable[Pile]) -> list[dict[str, Any]]:
    """What is in the way of most open cases first: barrier, cases."""
    found: Counter[str] = Counter()
    for pile in piles:
        for barrier in pile.barriers if pile.open else ():
            found[barrier] += pile.open
    ordered = sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))
    return [{"barrier": barrier, "cases": cases} for barrier, cases in ordered]


def _answers(live: Live, counted: Counted, locations: Collection[str]) -> list[dict[str, Any]]:
    """Each lane's cases opened this week: lane, in_window, late, waiting, kept.

    ``kept``: the share of the settled ones in their window, in whole percent; None of none.
    """
    found: dict[str, Counter[str]] = {name: Counter() for name in live.lanes}
    for (place, lane, response), cases in counted.answers.items():
        if place in locations:
            found.setdefault(lane, Counter())[response] += cases
    return [_answer(lane, of) for lane, of in found.items()]


def _answer(lane: str, of: Counter[str]) -> dict[str, Any]:
    settled = of["in_window"] + of["late"]
    return {
        "lane": lane,
        "in_window": of["in_window"],
        "late": of["late"],
        "waiting": of["waiting"],
        "kept": of["in_window"] * 100 // settled if settled else None,
    }


def _people(
    practice: Practice, counted: Counted, piles: Iterable[Pile], locations: Collection[str]
) -> list[dict[str, Any]]:
    """Who works at the locations: person, open, overdue (cases they own there), tasks, most, full.

    ``tasks`` are those in their queue, wherever; ``most`` is None where nothing is said.
    """
    open_: Counter[str] = Counter()
    overdue: Counter[str] = Counter()
    for pile in piles:
        open_[pile.owner] += pile.open
        overdue[pile.owner] += pile.overdue
    found = []
    for person in practice.people.values():
        if works_at(person, locations) or open_[person.id]:
            tasks, most = counted.load.get(person.id, 0), person.most_open_tasks
            found.append(
                {
                    "person": person.id,
                    "open": open_[person.id],
                    "overdue": overdue[person.id],
                    "tasks": tasks,
                    "most": most,
                    "full": most is not None and tasks >= most,
                }
            )
    return found


def works_at(person: Person, locations: Collection[str]) -> bool:
    """Whether somebody who is active has shifts at one of these locations."""
    return person.active and any(shift[1] in locations for shift in person.shifts)


def _oldest(counted: Counted, locations: Collection[str]) -> list[dict[str, Any]]:
    found = [row for place in locations for row in counted.oldest.get(place, ())]
    return sorted(found, key=lambda row: (row["progress"], row["id"]))[:OLDEST]


def flow(
    store: Store, practice: Practice, locations: Collection[str], at: Instant
) -> list[tuple[date, int, int]]:
    """Each of the last days with how many cases were opened and closed on it, today last."""
    last = local(at, practice.time_zone).date()
    days = [last - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    edges = [midnight(practice, day) for day in (*days, last + timedelta(days=1))]
    found = []
    for day, by_place in zip(days, store.flow(edges), strict=True):
        ours = [counts for place, counts in by_place.items() if place in locations]
        found.append((day, sum(n for n, _ in ours), sum(n for _, n in ours)))
    return found
