"""Owns the way to one database: its Django alias, its transactions, rows out of plain SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from laneflow.store.bulk import Writer, writer

Result = TypeVar("Result")

TRIES = 5
"""How often a write that met another writer is tried before its error is raised."""

DEADLOCKS = ("40P01", "40001")
"""PostgreSQL's words for "somebody had to give way, and it was you"."""


class FencedError(Exception):
    """A file moved on between the look at its fence and the write."""


class Connected:
    """A store's database. Connections belong to threads, so one store serves any number of them."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """This thread's connection; one that broke before is opened anew."""
        connection: BaseDatabaseWrapper = connections[self.alias]
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return connection

    @property
    def writer(self) -> Writer:
        """What differs between the databases, for this thread's connection."""
        return writer(self.connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is kept together or not at all; it may be nested."""
        self.connection  # noqa: B018 (reconnects where needed)
        with transaction.atomic(using=self.alias):
            yield

    def close(self) -> None:
        """Close this thread's connection; it opens again by itself."""
        connections[self.alias].close()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a SELECT gives."""
        return self.writer.rows(sql, parameters)

    def dicts(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """What a SELECT gives, by column name."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement that writes; how many rows it changed."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return int(cursor.rowcount)

    def retried(self, work: Callable[[], Result]) -> Result:
        """Do ``work`` in a transaction, and again where another writer came in between.

        Also where the server went away, as when it restarts: what it had kept by then, the fence
        and the keys of the rows show.
        """
        inside = self.connection.in_atomic_block
        for left in reversed(range(TRIES)):
            try:
                with self.transaction():
                    return work()
            except (FencedError, IntegrityError, OperationalError) as error:
                if not left or not (_met_another(error) or (not inside and _went_away(error))):
                    raise
        raise AssertionError("the last try returns or raises")


def _met_another(error: Exception) -> bool:
    if isinstance(error, OperationalError):
        return getattr(error.__cause__, "sqlstate", None) in DEADLOCKS
    return True


def _went_away(error: Exception) -> bool:
    """PostgreSQL's shutdown and connection errors; libpq's own carry no SQLSTATE."""
    state = getattr(error.__cause__, "sqlstate", "")
    return state is None or state.startswith(("57P", "08"))
