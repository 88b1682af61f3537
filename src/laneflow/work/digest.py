"""The daily digest: on top, what nobody has taken and no ladder climbs any further with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laneflow.engine.ladder import LAST_RESORT
from laneflow.engine.state import Instant
from laneflow.notify import Message, send
from laneflow.practice.model import Person, Practice
from laneflow.work.app import App
from laneflow.work.clock import iso
from laneflow.work.outbox import addresses


def send_digests(app: App, at: Instant) -> int:
    """Tell everybody what waits for them, by number and case; return how many were told.

    An escalation on its last rung is on its holder's and the managers' digest until it is taken.
    """
    practice, told = app.loaded.practice, 0
    standing = [row for row in app.store.escalations() if row["last"] and row["state"] == "open"]
    holding = app.store.holding()
    for person in practice.people.values():
        if not person.active:
            continue
        theirs = [row for row in standing if _concerns(practice, person, row)]
        if theirs or holding.get(person.id):
            _tell(practice, person, theirs, holding.get(person.id, 0), at)
            told += 1
    return told


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
    day = iso(at)[:10]
    for address in addresses(practice, person.id) or ["log"]:
        subject = f"Your day, {day}"
        send(Message(f"digest/{person.id}/{day}", address, person.id, subject, "\n".join(lines)))
