"""The audit trail from the command line: verified, sealed, exported."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing

import pytest

from cli.conftest import Laneflow


@pytest.fixture
def kept(practice: Laneflow) -> Laneflow:
    """A trail of four rows: the first release, and three of somebody's."""
    from laneflow.store import open_store

    practice.well("queue")
    store = open_store(f"sqlite:///{practice.folder}/.laneflow/laneflow.sqlite3")
    for n, about in enumerate(("case c1", "", "=cmd|' /C calc'!A0")):
        store.audit({"at": 1_790_000_000_000 + n * 86_400_000, "by": "ana", "what": "view",
                     "object": about, "detail": {"n": n}})  # fmt: skip
    store.close()
    return practice


def tampered(practice: Laneflow, sql: str) -> None:
    with closing(sqlite3.connect(practice.folder / ".laneflow" / "laneflow.sqlite3")) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute(sql)
        raw.commit()


def test_a_whole_trail_is_sealed(kept: Laneflow) -> None:
    said = kept.well("audit", "verify", "--json").json
    assert (said["rows"], said["first_broken"]) == (4, None)
    seal = said["seal"]
    assert kept.well("audit", "verify", "--seal", seal).out.endswith(f"Seal: {seal}\n")
    kept.well("quarantine", "list")
    assert "is no seal" in kept("audit", "verify", "--seal", "x").err


def test_a_changed_row_is_named(kept: Laneflow) -> None:
    tampered(kept, "UPDATE laneflow_audit SET \"by\" = 'eve' WHERE n = 3")
    answer = kept("audit", "verify")
    assert answer.code == 1
    assert answer.err == "The audit trail was tampered with: row 3 is not as written.\n"
    assert kept("audit", "verify", "--json").json["first_broken"] == 3
    doctor = kept("doctor")
    assert doctor.code == 1
    assert "the audit trail was tampered with: row 3" in doctor.out


def test_a_trail_written_anew_from_the_beginning_breaks_its_seal(kept: Laneflow) -> None:
    seal = kept.well("audit", "verify", "--json").json["seal"]
    tampered(kept, "DELETE FROM laneflow_audit")
    tampered(kept, "DELETE FROM laneflow_meta WHERE name = 'audit'")
    from laneflow.store import open_store

    store = open_store(f"sqlite:///{kept.folder}/.laneflow/laneflow.sqlite3")
    for n in range(4):
        store.audit({"at": n, "by": "eve", "what": "view", "object": ""})
    store.close()
    assert kept("audit", "verify").code == 0, "by itself it is whole"
    answer = kept("audit", "verify", "--seal", seal)
    assert (answer.code, "row 4" in answer.err) == (1, True)


def test_it_is_handed_out_a_row_a_line(kept: Laneflow) -> None:
    rows = [json.loads(line) for line in kept.well("audit", "export").out.splitlines()]
    assert [row["n"] for row in rows] == [1, 2, 3, 4]
    assert rows[1] | {"hash": ""} == {
        "n": 2, "at": "2026-09-21T14:13:20+00:00", "by": "ana", "what": "view",
        "object": "case c1", "detail": '{"n":0}', "hash": "",
    }  # fmt: skip
    some = kept.well("audit", "export", "--since", "2026-09-22", "--until", "2026-09-22").out
    assert [json.loads(line)["n"] for line in some.splitlines()] == [3]


def test_no_spreadsheet_takes_a_cell_for_a_formula(kept: Laneflow) -> None:
    rows = list(csv.DictReader(io.StringIO(kept.well("audit", "export", "--format", "csv").out)))
    assert [row["n"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[3]["object"] == "'=cmd|' /C calc'!A0"
