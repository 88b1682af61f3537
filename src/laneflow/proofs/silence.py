"""The definition of a silent case: the promise that doctor, the daemon and lane tests all check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laneflow.engine.state import Case, Instant

if TYPE_CHECKING:
    from laneflow.engine.live import Live

ALLOWED_LAG: Instant = 5 * 60_000
"""How late (ms) a decision may be before the call it should have made counts as not made."""


def silent(case: Case, live: Live, at: Instant, lag: Instant = ALLOWED_LAG) -> str | None:
    """Why ``case`` is silent at ``at``, as a clause, or None: it is closed and quiet, or cared for.

    A live case (open, or with an untaken escalation) is silent if its owner is not active in
    practice.yaml, or if nobody will be called about it while no escalation stands untaken on a
    last rung.
    """
    untaken = [e for e in case.escalations.values() if e.state == "open"]
    if case.closed is not None and not untaken:
        return None
    owner = live.practice.people.get(case.owner)
    if owner is None or not owner.active:
        return f'its owner, "{case.owner}", is not active in practice.yaml'
    if any(escalation.last for escalation in untaken):
        return None
    call = next_call(case)
    if call is None:
        return "no date of it will call anybody"
    if call <= at - lag:
        return "somebody should have been called about it and was not"
    return None


def next_call(case: Case) -> Instant | None:
    """The least of the task's due date, ``untouched`` and the escalations' ``until`` still to come.

    "To come" as seen from the case's last decision: a date that decision had already reached has
    done its calling (it opened or climbed an escalation) and calls nobody a second time.
    """
    dates = [e.until for e in case.escalations.values() if e.until is not None]
    if case.closed is None:
        # A paused task waits for an escalation, whose ladder does the calling.
        if case.task is not None and not case.task.paused:
            dates.append(case.task.due.at)
        if case.untouched is not None:
            dates.append(case.untouched.at)
    return min((date for date in dates if date > case.at), default=None)
