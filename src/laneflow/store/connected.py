"""Owns the way to one database: its Django alias, its transactions, rows out of plain SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from threading import Lock
from time import monotonic, sleep
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from laneflow.settings import BUSY_SECONDS
from laneflow.store.bulk import Writer, writer

Result = TypeVar("Result")

LOOK = 0.002
"""Seconds between two looks whether a SQLite writer has ended: batches leave 5 ms behind them."""

TRIES = 5
"""How often a write that met another writer is tried before its error is raised."""

DEADLOCKS = ("40P01", "40001")
"""PostgreSQL's words for "somebody had to give way, and it was you"."""

_turns: defaultdict[str, Lock] = defaultdict(Lock)
"""Alias -> held by the thread of this process that writes to that SQLite file."""


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
        connection = self.connection
        with ExitStack() as stack:
            if connection.vendor == "sqlite" and not connection.in_atomic_block:
                self._take_turn(connection, stack)
            else:
                stack.enter_context(transaction.atomic(using=self.alias))
            yield

    def _take_turn(self, connection: BaseDatabaseWrapper, stack: ExitStack) -> None:
        """Begin as soon as the writer before has ended.

        SQLite itself looks ever more rarely, up to ten times a second, and by chance: a click then
        waits behind one batch of intake after the other, though each leaves room behind it. Of
        this process one thread looks, the others wait for it.
        """
        patience = monotonic() + BUSY_SECONDS
        turn = _turns[self.alias]
        if not turn.acquire(timeout=BUSY_SECONDS):
            raise OperationalError("database is locked by another thread")
        stack.callback(turn.release)
        self._wait_for_others(connection, 0)
        try:
            while True:
                try:
                    stack.enter_context(transaction.atomic(using=self.alias))
                    return
                except OperationalError as error:
                    if "locked" not in str(error) or monotonic() > patience:
                        raise
                sleep(LOOK)
        finally:
            self._wait_for_others(connection, BUSY_SECONDS)

    def _wait_for_others(self, connection: BaseDatabaseWrapper, seconds: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {seconds * 1000}")

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
