"""The case page: everything a person needs to work a case, for those who may see it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from laneflow.engine.state import Event
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, FixedClock
from laneflow.work.due import catch_up
from laneflow.work.take_in import take_in

from .case_scenes import body, discharged, now, text

Clients = Callable[..., Any]


def test_whoever_works_there_sees_all_of_it(app: App, client: Clients) -> None:
    case = discharged(app)
    answer = client("ana").get(f"/cases/{case.id}")
    page = text(answer)
    assert answer.status_code == 200
    for said in (
        "Elena Alvarez", "12 April 1961", "555-0111", "p1", "Discharge outreach", "Maple Street",
        "Ana Torres", "Fay Lindgren", "Confirm who they are", "Hello, this is Ana Torres",
        "Save the note", "discharge summary", "Nobody has called for help.",
        "Discharged from the hospital, told by the EHR", "due in 1 business day",
    ):  # fmt: skip
        assert said in page, said
    assert '<a href="tel:5550111">' in body(answer)


def test_nothing_of_the_patient_is_in_the_title_or_in_any_address(
    app: App, client: Clients
) -> None:
    page = body(client("ana").get(f"/cases/{discharged(app).id}"))
    (title,) = re.findall(r"<title>(.*?)</title>", page)
    assert title == "Case · laneflow"
    addresses = re.findall(r'(?:href|action|src|hx-get|hx-post)="([^"]*)"', page)
    for address in addresses:
        if not address.startswith("tel:"):
            assert not re.search(r"p1\b|elena|alvarez|1961|555", html.unescape(address), re.I)


def test_looking_at_it_is_written_into_the_access_log_once(app: App, client: Clients) -> None:
    case, ana = discharged(app), client("ana")
    before = len(app.store.audited())
    ana.get(f"/cases/{case.id}")
    (row,) = app.store.audited()[before:]
    assert (row["by"], row["what"], row["object"]) == ("ana", "view", f"case {case.id}")


@pytest.mark.parametrize(
    ("who", "status"),
    [("ana", 200), ("nora", 200), ("lee", 200), ("aldo", 200), ("ben", 403), ("olga", 403)],
)
@pytest.mark.parametrize("page", ["", "/script", "/why", "/letter?channel=letter"])
def test_who_may_look(app: App, client: Clients, who: str, status: int, page: str) -> None:
    assert client(who).get(f"/cases/{discharged(app).id}{page}").status_code == status


def test_the_beginning_of_a_number_is_no_case(app: App, client: Clients) -> None:
    case = discharged(app)
    assert client("ana").get(f"/cases/{case.id[:-1]}").status_code == 404
    assert client("ana").post(f"/cases/{case.id[:-1]}/done", {}).status_code == 404
    assert client("ana").post("/cases/none/note", {}).status_code == 404


def test_an_auditor_sees_no_form_that_changes_anything(app: App, client: Clients) -> None:
    case = discharged(app)
    act(app, by="ana", kind="note", case=case.id, data={"outcome": "no answer", "escalate": True})
    page = body(client("aldo").get(f"/cases/{case.id}"))
    assert f'action="/cases/{case.id}' not in page
    assert "You may look at this case and not change it." in page
    assert "Ana Torres documented: no answer" in page
    for kind in ("note", "done", "snooze", "assign", "item", "event", "promise", "close"):
        assert client("aldo").post(f"/cases/{case.id}/{kind}", {}).status_code == 403


def test_a_closed_case_is_shown_whole_and_only_what_brings_it_back_can_be_done(
    app: App, client: Clients
) -> None:
    case = discharged(app)
    act(app, by="nora", kind="close", case=case.id,
        data={"outcome": "unsuccessful", "reason": "Moved away"})  # fmt: skip
    answer = client("ana").get(f"/cases/{case.id}")
    page = body(answer)
    assert "Closed as Unsuccessful: Moved away" in text(answer)
    assert "documented" not in text(answer)
    assert f"/cases/{case.id}/note" not in page
    assert f"/cases/{case.id}/item" not in page
    assert f'action="/cases/{case.id}/event"' in page
    assert "The patient called" in page


# the script ---------------------------------------------------------------------------------------


def test_the_script_is_the_attempts_in_the_patients_language(app: App, client: Clients) -> None:
    case = discharged(app, patient__language="es")
    page = text(client("ana").get(f"/cases/{case.id}"))
    assert "le habla Ana Torres" in page
    english = text(client("ana").get(f"/cases/{case.id}/script?language=en&channel=phone"))
    assert "Hello, this is Ana Torres" in english
    assert "<html" not in english


def test_the_script_is_shown_for_another_channel(app: App, client: Clients) -> None:
    case = discharged(app)
    page = client("ana").get(f"/cases/{case.id}/script?channel=sms")
    assert re.search(r'id="channel-sms" aria-current="true"', body(page))
    assert "voicemail" not in text(page)


def test_a_voicemail_stands_apart(app: App, client: Clients) -> None:
    page = text(client("ana").get(f"/cases/{discharged(app).id}/script"))
    said, voicemail = page.split("If it goes to voicemail, say only this")
    assert "Please call us back at 555-0100" in voicemail
    assert "Please call us back at 555-0100" not in said


def test_what_the_script_does_not_know_is_named(app: App, client: Clients) -> None:
    case = discharged(app, patient__birth_date=None)
    page = text(client("ana").get(f"/cases/{case.id}"))
    assert "We do not know: patient: birth date" in page


def test_whoever_looks_is_who_speaks(app: App, client: Clients) -> None:
    page = text(client("nora").get(f"/cases/{discharged(app).id}"))
    assert "Hello, this is Nora Fitzgerald" in page
    assert "ask for Ana Torres" in page


def test_nonsense_in_the_address_is_taken_for_nothing_said(app: App, client: Clients) -> None:
    case = discharged(app)
    strange = "channel=../../etc&language=%7F&task=moon&since=²"
    answer = client("ana").get(f"/cases/{case.id}?{strange}")
    assert answer.status_code == 200
    assert "Hello, this is Ana Torres" in text(answer)


# before calling -----------------------------------------------------------------------------------


def test_contact_hours_are_explained_on_the_patients_own_clock(
    app: App, client: Clients, clock: FixedClock
) -> None:
    case = discharged(app, patient__time_zone="Pacific/Honolulu")
    page = text(client("ana").get(f"/cases/{case.id}"))
    assert "It is 04:00 for the patient (Hawaii-Aleutian Time)" in page
    assert "contact hours are 08:00 to 21:00. Wait until Mon 14 Sep, 14:00 EDT" in page


def test_what_is_urgent_may_be_done_all_the_same(app: App, client: Clients) -> None:
    case = discharged(app, patient__time_zone="Pacific/Honolulu", encounter__complexity="high")
    assert case.tier == "urgent"
    page = text(client("ana").get(f"/cases/{case.id}"))
    assert "call only if it cannot wait" in page


def test_the_contact_cap_is_told_with_its_figures(app: App, client: Clients) -> None:
    case = discharged(app)
    act(app, by="ana", kind="note", case=case.id, data={"outcome": "no answer"})
    page = text(client("ana").get(f"/cases/{case.id}"))
    assert "Contacts in all lanes: 1 today, 1 in 7 days." in page
    assert "At most 1 a day and 3 a week" in page


def test_what_the_patient_refuses_is_said_before_it_is_done(app: App, client: Clients) -> None:
    case = discharged(app, patient__refuses=["sms"])
    refused = "The patient has asked not to be contacted this way."
    assert refused not in text(client("ana").get(f"/cases/{case.id}"))
    assert refused in text(client("ana").get(f"/cases/{case.id}?channel=sms"))


# the letter ---------------------------------------------------------------------------------------


def test_a_letter_is_whole_and_can_be_printed(app: App, client: Clients) -> None:
    case = discharged(app, patient__address="5 Elm Street")
    answer = client("ana").get(f"/cases/{case.id}/letter?channel=letter")
    page = text(answer)
    (letter,) = re.findall(r'<article class="letter"[^>]*>(.*?)</article>', body(answer), re.S)
    for said in (
        "Maple Street Family Medicine", "555-0100", "September 14, 2026", "Elena Alvarez",
        "5 Elm Street", "Dear Elena", "Ana Torres",
    ):  # fmt: skip
        assert said in letter, said
    assert "to note that it was sent" in page


def test_where_there_is_nothing_to_print_there_is_no_letter(app: App, client: Clients) -> None:
    case = discharged(app)
    act(app, by="nora", kind="close", case=case.id,
        data={"outcome": "cancelled", "reason": "Twice"})  # fmt: skip
    assert client("ana").get(f"/cases/{case.id}/letter").status_code == 404


# why and the others -------------------------------------------------------------------------------


def test_why_is_told_to_the_rule_and_the_version(app: App, client: Clients) -> None:
    case = discharged(app)
    whole = text(client("ana").get(f"/cases/{case.id}/why"))
    part = body(client("ana").get(f"/cases/{case.id}/why", HTTP_HX_REQUEST="true"))
    assert "(lanes/discharge-outreach.yaml:37)" in whole
    assert "Which version decided" in whole
    assert case.lane_hash[:10] in whole
    assert "<html" not in part


def test_the_patients_other_cases_are_linked_where_they_may_be_seen(
    app: App, client: Clients
) -> None:
    case = discharged(app)
    at = app.clock.now()
    facts = {"location": "riverside", "recall.id": "r1", "recall.service": "mammogram"}
    take_in(app, [Event("r1", "ehr", "recall.due", at, "p1", facts, at)])
    (other,) = app.store.cases(patient="p1", lane="preventive-recall")
    page = body(client("ana").get(f"/cases/{case.id}"))
    assert "Also open for this patient:" in page
    assert other.location == "riverside"
    assert (f'href="/cases/{other.id}"' in page) is (other.owner == "ana" or other.backup == "ana")
    whole = body(client("rosa").get(f"/cases/{case.id}"))
    assert f'href="/cases/{other.id}"' in whole


def test_who_covers_and_why_is_told(app: App, client: Clients, clock: FixedClock) -> None:
    case = discharged(app)
    clock.at += 2 * HOUR + 600_000  # Ana is at lunch
    assert case.owner == "ana"
    page = text(client("fay").get(f"/cases/{case.id}"))
    assert "Today Fay Lindgren (Ana Torres is at lunch)" in page


# hostile words ------------------------------------------------------------------------------------

HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}</textarea><script>alert(1)</script>"


def test_nothing_a_feed_can_say_becomes_part_of_the_page(app: App, client: Clients) -> None:
    named = (
        "patient__first_name", "patient__last_name", "patient__phone", "patient__address",
        "patient__birth_date", "patient__language", "patient__caregiver", "patient__email",
        "patient__time_zone", "encounter__facility", "encounter__reason",
    )  # fmt: skip
    case = discharged(app, HOSTILE, **dict.fromkeys(named, HOSTILE))
    data: dict[str, Any] = {
        "outcome": "reached", "understanding": "partly", "told": HOSTILE, "with_whom": HOSTILE,
        "next_action": HOSTILE, "by_whom": HOSTILE, "by_when": app.clock.now() + DAY,
    }  # fmt: skip
    act(app, by="ana", kind="note", case=case.id, data=data)
    act(app, by="ana", kind="snooze", case=case.id,
        data={"until": app.clock.now() + DAY, "reason": HOSTILE})  # fmt: skip
    ana = client("ana")
    pages = [f"/cases/{case.id}{p}" for p in ("", "?channel=sms", "/why", "/letter?channel=letter")]
    for address in pages:
        answer = ana.get(address)
        if answer.status_code == 200:
            page = body(answer)
            assert "<img src=x" not in page
            assert "<script>alert" not in page
            assert "</textarea><script" not in page
    assert "onerror=alert(1)&gt;" in body(ana.get(f"/cases/{case.id}"))


def test_what_was_typed_comes_back_as_it_was_and_not_as_part_of_the_page(
    app: App, client: Clients
) -> None:
    case = discharged(app)
    answer = client("ana").post(
        f"/cases/{case.id}/note",
        {"told": HOSTILE, "next_action": HOSTILE, "by_when": HOSTILE, "outcome": HOSTILE,
         "task": HOSTILE, "channel": HOSTILE, "item.<b>": HOSTILE, "seen": "1"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "<img src=x" not in body(answer)
    assert "<script>alert" not in body(answer)


def test_it_is_up_to_date_with_what_time_has_done(
    app: App, client: Clients, clock: FixedClock
) -> None:
    case = discharged(app)
    clock.at += 2 * DAY
    catch_up(app, clock.at)
    page = text(client("ana").get(f"/cases/{case.id}"))
    assert "overdue by" in page
    assert now(app, case).escalations
    assert "Nobody has called for help." not in page
