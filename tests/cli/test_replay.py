"""``laneflow replay``: a past period under the edited lanes beside what happened."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from laneflow.intake.synthetic import generate, write_jsonl
from patience import wait_for

from .conftest import Laneflow, surroundings

BUNDLES = Path(__file__).parents[2].parent / "shared" / "data" / "synthea-r4" / "bundles"
START = 1_772_427_600_000  # Monday, 2 March 2026, midnight in New York


def events(laneflow: Laneflow, patients: int = 60, days: int = 40) -> str:
    write_jsonl(generate(patients, START, days, 3), laneflow.folder / "events.jsonl")
    return "events.jsonl"


def lived(laneflow: Laneflow) -> Laneflow:
    """A practice with forty days behind it in which nobody acted."""
    laneflow.well("intake", "--replay", events(laneflow))
    laneflow.well("run", "--until", "2026-04-20")
    return laneflow


def edit(laneflow: Laneflow, lane: str, old: str, new: str) -> None:
    path = laneflow.folder / "lanes" / f"{lane}.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def figure(answer: Any, lane: str, name: str) -> tuple[Any, Any]:
    rows = [r for r in answer["figures"] if r["part"] == "lane" and r["tier"] == ""]
    return next((r["before"], r["after"]) for r in rows if (r["lane"], r["figure"]) == (lane, name))


def test_nothing_edited_gives_what_happened(practice: Laneflow) -> None:
    lived(practice)
    told = practice.well("replay", "--from", "2026-03-02", "--json").json
    assert told["events"] > 100
    assert told["differences"] == []
    assert all(row["before"] == row["after"] for row in told["figures"])
    assert told["late_decisions"] == told["decided_under_other_lanes"] == 0
    said = practice.well("replay", "--from", "2026-03-15").out
    assert "went the same way: every one." in " ".join(said.split())
    assert "cannot know what patients and staff would have done" in " ".join(said.split())


def test_an_edit_is_held_against_what_happened_and_nothing_is_changed(practice: Laneflow) -> None:
    lived(practice)
    before = practice.well("doctor", "--json").json["counts"]
    edit(
        practice,
        "missed-appointment-recovery",
        "- {on: appointment.missed, unless_open",
        "- {on: feedback.received, unless_open",
    )
    told = practice.well("replay", "--from", "2026-03-02", "--json").json
    opened = figure(told, "missed-appointment-recovery", "cases opened")
    assert opened[0] > opened[1]
    cases = told["cases"]["missed-appointment-recovery"]
    assert cases["only_before"] + cases["same"] >= opened[0] - opened[1]
    assert told["differences"][0]["lane"] == "missed-appointment-recovery"
    assert practice.well("doctor", "--json").json["counts"] == before


def test_files_of_events_are_replayed_on_both_sides_whatever_the_number_of_processes(
    practice: Laneflow,
) -> None:
    named = events(practice, patients=600, days=20)
    one = practice.well("replay", "--events", named, "--workers", "1", "--json").json
    two = practice.process("replay", "--events", named, "--workers", "2", "--json")
    assert two.code == 0, two.err
    assert two.json == one
    assert one["before"] == "the live lanes"


def test_every_figure_goes_to_a_csv(practice: Laneflow) -> None:
    named = events(practice)
    practice.well("replay", "--events", named, "--csv", "figures.csv")
    with (practice.folder / "figures.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["part"] for row in rows} == {"lane", "escalation", "load"}
    assert {row["tier"] for row in rows if row["part"] == "lane"} >= {"", "urgent", "routine"}
    assert all(row["day"].startswith("2026-") for row in rows if row["part"] == "load")


def test_a_lane_is_shown_tier_by_tier(practice: Laneflow) -> None:
    named = events(practice)
    out = practice.well("replay", "--events", named, "--lane", "referral-follow-up").out
    assert "preventive-recall" not in out
    assert "\ntier" in out
    assert "\nroutine" in out
    assert "nobody acts but what the events document" in " ".join(out.split())


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--against", "9"), "--against: there is no release \"9\". `laneflow history` lists"),
        (("--lane", "referal-follow-up"), 'Did you mean "referral-follow-up"?'),
        (("--events", "none.jsonl"), "none.jsonl"),
        (("--from", "someday"), '"someday" is not a time.'),
        (("--from", "2026-04-01", "--to", "2026-03-01"), "it ends before it begins"),
        (("--csv", "nowhere/out.csv"), "nowhere/out.csv: cannot be written: no such file"),
    ],
    ids=["release", "lane", "file", "date", "period", "csv"],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_line(
    practice: Laneflow, args: tuple[str, ...], said: str
) -> None:
    practice.well("intake", "--replay", events(practice, 5, 3))
    answer = practice("replay", *args)
    assert answer.code == 1
    assert said in answer.err
    assert len(answer.err.strip().splitlines()) == 1


def test_before_anything_happened_it_says_so(practice: Laneflow) -> None:
    answer = practice("replay")
    assert answer.code == 1
    assert "nothing has happened yet" in answer.err


def test_a_broken_edit_is_named_and_not_replayed(practice: Laneflow) -> None:
    practice.well("intake", "--replay", events(practice, 5, 3))
    edit(practice, "referral-follow-up", "title:", "titel:")
    answer = practice("replay")
    assert answer.code == 1
    assert "lanes/referral-follow-up.yaml" in answer.err


def test_ctrl_c_ends_every_process_and_leaves_nothing(practice: Laneflow) -> None:
    named = events(practice, patients=4_000, days=60)
    kept = sorted(practice.folder.rglob("*"))
    running = subprocess.Popen(
        [sys.executable, "-m", "laneflow", "replay", "--events", named, "--workers", "2"],
        cwd=practice.folder, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    watched = psutil.Process(running.pid)
    wait_for(lambda: len(watched.children(recursive=True)) > 1)
    children = watched.children(recursive=True)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert err.strip() == "Stopped."
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    new = [path for path in practice.folder.rglob("*") if path not in kept]
    assert [path for path in new if ".laneflow" not in path.parts] == []


@pytest.mark.skipif(not BUNDLES.is_dir(), reason=f"no Synthea bundles at {BUNDLES}")
def test_real_material_the_same_lanes_give_what_happened(practice: Laneflow) -> None:
    """25 Synthea records, decades of them, and sixty days after the last discharge."""
    practice.well("intake", "--replay", str(BUNDLES))
    practice.well("run", "--until", "2021-05-30")
    told = practice.well("replay", "--from", "2000-01-01", "--json").json
    assert told["patients"] == 25
    assert told["differences"] == []
    assert figure(told, "discharge-outreach", "cases opened")[0] > 20
    assert all(row["before"] == row["after"] for row in told["figures"])


@pytest.mark.skipif(not BUNDLES.is_dir(), reason=f"no Synthea bundles at {BUNDLES}")
def test_real_material_a_later_first_attempt_is_late_less_long(practice: Laneflow) -> None:
    practice.well("intake", "--replay", str(BUNDLES))
    practice.well("run", "--until", "2021-05-30")
    edit(practice, "discharge-outreach", "high: 1 business day", "high: 2 business days")
    told = practice.well("replay", "--from", "2000-01-01", "--json").json
    before, after = figure(told, "discharge-outreach", "hours overdue")
    assert after < before
    assert {found["lane"] for found in told["differences"]} == {"discharge-outreach"}
    assert all(found["hours"] >= 24 for found in told["differences"])
