"""Whose work a task is, what holds it back, and in what order work is done: one meaning for all.

The queue that people see and ``simulate`` both ask here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from laneflow.engine.state import Case, Instant, PatientFile, Task
from laneflow.practice.contact import Hold, hold
from laneflow.practice.words import zone_of
from laneflow.practice.zones import zone

if TYPE_CHECKING:
    from laneflow.engine.live import Live


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
    lane = live.loaded.lanes.get(case.lane)
    role = task.who or (lane.owner if lane else "")
    language = file.facts.get("patient.language")
    if task.who:
        return Falls("", "", role, language)
    return Falls(case.owner, case.backup if case.owner else "", role, language)


def held_back(
    live: Live, file: PatientFile, case: Case, task: Task, at: Instant, contacts: Sequence[Instant]
) -> Hold | None:
    """What holds a task toward the patient back; their zone is the location's where unknown.

    ``contacts``: instants at which the patient was contacted of late, over all lanes.
    """
    if task.to or (task.start is not None and task.start.at > at):
        return None
    where = patients_zone(live, file, case)
    return hold(live.practice, where, case.tier, task.due.at, contacts, task.channel, at)


def queue_order(
    overdue: bool, tier_rank: int, due: Instant, task: str
) -> tuple[bool, int, Instant, str]:
    """The queue's order as a sort key: what is overdue, then by tier, then by due date."""
    return (not overdue, tier_rank, due, task)


def patients_zone(live: Live, file: PatientFile, case: Case) -> str:
    """The patient's own time zone, by its IANA name; the location's where no feed told of one."""
    name = str(file.facts.get("patient.time_zone") or "")
    with suppress(ValueError):
        if name:
            return zone(name).name
    return zone_of(live.practice, case.location)
