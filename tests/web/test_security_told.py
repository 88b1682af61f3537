"""Who saw whom is written down, whole; what a patient is called stands nowhere it leaks from.

Every page of a busy morning is read for the patients it shows; each must be in the rows that this
very request has written to the access log.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import structlog

import busy_day
import site_map
from laneflow.accounts.models import Account
from laneflow.web import jobs, site
from laneflow.work.app import App, open_app
from laneflow.work.clock import FixedClock
from laneflow.work.upload import taken_from
from web_cast import CAST, MONDAY, point_django_at

from .hostile import Read

Client = Callable[..., Any]

CONFIDED = "Wyvernhall"
"""A name that only a bad record says."""


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, _practice_template: Path) -> Iterator[Any]:
    """A busy morning, for all tests of this file: (app, day)."""
    folder = tmp_path_factory.mktemp("busy") / "practice"
    shutil.copytree(_practice_template, folder)
    url = f"sqlite:///{folder}/.laneflow/laneflow.sqlite3"
    with point_django_at(url):
        app = open_app(folder, url, FixedClock(MONDAY))
        site.install(app)
        day = busy_day.fill(app)
        said = {"id": "x", "subject": "p-w", "data": {"patient.last_name": CONFIDED}}
        taken_from(app, json.dumps(said).encode(), "olga")
        yield app, day
        jobs.forget_all()
        app.store.close()


@pytest.fixture
def clients(busy: Any) -> Client:
    from django.test import Client as Browser

    site.install(busy[0])

    def make(who: str = "", **options: Any) -> Browser:
        browser = Browser(**options)
        if who:
            browser.force_login(Account.objects.get(username=who))
        return browser

    return make


@pytest.fixture(scope="module")
def called(busy: Any) -> dict[str, set[str]]:
    """What patients are called on pages -> the ids of their cases, and their own. Names that two
    share are left to whichever of them is shown."""
    app, _day = busy
    found: dict[str, set[str]] = {}
    for file in app.store.load(sorted({row["patient"] for row in app.store.inputs()})).values():
        names = [file.facts.get("patient.first_name"), file.facts.get("patient.last_name")]
        cases = {case.id for case in app.store.cases(open_only=False, patient=file.patient)}
        if all(names):
            found.setdefault(" ".join(map(str, names)), set()).update({file.patient}, cases)
    return found


def addresses(app: App, day: busy_day.Day) -> Iterator[tuple[str, str, dict[str, str] | None]]:
    """(who, where, what is sent; None to get the page)."""
    for page in site_map._addresses(day):
        yield page.who, page.path, None
    for who in ("ana", "nora", "patel", "lee", "aldo", "ben"):
        for where in ("/", "/?whose=all", "/?tab=closed&whose=all", "/cases", "/escalations?all=1"):
            yield who, where, None
    for patient, lane in ((busy_day.CARMEN, "referral"), (busy_day.FRANK, "discharge")):
        case = day.of(patient, lane)
        for end in ("", "/why", "/letter", "/script", "/together", "/together?inbound=1"):
            yield "ana", f"/cases/{case}{end}", None
        yield "ana", f"/queue/{case}", None
        yield "ana", f"/queue/{case}/snooze", None
        yield "ana", f"/queue/{case}/hand-over", None
        yield "ana", f"/cases/{case}/note", {"told": "x"}
        yield "ana", f"/cases/{case}/close", {"outcome": "x"}
        yield "ana", f"/queue/{case}/snooze", {"task": "main"}
        yield "nora", f"/cases/{case}/answer", {"escalation": "x"}
        yield "lee", "/lanes/preview/discharge/first-call", {"case": case}
        yield "ben", f"/cases/{case}", None
    for typed in ("Duarte", "carmen duarte", "Lockley 1949-02-08", "Merrow"):
        yield "ana", "/inbound", {"who": typed}
        yield "ben", "/inbound", {"who": typed}
    yield "ana", "/unplaced/dismiss", {"source": "x", "id": "y"}
    yield "lee", "/cases.csv", None
    yield "lee", "/cases?silent=1", None
    yield "lee", "/cases?overdue=1&state=any", None
    yield "lee", "/today?location=main", None
    yield "aldo", "/audit", {}
    yield "aldo", "/audit.csv", {}


def logged(rows: list[dict[str, Any]]) -> set[str]:
    """The cases, and the patients without one, that rows of the trail name."""
    found: set[str] = set()
    for row in rows:
        kind, _, id_ = row["object"].partition(" ")
        found |= {id_} if kind in ("case", "patient") else set()
        detail = json.loads(row["detail"]) if row["detail"] else {}
        if isinstance(detail, dict):
            found |= {*detail.get("cases", ()), *detail.get("patients", ())}
    return found


def written(app: App, before: int) -> list[dict[str, Any]]:
    return [row for row in app.store.audited() if row["n"] > before]


class Visit(NamedTuple):
    """One request of the morning: what it was answered with, and what it wrote to the trail."""

    who: str
    where: str
    answer: Any
    page: str
    rows: list[dict[str, Any]]
    told: list[Any]
    """its lines in the log"""


@pytest.fixture(scope="module")
def visits(busy: Any) -> list[Visit]:
    """Every address, once."""
    from django.test import Client as Browser

    app, day = busy
    browsers = {name: Browser() for name in CAST}
    for name, browser in browsers.items():
        browser.force_login(Account.objects.get(username=name))
    browsers[""] = Browser()
    return [_visit(app, browsers[who], who, *asked) for who, *asked in addresses(app, day)]


def _visit(app: App, browser: Any, who: str, where: str, sent: dict[str, str] | None) -> Visit:
    before = app.store.audit_head()[0]
    with structlog.testing.capture_logs() as told:
        answer = browser.get(where) if sent is None else browser.post(where, sent)
        page = _read(answer)
    return Visit(who, where, answer, page, written(app, before), told)


def test_every_patient_a_page_shows_is_in_the_access_log(
    visits: list[Visit], called: dict[str, set[str]]
) -> None:
    wrong, looked = set(), 0
    for visit in visits:
        text = " ".join(re.sub(r"<[^>]+>", " ", visit.page).split())
        seen = logged(visit.rows)
        for name, cases in called.items():
            if name in text:
                looked += 1
                if not cases & seen:
                    wrong.add(f"{visit.where} shows {name} to {visit.who}, and nothing says so")
    assert not wrong, "\n".join(sorted(wrong))
    assert looked > 100


def _read(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode())


def test_a_bad_record_and_an_unplaced_event_are_written_down_as_seen(
    busy: Any, clients: Client
) -> None:
    app, _day = busy
    digest = next(
        row["digest"] for row in app.store.bad_records(9) if CONFIDED in app.store.bad_record(
            row["digest"])["raw"]
    )  # fmt: skip
    olga = clients("olga")
    assert CONFIDED not in _read(olga.get("/quarantine"))
    before = app.store.audit_head()[0]
    assert CONFIDED in _read(olga.get(f"/quarantine/{digest}"))
    (row,) = written(app, before)
    assert (row["by"], row["object"]) == ("login olga", f"quarantine {digest}")
    before = app.store.audit_head()[0]
    page = _read(clients("rosa").get("/unplaced"))
    rows = written(app, before)
    for event in app.store.unplaced():
        if event["id"] in page:
            assert event["id"] in str(rows)


# nowhere else ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def private(busy: Any) -> re.Pattern[str]:
    """Names, numbers and phones of all patients."""
    app, _day = busy
    patients = sorted({case.patient for case in app.store.cases(open_only=False)})
    found: set[str] = set(patients)
    for file in app.store.load(patients).values():
        known = ("last_name", "phone", "birth_date", "email", "address")
        found |= {str(file.facts.get(f"patient.{one}") or "") for one in known}
    telling = sorted(re.escape(one) for one in found if len(one) > 3 and one.lower() not in COMMON)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(telling)})(?![\w-])", re.IGNORECASE)


COMMON = frozenset({"main", "lane", "case", "page", "post", "hill", "long", "read", "day"})


def test_addresses_and_titles_name_no_patient(
    visits: list[Visit], private: re.Pattern[str]
) -> None:
    wrong = set()
    for visit in visits:
        page = Read(visit.page)
        places = (page.title, visit.answer.get("Location", ""), *page.addresses)
        wrong |= {f"{visit.where} for {visit.who}: {one}" for one in places if private.search(one)}
    assert not wrong, "\n".join(sorted(wrong))


def test_no_log_line_names_a_patient(
    visits: list[Visit], clients: Client, private: re.Pattern[str]
) -> None:
    told = [line for visit in visits for line in visit.told]
    with structlog.testing.capture_logs() as more:
        clients("ana").get("/cases/carmen-duarte?who=Duarte")
        clients("ana").post("/inbound", {"who": "Carmen Duarte 1958-11-23"})
    assert len(told) > 50
    assert len(more) >= 2
    assert not [line for line in [*told, *more] if private.search(str(line))]


def test_no_notice_names_a_patient(busy: Any) -> None:
    from laneflow.store.models import Outbox

    notices = [str(vars(one)).lower() for one in Outbox.objects.all()]
    assert notices
    for first, last, born, _language in busy_day.PEOPLE.values():
        for told in (f"{first} {last}", last, born):
            assert not [one for one in notices if told.lower() in one], told


def test_no_page_tells_another_site_where_one_was_or_is_kept(visits: list[Visit]) -> None:
    for visit in visits:
        answer, picture = visit.answer, visit.where.endswith(".svg")
        assert answer["Referrer-Policy"] == "same-origin", visit.where
        assert answer["X-Content-Type-Options"] == "nosniff", visit.where
        assert answer["X-Frame-Options"] == "DENY", visit.where
        assert "default-src 'none'" in answer["Content-Security-Policy"], visit.where
        assert picture or "unsafe" not in answer["Content-Security-Policy"], visit.where
        assert picture or "no-store" in answer["Cache-Control"], visit.where
        for cookie in answer.cookies.values():
            assert cookie["httponly"], cookie.key
            assert cookie["samesite"] == "Lax", cookie.key


def test_scripts_keep_nothing_in_the_browser_and_run_no_text() -> None:
    """What was typed and shown is gone with the page: nothing of it stays on a shared computer."""
    from laneflow.web import site as web

    for file in (Path(web.__file__).parent / "static").rglob("*.js"):
        text = file.read_text(encoding="utf-8")
        for kept in ("sessionStorage", "indexedDB", "document.cookie", "caches."):
            assert kept not in text, file.name
        for kept in re.findall(r"localStorage\.setItem\((.*)\);", text):
            assert kept == "name, String(Date.now())"  # when somebody was last active
        for runs in ("eval(", "new Function", "document.write", 'setAttribute("on'):
            assert runs not in text, (file.name, runs)
