"""plan, publish, rollback and history, as a manager types them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .conftest import Laneflow

LANE = "lanes/discharge-outreach.yaml"
WHO = ("--by", "lee", "--why", "patients waited too long")


@pytest.fixture
def edited(practice: Laneflow) -> Laneflow:
    """A practice at work whose manager has just shortened a response window."""
    practice.well("queue")
    edit(
        practice,
        LANE,
        "routine: 2 business days, norm: TCM contact",
        "routine: 1 business day, norm: TCM contact",
    )
    return practice


def edit(practice: Laneflow, file: str, old: str, new: str) -> None:
    text = (practice.folder / file).read_text("utf-8")
    assert old in text
    (practice.folder / file).write_text(text.replace(old, new), "utf-8")


def test_from_an_edit_to_a_release_and_back(edited: Laneflow) -> None:
    told = edited.well("queue")
    assert told.err == "Files were edited and are not live: see `laneflow plan`.\n"
    said = "edited, not live yet. See `laneflow plan`, then `laneflow publish`."
    assert f"warning: {LANE}: {said}\n" in edited("doctor").out

    plan = edited.well("plan").out
    line = f"  {LANE}:41 windows.first_contact routine: 2 business days -> 1 business day\n"
    assert line in plan
    assert "None of the 0 open cases in discharge-outreach would be changed by it." in plan

    dry = edited.well("publish", *WHO, "--untested", "--dry-run")
    assert line in dry.out
    assert edited.well("history", "--json").json[0]["release"] == 1

    nobody = edited("publish", *WHO, "--untested")
    assert (nobody.code, nobody.err.count("\n")) == (1, 1)
    assert "say --yes" in nobody.err

    done = edited.well("publish", *WHO, "--untested", "--yes")
    assert "Release 2 is live. A running daemon takes it up within seconds." in done.out
    assert edited.well("queue").err == ""
    assert "Nothing would change." in edited.well("plan").out

    now, first = edited.well("history", "--json").json
    assert (now["by"], now["why"]) == ("lee", "patients waited too long [in spite of: untested]")
    assert (now["changed"], now["live"], first["by"]) == ([LANE], True, "first start")
    diff = edited.well("history", "--diff", "2").out.splitlines()
    assert [line[0] for line in diff if line[:1] in "+-" and LANE not in line] == ["-", "+"]

    back = edited.well("rollback", "--by", "lee", "--why", "too soon", "--yes")
    assert "Release 1 is live again, as release 3." in back.out
    assert f"  {LANE}: edited, not live yet" in back.out
    assert "`laneflow history --write 1 DIR`" in back.out
    edited.well("history", "--write", "1", "old")
    assert "TCM contact" in (edited.folder / "old" / LANE).read_text("utf-8")


def test_rollback_brings_the_files_back_only_when_asked(edited: Laneflow) -> None:
    edited.well("publish", *WHO, "--untested", "--yes")
    mine = (edited.folder / LANE).read_text("utf-8")
    back = edited.well("rollback", "--by", "lee", "--why", "too soon", "--yes", "--files")
    assert f"brought back {LANE}\n" in back.err
    assert (edited.folder / LANE).read_text("utf-8") != mine
    (kept,) = (edited.folder / ".laneflow" / "replaced").glob(f"*/{LANE}")
    assert kept.read_text("utf-8") == mine
    assert "Nothing would change." in edited.well("plan").out


def test_a_plan_for_programs(edited: Laneflow) -> None:
    found = edited.well("plan", "--json").json
    assert (found["effects"], found["release"], found["refusals"]) == ([], 1, [])
    assert found["differences"] == [
        {
            "file": LANE, "line": 41, "path": "windows.first_contact routine",
            "before": "2 business days", "after": "1 business day",
        }
    ]  # fmt: skip
    edit(edited, LANE, "encounter.discharged", "encounter.discharge")
    refused = edited("plan", "--json")
    assert refused.code == 1
    assert any("encounter.discharge" in refusal for refusal in refused.json["refusals"])


def test_a_plan_gives_programs_instants_with_their_offset(practice: Laneflow) -> None:
    event = DISCHARGED | {"time": datetime.now(UTC).isoformat()}
    event["data"] = DISCHARGED["data"] | {"encounter.class": "inpatient"}  # type: ignore[operator]
    (practice.folder / "events.jsonl").write_text(json.dumps(event) + "\n", "utf-8")
    practice.well("intake", "events.jsonl")
    visit = "visit: {urgent: 7 days, high: "
    edit(practice, LANE, f"  {visit}14 days", f"  {visit}10 days")
    found = practice("plan", "--json", LANEFLOW_URL="https://lanes.example").json
    assert {effect["url"] for effect in found["effects"]} == {
        f"https://lanes.example/cases/{effect['case']}" for effect in found["effects"]
    }
    assert (
        "https://lanes.example/cases/"
        in practice("plan", LANEFLOW_URL="https://lanes.example/").out
    )
    assert "url" not in practice("plan", "--json").json["effects"][0]
    iso = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[45]:00")
    assert iso.fullmatch(found["at"])
    (window,) = (effect for effect in found["effects"] if effect["key"] == "window visit")
    assert iso.fullmatch(window["before"])
    assert iso.fullmatch(window["after"])
    assert window["after"] < window["before"]


def test_a_broken_file_is_refused_at_its_line(edited: Laneflow) -> None:
    edit(edited, LANE, "queue: new", "queue: nwe")
    answer = edited("publish", *WHO, "--untested", "--yes")
    assert answer.code == 1
    assert re.search(rf"{LANE}:\d+:\d+ .*nwe", answer.out)
    assert edited.well("history", "--json").json[0]["release"] == 1


def test_a_lane_with_an_error_is_not_called_gone(practice: Laneflow) -> None:
    event = DISCHARGED | {"time": datetime.now(UTC).isoformat()}
    event["data"] = DISCHARGED["data"] | {"encounter.class": "inpatient"}  # type: ignore[operator]
    (practice.folder / "events.jsonl").write_text(json.dumps(event) + "\n", "utf-8")
    practice.well("intake", "events.jsonl")
    edit(practice, LANE, "queue: new", "queue: nwe")
    told = practice("plan")
    assert told.code == 1
    assert '"nwe"' in told.out
    assert "no longer" not in told.out
    assert "gone" not in told.out


def test_a_plan_refuses_what_check_calls_an_error_and_counts_its_warnings(
    edited: Laneflow,
) -> None:
    """A script's mistake loads, and publishing refuses it: the plan says so beforehand."""
    edit(edited, "practice.yaml", "events:\n", "events:\n  never.used: {title: Nobody asks}\n")
    answer = edited.well("plan")
    assert "`laneflow check` has 1 warning about these files." in answer.out
    edit(edited, "scripts/discharge/first-call.phone.j2", "{% block", "{{ nothing.known }}{% block")
    refused = edited("plan")
    assert refused.code == 1
    assert 'unknown fact "nothing.known"' in refused.out.partition("would be refused")[2]
    assert 'unknown fact "nothing.known"' in edited("publish", *WHO, "--untested", "--yes").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "--lane", "discharge"), 'there is no lane "discharge"'),
        (("publish", "--by", "nobody", "--why", "x"), 'there is nobody called "nobody"'),
        (("publish", "--by", "lee"), "--why"),
        (("rollback", "9", "--by", "lee", "--why", "x"), "there is no release 9"),
        (("rollback", "--by", "lee", "--why", "x"), "nothing went before"),
        (("history", "--diff", "7"), "there is no release 7"),
        (("history", "--write", "1", "."), "is not empty"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    practice: Laneflow, words: tuple[str, ...], said: str
) -> None:
    answer = practice(*words)
    assert (answer.code, answer.err.count("\n")) == (1, 1), answer.err
    assert said in answer.err


def test_nothing_to_publish(practice: Laneflow, tmp_path: Path) -> None:
    answer = practice("publish", *WHO, "--yes")
    assert answer.code == 1
    assert "there is nothing to publish" in answer.err


DISCHARGED = {
    "specversion": "1.0", "id": "1", "source": "ehr", "type": "encounter.discharged",
    "subject": "p1", "data": {"encounter.id": "e1", "encounter.discharged_to": "home"},
}  # fmt: skip


def test_a_renamed_status_is_told_as_one_and_asked_about_before_anything_else_happens(
    practice: Laneflow,
) -> None:
    event = DISCHARGED | {"time": datetime.now(UTC).isoformat()}
    (practice.folder / "events.jsonl").write_text(json.dumps(event) + "\n", "utf-8")
    practice.well("intake", "events.jsonl")
    case = practice.well("queue", "--json").json[0]
    edit(practice, LANE, "first_call", "first_talk")

    refused = practice("publish", *WHO, "--untested", "--yes").out
    assert "Refused: nothing has changed" in refused
    assert "Publishing would be refused" not in refused

    edit(practice, LANE, "\n  first_talk:\n", "\n  first_talk:\n    was: [first_call]\n")
    plan = practice.well("plan").out
    told = [line for line in plan.splitlines() if line.startswith(f"  {LANE}")]
    assert f"  {LANE}:64 statuses.first_talk: first_call -> first_talk" in told, plan
    assert not [
        line for line in told if "new: first_talk, " in line or "longer: first_call, " in line
    ]

    practice.well("publish", *WHO, "--untested", "--yes")
    listed = practice.well("why-not", case["case"]).out
    assert "statuses.first_talk  " in listed
    assert "Now: first talk" in practice.well("why", case["case"]).out
