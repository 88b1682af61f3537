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
from laneflow.practice.zones import zone
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, iso
from laneflow.work.outbox import addresses

log = structlog.get_logger("laneflow.work")

DUE = 7 * HOUR
"""Milliseconds after local midnight."""


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
    told, waiting = 0, None
    for person in practice.people.values():
        if not person.active or not app.store.advance(f"digest/{person.id}", today):
            continue
        waiting = waiting or _waiting(app)
        standing = [row for row in waiting[0] if _concerns(practice, person, row)]
        tasks = waiting[1].get(person.id, 0)
        if standing or tasks:
            _tell(practice, person, standing, tasks, at)
            told += 1
    return told


def _waiting(app: App) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Escalations that stand untaken on a last rung, and how many tasks each person holds."""
    rows = app.store.escalations(last=True, state="open")
    return rows, app.store.holding()


def _concerns(practice: Practice, person: Person, row: Mapping[str, Any]) -> bool:
    if row["role"] == LAST_RESORT and person.id == practice.last_resort:
        return True
    return bool({row["role"], practice.manager_role} & set(person.roles))


def _tell(
    practice: Practice,
    person: Person,
    standing: Sequence[Mapping[str, Any]],
    tasks: int,
    at: Instant,
) -> None:
    lines = []
    if standing:
        lines.append(f"{len(standing)} escalations wait to be taken, and nobody else is called:")
        lines += [f"  case {row['case'][:12]}, since {iso(row['opened'])}" for row in standing]
    lines.append(f"{tasks} tasks are open in your name.")
    day = zone(practice.time_zone).date(at).isoformat()
    for address in addresses(practice, person.id) or ["log"]:
        subject = f"Your day, {day}"
        message = Message(
            f"digest/{person.id}/{day}", address, person.id, subject, "\n".join(lines)
        )
        result = send(message)
        if not result.ok:
            log.error("a digest could not be sent", to=person.id, why=result.detail)
