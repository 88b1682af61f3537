"""SIGKILL at any moment loses nothing and does nothing twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

import crash
from laneflow.store import open_store
from laneflow.work import versions
from laneflow.work.clock import DAY, HOUR
from patience import wait_for
from whole_store import whole_store

KILLS = 22


def counted(database: Path, what: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(f"SELECT COUNT(*) FROM {what}").fetchone()[0])


SHARE = 16
"""A killed process gets at most this part of the time the whole work takes undisturbed."""


@pytest.fixture(scope="module")
def friday(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A store that has taken everything in undisturbed, and the seconds that took."""
    database = tmp_path_factory.mktemp("friday") / "whole.sqlite3"
    return database, crash.finished(crash.intake, database, replay=True)


def copy(database: Path, name: Path) -> Path:
    """The same store once more."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM INTO ?", [str(name)])
    return name


@pytest.mark.parametrize("replay", [True, False])
def test_intake_killed_at_random_moments_ends_as_if_it_never_was(
    tmp_path: Path, friday: tuple[Path, float], replay: bool
) -> None:
    killed, (whole, seconds) = tmp_path / "killed.sqlite3", friday
    if not replay:
        whole = tmp_path / "whole.sqlite3"
        seconds = crash.finished(crash.intake, whole, replay=replay)
    hit = crash.killed_at_random(crash.intake, killed, KILLS, seconds / SHARE, replay=replay)
    written = counted(killed, "laneflow_input")
    crash.finished(crash.intake, killed, replay=replay)
    assert whole_store(killed) == whole_store(whole)
    assert counted(whole, "laneflow_input") == 4_000
    assert hit >= 20
    assert written > 0, "every kill came before the first write"


def test_catching_up_killed_at_random_moments_ends_as_if_it_never_was(
    tmp_path: Path, friday: tuple[Path, float]
) -> None:
    killed, whole = (copy(friday[0], tmp_path / f"{name}.sqlite3") for name in ("killed", "whole"))
    before = counted(killed, "laneflow_decision")
    seconds = crash.finished(crash.catching_up, whole)
    hit = crash.killed_at_random(crash.catching_up, killed, KILLS, seconds / SHARE)
    between = counted(killed, "laneflow_decision")
    crash.finished(crash.catching_up, killed)
    assert whole_store(killed) == whole_store(whole)
    assert before < between <= counted(whole, "laneflow_decision")
    assert hit >= 20


def idle(database: Path) -> bool:
    """Whether the daemon has done all there is to do at its instant."""
    now = crash.FRIDAY + 4 * DAY + 8 * HOUR
    waiting = f"laneflow_outbox WHERE state = 'waiting' AND next_try <= {now}"
    return not counted(database, f"laneflow_file WHERE wake_at <= {now}") and not counted(
        database, waiting
    )


def let_finish(database: Path) -> float:
    """Run the daemon until nothing is left, then ask it to leave; the seconds its work took."""
    process = crash.start(crash.daemon_at_work, database)
    began = time.monotonic()
    wait_for(lambda: idle(database))
    seconds = time.monotonic() - began
    assert process.pid is not None
    os.kill(process.pid, signal.SIGTERM)
    process.join(20)
    assert process.exitcode == 0
    return seconds


def test_the_daemon_killed_at_random_moments_catches_up_and_tells_everybody(
    tmp_path: Path, friday: tuple[Path, float]
) -> None:
    killed, whole = (copy(friday[0], tmp_path / f"{name}.sqlite3") for name in ("killed", "whole"))
    seconds = let_finish(whole)
    hit = crash.killed_at_random(crash.daemon_at_work, killed, KILLS, seconds / SHARE)
    # What a killed sender had claimed is free again once its lease is over.
    with closing(sqlite3.connect(killed)) as connection, connection:
        connection.execute("UPDATE laneflow_outbox SET next_try = release, lease = NULL")
    let_finish(killed)
    assert whole_store(killed) == whole_store(whole)
    assert hit >= 20
    with closing(sqlite3.connect(killed)) as connection:
        sent = [row[0] for row in connection.execute(
            "SELECT id FROM laneflow_outbox WHERE state = 'sent'")]  # fmt: skip
    assert sent
    told = killed.with_suffix(".told").read_text()
    assert [id_ for id_ in sent if id_ not in told] == []


def test_publishing_killed_at_random_moments_leaves_the_old_release_or_the_new_one_whole(
    tmp_path: Path, friday: tuple[Path, float]
) -> None:
    killed = copy(friday[0], tmp_path / "killed.sqlite3")
    released, hit = [1], 0
    for _ in range(KILLS):
        hit += crash.killed_at_random(crash.publishing, killed, 1, 0.4)
        store = open_store(f"sqlite:///{killed}")
        latest = store.releases()[0]
        assert store.live() == latest.parts
        assert store.released() == latest.n == len(store.releases())
        (lane,) = versions.live_practice(store, tmp_path).lanes.values()
        text = store.contents(latest.parts)["file", lane.file].decode()
        assert text == f"title: {lane.title}", "its text and its meaning went live together"
        audited = [row["object"] for row in store.audited(limit=10_000)]
        assert audited == [f"release {n}" for n in range(1, latest.n + 1)]
        assert store.verify_audit() is None
        released.append(latest.n)
        store.close()
    assert hit >= 20
    assert released[-1] > released[0]
