"""Who logs in, in tests of pages; and pointing Django's default database at theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cast

MONDAY = cast.t("2026-09-14 10:00")
PASSWORD = "correct horse battery"

CAST: dict[str, tuple[list[str], list[str] | None]] = {
    "ana": (["coordinator"], None),  # Maple Street
    "ben": (["coordinator"], None),  # Riverside
    "rosa": (["coordinator"], None),  # both
    "will": (["coordinator"], None),
    "fay": (["coordinator"], None),  # front desk lead, backs up
    "nora": (["nurse"], None),
    "ines": (["nurse"], None),  # Riverside
    "patel": (["provider"], None),
    "lee": (["manager"], None),  # Maple Street
    "dana": (["manager"], None),  # Riverside
    "olga": (["operations"], ["*"]),
    "aldo": (["auditor"], ["*"]),
}
"""Login -> roles and locations; None: they are that person of practice.yaml, where they work."""


@contextmanager
def point_django_at(url: str) -> Iterator[None]:
    """Have Django's default database be the one at ``url``, as where laneflow serves it alone."""
    from django.db import DEFAULT_DB_ALIAS, connections

    from laneflow.settings import database

    before = dict(connections.settings[DEFAULT_DB_ALIAS])
    made = connections.configure_settings({DEFAULT_DB_ALIAS: database(url)})
    connections[DEFAULT_DB_ALIAS].close()
    connections.settings[DEFAULT_DB_ALIAS] = made[DEFAULT_DB_ALIAS]
    del connections[DEFAULT_DB_ALIAS]
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS].close()
        connections.settings[DEFAULT_DB_ALIAS] = before
        del connections[DEFAULT_DB_ALIAS]
