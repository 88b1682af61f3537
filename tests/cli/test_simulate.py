"""``laneflow simulate``: from the starter practice to tables, drawings and a scenario to edit."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

SHORT = ("--weeks", "1", "--runs", "1", "--workers", "1")
TINY = """
from: 2026-08-03
warm_up: 0
arrivals:
  - on: encounter.discharged
    a_day: 2
    evenly: true
    data: {encounter.class: inpatient, encounter.discharged_to: home}
handling: {phone: 5 minutes}
"""


@pytest.fixture
def tiny(practice: Any) -> Any:
    """The starter practice with a scenario that takes no time to play."""
    (practice.folder / "tiny.yaml").write_text(TINY)
    return practice


def test_it_answers_and_says_what_was_guessed(tiny: Any) -> None:
    answer = tiny("simulate", "tiny.yaml", *SHORT, "--from-history")
    assert answer.code == 1
    assert answer.err.startswith(
        "--from-history: a scenario file and --from-history cannot both say what comes."
    )
    answer = tiny("simulate", "tiny.yaml", *SHORT)
    assert answer.out.startswith("Too few cases came to tell.")
    assert "Guessed, for want of your own figures" in answer.out
    assert "  contact by phone: 45 %, 35 %, 25 % reached at" in answer.out
    assert "1 run of 1 week, seed 1: 10 triggers, " in answer.out


def test_json_says_all_of_it(tiny: Any) -> None:
    answer = tiny("simulate", "tiny.yaml", *SHORT, "--what-if", "without luz", "--json")
    found = answer.json
    assert found["meets"] is None
    assert [one["name"] for one in found["staffings"]] == ["", "without luz"]
    line = found["staffings"][0]["lines"][0]
    assert (line["lane"], line["opened"]["median"]) == ("discharge-outreach", 10)
    assert {one["person"] for one in found["staffings"][1]["people"]}.isdisjoint({"luz"})
    assert tiny("simulate", "tiny.yaml", *SHORT, "--what-if", "without luz", "--json") == answer


def test_tables_and_drawings(tiny: Any) -> None:
    tiny("simulate", "tiny.yaml", *SHORT, "--csv", "out.csv", "--chart", "out.svg")
    rows = _table(tiny.folder / "out.csv")
    assert {row["lane"] for row in rows} == {"discharge-outreach"}
    assert sum(int(row["opened"]) for row in rows) == 10
    days = _table(tiny.folder / "out-days.csv")
    assert len(days) == 7
    assert sum(int(day["arrived"]) for day in days) == 10
    assert sum(int(day["notes"]) for day in days) == sum(int(row["notes"]) for row in rows)
    for name in ("out.svg", "out-days.svg"):
        text = (tiny.folder / name).read_text()
        root = ElementTree.fromstring(text)
        tags = [element.tag.rpartition("}")[2] for element in root.iter()]
        assert root.attrib["role"] == "img"
        assert tags[1:3] == ["title", "desc"]
        assert "script" not in tags
        assert "http" not in text.replace("http://www.w3.org/", "").replace("http://pygal.org", "")
        assert "@import" not in text


def _table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_an_example_to_begin_with_can_be_played(practice: Any) -> None:
    (practice.folder / "mine.yaml").write_text(practice.well("simulate", "--example").out)
    answer = practice("simulate", "mine.yaml", *SHORT)
    assert answer.out.startswith(("Yes: ", "No: ", "Too few"))
    assert "Guessed" not in answer.out


def test_history_is_written_down_to_be_edited(practice: Any) -> None:
    answer = practice.well("simulate", "--from-history", "--write-scenario", "was.yaml")
    assert answer.out.splitlines() == [
        "The log has no trigger yet: everything below is a guess.",
        "Written: was.yaml. Edit it, then: laneflow simulate was.yaml",
    ]
    again = practice("simulate", "--write-scenario", "was.yaml")
    assert (again.code, again.err) == (
        1, "was.yaml: cannot be written: file exists. Name another file.\n",
    )  # fmt: skip


def test_mistakes_are_told_where_they_are(practice: Any) -> None:
    (practice.folder / "bad.yaml").write_text("weaks: 8\n")
    answer = practice("simulate", "bad.yaml")
    assert answer.err == 'bad.yaml:1:1 weaks: unknown entry "weaks". Did you mean "weeks"?\n'
    answer = practice("simulate", "none.yaml")
    assert answer.err == (
        "none.yaml: cannot be read: no such file or directory. "
        "`laneflow simulate --example` prints one to begin with.\n"
    )
    answer = practice("simulate", *SHORT, "--what-if", "one more nurze")
    assert answer.err == '--what-if: nobody has the role "nurze". Did you mean "nurse"?\n'
