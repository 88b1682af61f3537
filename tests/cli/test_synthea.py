"""The main job on real material: 25 synthetic patients' records in, owned and dated work out.

The dates below were worked out by hand from the encounters' own ends, in New York.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from laneflow.starter import lay_out

from .conftest import Laneflow

BUNDLES = Path(__file__).parents[2].parent / "shared" / "data" / "synthea-r4" / "bundles"
LAST_DISCHARGE = datetime.fromisoformat("2021-03-31T05:00:52+00:00")
pytestmark = pytest.mark.skipif(not BUNDLES.is_dir(), reason=f"no Synthea bundles at {BUNDLES}")


@dataclass(frozen=True)
class Practice:
    """The practice sixty days after the last discharge, with nobody having acted."""

    laneflow: Laneflow
    took: str

    def read(self, *args: str) -> Any:
        return self.laneflow.well(*args, "--json").json

    def case_of(self, patient: str, lane: str) -> Any:
        """The patient's case of a lane, whole; by the patient's family name."""
        wanted = patients()[patient]
        queue = self.read("queue", "--lane", lane)
        return self.read("case", next(i["case"] for i in queue if i["patient"] == wanted))


def patients() -> dict[str, str]:
    """Family name -> patient id."""
    found = {}
    for path in BUNDLES.glob("*.json"):
        for entry in json.loads(path.read_text())["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] == "Patient":
                found[resource["name"][0]["family"].rstrip("0123456789")] = resource["id"]
    return found


def encounters(*classes: str) -> list[dict[str, Any]]:
    """The bundles' encounters of these classes, read straight from the files."""
    return [
        entry["resource"]
        for path in sorted(BUNDLES.glob("*.json"))
        for entry in json.loads(path.read_text())["entry"]
        if entry["resource"]["resourceType"] == "Encounter"
        and entry["resource"]["class"]["code"] in classes
    ]


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    folder = tmp_path_factory.mktemp("synthea")
    lay_out(folder)
    laneflow = Laneflow(folder)
    took = laneflow.well("intake", "--replay", str(BUNDLES))
    until = LAST_DISCHARGE + timedelta(days=60)
    laneflow.well("run", "--until", until.isoformat())
    return Practice(laneflow, took.out + took.err)


def test_every_record_goes_in_and_none_is_refused(practice: Practice) -> None:
    assert "25 records from 25 files" in practice.took
    assert "0 quarantined" in practice.took


def test_no_case_is_silent_and_every_case_is_what_its_log_says(practice: Practice) -> None:
    doctor = practice.read("doctor")
    assert (doctor["silent"], doctor["silent_cases"]) == (0, [])
    assert doctor["open_cases"] == doctor["rebuilt"] > 100
    assert [p for p in doctor["problems"] if p["severity"] == "error"] == []


def test_every_task_has_an_owner_a_backup_a_date_and_words(practice: Practice) -> None:
    queue = practice.read("queue")
    assert {i["lane"] for i in queue} >= {"discharge-outreach", "post-visit-follow-up"}
    for item in queue:
        assert item["owner"]
        assert item["backup"] not in ("", item["owner"])
        assert datetime.fromisoformat(item["due"]).tzinfo is not None
        assert item["title"]
        assert "{{" not in item["title"]


def test_everybody_sent_home_is_followed(practice: Practice) -> None:
    """Every stay and emergency visit either opened a discharge case or joined the open one.

    One patient died in hospital (1989-01-08, a day before that stay's recorded end).
    """
    sent_home = encounters("IMP", "EMER")
    assert len(sent_home) == 42
    patients_sent_home = {e["subject"]["reference"].removeprefix("urn:uuid:") for e in sent_home}
    followed = {i["patient"] for i in practice.read("queue") if i["lane"] == "discharge-outreach"}
    assert patients_sent_home - followed == {patients()["Beer"]}


def test_the_first_contact_keeps_the_two_business_day_rule_over_a_holiday(
    practice: Practice,
) -> None:
    """Home on Sunday 2007-01-14; Monday was Martin Luther King Day; two business days on is the
    Wednesday at closing (CMS MLN Transitional Care Management booklet)."""
    case = practice.case_of("Schmeler", "discharge-outreach")
    assert case["first_contact_by"] == "2007-01-17T17:00:00-05:00"


def test_an_emergency_visit_that_ended_at_home_is_called_the_next_business_day(
    practice: Practice,
) -> None:
    """Home on Tuesday 2021-02-16 at 00:14: called by Wednesday, reached by Thursday."""
    case = practice.case_of("McLaughlin", "discharge-outreach")
    assert case["first_attempt_by"] == "2021-02-17T17:00:00-05:00"
    assert case["first_contact_by"] == "2021-02-18T17:00:00-05:00"


def test_the_script_is_ready_to_say(practice: Practice) -> None:
    case = practice.case_of("McLaughlin", "discharge-outreach")
    script = case["script"]
    said = " ".join(part["text"] for part in script["parts"])
    assert script["gaps"] == []
    assert "date of birth" in said
    assert "Stephen McLaughlin" in said
    assert "emergency department" in said


def test_when_nobody_acts_the_ladder_climbs_to_its_end(practice: Practice) -> None:
    calls = practice.read("escalation", "list")
    for case in {i["case"] for i in practice.read("queue")}:
        assert any(c["last"] and c["state"] == "open" for c in calls if c["case"] == case), case
    case = practice.case_of("McLaughlin", "discharge-outreach")
    told = [
        e["changed"] for e in case["timeline"] if '"The first response is late"' in e["changed"]
    ]
    assert len(told) >= 3, "the nurse, the provider, the practice manager"


def test_reading_the_same_files_again_changes_nothing(practice: Practice) -> None:
    before = practice.read("doctor")["counts"]
    again = practice.laneflow.well("intake", "--replay", str(BUNDLES))
    assert "0 new events" in again.out + again.err
    assert practice.read("doctor")["counts"] == before
