"""Calls for help: whose they are, how long they have, and what whoever is called can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laneflow.engine.state import Case, Escalation, Event
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import FixedClock
from laneflow.work.take_in import take_in

from .case_scenes import discharged, text

MINUTE = 60_000


def worse(app: App) -> Case:
    """A discharged patient whose symptoms have worsened; the nurse is called."""
    case = discharged(app)
    take_in(app, [Event("w", "ehr", "symptoms.worsened", app.clock.now(), case.patient)])
    return latest(app, case)


def latest(app: App, case: Case) -> Case:
    found = app.store.case(case.id)
    assert found is not None
    return found


def call(app: App, case: Case) -> Escalation:
    return latest(app, case).escalations["worse"]


def test_the_nurse_sees_what_calls_her_why_and_how_long_she_has(
    app: App, client: Callable[..., Any]
) -> None:
    case = worse(app)
    act(
        app, by="ana", kind="note", case=case.id,
        data={"outcome": "reached", "understanding": "partly", "told": "The nurse will call",
              "barrier": "transportation", "next_action": "Call", "by_when": case.at + 9**9},
    )  # fmt: skip
    barrier = app.loaded.practice.barriers["transportation"]
    page = text(client("nora").get("/escalations"))
    for said in (
        "Feels worse at home", "Symptoms worsened", "due in 30 min", "Elena Alvarez",
        "Discharge outreach", "Reached them", "The nurse will call", barrier.title,
        "provider", "Take it", "Answer", "Hand on",
    ):  # fmt: skip
        assert said in page, said


def test_nobody_is_bothered_with_calls_that_are_not_theirs(
    app: App, client: Callable[..., Any]
) -> None:
    worse(app)
    for person in ("ana", "patel", "ines", "ben"):  # roles not called yet, or another location
        assert "Elena" not in text(client(person).get("/escalations")), person
    assert "Elena" in text(client("ana").get("/escalations?all=1"))
    assert "Elena" not in text(client("ben").get("/escalations?all=1")), "he is at Riverside"
    assert client("olga").get("/escalations").status_code == 403


def test_taken_and_answered_with_the_coordinators_next_task(
    app: App, client: Callable[..., Any], clock: FixedClock
) -> None:
    case, nora = worse(app), client("nora")
    form = {"escalation": "worse", "place": "list"}
    answer = nora.post(f"/cases/{case.id}/take", form)
    assert (answer.status_code, answer["Location"]) == (303, "/escalations")
    assert call(app, case).taken_by == "nora"
    form |= {
        "answer": "Rest, and see us", "do": "Book her for today", "role": "care coordinator",
        "due": "2026-09-14T15:00", "seen": str(latest(app, case).seq),
    }  # fmt: skip
    page = nora.post(f"/cases/{case.id}/answer", form, follow=True)
    assert "Nobody is calling for your help" in text(page)
    (task,) = [t for t in latest(app, case).side.values() if t.do == "Book her for today"]
    assert (task.who, task.due.at) == ("care coordinator", clock.now() + 5 * 60 * MINUTE)


def test_the_coordinators_next_task_is_no_book(app: App, client: Callable[..., Any]) -> None:
    case = worse(app)
    seen = str(latest(app, case).seq)
    form = {"escalation": "worse", "answer": "Rest", "do": "a" * 4_001, "seen": seen}
    page = client("nora").post(f"/cases/{case.id}/answer", form)
    assert page.status_code == 422
    assert "longer than 4000 characters" in text(page)


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    app: App, client: Callable[..., Any]
) -> None:
    case = worse(app)
    seen = str(latest(app, case).seq)
    form = {
        "escalation": "worse",
        "answer": "",
        "due": "2026-09-13T09:00",
        "do": "Book",
        "seen": seen,
    }
    page = client("nora").post(f"/cases/{case.id}/answer", form)
    assert page.status_code == 422
    shown = text(page)
    assert "the answer is missing" in shown.lower()
    assert "the date has passed already" in shown.lower()
    assert 'value="Book"' in page.content.decode()
    assert "worse" in latest(app, case).escalations


def test_handing_on_tells_the_next_rung_or_somebody_by_name(
    app: App, client: Callable[..., Any]
) -> None:
    case, nora = worse(app), client("nora")
    form = {"escalation": "worse", "reason": "She knows him", "to": "ben"}
    form["seen"] = str(latest(app, case).seq)
    assert nora.post(f"/cases/{case.id}/hand-on", form).status_code == 303
    assert call(app, case).asked == "ben"
    page = client("ben").get("/escalations")
    assert "Elena Alvarez" in text(page), "asked by name, wherever the case is"
    assert client("ben").get(f"/cases/{case.id}").status_code == 200
    assert "Elena" not in text(nora.get("/escalations"))
    form |= {"to": "", "seen": str(latest(app, case).seq)}
    client("ben").post(f"/cases/{case.id}/hand-on", form)
    assert call(app, case).role == "provider"


def test_giving_back_what_was_taken(app: App, client: Callable[..., Any]) -> None:
    case, nora = worse(app), client("nora")
    nora.post(f"/cases/{case.id}/take", {"escalation": "worse"})
    form = {"escalation": "worse", "reason": "Called away", "back": "1"}
    nora.post(f"/cases/{case.id}/hand-on", form | {"seen": str(latest(app, case).seq)})
    held = call(app, case)
    assert (held.state, held.role, held.taken_by) == ("open", "nurse", "")


def test_who_may_not_answer_is_told_so(app: App, client: Callable[..., Any]) -> None:
    case = worse(app)
    page = client("ana").post(f"/cases/{case.id}/take", {"escalation": "worse"})
    assert page.status_code == 422
    assert "Ana Torres may not take this escalation" in text(page)
    assert client("ines").post(f"/cases/{case.id}/take", {"escalation": "worse"}).status_code == 403
    assert client("nora").post("/cases/none/take", {"escalation": "worse"}).status_code == 404


def test_two_nurses_at_once_one_is_told(app: App, client: Callable[..., Any]) -> None:
    case = worse(app)
    client("nora").post(f"/cases/{case.id}/take", {"escalation": "worse"})
    page = client("lee").post(f"/cases/{case.id}/take", {"escalation": "worse"})
    assert page.status_code == 422
    assert "has taken it already" in text(page)


def test_an_answer_on_a_case_that_changed_meanwhile_shows_both_and_asks(
    app: App, client: Callable[..., Any]
) -> None:
    case = worse(app)
    seen = str(latest(app, case).seq)
    said = {"outcome": "no answer", "told": "x", "next_action": "y", "by_when": case.at + 9**9}
    act(app, by="ana", kind="note", case=case.id, data=said)
    form = {"escalation": "worse", "answer": "Come today", "seen": seen}
    page = client("nora").post(f"/cases/{case.id}/answer", form)
    assert page.status_code == 409
    shown = text(page)
    assert "Somebody has worked on this case since you opened it." in shown
    assert "Ana Torres documented: no answer" in shown
    assert "Come today" in page.content.decode()
    form["seen"] = str(latest(app, case).seq)
    assert client("nora").post(f"/cases/{case.id}/answer", form).status_code == 303
    assert "worse" not in latest(app, case).escalations


def test_the_list_is_in_the_access_log(app: App, client: Callable[..., Any]) -> None:
    case = worse(app)
    client("nora").get("/escalations")
    row = app.store.audited()[-1]
    assert (row["by"], row["what"], row["object"]) == ("nora", "view", f"case {case.id}")


def test_a_clock_that_runs_out_is_said_by_the_poll(
    app: App, client: Callable[..., Any], clock: FixedClock
) -> None:
    worse(app)
    nora = client("nora")
    page = nora.get("/escalations").content.decode()
    address = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    clock.at += 10 * MINUTE
    later = text(nora.get(address, headers={"HX-Request": "true"}))
    assert "due in 20 min" in later
    assert "The list has changed" not in later
    assert "The list has changed" in text(nora.get("/escalations/clocks?known=other"))


def test_in_a_browser_from_the_case_page_and_from_the_list(
    app: App, visit: Callable[..., Any]
) -> None:
    case = worse(app)
    page = visit("nora")
    page.goto("/escalations")
    page.get_by_role("button", name="Take it").click()
    page.get_by_text("Taken by Nora Fitzgerald.").wait_for()
    page.get_by_label("What was decided").fill("Rest")
    page.get_by_label("Instruction").fill("Call her tomorrow")
    page.get_by_role("button", name="Answer").click()
    page.get_by_text("Nobody is calling for your help.").wait_for()
    assert "Call her tomorrow" in [task.do for task in latest(app, case).side.values()]

    take_in(app, [Event("w2", "ehr", "symptoms.worsened", app.clock.now(), case.patient)])
    page.goto(f"/cases/{case.id}")
    page.get_by_role("button", name="Take it").click()
    page.get_by_text("Taken by Nora Fitzgerald.").wait_for()
