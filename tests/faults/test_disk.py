"""A full disk stops work with a clear error, damages nothing, and work goes on in more room."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import crash
from whole_store import whole_store


def test_a_full_disk_loses_nothing_that_was_written(tmp_path: Path) -> None:
    full, whole, said = (tmp_path / name for name in ("full.sqlite3", "whole.sqlite3", "said"))
    crash.finished(crash.intake_on_a_small_disk, full, said=said)
    assert said.read_text().startswith("OperationalError: ")
    with closing(sqlite3.connect(full)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (written,) = connection.execute("SELECT COUNT(*) FROM laneflow_input").fetchone()
    assert 0 < written < 4_000
    crash.finished(crash.intake, full, replay=True)
    crash.finished(crash.intake, whole, replay=True)
    assert whole_store(full) == whole_store(whole)
