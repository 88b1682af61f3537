"""Referrals, reports, results, documents, authorizations, programs."""

from __future__ import annotations

import pytest

from laneflow.intake import Vocabulary

REFERRAL = {
    "resourceType": "ServiceRequest",
    "id": "r1",
    "status": "active",
    "intent": "order",
    "category": [{"coding": [{"code": "103696004", "display": "Patient referral to specialist"}]}],
    "priority": "asap",
    "code": {"text": "Evaluate and treat"},
    "subject": {"reference": "Patient/p7"},
    "authoredOn": "2026-03-02T10:00:00-05:00",
    "requester": {"reference": "Practitioner/1", "display": "Dr. Patel"},
    "performerType": {"text": "cardiology"},
    "performer": [{"reference": "Practitioner/2", "display": "Dr. Vale"}],
    "reasonCode": [{"text": "palpitations"}],
}
TASK = {
    "resourceType": "Task",
    "id": "t1",
    "status": "accepted",
    "intent": "order",
    "code": {"coding": [{"code": "fulfill"}]},
    "focus": {"reference": "ServiceRequest/r1"},
    "for": {"reference": "Patient/p7"},
    "lastModified": "2026-03-02T10:00:00-05:00",
    "owner": {"display": "Heart Clinic"},
}
RESULT = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "category": [{"coding": [{"code": "laboratory"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "6298-4", "display": "Potassium"}]},
    "subject": {"reference": "Patient/p7"},
    "effectiveDateTime": "2026-03-02T10:00:00-05:00",
    "valueQuantity": {"value": 6.1, "unit": "mmol/L"},
    "interpretation": [{"coding": [{"code": "H"}]}],
}
REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "d1",
    "status": "final",
    "code": {"text": "Cardiology consult"},
    "subject": {"reference": "Patient/p7"},
    "issued": "2026-03-02T10:00:00-05:00",
    "basedOn": [{"reference": "ServiceRequest/r1"}],
}
RESPONSE = {
    "resourceType": "ClaimResponse",
    "id": "cr1",
    "status": "active",
    "use": "preauthorization",
    "patient": {"reference": "Patient/p7"},
    "created": "2026-03-02T10:00:00-05:00",
    "insurer": {"display": "Civic Care"},
    "request": {"reference": "Claim/c1"},
    "outcome": "complete",
}
THEN = 1772463600000  # 2026-03-02T15:00:00Z


def only(events_and_bad):
    events, bad = events_and_bad
    assert bad == []
    (event,) = events
    assert (event.time, event.patient) == (THEN, "p7")
    return event


def bundle(*resources: dict) -> dict:
    return {"resourceType": "Bundle", "entry": [{"resource": r} for r in resources]}


def test_a_referral(taken):
    event = only(taken(REFERRAL))
    assert event.type == "referral.received"
    assert event.data == {
        "referral.id": "r1",
        "referral.specialty": "cardiology",
        "referral.urgency": "urgent",
        "referral.reason": "palpitations",
        "referral.provider": "Dr. Vale",
        "referral.from": "Dr. Patel",
    }


@pytest.mark.parametrize(
    ("ours", "direction"),
    [
        ({"dr. patel"}, "outgoing"),
        ({"dr. vale"}, "incoming"),
        ({"dr. patel", "dr. vale"}, None),
        (set(), None),
    ],
)
def test_whose_people_are_named_tells_the_direction(taken, ours, direction):
    event = only(taken(REFERRAL, vocabulary=Vocabulary(ours=frozenset(ours))))
    assert event.data.get("referral.direction") == direction


@pytest.mark.parametrize(
    ("changes", "types"),
    [
        ({"category": [], "code": {"text": "Referral to cardiology"}}, ["referral.received"]),
        ({"category": [], "code": {"text": "Consultation"}}, ["referral.received"]),
        ({"category": [], "code": {"text": "Chest CT"}}, []),
        ({"category": [{"text": "Diagnostics"}], "code": {"text": "Lipid panel"}}, []),
        ({"intent": "plan"}, []),
        ({"intent": "original-order"}, ["referral.received"]),
        ({"status": "draft"}, []),
        ({"status": "completed"}, ["referral.received"]),
        ({"doNotPerform": True}, []),
        (
            {"status": "revoked", "meta": {"lastUpdated": "2026-03-05T00:00:00Z"}},
            ["referral.cancelled"],
        ),
    ],
)
def test_what_is_a_referral(taken, changes, types):
    events, bad = taken(REFERRAL | changes)
    assert ([e.type for e in events], bad) == (types, [])


def claimed(requester: str, performer: str) -> dict:
    inner = {
        "resourceType": "ServiceRequest",
        "id": "referral",
        "status": "completed",
        "intent": "order",
        "subject": {"reference": "Patient/p7"},
        "requester": {"reference": requester},
        "performer": [{"reference": performer}],
    }
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": "eob1",
        "contained": [inner],
        "created": "2026-03-20",
        "billablePeriod": {"start": "2026-03-02T10:00:00-05:00"},
        "referral": {"reference": "#referral"},
    }


def test_a_referral_inside_a_claim_counts_unless_it_is_to_oneself(taken):
    event = only(taken(claimed("Practitioner/1", "Practitioner/2")))
    assert (event.type, event.data) == ("referral.received", {"referral.id": "eob1#referral"})
    assert taken(claimed("Practitioner/1", "Practitioner/1")) == ([], [])


@pytest.mark.parametrize(
    ("changes", "type"),
    [
        ({"status": "requested"}, "referral.sent"),
        ({}, "referral.acknowledged"),
        ({"status": "in-progress"}, "referral.acknowledged"),
        ({"status": "rejected", "statusReason": {"text": "no capacity"}}, "referral.cancelled"),
        ({"status": "cancelled"}, "referral.cancelled"),
        ({"status": "completed"}, "referral.acknowledged"),
        (
            {
                "status": "completed",
                "output": [{"valueReference": {"reference": "DocumentReference/n1"}}],
            },
            "report.received",
        ),
    ],
)
def test_the_partners_task_tells_what_became_of_the_referral(taken, changes, type):
    event = only(taken(TASK | changes))
    assert event.type == type
    assert event.data["referral.id"] == "r1"
    if changes.get("output"):
        assert event.data["report.id"] == "n1"
    if "statusReason" in changes:
        assert event.data["referral.reason"] == "no capacity"


def test_tasks_about_anything_else_say_nothing(taken):
    assert taken(TASK | {"code": {"text": "Specimen collection"}}) == ([], [])
    assert taken(TASK | {"focus": {"reference": "MedicationRequest/1"}}) == ([], [])
    lipids = REFERRAL | {"category": [], "code": {"text": "Lipid panel"}, "performerType": None}
    assert taken(bundle(lipids, TASK)) == ([], [])


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ("H", "abnormal"),
        ("L", "abnormal"),
        ("A", "abnormal"),
        ("HH", "critical"),
        ("aa", "critical"),
    ],
)
def test_a_flagged_result(taken, code, severity):
    event = only(taken(RESULT | {"interpretation": [{"coding": [{"code": code}]}]}))
    assert event.type == "result.abnormal"
    assert event.data == {
        "result.id": "o1",
        "result.name": "Potassium",
        "result.code": "6298-4",
        "result.severity": severity,
        "result.value": "6.1 mmol/L",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"interpretation": [{"coding": [{"code": "N"}]}]},
        {"interpretation": []},
        {"interpretation": "H"},
        {"status": "preliminary"},
        {"status": "entered-in-error"},
    ],
)
def test_a_result_nobody_flagged_or_finished_says_nothing(taken, changes):
    assert taken(RESULT | changes) == ([], [])


def test_flags_in_words_and_of_components_count(taken):
    assert only(taken(RESULT | {"interpretation": [{"text": "Low"}]})).data["result.severity"] == (
        "abnormal"
    )
    part = {"component": [{"interpretation": [{"coding": [{"code": "LL"}]}]}], "interpretation": []}
    assert only(taken(RESULT | part)).data["result.severity"] == "critical"


def test_a_home_reading(taken):
    reading = {
        "resourceType": "Observation",
        "id": "b1",
        "status": "final",
        "category": [{"coding": [{"code": "vital-signs"}]}],
        "code": {"coding": [{"code": "85354-9"}]},
        "subject": {"reference": "Patient/p7"},
        "effectiveDateTime": "2026-03-02T10:00:00-05:00",
        "device": {"reference": "Device/cuff"},
        "component": [
            {
                "code": {"coding": [{"code": "8480-6"}]},
                "valueQuantity": {"value": 141, "unit": "mmHg"},
            },
            {"code": {"coding": [{"code": "8462-4"}]}, "valueQuantity": {"value": 88}},
        ],
    }
    event = only(taken(reading))
    assert event.type == "reading.received"
    assert event.data == {
        "reading.id": "b1",
        "reading.type": "blood pressure",
        "reading.value": 141,
        "reading.unit": "mmHg",
        "reading.diastolic": 88,
    }
    assert taken(reading | {"device": None}) == ([], [])
    assert taken(reading | {"encounter": {"reference": "Encounter/1"}}) == ([], [])


def test_a_report_answers_its_referral(taken):
    event = only(taken(REPORT))
    assert event.type == "report.received"
    assert event.data == {
        "report.id": "d1",
        "report.type": "Cardiology consult",
        "referral.id": "r1",
    }


def test_a_report_on_an_order_is_no_answer_to_a_referral(taken):
    laboratory = {"category": [{"coding": [{"code": "LAB"}]}]}
    assert taken(REPORT | laboratory) == ([], [])
    order = REFERRAL | {"category": [], "code": {"text": "Chest CT"}}
    assert taken(bundle(REPORT, order)) == ([], [])
    events, _ = taken(bundle(REPORT | laboratory, REFERRAL))
    assert [e.type for e in events] == ["report.received", "referral.received"]


def test_a_report_with_flagged_observations_inside_is_one_result(taken):
    flagged = [RESULT | {"id": "x"}, RESULT | {"interpretation": [{"coding": [{"code": "HH"}]}]}]
    event = only(taken(REPORT | {"basedOn": [], "contained": flagged}))
    assert (event.type, event.data["result.severity"]) == ("result.abnormal", "critical")
    assert event.data["result.id"] == "d1"


@pytest.mark.parametrize(
    ("loinc", "type", "fact", "value"),
    [
        ("18842-5", "item.received", "item.id", "summary"),
        ("10160-0", "item.received", "item.id", "med_list"),
        ("57133-1", "item.received", "item.id", "records"),
        ("11488-4", "report.received", "report.id", "n1"),
    ],
)
def test_documents_lanes_wait_for(taken, loinc, type, fact, value):
    document = {
        "resourceType": "DocumentReference",
        "id": "n1",
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "subject": {"reference": "Patient/p7"},
        "date": "2026-03-02T10:00:00-05:00",
        "context": {
            "encounter": [{"reference": "Encounter/e1"}],
            "related": [{"reference": "ServiceRequest/r1"}],
        },
    }
    event = only(taken(document))
    assert (event.type, event.data[fact]) == (type, value)
    assert (event.data["encounter.id"], event.data["referral.id"]) == ("e1", "r1")
    assert taken(document | {"docStatus": "preliminary"}) == ([], [])
    assert taken(document | {"status": "superseded"}) == ([], [])
    assert taken(document | {"type": {"text": "Photo"}}) == ([], [])


def review(code: str) -> dict:
    url = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-reviewAction"
    inner = {"url": f"{url}Code", "valueCodeableConcept": {"coding": [{"code": code}]}}
    return {"item": [{"adjudication": [{"extension": [{"url": url, "extension": [inner]}]}]}]}


@pytest.mark.parametrize(
    ("changes", "type"),
    [
        ({"outcome": "queued"}, "authorization.pended"),
        ({"outcome": "error"}, "authorization.pended"),
        ({"preAuthRef": "18SS"}, "authorization.approved"),
        (review("A1"), "authorization.approved"),
        (review("A3"), "authorization.denied"),
        (review("A4"), "authorization.pended"),
        (review("A3") | {"preAuthRef": "18SS"}, "authorization.denied"),
    ],
)
def test_the_payers_answer(taken, changes, type):
    event = only(taken(RESPONSE | changes | {"disposition": "See notes."}))
    assert event.type == type
    assert event.data == {
        "authorization.id": "c1",
        "authorization.payer": "Civic Care",
        "authorization.reason": "See notes.",
    }


def test_an_answer_that_decides_nothing_is_not_guessed_at(taken):
    events, (bad,) = taken(RESPONSE)
    assert events == []
    assert bad.reason == "this ClaimResponse does not say whether it approves or denies"


def test_only_prior_authorizations_are_asked_for(taken):
    claim = RESPONSE | {
        "resourceType": "Claim",
        "id": "c1",
        "priority": {"coding": [{"code": "stat"}]},
        "item": [{"productOrService": {"text": "MRI of the knee"}}],
    }
    event = only(taken(claim))
    assert event.type == "authorization.requested"
    assert event.data["authorization.id"] == "c1"
    assert event.data["authorization.urgency"] == "expedited"
    assert event.data["authorization.service"] == "MRI of the knee"
    assert taken(claim | {"use": "claim"}, RESPONSE | {"use": "claim"}) == ([], [])
    assert taken(claim | {"status": "draft"}) == ([], [])


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ({"text": "Chronic Care Management"}, "ccm"),
        ({"coding": [{"code": "RPM"}]}, "rpm"),
        ({"text": "Remote patient monitoring"}, "rpm"),
        ({"text": "Home care"}, "Home care"),
    ],
)
def test_a_program_begins(taken, kind, name):
    episode = {
        "resourceType": "EpisodeOfCare",
        "id": "ep1",
        "status": "active",
        "type": [kind],
        "patient": {"reference": "Patient/p7"},
        "period": {"start": "2026-03-02T10:00:00-05:00"},
    }
    event = only(taken(episode))
    assert (event.type, event.data["program.name"]) == ("program.enrolled", name)
    assert taken(episode | {"status": "finished"}) == ([], [])
