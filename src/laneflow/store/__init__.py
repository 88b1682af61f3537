"""Owns everything laneflow remembers: one contract, kept by SQLite, PostgreSQL and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from laneflow.store.contract import Store


def open_store(database_url: str) -> Store:
    """Open the store at ``sqlite:///path`` or ``postgresql://…``, creating its tables if needed.

    Raises LaneflowError for a URL that makes no sense, a database that cannot be reached, or one
    that a newer laneflow has written.
    """
    from laneflow.store.database import open_database

    return open_database(database_url)
