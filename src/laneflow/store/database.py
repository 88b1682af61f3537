"""Owns a store in a database: opening it, bringing its tables up to date, all its parts as one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from laneflow.errors import LaneflowError, Problem
from laneflow.settings import database, setup
from laneflow.store.figures import Figures
from laneflow.store.finding import Finding
from laneflow.store.histories import Histories
from laneflow.store.ledger import Ledger
from laneflow.store.reading import Reading
from laneflow.store.releases import Releases
from laneflow.store.vitals import Vitals

APP = "laneflow"

LOCK = 0x1A9EF10
"""PostgreSQL's advisory lock that migrating takes."""

_opening = Lock()


class DatabaseStore(Reading, Finding, Figures, Vitals, Histories, Releases, Ledger):
    """A store in SQLite or PostgreSQL; see Store for what its methods promise."""

    @property
    def file(self) -> Path | None:
        """See Store."""
        sqlite = self.connection.vendor == "sqlite"
        return Path(self.connection.settings_dict["NAME"]) if sqlite else None

    def up_to_date(self) -> bool:
        """See Store."""
        return _up_to_date(self)


def open_database(url: str) -> DatabaseStore:
    """Open the store at ``url``, creating or migrating its tables where needed.

    Raises LaneflowError where it cannot be reached, or where a newer laneflow has written it.
    """
    with _opening:
        setup(url)
        store = DatabaseStore(_alias(database(url)))
    prepare(store)
    return store


def _alias(wanted: dict[str, Any]) -> str:
    """The Django alias of a database: the settings' own, or one added for this process."""
    added = f"laneflow{len(connections.settings)}"
    both = connections.configure_settings({DEFAULT_DB_ALIAS: {}, added: wanted})
    for alias, known in connections.settings.items():
        if all(known.get(key) == wanted[key] for key in wanted):
            return str(alias)
    connections.settings[added] = both[added]
    return added


def prepare(store: DatabaseStore) -> None:
    """Create or migrate the store's tables where needed; raises as ``open_database`` does."""
    connection = connections[store.alias]
    try:
        if connection.vendor == "sqlite":
            _private(Path(connection.settings_dict["NAME"]))
        if not _up_to_date(store):
            with _alone(store):
                _migrate(store)
    except (DatabaseError, OSError) as error:
        name = connection.settings_dict["NAME"]
        what = f'the database "{name}" cannot be opened: {str(error).splitlines()[0]}'
        raise LaneflowError(Problem("database", 0, 0, what)) from error


def _private(file: Path) -> None:
    """Make the file, for its owner alone: it holds health data. SQLite keeps what it finds."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def _up_to_date(store: DatabaseStore) -> bool:
    """Whether every installed app's tables are there, told by one query and a look at its files."""
    if "django_migrations" not in store.connection.introspection.table_names():
        return False
    applied = set(store.rows("SELECT app, name FROM django_migrations"))
    known = {
        (app.label, file.stem)
        for app in apps.get_app_configs()
        for file in (Path(app.path) / "migrations").glob("[0-9]*.py")
    }
    if newer := sorted(name for app, name in applied - known if app == APP):
        what = f"the database was written by a newer laneflow (it has {newer[-1]})"
        raise LaneflowError(Problem("database", 0, 0, what, "Upgrade laneflow."))
    return known <= applied


@contextmanager
def _alone(store: DatabaseStore) -> Iterator[None]:
    """One process at a time migrates; the others wait, and find it done."""
    if store.connection.vendor == "sqlite":
        folder = os.open(Path(store.connection.settings_dict["NAME"]).parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)
        return
    store.rows("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        store.rows("SELECT pg_advisory_unlock(%s)", [LOCK])


def _migrate(store: DatabaseStore) -> None:
    from django.core.management import call_command

    if not _up_to_date(store):
        call_command("migrate", database=store.alias, verbosity=0, interactive=False)
