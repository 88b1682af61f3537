"""Owns the hot path: how rows get into the tables, one writer per database behind one contract.

SQLite: prepared statements run with ``executemany`` on Django's own connection. PostgreSQL: the
same statements, prepared on the server and sent in one pipeline, while rows are few; where they
are many, COPY, through a temporary table where rows may be there already. Measured for 1,000
results: statements 165 ms, COPY 105 ms.
"""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.db.backends.base.base import BaseDatabaseWrapper

from laneflow.store import codec
from laneflow.store.rows import Batch
from laneflow.store.tables import (
    KEYS,
    OVER,
    TABLES,
    CaseRow,
    DecisionRow,
    Ended,
    EscalationRow,
    FileRow,
    InputRow,
    NoteRow,
    OutboxRow,
    Row,
    TaskRow,
    UnplacedRow,
    WordRow,
)

if TYPE_CHECKING:
    import psycopg


class Statement(NamedTuple):
    """One statement with ``%s`` placeholders, to be run once for each of ``rows``.

    ``into``: it writes whole rows of this kind, and ``clash`` says what if one is there already.
    """

    sql: str
    rows: Sequence[Sequence[Any]]
    into: type[Row] | None = None
    clash: str = ""


MANY = 50
"""Rows from which on COPY is faster than statements."""


class Writer(Protocol):
    """What differs between the databases."""

    locking: str
    """What ends a SELECT whose rows must stay as they are until the transaction ends."""

    skipping: str
    """The same, leaving out rows that another transaction holds."""

    bytewise: str
    """What follows a text column that is put in order as Python does, whatever the collation."""

    aside: str
    """What precedes a column that is to be looked at only, and found by no index: where an order
    is followed, SQLite, which knows little of how rows spread, would rather put them all in order.
    """

    def among(self, values: Sequence[str]) -> tuple[str, Any]:
        """``IN …`` for a list of texts, however long, and its one parameter."""

    def pairs(self, values: Sequence[tuple[str, str]]) -> tuple[str, list[Any]]:
        """``IN …`` for a list of pairs of texts, however long, and its parameters."""

    def begins(self, column: str, beginning: str) -> tuple[str, list[Any]]:
        """Condition that a text column begins so, which its index answers; its parameters."""

    def rows(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """What a SELECT gives."""

    def run(self, statements: Sequence[Statement]) -> list[int]:
        """Run the statements in order; how many rows each has changed."""


class SQLite:
    """SQLite. A transaction holds the write lock from its start, so nothing moves under it."""

    locking = skipping = bytewise = ""
    aside = "+"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def among(self, values: Sequence[str]) -> tuple[str, Any]:
        """See Writer."""
        return "IN (SELECT value FROM json_each(%s))", codec.text(values)

    def pairs(self, values: Sequence[tuple[str, str]]) -> tuple[str, list[Any]]:
        """See Writer."""
        each = "json_extract(value, '$[0]'), json_extract(value, '$[1]')"
        return f"IN (SELECT {each} FROM json_each(%s))", [codec.text(values)]

    def begins(self, column: str, beginning: str) -> tuple[str, list[Any]]:
        """See Writer. Its LIKE uses no index and ignores case; its order is that of UTF-8."""
        return f"{column} >= %s AND {column} < %s", [beginning, beginning + chr(0x10FFFF)]

    def rows(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """See Writer."""
        raw = self._raw()
        with self._connection.wrap_database_errors:
            found: list[tuple[Any, ...]] = raw.execute(_marked(sql), parameters).fetchall()
            return found

    def run(self, statements: Sequence[Statement]) -> list[int]:
        """See Writer."""
        raw = self._raw()
        with self._connection.wrap_database_errors:
            return [raw.executemany(_marked(s.sql), s.rows).rowcount for s in statements]

    def _raw(self) -> Any:
        """The driver's own connection: Django's cursor costs more than a small statement."""
        self._connection.ensure_connection()
        return self._connection.connection


class PostgreSQL:
    """PostgreSQL, through psycopg's own cursor: Django's would bind every value into the text."""

    locking = " FOR UPDATE"
    skipping = " FOR UPDATE SKIP LOCKED"
    bytewise = ' COLLATE "C"'
    aside = ""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def among(self, values: Sequence[str]) -> tuple[str, Any]:
        """See Writer."""
        return "= ANY(%s)", list(values)

    def pairs(self, values: Sequence[tuple[str, str]]) -> tuple[str, list[Any]]:
        """See Writer."""
        columns = [list(column) for column in zip(*values, strict=True)] or [[], []]
        return "IN (SELECT * FROM unnest(%s::text[], %s::text[]))", columns

    def begins(self, column: str, beginning: str) -> tuple[str, list[Any]]:
        """See Writer. Order depends on the collation, LIKE with Django's pattern index does not."""
        escaped = beginning.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return f"{column} LIKE %s", [escaped + "%"]

    def rows(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """See Writer."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def run(self, statements: Sequence[Statement]) -> list[int]:
        """See Writer."""
        self._connection.ensure_connection()
        raw: psycopg.Connection[Any] = self._connection.connection
        with self._connection.wrap_database_errors:
            if all(len(statement.rows) < MANY for statement in statements):
                with raw.pipeline():
                    cursors = [self._each(raw, statement) for statement in statements]
            else:
                cursors = [
                    (self._copy if s.into and len(s.rows) >= MANY else self._each)(raw, s)
                    for s in statements
                ]
            return [cursor.rowcount for cursor in cursors]

    def _each(self, raw: psycopg.Connection[Any], statement: Statement) -> psycopg.Cursor[Any]:
        cursor = _cursor(raw)
        cursor.executemany(statement.sql, statement.rows)
        return cursor

    def _copy(self, raw: psycopg.Connection[Any], statement: Statement) -> psycopg.Cursor[Any]:
        assert statement.into is not None  # run has looked
        table, names = TABLES[statement.into], _names(statement.into)
        cursor = _cursor(raw)
        target = f"new_{table}" if statement.clash else table
        if statement.clash:
            cursor.execute(
                f"CREATE TEMPORARY TABLE IF NOT EXISTS {target} (LIKE {table}) "
                "ON COMMIT DELETE ROWS"
            )
            if self._connection.savepoint_ids:
                cursor.execute(f"DELETE FROM {target}")
        with cursor.copy(f"COPY {target} ({names}) FROM STDIN") as copy:
            for row in statement.rows:
                copy.write_row(row)
        if statement.clash:
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM {target} {statement.clash}"
            )
        return cursor


def _cursor(raw: psycopg.Connection[Any]) -> psycopg.Cursor[Any]:
    import psycopg

    return psycopg.Cursor(raw)


@lru_cache(maxsize=512)
def _marked(sql: str) -> str:
    """SQL with SQLite's own placeholders; none of ours holds a ``%`` of another meaning."""
    return sql.replace("%s", "?")


def writer(connection: BaseDatabaseWrapper) -> Writer:
    """The writer for a connection's database."""
    return SQLite(connection) if connection.vendor == "sqlite" else PostgreSQL(connection)


def write(to: Writer, batch: Batch) -> bool:
    """Write all of a batch; False where a file's fence had moved, and all must be rolled back.

    Inputs and decisions are only ever new: the database refuses (IntegrityError) to log twice.
    """
    # What ended goes first, so that a slot's new piece never meets the one before it. Files go in
    # one order, so that two writers wait for each other and never both.
    files = sorted(batch.files)
    statements = [
        _upsert(FileRow, files),
        Statement(IDLE, [(f.wake_at, f.urgency, f.patient, f.seq) for f in batch.idle]),
        Statement(END_TASKS, [_end(ended) for ended in batch.ended_tasks]),
        Statement(END_ESCALATIONS, [_end_by(ended) for ended in batch.ended_escalations]),
        Statement(SETTLE, [(*settled[2:], *settled[:2]) for settled in batch.settled]),
        Statement(FORGET_WORDS, [(patient,) for patient in batch.renamed]),
        _upsert(WordRow, batch.words),
        _insert(InputRow, batch.inputs),
        _insert(DecisionRow, batch.decisions),
        _insert(NoteRow, batch.notes),
        _insert(OutboxRow, batch.outbox),
        _upsert(CaseRow, batch.cases),
        _upsert(TaskRow, batch.tasks),
        _upsert(EscalationRow, batch.escalations),
        _upsert(UnplacedRow, batch.unplaced),
    ]
    changed = to.run([statement for statement in statements if statement.rows])
    return not files or changed[0] == len(files)


IDLE = "UPDATE laneflow_file SET wake_at = %s, urgency = %s WHERE patient = %s AND seq = %s"
FORGET_WORDS = "DELETE FROM laneflow_word WHERE patient = %s"
_OVER = ", ".join(f"{name} = {value!r}" for name, value in OVER.items())
END_TASKS = (
    f"UPDATE laneflow_task SET state = %s, ended = %s, {_OVER} "
    "WHERE \"case\" = %s AND state = 'open' AND %s IN ('*', \"key\") AND id <> %s"
)
END_ESCALATIONS = (
    "UPDATE laneflow_escalation SET state = %s, ended = %s, ended_by = %s "
    "WHERE \"case\" = %s AND %s IN ('*', rule) AND CAST(n AS TEXT) <> %s "
    "AND state IN ('open', 'taken')"
)
SETTLE = (
    "UPDATE laneflow_unplaced SET state = %s, settled_by = %s, settled_at = %s, "
    "settled_reason = %s WHERE source = %s AND \"key\" = %s AND state = 'open'"
)


def _end(ended: Ended) -> tuple[Any, ...]:
    return (ended.state, ended.ended, ended.case, ended.slot, ended.keep)


def _end_by(ended: Ended) -> tuple[Any, ...]:
    return (ended.state, ended.ended, ended.ended_by, ended.case, ended.slot, ended.keep)


def _insert(row: type[Row], rows: Sequence[Row]) -> Statement:
    return Statement(_INSERTS[row], rows, row)


def _upsert(row: type[Row], rows: Sequence[Row]) -> Statement:
    return Statement(f"{_INSERTS[row]} {_CLASHES[row]}", rows, row, _CLASHES[row])


def _names(row: type[Row]) -> str:
    return ", ".join(f'"{name}"' for name in row._fields)


def _insertion(row: type[Row]) -> str:
    values = ", ".join(["%s"] * len(row._fields))
    return f"INSERT INTO {TABLES[row]} ({_names(row)}) VALUES ({values})"


def _clash(row: type[Row]) -> str:
    """Replace what has the same key; a file only where it is the very next one of its row."""
    if set(row._fields) == set(KEYS[row]):
        return "ON CONFLICT DO NOTHING"
    keys = ", ".join(f'"{name}"' for name in KEYS[row])
    new = ", ".join(f'"{n}" = excluded."{n}"' for n in row._fields if n not in KEYS[row])
    fence = f" WHERE {TABLES[row]}.seq = excluded.seq - 1" if row is FileRow else ""
    return f"ON CONFLICT ({keys}) DO UPDATE SET {new}{fence}"


_INSERTS = {row: _insertion(row) for row in TABLES}
_CLASHES = {row: _clash(row) for row in TABLES}
