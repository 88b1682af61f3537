"""Somebody calls for whom no case is open: their call is kept, and a case is opened by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from laneflow.engine.state import Event
from laneflow.work.app import App
from laneflow.work.take_in import take_in

from .case_scenes import ELENA, body, discharged, form, text

Client = Callable[..., Any]
LANE = "preventive-recall"
NEW = {
    "go": "yes", "lane": LANE, "location": "main", "first_name": "Max", "last_name": "Weber",
    "birth_date": "1950-03-02", "phone": "555-0199", "fact.recall.service": "mammogram",
    "id": "0" * 32,
}  # fmt: skip


def known(app: App, patient: str = "p1", **facts: Any) -> None:
    """The practice has heard of Elena, and nothing of it opened a case."""
    said = {name: value for name, value in ELENA.items() if name.startswith("patient.")}
    said |= {f"patient.{name}": value for name, value in facts.items()}
    now = app.clock.now()
    take_in(app, [Event(f"known-{patient}", "ehr", "patient.updated", now, patient, said, now)])


def find(browser: Any, who: str = "alvarez") -> Any:
    return browser.post("/inbound", {"who": who})


@pytest.mark.parametrize("home", ["main", "nowhere we know", ""])
def test_a_patient_without_a_case_is_found_at_home_or_everywhere(
    app: App, client: Client, home: str
) -> None:
    known(app, location=home)
    page = text(find(client("ana")))
    for said in ("Elena Alvarez", "12 April 1961", "555-0111", "No open case here."):
        assert said in page, said
    there = text(find(client("ben"), "elena alvarez"))
    assert ("Elena" in there) == (home != "main")
    assert "another location" not in there


def test_a_case_elsewhere_is_not_told_to_whom_the_patient_is_at_home(
    app: App, client: Client
) -> None:
    case = discharged(app, patient__location="riverside")
    page = find(client("ben"))
    assert "No open case here." in text(page)
    assert "A patient like this has a case at another location." in text(page)
    assert "<strong>Discharge outreach" not in body(page)
    assert client("ben").get(f"/cases/{case.id}").status_code == 403


def test_a_call_without_a_case_is_kept_once_and_shown_next_time(app: App, client: Client) -> None:
    known(app)
    ana = client("ana")
    fields = form(find(ana), "/inbound/call") | {"about": "Asked for the result", "unclear": "yes"}
    assert ana.post("/inbound/call", fields).status_code == 303
    assert ana.post("/inbound/call", fields).status_code == 303, "pressed twice"
    assert app.store.load(["p1"])["p1"].history["patient.called"] == [app.clock.now()]
    page = text(find(ana))
    assert "Called: Asked for the result next step unclear (Ana Torres," in page
    done = app.store.audited()[-2]
    assert (done["by"], done["what"], done["object"]) == ("ana", "event", "patient p1")


def test_a_call_about_nothing_is_asked_again(app: App, client: Client) -> None:
    known(app)
    ana = client("ana")
    answer = ana.post("/inbound/call", form(find(ana), "/inbound/call") | {"about": " "})
    assert answer.status_code == 422
    assert "Say what they wanted" in text(answer)
    assert "patient.called" not in app.store.load(["p1"])["p1"].history


def test_a_case_is_opened_for_a_patient_without_one(app: App, client: Client) -> None:
    known(app, phone="")
    ana = client("ana")
    lane = "referral-follow-up"
    shown = ana.post("/inbound/open", {"patient": "p1", "lane": lane})
    assert "Elena Alvarez" in text(shown)
    assert 'name="phone"' in body(shown), "what is not known yet is asked for"
    assert 'name="last_name"' not in body(shown)
    fields = form(shown, "/inbound/open") | {"location": "main", "phone": "555-0123"}
    refused = ana.post("/inbound/open", fields)
    assert refused.status_code == 422
    assert "Without it the case cannot be told from others." in text(refused)
    assert "555-0123" in body(refused)
    answer = ana.post("/inbound/open", fields | {"fact.referral.id": "R-9"})
    (case,) = app.store.cases(patient="p1")
    assert answer.headers["Location"] == f"/cases/{case.id}/together?inbound=1"
    assert (case.lane, case.keys["referral.id"], case.location) == (lane, "R-9", "main")
    assert case.owner
    assert app.store.load(["p1"])["p1"].facts["patient.phone"] == "555-0123"
    opened = [row for row in app.store.audited() if row["what"] == "place"]
    assert [row["object"] for row in opened] == [f"case {case.id}"]


def test_somebody_new_gets_a_case_and_is_found_from_then_on(app: App, client: Client) -> None:
    ana = client("ana")
    assert "open a case" in text(find(ana, "weber")).lower()
    assert ana.post("/inbound/open", NEW).status_code == 303
    assert ana.post("/inbound/open", NEW).status_code == 303, "pressed twice"
    (case,) = app.store.cases()
    assert case.keys["recall.service"] == "mammogram"
    page = text(find(ana, "weber 1950"))
    for said in ("Max Weber", "2 March 1950", "555-0199", "Record this call"):
        assert said in page, said
    assert "Max" not in text(find(client("ben"), "weber 1950"))


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("last_name", " ", "two things must say who somebody is"),
        ("birth_date", "", "two things must say who somebody is"),
        ("birth_date", "2150-01-01", "this is no birth date"),
        ("birth_date", "May", "this is no birth date"),
        ("location", "riverside", "Choose one where you work."),
        ("fact.recall.service", "", "Without it the case cannot be told from others."),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_opened(
    app: App, client: Client, field: str, typed: str, said: str
) -> None:
    answer = client("ana").post("/inbound/open", NEW | {field: typed})
    assert answer.status_code == 422
    assert said.lower() in text(answer).lower()
    assert list(app.store.cases()) == []


def test_who_is_known_already_is_not_made_twice(app: App, client: Client) -> None:
    known(app, first_name="Max", last_name="Weber", birth_date="1950-03-02")
    answer = client("ana").post("/inbound/open", NEW)
    assert answer.status_code == 422
    assert "is known" in text(answer)
    assert list(app.store.cases()) == []


def test_a_case_that_is_open_already_is_not_opened_again(app: App, client: Client) -> None:
    ana = client("ana")
    ana.post("/inbound/open", NEW)
    (case,) = app.store.cases()
    again = {"patient": case.patient, "id": "1" * 32}
    answer = ana.post("/inbound/open", NEW | again)
    assert answer.status_code == 422
    assert "already has an open case with these keys" in text(answer)


def test_one_record_of_a_lane_that_knows_several_is_enough(app: App, client: Client) -> None:
    fields = NEW | {"lane": "post-visit-follow-up", "fact.result.id": "L-1"}
    assert client("ana").post("/inbound/open", fields).status_code == 303
    (case,) = app.store.cases()
    assert case.keys["result.id"] == "L-1"
    assert "result.abnormal" in case.counts, "what a result brings, not what a visit does"


def test_another_locations_patient_is_out_of_reach(app: App, client: Client) -> None:
    known(app, location="main")
    ben = client("ben")
    fields = {"patient": "p1", "lane": LANE, "about": "?"}
    for address in ("/inbound/call", "/inbound/open"):
        assert ben.post(address, fields).status_code == 404, address
        assert ben.post(address, fields | {"patient": "nobody"}).status_code == 404, address


def test_opening_takes_the_right_to_place(app: App, client: Client) -> None:
    known(app)
    nora = client("nora")
    page = find(nora)
    assert "Record this call" in text(page)
    assert "/inbound/open" not in body(page)
    assert nora.post("/inbound/open", NEW).status_code == 403


def test_who_is_shown_without_a_case_is_in_the_access_log(app: App, client: Client) -> None:
    known(app)
    known(app, "p2", first_name="Rosa")
    ana = client("ana")
    find(ana, "elena alvarez")
    assert app.store.audited()[-1]["object"] == "patient p1"
    find(ana)
    row = app.store.audited()[-1]
    assert json.loads(row["detail"])["patients"] == ["p1", "p2"]
    ana.post("/inbound/open", {"patient": "p1", "lane": LANE})
    assert app.store.audited()[-1]["object"] == "patient p1"


def test_in_a_browser_a_new_caller_becomes_a_case(app: App, visit: Client) -> None:
    page = visit("ana")
    page.goto("/inbound")
    page.get_by_label("Who is calling?").press_sequentially("weber 1950")
    page.get_by_label("open a case").select_option(LANE)
    page.get_by_role("button", name="Open a case").click()
    page.get_by_label("First name").fill("Max")
    page.get_by_label("Last name").fill("Weber")
    page.get_by_label("Birth date").fill("1950-03-02")
    page.get_by_label("Recall: service").fill("mammogram")
    page.get_by_role("button", name="Open a case").click()
    page.get_by_role("heading", name="The call").wait_for()
