"""Owns what an account may see: whether its person works here; which cases, and why.

Locations, a part in the case, an emergency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneflow.accounts.models import Account, Emergency
from laneflow.accounts.rights import EVERYWHERE
from laneflow.engine.state import Case, Instant
from laneflow.metrics.queue.whose import who_does
from laneflow.practice.model import Practice
from laneflow.store.contract import Store

if TYPE_CHECKING:
    from laneflow.engine.live import Live


def works_here(account: Account, practice: Practice) -> bool:
    """Whether the login's person is in practice.yaml and active there; true where it has none."""
    person = practice.people.get(account.person)
    return not account.person or (person is not None and person.active)


def locations_of(account: Account, practice: Practice) -> frozenset[str]:
    """The ids of the locations an account works for."""
    if account.locations is not None:
        every = EVERYWHERE in account.locations
        return frozenset(practice.locations if every else account.locations)
    person = practice.people.get(account.person)
    return frozenset(shift[1] for shift in person.shifts) if person else frozenset()


def why_seen(account: Account, store: Store, live: Live, case: Case, at: Instant) -> str:
    """Why the account may see the case, in a word or two; "" where it may not.

    Whoever the practice itself sends to a case sees it wherever it is: its owner and backup, who
    claimed a task or took an escalation, who stands in today, whom the last resort's call reaches.
    """
    practice = live.practice
    if case.location in locations_of(account, practice):
        return "location"
    if account.person and (part := part_in(account.person, practice, case)):
        return part
    if account.person and _stands_in(account.person, store, live, case, at):
        return "stands in"
    return "emergency" if _emergency(account, case, at) else ""


def part_in(person: str, practice: Practice, case: Case) -> str:
    """The part a person has in a case, in a word or two; "" where they have none."""
    tasks = [task for task in (case.task, *case.side.values()) if task is not None]
    calls = case.escalations.values()
    if person == case.owner:
        return "owner"
    if person == case.backup:
        return "backup"
    if any(task.person == person for task in tasks):
        return "has a task"
    if any(call.taken_by == person for call in calls):
        return "took the escalation"
    if any(call.asked == person for call in calls):
        return "was asked for help"
    if person == practice.last_resort and any(call.last for call in calls):
        return "last resort"
    if person == practice.on_call and calls:
        return "on call"
    return ""


def _stands_in(person: str, store: Store, live: Live, case: Case, at: Instant) -> bool:
    file = store.load([case.patient])[case.patient]
    load = store.holding(at)
    tasks = [task for task in (case.task, *case.side.values()) if task is not None]
    return any(who_does(live, file, case, task, at, load).person == person for task in tasks)


def _emergency(account: Account, case: Case, at: Instant) -> bool:
    held = Emergency.objects.filter(account=account, case=case.id, until__gt=at)
    return held.exists()
