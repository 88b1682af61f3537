"""Whoever writes a little gets its turn between the batches of whoever writes a lot (SQLite)."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from laneflow.store import connected, open_store
from laneflow.store.database import DatabaseStore
from laneflow.work.deciding import PAUSE
from store.made import T


def test_a_small_write_waits_for_few_batches(sqlite_store: DatabaseStore) -> None:
    batches, stop = [0], threading.Event()

    def write_a_lot() -> None:
        while not stop.is_set():
            with sqlite_store.transaction():
                sqlite_store.tick(T + batches[0])
                time.sleep(0.02)
            batches[0] += 1
            time.sleep(PAUSE)
        sqlite_store.close()

    other = threading.Thread(target=write_a_lot)
    other.start()
    waited = []
    for n in range(25):
        before = batches[0]
        sqlite_store.audit({"at": T, "by": "ana", "what": "view", "object": f"case c{n}"})
        waited.append(batches[0] - before)
        time.sleep(0.003 * (n % 7))
    stop.set()
    other.join()
    assert sorted(waited)[-3] <= 3, waited
    assert sqlite_store.verify_audit() is None


def test_who_never_gets_a_turn_is_told_so(
    sqlite_store: DatabaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    monkeypatch.setattr(connected, "BUSY_SECONDS", 1)
    other = open_store(f"sqlite:///{tmp_path}/laneflow.sqlite3")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with other.transaction():
            held.set()
            done.wait(20)
        other.close()

    holding = threading.Thread(target=hold)
    holding.start()
    held.wait(10)
    with pytest.raises(OperationalError, match="locked"):
        sqlite_store.audit({"at": T, "by": "ana", "what": "view", "object": ""})
    done.set()
    holding.join()
    sqlite_store.audit({"at": T, "by": "ana", "what": "view", "object": ""})
    assert len(sqlite_store.audited()) == 1
