"""Owns what the environment may set: environment -> Django settings, or one clear line.

The command line needs no DJANGO_SETTINGS_MODULE: ``setup()`` configures Django itself, with as
little of it as the caller needs. Web apps pass theirs in ``apps`` and ``more``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from laneflow.errors import LaneflowError, Problem

DATABASE = "LANEFLOW_DATABASE"
STORE_APPS = ("laneflow.store",)

BUSY_SECONDS = 30
"""How long a SQLite writer waits for the one before it."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # a commit survives power loss before its sender is answered
    "PRAGMA wal_autocheckpoint=16000",  # 64 MB, where no daemon does it sooner
    "PRAGMA cache_size=-32000",  # 32 MB
    "PRAGMA temp_store=MEMORY",
)


def setup(
    database_url: str | None = None, *, apps: Sequence[str] = (), more: dict[str, Any] | None = None
) -> None:
    """Configure Django once per process; later calls change nothing.

    ``database_url``: ``sqlite:///path`` or ``postgresql://…``; None: LANEFLOW_DATABASE. ``apps``
    follow the store's, ``more`` holds further Django settings. Raises LaneflowError for nonsense.
    """
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(**values(database_url, apps=apps, more=more))
        django.setup()


def values(
    database_url: str | None = None, *, apps: Sequence[str] = (), more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The Django settings by name. Raises LaneflowError for nonsense."""
    return {
        "DATABASES": {"default": database(database_url)},
        "INSTALLED_APPS": [*STORE_APPS, *apps],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "LOGGING_CONFIG": None,
        **(more or {}),
    }


def database(url: str | None = None) -> dict[str, Any]:
    """The entry of Django's DATABASES for a URL; None: LANEFLOW_DATABASE.

    Raises LaneflowError where the URL is missing, of another kind, or not to be understood.
    """
    url = url or os.environ.get(DATABASE, "")
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        return _sqlite(url)
    if scheme in ("postgresql", "postgres"):
        return _postgresql(url)
    what = f'"{scheme}" is no kind of database laneflow knows' if url else "no database is named"
    raise _nonsense(what)


def _sqlite(url: str) -> dict[str, Any]:
    path = url.removeprefix("sqlite:///")
    if path == url or not path or "?" in path or path == ":memory:" or path.endswith("/"):
        raise _nonsense("a SQLite database is a file, with three slashes before its path")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(Path(path).absolute()),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_SECONDS,
            "init_command": ";".join(PRAGMAS),
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    if find_spec("psycopg") is None:
        raise _nonsense(
            "PostgreSQL needs psycopg, which is not installed",
            "Install laneflow[postgresql].",
        )
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        # libpq quotes the part it cannot read, which may be the password: its text stays here.
        raise _nonsense("the PostgreSQL URL cannot be read") from error
    name = parts.pop("dbname", None)
    if not name:
        raise _nonsense("the PostgreSQL URL names no database after the host")
    named = {key: parts.pop(part, None) for key, part in _PARTS.items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        **{key: str(value) for key, value in named.items() if value is not None},
        "CONN_MAX_AGE": None,
        "OPTIONS": {"application_name": "laneflow", "prepare_threshold": 5, **parts},
    }


_PARTS = {"USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}


def _nonsense(
    what: str, hint: str = "Write sqlite:///path/to/file or postgresql://user@host/database."
) -> LaneflowError:
    return LaneflowError(Problem(DATABASE, 0, 0, what, hint))
