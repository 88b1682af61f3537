"""Writing the note: what it must say, what came with it, and that nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from laneflow.engine.state import Case
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import DAY, FixedClock

from .case_scenes import body, discharged, form, now, text

Clients = Callable[..., Any]


def write(client: Any, about: Case, **said: Any) -> Any:
    """Open the case, fill the note in, save it."""
    carried = form(client.get(f"/cases/{about.id}"), f"/cases/{about.id}/note")
    return client.post(f"/cases/{about.id}/note", carried | said)


def test_a_whole_note_is_written_and_told(app: App, client: Clients) -> None:
    case = discharged(app)
    ana = client("ana")
    answer = write(
        ana, case, outcome="reached", channel="phone", with_whom="patient",
        told="Book the visit this week.", understanding="understood",
        barrier=["transportation", "cost"], events=["discharge.concern"],
        next_action="We call with a date", by_whom="us", by_when="2026-09-16T12:00",
        next_step_unclear="yes",
    )  # fmt: skip
    assert answer.status_code == 303
    after = now(app, case)
    assert (after.status, after.contact) == ("needs_visit", app.clock.now())
    assert set(after.barriers) == {"transportation", "cost"}
    assert set(after.escalations) == {"concern"}
    (promise,) = after.promises.values()
    assert (promise.what, promise.by_whom) == ("We call with a date", "us")
    page = text(ana.get(answer.headers["Location"]))
    assert "Written down. " in page
    assert 'Now in status "needs visit".' in page
    assert "told: Book the visit this week." in page


def test_left_a_message_alone_is_no_note_where_nothing_says_what_happens_next(
    app: App, client: Clients, clock: FixedClock
) -> None:
    case, ana = discharged(app), client("ana")
    address = f"/cases/{case.id}/event"
    booked = {"type": "appointment.booked", "start": "2026-09-15T09:00"}
    ana.post(address, form(ana.get(f"/cases/{case.id}"), address) | booked)
    act(app, by="ana", kind="note", case=case.id, data={
        "outcome": "reached", "understanding": "understood",
    })  # fmt: skip
    assert now(app, case).status == "booked"
    clock.at += 3 * DAY
    ana = client("ana")  # three days later she logs in anew
    answer = write(ana, case, outcome="left message")
    assert answer.status_code == 422
    assert "nothing says what happens next" in text(answer)
    assert 'id="note-next_action-wrong"' in body(answer)
    answer = write(
        ana, case, outcome="left message", next_action="Call once more", by_when="2026-09-18T10:00"
    )
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({}, "outcome", "the outcome is missing"),
        ({"outcome": "reached"}, "understanding", "what the patient understood is missing"),
        ({"outcome": "no answer", "next_action": "Call"}, "by_when", "by when is missing"),
        (
            {"outcome": "no answer", "by_when": "2026-09-16T12:00"},
            "next_action",
            "the next action is missing",
        ),
        (
            {"outcome": "no answer", "next_action": "Call", "by_when": "2026-09-13T12:00"},
            "by_when",
            "the date has passed already",
        ),
        (
            {"outcome": "no answer", "next_action": "Call", "by_when": "2027-09-13T12:00"},
            "by_when",
            "further ahead than the longest wait",
        ),
        (
            {"outcome": "no answer", "next_action": "Call", "by_when": "soon"},
            "by_when",
            "“soon” is not a date and time",
        ),
        (
            {"outcome": "no answer", "time": "2026-09-14T11:00"},
            "time",
            "cannot have happened in the future",
        ),
        (
            {"outcome": "no answer", "time": "2025-09-12T11:00"},
            "time",
            "this is more than a year ago",
        ),
        (
            {"outcome": "no answer", "time": "0026-09-14T09:00"},
            "time",
            "is not a date and time",
        ),
        ({"outcome": "no answer", "barrier": ["sloth"]}, "barrier", "is not known here"),
        ({"outcome": "no answer", "told": "a" * 4_001}, "told", "longer than 4000 characters"),
        ({"outcome": "no answer", "escalate": "yes", "ladder": "loud"}, "ladder", "is not known"),
        ({"outcome": "no answer", "channel": "pigeon"}, "channel", "is not known here"),
        ({"outcome": "no answer", "task": "items:moon"}, "task", "is not known here"),
        ({"outcome": "no answer", "item.moon": "received"}, "materials", "is not known here"),
        ({"outcome": "no answer", "item.summary": "eaten"}, "materials", "is not known here"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_all_that_was_typed_is_kept(
    app: App, client: Clients, said: dict[str, Any], field: str, words: str
) -> None:
    case = discharged(app)
    kept = {"told": "Words I would hate to lose", "with_whom": "caregiver"}
    before = app.store.counts()
    answer = write(client("ana"), case, **(kept | said))
    page = body(answer)
    assert answer.status_code == 422
    assert f'id="note-{field}-wrong"' in page
    assert words.replace("“", '"').replace("”", '"') in text(answer)
    assert said.get("told", "Words I would hate to lose") in page
    assert '<option value="caregiver" selected>' in page
    assert 'role="alert" tabindex="-1" data-focus' in page
    assert ('id="note-materials" open' in page) is (field == "materials")
    if field not in ("task", "materials", "barrier"):
        assert 'aria-invalid="true"' in page
    after = app.store.counts()
    assert {k: v for k, v in after.items() if k != "audit"} == {
        k: v for k, v in before.items() if k != "audit"
    }


def test_materials_that_came_are_ticked_in_the_same_note(app: App, client: Clients) -> None:
    case = discharged(app)
    write(
        client("ana"), case, outcome="no answer",
        **{"item.summary": "received", "item.med_list": ""},
    )  # fmt: skip
    after = now(app, case)
    assert after.attempts == 1
    assert (after.items["summary"].state, after.items["med_list"].state) == ("received", "missing")


def test_where_one_part_of_it_is_wrong_nothing_of_it_is_written(app: App, client: Clients) -> None:
    case = discharged(app)
    answer = write(client("ana"), case, outcome="reached", **{"item.summary": "received"})
    assert answer.status_code == 422
    assert now(app, case) == case
    assert '<option value="received" selected>' in body(answer)


def test_help_is_asked_on_the_ladder_that_was_chosen(app: App, client: Clients) -> None:
    case = discharged(app)
    write(client("ana"), case, outcome="no answer", escalate="yes", ladder="clinical now")
    (held,) = now(app, case).escalations.values()
    assert held.role == "nurse"


def test_a_note_is_about_the_task_that_was_chosen(app: App, client: Clients) -> None:
    case = discharged(app)
    page = client("ana").get(f"/cases/{case.id}?task=items:hospital")
    assert '<option value="items:hospital" selected>' in body(page)
    assert 'value="fax" selected' in body(page)
    write(
        client("ana"), case, outcome="reached partner", task="items:hospital",
        next_action="They fax it", by_whom="hospital", by_when="2026-09-15T12:00",
    )  # fmt: skip
    after = now(app, case)
    assert (after.items["summary"].asked, after.attempts) == (1, 0)


def test_nothing_but_the_notes_own_fields_is_looked_at(app: App, client: Clients) -> None:
    case = discharged(app)
    forged = {"by": "lee", "role": "provider", "patient": "p2", "kind": "close", "case": "other"}
    write(client("ana"), case, outcome="no answer", at="1", data="{}", **forged)
    (given,) = [row["input"] for row in app.store.inputs(patient="p1") if row["kind"] == "act"]
    assert (given.by, given.kind, given.case) == ("ana", "note", case.id)
    assert given.data == {"outcome": "no answer", "channel": "phone"}


def test_pressed_twice_it_is_written_once(app: App, client: Clients) -> None:
    case, ana = discharged(app), client("ana")
    address = f"/cases/{case.id}/note"
    carried = form(ana.get(f"/cases/{case.id}"), address) | {"outcome": "no answer"}
    assert [ana.post(address, carried).status_code for _ in range(2)] == [303, 303]
    assert now(app, case).attempts == 1


def test_the_same_form_sent_again_with_other_words_is_not_taken_for_saved(
    app: App, client: Clients
) -> None:
    """As by the browser's way back: what was typed then is refused and kept, not lost."""
    case, ana = discharged(app), client("ana")
    address = f"/cases/{case.id}/note"
    carried = form(ana.get(f"/cases/{case.id}"), address) | {"outcome": "no answer"}
    assert ana.post(address, carried).status_code == 303
    answer = ana.post(address, carried | {"outcome": "left message", "told": "Her son takes her"})
    assert answer.status_code == 409
    assert "Her son takes her" in body(answer)
    again = form(answer, address) | {"outcome": "left message", "told": "Her son takes her"}
    assert ana.post(address, again).status_code == 303
    assert now(app, case).attempts == 2


# somebody else was quicker ------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}], ids=["plain", "htmx"])
def test_both_are_shown_and_mine_can_be_saved_as_well(
    app: App, client: Clients, headers: dict[str, str]
) -> None:
    case, ana = discharged(app), client("ana")
    address = f"/cases/{case.id}/note"
    carried = form(ana.get(f"/cases/{case.id}"), address)
    act(app, by="fay", kind="item", case=case.id, data={"item": "summary", "state": "received"})
    mine = {"outcome": "no answer", "told": "Mine"}
    answer = ana.post(address, carried | mine, **headers)
    page = text(answer)
    assert answer.status_code == 409
    assert "Somebody has worked on this case since you opened it" in page
    assert "Fay Lindgren marked discharge summary as received" in page
    assert "Mine" in body(answer)
    assert "Save mine as well" in page
    assert "Discard mine" in page
    assert now(app, case).attempts == 0
    again = form(answer, address)
    assert int(again["seen"]) > int(carried["seen"])
    assert ana.post(address, again | mine, **headers).status_code in (200, 303)
    assert now(app, case).attempts == 1


def test_a_feeds_news_is_no_reason_to_ask(app: App, client: Clients) -> None:
    case, ana = discharged(app), client("ana")
    carried = form(ana.get(f"/cases/{case.id}"), f"/cases/{case.id}/note")
    discharged(app, encounter__reason="fall")
    answer = ana.post(f"/cases/{case.id}/note", carried | {"outcome": "no answer"})
    assert answer.status_code == 303


def test_a_form_that_does_not_say_what_it_looked_at_is_asked(app: App, client: Clients) -> None:
    case = discharged(app)
    act(app, by="fay", kind="assign", case=case.id, data={"task": "main", "person": "fay"})
    for seen in ("", "-1", "²", "nonsense"):
        answer = client("ana").post(
            f"/cases/{case.id}/note", {"outcome": "no answer", "seen": seen}
        )
        assert answer.status_code == 409


# htmx ---------------------------------------------------------------------------------------------


def test_htmx_is_answered_with_the_parts_that_changed(app: App, client: Clients) -> None:
    case, ana = discharged(app), client("ana")
    carried = form(ana.get(f"/cases/{case.id}"), f"/cases/{case.id}/note")
    answer = ana.post(
        f"/cases/{case.id}/note", carried | {"outcome": "no answer"}, HTTP_HX_REQUEST="true"
    )
    page = body(answer)
    assert answer.status_code == 200
    assert "<html" not in page
    for part in ("head", "script", "note", "tasks", "checklist", "timeline"):
        assert f'<section id="{part}"' in page
    assert page.count('hx-swap-oob="true"') >= 6
    assert "Written down." in page
