"""The daily digest: on top, what nobody has taken and no ladder climbs any further with.

It is due at seven in the morning and sent as soon after that as anybody is there to send it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from laneflow.engine.ladder import LAST_RESORT
from laneflow.engine.state import Instant
from laneflow.notify import Message, send
from laneflow.practice.model import Person, Practice
from laneflow.practice.words import spoken, zone_of
from laneflow.practice.zones import zone
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR
from laneflow.work.links import ESCALATIONS, QUEUE, case_link, link
from laneflow.work.outbox import addresses

log = structlog.get_logger("laneflow.work")

DUE = 7 * HOUR
"""Milliseconds after local midnight."""

MOST = 50
"""Escalations named in one digest; of the others it says how many there are."""


def send_digests(app: App, at: Instant) -> int:
    """Tell everybody what waits for them, by number and case; return how many were told.

    Once a day each, from seven on by the practice's clock, whoever asks and how often: the day is
    marked before the message leaves, so that a crash in between may cost one, but repeats none.
    An escalation on its last rung is on its holder's and the managers' digest until it is taken.
    """
    practice = app.loaded.practice
    today, now = divmod(zone(practice.time_zone).local(at), DAY)
    if now < DUE:
        return 0
    told = 0
    uncalled: dict[str, int] | None = None
    holding: dict[str, int] = {}
    for person in practice.people.values():
        if not person.active or not app.store.advance(f"digest/{person.id}", today):
            continue
        if uncalled is None:
            uncalled, holding = app.store.uncalled(), app.store.holding(at)
        roles = [role for role in uncalled if _concerns(practice, person, role)]
        lines = _standing(app, roles, sum(uncalled[role] for role in roles))
        tasks = holding.get(person.id, 0)
        if lines or tasks:
            _tell(practice, person, lines, tasks, at)
            told += 1
    return told


def _concerns(practice: Practice, person: Person, role: str) -> bool:
    if role == LAST_RESORT and person.id == practice.last_resort:
        return True
    return bool({role, practice.manager_role} & set(person.roles))


def _standing(app: App, roles: Sequence[str], number: int) -> list[str]:
    """What stands untaken on the last rungs of these roles, the most pressing by case."""
    if not number:
        return []
    rows = app.store.escalations(last=True, state="open", role=roles, limit=MOST)
    waiting = "1 escalation waits" if number == 1 else f"{number} escalations wait"
    lines = [f"{waiting} to be taken, and nobody else is called:"]
    lines += [_waits(app.loaded.practice, row) for row in rows]
    lines += [f"  and {number - len(rows)} more"] if number > len(rows) else []
    return lines + ([page] if (page := link(ESCALATIONS)) else [])


def _waits(practice: Practice, row: Mapping[str, Any]) -> str:
    """An escalation by its case's number, its address where there is one."""
    since = spoken(row["opened"], zone_of(practice, row["location"]))
    return f"  case {row['case']}, since {since} {case_link(row['case'])}".rstrip()


def _tell(
    practice: Practice, person: Person, standing: Sequence[str], tasks: int, at: Instant
) -> None:
    lines = list(standing)
    open_ = "1 task is" if tasks == 1 else f"{tasks} tasks are"
    lines.append(f"{open_} open in your name.")
    lines += [page] if (page := link(QUEUE)) else []
    day = zone(practice.time_zone).date(at).isoformat()
    for address in addresses(practice, person.id) or ["log"]:
        subject = f"Your day, {day}"
        message = Message(
            f"digest/{person.id}/{day}", address, person.id, subject, "\n".join(lines)
        )
        result = send(message)
        if not result.ok:
            log.error("a digest could not be sent", to=person.id, why=result.detail)
