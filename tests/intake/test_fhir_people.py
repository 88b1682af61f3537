"""Patients and references: who somebody is, how they are reached, whom a record is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

PATIENT = {
    "resourceType": "Patient",
    "id": "p7",
    "meta": {"lastUpdated": "2026-03-02T10:00:00-05:00"},
    "name": [
        {"use": "maiden", "family": "Old", "given": ["Name"]},
        {"use": "official", "family": "Montalvo", "given": ["Lucia", "Ines"]},
    ],
    "gender": "female",
    "birthDate": "1961-07-04",
    "telecom": [
        {"system": "phone", "use": "work", "value": "555-0101"},
        {"system": "phone", "use": "mobile", "value": "555-0102"},
        {"system": "email", "value": "l@example.org"},
    ],
    "address": [{"line": ["3 Alder Way"], "city": "Salem", "state": "MA", "postalCode": "01970"}],
    "communication": [
        {"language": {"coding": [{"code": "en"}]}},
        {"language": {"coding": [{"code": "es-MX"}]}, "preferred": True},
    ],
}


def test_what_is_known_of_a_patient(taken):
    ((event,), bad) = taken(PATIENT)
    assert bad == []
    assert (event.type, event.patient, event.time) == ("patient.updated", "p7", 1772463600000)
    assert event.data == {
        "patient.first_name": "Lucia",
        "patient.middle_name": "Ines",
        "patient.last_name": "Montalvo",
        "patient.birth_date": "1961-07-04",
        "patient.sex": "female",
        "patient.language": "es",
        "patient.phone": "555-0102",
        "patient.email": "l@example.org",
        "patient.address": "3 Alder Way, Salem, MA 01970",
        "patient.channels": ["phone", "sms", "portal", "letter"],
    }


@pytest.mark.parametrize(
    ("telecom", "phone", "channels"),
    [
        ([{"system": "phone", "use": "home", "value": "1"}], "1", ["phone", "portal", "letter"]),
        ([{"system": "email", "value": "a@b"}], None, ["portal", "letter"]),
        (
            [
                {"system": "phone", "use": "mobile", "value": "1", "period": {"end": "2014"}},
                {"system": "phone", "use": "old", "value": "2"},
                {"system": "phone", "use": "work", "value": "3"},
            ],
            "3",
            ["phone", "portal", "letter"],
        ),
        ("nonsense", None, ["portal", "letter"]),
    ],
)
def test_only_what_the_record_rules_out_is_ruled_out(taken, telecom, phone, channels):
    ((event,), _) = taken(PATIENT | {"telecom": telecom})
    assert event.data.get("patient.phone") == phone
    assert event.data["patient.channels"] == channels


def test_the_dead_are_never_lost(taken):
    """patient.deceased stops all outreach; it comes with a date, and without one, too."""
    (_, dated), _ = taken(PATIENT | {"deceasedDateTime": "2026-03-01T06:00:00Z"})
    (updated, undated), _ = taken(PATIENT | {"deceasedBoolean": True})
    assert (dated.type, dated.time) == ("patient.deceased", 1772344800000)
    assert (undated.type, undated.time) == ("patient.deceased", 1772463600000)
    assert updated.data["patient.deceased"] is True
    assert len(taken(PATIENT | {"deceasedBoolean": False})[0]) == 1


def test_an_undated_record_comes_before_everything_that_happened(taken):
    ((event,), _) = taken(PATIENT | {"meta": {}})
    assert event.time == datetime(1961, 7, 4, tzinfo=UTC).timestamp() * 1000


def test_a_patient_without_an_id_is_refused(taken):
    nameless = {k: v for k, v in PATIENT.items() if k != "id"}
    events, (bad,) = taken(nameless)
    assert events == []
    assert bad.reason == "this Patient has no id"
    assert "Montalvo" not in str(bad)


def visit(subject: dict) -> dict:
    return {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "class": {"code": "EMER"},
        "subject": subject,
        "period": {"end": "2026-03-02T10:00:00-05:00"},
    }


@pytest.mark.parametrize(
    ("reference", "patient"),
    [
        ("Patient/p7", "p7"),
        ("Patient/p7/_history/3", "p7"),
        ("https://ehr.example/fhir/Patient/p7", "p7"),
        ("https://ehr.example/fhir/Patient/p7/_history/2", "p7"),
    ],
)
def test_a_reference_names_the_patient(taken, reference, patient):
    ((event,), _) = taken(visit({"reference": reference}))
    assert event.patient == patient


@pytest.mark.parametrize(
    "subject",
    [
        {"display": "Jane Doe"},
        {"reference": "urn:uuid:0000"},
        {"reference": "#inside"},
        {"reference": "Group/1"},
        {"reference": "Patient?identifier=mrn|5"},
        {"reference": 5},
        {},
    ],
)
def test_a_record_about_nobody_is_refused(taken, subject):
    events, (bad,) = taken(visit(subject))
    assert events == []
    assert bad.reason == "which patient this Encounter is about cannot be told"


def test_urn_references_resolve_within_their_bundle(taken):
    """As a transaction posts them: without ids, everything named by urn:uuid."""
    posted = {k: v for k, v in PATIENT.items() if k != "id"}
    stay = visit({"reference": "urn:uuid:aaaa"}) | {
        "serviceProvider": {"reference": "urn:uuid:bbbb"}
    }
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": "urn:uuid:cccc", "resource": stay, "request": {"method": "POST"}},
            {"fullUrl": "urn:uuid:aaaa", "resource": posted},
            {
                "fullUrl": "urn:uuid:bbbb",
                "resource": {"resourceType": "Organization", "name": "Harbor General"},
            },
            {"request": {"method": "DELETE", "url": "Encounter/9"}},
        ],
    }
    (discharged, updated), bad = taken(bundle)
    assert bad == []
    assert discharged.patient == updated.patient == "aaaa"
    assert discharged.data["encounter.facility"] == "Harbor General"


def test_one_bad_entry_does_not_stop_its_bundle(taken):
    entries = [5, {"resource": 5}, {"resource": {"resourceType": "Encounter"}}, {"fullUrl": []}]
    good = {"resource": visit({"reference": "Patient/p7"})}
    events, bad = taken({"resourceType": "Bundle", "entry": [*entries, good]})
    assert [e.patient for e in events] == ["p7"]
    assert len(bad) == 2


def test_a_nul_spoils_its_own_entry_only(taken):
    spoilt = visit({"reference": "Patient/p7"}) | {"reasonCode": [{"text": "n\x00l"}]}
    written = visit({"reference": "Patient/p8"}) | {"reasonCode": [{"text": "\\u0000"}]}
    entries = [{"resource": spoilt}, {"resource": written}]
    events, (bad,) = taken({"resourceType": "Bundle", "entry": entries})
    assert [e.patient for e in events] == ["p8"]
    assert bad.reason == "it holds a NUL character"


def test_bundles_inside_bundles_come_to_an_end(taken):
    bundle: dict = {"resourceType": "Bundle", "entry": []}
    for _ in range(50):
        bundle = {"resourceType": "Bundle", "entry": [{"resource": bundle}]}
    events, (bad,) = taken(bundle)
    assert (events, bad.reason) == ([], "Bundles are nested too deeply")


def merged(events):
    return [(e.type, e.patient, e.data.get("patient.merged_from")) for e in events]


@pytest.mark.parametrize("word", ["replaced-by", "replace"])
def test_two_records_of_one_person_are_merged_from_either_side(taken, word):
    goes = PATIENT | {"link": [{"other": {"reference": "Patient/p8"}, "type": word}]}
    stays = PATIENT | {"link": [{"other": {"reference": "Patient/p2"}, "type": "replaces"}]}
    events, bad = taken(goes)
    assert bad == []
    assert merged(events) == [("patient.merged", "p8", "p7")], "what it says is no longer used"
    assert events[0].time == 1772463600000
    assert merged(taken(stays)[0]) == [
        ("patient.updated", "p7", None),
        ("patient.merged", "p7", "p2"),
    ]


@pytest.mark.parametrize(
    "link",
    [
        {"other": {"reference": "Patient/p8"}, "type": "seealso"},
        {"other": {"reference": "Patient/p8"}, "type": "refer"},
        {"other": {"reference": "RelatedPerson/p8"}, "type": "replaced-by"},
        {"other": {"reference": "Patient/p7"}, "type": "replaces"},
        {"other": {"reference": "#inside"}, "type": "replaces"},
        {"type": "replaced-by"},
        "nonsense",
    ],
)
def test_other_links_merge_nothing(taken, link):
    assert merged(taken(PATIENT | {"link": [link]})[0]) == [("patient.updated", "p7", None)]


def test_the_replaced_record_of_a_dead_patient_still_stops_outreach(taken):
    link = [{"other": {"reference": "Patient/p8"}, "type": "replaced-by"}]
    events, _ = taken(PATIENT | {"link": link, "deceasedDateTime": "2026-03-01T06:00:00Z"})
    assert [(e.type, e.patient) for e in events] == [
        ("patient.merged", "p8"),
        ("patient.deceased", "p7"),
    ]
