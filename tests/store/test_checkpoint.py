"""What is committed is brought to where it stays, and nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

from laneflow.store.contract import Store
from store.made import opened


def test_a_checkpoint_changes_nothing_that_is_kept(store: Store) -> None:
    opened(store)
    before = dict(store.counts())
    store.checkpoint()
    assert dict(store.counts()) == before


def test_on_sqlite_the_database_file_holds_everything_afterwards(
    sqlite_store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "laneflow.sqlite3"
    before = file.read_bytes()
    opened(sqlite_store)
    assert file.read_bytes() == before, "a commit is in the log only"
    sqlite_store.checkpoint()
    assert b'"patient":"p1"' in file.read_bytes()
