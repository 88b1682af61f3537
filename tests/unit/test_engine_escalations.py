"""Who is called, when, and how a call climbs, is taken, answered and withdrawn."""

from __future__ import annotations

from typing import Any

from cast import act, event, local
from living import Day, due
from small_practice import a_person


def test_an_overdue_task_climbs_from_rung_to_rung_and_stands_on_the_last() -> None:
    day = Day()
    day.discharge()
    day.wait("2026-09-08 17:00")
    call = day.case.escalations["overdue"]
    assert (call.role, local(call.release)) == ("front desk lead", "2026-09-09 08:00")
    assert local(call.until) == "2026-09-09 12:00"
    day.wait("2026-09-09 12:00")
    call = day.case.escalations["overdue"]
    assert (call.role, call.until, call.last) == ("practice manager", None, True)


def test_symptoms_are_told_at_once_at_night_to_the_last_resort_when_nobody_is_there() -> None:
    day = Day()
    day.discharge()
    day.take(event("symptoms.worsened", "2026-09-05 03:00"))  # a Saturday night
    call = day.case.escalations["worse"]
    assert (call.role, local(call.release), call.last) == ("last resort", "2026-09-05 03:00", True)


def test_symptoms_by_day_go_to_the_nurse_for_thirty_minutes_and_hold_outreach() -> None:
    day = Day()
    day.discharge()
    day.take(event("symptoms.worsened", "2026-09-08 10:00"))
    call = day.case.escalations["worse"]
    assert (call.role, local(call.until)) == ("nurse", "2026-09-08 10:30")
    assert day.case.paused
    day.wait("2026-09-09 12:00")
    assert "overdue" not in day.case.escalations, "a held task is not overdue"
    day.take(act("resolve", "2026-09-09 13:00", day.case.id, by="nia", escalation="worse"))
    assert not day.case.paused
    assert due(day.case) == "2026-09-09 14:00"


def test_taking_stops_the_ladder_until_the_date_it_must_be_resolved_by() -> None:
    day = Day()
    day.discharge()
    day.take(event("symptoms.worsened", "2026-09-08 10:00"))
    day.take(act("take", "2026-09-08 10:10", day.case.id, by="nia", escalation="worse"))
    call = day.case.escalations["worse"]
    assert (call.state, call.taken_by, local(call.until)) == ("taken", "nia", "2026-09-08 14:10")
    day.wait("2026-09-08 14:10")
    call = day.case.escalations["worse"]
    assert (call.state, call.role) == ("open", "provider")


def handed_on(at: str, **said: Any) -> Day:
    """Symptoms at ten, with the nurse for thirty minutes; then somebody hands that on."""
    day = Day()
    day.discharge()
    day.take(event("symptoms.worsened", "2026-09-08 10:00"))
    day.take(act("hand_on", at, day.case.id, by="nia", escalation="worse", **said))
    return day


def test_handing_on_climbs_to_the_next_rung_at_once() -> None:
    day = handed_on("2026-09-08 10:05", reason="a question of dose")
    call = day.case.escalations["worse"]
    assert (call.role, local(call.release), call.last) == ("provider", "2026-09-08 10:05", True)
    assert day.results[-1].decisions[-1].notices[0].role == "provider"


def test_whoever_is_asked_by_name_is_told_and_the_ladder_climbs_past_them() -> None:
    day = handed_on("2026-09-08 10:05", reason="she knows her", to="ana")
    call = day.case.escalations["worse"]
    assert (call.asked, call.state, local(call.until)) == ("ana", "open", "2026-09-08 10:35")
    (notice,) = day.results[-1].decisions[-1].notices
    assert (notice.person, local(notice.release)) == ("ana", "2026-09-08 10:05")
    day.wait("2026-09-08 10:35")
    call = day.case.escalations["worse"]
    assert (call.role, call.asked) == ("provider", "")


def test_somebody_asked_from_the_last_rung_has_a_date_and_then_the_last_resort_is_told() -> None:
    day = handed_on("2026-09-08 10:05", reason="a question of dose")
    day.take(
        act("hand_on", "2026-09-08 10:06", day.case.id, by="pat", escalation="worse",
            reason="she knows her", to="ana")
    )  # fmt: skip
    call = day.case.escalations["worse"]
    assert (call.last, local(call.until)) == (False, "2026-09-08 11:06")
    day.wait("2026-09-08 11:06")
    call = day.case.escalations["worse"]
    assert (call.role, call.asked, call.last) == ("last resort", "", True)


def test_giving_back_tells_the_same_rung_again() -> None:
    day = Day()
    day.discharge()
    day.take(event("symptoms.worsened", "2026-09-08 10:00"))
    day.take(act("take", "2026-09-08 10:10", day.case.id, by="nia", escalation="worse"))
    day.take(
        act("hand_on", "2026-09-08 10:20", day.case.id, by="nia", escalation="worse",
            reason="called away", back=True)
    )  # fmt: skip
    call = day.case.escalations["worse"]
    assert (call.state, call.taken_by, call.role) == ("open", "", "nurse")
    assert local(call.until) == "2026-09-08 10:50"


def test_an_answer_becomes_the_next_task_of_whoever_it_names() -> None:
    day = Day()
    day.discharge()
    day.take(event("symptoms.worsened", "2026-09-08 10:00"))
    answer = {"do": "Book her for today", "role": "care coordinator"}
    day.take(
        act("resolve", "2026-09-08 10:20", day.case.id, by="nia", escalation="worse",
            next_task=answer)
    )  # fmt: skip
    side = next(iter(day.case.side.values()))
    assert (side.do, side.who, local(side.due.at)) == (
        "Book her for today", "care coordinator", "2026-09-09 17:00",
    )  # fmt: skip


def test_a_condition_that_becomes_false_withdraws_its_escalation() -> None:
    day = Day()
    day.discharge()
    day.wait("2026-09-08 17:00")
    assert "overdue" in day.case.escalations
    case = day.note("2026-09-09 09:00")
    assert "overdue" not in case.escalations


def test_a_rung_at_lunch_is_still_there_unless_minutes_count() -> None:
    lead = a_person("ben", "front desk lead", lunch=("12:00", "12:30"))
    manager = a_person("mia", "practice manager", lunch=("12:00", "12:30"))
    others = {p.id: p for p in (lead, manager, a_person("ana", "care coordinator"))}
    day = Day(people=others)
    day.discharge()
    day.wait("2026-09-09 12:00")
    assert day.case.escalations["overdue"].role == "practice manager"


def test_untouched_counts_peoples_acts_and_no_feed_extends_it() -> None:
    day = Day()
    day.discharge("2026-09-08 09:00")
    assert local(day.case.untouched and day.case.untouched.at) == "2026-09-15 17:00"
    day.take(event("appointment.booked", "2026-09-10 09:00", appointment__id="A1"))
    assert local(day.case.untouched and day.case.untouched.at) == "2026-09-15 17:00"
    case = day.note("2026-09-10 10:00")
    assert local(case.untouched and case.untouched.at) == "2026-09-17 17:00"


def test_a_call_an_event_raised_outlives_its_case_until_it_is_resolved() -> None:
    day = Day()
    case = day.discharge()
    day.take(event("symptoms.worsened", "2026-09-08 10:00"))
    day.take(event("visit.completed", "2026-09-08 10:05"))
    assert day.cases[case.id].closed is not None
    assert case.id in day.file.cases
    day.wait("2026-09-08 10:30")
    assert day.cases[case.id].escalations["worse"].role == "provider"
    day.take(act("resolve", "2026-09-08 11:00", case.id, by="pat", escalation="worse"))
    assert case.id not in day.file.cases
