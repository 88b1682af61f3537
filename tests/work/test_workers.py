"""Due work shared among workers on a real PostgreSQL: all of it, once, whoever dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import cast
from laneflow.errors import LaneflowError
from laneflow.practice.model import LoadedPractice
from laneflow.store import open_store
from laneflow.store.contract import Store
from laneflow.work import versions
from laneflow.work.app import App
from laneflow.work.clock import FixedClock
from laneflow.work.due import tick
from laneflow.work.take_in import take_in
from laneflow.work.workers import Shards, shard_of

from .conftest import FRIDAY, discharge

pytest.importorskip("procrastinate")

OVERDUE = cast.t("2026-09-08 17:00")


def an_app(store: Store, clock: FixedClock) -> App:
    lanes = {"discharge-outreach": cast.lane()}
    loaded = LoadedPractice(practice=cast.practice(), lanes=lanes, folder=".")
    if not store.released():
        store.release(versions.parts_of(loaded, {}), FRIDAY, "test", "", after=0)
    return App(Path(), store, loaded, clock)


@pytest.fixture
def shards(postgresql_store: Store, postgresql_url: str, clock: FixedClock) -> Iterator[Shards]:
    """Forty patients whose first calls are due, and nobody has looked yet."""
    app = an_app(postgresql_store, clock)
    take_in(app, [discharge(f"p{n}") for n in range(40)])
    clock.at = OVERDUE
    shared = Shards(app, postgresql_url)
    shared.install()
    shared.install()
    yield shared
    shared.run(wait=False)


def test_every_shard_is_handed_out_once_however_many_tick(shards: Shards) -> None:
    expected = len({shard_of(f"p{n}") for n in range(40)})
    assert shards.defer() == expected
    assert shards.defer() == 0


def test_workers_at_once_decide_everything_exactly_as_one_daemon_would(
    shards: Shards, postgresql_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    shards.defer()
    second = Shards(an_app(open_store(postgresql_url), clock), postgresql_url)
    workers = [threading.Thread(target=one.run, kwargs={"wait": False}) for one in (shards, second)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert shards.app.store.due(OVERDUE, 100) == []
    alone = an_app(open_store(f"sqlite:///{tmp_path}/alone.sqlite3"), FixedClock(FRIDAY))
    take_in(alone, [discharge(f"p{n}") for n in range(40)])
    tick(alone, OVERDUE)
    assert list(shards.app.store.cases()) == list(alone.store.cases())


def test_a_job_done_twice_changes_nothing(shards: Shards) -> None:
    shards.defer()
    shards.run(wait=False)
    before = shards.app.store.counts()
    shards._work([f"p{n}" for n in range(40)])
    assert shards.app.store.counts() == before


def test_sqlite_is_refused_in_one_line(app: App) -> None:
    with pytest.raises(LaneflowError, match="on PostgreSQL only"):
        Shards(app, "sqlite:///one.sqlite3")


def test_the_job_of_a_worker_that_died_is_taken_over(shards: Shards, postgresql_url: str) -> None:
    shards.defer()
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    shards.run(wait=False)
    assert shards.app.store.due(OVERDUE, 100) == []
