"""One call for several reasons: all of them before it, all of them written down, or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laneflow.engine.state import Case, Event
from laneflow.metrics.queue.rows import queue
from laneflow.practice.contact import LOOK_BACK
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import FixedClock
from laneflow.work.take_in import take_in

from .case_scenes import body, discharged, now, text

HOUR = 3_600_000


def two(app: App, **facts: Any) -> tuple[Case, Case]:
    """Elena is home from hospital, and a visit of hers needs a next step."""
    first = discharged(app, **facts)
    at = app.clock.now()
    told = {"visit.id": "v1", "visit.follow_up": "yes", "location": first.location}
    take_in(app, [Event("v", "ehr", "visit.completed", at, "p1", told, at)])
    (second,) = [case for case in app.store.cases(patient="p1") if case.id != first.id]
    return now(app, first), second


def form(*cases: Case, **common: Any) -> dict[str, Any]:
    """The form as it would be sent: reached and understood, with a next step for each case."""
    said = {"outcome": "reached", "channel": "phone", "with_whom": "patient",
            "understanding": "understood", "id": "0" * 32} | common  # fmt: skip
    for n, case in enumerate(cases):
        said |= {
            f"{case.id}.about": "yes", f"{case.id}.seen": str(case.seq),
            f"{case.id}.told": f"told {n}", f"{case.id}.next_action": f"next {n}",
            f"{case.id}.by_when": "2026-09-16T10:00", f"{case.id}.by_whom": "us",
        }  # fmt: skip
    return said


def test_all_open_reasons_are_shown_with_what_to_say(app: App, client: Callable[..., Any]) -> None:
    first, second = two(app)
    page = text(client("ana").get(f"/cases/{first.id}/together"))
    for said in (
        "Elena Alvarez", "2 reasons are open", "Discharge outreach", "Post-visit follow-up",
        "Still missing:", "It is 10:00 for the patient", "Spoken about this",
    ):  # fmt: skip
        assert said in page, said
    assert f'name="{second.id}.told"' in body(client("ana").get(f"/cases/{first.id}/together"))


def test_each_case_gets_its_own_note_and_they_are_one_contact(
    app: App, client: Callable[..., Any]
) -> None:
    cases = two(app)
    answer = client("ana").post(f"/cases/{cases[0].id}/together", form(*cases))
    assert answer.status_code == 303, text(answer)
    notes = app.store.notes([case.id for case in cases])
    assert [notes[case.id][0]["told"] for case in cases] == ["told 0", "told 1"]
    assert {now(app, case).contact for case in cases} == {app.clock.now()}
    (contacts,) = app.store.contacts(["p1"], app.clock.now() - LOOK_BACK).values()
    assert len(contacts) == 1


def test_pressed_twice_it_is_done_once(app: App, client: Callable[..., Any]) -> None:
    cases = two(app)
    for _ in range(2):
        client("ana").post(f"/cases/{cases[0].id}/together", form(*cases))
    assert [len(rows) for rows in app.store.notes([c.id for c in cases]).values()] == [1, 1]


def test_what_was_not_spoken_about_is_left_alone(app: App, client: Callable[..., Any]) -> None:
    first, second = two(app)
    sent = form(first, second)
    del sent[f"{second.id}.about"]
    client("ana").post(f"/cases/{first.id}/together", sent)
    assert list(app.store.notes([first.id, second.id])) == [first.id]
    del sent[f"{first.id}.about"]
    refused = client("ana").post(f"/cases/{first.id}/together", sent)
    assert refused.status_code == 422
    assert "no reason is marked" in text(refused).lower()


def test_what_is_wrong_with_one_case_stands_there_and_none_is_written(
    app: App, client: Callable[..., Any]
) -> None:
    first, second = two(app)
    sent = form(first, second)
    sent[f"{second.id}.by_when"] = ""
    refused = client("ana").post(f"/cases/{first.id}/together", sent)
    assert refused.status_code == 422
    page = body(refused)
    wrong = f'id="{second.id}-by_when-wrong"'
    assert wrong in page
    assert f'id="{first.id}-by_when-wrong"' not in page
    assert ">told 0</textarea>" in page
    assert app.store.notes([first.id, second.id]) == {}
    sent = form(first, second) | {"understanding": "", f"{second.id}.by_when": "soon"}
    assert "is not a date and time" in text(client("ana").post(f"/cases/{first.id}/together", sent))
    assert app.store.notes([first.id, second.id]) == {}


def test_a_common_mistake_is_told_once_at_its_field(app: App, client: Callable[..., Any]) -> None:
    cases = two(app)
    refused = client("ana").post(f"/cases/{cases[0].id}/together", form(*cases, understanding=""))
    assert refused.status_code == 422
    assert 'id="together-understanding-wrong"' in body(refused)
    assert app.store.notes([case.id for case in cases]) == {}


def test_somebody_meanwhile_on_one_of_them_stops_all_and_asks(
    app: App, client: Callable[..., Any]
) -> None:
    first, second = two(app)
    said = {"outcome": "no answer", "next_action": "x", "by_when": app.clock.now() + 30 * HOUR}
    act(app, by="fay", kind="note", case=second.id, data=said)
    refused = client("ana").post(f"/cases/{first.id}/together", form(first, second))
    assert refused.status_code == 409
    page = text(refused)
    assert "Somebody has worked on these cases since you opened them" in page
    assert "Fay Lindgren documented: no answer" in page
    assert "Save mine as well" in page
    assert first.id not in app.store.notes([first.id])
    again = form(now(app, first), now(app, second))
    assert client("ana").post(f"/cases/{first.id}/together", again).status_code == 303


def test_a_case_of_another_location_is_neither_shown_nor_written(
    app: App, client: Callable[..., Any]
) -> None:
    first, second = two(app)
    at = app.clock.now()
    moved = {"location": "riverside", "referral.id": "R-1", "referral.direction": "outgoing"}
    take_in(app, [Event("r", "ehr", "referral.received", at, "p1", moved, at)])
    (third,) = app.store.cases(patient="p1", location="riverside")
    page = body(client("ana").get(f"/cases/{first.id}/together"))
    assert second.id in page
    assert third.id not in page
    sent = form(first, third)
    client("ana").post(f"/cases/{first.id}/together", sent)
    assert third.id not in app.store.notes([third.id])
    assert client("ben").get(f"/cases/{first.id}/together").status_code == 403


def test_what_to_mind_is_said_before_the_call(
    app: App, client: Callable[..., Any], clock: FixedClock
) -> None:
    first, second = two(
        app, patient__time_zone="America/Los_Angeles", patient__refuses=["phone", "sms"]
    )
    page = text(client("ana").get(f"/cases/{first.id}/together"))
    assert "It is 07:00 for the patient (Pacific Time)" in page
    assert "They have asked not to be contacted by: Phone, Text message" in page
    assert "Allowed: Portal message, Letter" in page
    client("ana").post(f"/cases/{first.id}/together", form(first, second))
    assert "Contacted 1 times today" in text(client("ana").get(f"/cases/{first.id}/together"))


def test_what_a_patient_asked_not_to_have_is_held_back_in_the_queue(app: App) -> None:
    case = discharged(app, encounter__complexity="moderate")
    at = app.clock.now()
    said = {"patient.refuses": ["phone"]}
    take_in(app, [Event("u", "ehr", "patient.updated", at, "p1", said, at)])
    (row,) = [one for one in queue(app.store, app.live, at) if one["case"] == case.id][:1]
    assert row["channel"] == "phone"
    assert "asked not to be contacted by phone; sms or portal or letter is left" in row["hold_why"]


def test_every_view_is_in_the_access_log(app: App, client: Callable[..., Any]) -> None:
    first, second = two(app)
    client("ana").get(f"/cases/{first.id}/together")
    seen = str([row for row in app.store.audited() if row["what"] == "view"])
    assert first.id in seen
    assert second.id in seen


def test_in_a_browser(app: App, visit: Callable[..., Any]) -> None:
    first, second = two(app)
    page = visit("ana")
    page.goto(f"/cases/{first.id}/together")
    page.get_by_label("Reached them").check()
    page.get_by_label("Understood", exact=True).check()
    for n in (1, 2):
        page.locator(f"#told-{n}").fill("Come on Friday")
        page.locator(f"#next-{n}").fill("Book it")
        page.locator(f"#when-{n}").fill("2026-09-16T10:00")
    page.get_by_role("button", name="Save on every reason marked").click()
    page.get_by_text("Written down on 2 cases.").wait_for()
    assert len(app.store.notes([first.id, second.id])) == 2
