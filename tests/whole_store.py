"""Everything a SQLite store holds, row by row, less technical ids and times of writing."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

TABLES = (
    "input", "file", "case", "decision", "task", "escalation", "note", "unplaced", "outbox",
)  # fmt: skip

TECHNICAL = {
    "input": {"n"},
    "file": {"seq"},
    "outbox": {"next_try", "lease", "tries", "sent_at", "detail", "state"},
}
"""Row numbers, how often a file was written, and when and whether a notice has left."""


def whole_store(database: Path) -> dict[str, list[dict[str, Any]]]:
    """Table -> its rows in a fixed order."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return {table: _rows(connection, table) for table in TABLES}


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    leave = TECHNICAL.get(table, set())
    rows = [
        {name: row[name] for name in row.keys() if name not in leave}  # noqa: SIM118
        for row in connection.execute(f"SELECT * FROM laneflow_{table}")
    ]
    for row in rows:
        if table == "file":
            body = json.loads(row["body"])
            body.pop("seq", None)
            row["body"] = body
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
