"""Owns the queue: what is to be done, in the order to do it, with its words and its doer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from laneflow.engine.doers import falls_to, held_back
from laneflow.engine.state import Case, Instant, PatientFile, Task
from laneflow.outreach.prompt import title_for
from laneflow.practice import words
from laneflow.practice.contact import LOOK_BACK
from laneflow.practice.coverage import Cover, cover
from laneflow.store.contract import Store

if TYPE_CHECKING:
    from laneflow.engine.live import Live

CHUNK = 200
"""Patients whose files are read together."""

FURTHER = 2 * CHUNK
"""How many tasks beyond those wanted are looked through for some that nothing holds back."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a queue is narrowed to; an empty field narrows nothing.

    ``person`` keeps what is theirs to do: they own it, claimed it, or cover for its owner.
    ``due_by`` is an instant; ``sleeping`` adds tasks whose start has not come.
    """

    lane: str = ""
    location: str = ""
    queue: str = ""
    tier: str = ""
    person: str = ""
    due_by: Instant | None = None
    overdue: bool = False
    sleeping: bool = False


def queue(
    store: Store, live: Live, at: Instant, wanted: Filter | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Open tasks as flat rows, in the order to do them: overdue and urgent first, then due.

    What contact hours or the contact cap hold back comes last; its date stays. With a ``limit``,
    that holds among the first ``limit`` + ``FURTHER`` of the tasks.

    Each: task, case, patient, lane, status, queue, tier, owner, backup, due, overdue, channel,
    title, script; and location, kind, key, starts, attempt, doer (who does it when the practice
    is next open), covers (why it is not the owner), also (lanes of the patient's other open
    cases), hold_until and hold_why (None and "" where nothing holds it). Instants are ISO 8601 in
    the location's zone, people are ids, ``title`` is rendered.
    """
    wanted = wanted or Filter()
    names = ("lane", "location", "queue", "tier")
    filters = {name: getattr(wanted, name) for name in names if getattr(wanted, name)}
    rows = (row for row in _rows(store, at, filters, limit) if _asked_for(row, at, wanted))
    items = _items(store, live, rows, at)
    mine = (i for i in items if not wanted.person or wanted.person in (i["doer"], i["owner"]))
    return _held_last(mine, limit)


def _held_last(items: Iterable[dict[str, Any]], limit: int | None) -> list[dict[str, Any]]:
    offered: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    for looked, found in enumerate(items, 1):
        (held if found["hold_until"] else offered).append(found)
        if limit is not None and (len(offered) == limit or looked == limit + FURTHER):
            break
    return [*offered, *held][:limit]


def _rows(
    store: Store, at: Instant, filters: dict[str, Any], limit: int | None
) -> Iterator[dict[str, Any]]:
    """Task rows in order; where only a few are wanted, read a few, and more if those do not do."""
    given, asked = 0, None if limit is None else CHUNK + limit
    while True:
        rows = store.tasks(at=at, limit=asked, **filters)
        yield from rows[given:]
        if asked is None or len(rows) < asked:
            return
        given, asked = asked, asked * 8


def _asked_for(row: Mapping[str, Any], at: Instant, wanted: Filter) -> bool:
    if not wanted.sleeping and (row["start"] or 0) > at:
        return False
    if wanted.overdue and row["due"] > at:
        return False
    return wanted.due_by is None or row["due"] <= wanted.due_by


def _items(
    store: Store, live: Live, rows: Iterator[Mapping[str, Any]], at: Instant
) -> Iterator[dict[str, Any]]:
    load = store.holding(at)
    while chunk := list(islice(rows, CHUNK)):
        patients = [row["patient"] for row in chunk]
        files = store.load(patients)
        contacts = store.contacts(patients, at - LOOK_BACK)
        for row in chunk:
            file = files[row["patient"]]
            case = file.cases.get(row["case"])
            task = task_of(case, row["key"]) if case else None
            if case is not None and task is not None:
                yield item(live, file, case, task, at, load, contacts.get(file.patient, ()))


def task_of(case: Case, key: str) -> Task | None:
    """The case's open task with this key: ``main`` or a side task's own."""
    return case.task if key == "main" else case.side.get(key)


def item(
    live: Live,
    file: PatientFile,
    case: Case,
    task: Task,
    at: Instant,
    load: Mapping[str, int],
    contacts: Sequence[Instant],
) -> dict[str, Any]:
    """One queue item, see ``queue`` for its fields; ``contacts`` with the patient, of late."""
    here = words.zone_of(live.practice, case.location)
    doer = who_does(live, file, case, task, at, load)
    waits = held_back(live, file, case, task, at, contacts)
    return {
        "task": task.id,
        "case": case.id,
        "patient": case.patient,
        "lane": case.lane,
        "status": case.status,
        "queue": case.queue,
        "tier": case.tier,
        "kind": case.kind,
        "location": case.location,
        "owner": case.owner,
        "backup": case.backup,
        "doer": doer.person,
        "covers": doer.why,
        "due": words.iso(task.due.at, here),
        "overdue": task.due.at <= at,
        "starts": words.iso(task.start.at, here) if task.start else None,
        "channel": task.channel,
        "attempt": task.attempt + 1,
        "title": title_for(live.loaded, case, file.facts, task, at),
        "script": task.script,
        "key": task.key,
        "also": also_open(file, case),
        "hold_until": words.iso(waits.until, here) if waits else None,
        "hold_why": waits.why if waits else "",
    }


def also_open(file: PatientFile, case: Case) -> list[str]:
    """Lanes of the patient's other open cases, so that one contact may cover them."""
    others = (c for c in file.cases.values() if c.id != case.id and c.closed is None)
    return sorted({other.lane for other in others})


def who_does(
    live: Live, file: PatientFile, case: Case, task: Task, at: Instant, load: Mapping[str, int]
) -> Cover:
    """Who does a task when the practice is next open: whoever claimed it, else owner or cover."""
    if task.person:
        return Cover(task.person, "owner")
    calendars = live.calendars(case.location)
    owner, backup, role, language = falls_to(live, file, case, task)
    moment = calendars[0].next_open(at)
    found = cover(live.practice, calendars, owner, backup, role, moment, language, load)
    return found if owner else found._replace(why="")
