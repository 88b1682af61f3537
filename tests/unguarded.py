"""Whoever holds the database itself can do anything to it: for tests, and to empty its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from laneflow.store.database import DatabaseStore


@contextmanager
def unguarded(store: DatabaseStore) -> Iterator[None]:
    """No trigger stands in the way inside."""
    if store.connection.vendor == "postgresql":
        store.change("SET session_replication_role = replica")
        yield
        store.change("SET session_replication_role = DEFAULT")
        return
    triggers = store.rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    for name, _ in triggers:
        store.change(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in triggers:
        store.change(sql)
