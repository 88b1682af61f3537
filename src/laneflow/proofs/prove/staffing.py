"""Obligations (c) and (d): whoever is called is there, and a case has two people.

A rung is told only at a *release* instant: at any instant where it is told at once, else while the
location is open. Where no rung is staffed the last resort is told, or whoever is on call.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from laneflow.engine.calendar import Calendar
from laneflow.engine.ladder import LUNCH, staffed
from laneflow.engine.state import Instant
from laneflow.lanes.model import Lane
from laneflow.practice.coverage import holders, last_to_call
from laneflow.practice.model import Ladder, Practice
from laneflow.proofs.prove.edges import Edges
from laneflow.proofs.prove.model import Failure

BUILT_IN = {
    "overdue": "a task that is overdue calls nobody",
    "first_response_late": "a late first response calls nobody",
    "untouched": "a case nobody has touched calls nobody",
}


def built_in(lane: Lane) -> Iterator[Failure]:
    """The escalations every lane must have: without them no date calls anybody."""
    held = {rule.builtin for rule in lane.escalations}
    for name, what in BUILT_IN.items():
        if name not in held:
            hint = "A lane may sharpen the built-in escalations, never remove them."
            yield Failure(obligation="c", code=f"no-{name}", what=what, hint=hint, where=lane.where)
    if "first_attempt" not in lane.windows:
        what = "there is no window first_attempt, so nobody would notice a late first response"
        hint = "Add it under windows here or in practice.yaml."
        yield Failure(obligation="c", code="no-window", what=what, hint=hint, where=lane.where)


def last_resort(practice: Practice) -> Iterator[Failure]:
    """The last resort is a named, active person."""
    person = practice.people.get(practice.last_resort)
    if person is None or not person.active:
        name = person.name if person else f'"{practice.last_resort}"'
        what = f"the last resort, {name}, does not work here"
        hint = "Name somebody who does."
        where = person.where if person else None
        yield Failure(obligation="c", code="last-resort", what=what, hint=hint, where=where)


class Gap(NamedTuple):
    """A release instant at which nobody is there to be called."""

    ladder: str
    location: str
    at: Instant
    at_once: bool


def empty(ladder: Ladder) -> Iterator[Failure]:
    """A ladder has rungs."""
    if not ladder.rungs:
        what = f'the ladder "{ladder.id}" has no rungs'
        hint = "Add who is told first, and within what time."
        yield Failure(obligation="c", code="no-rungs", what=what, hint=hint, where=ladder.where)


def gap(practice: Practice, ladder: Ladder, edges: dict[str, Edges]) -> Gap | None:
    """The first release instant in the horizon at which nobody of a ladder is there, if any.

    The top tier is told at once whatever the ladder says, so every ladder is tried both ways.
    """
    found = [
        Gap(ladder.id, location, at, at_once)
        for location, held in edges.items()
        for at_once in {ladder.at_once, True}
        for at in _alone(practice, ladder, held, at_once)
    ]
    return min(found, key=lambda one: (one.at, one.at_once), default=None)


def told_of(one: Gap, practice: Practice, calendar: Calendar) -> Failure:
    """The gap as what could not be established."""
    ladder = practice.ladders[one.ladder]
    roles = " and no ".join(dict.fromkeys(rung.role for rung in ladder.rungs)) or "rung"
    ends = dict.fromkeys((practice.last_resort, practice.on_call))
    names = [practice.people[name].name if name in practice.people else name for name in ends]
    when = f"{calendar.local(one.at):%a %Y-%m-%d %H:%M}"
    what = (
        f'on {when} nobody of the ladder "{one.ladder}" is at {one.location}: no {roles}, '
        f"and {' and '.join(names)} {'are' if len(names) > 1 else 'is'} away"
    )
    hint = "Leave somebody there, or name another last resort or person on call."
    return Failure(obligation="c", code="nobody-there", what=what, hint=hint, where=ladder.where)


def _alone(practice: Practice, ladder: Ladder, edges: Edges, at_once: bool) -> Iterator[Instant]:
    """The first edge at which neither a rung is staffed nor an end of the ladder there, if any."""
    calendar = edges.calendar
    roles = [rung.role for rung in ladder.rungs]
    for day in _uncovered(practice, edges):
        night = calendar.next_morning(day)
        shifts = [t for role in roles for t in calendar.duty_edges(role, day, night)]
        times = calendar.open_times(day, night)
        tries = {day, *shifts, *(t - LUNCH for t in shifts), *(t for both in times for t in both)}
        for at in sorted(t for t in tries if max(day, edges.start) <= t < min(night, edges.end)):
            open_now = calendar.is_open(at)
            if not (at_once or open_now) or any(staffed(calendar, r, at, at_once) for r in roles):
                continue
            if last_to_call(practice, calendar.local_date(at), open_now=open_now) is None:
                yield at
                return


def _uncovered(practice: Practice, edges: Edges) -> list[Instant]:
    """The beginnings of the days on which both ends of every ladder are away."""
    calendar = edges.calendar
    return [
        day
        for day in (edges.start, *edges.midnights)
        if last_to_call(practice, calendar.local_date(day), open_now=True) is None
    ]


def two_people(lane: Lane, practice: Practice) -> Iterator[Failure]:
    """Owner and backup are filled by different active people, at each location."""
    for location in practice.locations:
        owners, backups = (holders(practice, role, location) for role in (lane.owner, lane.backup))
        for what, role, found in (("owner", lane.owner, owners), ("backup", lane.backup, backups)):
            if not found:
                clause = f'nobody active holds the role "{role}", the {what} of every case'
                hint = "Give it to somebody who works here."
                yield Failure(
                    obligation="d", code=f"no-{what}", what=clause, hint=hint, where=lane.where
                )
        only = {person.id for person in backups}
        if len(only) == 1 and only <= {person.id for person in owners}:
            name = backups[0].name
            clause = f"at {location} {name} can be both owner and backup of a case"
            hint = f'Give somebody else the role "{lane.backup}" there, or name another backup.'
            yield Failure(
                obligation="d", code="one-person", what=clause, hint=hint, where=lane.where
            )
