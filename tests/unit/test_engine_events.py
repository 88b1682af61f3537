"""Which case an event acts on, and where it waits when that is not known."""

from __future__ import annotations

from msgspec.structs import replace

from cast import act, call_task, event, lane, local, t, when
from laneflow.lanes.model import (
    Atom,
    Close,
    Due,
    Duration,
    Fact,
    Move,
    Opening,
    Status,
    TaskSpec,
    TierRule,
)
from laneflow.practice.model import EventType
from living import Day

UNKNOWN = Atom("appointment.start", "known", False)


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
