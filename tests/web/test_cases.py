"""Lists of cases: whose they are to see, page by page, as a file; emergency accesses looked at."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from html import unescape
from io import StringIO
from typing import Any

import pytest

import busy_day
from laneflow.accounts.emergency import open_in_emergency
from laneflow.accounts.models import Account
from laneflow.metrics.cases import CSV_COLUMNS, plain
from laneflow.web.pages import cases as page
from laneflow.work.app import App

from .case_scenes import discharged

Client = Callable[..., Any]
CASE = re.compile(r'<a href="/cases/([^"/?]+)">')
NEXT = re.compile(r'href="/cases\?([^"]*)" rel="next"')


def shown(client: Any, query: str = "") -> list[str]:
    return CASE.findall(client.get(f"/cases?{query}").content.decode())


def locations(app: App, ids: list[str]) -> set[str]:
    found = (app.store.case(id_) for id_ in ids)
    return {case.location for case in found if case is not None}


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


def test_everybody_sees_their_locations_and_no_other(app: App, client: Client) -> None:
    busy_day.fill(app)
    seen = {who: locations(app, shown(client(who))) for who in ("ana", "ben", "lee", "dana")}
    assert seen == {
        "ana": {"main"}, "ben": {"riverside"}, "lee": {"main"}, "dana": {"riverside"},
    }  # fmt: skip
    assert client("olga").get("/cases").status_code == 403
    assert locations(app, shown(client("lee"), "location=riverside")) == set()


def test_what_makes_no_sense_in_the_address_does_no_harm(app: App, client: Client) -> None:
    busy_day.fill(app)
    lee = client("lee")
    everything = shown(lee)
    odd = (
        "state=x", "after=1", "after=x.y", "after=99999999999999999999.c", "opened_from=x",
        "opened_from=9999-12-31", "response=x", "overdue=2", "nonsense=1",
    )  # fmt: skip
    for query in odd:
        assert shown(lee, query) == everything, query
    assert shown(lee, "lane=' OR 1=1 --") == []


def test_a_long_list_comes_page_by_page(
    app: App, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy_day.fill(app)
    lee = client("lee")
    for query in ("", "overdue=1", "state=any&opened_from=2026-09-01", "closed_from=2026-09-01"):
        monkeypatch.setattr(page, "SHOWN", 500)
        whole = shown(lee, query)
        monkeypatch.setattr(page, "SHOWN", 7)
        found, address = shown(lee, query), query
        while more := NEXT.search(lee.get(f"/cases?{address}").content.decode()):
            address = unescape(more[1])
            found += shown(lee, address)
        assert found == whole, query


def test_a_file_for_a_spreadsheet_holds_the_whole_list(
    app: App, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy_day.fill(app)
    monkeypatch.setattr(page, "SHOWN", 500)
    lee = client("lee")
    answer = lee.get("/cases.csv?overdue=1")
    heading, *rows = rows_of(answer)
    assert heading == list(CSV_COLUMNS)
    assert [row[0] for row in rows] == shown(lee, "overdue=1")
    assert {row[heading.index("overdue")] for row in rows} == {"yes"}
    record = app.store.audited()[-2]
    assert record["what"] == "view"
    assert "cases.csv" in str(record["detail"])
    assert rows[0][0] in str(record["detail"]), "the access log names every patient's case"
    assert client("ana").get("/cases.csv").status_code == 403, "coordinators take no list away"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1+1", " =1+1", "\r=1"])
def test_a_cell_that_looks_like_a_formula_is_text(cell: str) -> None:
    assert plain(cell) == f"'{cell}"
    assert plain(f"a{cell}") == f"a{cell}"


def test_no_cell_of_the_file_is_a_formula(app: App, client: Client) -> None:
    """Whatever a feed calls a patient."""
    discharged(app, patient__first_name='=HYPERLINK("http://x")', patient__last_name="@SUM(1)")
    heading, row = rows_of(client("lee").get("/cases.csv"))
    assert row[heading.index("patient")] == """'=HYPERLINK("http://x") @SUM(1)"""
    assert not [cell for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_a_name_is_shown_as_it_is_and_runs_nothing(app: App, client: Client) -> None:
    discharged(app, patient__first_name="<script>alert(1)</script>", patient__last_name="{{ 7 }}")
    for address in ("/cases", "/today"):
        page = client("lee").get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 }}" in page


def test_the_manager_looks_at_emergency_accesses(app: App, client: Client) -> None:
    case = discharged(app)
    why = "Covering for Maple Street tonight"
    made = open_in_emergency(app, Account.objects.get(username="ben"), case, why)
    lee, dana = client("lee"), client("dana")
    assert "1</span> emergency accesses not looked at" in lee.get("/today").content.decode()
    assert "0</span> emergency accesses not looked at" in dana.get("/today").content.decode()
    page = lee.get("/emergencies").content.decode()
    assert why in page
    assert "Ben" in page
    assert why not in dana.get("/emergencies").content.decode()

    dana.post("/emergencies", {"id": [made.pk]})
    assert why in lee.get("/emergencies").content.decode().split("Looked at, last")[0]
    answer = lee.post("/emergencies", {"id": [made.pk, "x", "-1", "9" * 30]})
    assert (answer.status_code, answer["Location"]) == (303, "/emergencies")
    page = lee.get("/emergencies").content.decode()
    assert "every emergency access has been looked at" in page
    assert "Jordan Lee" in page
    assert "0</span> emergency accesses not looked at" in lee.get("/today").content.decode()
    assert client("ana").get("/emergencies").status_code == 403
