"""The daemon's smaller duties: backups, the inbox, one daemon at a time, the audit of silence."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path

import pytest

import cast
from laneflow.errors import LaneflowError
from laneflow.practice.model import LoadedPractice
from laneflow.work.app import App
from laneflow.work.backup import backup
from laneflow.work.care import audit_silence
from laneflow.work.clock import DAY, FixedClock
from laneflow.work.inbox import take_inbox
from laneflow.work.lock import only_one
from laneflow.work.systemd import notify
from laneflow.work.take_in import take_in
from small_practice import a_person
from whole_store import whole_store

from .conftest import FRIDAY, discharge


def test_a_backup_is_whole_private_and_the_oldest_go_first(app: App, tmp_path: Path) -> None:
    take_in(app, [discharge("p1")])
    folder = tmp_path / "backups"
    made = [backup(tmp_path / "one.sqlite3", folder, FRIDAY + n * DAY, keep=2) for n in range(3)]
    assert sorted(folder.iterdir()) == made[1:]
    assert whole_store(made[2]) == whole_store(tmp_path / "one.sqlite3")
    assert stat.S_IMODE(made[2].stat().st_mode) == 0o600


def test_a_backup_of_a_damaged_store_never_takes_the_name_of_one(app: App, tmp_path: Path) -> None:
    take_in(app, [discharge(f"p{n}") for n in range(50)])
    with closing(sqlite3.connect(tmp_path / "one.sqlite3")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged = tmp_path / "damaged.sqlite3"
    content = bytearray((tmp_path / "one.sqlite3").read_bytes())
    content[8192:65536] = os.urandom(65536 - 8192)
    damaged.write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError):
        backup(damaged, tmp_path / "backups", FRIDAY)
    assert list((tmp_path / "backups").glob("*.sqlite3")) == []


def put(inbox: Path, name: str, patient: str, age: float = 10) -> Path:
    record = {
        "specversion": "1.0",
        "id": name,
        "source": "ehr",
        "type": "encounter.discharged",
        "time": "2026-09-04T09:00:00-04:00",
        "subject": patient,
        "data": {},
    }
    path = inbox / name
    path.write_text(json.dumps(record) + "\n")
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def test_the_inbox_is_emptied_oldest_first_and_each_file_put_aside(
    app: App, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    put(inbox, "b.jsonl", "p1", age=100)
    put(inbox, "a.jsonl", "p2")
    fresh, hidden = put(inbox, "c.jsonl", "p3", age=0), put(inbox, ".d.jsonl", "p4")
    part = put(inbox, "e.part", "p5")
    taken = take_inbox(app, inbox)
    assert [one.new for one in taken] == [1, 1]
    assert [row["patient"] for row in app.store.inputs()] == ["p1", "p2"]
    assert sorted(path.name for path in (inbox / "taken").iterdir()) == ["a.jsonl", "b.jsonl"]
    assert all(path.exists() for path in (fresh, hidden, part))
    put(inbox, "a.jsonl", "p2")
    assert [one.duplicates for one in take_inbox(app, inbox)] == [1]
    assert len(list((inbox / "taken").iterdir())) == 3


def test_there_is_one_daemon_for_one_database(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/one.sqlite3"
    refusal = f"process {os.getpid()}.*Stop that one first"
    with only_one(database), pytest.raises(LaneflowError, match=refusal), only_one(database):
        pass
    with only_one(database):
        pass


def test_a_case_whose_owner_left_is_found_silent(app: App, clock: FixedClock) -> None:
    take_in(app, [discharge("p1"), discharge("p2")])
    assert list(audit_silence(app, clock.at)) == []
    practice = app.loaded.practice
    people = {**practice.people, "ana": a_person("ana", "care coordinator", active=False)}
    app.loaded = LoadedPractice(cast.practice(people=people), app.loaded.lanes, ".")
    found = list(audit_silence(app, clock.at))
    assert len(found) == 2
    assert all("is not active" in why for _, why in found)


def test_systemd_is_told_by_one_datagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify("READY=1")
        assert listening.recv(100) == b"READY=1"
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("STOPPING=1")
