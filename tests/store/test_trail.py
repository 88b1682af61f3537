"""What operations and auditors ask the store: the trail, newest first, and what waits or fails."""

from __future__ import annotations

from laneflow.engine.state import Notice
from laneflow.store.contract import Store
from laneflow.store.trail import Trail
from store.made import DAY, HOUR, Patient, T, act, escalation, event, opened, put

ROWS = (
    ("ana", "view", "case c1", {"page": "case", "why": "location"}),
    ("ben", "view", "", {"page": "queue", "why": "list", "cases": ["c1", "c2"]}),
    ("ana", "note", "case c1", {"id": "a1"}),
    ("login olga", "view", "quarantine d1", {}),
    ("ben", "view", "", {"page": "queue", "why": "list", "cases": ["c2", "c11"]}),
)


def told(store: Store) -> Store:
    for n, (by, what, about, detail) in enumerate(ROWS):
        store.audit({"at": T + n, "by": by, "what": what, "object": about, "detail": detail})
    return store


def numbers(store: Store, limit: int = 100, before: int | None = None, **wanted: object) -> list:
    return [row["n"] for row in store.trail(Trail(**wanted), limit, before)]


def test_the_trail_is_read_from_its_end_page_by_page(store: Store) -> None:
    told(store)
    assert numbers(store) == [5, 4, 3, 2, 1]
    assert numbers(store, limit=2) == [5, 4]
    assert numbers(store, limit=2, before=4) == [3, 2]
    assert store.trail(Trail(), 1)[0] == store.audited(after=4)[0]


def test_the_trail_is_narrowed(store: Store) -> None:
    told(store)
    assert numbers(store, by="ana") == [3, 1]
    assert numbers(store, what="view") == [5, 4, 2, 1]
    assert numbers(store, since=T + 1, until=T + 3) == [3, 2]
    assert numbers(store, by="nobody") == []


def test_who_saw_a_case_was_shown_it_alone_or_in_a_list(store: Store) -> None:
    told(store)
    assert numbers(store, cases=("c1",)) == [3, 2, 1], "c11 is another case"
    assert numbers(store, cases=("c11", "c9")) == [5]
    assert numbers(store, cases=("c2",), by="ben") == [5, 2]
    assert numbers(store, cases=()) == [], "of no case, nobody saw anything"


def test_who_did_anything_is_known(store: Store) -> None:
    assert store.audited_by() == []
    assert told(store).audited_by() == ["ana", "ben", "login olga"]


def test_the_head_is_the_last_row(store: Store) -> None:
    assert store.audit_head() == (0, "")
    told(store)
    assert store.audit_head() == (5, store.audited()[-1]["hash"])


def test_verifying_tells_how_far_it_is(store: Store) -> None:
    told(store)
    seen: list[int] = []
    assert store.verify_audit(seen.append) is None
    assert sum(seen) == 5


def test_what_is_added_while_it_is_verified_is_no_tampering(store: Store) -> None:
    told(store)

    def meanwhile(n: int) -> None:
        if store.audit_head()[0] < 8:
            store.audit({"at": T, "by": "ana", "what": "view", "object": "case c1"})

    assert store.verify_audit(meanwhile) is None


def test_bad_records_come_in_pages_without_what_they_hold(store: Store) -> None:
    one = {"source": "feed", "file": "a", "line": 1, "reason": "no time", "raw": "{}"}
    store.quarantine([one | {"digest": f"d{n}", "at": T + n // 2} for n in range(5)])
    first = store.bad_records(2)
    assert [row["digest"] for row in first] == ["d0", "d1"]
    assert "raw" not in first[0]
    rest = store.bad_records(9, first[-1])
    assert [row["digest"] for row in rest] == ["d2", "d3", "d4"]
    assert store.vitals(T)["quarantined"] == 5
    store.mend(["d2"], T + 9)
    assert store.vitals(T)["quarantined"] == 4
    kept = store.bad_record("d2")
    assert kept is not None
    assert (kept["raw"], kept["mended_at"]) == ("{}", T + 9)
    assert store.bad_record("d9") is None
    assert store.bad_record("d") is None, "more than one begins so"
    assert store.bad_record("") is None
    store.quarantine([one | {"digest": "e77", "at": T}])
    beginning = store.bad_record("e7")
    assert beginning is not None
    assert beginning["digest"] == "e77"


def test_the_event_taken_in_last_is_known(store: Store) -> None:
    assert store.last_event() is None
    made = Patient()
    made.take(event("e1"), "recorded")
    made.take(event("e2", source="lab"), "recorded")
    made.take(act("a1", "note"), "recorded")
    store.apply([made.result()])
    assert store.last_event() == ("lab", T)


def test_what_waits_is_counted_when_its_time_has_come(store: Store) -> None:
    made = opened(store)
    made.unplaced(event("e1"), T)
    made.decide(put("escalations", "overdue", escalation()))
    store.apply([made.result()])
    before, then = store.vitals(T), store.vitals(T + DAY)
    assert before["unplaced"] == 1
    assert (before["overdue"], then["overdue"]) == (0, 1)
    assert (before["unacknowledged"], then["unacknowledged"]) == (0, 1)


def test_a_notice_that_fails_says_why_until_it_leaves(store: Store) -> None:
    made = opened(store)
    made.decide(notices=[Notice(0, "task", "main", "", T, "ana")])
    store.apply([made.result()])
    assert store.vitals(T)["outbox_late"] == 1
    assert store.failing(5) == []
    (row,) = store.claim(T, 5, HOUR)
    store.settle({row["id"]: ("failed", "no route")}, T)
    assert store.vitals(T)["outbox_failing"] == 1
    (found,) = store.failing(5)
    assert (found["id"], found["person"], found["tries"], found["detail"]) == (
        row["id"], "ana", 1, "no route",
    )  # fmt: skip
    assert found["next_try"] > T
    store.settle({row["id"]: ("sent", "to ana")}, T)
    assert store.failing(5) == []
    assert store.vitals(T)["outbox_failing"] == 0
