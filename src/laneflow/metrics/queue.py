"""Owns the queue: what is to be done, in the order to do it, with its words and its doer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from laneflow.engine.state import Case, Instant, PatientFile, Task
from laneflow.metrics import words
from laneflow.outreach.prompt import title_for
from laneflow.practice.coverage import Cover, cover
from laneflow.store.contract import Store

if TYPE_CHECKING:
    from laneflow.engine.live import Live

CHUNK = 200
"""Patients whose files are read together."""


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

    Each: task, case, patient, lane, status, queue, tier, owner, backup, due, overdue, channel,
    title, script; and location, kind, key, starts, attempt, doer (who does it when the practice
    is next open), covers (why it is not the owner). Instants are ISO 8601 in the location's zone,
    people are ids, ``title`` is rendered.
    """
    wanted = wanted or Filter()
    names = ("lane", "location", "queue", "tier")
    filters = {name: getattr(wanted, name) for name in names if getattr(wanted, name)}
    rows = (row for row in _rows(store, at, filters, limit) if _asked_for(row, at, wanted))
    items = _items(store, live, rows, at)
    mine = (i for i in items if not wanted.person or wanted.person in (i["doer"], i["owner"]))
    return list(islice(mine, limit))


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
    load = store.holding()
    while chunk := list(islice(rows, CHUNK)):
        files = store.load([row["patient"] for row in chunk])
        for row in chunk:
            file = files[row["patient"]]
            case = file.cases.get(row["case"])
            task = task_of(case, row["key"]) if case else None
            if case is not None and task is not None:
                yield item(live, file, case, task, at, load)


def task_of(case: Case, key: str) -> Task | None:
    """The case's open task with this key: ``main`` or a side task's own."""
    return case.task if key == "main" else case.side.get(key)


def item(
    live: Live, file: PatientFile, case: Case, task: Task, at: Instant, load: Mapping[str, int]
) -> dict[str, Any]:
    """One queue item; see ``queue`` for its fields."""
    practice = live.practice
    zone = words.zone_of(practice, case.location)
    doer = who_does(live, file, case, task, at, load)
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
        "due": words.iso(task.due.at, zone),
        "overdue": task.due.at <= at,
        "starts": words.iso(task.start.at, zone) if task.start else None,
        "channel": task.channel,
        "attempt": task.attempt + 1,
        "title": title_for(live.loaded, case, file.facts, task, at),
        "script": task.script,
        "key": task.key,
    }


def who_does(
    live: Live, file: PatientFile, case: Case, task: Task, at: Instant, load: Mapping[str, int]
) -> Cover:
    """Who does a task when the practice is next open: whoever claimed it, else owner or cover."""
    if task.person:
        return Cover(task.person, "owner")
    lane = live.loaded.lanes.get(case.lane)
    calendar = live.calendar(case.location)
    role = task.who or (lane.owner if lane else "")
    owner = case.owner if not task.who else ""
    language = file.facts.get("patient.language")
    moment = calendar.next_open(at)
    backup = case.backup if owner else ""
    found = cover(live.practice, calendar, owner, backup, role, moment, language, load)
    return found if owner else found._replace(why="")
