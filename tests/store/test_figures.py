"""The day's figures and the lists behind them, told alike by every store."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from laneflow.engine.state import Closed, Date, Instant
from laneflow.store.contract import Store
from laneflow.store.database import DatabaseStore
from laneflow.store.wanted import Pile, Wanted
from store.made import DAY, HOUR, Patient, T, escalation, opened, put, task

BOTH = frozenset({"main", "riverside"})


def wanted(**narrowed: object) -> Wanted:
    return Wanted(**({"locations": BOTH} | narrowed))


def closed(at: Instant, outcome: str = "done") -> Closed:
    return Closed(outcome, outcome, at, "closes[0]")


def ids(store: Store, at: Instant = T, **narrowed: object) -> list[str]:
    found = [row["id"] for row in store.listed(wanted(**narrowed), at, 100)]
    assert store.listed_count(wanted(**narrowed), at) == len(found)
    return found


@pytest.fixture
def story(store: Store) -> Store:
    """Six cases, of each kind that a figure tells apart."""
    opened(store, "c1", "p1", progress=T - 3, barriers={"cost": T, "fear": T})
    opened(store, "c2", "p2", progress=T - 9, location="riverside", barriers={"cost": T})
    for n, case, fields, changes in (
        (3, "c3", {"lane": "lane-two", "queue": "sent", "owner": "ben", "tier": "urgent",
                   "task": task("c3", due=T - 1)}, [put("escalations", "overdue", escalation())]),
        (4, "c4", {"task": task("c4", due=T - 1, paused=True)},
         [put("side", "cost", task("c4", 2, "cost", due=T + HOUR))]),
        (5, "c5", {}, [put("escalations", "worse", escalation("worse"))]),
    ):  # fmt: skip
        made = Patient(f"p{n}")
        made.open(case, **fields)
        made.decide(*changes, case=case)
        if case == "c5":
            made.set("c5", at=T + 5, closed=closed(T + 5), queue="closed")
        assert store.apply([made.result()]) == []
    made = opened(store, "c6", "p6")
    made.set("c6", at=T + 7, closed=closed(T + 7, "lost"), queue="closed")
    assert store.apply([made.result()]) == []
    return store


def test_open_cases_are_counted_by_what_they_share(story: Store) -> None:
    cost_and_fear, cost = ("cost", "fear"), ("cost",)
    assert sorted(story.piles(T)) == sorted([
        Pile("main", "lane-one", "closed", "ana", (), 0, 0, 1),
        Pile("main", "lane-one", "new", "ana", (), 1, 0, 0),
        Pile("main", "lane-one", "new", "ana", cost_and_fear, 1, 0, 0),
        Pile("main", "lane-two", "sent", "ben", (), 1, 1, 1),
        Pile("riverside", "lane-one", "new", "ana", cost, 1, 0, 0),
    ])  # fmt: skip


def test_overdue_is_what_the_engine_calls_so(story: Store) -> None:
    """A paused task is never overdue, a side task is."""
    assert ids(story, overdue=True) == ["c3"]
    assert ids(story, T + HOUR, overdue=True) == ["c3", "c4"]
    assert sum(pile.overdue for pile in story.piles(T + HOUR)) == 2


def test_a_list_is_narrowed_by_each_filter_and_never_leaves_its_locations(story: Store) -> None:
    found = {
        "all": ids(story),
        "riverside": ids(story, locations=frozenset({"riverside"})),
        "nowhere": ids(story, locations=frozenset()),
        "lane": ids(story, lane="lane-two"),
        "queue": ids(story, queue="sent"),
        "tier": ids(story, tier="urgent"),
        "owner": ids(story, owner="ben"),
        "status": ids(story, status="no such"),
        "barrier": ids(story, barrier="cost"),
        "part of a barrier": ids(story, barrier="cos"),
        "other letters": ids(story, barrier="COST"),
        "untaken": ids(story, untaken=True, state="any"),
        "ids": ids(story, ids=("c2", "c6", "c9")),
        "any": ids(story, ids=("c2", "c6"), state="any"),
        "no ids": ids(story, ids=()),
    }
    assert found == {
        "all": ["c2", "c1", "c3", "c4"], "riverside": ["c2"], "nowhere": [], "lane": ["c3"],
        "queue": ["c3"], "tier": ["c3"], "owner": ["c3"], "status": [], "barrier": ["c2", "c1"],
        "part of a barrier": [], "other letters": [], "untaken": ["c3", "c5"], "ids": ["c2"],
        "any": ["c2", "c6"], "no ids": [],
    }  # fmt: skip


def test_what_closed_comes_in_the_order_it_closed(story: Store) -> None:
    assert ids(story, state="closed") == ["c5", "c6"]
    assert ids(story, state="closed", closed=(T + 6, T + 8)) == ["c6"]
    assert ids(story, state="any", closed=(T, T + 7)) == ["c5"]


def test_a_list_comes_page_by_page_each_case_once(store: Store) -> None:
    """Also where many have the very same date."""
    for n in range(7):
        opened(store, f"c{n}", f"p{n}", progress=T - n // 3)
    found: list[str] = []
    after = None
    while page := store.listed(wanted(), T, 2, after):
        found += [row["id"] for row in page]
        after = (page[-1]["progress"], page[-1]["id"])
    assert found == ["c6", "c3", "c4", "c5", "c0", "c1", "c2"]


def test_first_responses_are_judged_as_of_an_instant(store: Store) -> None:
    by = {"windows": {"first_attempt": Date(T + HOUR, T)}}
    opened(store, "waits", "p1", **by)
    opened(store, "in-time", "p2", first_attempt=T + HOUR, **by)
    opened(store, "late", "p3", first_attempt=T + HOUR + 1, **by)
    opened(store, "free", "p4")
    opened(store, "long-ago", "p5", at=T - DAY, **by)
    made = Patient("p6")
    made.open("ended", **by)
    made.set("ended", at=T + 5, closed=closed(T + 5))
    assert store.apply([made.result()]) == []

    now = {"waits": "waiting", "in-time": "in_window", "late": "late", "free": "free",
           "ended": "ended"}  # fmt: skip
    for at, said in ((T + 9, now), (T + HOUR, now | {"waits": "late"})):
        answers = store.answers(T, T + 1, at)
        assert {key[2]: n for key, n in answers.items()} == {
            word: list(said.values()).count(word) for word in set(said.values())
        }
        for word in set(said.values()):
            found = ids(store, at, state="any", opened=(T, T + 1), response=word)
            assert sorted(found) == sorted(name for name, w in said.items() if w == word)


def test_cases_opened_and_closed_day_by_day(story: Store) -> None:
    edges = [T - DAY, T, T + 6, T + DAY]
    assert story.flow(edges) == [
        {},
        {"main": (5, 1), "riverside": (1, 0)},
        {"main": (0, 1)},
    ]
    assert story.flow([T]) == story.flow([]) == []


def test_a_database_from_before_gets_its_figures(sqlite_store: DatabaseStore) -> None:
    """Migrating takes the new columns out of the cases' bodies as writing does."""
    made = Patient()
    made.open("c1", barriers={"fear": T, "cost": T}, first_attempt=T + 4,
              windows={"first_attempt": Date(T + HOUR, T)}, task=task("c1", due=T - 5))  # fmt: skip
    made.open("c2", task=task("c2", due=T - 5, paused=True))
    made.decide(put("escalations", "worse", escalation("worse")), case="c2")
    sqlite_store.apply([made.result()])
    names = ["overdue_at", "untaken", "barriers", "respond_by", "responded"]
    rows = sqlite_store.dicts(f"SELECT {', '.join(names)}, body FROM laneflow_case ORDER BY id")
    columns = import_module("laneflow.store.migrations.0006_figures").columns
    assert [columns(json.loads(row.pop("body"))) for row in rows] == rows
    assert rows[0] == dict(zip(names, [T - 5, 0, '["cost","fear"]', T + HOUR, T + 4], strict=True))
    assert rows[1] == dict(zip(names, [None, 1, "", None, None], strict=True))


def test_figures_and_lists_look_into_no_row(sqlite_store: DatabaseStore) -> None:
    """A hundred thousand cases are counted along indexes that hold all that is asked for."""
    opened(sqlite_store, barriers={"cost": T})
    made = Patient("p2")
    made.open("c2")
    made.decide(put("barriers", "cost", T), case="c2")
    sqlite_store.apply([made.result()])
    seen: list[str] = []

    real = type(sqlite_store).rows

    def explained(self: DatabaseStore, sql: str, parameters: object = ()) -> list[tuple[object]]:
        if "laneflow_case" in sql:
            plan = real(self, f"EXPLAIN QUERY PLAN {sql}", parameters)  # type: ignore[arg-type]
            seen.extend(str(row[3]) for row in plan)
        return real(self, sql, parameters)  # type: ignore[arg-type]

    patch = pytest.MonkeyPatch()
    patch.setattr(type(sqlite_store), "rows", explained)
    sqlite_store.piles(T)
    sqlite_store.answers(T - DAY, T + DAY, T)
    sqlite_store.flow([T - DAY, T, T + DAY])
    for narrowed in (
        {}, {"lane": "lane-one"}, {"barrier": "cost"}, {"owner": "ana"}, {"overdue": True},
        {"untaken": True, "state": "any"}, {"locations": frozenset({"main"}), "tier": "high"},
        {"state": "any", "opened": (T, T + 1), "response": "late"},
        {"state": "closed", "closed": (T, T + DAY)},
    ):  # fmt: skip
        sqlite_store.listed(wanted(**narrowed), T, 10)
        sqlite_store.listed_count(wanted(**narrowed), T)
    patch.undo()
    looked = [step for step in seen if "laneflow_case" in step]
    assert looked
    assert not [step for step in looked if "COVERING INDEX" not in step]
