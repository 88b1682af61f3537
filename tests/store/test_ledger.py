"""Quarantine, unplaced events and the audit trail."""

from __future__ import annotations

import pytest

from laneflow.store.contract import Store
from laneflow.store.database import DatabaseStore
from laneflow.store.memory import MemoryStore
from store.made import DAY, Patient, T, event
from unguarded import unguarded


def bad(digest: str, **more: object) -> dict[str, object]:
    usual = {
        "source": "feed", "file": "a.jsonl", "line": 7, "reason": "no time", "raw": "{\0\ud800",
        "at": T,
    }  # fmt: skip
    return {"digest": digest, **usual, **more}


def test_the_same_bad_record_is_kept_once(store: Store) -> None:
    store.quarantine([bad("d1"), bad("d2", line=3), bad("d1")])
    store.quarantine([bad("d1", at=T + 5)])
    store.quarantine([])
    rows = store.quarantined()
    assert [(row["digest"], row["line"], row["at"]) for row in rows] == [("d2", 3, T), ("d1", 7, T)]
    assert rows[0]["raw"].startswith("{")
    assert store.mend(["d2", "d9"], T + 1) == 1
    assert [row["digest"] for row in store.quarantined()] == ["d1"]
    store.quarantine([bad("d2")])
    assert [row["digest"] for row in store.quarantined()] == ["d1"], "what was mended stays mended"


def test_an_unplaced_event_is_dealt_with_once(store: Store) -> None:
    made = Patient()
    made.unplaced(event("e2"), T + 2 * DAY)
    made.unplaced(event("e1"), T + DAY)
    store.apply([made.result()])
    assert [row["id"] for row in store.unplaced()] == ["e1", "e2"]
    assert store.settle_unplaced(("feed", "e1"), "dismissed", "ana", T, "not ours")
    assert not store.settle_unplaced(("feed", "e1"), "opened", "ben", T + 1, "")
    assert [row["id"] for row in store.unplaced()] == ["e2"]
    first = store.unplaced(open_only=False)[0]
    assert (first["state"], first["settled_by"], first["settled_reason"]) == (
        "dismissed", "ana", "not ours",
    )  # fmt: skip


def audited(store: Store, rows: int = 3) -> Store:
    for n in range(rows):
        row = {"at": T + n, "by": "ana", "what": "viewed", "object": "c1", "detail": {"n": n}}
        store.audit(row)
    return store


def test_the_audit_trail_is_whole(store: Store) -> None:
    assert store.verify_audit() is None
    audited(store)
    assert store.verify_audit() is None
    rows = store.audited(after=1, limit=1)
    assert [(row["n"], row["by"], row["detail"]) for row in rows] == [(2, "ana", '{"n":1}')]


TAMPERING = {
    "changed": "UPDATE laneflow_audit SET \"by\" = 'eve' WHERE n = 2",
    "first taken away": "DELETE FROM laneflow_audit WHERE n = 1",
    "middle taken away": "DELETE FROM laneflow_audit WHERE n = 2",
    "last taken away": "DELETE FROM laneflow_audit WHERE n = 3",
    "moved": "UPDATE laneflow_audit SET n = 9 WHERE n = 3",
    "added": 'INSERT INTO laneflow_audit SELECT 4, at, "by", what, object, detail, hash '
    "FROM laneflow_audit WHERE n = 3",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_with_the_audit_trail_shows(database: DatabaseStore, what: str) -> None:
    audited(database)
    with unguarded(database):
        database.change(TAMPERING[what])
    assert database.verify_audit() == {
        "changed": 2, "first taken away": 1, "middle taken away": 2, "last taken away": 3,
        "moved": 3, "added": 4,
    }[what]  # fmt: skip


def test_memory_notices_tampering_too() -> None:
    store = audited(MemoryStore())
    store._audit[1]["by"] = "eve"
    assert store.verify_audit() == 2
