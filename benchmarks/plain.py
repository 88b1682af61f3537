"""Owns the base of the ratios: the same events through plain if/else and sqlite3, by hand.

No lanes, dates, owners, escalations, history or log of decisions: one status for each patient and
kind of record. It is what storing events costs at the very least, and nothing to work with.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

BATCH = 500

_TABLES = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE event (id TEXT PRIMARY KEY, patient TEXT, type TEXT, time TEXT, body TEXT);
CREATE TABLE state (patient TEXT, record TEXT, status TEXT, PRIMARY KEY (patient, record));
"""
_EVENT = "INSERT INTO event VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_STATE = "INSERT INTO state VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status"


def take_file(events: Path, database: Path) -> int:
    """Take a file of CloudEvents in, in batches of 500; how many."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript(_TABLES)
    decode = msgspec.json.decode
    taken = 0
    with events.open("rb") as lines:
        while batch := [(decode(line), line.decode()) for line in islice(lines, BATCH)]:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                _EVENT, [(e["id"], e["subject"], e["type"], e["time"], raw) for e, raw in batch]
            )
            connection.executemany(_STATE, _states(event for event, _ in batch))
            connection.execute("COMMIT")
            taken += len(batch)
    connection.close()
    return taken


def _states(events: Iterator[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for event in events:
        status = _status(event["type"])
        if status:
            yield event["subject"], event["type"].partition(".")[0], status


def _status(type_: str) -> str:
    if type_ in ("referral.received", "referral.sent", "authorization.requested", "recall.due"):
        return "open"
    if type_ in ("encounter.discharged", "appointment.missed", "result.abnormal"):
        return "call"
    if type_ in ("appointment.booked", "appointment.rescheduled"):
        return "booked"
    if type_ in ("visit.completed", "report.received", "authorization.approved"):
        return "done"
    return ""
