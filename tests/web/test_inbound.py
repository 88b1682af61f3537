"""Somebody calls: found by what they say, told what they were told, and written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from laneflow.engine.state import Event
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.take_in import take_in

from .case_scenes import discharged, now, text


def find(browser: Any, who: str) -> str:
    answer = browser.post("/inbound", {"who": who})
    assert answer.status_code == 200
    return text(answer)


@pytest.mark.parametrize(
    "who", ["alvarez", "el alv 1961", "4/12/1961", "1961-04-12", "555 0111", "ÁLVAREZ", "0111"]
)
def test_a_caller_is_found_with_what_they_were_last_told(
    app: App, client: Callable[..., Any], who: str
) -> None:
    case = discharged(app)
    said = {
        "outcome": "reached", "understanding": "understood", "told": "Bring all your bottles",
        "next_action": "Call about the visit", "by_when": app.clock.now() + 86_400_000,
    }  # fmt: skip
    act(app, by="ana", kind="note", case=case.id, data=said)
    page = find(client("ana"), who)
    for word in (
        "Elena Alvarez", "12 April 1961", "555-0111", "Discharge outreach",
        "Bring all your bottles", "Ana Torres", "Promised next:", "Call about the visit",
        "Record this call",
    ):  # fmt: skip
        assert word in page, word


def test_nobody_found_says_what_to_do(app: App, client: Callable[..., Any]) -> None:
    discharged(app)
    assert "Nobody like this is known at your locations." in find(client("ana"), "nobody")
    assert "Type at least two letters" in find(client("ana"), "a")
    assert "Nobody like this" not in text(client("ana").get("/inbound"))


def test_what_is_typed_is_never_part_of_an_address(app: App, client: Callable[..., Any]) -> None:
    discharged(app)
    assert "Elena" not in text(client("ana").get("/inbound?who=alvarez"))


def test_another_locations_patient_is_named_to_nobody(app: App, client: Callable[..., Any]) -> None:
    case = discharged(app)
    page = client("ben").post("/inbound", {"who": "elena alvarez"})
    assert "Elena Alvarez" not in text(page)
    assert "1961" not in text(page)
    assert "has a case at another location" in text(page)
    assert f"/cases/{case.id}" in page.content.decode()
    assert client("ben").get(f"/cases/{case.id}").status_code == 403
    assert "another location" not in find(client("ben"), "zz")


def test_a_backup_elsewhere_finds_their_case(app: App, client: Callable[..., Any]) -> None:
    case = discharged(app)
    act(app, by="lee", kind="assign", case=case.id, data={"backup": "ben"})
    assert "Elena Alvarez" in find(client("ben"), "alvarez")


def test_a_closed_case_is_found_and_says_so(app: App, client: Callable[..., Any]) -> None:
    case = discharged(app)
    data = {"outcome": "unsuccessful", "reason": "Moved away"}
    act(app, by="nora", kind="close", case=case.id, data=data)
    page = find(client("ana"), "alvarez")
    assert "closed as Unsuccessful" in page
    assert "No open case here." in page


def test_finding_is_in_the_access_log(app: App, client: Callable[..., Any]) -> None:
    case = discharged(app)
    find(client("ana"), "alvarez")
    row = app.store.audited()[-1]
    assert (row["by"], row["what"], row["object"]) == ("ana", "view", f"case {case.id}")
    assert "alvarez" not in str(row)


@pytest.mark.parametrize("person", ["olga", "aldo"])
def test_it_takes_the_right_to_work(app: App, client: Callable[..., Any], person: str) -> None:
    assert client(person).post("/inbound", {"who": "x"}).status_code == 403


def test_the_call_is_written_down_and_counted_once(app: App, client: Callable[..., Any]) -> None:
    first = discharged(app)
    told = {"visit.id": "v1", "visit.follow_up": "yes", "appointment.id": "a1"}
    moment = app.clock.now()
    take_in(app, [Event("v", "ehr", "visit.completed", moment, "p1", told, moment)])
    cases = list(app.store.cases(patient="p1"))
    assert len(cases) > 1
    form = {"inbound": "1", "outcome": "reached", "channel": "phone", "with_whom": "caregiver",
            "understanding": "understood", "next_step_unclear": "yes"}  # fmt: skip
    for case in cases:
        form |= {
            f"{case.id}.about": "yes", f"{case.id}.seen": str(case.seq),
            f"{case.id}.told": "We call you on Friday", f"{case.id}.next_action": "Call them",
            f"{case.id}.by_whom": "us", f"{case.id}.by_when": "2026-09-18T10:00",
        }  # fmt: skip
    answer = client("ana").post(f"/cases/{first.id}/together", form)
    assert answer.status_code == 303, text(answer)
    assert {now(app, case).inbound_calls for case in cases} == {1}
    notes = app.store.notes([case.id for case in cases])
    for case in cases:
        (note,) = notes[case.id]
        assert (note["with_whom"], note["channel"], note["next_step_unclear"]) == (
            "caregiver", "phone", True,
        )  # fmt: skip
        assert note["told"] == "We call you on Friday"


def test_in_a_browser_while_typing(app: App, visit: Callable[..., Any]) -> None:
    discharged(app)
    page = visit("ana")
    page.goto("/inbound")
    page.get_by_label("Who is calling?").press_sequentially("alv 1961")
    page.get_by_role("heading", name="Elena Alvarez").wait_for()
    assert page.url.endswith("/inbound")
    page.get_by_role("link", name="Record this call").click()
    page.get_by_role("heading", name="The call").wait_for()
