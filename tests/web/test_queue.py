"""The queue as people work it: order, tabs, filters, claims, putting off, handing over, keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import cast
from laneflow.engine.state import Case, Event
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import HOUR, FixedClock
from laneflow.work.due import tick
from laneflow.work.take_in import take_in

from .case_scenes import discharged, to

Client = Callable[..., Any]
HTMX = {"HX-Request": "true"}


def mine(app: App, patient: str = "p1", name: str = "Elena", **facts: Any) -> Case:
    """Somebody of that name is home from the hospital; their case is Ana's."""
    return to(app, discharged(app, patient, patient__first_name=name, **facts), "ana")


def titles(html: str) -> list[str]:
    return re.findall(r'class="open"[^>]*>([^<]*)<', html)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def number(html: str, tab: str) -> int:
    found = re.search(rf'>\s*{tab} <span class="count">(\d+)<', html)
    assert found is not None, tab
    return int(found[1])


@pytest.fixture
def three(app: App, clock: FixedClock) -> list[Case]:
    """Ana's: one since Friday and overdue, one urgent of today, one of today."""
    clock.at = cast.t("2026-09-08 09:00")
    old = mine(app, "p1", "Olga")
    clock.at = cast.t("2026-09-14 10:00")
    tick(app, clock.at)
    urgent = mine(app, "p2", "Ursula", **{"encounter.complexity": "high"})
    return [old, urgent, mine(app, "p3", "Thea")]


def test_what_is_overdue_then_urgent_then_due_comes_first(
    three: list[Case], client: Client
) -> None:
    calls = [title for title in titles(text(client("ana").get("/"))) if title.startswith("Call")]
    assert [title.split(",")[0] for title in calls] == ["Call Olga", "Call Ursula", "Call Thea"]


def test_a_row_says_what_is_needed_to_begin(three: list[Case], client: Client) -> None:
    html = text(client("ana").get("/"))
    for said in ("Olga Alvarez", "65 years", "Discharge outreach", "Maple Street", "urgent",
                 "overdue by", "Phone", "Escalated; waits for the ", "EDT"):  # fmt: skip
        assert said in html
    assert "Alvarez" not in re.search("<title>(.*)</title>", html)[1]  # type: ignore[index]
    assert not any(name in address for address in re.findall(r'(?:href|action)="([^"]*)"', html)
                   for name in ("Olga", "p1/", "Alvarez"))  # fmt: skip


def test_the_tabs_count_what_they_list(app: App, three: list[Case], client: Client) -> None:
    data = {"outcome": "reached", "understanding": "understood", "channel": "phone"}
    act(app, by="ana", kind="note", case=three[2].id, data=data)
    ana, shown = client("ana"), 0
    whole = text(ana.get("/"))
    for tab, called in (("new", "New"), ("waiting-on-information", "Waiting on information"),
                        ("sent", "Sent"), ("needs-patient-action", "Needs patient action"),
                        ("scheduled", "Scheduled")):  # fmt: skip
        html = text(ana.get(f"/?tab={tab}"))
        assert number(html, called) == number(whole, called) == len(titles(html))
        shown += len(titles(html))
    assert shown == number(whole, "All open") == len(titles(whole))


def test_closed_of_late(app: App, three: list[Case], client: Client, clock: FixedClock) -> None:
    now = clock.now()
    gone = {"patient.deceased": True}
    take_in(app, [Event("d1", "ehr", "patient.deceased", now, "p3", gone, now)])
    ana = client("ana")
    html = text(ana.get("/?tab=closed"))
    assert number(html, "Closed") == len(titles(html)) == 1
    assert "Thea Alvarez" in html
    assert titles(text(client("ben").get("/?tab=closed"))) == []
    assert len(titles(text(client("lee").get("/?tab=closed&whose=all")))) == 1
    clock.at += 31 * 24 * HOUR
    assert number(text(client("ana").get("/?tab=closed")), "Closed") == 0


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("lane=discharge-outreach", {"Olga", "Ursula", "Thea", "Sol"}),
        ("lane=preventive-recall", set()),
        ("language=es", {"Sol"}),
        ("location=riverside", set()),
        ("due=overdue", {"Olga"}),
        ("barrier=transportation", {"Thea"}),
        ("due=today&language=es", set()),
        ("lane=nonsense&whose=nobody", {"Olga", "Ursula", "Thea", "Sol"}),
    ],
)
def test_filters(app: App, three: list[Case], client: Client, asked: str, names: set[str]) -> None:
    mine(app, "p4", "Sol", **{"patient.language": "es-MX"})
    again = {"next_action": "Call", "by_whom": "us", "by_when": app.clock.now() + 24 * HOUR}
    data = {"outcome": "no answer", "channel": "letter", "barrier": "transportation", **again}
    act(app, by="ana", kind="note", case=three[2].id, data=data)
    html = text(client("ana").get(f"/?{asked}"))
    assert {
        name for name in ("Olga", "Ursula", "Thea", "Sol") if f"{name} Alvarez" in html
    } == names
    assert number(html, "All open") == len(titles(html))
    if not names:
        assert "Clear the filters" in html


def test_nobody_sees_what_is_elsewhere_but_their_own(app: App, client: Client) -> None:
    far = to(app, discharged(app, patient__first_name="Faraway", location="riverside"), "ben")
    for asked in ("", "?whose=all", "?whose=ben", "?whose=all&location=riverside", "?tab=closed"):
        assert "Faraway" not in text(client("ana").get(f"/{asked}"))
    assert "Faraway" in text(client("ben").get("/?whose=all"))
    assert client("ana").get(f"/queue/{far.id}").status_code == 403
    answer = client("ana").post(f"/queue/{far.id}/claim", {"seen": far.seq, "task": "main"})
    assert answer.status_code == 403
    assert (app.store.case(far.id) or far).task.person == ""  # type: ignore[union-attr]
    to(app, far, "ana")
    assert "Faraway" in text(client("ana").get("/"))


def test_whoever_stands_in_is_told_for_whom_and_why(
    app: App, client: Client, clock: FixedClock
) -> None:
    case = discharged(app)
    data = {"owner": "ana", "backup": "fay"}
    act(app, by="lee", kind="assign", case=case.id, data=data)
    assert "Elena" not in text(client("fay").get("/"))
    clock.at = cast.t("2026-09-14 12:10")
    html = text(client("fay").get("/"))
    assert "You stand in for Ana Torres: Ana Torres is at lunch" in html
    assert "Fay Lindgren stands in for Ana Torres" in text(client("ana").get("/"))


def test_a_claim_is_anothers_no_more(app: App, client: Client) -> None:
    case = mine(app)
    form = {"task": "main", "seen": case.seq, "back": "?tab=new"}
    ana = client("ana")
    first = ana.post(f"/queue/{case.id}/claim", form)
    assert (first.status_code, first.url) == (303, "/?tab=new")
    assert "You have claimed it." in text(ana.get(first.url))
    second = client("rosa").post(f"/queue/{case.id}/claim", form, headers=HTMX)
    assert second.status_code == 409
    assert "Ana Torres has it already." in text(second)
    third = client("rosa").post(f"/queue/{case.id}/claim", form | {"seen": case.seq + 9})
    assert third.status_code == 422
    assert "Ana Torres has it already" in text(third)
    found = app.store.case(case.id)
    assert found is not None
    assert found.task is not None
    assert found.task.person == "ana"


def test_a_claim_is_given_back(app: App, client: Client) -> None:
    case = mine(app)
    ana = client("ana")
    answer = ana.post(f"/queue/{case.id}/claim", {"task": "main", "seen": case.seq}, headers=HTMX)
    assert answer.status_code == 200
    assert "You have claimed it." in answer.headers["HX-Trigger"]
    assert "Claimed by you" in text(answer)
    assert "Give back" in text(answer)
    seen = app.store.case(case.id).seq  # type: ignore[union-attr]
    refused = client("rosa").post(f"/queue/{case.id}/back", {"task": "main", "seen": seen})
    assert refused.status_code == 422
    answer = ana.post(f"/queue/{case.id}/back", {"task": "main", "seen": seen}, headers=HTMX)
    assert "Claimed by" not in text(answer)
    assert app.store.case(case.id).task.person == ""  # type: ignore[union-attr]


def test_putting_off_needs_a_reason_and_a_date_that_is_near_enough(
    app: App, client: Client
) -> None:
    case = mine(app)
    ana, address = client("ana"), f"/queue/{case.id}/snooze"
    asked = text(ana.get(f"{address}?task=main"))
    assert "At most 5 business days" in asked
    assert 'name="reason"' in asked
    form = {"task": "main", "seen": case.seq}
    for said, wrong in (
        ({"until": "2026-09-15T09:00"}, "the reason is missing"),
        ({"reason": "In surgery"}, "until when is missing"),
        ({"reason": "In surgery", "until": "2026-09-11T09:00"}, "has passed already"),
        ({"reason": "In surgery", "until": "2026-11-11T09:00"}, "further ahead"),
        ({"reason": "In surgery", "until": "soon"}, "not a date and time"),
    ):
        for headers in ({}, HTMX):
            answer = ana.post(address, form | said, headers=headers)
            assert answer.status_code == 422
            assert wrong in text(answer)
            assert 'aria-invalid="true"' in text(answer)
            assert said.get("reason", "") in text(answer)
    assert app.store.case(case.id).seq == case.seq  # type: ignore[union-attr]


def test_what_was_put_off_is_taken_up_again_at_its_earlier_date(app: App, client: Client) -> None:
    case = mine(app)
    ana, due = client("ana"), case.task.due  # type: ignore[union-attr]
    form = {"task": "main", "seen": case.seq, "reason": "In surgery", "until": "2026-09-17T09:00"}
    answer = ana.post(f"/queue/{case.id}/snooze", form, headers=HTMX)
    assert answer.status_code == 200
    assert "Take up again" in text(answer)
    now = app.store.case(case.id)
    assert now is not None
    assert now.task is not None
    assert now.task.due.at == cast.t("2026-09-17 09:00")
    answer = ana.post(f"/queue/{case.id}/again", {"task": "main", "seen": now.seq}, headers=HTMX)
    assert "Take up again" not in text(answer)
    assert "Put off" in text(answer)
    assert app.store.case(case.id).task.due == due  # type: ignore[union-attr]
    answer = ana.post(f"/queue/{case.id}/again", {"task": "main", "seen": now.seq + 1})
    assert answer.status_code == 422
    assert "not put off" in text(answer)


def test_handing_over_a_task_and_a_case(app: App, client: Client) -> None:
    case = mine(app)
    ana, address = client("ana"), f"/queue/{case.id}/hand-over"
    assert "Only this task" in text(ana.get(f"{address}?task=main"))
    form = {"task": "main", "seen": case.seq}
    missing = ana.post(address, form | {"person": ""})
    assert missing.status_code == 422
    assert "nobody is named" in text(missing)
    done = ana.post(address, form | {"person": "rosa", "what": "task"})
    assert done.status_code == 303
    now = app.store.case(case.id)
    assert now is not None
    assert now.task is not None
    assert (now.owner, now.task.person) == ("ana", "rosa")
    assert "Claimed by Rosa Delgado" in text(ana.get("/"))
    form = {"task": "main", "seen": now.seq, "person": now.backup, "what": "case"}
    wrong = ana.post(address, form, headers=HTMX)
    assert wrong.status_code == 422
    assert "owner and backup would be the same" in text(wrong)
    done = ana.post(address, form | {"backup": "lee"}, headers=HTMX)
    assert done.status_code == 200
    after = app.store.case(case.id)
    assert after is not None
    assert (after.owner, after.backup) == (now.backup, "lee")


def test_one_patients_other_reasons_stand_on_the_row(app: App, client: Client) -> None:
    mine(app)
    now = app.clock.now()
    facts = {"referral.id": "r1", "referral.specialty": "cardiology", "location": "main"}
    take_in(app, [Event("r1", "ehr", "referral.received", now, "p1", facts, now)])
    assert "Also open: Referral follow-up" in text(client("ana").get("/"))


def test_a_case_is_told_once_and_its_tasks_stand_together(app: App, client: Client) -> None:
    case = mine(app, encounter__complexity="high")
    act(app, by="ana", kind="event", case=case.id, data={"type": "symptoms.worsened"})
    html = client("ana").get("/?whose=all").content.decode()
    rows = html.split("<li id=")[1:]
    assert len(rows) > 1
    assert "Feels worse at home" in rows[0]
    for row in rows[1:]:
        assert "Feels worse at home" not in row
        assert "Elena" in row
        assert ("task follows" in row, ">escalated<" in row) == (True, False)


def test_what_is_held_back_comes_last_and_says_why(app: App, client: Client) -> None:
    early = mine(app, "p1", "Early", **{"patient.time_zone": "Pacific/Honolulu"})
    clock = app.clock
    assert isinstance(clock, FixedClock)
    clock.at += HOUR
    mine(app, "p2", "Late")
    html = text(client("ana").get("/"))
    calls = [title for title in titles(html) if title.startswith("Call")]
    assert [title.split(",")[0] for title in calls] == ["Call Late", "Call Early"]
    assert "Wait: it is 05:00 for the patient; contact hours are 08:00 to 21:00" in html
    assert early.tier != "urgent"


def test_a_channel_the_patient_refuses_is_warned_of(app: App, client: Client) -> None:
    case = mine(app)
    now = app.clock.now()
    facts = {"patient.refuses": ["phone"]}
    take_in(app, [Event("u1", "ehr", "patient.updated", now, "p1", facts, now)])
    assert "asked not to be reached by Phone" in text(client("ana").get(f"/queue/{case.id}"))


def test_more_goes_on_where_the_page_ended(
    app: App, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("laneflow.web.pages.queue.page.SHOWN", 4)
    for number_ in range(9):
        mine(app, f"p{number_}", f"N{number_}")
    ana = client("ana")
    found, html = [], text(ana.get("/"))
    total = number(html, "All open")
    while True:
        found += re.findall(r'name="known" value="([^"]+)"', html)
        more = re.search(r'hx-get="(/\?after=[^"]+)"', html)
        if more is None:
            break
        html = text(ana.get(more[1], headers=HTMX))
        assert "<html" not in html
    assert len(found) == len(set(found)) == total > 8
    assert ana.get("/?after=nonsense").status_code == 200


def test_what_is_new_is_told_and_nothing_moves(app: App, three: list[Case], client: Client) -> None:
    ana = client("ana")
    known = re.findall(r'name="known" value="([^"]+)"', text(ana.get("/")))
    poll = {"known": known, "back": "", "whole": "yes"}
    headers = HTMX | {"X-Laneflow-Poll": "1"}
    assert "new" not in text(ana.post("/queue/news", poll, headers=headers))
    mine(app, "p9", "Nina")
    answer = text(ana.post("/queue/news", poll, headers=headers))
    assert re.search(r"[12] new tasks?", answer)
    assert "show" in answer
    assert "Nina" not in answer
    assert "new" not in text(
        ana.post("/queue/news", poll | {"back": "?language=es"}, headers=headers)
    )


def test_an_empty_queue_says_what_next(client: Client) -> None:
    html = text(client("ana").get("/"))
    assert "Nothing waits for you" in html
    assert 'href="?whose=all"' in html


def test_an_auditor_looks_and_changes_nothing(app: App, client: Client) -> None:
    case = discharged(app)
    html = text(client("aldo").get("/"))
    assert "Elena Alvarez" in html
    assert "Claim" not in html
    answer = client("aldo").post(f"/queue/{case.id}/claim", {"task": "main", "seen": case.seq})
    assert answer.status_code == 403
    assert client("olga").get("/queue/news").status_code in (403, 405)


def test_what_was_shown_is_in_the_access_log(app: App, three: list[Case], client: Client) -> None:
    client("ana").get("/")
    row = [row for row in app.store.audited() if row["what"] == "view"][-1]
    assert row["by"] == "ana"
    assert all(case.id in str(row) for case in three)
