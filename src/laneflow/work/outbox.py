"""The outbox: what somebody must be told leaves at least once, and what is over leaves never."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from laneflow.engine.ladder import LAST_RESORT
from laneflow.engine.state import Case, Instant
from laneflow.notify import Message, send
from laneflow.practice.coverage import cover, last_to_call
from laneflow.practice.model import Practice
from laneflow.practice.words import spoken, zone_of
from laneflow.work.app import App
from laneflow.work.clock import MINUTE
from laneflow.work.links import ESCALATIONS, QUEUE, UNPLACED, case_link, link

LEASE: Instant = 5 * MINUTE
"""How long a claimed notice belongs to its sender; one that died leaves it to the next."""

BATCH = 100


@dataclass(slots=True)
class Sent:
    """What one round of the outbox did."""

    sent: int = 0
    withdrawn: int = 0
    failed: int = 0


def send_waiting(
    app: App, at: Instant | None = None, progress: Callable[[Sent], None] | None = None
) -> Sent:
    """Send every notice whose release has come by ``at`` (now); failed ones back off.

    ``progress`` is called after each batch, when what it did is marked. A notice is marked only
    after it was sent: a crash in between sends it again, never loses it.
    """
    at = app.clock.now() if at is None else at
    done = Sent()
    while rows := app.store.claim(at, BATCH, LEASE):
        settled: dict[str, tuple[str, str]] = {}
        load = app.store.holding(at)
        for row in rows:
            state, detail = _settled(app, row, at, load)
            settled[row["id"]] = (state, detail)
            setattr(done, state, getattr(done, state) + 1)
        app.store.settle(settled, at)
        if progress is not None:
            progress(done)
    return done


def _settled(
    app: App, row: Mapping[str, Any], at: Instant, load: Mapping[str, int]
) -> tuple[str, str]:
    case = app.store.case(row["case"]) if row["case"] else None
    if over := _over(row, case):
        return "withdrawn", over
    person = _who(app, row, case, at, load)
    results = [send(message) for message in _messages(app.loaded.practice, row, case, person)]
    failed = [result.detail for result in results if not result.ok]
    # One way out that worked is enough: trying the others again would repeat that one.
    if failed and len(failed) == len(results):
        return "failed", "; ".join(failed)
    return "sent", "; ".join([f"to {person}", *failed])


def _over(row: Mapping[str, Any], case: Case | None) -> str:
    """Why nobody needs this notice any more; empty where somebody does."""
    if case is None:
        return "the case is not there" if row["case"] else ""
    if row["kind"] == "escalation":
        raised = case.escalations.get(row["key"])
        if raised is None:
            return "the escalation is over"
        if raised.state == "taken":
            return f"taken by {raised.taken_by}"
        told = (raised.role, raised.asked) == (row["role"], row["person"])
        return "" if told and raised.release <= row["release"] else "the ladder has climbed on"
    if row["kind"] == "task":
        tasks = [case.task, *case.side.values()]
        return "" if any(task and task.key == row["key"] for task in tasks) else "the task is over"
    return ""


def _who(
    app: App, row: Mapping[str, Any], case: Case | None, at: Instant, load: Mapping[str, int]
) -> str:
    """Whom to tell: the named person, or whoever covers for them or the role just then."""
    practice = app.loaded.practice
    calendars = app.live.calendars(case.location if case else "")
    calendar = calendars[0]
    if row["role"] == LAST_RESORT and not row["person"]:
        open_now = calendar.is_open(at)
        named = last_to_call(practice, calendar.local_date(at), open_now=open_now)
        return named or practice.last_resort
    return cover(practice, calendars, row["person"], "", row["role"], at, load=load).person


def _messages(
    practice: Practice, row: Mapping[str, Any], case: Case | None, person: str
) -> Iterator[Message]:
    subject, body = _words(practice, row, case)
    for address in addresses(practice, person) or ["log"]:
        yield Message(row["id"], address, person, subject, body)


def addresses(practice: Practice, person: str) -> list[str]:
    """Where a person is told things; ``env:NAME`` channels are read from the environment."""
    known = practice.people.get(person)
    found = []
    for channel in known.notify if known else ():
        address = practice.channels.get(channel, channel)
        name = address.removeprefix("env:")
        found.append(address if name == address else os.environ.get(name, address))
    return found


def _words(practice: Practice, row: Mapping[str, Any], case: Case | None) -> tuple[str, str]:
    """Subject and body: what kind of thing waits and where; who the patient is stays inside."""
    what, page = _KINDS.get(row["kind"], ("Something waits for you", QUEUE))
    zone = zone_of(practice, case.location if case else "")
    raised = case.escalations.get(row["key"]) if case else None
    lines = [
        f"{what}.",
        f"Case {row['case']}" if case else "",
        f"Since {spoken(row['release'], zone)}",
        f"Take it by {spoken(raised.until, zone)}" if raised and raised.until else "",
        case_link(row["case"]) if case else link(page),
    ]
    subject = f"{what} (case {row['case']})" if case else what
    return subject, "\n".join(line for line in lines if line)


_KINDS = {
    "escalation": ("An escalation waits for you to take it", ESCALATIONS),
    "task": ("A task waits for you", QUEUE),
    "unplaced": ("An event waits to be placed", UNPLACED),
}
"""Kind of notice -> what it says, and the page where it waits if it has no case."""
