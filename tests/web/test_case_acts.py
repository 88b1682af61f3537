"""What is done to a case besides the note: each act, in place, by whoever may, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from laneflow.engine.state import Case
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, FixedClock
from laneflow.work.due import catch_up

from .case_scenes import body, discharged, now, text

Clients = Callable[..., Any]
HTMX = {"HTTP_HX_REQUEST": "true"}


def press(app: App, client: Any, case: Case, kind: str, **said: Any) -> Any:
    """Send one of the page's small forms, looking at the case as it is now."""
    return client.post(f"/cases/{case.id}/{kind}", {"seen": now(app, case).seq, **said})


def test_an_item_is_received_in_place(app: App, client: Clients) -> None:
    case, ana = discharged(app), client("ana")
    assert press(app, ana, case, "item", item="summary", state="received").status_code == 303
    assert now(app, case).items["summary"].state == "received"


def test_a_task_is_done(app: App, client: Clients) -> None:
    case = discharged(app)
    press(app, client("ana"), case, "done", task="items:hospital")
    assert now(app, case).items["summary"].asked == 1


def test_a_task_is_claimed_handed_over_and_given_back(app: App, client: Clients) -> None:
    case = discharged(app)
    press(app, client("fay"), case, "assign", task="main", person="fay", claim="yes")
    task = now(app, case).task
    assert task is not None
    assert task.person == "fay"
    answer = press(app, client("nora"), case, "assign", task="main", person="nora", claim="yes")
    assert answer.status_code == 422
    assert "Fay Lindgren has it already" in text(answer)
    press(app, client("fay"), case, "assign", task="main", person="ana")
    task = now(app, case).task
    assert task is not None
    assert task.person == "ana"
    press(app, client("ana"), case, "assign", task="main", back="yes")
    task = now(app, case).task
    assert task is not None
    assert task.person == ""


def test_the_case_gets_another_owner(app: App, client: Clients) -> None:
    case = discharged(app)
    press(app, client("ana"), case, "assign", owner="rosa", backup="")
    assert (now(app, case).owner, now(app, case).backup) == ("rosa", "fay")
    answer = press(app, client("ana"), case, "assign", owner="fay")
    assert answer.status_code == 422
    assert "owner and backup would be the same person" in text(answer)


def test_a_task_is_put_off_with_its_reason_and_taken_up_again(app: App, client: Clients) -> None:
    case, ana = discharged(app), client("ana")
    assert case.task is not None
    press(app, ana, case, "snooze", task="main", until="2026-09-16T09:30", reason="In surgery")
    task = now(app, case).task
    assert task is not None
    assert task.due.at == app.clock.now() + 2 * DAY - HOUR // 2
    page = text(ana.get(f"/cases/{case.id}"))
    assert "Put off; it was due Tue 15 Sep, 17:00 EDT" in page
    press(app, ana, case, "snooze", task="main", again="yes")
    task = now(app, case).task
    assert task is not None
    assert task.due == case.task.due


def test_what_is_wrong_with_putting_off_is_said_beside_it_and_kept(
    app: App, client: Clients
) -> None:
    case = discharged(app)
    answer = press(app, client("ana"), case, "snooze", task="main", until="2026-12-24T09:30")
    page = body(answer)
    assert answer.status_code == 422
    assert 'id="snooze-until-wrong"' in page
    assert 'id="snooze-reason-wrong"' in page
    assert 'value="2026-12-24T09:30"' in page


def test_a_promise_is_kept_or_broken(app: App, client: Clients) -> None:
    case, ana = discharged(app), client("ana")
    said = {"outcome": "no answer", "next_action": "Call at noon", "by_whom": "hospital"}
    act(app, by="ana", kind="note", case=case.id,
        data=said | {"by_when": app.clock.now() + HOUR})  # fmt: skip
    page = text(ana.get(f"/cases/{case.id}"))
    assert "Call at noon: the hospital, by Mon 14 Sep, 11:00 EDT" in page
    assert "Was it kept? Call at noon" in page
    press(app, ana, case, "promise", promise="p1", kept="no")
    assert now(app, case).promises["p1"].kept is False
    assert press(app, ana, case, "promise", promise="p9", kept="yes").status_code == 422
    assert press(app, ana, case, "promise", promise="p1", kept="perhaps").status_code == 422


def test_a_button_of_the_status_is_pressed(app: App, client: Clients) -> None:
    case = discharged(app)
    press(app, client("ana"), case, "event", type="symptoms.worsened")
    assert set(now(app, case).escalations) == {"worse"}
    page = text(client("ana").get(f"/cases/{case.id}"))
    assert "Ana Torres recorded: Symptoms worsened" in page


def test_a_visit_that_was_booked_is_recorded_with_its_date(app: App, client: Clients) -> None:
    case, ana = discharged(app), client("ana")
    act(app, by="ana", kind="note", case=case.id,
        data={"outcome": "reached", "understanding": "understood"})  # fmt: skip
    press(app, ana, case, "event", type="appointment.booked", start="2026-09-18T09:00")
    after = now(app, case)
    assert after.status == "booked"
    assert after.task is not None
    assert after.task.start is not None
    assert after.task.start.at == app.clock.now() + 4 * DAY - HOUR
    assert press(app, ana, case, "event", type="moon.risen").status_code == 422
    for start in ("9999-12-31T23:59", "0026-09-18T09:00"):
        answer = press(app, ana, case, "event", type="appointment.booked", start=start)
        assert answer.status_code == 422
        assert "is not a date and time" in text(answer)


def test_closing_by_hand_takes_a_reason_and_a_role(app: App, client: Clients) -> None:
    case = discharged(app)
    mine = text(client("ana").get(f"/cases/{case.id}"))
    assert "As Unsuccessful, by hand: nurse, practice manager" in mine
    assert "Close the case" not in mine
    answer = press(app, client("ana"), case, "close", outcome="unsuccessful", reason="Enough")
    assert answer.status_code == 422
    answer = press(app, client("nora"), case, "close", outcome="unsuccessful")
    assert answer.status_code == 422
    assert 'id="close-reason-wrong"' in body(answer) or "the reason is missing" in text(answer)
    press(app, client("nora"), case, "close", outcome="unsuccessful", reason="Moved away")
    closed = now(app, case).closed
    assert closed is not None
    assert (closed.outcome, closed.reason, closed.by) == ("unsuccessful", "Moved away", "nora")


def test_a_close_that_waits_for_a_yes_is_answered_by_whoever_may(
    app: App, client: Clients, clock: FixedClock
) -> None:
    case = discharged(app)
    clock.at += 31 * DAY
    catch_up(app, clock.at)
    (name,) = now(app, case).confirming
    number = name.removeprefix("closes[").removesuffix("]")
    page = text(client("ana").get(f"/cases/{case.id}"))
    assert "Close it as Unsuccessful?" in page
    assert "This waits for: practice manager" in page
    lee = client("lee")
    assert "Yes, close it" in text(lee.get(f"/cases/{case.id}"))
    for close in (number, "99", "x", "²"):
        said = {"close": close, "yes": "yes"}
        assert press(app, lee, case, "confirm", **said).status_code == 422
    press(app, lee, case, "confirm", close=number, yes="yes", reason="A month without a word")
    closed = now(app, case).closed
    assert closed is not None
    assert closed.reason == "A month without a word"


def test_a_closed_case_comes_back(app: App, client: Clients, clock: FixedClock) -> None:
    case = discharged(app)
    act(app, by="nora", kind="close", case=case.id,
        data={"outcome": "unsuccessful", "reason": "Moved away"})  # fmt: skip
    clock.at += HOUR
    answer = press(app, client("ana"), case, "event", type="patient.called")
    assert answer.status_code == 303
    (again,) = app.store.cases(patient="p1", lane="discharge-outreach")
    assert again.previous == case.id
    assert (
        press(app, client("ana"), case, "item", item="summary", state="received").status_code == 422
    )


# meanwhile ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
@pytest.mark.parametrize(
    ("kind", "mine"),
    [
        ("item", {"item": "med_list", "state": "received"}),
        ("done", {"task": "items:hospital"}),
        ("snooze", {"task": "main", "until": "2026-09-16T09:30", "reason": "In surgery"}),
        ("assign", {"task": "main", "person": "rosa"}),
        ("event", {"type": "symptoms.worsened"}),
        ("close", {"outcome": "unsuccessful", "reason": "Moved away"}),
    ],
)
def test_where_somebody_was_quicker_both_are_shown(
    app: App, client: Clients, headers: dict[str, str], kind: str, mine: dict[str, str]
) -> None:
    case = discharged(app)
    seen = {"seen": case.seq}
    act(app, by="fay", kind="item", case=case.id, data={"item": "summary", "state": "received"})
    stood = now(app, case)
    nora = client("nora")
    answer = nora.post(f"/cases/{case.id}/{kind}", seen | mine, **headers)
    page = body(answer)
    assert answer.status_code == 409
    assert "Fay Lindgren marked discharge summary as received" in text(answer)
    assert "Discard mine" in page
    for name, value in mine.items():
        assert f'name="{name}" value="{value}"' in page
    assert now(app, case) == stood
    again = nora.post(f"/cases/{case.id}/{kind}", {"seen": stood.seq} | mine, **headers)
    assert again.status_code in (200, 303)
    assert now(app, case).seq > stood.seq


# htmx ---------------------------------------------------------------------------------------------


def test_htmx_leaves_the_note_that_is_being_typed_alone(app: App, client: Clients) -> None:
    case, ana = discharged(app), client("ana")
    said = {"seen": case.seq, "item": "summary", "state": "received"}
    page = body(ana.post(f"/cases/{case.id}/item", said, **HTMX))
    assert '<section id="checklist"' in page
    assert '<section id="note"' not in page
    seq = now(app, case).seq
    assert f'name="seen" value="{seq}" id="note-seen" hx-swap-oob="true"' in page


def test_where_the_case_has_moved_on_the_note_is_asked_about_when_it_is_saved(
    app: App, client: Clients
) -> None:
    case, ana = discharged(app), client("ana")
    said = {"seen": case.seq, "type": "visit.completed"}
    page = body(ana.post(f"/cases/{case.id}/event", said, **HTMX))
    assert now(app, case).status == "seen"
    assert "note-seen" not in page
    answer = ana.post(f"/cases/{case.id}/note", {"seen": case.seq, "outcome": "no answer"}, **HTMX)
    assert answer.status_code == 409


def test_whoever_hands_a_case_over_to_where_they_may_not_look_is_shown_their_queue(
    app: App, client: Clients
) -> None:
    case = discharged(app, location="riverside")
    act(app, by="ben", kind="assign", case=case.id, data={"owner": "ana"})
    said = {"seen": now(app, case).seq, "owner": "ben"}
    answer = client("ana").post(f"/cases/{case.id}/assign", said, **HTMX)
    assert answer.headers["HX-Redirect"] == "/"


def test_a_login_that_is_nobody_in_the_practice_can_change_nothing(
    app: App, client: Clients
) -> None:
    from laneflow.accounts.models import Account

    case = discharged(app)
    Account.objects.filter(username="ana").update(person="", locations=["main"])
    page = client("ana").get(f"/cases/{case.id}")
    assert f'action="/cases/{case.id}/note"' not in body(page)
    answer = press(app, client("ana"), case, "item", item="summary", state="received")
    assert answer.status_code == 422
    assert now(app, case) == case
