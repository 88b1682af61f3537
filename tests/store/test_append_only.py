"""The audit trail is only ever added to: the database itself refuses everything else."""

from __future__ import annotations

import pytest
from django.db import DatabaseError

from laneflow.store.database import DatabaseStore
from store.made import T

COPIED = 'at, "by", what, object, detail, hash FROM laneflow_audit WHERE n = 2'
META = "laneflow_meta SET number"

REFUSED = {
    "a row changed": "UPDATE laneflow_audit SET \"by\" = 'eve' WHERE n = 2",
    "a row changed into itself": "UPDATE laneflow_audit SET n = n",
    "a row taken away": "DELETE FROM laneflow_audit WHERE n = 3",
    "all rows taken away": "DELETE FROM laneflow_audit",
    "a row far ahead": f"INSERT INTO laneflow_audit SELECT 9, {COPIED}",
    "the head put back": f"UPDATE {META} = 2 WHERE name = 'audit'",
    "the head put back, told rightly": f"UPDATE {META} = 2, words = (SELECT hash FROM "
    "laneflow_audit WHERE n = 2) WHERE name = 'audit'",
    "the head put where no row is": f"UPDATE {META} = 7 WHERE name = 'audit'",
    "another hash": "UPDATE laneflow_meta SET words = 'x' WHERE name = 'audit'",
    "the head renamed": "UPDATE laneflow_meta SET name = 'x' WHERE name = 'audit'",
    "another mark made the head": "UPDATE laneflow_meta SET name = 'audit' WHERE name = 'clock'",
    "the head taken away": "DELETE FROM laneflow_meta WHERE name = 'audit'",
}
ONLY = {
    "sqlite": {
        "a row replaced": f"INSERT OR REPLACE INTO laneflow_audit SELECT 3, {COPIED}",
        "a mark put in the head's row": "INSERT OR REPLACE INTO laneflow_meta (rowid, name) "
        "SELECT rowid, 'x' FROM laneflow_meta WHERE name = 'audit'",
        "a mark moved into the head's row": "UPDATE OR REPLACE laneflow_meta SET rowid = "
        "(SELECT rowid FROM laneflow_meta WHERE name = 'audit') WHERE name = 'clock'",
        "the head moved": "UPDATE laneflow_meta SET rowid = 99 WHERE name = 'audit'",
    },
    "postgresql": {
        "the table emptied": "TRUNCATE laneflow_audit",
        "the marks emptied": "TRUNCATE laneflow_meta",
        "a row copied in": f"INSERT INTO laneflow_audit SELECT 3, {COPIED} "
        "ON CONFLICT (n) DO UPDATE SET \"by\" = 'eve'",
    },
}


@pytest.fixture
def kept(database: DatabaseStore) -> DatabaseStore:
    database.tick(T)
    for n in range(3):
        database.audit({"at": T + n, "by": "ana", "what": "view", "object": "case c1"})
    return database


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(kept: DatabaseStore, what: str) -> None:
    refused(kept, REFUSED[what])


def test_the_database_refuses_its_own_ways_around(kept: DatabaseStore) -> None:
    for sql in ONLY[kept.connection.vendor].values():
        refused(kept, sql)


def refused(store: DatabaseStore, sql: str) -> None:
    before = store.audited()
    with pytest.raises(DatabaseError, match="the audit trail"):
        store.change(sql)
    assert store.audited() == before
    assert store.verify_audit() is None
    store.audit({"at": T, "by": "ana", "what": "view", "object": "case c1"})
    assert store.verify_audit() is None, "it goes on as before"


def test_the_head_is_not_begun_again(kept: DatabaseStore) -> None:
    head = "INSERT INTO laneflow_meta (name, number, words) VALUES ('audit', 0, '')"
    kept.change(head)
    assert kept.verify_audit() is None
    if kept.connection.vendor == "sqlite":
        kept.change(head.replace("INSERT", "INSERT OR REPLACE"))
    assert kept.verify_audit() is None


def test_other_marks_still_move(kept: DatabaseStore) -> None:
    kept.tick(T - 1, accept=True)
    assert kept.latest() == T - 1
    assert kept.advance("digest", 4)
