"""Opening a store: what its URL may say, and what is said when it cannot be opened."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from laneflow.errors import LaneflowError
from laneflow.settings import DATABASE, database
from laneflow.store import open_store
from laneflow.store.database import DatabaseStore, open_database, prepare

HINT = " Write sqlite:///path/to/file or postgresql://user@host/database."


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "no database is named."),
        ("mysql://host/x", '"mysql" is no kind of database laneflow knows.'),
        ("laneflow.sqlite3", '"laneflow.sqlite3" is no kind of database laneflow knows.'),
        ("sqlite://x", "a SQLite database is a file, with three slashes before its path."),
        ("sqlite:///", "a SQLite database is a file, with three slashes before its path."),
        ("sqlite:///:memory:", "a SQLite database is a file, with three slashes before its path."),
        ("postgresql://host", "the PostgreSQL URL names no database after the host."),
        ("postgresql://u:secret@h:x?y=z", "the PostgreSQL URL cannot be read."),
    ],
)
def test_a_url_without_sense_is_refused_in_one_line(
    url: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DATABASE, raising=False)
    with pytest.raises(LaneflowError) as refused:
        database(url)
    assert str(refused.value) == f"{DATABASE}: {said}{HINT}"
    assert "secret" not in str(refused.value)


def test_the_environment_names_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE, "sqlite:////srv/laneflow.sqlite3")
    assert database()["NAME"] == "/srv/laneflow.sqlite3"
    assert database("sqlite:///here.sqlite3")["NAME"] == str(Path("here.sqlite3").absolute())


def test_a_postgresql_url_is_taken_apart() -> None:
    entry = database("postgresql://ana:p%40ss@db.example:5433/clinic?sslmode=require")
    parts = {key: entry[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert parts == {
        "NAME": "clinic", "USER": "ana", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "5433",
    }  # fmt: skip
    assert entry["OPTIONS"]["sslmode"] == "require"


def test_a_new_sqlite_file_is_its_owners_alone_and_durable(tmp_path: Path) -> None:
    file = tmp_path / "new" / "laneflow.sqlite3"
    store = open_database(f"sqlite:///{file}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    asked = [store.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous")]
    assert asked == ["wal", 2]


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/clinic", "sqlite:////proc/laneflow/x.sqlite3"]
)
def test_a_database_that_cannot_be_reached_is_said_in_one_line(url: str) -> None:
    with pytest.raises(LaneflowError) as refused:
        open_store(url)
    assert len(str(refused.value).splitlines()) == 1
    assert "cannot be opened" in str(refused.value)


def test_a_file_that_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    file.write_text("dear diary, " * 1000)
    with pytest.raises(LaneflowError, match="cannot be opened: file is not a database"):
        open_store(f"sqlite:///{file}")
    assert file.read_text().startswith("dear diary"), "it is left as it was"


def test_what_a_newer_laneflow_has_written_is_refused(database: DatabaseStore) -> None:
    database.change(
        "INSERT INTO django_migrations (app, name, applied) "
        "VALUES ('laneflow', '9999_future', '2030-01-01 00:00:00')"
    )
    try:
        with pytest.raises(LaneflowError, match=r"newer laneflow \(it has 9999_future"):
            prepare(database)
    finally:
        database.change("DELETE FROM django_migrations WHERE name = '9999_future'")


def test_processes_that_open_a_new_store_at_once_all_succeed(tmp_path: Path) -> None:
    opening = "import sys; from laneflow.store import open_store; open_store(sys.argv[1]).counts()"
    url = f"sqlite:///{tmp_path}/new.sqlite3"
    started = [
        subprocess.Popen([sys.executable, "-c", opening, url], stderr=subprocess.PIPE, env=_env())
        for _ in range(3)
    ]
    assert [(p.communicate()[1], p.returncode) for p in started] == [(b"", 0)] * 3


def test_memory_needs_no_django() -> None:
    asked = "import sys, laneflow.store.memory; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], env=_env(), check=False).returncode == 0


def _env() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
