"""Bad records are listed, shown, taken in again, set aside; each leaves its line in the trail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import ALMA, Laneflow

GOOD = {
    "specversion": "1.0", "id": "1", "source": "ehr", "type": "encounter.discharged",
    "time": "2026-09-04T18:30:00-04:00", "subject": "p1", "data": ALMA,
}  # fmt: skip


def written(practice: Laneflow, *records: dict[str, Any]) -> Path:
    file = practice.folder / "events.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return file


@pytest.fixture
def bad(practice: Laneflow) -> Laneflow:
    """Two records that could not be taken in: one without a time, one that never happened."""
    without = {name: value for name, value in GOOD.items() if name != "time"}
    strange = GOOD | {"id": "2", "type": "nothing.known"}
    practice.well("intake", str(written(practice, without, strange)))
    return practice


def listed(practice: Laneflow) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = practice.well("quarantine", "list", "--json").json
    return found


def test_bad_records_are_listed_with_their_place(bad: Laneflow) -> None:
    rows = listed(bad)
    assert [row["place"].rpartition("/")[2] for row in rows] == ["events.jsonl:1", "events.jsonl:2"]
    assert "time" in rows[0]["reason"]
    said = bad.well("quarantine", "list").out
    assert rows[0]["digest"][:12] in said
    assert "Alma" not in said


def test_what_it_holds_is_shown_and_that_is_recorded(bad: Laneflow) -> None:
    (one, _) = listed(bad)
    assert "Alma" in bad.well("quarantine", "show", one["digest"][:8], "--by", "ana").out
    last = bad.well("audit", "export").out.splitlines()[-1]
    row = json.loads(last)
    assert (row["by"], row["what"], row["object"]) == (
        "ana", "view", f"quarantine {one['digest']}",
    )  # fmt: skip


def test_what_cannot_be_read_stays(bad: Laneflow) -> None:
    answer = bad("quarantine", "retry", "--all")
    assert answer.code == 1
    assert "0 records taken in, 2 still bad." in answer.out
    assert len(listed(bad)) == 2


def test_what_was_ahead_of_the_clock_is_taken_in_once_its_time_has_come(
    practice: Laneflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from laneflow.work.clock import Clock

    practice.well("intake", str(written(practice, GOOD | {"time": "2999-01-01T00:00:00Z"})))
    (row,) = listed(practice)
    assert practice("quarantine", "retry", row["digest"][:9]).code == 1
    monkeypatch.setattr(Clock, "now", lambda self: 32_503_680_000_000)
    assert "1 record taken in" in practice.well("quarantine", "retry", row["digest"][:9]).out
    assert listed(practice) == []
    assert "is dealt with already" in practice("quarantine", "retry", row["digest"][:9]).err


def test_what_is_set_aside_says_why(bad: Laneflow) -> None:
    first, _ = listed(bad)
    digest = first["digest"][:10]
    assert "say why" in bad("quarantine", "dismiss", digest, "--reason", " ").err
    bad.well("quarantine", "dismiss", digest, "--reason", "a test record", "--by", "ana")
    assert len(listed(bad)) == 1
    row = json.loads(bad.well("audit", "export").out.splitlines()[-1])
    assert row["what"] == "quarantine"
    assert json.loads(row["detail"]) == {"did": "set aside", "reason": "a test record"}


def test_a_number_that_names_none_is_refused(bad: Laneflow) -> None:
    assert 'begins with "zzz"' in bad("quarantine", "show", "zzz").err
