"""What a manager reads: whole answers about the shipped lanes, before and after. Each stands in
``said/NAME.txt``; where wording changes on purpose, write the new answer there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from laneflow.engine.explain.naming import side_task
from why.conftest import Desk

SAID = Path(__file__).parent / "said"
SENT_HOME = {"encounter__discharged_to": "home", "encounter__class": "inpatient"}


def book(desk: Desk) -> None:
    """The patient understood, and comes on Thursday."""
    desk.act("note", "2026-09-08 09:00", outcome="reached", understanding="understood")
    desk.event(
        "appointment.booked", "2026-09-08 10:00", appointment__id="A1",
        appointment__type="follow-up", appointment__start="2026-09-10T09:00:00-04:00",
    )  # fmt: skip


def visit_window_closing(desk: Desk) -> str:
    return desk.why_not("no_visit", "2026-09-04 19:00")


def visit_window_closed(desk: Desk) -> str:
    desk.wait("2026-09-16 12:00")
    return desk.why_not("no_visit", "2026-09-16 12:00")


def into_a_status(desk: Desk) -> str:
    return desk.why_not("needs_visit", "2026-09-04 19:00")


def out_of_a_booked_visit(desk: Desk) -> str:
    book(desk)
    return desk.why_not("statuses.booked.moves[0]", "2026-09-08 10:00")


def close_after_thirty_days(desk: Desk) -> str:
    return desk.why_not("closes[3]", "2026-09-04 19:00")


def close_asked_and_refused(desk: Desk) -> str:
    desk.wait("2026-10-06 09:00")
    asked = desk.why_not("closes[3]", "2026-10-06 09:00")
    desk.act("confirm", "2026-10-06 10:00", "lee", close=3, yes=False, reason="keep trying")
    return f"{asked}\n\n{desk.why_not('closes[3]', '2026-10-06 10:00')}"


def event_that_did_not_close(desk: Desk) -> str:
    desk.event("encounter.admitted", "2026-09-10 10:00", encounter__class="emergency")
    return desk.why_not("closes[4]", "2026-09-10 11:00")


def help_called_for(desk: Desk) -> str:
    desk.event("symptoms.worsened", "2026-09-08 09:00")
    at = "2026-09-08 09:05"
    return f"{desk.why_not('worse', at)}\n\n{desk.why_not('escalations.worse.ladder', at)}"


def overdue(desk: Desk) -> str:
    return desk.why_not("overdue", "2026-09-04 19:00")


def tier(desk: Desk) -> str:
    return desk.why_not("urgent", "2026-09-04 19:00")


def item(desk: Desk) -> str:
    return desk.why_not("med_check", "2026-09-04 19:00")


def round_of_attempts(desk: Desk) -> str:
    for hour in (9, 13):
        desk.act("note", f"2026-09-08 {hour:02}:00", outcome="no answer")
    at = "2026-09-08 14:00"
    return f"{desk.why_not('after_last', at)}\n\n{desk.why_not('unreachable', at)}"


def barrier_and_promise(desk: Desk) -> str:
    until = 1_789_160_400_000  # 11 September, 17:00
    desk.act(
        "note", "2026-09-08 09:00", outcome="reached", barrier="cost", next_action="send the form",
        by_whom="us", by_when=until,
    )  # fmt: skip
    at = "2026-09-08 09:30"
    return f"{desk.why_not('cost', at)}\n\n{desk.why_not('promises.p1', at)}"


def closed_case(desk: Desk) -> str:
    desk.act("close", "2026-09-08 09:00", "nora", outcome="unsuccessful", reason="moved away")
    at = "2026-09-08 10:00"
    return f"{desk.why_not('overdue', at)}\n\n{desk.why_not('reopens', at)}"


def stale_event(desk: Desk) -> str:
    late = desk.event(
        "encounter.discharged", "2026-09-01 12:00", came="2026-09-07 12:00", encounter__id="e1"
    )
    return desk.why(late)


def trigger_too_old(desk: Desk) -> str:
    return desk.why(
        desk.event(
            "encounter.discharged", "2026-07-01 12:00", "p2", came="2026-09-07 12:00", **SENT_HOME
        )
    )


def trigger_of_no_lane(desk: Desk) -> str:
    other = SENT_HOME | {"encounter__class": "ambulatory"}
    return desk.why(desk.event("encounter.discharged", "2026-09-05 12:00", "p2", **other))


def trigger_without_its_key(desk: Desk) -> str:
    return desk.why(desk.event("referral.sent", "2026-09-08 12:00"))


def trigger_held_back(desk: Desk) -> str:
    book(desk)
    return desk.why(
        desk.event(
            "appointment.missed", "2026-09-10 12:00", appointment__id="A1",
            appointment__type="follow-up",
        )
    )  # fmt: skip


def trigger_before_the_close(desk: Desk) -> str:
    desk.act("close", "2026-09-08 09:00", "nora", outcome="unsuccessful", reason="moved away")
    late = desk.event(
        "encounter.discharged", "2026-09-07 12:00", came="2026-09-09 12:00", encounter__id="e2",
        **SENT_HOME,
    )  # fmt: skip
    return desk.why(late)


def event_nobody_hears(desk: Desk) -> str:
    return desk.why(desk.event("discharge.unknown", "2026-09-08 12:00"))


def event_that_is_not_the_lanes(desk: Desk) -> str:
    return desk.why(desk.event("visit.completed", "2026-09-06 12:00"))


def event_of_several_cases(desk: Desk) -> str:
    for key in ("R1", "R2"):
        desk.event("referral.sent", "2026-09-08 10:00", "p2", referral__id=key, location="main")
    first = desk.why(desk.event("patient.declined", "2026-09-09 11:00", "p2"))
    return f"{first}\n\n{desk.why(desk.event('referral.acknowledged', '2026-09-09 12:00', 'p2'))}"


def opened(desk: Desk) -> str:
    return desk.why("e1")


ANSWERS: list[Callable[[Desk], str]] = [
    visit_window_closing, visit_window_closed, into_a_status, out_of_a_booked_visit,
    close_after_thirty_days, close_asked_and_refused, event_that_did_not_close, help_called_for,
    overdue, tier, item, round_of_attempts, barrier_and_promise, closed_case, stale_event,
    trigger_too_old, trigger_of_no_lane, trigger_without_its_key, trigger_held_back,
    trigger_before_the_close, event_nobody_hears, event_that_is_not_the_lanes,
    event_of_several_cases, opened,
]  # fmt: skip


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.__name__)
def test_what_is_said(home: Desk, answer: Callable[[Desk], str]) -> None:
    said = re.sub(r":\d+\)", ":LINE)", answer(home)) + "\n"
    expected = SAID / f"{answer.__name__}.txt"
    assert said == expected.read_text("utf-8")


def test_the_next_round_is_foretold(desk: Desk) -> None:
    """A yearly recall opens its next case eleven months after it was closed."""
    desk.event(
        "recall.due", "2026-09-08 10:00", location="main", recall__id="M1",
        recall__service="mammogram", recall__due="2026-09-20",
    )  # fmt: skip
    open_ = desk.why_not("again_after", "2026-09-08 11:00")
    assert "The case is open; the next round opens 11 months after it is closed." in open_
    desk.act("close", "2026-09-09 09:00", "lee", outcome="cancelled", reason="done elsewhere")
    closed = desk.why_not("again_after", "2026-09-09 10:00")
    assert "The next round opens on Mon 9 Aug 2027 09:00 EDT" in closed


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("items:us:nurse", "the checklist's task toward us, by the nurse"),
        ("items:patient", "the checklist's task toward the patient"),
        ("items:payer", "the checklist's task toward the insurance company"),
        ("items:gone", "the checklist's task toward gone"),
        ("barrier:cost", 'the task about the barrier "cost"'),
        ("promise:p1", "the question whether a promise was kept"),
        ("confirm:2", "the question whether to close (closes[2])"),
        ("answer:no_visit:1", "the next task agreed after the call for help no_visit"),
    ],
)
def test_side_tasks_are_called_by_words(home: Desk, key: str, name: str) -> None:
    assert side_task(home.app.loaded.practice, key) == name
