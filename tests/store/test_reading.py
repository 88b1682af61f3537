"""Questions to the store: cases, tasks, escalations, silence."""

from __future__ import annotations

import msgspec
import pytest

from laneflow.engine.state import Closed, Date
from laneflow.store.contract import Store
from store.made import DAY, HOUR, Patient, T, act, drop, escalation, opened, publish, put, task

MINUTE = HOUR // 60


def test_a_case_is_found_by_any_unique_beginning(store: Store) -> None:
    for case in ("ab1", "ab2", "ab", "AB3", "x%_1", "xyz1"):
        opened(store, case, f"p-{case}")
    found = {asked: store.case(asked) for asked in ("ab1", "ab", "a", "A", "x%", "x_", "", "zz")}
    ids = {asked: case.id if case else None for asked, case in found.items()}
    assert ids == {
        "ab1": "ab1", "ab": "ab", "a": None, "A": "AB3", "x%": "x%_1", "x_": None, "": None,
        "zz": None,
    }  # fmt: skip


def test_cases_are_narrowed_by_any_column(store: Store) -> None:
    opened(store, "c1", "p1", lane="one", owner="ana")
    opened(store, "c2", "p2", lane="two", owner="ana", kind="no-show")
    opened(store, "c3", "p3", lane="two", owner="ben", wake_at=None)
    asked = {
        "lane": store.cases(lane="two"),
        "both": store.cases(lane="two", owner="ana"),
        "one of": store.cases(lane=["one", "two"], owner=("ben",)),
        "none of": store.cases(lane=[]),
        "not set": store.cases(wake_at=None),
        "kind": store.cases(kind="no-show"),
    }
    assert {name: [case.id for case in cases] for name, cases in asked.items()} == {
        "lane": ["c2", "c3"], "both": ["c2"], "one of": ["c3"], "none of": [], "not set": ["c3"],
        "kind": ["c2"],
    }  # fmt: skip


def test_a_filter_that_is_no_column_is_refused(store: Store) -> None:
    with pytest.raises(TypeError, match=r'no filter "stauts"\. Did you mean "status"'):
        next(store.cases(stauts="x"))
    with pytest.raises(TypeError, match="no filter"):
        store.tasks(colour="red")
    with pytest.raises(TypeError, match="no filter"):
        store.escalations(colour="red")


def test_more_cases_than_a_page_come_once_each_in_order(store: Store) -> None:
    patients = [Patient(f"p{n:04}") for n in range(1203)]
    for made in patients:
        made.open(f"c-{made.file.patient}")
    store.apply([made.result() for made in patients])
    ids = [case.id for case in store.cases()]
    assert ids == [f"c-{made.file.patient}" for made in patients]


def test_tasks_come_overdue_first_then_by_tier_then_by_date(store: Store) -> None:
    tiers = msgspec.json.encode({"tiers": ["urgent", "high"]})
    publish(store, "practice", "practice", "h", tiers)
    for case, tier, due in (
        ("c1", "high", T + 1),
        ("c2", "urgent", T + 9),
        ("c3", "high", T - 5),
        ("c4", "high", T - 9),
    ):
        opened(store, case, f"p-{case}", tier=tier, task=task(case, due=due))
    assert [row["case"] for row in store.tasks(at=T)] == ["c4", "c3", "c2", "c1"]
    assert [row["case"] for row in store.tasks()] == ["c2", "c4", "c3", "c1"]
    assert [row["case"] for row in store.tasks(at=T, limit=3)] == ["c4", "c3", "c2"]
    assert [row["case"] for row in store.tasks(at=T, limit=1)] == ["c4"]
    assert [row["case"] for row in store.tasks(tier="high", at=T)] == ["c4", "c3", "c1"]
    assert [row["case"] for row in store.tasks(task="c2/1")] == ["c2"]


def test_a_task_row_tells_its_case_too(store: Store) -> None:
    opened(store, task=task("c1", channel="phone", script="x/y", to="payer", paused=True))
    (row,) = store.tasks()
    expected = {
        "task": "c1/1", "case": "c1", "patient": "p1", "lane": "lane-one", "status": "first_call",
        "queue": "new", "tier": "high", "owner": "ana", "backup": "ben", "location": "main",
        "holder": "ana", "channel": "phone", "script": "x/y", "to": "payer", "paused": True,
        "key": "main", "due": T + DAY, "start": None, "state": "open", "touched": T,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_escalations_come_by_tier_then_by_age(store: Store) -> None:
    tiers = msgspec.json.encode({"tiers": ["urgent", "high"]})
    publish(store, "practice", "practice", "h", tiers)
    for case, tier, at in (("c1", "high", T), ("c2", "urgent", T + 5), ("c3", "high", T - 5)):
        made = opened(store, case, f"p-{case}", tier=tier)
        made.decide(put("escalations", "overdue", escalation(opened=at, last=True)), case=case)
        store.apply([made.result()])
    assert [row["case"] for row in store.escalations()] == ["c2", "c3", "c1"]
    (row,) = store.escalations(case="c1", role="nurse")
    assert (row["lane"], row["until"], row["last"]) == ("lane-one", T + HOUR, True)


def test_standing_counts_open_cases_by_lane_and_status(store: Store) -> None:
    opened(store, "c1", "p1")
    opened(store, "c2", "p2")
    made = opened(store, "c3", "p3")
    made.set("c3", closed=Closed("completed", "", T, "closes[0]"))
    store.apply([made.result()])
    assert store.standing() == {("lane-one", "first_call"): 2}


def test_silence_shows(store: Store) -> None:
    def silent() -> list[str]:
        return [row["case"] for row in store.silent(T + 2 * DAY, ["ana"])]

    made = opened(store)
    assert silent() == ["c1"], "its task's date has passed and nothing was decided"
    made.set(at=T + DAY, task=task("c1", due=T + 3 * DAY))
    store.apply([made.result()])
    assert silent() == []
    made.set(at=T + 2 * DAY, task=None, untouched=None)
    store.apply([made.result()])
    assert silent() == ["c1"], "no date is left"
    made.decide(put("escalations", "overdue", escalation(until=None, last=True)), at=T + 2 * DAY)
    store.apply([made.result()])
    assert silent() == [], "somebody is being called"
    made.set(owner="gone", task=task("c1", due=T + 9 * DAY), at=T + 2 * DAY)
    store.apply([made.result()])
    assert silent() == ["c1"], "its owner works here no longer"
    made.set(closed=Closed("completed", "", T, "closes[0]"), at=T + 2 * DAY)
    store.apply([made.result()])
    assert silent() == ["c1"], "closed, but its escalation is untaken"
    made.decide(drop("escalations", "overdue"), at=T + 2 * DAY)
    store.apply([made.result()])
    assert silent() == []


def test_untouched_starts_with_the_last_act(store: Store) -> None:
    opened(store, untouched=Date(T + DAY, T - HOUR))
    (row,) = store.tasks()
    assert row["touched"] == T - HOUR


def test_contacts_are_what_notes_tell_of_over_all_lanes(store: Store) -> None:
    made = opened(store, "c1", "p1", task=task("c1", to="payer"), side={})
    made.open("c2")
    made.decide(put("side", "cost", task("c1", 5, "cost")))
    store.apply([made.result()])

    def noted(id_: str, case: str, minute: int, outcome: str = "no answer", **data: object) -> None:
        at = T + minute * MINUTE
        given = act(id_, "note", case, at, **{"outcome": outcome, "time": at, **data})
        made.take(given, "placed", case)

    noted("a1", "c2", 1)
    noted("a2", "c1", 1, task="cost")
    noted("a3", "c2", 2, "reached", channel="sms")
    noted("a4", "c2", 3, "left message", channel="letter")
    noted("a5", "c2", 4, "reached partner")
    noted("a6", "c2", 5, "")
    noted("a7", "c1", 6)  # about the task toward the payer
    noted("a8", "c2", -60)
    store.apply([made.result()])
    contacts = store.contacts(["p1", "p2"], T)
    assert contacts == {"p1": [T + MINUTE, T + 2 * MINUTE]}
    assert store.contacts(["p1"], T - HOUR) == {"p1": [T - HOUR, *contacts["p1"]]}
    assert store.contacts(["p2"], T) == store.contacts([], T) == {}
