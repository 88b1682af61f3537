"""Hostile words from every field a feed fills, a person types or a practice names: shown as words.

Nothing of them becomes an element, an attribute, an address or a template on any page.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import busy_day
import site_map
from laneflow.web import jobs, site
from laneflow.work.app import App, open_app
from laneflow.work.clock import FixedClock
from laneflow.work.publishing import propose, publish
from web_cast import MONDAY, point_django_at

from . import hostile
from .hostile import ADDRESS, ALL, CLOSING, IMAGE, MARK, SCRIPT, TEMPLATE, Read

Client = Callable[..., Any]

NAMES = {
    "name: Maple Street Family Medicine": IMAGE + SCRIPT,
    "name: Riverside": CLOSING,
    "name: Ana Torres": IMAGE + TEMPLATE,
    "name: Nora Fitzgerald": CLOSING + SCRIPT,
    "title: Worried about the cost": ALL,
    "title: Afraid of what comes next": IMAGE,
    "title: A ride is arranged": ALL,
}
"""What practice.yaml calls somebody or something -> what it calls them here."""


@pytest.fixture(scope="module")
def hostile_app(
    tmp_path_factory: pytest.TempPathFactory, _practice_template: Path
) -> Iterator[App]:
    """A practice with hostile names in its files, on a hostile morning."""
    folder = tmp_path_factory.mktemp("hostile") / "practice"
    shutil.copytree(_practice_template, folder)
    _rename(folder / "practice.yaml", NAMES)
    _rename(folder / "lanes" / "discharge-outreach.yaml", {"title: Discharge outreach": ALL})
    url = f"sqlite:///{folder}/.laneflow/laneflow.sqlite3"
    with point_django_at(url):
        app = open_app(folder, url, FixedClock(MONDAY))
        why = SCRIPT + IMAGE
        publish(app, propose(app, untested=True), by="lee", why=why, force=True, untested=True)
        site.install(app)
        hostile.fill(app)
        yield app
        jobs.forget_all()
        app.store.close()


def _rename(file: Path, names: dict[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for plain, strange in names.items():
        assert plain in text, plain
        kind = plain.partition(":")[0]
        quoted = strange.replace("'", "''")
        text = text.replace(plain, f"{kind}: '{quoted}'", 1)
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def clients(hostile_app: App) -> Client:
    from django.test import Client as Browser

    from laneflow.accounts.models import Account

    site.install(hostile_app)

    def make(who: str = "", **options: Any) -> Browser:
        browser = Browser(**options)
        if who:
            browser.force_login(Account.objects.get(username=who))
        return browser

    return make


def wrong_on(answer: Any) -> list[str]:
    """What of hostile words has come alive on a page."""
    page = answer.content.decode()
    found = Read(page).wrong
    if str(1237 * 1259) in page:
        found.append("a template in what was said was filled in")
    if any(f"<{tag}{MARK}" in page for tag in ("script>", "img src=x onerror=", "svg/onload=")):
        found.append("markup of theirs stands in the page as it is")
    return found


def addresses(app: App) -> Iterator[tuple[str, str]]:
    """Every page there is, and every case's own."""
    cases = {(busy_day.CARMEN, case.lane): case.id for case in app.store.cases()}
    day = busy_day.Day(cases)
    yield from ((page.who, page.path) for page in site_map._addresses(day))
    for case in cases.values():
        for end in ("", "/why", "/letter", "/script?channel=sms", "/script?channel=portal",
                    "/together?inbound=1"):  # fmt: skip
            yield "ana", f"/cases/{case}{end}"
        yield "ana", f"/queue/{case}/snooze"
        yield "ana", f"/queue/{case}/hand-over"
        yield "ben", f"/cases/{case}"
    digest = app.store.bad_records(1)[0]["digest"]
    yield "olga", f"/quarantine/{digest}"
    yield "lee", "/history/2"
    yield "lee", "/lanes/preview/discharge/first-call"
    for who in ("ana", "nora", "patel", "lee", "aldo"):
        yield who, "/?whose=all"
        yield who, "/cases"
        yield who, "/escalations?all=1"


def test_no_page_lets_what_was_said_become_more_than_words(
    hostile_app: App, clients: Client
) -> None:
    wrong, said, browsers = [], 0, {}
    for who, address in addresses(hostile_app):
        browser = browsers.setdefault(who, clients(who))
        answer = browser.get(address)
        if "html" in answer.get("Content-Type", ""):
            wrong += [f"{address} for {who}: {what}" for what in wrong_on(answer)]
            said += MARK.encode() in answer.content
        assert answer.status_code != 500, address
    assert not wrong, "\n".join(wrong)
    assert said > 50  # the words are there, as words


CALL = "scripts/discharge/first-call.phone.j2"

TYPED: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("ana", "/inbound", {"who": ALL}),
    ("ana", "/inbound", {"who": MARK}),
    ("aldo", "/audit", {"about": ALL, "what": IMAGE, "by": SCRIPT, "since": CLOSING}),
    ("aldo", "/audit", {"what": "view"}),
    ("aldo", "/audit", {}),
    ("lee", "/lanes/new", {"name": ALL, "on": IMAGE, "owner": SCRIPT, "title": CLOSING}),
    ("lee", "/people/ana/hours", {"location": ALL, "hours": IMAGE}),
    ("lee", "/people/ana/hours", {"location": "main", "hours": ALL}),
    ("lee", "/people/ana/leave", {"first": ALL, "last": IMAGE}),
    ("lee", "/edit/lane/discharge-outreach", {"text": ALL, "seen": "", "do": "save"}),
    ("lee", "/edit/lane/discharge-outreach", {"text": ALL, "seen": "", "do": "check"}),
    ("lee", "/edit/practice", {"text": f"name: '{IMAGE}", "seen": SCRIPT, "do": "check"}),
    ("lee", "/lanes/preview/discharge/first-call",
     {"text": f"{IMAGE} {{{{ patient.first_name }}}}", "file": CALL}),
    ("lee", "/lanes/preview/discharge/first-call", {"case": ALL, "language": IMAGE}),
    ("ben", "/cases/{case}/emergency", {"reason": IMAGE[:9]}),
    ("ana", "/cases/{case}/note", {"told": ALL, "next_action": IMAGE, "by_when": SCRIPT,
     "outcome": CLOSING, "channel": IMAGE, "with_whom": ALL, "by_whom": SCRIPT, "barrier": ALL,
     "task": IMAGE, "events": ALL, "ladder": IMAGE, "escalate": "on", f"item.{IMAGE}": SCRIPT}),
    ("ana", "/cases/{case}/snooze", {"until": ALL, "reason": IMAGE, "task": SCRIPT}),
    ("ana", "/cases/{case}/assign", {"person": ALL, "owner": IMAGE, "backup": SCRIPT}),
    ("ana", "/cases/{case}/event", {"type": ALL, "start": IMAGE}),
    ("ana", "/cases/{case}/item", {"item": ALL, "state": IMAGE, "note": SCRIPT}),
    ("ana", "/cases/{case}/close", {"outcome": ALL, "reason": IMAGE}),
    ("ana", "/cases/{case}/confirm", {"close": ALL, "yes": IMAGE, "reason": SCRIPT}),
    ("ana", "/cases/{case}/promise", {"promise": ALL, "kept": IMAGE}),
    ("ana", "/cases/{case}/done", {"task": ALL}),
    ("nora", "/cases/{case}/take", {"escalation": ALL}),
    ("nora", "/cases/{case}/answer", {"escalation": ALL, "answer": IMAGE, "do": SCRIPT}),
    ("nora", "/cases/{case}/hand-on", {"escalation": ALL, "reason": IMAGE, "to": SCRIPT}),
    ("ana", "/cases/{case}/together", {"{case}.about": "1", "{case}.told": ALL, "outcome": IMAGE,
     "{case}.by_when": CLOSING, "{case}.next_action": SCRIPT, "time": IMAGE}),
    ("ana", "/queue/{case}/snooze", {"until": ALL, "reason": IMAGE, "task": "main", "back": ALL}),
    ("ana", "/queue/{case}/hand-over", {"person": ALL, "what": IMAGE, "back": f"?lane={IMAGE}"}),
    ("ana", "/queue/news", {"known": ALL, "back": IMAGE}),
    ("ana", "/unplaced/attach", {"source": ALL, "id": IMAGE, "case": SCRIPT}),
    ("ana", "/unplaced/dismiss", {"source": ALL, "id": IMAGE, "reason": SCRIPT}),
    ("olga", "/quarantine/{digest}", {"raw": ALL, "reason": IMAGE, "take": ""}),
    ("olga", "/quarantine/{digest}", {"raw": f'{{"type": "{SCRIPT}"}}', "take": ""}),
    ("lee", "/publish", {"plan": ALL, "why": IMAGE}),
    ("", "/account/login/", {"login": ALL, "password": IMAGE, "next": ADDRESS}),
)  # fmt: skip
"""Whoever types what where. Braces stand for a case and a bad record."""

ASKED = (
    ("ana", "/?lane={0}&location={0}&barrier={0}&language={0}&due={0}&whose={0}&tab={0}&after={0}"),
    ("lee", "/cases?lane={0}&status={0}&owner={0}&location={0}&after={0}&barrier={0}&tier={0}"),
    ("lee", "/today?location={0}"), ("lee", "/people?week={0}"), ("lee", "/history?before={0}"),
    ("lee", "/history/1?against={0}"), ("lee", "/lanes/discharge-outreach?as={0}"),
    ("lee", "/edit/lane/discharge-outreach?line={0}"),
    ("olga", "/quarantine?after={0}"), ("ana", "/escalations?all={0}&known={0}"),
    ("", "/account/login/?next={0}&why={0}"), ("ana", "/nowhere/{0}"), ("", "/link/{0}"),
    ("lee", "/cases/{0}"), ("lee", "/people/{0}"), ("lee", "/lanes/preview/{0}"),
    ("lee", "/edit/file/{0}"), ("lee", "/edit/script/{0}"),
)  # fmt: skip


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "htmx"])
def test_what_is_typed_comes_back_as_words(hostile_app: App, clients: Client, htmx: bool) -> None:
    case = next(iter(hostile_app.store.cases(lane="discharge-outreach"))).id
    digest = hostile_app.store.bad_records(1)[0]["digest"]
    headers = {"HX-Request": "true"} if htmx else {}
    browsers: dict[str, Any] = {}
    wrong = []
    for who, address, form in TYPED:
        browser = browsers.setdefault(who, clients(who))
        place = address.replace("{case}", case).replace("{digest}", digest)
        sent = {name.replace("{case}", case): value for name, value in form.items()}
        answer = browser.post(place, sent, headers=headers)
        assert answer.status_code < 500, (address, form)
        if "html" in answer.get("Content-Type", ""):
            wrong += [f"{address}: {what}" for what in wrong_on(answer)]
    assert not wrong, "\n".join(wrong)


def test_what_stands_in_an_address_comes_back_as_words(clients: Client) -> None:
    from urllib.parse import quote

    wrong = []
    browsers: dict[str, Any] = {}
    for who, address in ASKED:
        for said in (ALL, "%00\x00", "9" * 400, "../../etc/passwd"):
            browser = browsers.setdefault(who, clients(who))
            answer = browser.get(address.replace("{0}", quote(said)))
            assert answer.status_code < 500, (address, said)
            if "html" in answer.get("Content-Type", ""):
                wrong += [f"{address}: {what}" for what in wrong_on(answer)]
    assert not wrong, "\n".join(wrong)


def test_what_the_editor_puts_into_its_page_is_words(clients: Client) -> None:
    lee = clients("lee")
    for file, text in (
        ("lanes/discharge-outreach.yaml", f"title: '{ALL}'\n{MARK}: '{IMAGE}'\n"),
        ("practice.yaml", f"name: [{SCRIPT}, '{IMAGE}']\n"),
        (CALL, f"{IMAGE}{{% {MARK} %}}{{{{ {MARK} }}}}"),
    ):
        answer = lee.post("/edit/check", {"file": file, "text": text}).json()
        assert answer["marks"], file
        assert not Read(answer["html"]).wrong
        assert f"<script>{MARK}" not in answer["html"]
