"""The auditor's page: who did what, who saw whom, emergencies, is the trail whole; all recorded."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from laneflow.web.pages.audit_words import KINDS
from laneflow.work.act_rules import CHECKS
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import DAY, FixedClock
from unguarded import unguarded

from .case_scenes import discharged, text

Clients = Callable[..., Any]


def rows(answer: Any) -> list[str]:
    """What stands in the table, row by row."""
    body = answer.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(_plain(row).split()) for row in body.split("</tr>")[:-1]]


def _plain(markup: str) -> str:
    import html
    import re

    return html.unescape(re.sub(r"<[^>]+>", " ", markup))


@pytest.mark.parametrize("who", ["ana", "nora", "lee", "olga"])
def test_it_is_for_auditors(client: Clients, who: str) -> None:
    assert client(who).get("/audit").status_code == 403
    for address in ("/audit", "/audit/verify", "/audit.csv"):
        assert client(who).post(address).status_code == 403, address


def test_who_saw_a_case_is_found_by_case_and_by_patient(client: Clients, app: App) -> None:
    case, other = discharged(app), discharged(app, "p2")
    client("ana").get(f"/cases/{case.id}")
    client("lee").get(f"/cases/{other.id}")
    client("ana").get("/")
    aldo = client("aldo")
    for about in (case.id, case.id[:12], "p1"):
        found = rows(aldo.post("/audit", {"about": about, "what": "view"}))
        assert len(found) == 2, "the case page, and the list that showed it"
        assert all("Ana Torres" in row for row in found)
        assert "looked at" in found[1]
        assert "page: the case's page; because: they work at the case's location" in found[1]
    assert "Ana Torres" not in " ".join(rows(aldo.post("/audit", {"about": other.id, "by": "lee"})))


def test_it_is_narrowed_by_whom_what_and_when(client: Clients, app: App, clock: FixedClock) -> None:
    case = discharged(app)
    client("ana").get(f"/cases/{case.id}")
    clock.at += 2 * DAY
    client("lee").get(f"/cases/{case.id}")
    aldo = client("aldo")
    assert all("Ana Torres" in row for row in rows(aldo.post("/audit", {"by": "ana"})))
    late = rows(aldo.post("/audit", {"since": "2026-09-16", "what": "view"}))
    assert len(late) == 1
    early = rows(aldo.post("/audit", {"until": "2026-09-14", "what": "view"}))
    assert len(early) == 1
    assert rows(aldo.post("/audit", {"what": "nothing"})) == []


def test_what_makes_no_sense_is_told_and_nothing_shown(client: Clients, app: App) -> None:
    discharged(app)
    answer = client("aldo").post("/audit", {"since": "yesterday", "about": "nobody"})
    assert answer.status_code == 422
    assert "This is not a date" in text(answer)
    assert "There is no such case or patient" in text(answer)
    assert "yesterday" in answer.content.decode()
    answer = client("aldo").post("/audit.csv", {"about": "nobody"})
    assert answer.status_code == 422


def test_a_change_is_told_in_the_words_of_its_form_and_the_exact_row_is_there(
    client: Clients, app: App
) -> None:
    case = discharged(app)
    said = {"outcome": "left message", "told": "Call us", "by_when": app.clock.now() + DAY,
            "next_action": "Call again"}  # fmt: skip
    act(app, by="ana", kind="note", case=case.id, data=said, id="abc123")
    (row,) = rows(client("aldo").post("/audit", {"what": "note"}))
    words, _, exact = row.partition("the exact row")
    assert "wrote a note" in words
    for field in ("by when", "what comes next", "what came of it", "what they were told"):
        assert field in words, field
    assert "next_action" not in words
    assert "abc123" not in words
    assert '"next_action"' in exact
    assert "abc123" in exact
    assert app.store.audited()[-2]["hash"] in exact


def test_everything_that_is_done_has_a_word() -> None:
    assert KINDS.keys() >= CHECKS.keys() | {"place"}


def test_emergency_accesses_are_marked(client: Clients, app: App) -> None:
    case = discharged(app, "p3", location="riverside")
    app.store.audit(
        {"at": app.clock.now(), "by": "ana", "what": "view", "object": f"case {case.id}",
         "detail": {"page": "case", "why": "emergency"}}
    )  # fmt: skip
    (row,) = rows(client("aldo").post("/audit", {"about": "p3"}))
    assert "emergency access" in row


def test_reading_it_is_in_it(client: Clients, app: App) -> None:
    discharged(app)
    client("aldo").post("/audit", {"about": "p1"})
    row = app.store.audited()[-1]
    assert (row["by"], row["what"]) == ("login aldo", "audit")
    assert json.loads(row["detail"]) == {"page": "audit", "asked": {"about": "p1"}}


def test_nobody_searched_for_is_in_an_address(client: Clients, app: App) -> None:
    discharged(app)
    page = client("aldo").post("/audit", {"about": "p1"}).content.decode()
    assert "about=" not in page


def test_long_trails_come_in_pages(client: Clients, app: App) -> None:
    for n in range(120):
        app.store.audit(
            {"at": app.clock.now(), "by": "ana", "what": "view", "object": f"release {n}"}
        )
    aldo = client("aldo")
    first = aldo.post("/audit", {"by": "ana"})
    assert len(rows(first)) == 100
    before = first.content.decode().partition('name="before" value="')[2].partition('"')[0]
    second = aldo.post("/audit", {"by": "ana", "before": before})
    assert len(rows(second)) == 20
    assert "release 0" in rows(second)[-1]


def test_the_trail_is_verified(client: Clients, app: App) -> None:
    case = discharged(app)
    client("ana").get(f"/cases/{case.id}")
    said = text(client("aldo").post("/audit/verify"))
    assert "Yes. All" in said
    n = app.store.audit_head()[0]
    assert f"{n - 1}:" in said, "that it was verified is one row more"
    with unguarded(app.store):  # type: ignore[arg-type]
        app.store.change("UPDATE laneflow_audit SET \"by\" = 'eve' WHERE n = 2")
    said = text(client("aldo").post("/audit/verify"))
    assert "No: row 2 is not as it was written." in said


def test_it_is_handed_out_as_csv_without_formulas(client: Clients, app: App) -> None:
    app.store.audit(
        {"at": app.clock.now(), "by": "=HYPERLINK(1)", "what": "view", "object": "+1",
         "detail": "@SUM(A1)"}
    )  # fmt: skip
    answer = client("aldo").post("/audit.csv", {"by": "=HYPERLINK(1)"})
    body = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(body))
    assert (row["by"], row["object"], row["detail"]) == ("'=HYPERLINK(1)", "'+1", "'@SUM(A1)")
    assert row["at"].startswith("2026-09-14T10:00")


def test_in_a_browser_the_trail_is_read_and_is_whole(visit: Callable[..., Any], app: App) -> None:
    case = discharged(app)
    ana = visit("ana")
    ana.goto(f"/cases/{case.id}")
    ana.goto("/")
    page = visit("aldo")
    page.goto("/audit")
    page.fill("#a-about", "p1")
    page.get_by_role("button", name="Show").click()
    page.wait_for_selector("table")
    assert page.url.endswith("/audit")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for row in page.get_by_text("the exact row").all():
            row.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Is the trail whole?").click()
    page.wait_for_selector(".notice.good")
