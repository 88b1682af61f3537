"""Owns the queue: what is to be done, in the order to do it, with its words and its doer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from laneflow.engine.doers import held_back, zone_told
from laneflow.engine.state import Case, Instant, PatientFile, Task
from laneflow.metrics.queue.whose import shares_of, who_does
from laneflow.outreach.prompt import title_for
from laneflow.practice import words
from laneflow.practice.contact import LOOK_BACK, Hold, hold, may_hold
from laneflow.store.contract import Store
from laneflow.store.shares import Place, Share

if TYPE_CHECKING:
    from laneflow.engine.live import Live

CHUNK = 200
"""Patients whose files are read together."""

FURTHER = 2 * CHUNK
"""How many tasks beyond those wanted are looked through for some that nothing holds back."""

AHEAD = 2_000
"""Task rows that are read together where many are gone through."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a queue is narrowed to; an empty field narrows nothing.

    ``person`` keeps what is theirs to do: they own it, claimed it, or cover for its owner.
    ``due_by`` is an instant; ``sleeping`` adds tasks whose start has not come. ``locations``:
    one of these; None for all. ``language`` is one without its country, ``barrier`` in the way now.
    """

    lane: str = ""
    location: str = ""
    queue: str = ""
    tier: str = ""
    language: str = ""
    barrier: str = ""
    person: str = ""
    locations: tuple[str, ...] | None = None
    due_by: Instant | None = None
    overdue: bool = False
    sleeping: bool = False


class Asking:
    """A queue that is asked for at an instant: the one place that narrows the store's rows.

    ``load`` is who has how many open tasks, where that is known already.
    """

    def __init__(
        self,
        store: Store,
        live: Live,
        at: Instant,
        wanted: Filter,
        load: Mapping[str, int] | None = None,
    ) -> None:
        self.store, self.live, self.at, self.wanted = store, live, at, wanted
        self.load = store.holding(at) if load is None else load
        self.shares: list[Share] | None = None
        if wanted.person:
            self.shares = shares_of(
                store, live, at, wanted.person, self.load, sleeping=wanted.sleeping
            )

    def narrowed(self) -> dict[str, Any]:
        """What ``Store.tasks`` and ``Store.tallies`` are narrowed by."""
        wanted = self.wanted
        names = ("lane", "location", "queue", "tier", "language", "barrier")
        found = {name: value for name in names if (value := getattr(wanted, name))}
        if wanted.locations is not None:
            here = set(wanted.locations)
            found["location"] = sorted(here & {wanted.location} if wanted.location else here)
        dates = [wanted.due_by] if wanted.due_by is not None else []
        dates += [self.at] if wanted.overdue else []
        return {
            **found,
            "shares": self.shares,
            "awake": None if wanted.sleeping else self.at,
            "due_by": min(dates, default=None),
        }

    def walk(self, after: Place | None = None, first: int = AHEAD) -> Iterator[Looked]:
        """The tasks behind a place, in order; ``first``: how many will probably do."""
        asked = first
        while True:
            rows = self.store.tasks(at=self.at, limit=asked, after=after, **self.narrowed())
            contacts = self._contacts(rows)
            for row in rows:
                yield self._looked(row, contacts.get(row["patient"], ()))
            if len(rows) < asked:
                return
            after, asked = place(rows[-1], self.at), AHEAD

    def _contacts(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Instant]]:
        practice, at = self.live.practice, self.at
        patients = dict.fromkeys(
            row["patient"]
            for row in rows
            if not row["to"] and may_hold(practice, row["tier"], row["due"], row["channel"], at)
        )
        return self.store.contacts(list(patients), at - LOOK_BACK) if patients else {}

    def _looked(self, row: Mapping[str, Any], contacts: Sequence[Instant]) -> Looked:
        """What holds a task back, as ``engine.doers.held_back`` says it of a task in a file."""
        live, at, waits = self.live, self.at, None
        if not row["to"] and (row["start"] or 0) <= at:
            zone = zone_told(live, row["zone"], row["location"])
            waits = hold(live.practice, zone, row["tier"], row["due"], contacts, row["channel"], at)
        return Looked(row, waits, contacts)

    def items(self, chosen: Iterable[Looked]) -> Iterator[dict[str, Any]]:
        """The rows with their words; what somebody has ended meanwhile is left out."""
        for found in self.files(chosen):
            yield item(self.live, *found[1:4], self.at, self.load, found.looked.contacts)

    def files(self, chosen: Iterable[Looked]) -> Iterator[Found]:
        """The tasks looked at, with the files they stand in."""
        rows = main_first(chosen)
        while chunk := list(islice(rows, CHUNK)):
            files = self.store.load(list({looked.row["patient"]: None for looked in chunk}))
            for looked in chunk:
                file = files[looked.row["patient"]]
                case = file.cases.get(looked.row["case"])
                task = task_of(case, looked.row["key"]) if case else None
                if case is not None and task is not None:
                    yield Found(looked, file, case, task)


class Looked(NamedTuple):
    """A task's row, what holds it back, and when its patient was contacted of late."""

    row: Mapping[str, Any]
    waits: Hold | None
    contacts: Sequence[Instant]


class Found(NamedTuple):
    """A task that was looked at, in its case, in its patient's file."""

    looked: Looked
    file: PatientFile
    case: Case
    task: Task


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
    asking = Asking(store, live, at, wanted or Filter())
    first = AHEAD if limit is None else CHUNK + limit
    return list(asking.items(held_last(asking.walk(first=first), limit)))


def held_last(looked: Iterable[Looked], limit: int | None) -> list[Looked]:
    """What nothing holds back before what something does, see ``queue``."""
    offered: list[Looked] = []
    held: list[Looked] = []
    for n, found in enumerate(looked, 1):
        (held if found.waits else offered).append(found)
        if limit is not None and (len(offered) == limit or n == limit + FURTHER):
            break
    return [*offered, *held][:limit]


def main_first(chosen: Iterable[Looked]) -> Iterator[Looked]:
    """The same order, but among a case's tasks of one due date the main one comes first.

    The store's order ends with the task's id, which its indexes hold: there they are neighbours.
    What is held back stays behind what is not.
    """
    for _, alike in groupby(chosen, key=_alike):
        yield from sorted(alike, key=lambda one: bool(one.row["key"] != "main"))


def _alike(one: Looked) -> tuple[str, Instant, bool]:
    return one.row["case"], one.row["due"], one.waits is None


def place(row: Mapping[str, Any], at: Instant) -> Place:
    """Where a task's row stands in the queue's order at an instant."""
    return Place(row["due"] <= at, row["tier_rank"], row["due"], row["task"])


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
