"""Encounters and appointments: when somebody was in hospital, was seen, or stayed away."""

from __future__ import annotations

import pytest

ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
    "subject": {"reference": "Patient/p7"},
    "period": {"start": "2026-02-27T08:00:00-05:00", "end": "2026-03-02T10:00:00-05:00"},
    "serviceProvider": {"reference": "Organization/1", "display": "Harbor General"},
    "reasonCode": [{"text": "heart failure"}],
}
APPOINTMENT = {
    "resourceType": "Appointment",
    "id": "a1",
    "meta": {"lastUpdated": "2026-02-20T12:00:00Z"},
    "status": "booked",
    "start": "2026-03-09T14:30:00-04:00",
    "end": "2026-03-09T15:00:00-04:00",
    "participant": [
        {"actor": {"reference": "Patient/p7"}},
        {"actor": {"reference": "Practitioner/1", "display": "Dr. Patel"}},
        {"actor": {"reference": "Location/1", "display": "Maple Street"}},
    ],
}
LEFT = 1772463600000  # 2026-03-02T15:00:00Z
CAME = 1772197200000  # 2026-02-27T13:00:00Z
BOOKED = 1771588800000  # 2026-02-20T12:00:00Z
STARTS = 1773081000000  # 2026-03-09T18:30:00Z


def disposition(code: str, text: str = "") -> dict:
    coding = {"coding": [{"code": code}]} if code else {"text": text}
    return {"hospitalization": {"dischargeDisposition": coding}}


def test_a_stay_that_is_over_gives_its_beginning_and_its_end(taken):
    (admitted, discharged), bad = taken(ENCOUNTER)
    assert bad == []
    stay = {
        "encounter.id": "e1",
        "encounter.class": "inpatient",
        "encounter.facility": "Harbor General",
        "encounter.reason": "heart failure",
    }
    assert (admitted.type, admitted.time, admitted.data) == ("encounter.admitted", CAME, stay)
    assert (discharged.type, discharged.time) == ("encounter.discharged", LEFT)
    assert discharged.data == stay | {"encounter.discharged_to": "home"}
    assert discharged.patient == "p7"
    assert discharged.source == "fhir:r4"


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (disposition("home"), "home"),
        (disposition("01"), "home"),
        (disposition("06"), "home"),
        (disposition("aadvice"), "home"),
        (disposition("snf"), "facility"),
        (disposition("02"), "facility"),
        (disposition("hosp"), "hospice"),
        (disposition("51"), "hospice"),
        (disposition("306689006"), "home"),
        (disposition("", "Transferred to skilled nursing facility"), "facility"),
        (disposition("", "Home with hospice"), "hospice"),
        (disposition("xyz"), "home"),
        ({"hospitalization": "nonsense"}, "home"),
    ],
)
def test_where_the_patient_went(taken, said, where):
    events, _ = taken(ENCOUNTER | said)
    assert events[-1].data["encounter.discharged_to"] == where


@pytest.mark.parametrize("code", ["exp", "20", "41"])
def test_who_died_in_hospital_was_not_sent_home(taken, code):
    events, _ = taken(ENCOUNTER | disposition(code))
    assert [e.type for e in events] == ["encounter.admitted", "patient.deceased"]
    assert events[1].time == LEFT


@pytest.mark.parametrize(
    ("kind", "status", "types"),
    [
        ("IMP", "in-progress", ["encounter.admitted"]),
        ("OBSENC", "finished", ["encounter.admitted", "encounter.discharged"]),
        ("EMER", "in-progress", []),
        ("EMER", "finished", ["encounter.discharged"]),
        ("AMB", "finished", ["visit.completed"]),
        ("VR", "finished", ["visit.completed"]),
        ("AMB", "in-progress", []),
        ("IMP", "planned", []),
        ("IMP", "cancelled", []),
        ("AMB", "entered-in-error", []),
        ("PRENC", "finished", []),
    ],
)
def test_class_and_status_decide_what_happened(taken, kind, status, types):
    events, bad = taken(ENCOUNTER | {"class": {"code": kind}, "status": status})
    assert ([e.type for e in events], bad) == (types, [])


def test_an_office_visit_names_its_appointment_and_referral(taken):
    visit = ENCOUNTER | {
        "class": {"code": "AMB"},
        "type": [{"coding": [{"display": "Encounter for problem (procedure)"}]}],
        "appointment": [{"reference": "Appointment/a1"}],
        "basedOn": [{"reference": "ServiceRequest/r1"}],
        "participant": [{"individual": {"reference": "Practitioner/1", "display": "Dr. Patel"}}],
    }
    ((event,), _) = taken(visit)
    assert event.data == {
        "visit.id": "Appointment/a1",
        "visit.type": "encounter for problem",
        "visit.provider": "Dr. Patel",
        "visit.reason": "heart failure",
        "encounter.id": "e1",
        "encounter.class": "ambulatory",
        "appointment.id": "a1",
        "referral.id": "r1",
    }


def test_a_date_alone_is_the_start_of_that_day_where_the_practice_is(taken):
    visit = ENCOUNTER | {"class": {"code": "EMER"}, "period": {"end": "2026-03-02"}}
    ((event,), _) = taken(visit, time_zone="America/New_York")
    assert event.time == 1772427600000  # 2026-03-02T00:00-05:00


@pytest.mark.parametrize(
    "end", ["2026-03", "2026", "soon", "1850-01-01", "2026-02-30", "2026-03-02T10:00:00"]
)
def test_a_time_that_names_no_day_is_refused(taken, end):
    events, (bad,) = taken(ENCOUNTER | {"class": {"code": "EMER"}, "period": {"end": end}})
    assert events == []
    assert bad.reason == (
        "this Encounter says when the patient left, but not as a day or an instant"
    )


@pytest.mark.parametrize("period", [{}, {"end": None}, {"end": 7}, None, "always"])
def test_no_time_at_all_is_refused(taken, period):
    events, (bad,) = taken(ENCOUNTER | {"class": {"code": "EMER"}, "period": period})
    assert events == []
    assert bad.reason == "this Encounter does not say when the patient left"


def test_a_booking(taken):
    ((event,), bad) = taken(APPOINTMENT | {"basedOn": [{"reference": "ServiceRequest/r1"}]})
    assert bad == []
    assert (event.type, event.time, event.patient) == ("appointment.booked", BOOKED, "p7")
    assert event.data == {
        "appointment.id": "a1",
        "appointment.start": "2026-03-09T14:30:00-04:00",
        "appointment.end": "2026-03-09T15:00:00-04:00",
        "appointment.location": "Maple Street",
        "appointment.provider": "Dr. Patel",
        "referral.id": "r1",
    }


@pytest.mark.parametrize(
    ("status", "changed", "type", "time"),
    [
        ("noshow", "2026-03-09T20:00:00Z", "appointment.missed", STARTS),
        ("noshow", "2026-03-09T18:00:00Z", "appointment.missed", STARTS - 30 * 60_000),
        ("cancelled", "2026-03-05T00:00:00Z", "appointment.cancelled", 1772668800000),
        ("cancelled", "2027-01-01T00:00:00Z", "appointment.cancelled", STARTS),
        ("entered-in-error", "2026-03-05T00:00:00Z", "appointment.cancelled", 1772668800000),
        ("fulfilled", "2026-03-09T18:50:00Z", "visit.completed", STARTS + 20 * 60_000),
        ("fulfilled", "2027-01-01T00:00:00Z", "visit.completed", STARTS + 30 * 60_000),
        ("booked", "2027-01-01T00:00:00Z", "appointment.booked", STARTS),
    ],
)
def test_an_appointment_belongs_to_its_own_day_however_late_it_is_loaded(
    taken, status, changed, type, time
):
    ((event,), _) = taken(APPOINTMENT | {"status": status, "meta": {"lastUpdated": changed}})
    assert (event.type, event.time) == (type, time)


@pytest.mark.parametrize("status", ["proposed", "pending", "waitlist", "arrived", "checked-in"])
def test_what_is_no_appointment_yet_or_no_news_says_nothing(taken, status):
    assert taken(APPOINTMENT | {"status": status}) == ([], [])


def test_the_history_of_one_appointment_stays_in_order(taken):
    """A comment typed after the start must not make the no-show look like old news."""
    late = {"lastUpdated": "2026-03-09T19:00:00Z"}
    later = {"lastUpdated": "2026-03-09T20:00:00Z"}
    (booked, missed), _ = taken(
        APPOINTMENT | {"meta": late, "comment": "waiting"},
        APPOINTMENT | {"meta": later, "status": "noshow"},
    )
    assert booked.time <= missed.time


def test_a_kept_appointment_and_its_encounter_are_one_visit(taken):
    encounter = ENCOUNTER | {
        "class": {"code": "AMB"},
        "appointment": [{"reference": "Appointment/a1"}],
    }
    (one, other), _ = taken(APPOINTMENT | {"status": "fulfilled"}, encounter)
    assert one.data["visit.id"] == other.data["visit.id"]


@pytest.mark.parametrize(
    ("changes", "fact", "value"),
    [
        ({"appointmentType": {"coding": [{"code": "FOLLOWUP"}]}}, "appointment.type", "follow-up"),
        ({"appointmentType": {"text": "Office Visit"}}, "appointment.type", "office visit"),
        ({"serviceType": [{"text": "Dermatology"}]}, "appointment.type", "dermatology"),
        ({"serviceType": [{"text": "Video visit"}]}, "appointment.mode", "telehealth"),
        ({"reasonCode": [{"text": "rash"}]}, "appointment.reason", "rash"),
    ],
)
def test_what_an_appointment_is_called(taken, changes, fact, value):
    ((event,), _) = taken(APPOINTMENT | changes)
    assert event.data[fact] == value


def test_a_group_appointment_is_an_event_for_each_patient(taken):
    people = [{"actor": {"reference": f"Patient/p{n}"}} for n in (1, 2, 2)]
    events, _ = taken(APPOINTMENT | {"participant": people})
    assert [e.patient for e in events] == ["p1", "p2"]
    assert len({e.id for e in events}) == 2


def test_a_booking_that_never_says_when_it_was_made_is_refused(taken):
    events, (bad,) = taken(APPOINTMENT | {"meta": {}})
    assert events == []
    assert bad.reason == "this Appointment does not say when it was booked"
    assert bad.hint == "Send meta.lastUpdated, or created for a new booking."
