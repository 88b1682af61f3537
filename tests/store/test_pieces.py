"""Task and escalation rows follow the cases exactly, whatever came and went in between."""

from __future__ import annotations

from typing import Any

from laneflow.engine.state import Closed, Date, Notice
from laneflow.store.contract import Store
from store.made import DAY, HOUR, Patient, T, act, drop, escalation, event, opened, put, task


def tasks(store: Store) -> dict[str, tuple[str, int | None]]:
    """Task id -> (state, when it ended)."""
    return {row["task"]: (row["state"], row["ended"]) for row in store.tasks(open_only=False)}


def raised(store: Store) -> dict[tuple[str, int], tuple[str, int | None, str]]:
    """(rule, n) -> (state, when it ended, who ended it)."""
    rows = store.escalations(open_only=False)
    return {(row["rule"], row["n"]): (row["state"], row["ended"], row["ended_by"]) for row in rows}


def test_a_task_is_done_by_an_act_and_withdrawn_by_time(store: Store) -> None:
    made = opened(store)
    made.decide(put("side", "cost", task("c1", 2, "cost")), at=T + 1)
    store.apply([made.result()])
    made.take(act("a1", "done", "c1", T + 2))
    made.decide(("set", "task", task("c1", 3)), at=T + 2, input=("act", "a1"))
    made.decide(drop("side", "cost"), at=T + 3)
    store.apply([made.result()])
    assert tasks(store) == {
        "c1/1": ("done", T + 2), "c1/2": ("withdrawn", T + 3), "c1/3": ("open", None),
    }  # fmt: skip


def test_a_task_that_only_changed_stays_open(store: Store) -> None:
    made = opened(store)
    made.decide(("set", "task", task("c1", 1, due=T + 9 * DAY, attempt=1)), at=T + 2)
    store.apply([made.result()])
    (row,) = store.tasks()
    assert (row["task"], row["due"], row["attempt"]) == ("c1/1", T + 9 * DAY, 1)


def test_a_task_that_opened_and_ended_in_one_result_is_kept(store: Store) -> None:
    made = opened(store)
    made.decide(("set", "task", task("c1", 2)), at=T + 1, input=("event", "feed", "e1"))
    made.decide(("set", "task", task("c1", 3)), at=T + 2)
    store.apply([made.result()])
    assert tasks(store) == {
        "c1/1": ("done", T + 1), "c1/2": ("withdrawn", T + 2), "c1/3": ("open", None),
    }  # fmt: skip


def test_everything_of_a_new_case_that_came_and_went_is_kept(store: Store) -> None:
    made = Patient()
    made.open(escalations={})
    made.decide(put("escalations", "overdue", escalation()), at=T + 1)
    made.decide(drop("escalations", "overdue"), ("set", "task", task("c1", 2)), at=T + 2)
    store.apply([made.result()])
    assert tasks(store) == {"c1/1": ("withdrawn", T + 2), "c1/2": ("open", None)}
    assert raised(store) == {("overdue", 1): ("withdrawn", T + 2, "")}


def test_closing_ends_every_task(store: Store) -> None:
    made = opened(store)
    made.decide(put("side", "cost", task("c1", 2, "cost")))
    store.apply([made.result()])
    closed = Closed("completed", "visit kept", T + 5, "closes[0]")
    made.decide(("set", "closed", closed), at=T + 5, input=("event", "feed", "e2"))
    store.apply([made.result()])
    assert tasks(store) == {"c1/1": ("done", T + 5), "c1/2": ("done", T + 5)}
    assert store.tasks() == []


def test_cancelling_withdraws_every_task(store: Store) -> None:
    made = opened(store)
    closed = Closed("cancelled", "died", T + 5, "patient.deceased")
    made.decide(
        ("set", "closed", closed), ("set", "task", None), at=T + 5, input=("event", "feed", "e2")
    )
    store.apply([made.result()])
    assert tasks(store) == {"c1/1": ("withdrawn", T + 5)}


def test_an_escalation_climbs_is_taken_and_resolved(store: Store) -> None:
    made = opened(store)
    for at, change in enumerate(
        (
            escalation(),
            escalation(rung=1, role="provider"),
            escalation(rung=1, role="provider", state="taken", taken_by="nia", taken_at=T + 2),
        )
    ):
        made.decide(put("escalations", "overdue", change), at=T + at)
        store.apply([made.result()])
    (row,) = store.escalations()
    assert (row["rung"], row["role"], row["state"], row["taken_by"], row["taken_at"]) == (
        1, "provider", "taken", "nia", T + 2,
    )  # fmt: skip
    made.take(act("a1", "resolve", "c1", T + 3, escalation="overdue", answer="call her"))
    made.decide(drop("escalations", "overdue"), at=T + 3, input=("act", "a1"))
    store.apply([made.result()])
    assert raised(store) == {("overdue", 1): ("resolved", T + 3, "ana")}
    assert store.escalations() == []


def test_an_escalation_withdrawn_by_the_way_is_not_resolved(store: Store) -> None:
    made = opened(store)
    made.decide(
        put("escalations", "overdue", escalation()),
        put("escalations", "worse", escalation("worse")),
    )
    store.apply([made.result()])
    made.take(act("a1", "resolve", "c1", T + 3, escalation="worse"))
    made.decide(
        drop("escalations", "worse"), drop("escalations", "overdue"), at=T + 3, input=("act", "a1")
    )
    made.decide(put("escalations", "overdue", escalation(n=2)), at=T + 4)
    store.apply([made.result()])
    assert raised(store) == {
        ("overdue", 1): ("withdrawn", T + 3, ""),
        ("worse", 1): ("resolved", T + 3, "ana"),
        ("overdue", 2): ("open", None, ""),
    }


def test_a_new_owner_or_tier_shows_on_tasks_that_did_not_change(store: Store) -> None:
    made = opened(store)
    made.decide(put("side", "cost", task("c1", 2, "cost", who="nurse")))
    store.apply([made.result()])
    assert store.holding(T) == {"ana": 1, "": 1}
    made.set(owner="ben", tier="urgent")
    store.apply([made.result()])
    assert store.holding(T) == {"ben": 1, "": 1}
    assert {row["tier"] for row in store.tasks()} == {"urgent"}


def test_a_task_that_sleeps_is_nobodys_open_task_until_it_starts(store: Store) -> None:
    made = opened(store)
    made.decide(put("side", "later", task("c1", 2, "later", due=T + DAY, start=Date(T + HOUR))))
    store.apply([made.result()])
    assert store.holding(T + HOUR - 1) == {"ana": 1}
    assert store.holding(T + HOUR) == {"ana": 2}


def test_whoever_claimed_a_task_holds_it(store: Store) -> None:
    made = opened(store)
    made.decide(("set", "task", task("c1", 1, person="nia")))
    store.apply([made.result()])
    assert [row["task"] for row in store.tasks(holder="nia")] == ["c1/1"]


def test_a_note_is_kept_once_for_each_case_it_went_to(store: Store) -> None:
    made = opened(store)
    said: dict[str, Any] = {
        "outcome": "reached", "with_whom": "daughter", "channel": "phone", "barrier": "cost",
        "understanding": "partly", "told": "call\0 on Monday", "next_action": "call",
        "by_whom": "ana", "by_when": T + DAY, "escalate": True, "next_step_unclear": True,
        "time": T - HOUR,
    }  # fmt: skip
    made.take(act("a1", "note", "c1", **said), "placed", "c1", "c2")
    store.apply([made.result()])
    assert store.counts()["note"] == 2


def test_notices_wait_in_the_outbox(store: Store) -> None:
    made = opened(store)
    made.decide(notices=[Notice(0, "escalation", "overdue", "nurse", T + HOUR, "nia")])
    store.apply([made.result()])
    assert store.claim(T, 10, HOUR) == []
    (row,) = store.claim(T + HOUR, 10, HOUR)
    assert row == {
        "id": "c1/2/0", "case": "c1", "seq": 2, "n": 0, "kind": "escalation", "key": "overdue",
        "role": "nurse", "person": "nia", "release": T + HOUR, "tries": 1,
    }  # fmt: skip


def test_what_cannot_be_placed_waits_for_a_person(store: Store) -> None:
    made = Patient()
    given = event("e1")
    made.unplaced(given)
    store.apply([made.result()])
    (row,) = store.unplaced()
    assert row["event"] == given
    assert (row["source"], row["id"], row["owner"], row["due"]) == ("feed", "e1", "ana", T + DAY)
    assert (row["lanes"], row["candidates"]) == (("l1",), ("c1", "c2"))
    assert row["why"] == "two cases fit"
    placing = {"event": {"source": "feed", "id": "e1"}}
    made.take(act("a0", "place", "c1", T + 2, **placing), "recorded")
    store.apply([made.result()])
    assert len(store.unplaced()) == 1, "its case had closed meanwhile: it still waits"
    made.take(act("a1", "place", "c1", T + 3, **placing), "placed", "c1")
    store.apply([made.result()])
    assert store.unplaced() == []
    (row,) = store.unplaced(open_only=False)
    assert (row["state"], row["settled_by"], row["settled_at"]) == ("attached", "ana", T + 3)


def test_what_sleeps_is_counted_by_lane_and_start(store: Store) -> None:
    made = opened(store)
    made.decide(("set", "task", task("c1", 1, start=Date(T + DAY))))
    store.apply([made.result()])
    case = store.case("c1")
    assert case is not None
    assert store.sleeping(T) == {("lane-one", case.location, T + DAY): 1}
    assert store.sleeping(T + DAY) == {}


def test_escalations_that_stand_on_a_last_rung_are_counted_by_role(store: Store) -> None:
    for n, (role, more) in enumerate(
        [("nurse", {"last": True}), ("nurse", {"last": True}), ("manager", {"last": True}),
         ("nurse", {}), ("nurse", {"last": True, "state": "taken"})]
    ):  # fmt: skip
        made = opened(store, f"c{n}", f"p{n}")
        made.decide(put("escalations", "overdue", escalation(role=role, **more)), case=f"c{n}")
        store.apply([made.result()])
    assert store.uncalled() == {"nurse": 2, "manager": 1}
    rows = store.escalations(last=True, state="open")
    assert store.escalations(last=True, state="open", limit=2) == rows[:2]
