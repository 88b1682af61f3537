"""A law: the queue of one person is what the slow whole list says is theirs, whoever is away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

import cast
from laneflow.engine.live import Live
from laneflow.engine.state import Event
from laneflow.lanes.load import load_practice
from laneflow.metrics.queue.page import counts, page
from laneflow.metrics.queue.rows import FURTHER, Asking, Filter, Looked, main_first, queue
from laneflow.practice.model import LoadedPractice, Person
from laneflow.starter import starter_folder
from laneflow.store.contract import Store
from laneflow.store.memory import MemoryStore
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import HOUR, FixedClock
from laneflow.work.take_in import take_in

MONDAY = cast.t("2026-09-14 10:00")
TIMES = ("2026-09-14 10:00", "2026-09-14 12:10", "2026-09-14 13:10", "2026-09-16 07:30",
         "2026-09-18 16:00", "2026-09-19 11:00")  # fmt: skip
TRIGGERS = (
    ("encounter.discharged", {"encounter.facility": "General"}),
    ("referral.received", {"referral.specialty": "cardiology"}),
    ("appointment.missed", {"appointment.type": "follow-up"}),
    ("visit.completed", {"visit.type": "office"}),
    ("result.abnormal", {"result.name": "A1c"}),
    ("authorization.requested", {"authorization.service": "MRI"}),
)


@pytest.fixture(scope="module")
def starter() -> LoadedPractice:
    loaded, _ = load_practice(starter_folder())
    assert loaded is not None
    return loaded


def some_events(chance: Random, n: int) -> Iterator[Event]:
    """Patients of either location, who speak this or that, each with a reason or two."""
    for number in range(n):
        type_, data = chance.choice(TRIGGERS)
        facts: dict[str, Any] = {
            "location": chance.choice(["main", "riverside"]),
            "patient.first_name": f"P{number}",
            f"{type_.partition('.')[0]}.id": f"r{number}",
            "patient.phone": "555-0101",
        }
        if language := chance.choice([None, "en", "es", "es-MX", "vi"]):
            facts["patient.language"] = language
        if zone := chance.choice([None, "America/Los_Angeles", "Mars/Olympus"]):
            facts["patient.time_zone"] = zone
        patient = f"p{chance.randrange(n * 2 // 3)}"
        yield Event(f"e{number}", "ehr", type_, MONDAY, patient, data | facts, MONDAY)


def busy(starter: LoadedPractice, store: Store, seed: int) -> App:
    """A practice after a morning: much is open, some of it claimed, put off or handed over."""
    chance = Random(seed)
    app = App(Path("."), store, _with_limits(starter, chance), FixedClock(MONDAY))
    take_in(app, list(some_events(chance, 90)))
    people = list(app.loaded.practice.people)
    for case in list(app.store.cases()):
        keys = [*(["main"] if case.task else []), *case.side]
        what, key, who = chance.randrange(6), chance.choice(keys or ["main"]), chance.choice(people)
        if what == 0 and keys:
            data = {"task": key, "person": who}
            act(app, by="lee", kind="assign", case=case.id, data=data)
        elif what == 1 and keys:
            data = {"task": key, "reason": "busy", "until": MONDAY + chance.randrange(1, 50) * HOUR}
            act(app, by="lee", kind="snooze", case=case.id, data=data)
        elif what == 2 and who != case.backup:
            act(app, by="lee", kind="assign", case=case.id, data={"owner": who})
    return app


def _with_limits(starter: LoadedPractice, chance: Random) -> LoadedPractice:
    """Some have more to do than they may; some are away today."""

    def changed(person: Person) -> Person:
        most = chance.choice([None, None, 2, 8, person.most_open_tasks])
        off = ("2026-09-14",) if chance.random() < 0.2 else ()
        return replace(person, most_open_tasks=most, call_offs=(*person.call_offs, *off))

    people = {id_: changed(person) for id_, person in starter.practice.people.items()}
    return LoadedPractice(replace(starter.practice, people=people), starter.lanes, starter.folder)


@pytest.mark.parametrize("seed", range(3))
def test_a_persons_queue_is_the_whole_list_less_what_is_others(
    starter: LoadedPractice, sqlite_store: Store, seed: int
) -> None:
    app = busy(starter, sqlite_store, seed)
    store, live = app.store, app.live
    away, given = 0, 0
    for time in TIMES:
        at = cast.t(time)
        for sleeping in (False, True):
            whole = queue(store, live, at, Filter(sleeping=sleeping))
            given += sum(bool(i["covers"]) for i in whole)
            for person in app.loaded.practice.people:
                theirs = [i for i in whole if person in (i["doer"], i["owner"])]
                assert queue(store, live, at, Filter(person=person, sleeping=sleeping)) == theirs
                away += len(theirs)
    assert away > 100
    assert given > 20
    live.close()


@pytest.mark.parametrize("kind", ["memory", "postgresql"])
def test_every_store_gives_the_same_queue(
    starter: LoadedPractice, sqlite_store: Store, kind: str, request: pytest.FixtureRequest
) -> None:
    named = "postgresql_store"
    store = MemoryStore() if kind == "memory" else request.getfixturevalue(named)
    app, other = busy(starter, store, 7), busy(starter, sqlite_store, 7)
    for time in TIMES[:3]:
        at = cast.t(time)
        for wanted in (
            Filter(person="fay"), Filter(person="nora", language="es"), Filter(location="main"),
            Filter(lane="referral-follow-up", queue="new"), Filter(overdue=True),
            Filter(locations=("riverside",), due_by=at + 30 * HOUR),
        ):  # fmt: skip
            found = [
                (
                    queue(each.store, each.live, at, wanted, 5),
                    queue(each.store, each.live, at, wanted),
                    counts(Asking(each.store, each.live, at, wanted), frozenset({"main"})),
                )
                for each in (app, other)
            ]
            assert found[0] == found[1]
    for each in (app, other):
        each.live.close()


def in_pages(live: Live, store: Store, at: int, wanted: Filter, limit: int) -> list[str]:
    """All tasks of a queue, page by page."""
    found: list[str] = []
    mark = None
    while True:
        part = page(Asking(store, live, at, wanted), limit, mark)
        found += [one.row["task"] for one in part.looked]
        assert len(part.looked) <= limit
        if part.mark is None:
            return found
        mark = part.mark


def test_pages_hold_every_task_once_and_in_order(
    starter: LoadedPractice, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = busy(starter, sqlite_store, 3)
    for time in ("2026-09-14 10:00", "2026-09-15 07:30"):  # before contact hours, much is held
        at = cast.t(time)
        whole = queue(app.store, app.live, at)
        assert in_pages(app.live, app.store, at, Filter(), 7) == [i["task"] for i in whole]
        first = page(Asking(app.store, app.live, at, Filter()), 7).looked
        assert [one.row["task"] for one in first] == [
            i["task"] for i in queue(app.store, app.live, at, limit=7)
        ]
        tasks = {i["task"] for i in whole}
        monkeypatch.setattr("laneflow.metrics.queue.page.FURTHER", 10)
        short = in_pages(app.live, app.store, at, Filter(), 4)
        assert set(short) == tasks
        assert len(short) == len(tasks)
        monkeypatch.setattr("laneflow.metrics.queue.page.FURTHER", FURTHER)
    app.live.close()


def test_among_tasks_of_one_date_the_main_one_of_a_case_comes_first() -> None:
    def looked(case: str, key: str, due: int) -> Looked:
        return Looked({"case": case, "key": key, "due": due}, None, ())

    given = [("a", "late", 1), ("a", "items", 2), ("a", "cost", 2), ("a", "main", 2),
             ("b", "items", 2), ("b", "main", 3)]  # fmt: skip
    found = [(one.row["case"], one.row["key"]) for one in main_first(looked(*g) for g in given)]
    assert found == [("a", "late"), ("a", "main"), ("a", "items"), ("a", "cost"), ("b", "items"),
                     ("b", "main")]  # fmt: skip


def closed_of(store: Store, person: str) -> int:
    return sum(
        case.closed is not None and case.owner == person for case in store.cases(open_only=False)
    )


def test_counts_agree_with_the_list(starter: LoadedPractice, sqlite_store: Store) -> None:
    app = busy(starter, sqlite_store, 5)
    for person in ("ana", "fay", "nora", "lee", ""):
        for language in ("", "es"):
            wanted = Filter(person=person, language=language)
            listed = queue(app.store, app.live, MONDAY, wanted)
            counted = counts(Asking(app.store, app.live, MONDAY, wanted), frozenset())
            assert counted.pop("closed") == closed_of(app.store, person)
            assert counted.pop("") == len(listed)
            assert counted == {name: sum(i["queue"] == name for i in listed) for name in counted}
    app.live.close()
