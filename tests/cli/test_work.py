"""A coordinator's, a nurse's and operations' day on the command line, over one starter practice."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import ALMA, Laneflow

FRIDAY = "2026-09-04T18:30:00-04:00"  # after closing, before the Labor Day weekend

QUEUE_FIELDS = {
    "task", "case", "patient", "lane", "status", "queue", "tier", "owner", "backup", "due",
    "overdue", "channel", "title", "script",
}  # fmt: skip


def event(number: int, type_: str, time: str, data: dict[str, Any], patient: str = "p1") -> str:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": str(number),
            "source": "ehr",
            "type": type_,
            "time": time,
            "subject": patient,
            "data": data,
        }
    )


@pytest.fixture
def discharged(practice: Laneflow) -> Laneflow:
    """Alma Duarte, sent home on a Friday evening; the practice's clock stands at that instant."""
    (practice.folder / "events.jsonl").write_text(event(1, "encounter.discharged", FRIDAY, ALMA))
    practice.well("intake", "--replay", "events.jsonl")
    return practice


def test_a_discharge_becomes_owned_dated_work(discharged: Laneflow) -> None:
    tasks = discharged.well("queue", "--json", "--at", FRIDAY).json
    call = next(task for task in tasks if task["title"].startswith("Call Alma"))
    assert set(call) >= QUEUE_FIELDS
    assert call["title"] == "Call Alma, home from St. Mary"
    assert (call["lane"], call["status"], call["queue"]) == (
        "discharge-outreach", "first_call", "new",
    )  # fmt: skip
    assert (call["tier"], call["channel"], call["script"]) == (
        "high", "phone", "discharge/first-call",
    )  # fmt: skip
    # One business day after a Friday evening, over Labor Day, is Tuesday's closing.
    assert call["due"] == "2026-09-08T17:00:00-04:00"
    assert call["overdue"] is False
    assert call["owner"]
    assert call["backup"]
    assert call["owner"] != call["backup"]


def test_the_queue_can_be_narrowed(discharged: Laneflow) -> None:
    def titles(*options: str) -> list[str]:
        tasks = discharged.well("queue", "--json", *options).json
        return [task["title"] for task in tasks]

    at = ("--at", FRIDAY)
    everything = titles(*at)
    assert len(everything) == 2
    assert titles(*at, "--lane", "discharge-outreach") == everything
    assert titles(*at, "--lane", "referral-follow-up") == []
    assert titles(*at, "--queue", "scheduled") == []
    assert titles(*at, "--tier", "urgent") == []
    assert titles(*at, "--location", "riverside") == []
    assert titles(*at, "--overdue") == []
    assert titles(*at, "--due-today") == []
    assert titles("--at", "2026-09-08T09:00:00-04:00", "--due-today") == everything
    assert titles("--at", "2026-09-09", "--overdue") == everything
    assert titles(*at, "--limit", "1") == everything[:1]
    owner = discharged.well("queue", "--json", *at).json[0]["owner"]
    assert titles(*at, "--owner", owner) == everything
    assert titles(*at, "--owner", "pam") == []


def test_nobody_is_called_before_their_own_morning(practice: Laneflow) -> None:
    """At half past eight in New York it is half past five for the patient in Los Angeles."""
    data = {"encounter.class": "inpatient", "encounter.discharged_to": "home", "location": "main"}
    zones = {"p1": "America/Los_Angeles", "p2": "America/New_York"}
    lines = [
        event(n, "encounter.discharged", FRIDAY, {**data, "patient.time_zone": zone}, patient)
        for n, (patient, zone) in enumerate(zones.items())
    ]
    (practice.folder / "e.jsonl").write_text("\n".join(lines))
    practice.well("intake", "--replay", "e.jsonl")
    at = ("--at", "2026-09-08T08:30:00-04:00")
    calls = [t for t in practice.well("queue", "--json", *at).json if t["channel"] == "phone"]
    assert [(task["patient"], task["hold_until"]) for task in calls] == [
        ("p2", None), ("p1", "2026-09-08T11:00:00-04:00"),
    ]  # fmt: skip
    assert calls[0]["due"] == calls[1]["due"] == "2026-09-08T17:00:00-04:00"
    shown = practice.well("queue", *at).out
    assert "Held back" in shown
    assert "until Tue 2026-09-08 11:00" in shown
    later = practice.well("queue", "--at", "2026-09-08T11:00:00-04:00").out
    assert "Held back" not in later


def test_the_table_is_for_people(discharged: Laneflow) -> None:
    shown = discharged.well("queue", "--at", FRIDAY).out
    assert "Call Alma, home from St. Mary" in shown
    assert "Tue 2026-09-08 17:00" in shown
    assert "│" not in shown.splitlines()[0]


def test_a_long_queue_is_shown_in_part_and_says_so(practice: Laneflow) -> None:
    data = {"encounter.discharged_to": "home", "encounter.class": "emergency", "location": "main"}
    lines = [event(n, "encounter.discharged", FRIDAY, data, f"p{n}") for n in range(60)]
    (practice.folder / "e.jsonl").write_text("\n".join(lines))
    practice.well("intake", "--replay", "e.jsonl")
    everything = [t["task"] for t in practice.well("queue", "--json").json]
    assert len(everything) == len(set(everything)) >= 60
    for many in (1, 59):
        shown = practice.well("queue", "--json", "--limit", str(many)).json
        assert [t["task"] for t in shown] == everything[:many]
    assert practice.well("queue").out.endswith("The first 50; --limit shows more.\n")


def test_an_empty_queue_says_what_to_do(practice: Laneflow) -> None:
    assert practice.well("queue").out.startswith("Nothing is waiting.")
    assert practice.well("queue", "--json").json == []


def test_a_case_on_one_page(discharged: Laneflow) -> None:
    case = discharged.well("queue", "--json", "--at", FRIDAY).json[0]["case"]
    shown = discharged.well("case", case[:6]).out
    for part in (
        "Discharge outreach: case " + case,
        "Alma Duarte",
        "backup:",
        "Why here:",
        "lanes/discharge-outreach.yaml:",
        "Script discharge/first-call, phone, en",
        "identity:",
        "discharge summary",
        "Opened in Discharge outreach.",
    ):
        assert part in shown
    view = discharged.well("case", case, "--json", "--channel", "sms", "--language", "es").json
    assert view["script"]["channel"] == "sms"
    assert view["script"]["locale"] == "es"
    assert {item["item"] for item in view["checklist"]} == {"summary", "med_list", "med_check"}
    assert view["timeline"][0]["happened"] == "Discharged from the hospital, told by the EHR"


def test_a_gap_in_the_script_is_named(practice: Laneflow) -> None:
    data = {"encounter.discharged_to": "home", "encounter.class": "inpatient"}
    (practice.folder / "e.jsonl").write_text(event(1, "encounter.discharged", FRIDAY, data))
    practice.well("intake", "--replay", "e.jsonl")
    case = practice.well("queue", "--json").json[0]["case"]
    assert "patient.first_name" in practice.well("case", case, "--json").json["script"]["gaps"]
    assert "gap:" in practice.well("case", case).out


def test_nobody_calls_and_somebody_is_called(discharged: Laneflow) -> None:
    discharged.well("run", "--until", "2026-09-12")
    rows = discharged.well("escalation", "list", "--json").json
    assert {"overdue", "first_response_late"} <= {row["escalation"] for row in rows}
    assert all(row["role"] and row["opened"] and row["text"] for row in rows)
    checked = discharged.well("doctor", "--json").json
    assert (checked["silent"], checked["open_cases"]) == (0, 1)


def test_why_names_rule_line_and_facts(discharged: Laneflow) -> None:
    case = discharged.well("queue", "--json", "--at", FRIDAY).json[0]["case"]
    rules = discharged.well("why", case, "--json").json["steps"][0]["rules"]
    opened = next(row for row in rules if row["rule"].startswith("opens"))
    assert opened["file"] == "lanes/discharge-outreach.yaml"
    line = (discharged.folder / opened["file"]).read_text("utf-8").splitlines()[opened["line"] - 1]
    assert "on: encounter.discharged" in line
    assert "encounter.discharged_to is home (it was home)" in opened["because"]
    assert f"lanes/discharge-outreach.yaml:{opened['line']}" in discharged.well("why", case).out
    early = discharged("why", case, "--at", "2026-09-01")
    assert (early.code, early.out) == (1, "")
    assert "nothing had been decided about this case by then" in early.err


def test_times_are_told_as_times_and_mere_time_is_not_told(discharged: Laneflow) -> None:
    discharged.well("run", "--until", "2026-09-20")
    case = discharged.well("queue", "--json").json[0]["case"]
    steps = discharged.well("why", case, "--json").json["steps"]
    because = {r["rule"]: r["because"] for s in steps for r in s.get("rules", ()) if "because" in r}
    # Two weeks for the visit, from Friday evening: Friday 18 September, at closing.
    visit = "until.visit is at most 3 days (it was Fri 18 Sep 2026 17:00 EDT)"
    assert visit in because["escalations.no_visit"]
    assert because["escalations.stalled"] == (
        "since.progress is at least 14 days (it was Fri 4 Sep 2026 18:30 EDT)"
    )
    told = discharged.well("case", case, "--json").json["timeline"]
    assert [row for row in told if row["happened"] == "time passed" and not row["changed"]] == []
    assert len([row for row in told if row["happened"] == "time passed"]) > 5


def test_a_day_of_work(practice: Laneflow) -> None:
    """Document, put off, hand over, escalate, take, answer, mark, close: each seen in the case."""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    data = {"patient.first_name": "Alma", "encounter.id": "e1", "encounter.class": "inpatient",
            "encounter.discharged_to": "home", "location": "main"}  # fmt: skip
    (practice.folder / "e.jsonl").write_text(event(1, "encounter.discharged", now, data))
    practice.well("intake", "e.jsonl")
    task = practice.well("queue", "--json").json[0]
    case, id_ = task["case"], task["task"]
    us = {"LANEFLOW_BY": "ana"}

    said = practice.well("note", case, "--outcome", "no answer", "--channel", "phone", **us).out
    assert "Next by phone" in said
    practice.well("task", "assign", id_, "--to", "ben", **us)
    doers = {t["task"]: t["doer"] for t in practice.well("task", "list", case, "--json").json}
    assert doers[id_] == "ben"  # another task comes first on a Saturday
    practice.well(
        "note", case, "--outcome", "reached", "--understanding", "understood",
        "--barrier", "transportation", "--event", "symptoms.worsened", **us,
    )  # fmt: skip
    view = practice.well("case", case, "--json").json
    assert [barrier["barrier"] for barrier in view["barriers"]] == ["transportation"]
    assert "worse" in [held["escalation"] for held in view["escalations"]]

    practice.well("escalation", "take", case, "worse", "--by", "nora")
    said = practice.well(
        "escalation", "hand-on", case, "worse", "--reason", "Called away", "--back", "--by", "nora"
    ).out
    assert '"Feels worse at home" is handed on to the last resort.' in said  # it is Saturday
    said = practice.well(
        "escalation", "hand-on", case, "worse", "--reason", "He knows her", "--to", "patel",
        "--by", "nora",
    ).out  # fmt: skip
    assert '"Feels worse at home" is handed on to Dr. ' in said
    practice.well(
        "escalation", "resolve", case, "worse", "--answer", "Rest, and see us",
        "--next", "Call tomorrow", "--role", "nurse", "--by", "Nora Fitzgerald",
    )  # fmt: skip
    assert practice.well("escalation", "list", "--json").json == []
    practice.well("item", case, "summary", "received", **us)
    items = practice.well("case", case, "--json").json["checklist"]
    assert {i["item"]: i["state"] for i in items}["summary"] == "received"
    practice.well("close", case, "--as", "unsuccessful", "--reason", "Moved away", "--by", "nora")
    closed = practice.well("case", case, "--json").json
    assert (closed["outcome"], closed["reason"]) == ("unsuccessful", "Moved away")
    happened = " ".join(row["happened"] for row in closed["timeline"])
    for words in ("Ana Torres documented: no answer", "Nora Fitzgerald took", "Moved away"):
        assert words in happened


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["case", "nothing"], 'no case, or more than one, begins with "nothing"'),
        (["why", ""], "no case, or more than one"),
        (["note", "CASE", "--outcome", "left message", "--by", "anna"], 'Did you mean "ana"?'),
        (["note", "CASE", "--outcome", "reached", "--by", "ana"], "understood is missing"),
        (["task", "done", "CASE/99", "--by", "ana"], "there is no open task"),
        (["task", "snooze", "CASE", "--until", "soon", "--reason", "x", "--by", "ana"],
         '"soon" is not a time'),
        (["escalation", "take", "CASE", "worse", "--by", "ana"], '"worse" is not known here'),
        (["close", "CASE", "--as", "completed", "--reason", "x", "--by", "ana"], "completed"),
        (["close", "CASE", "--confirm", "yes", "--by", "lee"], "does not ask to be closed"),
        (["item", "CASE", "sumary", "received", "--by", "ana"], 'Did you mean "summary"?'),
        (["queue", "--lane", "discharge"], 'there is no lane "discharge"'),
        (["queue", "--owner", "anna"], 'Did you mean "ana"?'),
        (["run", "--until", "2020-01-01"], "is before what was last worked on"),
        (["unplaced", "dismiss", "ehr", "9", "--reason", "x", "--by", "ana"], "not on the list"),
        (["intake", "nowhere.jsonl"], "nowhere.jsonl"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_a_line(
    discharged: Laneflow, args: list[str], said: str
) -> None:
    case = discharged.well("queue", "--json", "--at", FRIDAY).json[0]["case"]
    answer = discharged(*[arg.replace("CASE", case) for arg in args])
    assert answer.code == 1, answer.out
    assert said in answer.err
    assert answer.err.count("\n") <= 2


def test_intake_counts_and_sets_aside(practice: Laneflow) -> None:
    good = event(1, "encounter.discharged", FRIDAY, {"encounter.discharged_to": "home"})
    (practice.folder / "mixed.jsonl").write_text(f"{good}\n{{nonsense\n{good}\n")
    answer = practice.well("intake", "--replay", "--json", "mixed.jsonl")
    counts = answer.json
    assert (counts["new"], counts["duplicates"], counts["quarantined"]) == (1, 1, 1)
    assert counts["cases_opened"] == 1
    assert "mixed.jsonl:2" in answer.err
    again = practice.well("intake", "--replay", "--json", "mixed.jsonl").json
    assert (again["new"], again["cases_opened"]) == (0, 0)
    assert "1 records wait in quarantine" in practice("doctor").out


def test_standard_input(practice: Laneflow) -> None:
    line = event(1, "encounter.discharged", FRIDAY, {"encounter.discharged_to": "home"})
    assert practice("intake", "--replay", "-", stdin=line).code == 0
    assert practice.well("queue", "--json", "--at", FRIDAY).json


def test_check_names_file_line_and_hint(practice: Laneflow) -> None:
    assert "8 lanes" in practice.well("check").out
    lane = practice.folder / "lanes" / "discharge-outreach.yaml"
    lane.write_text(lane.read_text("utf-8").replace("as: completed", "as: complete", 1))
    answer = practice("check")
    assert answer.code == 1
    assert answer.err.startswith("lanes/discharge-outreach.yaml:")
    assert 'Did you mean "completed"?' in answer.err
    found = practice("check", "--json").json
    assert found[0]["file"] == "lanes/discharge-outreach.yaml"
    assert found[0]["line"] > 1


@pytest.mark.parametrize("content", [b"", b"\x00", b"name: [", b"a: &a [*a]", b"\xff\xfe"])
def test_a_broken_practice_is_said_in_a_line(practice: Laneflow, content: bytes) -> None:
    (practice.folder / "practice.yaml").write_bytes(content)
    for command in ("check", "queue", "test"):
        answer = practice(command)
        assert answer.code == 1
        assert answer.err.startswith("practice.yaml")


def test_the_lanes_own_tests(practice: Laneflow) -> None:
    one = Path("lanes/tests/discharge-outreach.yaml")
    passed = practice.well("test", str(one), "--json").json["tests"]
    assert passed
    assert all(row["passed"] and row["lane"] == "discharge-outreach" for row in passed)
    file = practice.folder / one
    file.write_text(file.read_text("utf-8").replace("tier: high", "tier: urgent"))
    failed = practice("test", str(one))
    assert failed.code == 1
    assert "lanes/tests/discharge-outreach.yaml:" in failed.out
    assert practice("test", "nowhere.yaml").code == 1


def test_a_database_that_cannot_be_opened(practice: Laneflow) -> None:
    (practice.folder / "folder").mkdir()
    for url in ("sqlite:///folder", "oracle://x", "sqlite:////proc/nowhere/x.sqlite3"):
        answer = practice("--database", url, "queue")
        assert answer.code == 1, answer.err
        assert answer.err.count("\n") == 1


def test_a_locked_database(discharged: Laneflow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading goes on; what would change something says that it could not."""
    case = discharged.well("queue", "--json").json[0]["case"]
    monkeypatch.setattr("laneflow.store.connected.BUSY_SECONDS", 1)
    (discharged.folder / "again").symlink_to(discharged.folder / ".laneflow")
    url = f"sqlite:///{discharged.folder}/again/laneflow.sqlite3"
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")
        assert discharged.well("--database", url, "case", case).out
        note = ("note", case, "--outcome", "no answer", "--by", "ana")
        answer = discharged("--database", url, *note)
    assert answer.code == 1
    assert "locked" in answer.err
    assert answer.err.count("\n") == 1


def test_the_demo_tells_a_whole_story(empty: Laneflow) -> None:
    # The logins' database is the one of its process, in which the tests before have theirs.
    demo = empty.process("demo", "--seconds", "0", "--patients", "30", "--folder", "shown")
    assert demo.code == 0, demo.err
    told = demo.out
    for part in (
        "Elena Alvarez, Discharge outreach: opened, high. Call Elena",
        "The script it comes with begins:",
        'Escalated: "A task is overdue" to the front desk lead.',
        'Nobody in time: "A task is overdue" goes on to the practice manager.',
        "documented: reached",
        "Closed as completed.",
        "0 cases are silent",
    ):
        assert part in told
    case = told.split("case do-")[1].split()[0]
    assert "Closed as completed." in empty.well("--practice", "shown", "case", f"do-{case}").out
    assert empty.well("--practice", "shown", "doctor", "--json").json["problems"] == []
