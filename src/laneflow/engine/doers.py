"""Whose work a task is, what holds it back, and in what order work is done: one meaning for all.

The queue that people see and ``simulate`` both ask here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from laneflow.engine.state import Case, Instant, PatientFile, Task
from laneflow.lanes.vocabulary import CHANNELS
from laneflow.practice.contact import Hold, hold
from laneflow.practice.words import zone_of
from laneflow.practice.zones import zone

if TYPE_CHECKING:
    from laneflow.engine.live import Live


WAYS = tuple(channel for channel in CHANNELS if channel != "fax")
"""The channels that lead to patients."""


class Falls(NamedTuple):
    """To whom a task falls: to ``owner``, else ``backup``, else anybody with ``role``.

    Owner and backup are person ids, "" where the task is a role's and not the owner's own.
    ``language`` is the patient's, None where unknown.
    """

    owner: str
    backup: str
    role: str
    language: str | None


def falls_to(live: Live, file: PatientFile, case: Case, task: Task) -> Falls:
    """To whom a task of a case falls; nobody has claimed it."""
    language = file.facts.get("patient.language")
    return falls(live, case.owner, case.backup, task.who, case.lane, language)


def falls(live: Live, owner: str, backup: str, who: str, lane: str, language: str | None) -> Falls:
    """The same of a task by what decides it; ``who`` is the task's role, "" for the owner."""
    if who:
        return Falls("", "", who, language)
    known = live.loaded.lanes.get(lane)
    return Falls(owner, backup if owner else "", known.owner if known else "", language)


def held_back(
    live: Live, file: PatientFile, case: Case, task: Task, at: Instant, contacts: Sequence[Instant]
) -> Hold | None:
    """What holds a task toward the patient back; their zone is the location's where unknown.

    What they asked not to have holds it, like everything else, until it is due: then somebody has
    to find another way.

    ``contacts``: instants at which the patient was contacted of late, over all lanes.
    """
    if task.to or (task.start is not None and task.start.at > at):
        return None
    where = patients_zone(live, file, case)
    if refuses(file, task.channel) and case.tier != live.practice.tiers[0] and task.due.at > at:
        others = " or ".join(ways(file)) or "nothing else"
        why = f"the patient asked not to be contacted by {task.channel}; {others} is left"
        return Hold(task.due.at, why)
    return hold(live.practice, where, case.tier, task.due.at, contacts, task.channel, at)


def refuses(file: PatientFile, channel: str) -> bool:
    """Whether the patient asked not to be contacted by a channel."""
    return bool(channel) and channel in (file.facts.get("patient.refuses") or ())


def ways(file: PatientFile) -> list[str]:
    """The channels by which the patient can be contacted and has not asked not to be."""
    has = file.facts.get("patient.channels") or WAYS
    return [by for by in WAYS if by in has and not refuses(file, by)]


def queue_order(
    overdue: bool, tier_rank: int, due: Instant, task: str
) -> tuple[bool, int, Instant, str]:
    """The queue's order as a sort key: what is overdue, then by tier, then by due date."""
    return (not overdue, tier_rank, due, task)


def patients_zone(live: Live, file: PatientFile, case: Case) -> str:
    """The patient's own time zone, by its IANA name; the location's where no feed told of one."""
    return zone_told(live, str(file.facts.get("patient.time_zone") or ""), case.location)


def zone_told(live: Live, name: str, location: str) -> str:
    """The time zone a feed told of, where it exists; else the location's."""
    with suppress(ValueError):
        if name:
            return zone(name).name
    return zone_of(live.practice, location)
