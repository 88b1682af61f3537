"""What a lane's words mean, one behaviour a test, dates worked out by hand.

The practice is in New York, open Mon-Fri 08:00-17:00; Monday 2026-09-07 is Labor Day.
"""

from __future__ import annotations

import gc
from typing import Any

import pytest
from msgspec.structs import replace

from cast import TIERS, act, call_task, event, lane, live, local, patient, t, when
from laneflow.engine.run import run
from laneflow.engine.starts import Starts
from laneflow.engine.state import Act, Case, Event, FileResult, Instant, PatientFile
from laneflow.lanes.model import (
    Atom,
    Attempt,
    Chase,
    Close,
    Due,
    Duration,
    EscalationRule,
    Fact,
    Item,
    Move,
    Opening,
    Period,
    Reopen,
    Status,
    TaskSpec,
    TierRule,
    Window,
)
from laneflow.practice.model import EventType
from small_practice import a_person


class Day:
    """A patient's file living through a few days."""

    def __init__(self, *lanes: Any, file: PatientFile | None = None, **practice: Any) -> None:
        self.live = live(*lanes, **practice)
        self.file = file or patient(first_name="Rosa")
        self.results: list[FileResult] = []
        self.cases: dict[str, Case] = {}

    def take(self, *inputs: Event | Act, until: Instant | None = None) -> FileResult:
        result = run(self.live, self.file, inputs, until or inputs[-1].at)
        self.file = result.file
        self.results.append(result)
        self.cases.update(result.touched)
        return result

    def wait(self, until: str) -> FileResult:
        return self.take(until=t(until))

    def discharge(self, at: str = "2026-09-04 18:30", **data: Any) -> Case:
        self.take(event("encounter.discharged", at, **data))
        return self.case

    def note(self, at: str, outcome: str = "no answer", **data: Any) -> Case:
        self.take(act("note", at, self.case.id, outcome=outcome, **data))
        return self.case

    @property
    def case(self) -> Case:
        return list(self.cases.values())[-1]

    @property
    def fates(self) -> list[str]:
        return [i.fate for r in self.results for i in r.inputs]


def due(case: Case) -> str | None:
    assert case.task is not None
    return local(case.task.due.at)


UNKNOWN = Atom("appointment.start", "known", False)

# opening -----------------------------------------------------------------------------------------


def test_a_discharge_on_friday_evening_is_called_by_tuesday_after_labor_day() -> None:
    case = Day().discharge()
    assert (case.status, case.tier, case.owner, case.backup) == (
        "first_call", "high", "ana", "ben",
    )  # fmt: skip
    assert due(case) == "2026-09-08 17:00"
    assert local(case.windows["first_contact"].at) == "2026-09-09 17:00"


def test_high_complexity_is_urgent_and_called_the_same_day() -> None:
    case = Day().discharge("2026-09-03 10:00", encounter__complexity="high")
    assert (case.tier, due(case)) == ("urgent", "2026-09-03 17:00")


def test_a_trigger_older_than_thirty_days_is_recorded_and_opens_nothing() -> None:
    day = Day()
    old = replace(event("encounter.discharged", "2026-07-01 09:00"), at=t("2026-09-01 09:00"))
    day.take(old)
    assert (day.fates, day.cases) == (["too_old"], {})
    assert day.file.history["encounter.discharged"] == [t("2026-07-01 09:00")]


def test_a_new_discharge_replaces_the_open_case_and_names_it() -> None:
    day = Day()
    first = day.discharge(encounter__id="E1")
    second = day.discharge("2026-09-10 09:00", encounter__id="E2")
    assert second.id != first.id
    assert second.previous == first.id
    closed = day.cases[first.id].closed
    assert closed is not None
    assert (closed.outcome, closed.reason) == (
        "cancelled", "Replaced by a newer event of the same kind",
    )  # fmt: skip


def test_the_same_discharge_told_again_with_more_detail_replaces_nothing() -> None:
    day = Day()
    first = day.discharge(encounter__id="E1")
    again = day.discharge("2026-09-04 18:30", encounter__id="E1", encounter__complexity="high")
    assert again.id == first.id
    assert again.tier == "urgent"


def test_after_a_close_only_a_later_event_opens_again() -> None:
    day = Day()
    first = day.discharge()
    day.take(event("visit.completed", "2026-09-10 10:00"))
    late = replace(event("encounter.discharged", "2026-09-09 10:00"), at=t("2026-09-11 09:00"))
    day.take(late)
    assert len(day.cases) == 1
    day.take(event("encounter.discharged", "2026-09-12 10:00"))
    assert day.case.previous == first.id


def test_a_stricter_tier_pulls_dates_in_and_a_milder_one_pushes_none_out() -> None:
    update = (Opening("encounter.discharged"),)
    day = Day(lane(opens=update))
    day.discharge("2026-09-03 10:00")
    day.take(event("encounter.discharged", "2026-09-03 11:00", encounter__complexity="high"))
    assert local(day.case.windows["first_attempt"].at) == "2026-09-03 17:00"
    day.take(event("encounter.discharged", "2026-09-03 12:00", encounter__complexity="moderate"))
    assert day.case.tier == "high"
    assert local(day.case.windows["first_attempt"].at) == "2026-09-03 17:00"


# attempts and notes ------------------------------------------------------------------------------


def test_attempts_follow_their_cadence_and_end_in_the_status_after_the_last() -> None:
    day = Day()
    day.discharge()
    case = day.note("2026-09-08 10:00")
    assert case.task is not None
    assert (due(case), case.task.channel, case.task.attempt) == ("2026-09-08 14:00", "phone", 1)
    case = day.note("2026-09-08 14:00", "left message")
    assert case.task is not None
    assert (due(case), case.task.channel) == ("2026-09-09 17:00", "letter")
    case = day.note("2026-09-09 10:00", "no answer")
    assert (case.status, case.queue, case.failed_attempts) == (
        "unreached", "needs patient action", 3,
    )  # fmt: skip
    assert case.attempts == 0, "attempts restart with the status, failed ones run on"


def test_a_voicemail_is_an_attempt_and_not_a_contact() -> None:
    day = Day()
    day.discharge()
    case = day.note("2026-09-08 10:00", "left message")
    assert case.first_attempt == t("2026-09-08 10:00")
    assert case.first_contact is None
    day.wait("2026-09-09 17:00")
    assert "late" in day.case.escalations


def test_reaching_the_patient_resets_failed_attempts_wherever_the_case_stands() -> None:
    day = Day()
    day.discharge()
    day.note("2026-09-08 10:00")
    case = day.note("2026-09-08 14:00", "reached", understanding="understood")
    assert (case.status, case.failed_attempts) == ("needs_visit", 0)
    assert case.first_contact == t("2026-09-08 14:00")


def test_a_contact_documented_late_still_met_its_window() -> None:
    day = Day()
    day.discharge()
    day.wait("2026-09-09 18:00")
    assert "late" in day.case.escalations
    case = day.note("2026-09-10 09:00", "reached", time=t("2026-09-09 16:00"))
    assert "late" not in case.escalations


def test_channels_the_patient_refuses_are_skipped() -> None:
    day = Day(file=patient(refuses=["phone"]))
    case = day.discharge()
    assert case.task is not None
    assert case.task.channel == "letter"


def test_a_promised_date_becomes_the_next_action_and_is_asked_for_on_its_day() -> None:
    day = Day()
    day.discharge()
    case = day.note(
        "2026-09-08 10:00", "reached", next_action="calls the hospital", by_whom="patient",
        by_when=t("2026-09-15 12:00"),
    )  # fmt: skip
    assert due(case) == "2026-09-15 12:00"
    assert local(case.side["promise:p1"].due.at) == "2026-09-15 12:00"
    day.take(act("promise", "2026-09-15 13:00", case.id, promise="p1", kept=False))
    assert day.case.missed_steps == 1
    assert "promise:p1" not in day.case.side


def test_a_promise_waits_no_longer_than_the_practice_allows() -> None:
    day = Day()
    day.discharge()
    case = day.note("2026-09-08 10:00", "reached", next_action="x", by_when=t("2027-03-01 12:00"))
    assert due(case) == "2026-10-08 10:00"  # 30 days


def test_a_note_on_a_barrier_makes_its_task_until_it_is_resolved() -> None:
    day = Day()
    day.discharge()
    case = day.note("2026-09-08 10:00", "reached", barrier="cost", by_when=t("2026-09-09 12:00"))
    side = case.side["barrier:cost"]
    assert (side.who, local(side.due.at)) == ("nurse", "2026-09-09 17:00")
    case = day.note("2026-09-09 10:00", "reached", barriers_resolved=["cost"])
    assert "barrier:cost" not in case.side
    assert case.barriers == {}


def test_the_other_office_answering_is_not_the_patient_reached() -> None:
    to_partner = Status(
        "first_call", "sent",
        TaskSpec("Ask them", Due(duration=Duration(1, "business days")), to="hospital"),
    )  # fmt: skip
    base = lane()
    day = Day(lane(statuses={**base.statuses, "first_call": to_partner}))
    day.discharge()
    case = day.note("2026-09-08 10:00", "reached partner", by_when=t("2026-09-09 12:00"))
    assert (case.reached, case.first_contact, case.failed_attempts) == (False, None, 0)
    case = day.note("2026-09-08 11:00", "no answer")
    assert case.failed_attempts == 0


def test_a_snooze_ends_by_the_longest_the_practice_allows() -> None:
    day = Day()
    day.discharge()
    day.take(act("snooze", "2026-09-08 09:00", day.case.id, until=t("2026-12-01 09:00")))
    assert due(day.case) == "2026-09-15 17:00"  # five business days


# escalations -------------------------------------------------------------------------------------


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


# closing -----------------------------------------------------------------------------------------


def test_a_decline_without_a_reason_asks_for_one_before_it_closes() -> None:
    day = Day()
    case = day.discharge()
    day.take(event("patient.declined", "2026-09-08 10:00"))
    assert day.case.closed is None
    assert day.case.side["confirm:1"].do == "Confirm closing as unsuccessful, with the reason"
    day.take(act("confirm", "2026-09-08 10:05", case.id, close=1, yes=True, reason="moved away"))
    closed = day.cases[case.id].closed
    assert closed is not None
    assert (closed.outcome, closed.reason, closed.by) == ("unsuccessful", "moved away", "ana")


def test_only_the_roles_the_lane_names_close_by_hand() -> None:
    day = Day()
    case = day.discharge()
    closing = {"outcome": "unsuccessful", "reason": "wrong person"}
    day.take(act("close", "2026-09-08 10:00", case.id, by="ana", **closing))
    assert day.case.closed is None
    day.take(act("close", "2026-09-08 10:05", case.id, by="nia", **closing))
    assert day.cases[case.id].closed is not None


def test_a_close_that_needs_a_yes_leaves_the_case_where_it_is() -> None:
    day = Day()
    case = day.discharge("2026-09-04 18:30")
    day.wait("2026-10-05 09:00")
    ask = day.case.side["confirm:3"]
    assert (ask.who, day.case.closed) == ("practice manager", None)
    day.take(act("confirm", "2026-10-05 10:00", case.id, by="mia", close=3, yes=False))
    day.wait("2026-10-20 09:00")
    assert "confirm:3" not in day.case.side, "a no is not asked again while nothing changed"


def test_a_death_closes_every_case_and_nothing_opens_after_it() -> None:
    recall = lane(id="recall", opens=(Opening("recall.due"),), closes=())
    day = Day(lane(), recall)
    day.take(
        event("encounter.discharged", "2026-09-04 18:30"), event("recall.due", "2026-09-05 09:00")
    )
    day.take(event("patient.deceased", "2026-09-06 09:00"))
    assert {c.closed.outcome for c in day.cases.values() if c.closed} == {"cancelled"}
    assert day.file.cases == {}
    assert day.file.wake_at is None
    day.take(event("encounter.discharged", "2026-09-08 09:00"))
    assert len(day.cases) == 2


def test_a_given_up_case_comes_back_as_its_own_successor() -> None:
    day = Day(lane(reopens=Reopen(("appointment.booked",), Duration(30, "days"))))
    case = day.discharge(encounter__facility="St. Mary")
    day.take(event("patient.declined", "2026-09-08 10:00", reason="too busy"))
    day.take(event("appointment.booked", "2026-09-20 10:00", appointment__id="A1"))
    assert day.case.previous == case.id
    assert day.case.opening["encounter.facility"] == "St. Mary"
    assert day.case.facts["encounter.facility"][0] == "St. Mary"


# where events go ---------------------------------------------------------------------------------

REFERRAL = {
    "id": "referral-follow-up", "opens": (Opening("referral.received"),),
    "one_case_per": ("patient.id", "referral.id"),
    "facts": {
        "referral.specialty": Fact(),
        "appointment.type": Fact(),
        "appointment.start": Fact("date and time"),
    },
    "priority": (), "closes": (Close("completed", on="report.received"),),
    "ours": {
        "appointment": when(Atom("appointment.type", "same_as", "opening.referral.specialty"))
    },
}  # fmt: skip


def two_referrals() -> Day:
    day = Day(lane(**REFERRAL))
    for n, specialty in (("R1", "cardiology"), ("R2", "dermatology")):
        day.take(
            event(
                "referral.received",
                "2026-09-08 09:00",
                id_=n,
                referral__id=n,
                referral__specialty=specialty,
            )
        )
    return day  # fmt: skip


def test_an_event_goes_to_the_case_whose_key_it_carries() -> None:
    day = two_referrals()
    day.take(event("report.received", "2026-09-09 09:00", referral__id="R2"))
    assert [c.keys["referral.id"] for c in day.cases.values() if c.closed] == ["R2"]


def test_an_event_without_a_key_goes_where_ours_says_and_is_linked_from_then_on() -> None:
    day = two_referrals()
    booked = {"appointment__id": "A1", "appointment__type": "Cardiology"}
    day.take(event("appointment.booked", "2026-09-09 09:00", **booked))
    first, second = day.cases.values()
    assert ("A1" in first.appointments, "A1" in second.appointments) == (True, False)
    day.take(event("appointment.cancelled", "2026-09-09 10:00", appointment__id="A1"))
    assert day.cases[first.id].appointments["A1"]["state"] == "cancelled"


def test_an_event_that_fits_two_cases_fires_nothing_and_is_set_aside_with_an_owner_and_a_date() -> (
    None
):
    day = two_referrals()
    result = day.take(event("report.received", "2026-09-09 09:00"))
    assert [i.fate for i in result.inputs] == ["unplaced"]
    assert not any(c.closed for c in day.cases.values())
    aside = result.unplaced[0]
    assert (aside.owner, local(aside.due), len(aside.candidates)) == ("ben", "2026-09-10 17:00", 2)


def test_an_unplaced_event_given_to_a_case_acts_there() -> None:
    day = two_referrals()
    lost = event("report.received", "2026-09-09 09:00")
    day.take(lost)
    first = next(iter(day.cases.values()))
    import msgspec

    day.take(act("place", "2026-09-09 11:00", first.id, event=msgspec.to_builtins(lost)))
    assert day.cases[first.id].closed is not None


def test_older_news_of_the_same_record_is_counted_and_changes_nothing() -> None:
    day = Day()
    day.discharge()
    day.take(
        event(
            "appointment.booked",
            "2026-09-09 12:00",
            appointment__id="A1",
            appointment__start="2026-09-20T09:00:00-04:00",
        )
    )
    older = event("appointment.cancelled", "2026-09-09 11:00", appointment__id="A1")
    day.take(replace(older, at=t("2026-09-09 13:00")))  # fmt: skip
    assert day.fates[-1] == "stale"
    assert day.case.appointments["A1"]["state"] == "booked"
    assert day.file.history["appointment.cancelled"] == [t("2026-09-09 11:00")]


def test_earlier_events_that_carry_the_key_set_facts_and_fire_nothing() -> None:
    day = Day(lane(**REFERRAL))
    day.take(event("report.received", "2026-09-07 09:00", referral__id="R1"))
    day.take(event("referral.received", "2026-09-08 09:00", referral__id="R1"))
    assert day.case.closed is None
    assert day.case.counts["report.received"] == (t("2026-09-07 09:00"),)


def test_a_trigger_stands_back_for_another_lane_and_comes_back_when_that_one_fails() -> None:
    recovery = lane(
        id="recovery",
        opens=(Opening("appointment.missed", unless_open=("discharge-outreach",)),),
        closes=(),
    )
    day = Day(lane(), recovery)
    day.discharge()
    day.take(event("appointment.missed", "2026-09-09 09:00", appointment__id="A1"))  # fmt: skip
    assert day.fates[-1] == "held"
    day.take(event("encounter.admitted", "2026-09-10 09:00"))  # cancels the discharge case
    assert [c.lane for c in day.file.cases.values()] == ["recovery"]


def test_a_patients_symptoms_call_for_help_once_in_the_most_urgent_case() -> None:
    other = lane(id="another", opens=(Opening("recall.due"),), closes=(), priority=())
    other = replace(other, facts={}, priority=(TierRule("routine"),))
    day = Day(lane(), other)
    day.take(event("recall.due", "2026-09-04 09:00"))
    day.take(event("encounter.discharged", "2026-09-04 10:00", encounter__complexity="high"))
    day.take(event("symptoms.worsened", "2026-09-04 11:00"))
    called = {c.lane: "worse" in c.escalations for c in day.file.cases.values()}
    assert called == {"discharge-outreach": True, "another": False}
    assert all("symptoms.worsened" in c.counts for c in day.file.cases.values())


# checklist, periods, sleep, spread ---------------------------------------------------------------


def test_a_party_that_owes_an_item_is_chased_until_it_comes() -> None:
    item = Item(
        "summary", "discharge summary", "hospital", Due(duration=Duration(2, "business days")),
        chase=Chase(Duration(1, "business days"), "partner/records-request"),
    )  # fmt: skip
    day = Day(lane(checklist=(item,)))
    case = day.discharge("2026-09-08 09:00")
    side = case.side["items:hospital"]
    assert (side.to, side.script, local(side.due.at)) == (
        "hospital", "partner/records-request", "2026-09-09 17:00",
    )  # fmt: skip
    case = day.note("2026-09-09 10:00", "left message", task="items:hospital")
    assert local(case.side["items:hospital"].due.at) == "2026-09-10 17:00"
    assert case.items["summary"].asked == 1
    day.take(event("item.received", "2026-09-10 09:00", item__id="summary"))
    assert day.case.items["summary"].state == "received"
    assert "items:hospital" not in day.case.side


def test_a_period_ends_with_its_own_event_before_its_counts_restart() -> None:
    few = when(Atom("supply.days_with.reading.received", "less_than", 2))
    day = Day(
        lane(
            periods={"supply": Period("supply", Duration(10, "days"), "encounter.discharged")},
            escalations=(
                *lane().escalations,
                EscalationRule("few", "Too few readings", "standard", on="supply.ended", when=few),
            ),
        )
    )
    day.discharge("2026-09-01 09:00")
    for n, at in enumerate(("2026-09-02 09:00", "2026-09-02 20:00", "2026-09-12 09:00")):
        day.take(event("reading.received", at, reading__id=f"G{n}"))
    assert "few" in day.case.escalations, "two readings of one day are one day with readings"
    assert [local(x) for x in day.case.periods["supply"]] == [
        "2026-09-11 09:00",
        "2026-09-21 09:00",
    ]


def sleeper() -> Status:
    return Status(
        "first_call", "new",
        TaskSpec("Invite", Due(window="first_attempt"), starts_at_most=2,
                 start=Due(anchor="recall.due", by=Duration(7, "days"), side="before")),
    )  # fmt: skip


def recall() -> Any:
    return lane(
        id="recall", opens=(Opening("recall.due"),), facts={"recall.due": Fact("date")},
        priority=(), closes=(), statuses={"first_call": sleeper()}, moves=(),
        windows={"first_attempt": Window(dict.fromkeys(TIERS, Duration(2, "business days")))},
    )  # fmt: skip


def test_a_recall_sleeps_for_months_and_wakes_on_the_day() -> None:
    day = Day(recall())
    day.take(event("recall.due", "2026-01-05 09:00", recall__due="2026-09-16"))
    assert day.case.task is not None
    assert day.case.task.start is not None
    assert local(day.case.task.start.at) == "2026-09-09 00:00"
    assert due(day.case) == "2026-09-11 17:00"
    result = day.wait("2026-09-11 16:59")
    assert result.decisions == []
    day.wait("2026-09-11 17:00")
    assert "overdue" in day.case.escalations


def test_starts_are_spread_over_days() -> None:
    at = {n: Day(recall(), file=PatientFile(patient=n)) for n in ("a", "b", "c", "d", "e")}
    shared = Starts()
    starts = []
    for name, day in at.items():
        day.live.starts = shared
        day.take(event("recall.due", "2026-01-05 09:00", patient=name, recall__due="2026-09-16"))
        assert day.case.task is not None
        assert day.case.task.start is not None
        starts.append((local(day.case.task.start.at) or "")[:10])
    assert starts == ["2026-09-09"] * 2 + ["2026-09-10"] * 2 + ["2026-09-11"]


# outages and publishing --------------------------------------------------------------------------


def test_an_outage_is_decided_once_as_of_now() -> None:
    day = Day()
    case = day.discharge()
    now = t("2026-09-14 10:00")
    result = run(day.live, day.file, [], now, since=now - 60_000)
    assert {d.at for d in result.decisions} == {now}
    call = result.touched[case.id].escalations["overdue"]
    assert (call.role, local(call.release)) == ("front desk lead", "2026-09-14 10:00")


def test_a_new_holiday_moves_only_the_dates_it_meets() -> None:
    day = Day()
    day.discharge("2026-09-08 09:00")  # due Wednesday the 9th
    before = day.case
    site = day.live.practice.locations["main"]
    shut = replace(site, closures=(("2026-09-09", "2026-09-09", "Water"),))
    later = live(locations={"main": shut}, hash="practice-2")
    result = run(later, day.file, [], t("2026-09-08 12:00"))
    case = result.touched[before.id]
    assert result.decisions[0].input == ("publish", "practice-2")
    assert due(case) == "2026-09-10 17:00"
    assert local(case.untouched and case.untouched.at) == "2026-09-16 17:00"


def test_a_renamed_status_is_followed_and_keeps_its_task() -> None:
    day = Day()
    before = day.discharge()
    base = lane()
    first, *rest = base.statuses.values()
    renamed = replace(first, id="call", was=("first_call",))
    after = lane(
        hash="lane-2", statuses={"call": renamed, **{s.id: s for s in rest}},
        moves=(Move("needs_visit", when=when(Atom("understanding", "is", "understood"))),),
    )  # fmt: skip
    result = run(live(after), day.file, [], t("2026-09-05 09:00"))
    case = result.touched[before.id]
    assert case.task is not None
    assert before.task is not None
    assert (case.status, case.task.id, due(case)) == ("call", before.task.id, due(before))


def test_somebody_who_left_no_longer_owns_a_case() -> None:
    day = Day()
    before = day.discharge()
    people = {**day.live.practice.people, "ana": a_person("ana", "care coordinator", active=False)}
    people["eva"] = a_person("eva", "care coordinator")
    later = live(people=people, hash="practice-2")
    result = run(later, day.file, [], t("2026-09-05 09:00"))
    assert result.touched[before.id].owner == "eva"


def test_attempts_start_another_round_where_the_lane_says_every() -> None:
    base = lane()
    spec = TaskSpec(
        "Call", Due(duration=Duration(1, "business days")),
        attempts=(Attempt("phone"),), every=Duration(5, "business days"),
    )  # fmt: skip
    day = Day(lane(statuses={**base.statuses, "first_call": Status("first_call", "new", spec)}))
    day.discharge("2026-09-08 09:00")
    case = day.note("2026-09-08 10:00")
    assert case.task is not None
    assert (case.task.round, due(case)) == (1, "2026-09-15 17:00")


def test_a_case_of_a_lane_that_is_not_loaded_waits_and_hangs_nothing() -> None:
    day = Day()
    day.discharge()
    other = live(lane(id="another"))
    result = run(other, day.file, [], t("2026-10-01 09:00"))
    assert result.decisions == []


def test_a_contact_documented_in_the_record_is_a_note() -> None:
    day = Day()
    day.discharge()
    said = {"contact__outcome": "reached", "contact__understanding": "understood"}
    day.take(event("contact.documented", "2026-09-08 10:00", **said))
    case = day.case
    assert (case.status, case.reached, case.first_contact) == (
        "needs_visit", False, t("2026-09-08 10:00"),
    )  # fmt: skip
    assert case.counts["contact.documented"] == (t("2026-09-08 10:00"),)
    assert local(case.untouched and case.untouched.at) == "2026-09-15 17:00"


def test_what_sleeps_until_its_day_does_not_stall() -> None:
    stalled = EscalationRule(
        "stalled", "Nothing moved", "standard",
        when=when(Atom("since.progress", "at_least", Duration(14, "days"))),
    )  # fmt: skip
    day = Day(replace(recall(), escalations=(stalled, *recall().escalations)))
    day.take(event("recall.due", "2026-01-05 09:00", recall__due="2026-09-16"))
    day.wait("2026-09-22 12:00")
    assert "stalled" not in day.case.escalations
    day.wait("2026-09-23 12:00")
    assert "stalled" in day.case.escalations


def test_a_run_leaves_no_circle_for_the_garbage_collector() -> None:
    """A quarter of the time of bulk work went to collecting what reference counts can free."""
    day = Day()
    day.discharge()
    day.note("2026-09-08 10:00")
    gc.collect()
    gc.disable()
    try:
        run(
            day.live,
            day.file,
            [event("symptoms.worsened", "2026-09-08 11:00")],
            t("2026-09-20 09:00"),
        )
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_case_that_leaves_the_status_it_slept_in_sleeps_no_longer() -> None:
    """Found on random lanes: its windows stayed where the sleep would have ended."""
    asleep = Status(
        "first_call", "new",
        TaskSpec("Later", Due(window="first_attempt"), start=Due(duration=Duration(7, "weeks"))),
        moves=(Move("unreached", on="patient.called"),),
    )  # fmt: skip
    day = Day(lane(statuses={**lane().statuses, "first_call": asleep}))
    day.discharge("2026-09-08 09:00")
    assert local(day.case.windows["first_attempt"].at) == "2026-10-28 17:00"
    day.take(event("patient.called", "2026-09-09 09:00"))
    assert local(day.case.windows["first_attempt"].at) == "2026-09-10 17:00"
    day.wait("2026-09-10 17:00")
    assert "late" in day.case.escalations


@pytest.mark.parametrize(
    ("start", "wakes"),
    [
        ("2027-01-01T10:00", "2027-01-01 10:00"),
        ("2126-09-10T10:00", "2028-09-04 11:00"),  # two years are the longest sleep
        ("9999-12-31T10:00", None),  # no date anybody could keep: it is as good as unknown
    ],
)
def test_a_mistyped_year_puts_no_case_to_sleep_for_good(start: str, wakes: str | None) -> None:
    sleeps = Due(anchor="appointment.start", by=Duration(0, "days"), side="before")
    base = lane()
    booked = base.statuses["booked"]
    asleep = replace(booked, task=replace(booked.task, start=sleeps))
    made = replace(
        base,
        statuses={**base.statuses, "booked": asleep},
        moves=(Move("booked", on="appointment.booked"),),
    )
    result = run(
        live(made),
        patient(),
        [
            event("encounter.discharged", "2026-09-04 10:00"),
            event(
                "appointment.booked",
                "2026-09-04 11:00",
                appointment__id="A",
                appointment__start=start,
            ),
        ],
        t("2026-09-04 12:00"),
    )
    case = next(iter(result.file.cases.values()))
    assert case.status == "booked"
    assert case.task is not None
    assert case.task.start is not None
    assert local(case.task.start.at) == (wakes or "2026-09-04 11:00")
    assert case.untouched is not None
    assert case.untouched.at > case.task.start.at


def test_outreach_goes_on_when_the_rule_that_paused_it_is_published_away() -> None:
    story = [
        event("encounter.discharged", "2026-09-04 10:00"),
        event("symptoms.worsened", "2026-09-04 11:00"),
    ]
    file = run(live(), patient(), story, t("2026-09-04 11:30")).file
    assert next(iter(file.cases.values())).paused
    rules = tuple(rule for rule in lane().escalations if rule.id != "worse")
    edited = live(lane(hash="lane-2", escalations=rules))
    case = next(iter(run(edited, file, [], t("2026-09-04 12:00")).file.cases.values()))
    assert not case.paused
    assert case.task is not None
    assert not case.task.paused


def test_an_appointment_without_an_id_is_followed_all_the_same() -> None:
    """Some feeds give none: the one booked is the one missed."""
    booked = Status(
        "booked",
        "scheduled",
        TaskSpec("Record whether the patient came", Due(duration=Duration(5, "days"))),
        moves=(Move("call", on="appointment.missed"), Move("call", when=when(UNKNOWN))),
    )
    known = Atom("appointment.start", "known", True)
    call = Status(
        "call", "new", call_task(after_last=None), moves=(Move("booked", when=when(known)),)
    )
    day = Day(lane(statuses={"call": call, "booked": booked}, moves=(), closes=()))
    day.discharge("2026-09-01 09:00")
    day.take(
        event(
            "appointment.booked", "2026-09-01 10:00", **{"appointment.start": "2026-09-08T10:00:00"}
        )
    )
    day.wait("2026-09-02 09:00")
    assert day.case.status == "booked"
    day.take(event("appointment.missed", "2026-09-08 11:00"))
    day.wait("2026-09-08 12:00")
    assert day.case.status == "call"
    assert day.case.missed_steps == 1


def test_a_feed_s_promise_far_ahead_is_asked_about_after_the_longest_wait() -> None:
    day = Day(lane())
    day.discharge("2026-09-01 09:00")
    told = {
        "contact.outcome": "reached",
        "contact.next_action": "calls us back",
        "contact.by_when": "9999-12-31",
    }
    day.take(event("contact.documented", "2026-09-01 10:00", **told))
    asked = [side.due.at for key, side in day.case.side.items() if key.startswith("promise:")]
    assert asked
    assert max(asked) <= t("2026-10-01 17:00")


def test_what_a_sleeping_case_waits_for_is_asked_for_from_when_it_wakes_early() -> None:
    """Its clocks start when it leaves the status it slept in: those of its checklist, too."""
    asleep = TaskSpec(
        "Wait", Due(duration=Duration(1, "days")), start=Due(duration=Duration(9, "days"))
    )
    papers = Item(
        "papers", "papers", "hospital", Due(duration=Duration(4, "days")),
        chase=Chase(Duration(2, "hours")),
    )  # fmt: skip
    sleeping = Status("asleep", "new", asleep, moves=(Move("call", on="visit.completed"),))
    call = Status("call", "new", call_task(after_last=None))
    statuses = {"asleep": sleeping, "call": call}
    day = Day(lane(statuses=statuses, moves=(), closes=(), checklist=(papers,)))
    assert local(day.discharge("2026-09-01 09:00").items["papers"].due.at) == "2026-09-14 09:00"
    day.take(event("visit.completed", "2026-09-02 09:00"))
    # Four days end on Sunday, Sep 6; the closing before it is Friday's.
    assert local(day.case.items["papers"].due.at) == "2026-09-04 17:00"
    assert local(day.case.side["items:hospital"].due.at) == "2026-09-02 11:00"


def test_an_event_the_practice_calls_patient_wide_is_told_to_every_open_case() -> None:
    own = EventType("pharmacy.called", patient_wide=True)
    keyed = lane(id="referrals", one_case_per=("patient.id", "referral.id"), hash="lane-2")
    heard = replace(keyed, opens=(Opening("referral.received"),), title="Referrals")
    for events, counted in (
        ({own.type: own}, 1),
        ({own.type: replace(own, patient_wide=False)}, 0),
    ):
        day = Day(lane(), heard, events=events)
        day.discharge("2026-09-01 09:00")
        day.take(event("referral.received", "2026-09-01 09:30", **{"referral.id": "r1"}))
        day.take(event("pharmacy.called", "2026-09-01 10:00"))
        open_cases = [case for case in day.file.cases.values() if case.closed is None]
        assert [len(case.counts.get("pharmacy.called", ())) for case in open_cases] == [counted] * 2
