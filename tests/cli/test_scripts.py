"""A script of the folder, said of a real case, before it is published."""

from __future__ import annotations

import json

import pytest

from cli.conftest import ALMA, Laneflow

DISCHARGED = {
    "specversion": "1.0",
    "id": "1",
    "source": "ehr",
    "type": "encounter.discharged",
    "time": "2026-09-04T18:30:00-04:00",
    "subject": "p1",
    "data": ALMA,
}


@pytest.fixture
def case(practice: Laneflow) -> str:
    """The id of Alma Duarte's case."""
    (practice.folder / "events.jsonl").write_text(json.dumps(DISCHARGED))
    practice.well("intake", "--replay", "events.jsonl")
    found: str = practice.well("queue", "--json", "--at", DISCHARGED["time"]).json[0]["case"]  # type: ignore[arg-type]
    return found


def test_an_edited_script_is_said_of_a_real_case(practice: Laneflow, case: str) -> None:
    script = practice.folder / "scripts" / "discharge" / "first-call.phone.j2"
    script.write_text(script.read_text().replace("I am calling", "I call"))
    said = practice.well("scripts", "render", "discharge/first-call", "--case", case).out
    assert "I call because you went home from St. Mary" in said
    assert "Alma Duarte, January 31, 1950" in said
    spoken = practice.well("scripts", "render", "discharge/first-call", "--case", case,
                           "--language", "es", "--channel", "sms", "--json").json  # fmt: skip
    assert (spoken["locale"], spoken["channel"], spoken["gaps"]) == ("es", "sms", [])
    assert spoken["text"].startswith("Hola Alma, somos ")


def test_a_case_there_is_not(practice: Laneflow, case: str) -> None:
    answer = practice("scripts", "render", "discharge/first-call", "--case", "zz")
    assert answer.code == 1
    assert answer.err.startswith('case: no case, or more than one, begins with "zz"')


def test_the_commands_are_one_line_each_in_help(practice: Laneflow) -> None:
    out = practice.well("scripts", "--help").out
    assert all(f"  {name} " in out for name in ("check", "render", "preview"))
