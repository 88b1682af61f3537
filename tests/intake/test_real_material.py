"""Everything in ../shared/data that was written by others: nothing crashes, the answers are right.

The expected events were worked out by reading the resources.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

import msgspec
import pytest

from laneflow.intake import Bad, Summary, read

NOW = 1785000000000  # 2026-07-25, after everything in it


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def by_id(items, start):
    (found,) = [i for i in items if not isinstance(i, Bad) and i.id.startswith(start)]
    return found


def test_every_synthea_encounter_has_its_event(real):
    folder = real("synthea-r4/bundles")
    summary = Summary()
    found = list(read(folder, now=NOW, summary=summary))
    assert [str(i) for i in found if isinstance(i, Bad)] == []
    classes: Counter[str] = Counter()
    for file in folder.glob("*.json"):
        for entry in json.loads(file.read_text())["entry"]:
            if entry["resource"]["resourceType"] == "Encounter":
                classes[entry["resource"]["class"]["code"]] += 1
    assert classes == {"AMB": 285, "EMER": 26, "IMP": 16}
    assert dict(summary.events) == {
        "patient.updated": 25,
        "visit.completed": 285,
        "encounter.admitted": 16,
        "encounter.discharged": 26 + 16,
        "patient.deceased": 1,
    }
    # Every claim's "referral" is a finished one of somebody to themselves: no referral.
    assert summary.not_relevant["ExplanationOfBenefit"] == 327


def test_a_synthea_stay(real):
    file = real("synthea-r4/bundles/Filiberto_Ryan_0c63fb2c-e9ef-4e6a-bb8c-dc84f00a2f3c.json")
    found = list(read(file, now=NOW))
    id = "6bd1936c-4f22-4ab6-86ec-89b6ebe96be6"
    admitted = by_id(found, f"Encounter/{id}/encounter.admitted/")
    discharged = by_id(found, f"Encounter/{id}/encounter.discharged/")
    assert admitted.time == at("2017-12-28T10:47:29+00:00")
    assert discharged.time == at("2017-12-31T11:39:29+00:00")
    assert discharged.patient == "dbcdd082-df8c-45c5-b961-816cf90f70c4"
    assert discharged.data == {
        "encounter.id": id,
        "encounter.class": "inpatient",
        "encounter.facility": "WINCHESTER HOSPITAL",
        "encounter.reason": "Appendicitis",
        "encounter.discharged_to": "home",
    }


def test_a_synthea_patient_who_died(real):
    file = real("synthea-r4/bundles/Tony_Beer_bb8cd3e5-8910-4eea-bbc6-3f64a4a655b8.json")
    updated, deceased, *_ = read(file, now=NOW)
    assert deceased.type == "patient.deceased"
    assert deceased.time == at("1989-01-08T00:41:27+00:00")
    assert updated.data["patient.last_name"] == "Beer"
    assert updated.data["patient.language"] == "en"
    assert (
        updated.data["patient.address"] == "1099 Nicolas Forge Apt 84, Boston, Massachusetts 02108"
    )


SPECIFICATION = [
    (
        "Appointment/example/appointment.booked/",
        "2013-10-10T00:00:00+00:00",
        "example",
        {
            "appointment.id": "example",
            "appointment.type": "follow-up",
            "appointment.start": "2013-12-10T09:00:00+00:00",
            "appointment.end": "2013-12-10T11:00:00+00:00",
            "appointment.location": "South Wing, second floor",
            "appointment.provider": "Dr Adam Careful",
            "appointment.reason": "Discussion on the results of your recent MRI",
            "referral.id": "myringotomy",
        },
    ),
    (
        "ServiceRequest/myringotomy/referral.received/",
        "2014-02-14T00:00:00+00:00",
        "77662",
        {
            "referral.id": "myringotomy",
            "referral.specialty": "ENT",
            "referral.urgency": "routine",
            "referral.reason": "For consideration of Grommets",
            "referral.provider": "Dr Dave",
            "referral.from": "Serena Shrink",
        },
    ),
    (
        "Encounter/emerg/encounter.admitted/",
        "2017-02-01T07:15:00+10:00",
        "example",
        {
            "encounter.id": "emerg",
            "encounter.class": "inpatient",
            "encounter.facility": "Emergency Waiting Room",
        },
    ),
    (
        "ClaimResponse/UR3503/authorization.approved/",
        "2014-08-16T00:00:00+00:00",
        "1",
        {
            "authorization.id": "UR3503",
            "authorization.reason": "The enclosed services are authorized for your provision "
            "within 30 days of this notice.",
        },
    ),
    (
        "EpisodeOfCare/example/program.enrolled/",
        "2014-09-15T00:00:00+00:00",
        "example",
        {
            "program.id": "example",
            "program.name": "Home and Community Care",
            "program.status": "active",
        },
    ),
    (
        "DiagnosticReport/example-pgx/report.received/",
        "2016-10-20T14:00:05+11:00",
        "899962",
        {
            "report.id": "example-pgx",
            "report.type": "Pharmacogenetics Report",
            "referral.id": "example-pgx",
        },
    ),
    (
        "Patient/pat3/patient.deceased/",
        "2015-02-14T13:42:00+10:00",
        "pat3",
        {"patient.deceased": True},
    ),
]


@pytest.mark.parametrize(("start", "time", "patient", "data"), SPECIFICATION)
def test_the_specifications_examples(real, start, time, patient, data):
    event = by_id(read(real("fhir-r4-examples"), now=NOW), start)
    assert (event.time, event.patient, event.data) == (at(time), patient, data)


def test_the_specifications_examples_without_a_time_are_named(real):
    bad = [i for i in read(real("fhir-r4-examples"), now=NOW) if isinstance(i, Bad)]
    names = [one.file.rpartition("/")[2].removesuffix(".json") for one in bad]
    assert names == [
        "Appointment-2docs",  # a booking with neither created nor lastUpdated
        "Encounter-example",  # a stay without a period
        *(f"Encounter-{n}" for n in ("f001", "f002", "f003", "f201", "f202", "xcda")),
    ]


def test_gravitys_closed_loop(real):
    found = list(read(real("referral-examples/gravity"), now=NOW))
    loop = [i for i in found if not isinstance(i, Bad) and i.id.startswith("Task/")]
    pantry = "SDOHCC-ServiceRequestActiveFoodPantryApplicationAssistExample"
    first = [(e.type, e.data["referral.id"]) for e in loop if e.data["referral.id"] == pantry]
    assert first == [("referral.acknowledged", pantry), ("report.received", pantry)]
    assert loop[0].time == at("2020-09-11T21:56:54.671+00:00")
    assert loop[0].data["referral.provider"] == "ABC Coordination Platform"
    assert {e.patient for e in loop} == {"pat-53234"}
    assert len(loop) == 4


def test_da_vinci_prior_authorization(real):
    folder = "referral-examples/davinci-prior-auth/src/test/resources/"
    ((pended),) = read(real(folder + "claimresponse-pended.json"), now=NOW)
    assert (pended.type, pended.patient) == ("authorization.pended", "1")
    answer = list(read(real(folder + "bundle-response.json"), now=NOW))
    approved = by_id(answer, "ClaimResponse/1/")
    assert approved.type == "authorization.approved"
    assert approved.data["authorization.payer"] == "MARYLAND CAPITAL INSURANCE COMPANY"
    asked = by_id(read(real(folder + "bundle-request.json"), now=NOW), "Claim/1/")
    assert asked.type == "authorization.requested"
    assert asked.data["authorization.service"] == "Consultation"


def test_converted_scheduling_messages(real):
    """Appointments another project made of HL7 v2 messages: S12-S14, S15, S16, S17, S26."""
    folder = real("hl7v2/fhir-converter/expected")
    kinds = {
        file.parent.name.removeprefix("SIU_"): [
            i.type for i in read(file, now=NOW) if i.type.startswith("appointment.")
        ]
        for file in sorted(folder.glob("SIU_*/*.json"))
    }
    booked, cancelled = ["appointment.booked"], ["appointment.cancelled"]
    assert kinds == {
        "S12": booked, "S13": booked, "S14": booked, "S15": cancelled, "S16": cancelled,
        "S17": cancelled, "S26": ["appointment.missed"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "folder", ["synthea-r4", "fhir-r4-examples", "referral-examples", "hl7v2/fhir-converter"]
)
def test_reading_again_gives_the_same(real, folder):
    first = list(read(real(folder), now=NOW))
    assert first == list(read(real(folder), now=NOW))
    events = [i for i in first if not isinstance(i, Bad)]
    same = {(e.source, e.id): e for e in events}
    assert all(same[(e.source, e.id)] == e for e in events)


def test_a_resource_says_the_same_alone_as_in_a_bundle(real, tmp_path):
    """Where it needs nothing of what came along, wherever it lies and however it is spelled."""
    resources = [
        json.loads(file.read_text()) for file in sorted(real("fhir-r4-examples").glob("*.json"))
    ]
    alone = [i for i in read(real("fhir-r4-examples"), now=NOW) if not isinstance(i, Bad)]
    lines = tmp_path / "export.ndjson"
    lines.write_bytes(b"\n".join(map(msgspec.json.encode, reversed(resources))))
    exported = [i for i in read(lines, now=NOW) if not isinstance(i, Bad)]
    assert sorted(exported, key=lambda e: e.id) == sorted(alone, key=lambda e: e.id)
