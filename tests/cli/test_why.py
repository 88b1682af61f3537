"""``why`` and ``why-not`` as they are typed: names, places, instants, events, JSON, mistakes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from laneflow.cli.group import app
from laneflow.cli.why_not import _complete

from .conftest import Laneflow

FRIDAY = "2026-09-04T18:30:00-04:00"
HOME = {"encounter.id": "e1", "encounter.class": "inpatient", "encounter.discharged_to": "home"}


def event(id_: str, type_: str, time: str = FRIDAY, source: str = "ehr", **data: Any) -> str:
    """One CloudEvent, a line."""
    return json.dumps(
        {"specversion": "1.0", "id": id_, "source": source, "type": type_, "time": time,
         "subject": "p1", "data": data}
    ) + "\n"  # fmt: skip


@pytest.fixture
def case(practice: Laneflow) -> str:
    """A case that a discharge opened on a Friday evening."""
    taken_in(practice, event("d1", "encounter.discharged", **HOME))
    return str(practice.well("queue", "--json").json[0]["case"])


def taken_in(practice: Laneflow, *lines: str) -> None:
    (practice.folder / "events.jsonl").write_text("".join(lines))
    practice.well("intake", "--replay", "events.jsonl")


def test_a_rule_is_found_by_its_name_its_short_name_and_its_line(
    practice: Laneflow, case: str
) -> None:
    at = ("--at", "2026-09-04T19:00")
    by_name = practice.well("why-not", case, "escalations.no_visit", *at).out
    assert practice.well("why-not", case, "no_visit", *at).out == by_name
    found = practice.well("why-not", case, "no_visit", "--json", *at).json["now"]
    place = f"{found['file']}:{found['line']}"
    assert practice.well("why-not", case, place, *at).out == by_name
    line = (practice.folder / found["file"]).read_text("utf-8").splitlines()[found["line"] - 1]
    assert "no_visit" in line
    assert "it acts on Tue 15 Sep 2026 17:00 EDT" in by_name


def test_without_a_rule_every_rule_is_listed(practice: Laneflow, case: str) -> None:
    rows = practice.well("why-not", case, "--json", "--at", "2026-09-04T19:00").json
    states = {row["name"]: row["state"] for row in rows}
    assert states["escalations.worse"] == "ready"
    assert states["statuses.first_call"] == "in force"
    assert states["closes[0]"] == "no"
    shown = practice.well("why-not", case, "--at", "2026-09-04T19:00").out
    assert all(name in shown for name in ("opens[0]", "statuses.booked.moves[0]", "priority[3]"))


def test_an_unknown_rule_is_refused_with_the_nearest(practice: Laneflow, case: str) -> None:
    answer = practice("why-not", case, "no_vist")
    assert answer.code == 1
    assert answer.err.strip().endswith(
        'the lane discharge-outreach has no rule "no_vist". Did you mean "no_visit"?'
    )


def test_rules_are_completed(practice: Laneflow, case: str) -> None:
    import contextlib

    with contextlib.chdir(practice.folder):
        parent = app.make_context("laneflow", ["why-not", case])
        command = app.get_command(parent, "why-not")
        assert command is not None
        import click

        context = click.Context(command, parent=parent)
        context.params["case"] = case
        words = {item.value for item in _complete(context, command.params[1], "no_")}
    assert words == {"no_visit"}


def test_why_tells_who_what_and_when(practice: Laneflow, case: str) -> None:
    found = practice.well("why", case, "--json", "--at", "2026-09-04T19:00").json
    (step,) = found["steps"]
    assert "owner Ana Torres: the only care coordinator at Maple Street" in step["assigned"]
    due = next(said for said in step["dates"] if said.startswith("due "))
    assert "1 business day after Fri 4 Sep 2026 18:30 EDT (tier high)" in due
    assert found["now"]["wakes"] == "Tue 8 Sep 2026 17:00 EDT"
    assert "the main task falls due" in found["now"]["wakes_because"]
    assert any(line.startswith("The checklist's task toward the hospital is due ")
               for line in found["now"]["lines"])  # fmt: skip
    assert "items:" not in json.dumps(found)
    shown = practice.well("why", case, "--full").out
    assert all(said in shown for said in (*step["assigned"], *step["dates"]))
    assert step["assigned"][0] not in practice.well("why", case).out


def test_short_answers_hide_the_earliest_steps(practice: Laneflow, case: str) -> None:
    practice.well("run", "--until", "2026-10-20")
    short, whole = practice.well("why", case).out, practice.well("why", case, "--full").out
    assert "earlier steps; --full shows them" in short
    assert len(short) < len(whole)
    assert short.splitlines()[-1] == whole.splitlines()[-1]


def test_an_event_is_asked_about_by_its_id(practice: Laneflow, case: str) -> None:
    taken_in(practice, event("r1", "referral.sent"), event("r1", "referral.sent", source="lab"))
    several = practice("why", "r1")
    assert several.code == 1
    assert "Say which: ehr#r1, lab#r1." in several.err
    said = practice.well("why", "lab#r1").out
    assert "It was left unplaced" in said
    assert "referral-follow-up: it carries no referral.id" in said
    found = practice.well("why", "--event", "ehr#r1", "--json").json
    assert (found["fate"], found["judged"]["lanes"][0]["kind"]) == ("unplaced", "no key")


def test_an_event_put_aside_says_why(practice: Laneflow, case: str) -> None:
    taken_in(practice, event("d1", "encounter.discharged", **HOME | {"encounter.id": "other"}))
    taken_in(practice, event("f1", "patient.called", "2099-01-01T00:00:00Z"))
    assert "It opened" in practice.well("why", "d1").out, "the first one stays what it was"
    answer = practice("why", "f1")
    assert answer.code == 1
    assert "this record was put aside and has done nothing" in answer.err


def test_what_is_neither_case_nor_event_is_refused(practice: Laneflow, case: str) -> None:
    answer = practice("why", "nothing")
    assert (answer.code, answer.out) == (1, "")
    assert (
        'no case, or more than one, begins with "nothing", and no event is called so' in answer.err
    )
    assert 'no event "nothing" was taken in' in practice("why", "--event", "nothing").err


def test_the_past_is_told_by_what_was_live_then(practice: Laneflow) -> None:
    """A rule published since is not what was in force when the question is about before."""
    from datetime import datetime

    now = datetime.now().astimezone().isoformat(timespec="seconds")
    (practice.folder / "e.jsonl").write_text(event("n1", "encounter.discharged", now, **HOME))
    practice.well("intake", "e.jsonl")
    case = practice.well("queue", "--json").json[0]["case"]
    before = datetime.now().astimezone().isoformat(timespec="milliseconds")
    lane = practice.folder / "lanes" / "discharge-outreach.yaml"
    text = lane.read_text("utf-8")
    lane.write_text(
        text.replace("until.visit: {at_most: 3 days}", "until.visit: {at_most: 4 days}")
    )
    practice.well("publish", "--why", "sooner", "--by", "lee", "--yes", "--untested")
    wanted = {
        at: practice.well("why-not", case, "no_visit", "--json", "--at", at).json["now"]
        for at in (before, "2099-01-01")
    }
    spans = [found["condition"]["parts"][1]["test"]["wanted"] for found in wanted.values()]
    assert spans == ["3 days", "4 days"]
