"""Business time against known answers of other people's libraries (each says whose)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from laneflow.engine.calendar import Calendar
from laneflow.lanes.model import Duration
from small_practice import a_calendar

FILE = Path(__file__).parents[2].parent / "shared/data/business-time/vectors.json"
VECTORS: dict[str, dict[str, Any]] = (
    {vector["id"]: vector for vector in json.loads(FILE.read_text())} if FILE.exists() else {}
)

NOT_OURS = {
    "057": "counts a 25-hour day as 24; our business hours are elapsed open time",
    "073": "counts only days with hours; our business days are Mon-Fri, open or not",
    "077": "counts only days with hours; our business days are Mon-Fri, open or not",
    "085": "counts a Saturday with hours; our business days are Mon-Fri, open or not",
    **dict.fromkeys(
        ["103", "105", "107", "109", "111", "113", "115"],
        "time stands still while a ticket is suspended; our dates never stretch",
    ),
}
# These keep the time of day where our business days end at close of business: dates are compared.
DATE_ONLY = {"021", "023", "025", "083"}

pytestmark = pytest.mark.skipif(not VECTORS, reason=f"{FILE.name} is not here")


def _calendar(vector: dict[str, Any]) -> Calendar:
    rules = [f"{day[:2].title()} {_spans(spans)}" for day, spans in vector["hours"].items()]
    for day, spans in vector["special_hours"].items():
        rules.append(f"{datetime.fromisoformat(day):%Y %b %d} {_spans(spans)}")
    return a_calendar(
        hours="; ".join(rules), time_zone=vector["tz"], holidays=tuple(vector["holidays"])
    )


def _spans(spans: list[list[str]]) -> str:
    return ",".join("-".join(span) for span in spans)


def _answer(calendar: Calendar, vector: dict[str, Any]) -> int:
    start = calendar.instant(datetime.fromisoformat(vector["start"]))
    match vector["op"]:
        case "add" if vector["seconds"] >= 0:
            return calendar.add_open(start, vector["seconds"] * 1000)
        case "add":
            return calendar.subtract_open(start, -vector["seconds"] * 1000)
        case "add_days" if vector["days"] >= 0:
            return calendar.add(start, Duration(vector["days"], "business days"))
        case "add_days":
            return calendar.subtract(start, Duration(-vector["days"], "business days"))
        case "roll_forward":
            return calendar.next_open(start)
        case "resolve_local":
            return start
        case "between":
            end = calendar.instant(datetime.fromisoformat(vector["end"]))
            return calendar.open_ms(start, end)
    raise AssertionError(f"vector {vector['id']} asks for {vector['op']}")


@pytest.mark.parametrize("id_", sorted(VECTORS.keys() - NOT_OURS.keys()))
def test_a_known_answer(id_: str) -> None:
    vector = VECTORS[id_]
    calendar = _calendar(vector)
    answer = _answer(calendar, vector)
    if vector["op"] == "between":
        assert answer == vector["expected"] * 1000
    elif vector["op"] == "add_days":
        assert calendar.local_date(answer).isoformat() == vector["expected"][:10]
    else:
        wanted = calendar.instant(datetime.fromisoformat(vector["expected"]))
        assert calendar.local(answer) == calendar.local(wanted)


def test_only_the_vectors_said_to_are_compared_by_date() -> None:
    timed = {
        id_
        for id_, vector in VECTORS.items()
        if vector["op"] == "add_days" and "T" in vector["expected"]
    }
    assert timed - NOT_OURS.keys() == DATE_ONLY
    assert VECTORS.keys() >= NOT_OURS.keys()
