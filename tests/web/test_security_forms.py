"""Hostile requests: forged, other methods, too long, no text at all, fields of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from laneflow.accounts.emergency import emergencies
from laneflow.accounts.models import Account, Emergency
from laneflow.work.app import App
from laneflow.work.clock import HOUR
from web_cast import PASSWORD

from .case_scenes import discharged, now, text
from .test_rights import RULES, Scene, scene

Client = Callable[..., Any]
__all__ = ["scene"]

BY_RIGHT = {
    "look": "ana", "work": "ana", "place": "ana", "oversee": "lee", "edit": "lee",
    "operate": "olga", "audit": "aldo", "login": "ana", "all": "",
}  # fmt: skip


# forged ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "htmx"])
def test_no_form_is_taken_without_its_token(
    app: App, scene: Scene, client: Client, htmx: bool
) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    browsers = {who: client(who, enforce_csrf_checks=True) for who in set(BY_RIGHT.values())}
    before = now(app, scene.case)
    for rule in RULES.values():
        if rule.here[1] in (404, 405) or "openid" in rule.name:
            continue
        browser = browsers[BY_RIGHT[rule.who]]
        answer = browser.post(scene.address(rule.name), {"do": "stop"}, headers=headers)
        assert answer.status_code == 403, rule.name
        assert "This form is out of date" in text(answer), rule.name
        planted = {"csrfmiddlewaretoken": "x" * 64}
        assert browser.post(scene.address(rule.name), planted).status_code == 403, rule.name
    assert now(app, scene.case) == before
    assert browsers["ana"].get("/").status_code == 200  # not logged out either


def test_another_origin_is_refused_though_it_holds_the_token(client: Client) -> None:
    browser = client("ana", enforce_csrf_checks=True)
    page = browser.get("/account/").content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    form = {"theme": "dark", "csrfmiddlewaretoken": found[1]}
    for origin in ("https://evil.example", "null", "http://testserver.evil.example"):
        assert browser.post("/theme", form, headers={"Origin": origin}).status_code == 403
    assert browser.post("/theme", form, headers={"Origin": "http://testserver"}).status_code == 303


# other methods -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "OPTIONS"])
def test_no_address_does_anything_by_other_methods(
    app: App, scene: Scene, client: Client, method: str
) -> None:
    browsers = {who: client(who) for who in set(BY_RIGHT.values())}
    before = now(app, scene.case)
    for rule in RULES.values():
        answer = browsers[BY_RIGHT[rule.who]].generic(method, scene.address(rule.name), b"{}")
        allowed = {405, 404, 302, 410} | ({200} if method == "OPTIONS" else set())
        if method == "PUT" and rule.who in ("login", "all"):
            allowed |= {200}  # allauth's: the form, with nothing filled in
        assert answer.status_code in allowed, (rule.name, answer.status_code)
        if method == "OPTIONS":
            assert not answer.content or answer.status_code != 200, rule.name
    assert now(app, scene.case) == before


def test_a_head_is_a_get_without_its_page(scene: Scene, client: Client) -> None:
    for name in ("queue", "case", "lanes", "today", "cases_csv", "health"):
        browser = client(BY_RIGHT[RULES[name].who])
        answer = browser.head(scene.address(name))
        assert (answer.status_code, answer.content) == (200, b""), name


# not what a form holds ---------------------------------------------------------------------------

LONG = "a" * 1_000_000
FIELDS = (
    "told", "next_action", "by_whom", "by_when", "with_whom", "outcome", "channel", "task", "seen",
    "id", "reason", "until", "person", "owner", "backup", "item", "state", "note", "type", "start",
    "promise", "kept", "close", "yes", "escalation", "answer", "do", "due", "to", "role", "barrier",
    "events", "ladder", "time", "who", "source", "case", "lane", "name", "on", "title", "first",
    "last", "most", "location", "hours", "file", "text", "raw", "record", "plan", "why", "about",
    "what", "by", "since", "before", "back", "known", "login", "password", "next", "language",
    "theme", "line", "column", "channel", "script", "oldpassword", "password1", "escalate",
)  # fmt: skip
"""Every field that any form has."""

STRANGE = {
    "long": LONG,
    "no number": "-1",
    "digits that are none": "²①٣",
    "huge": "9" * 40,
    "half a pair": "\\ud800",
    "lines": "a\r\nSet-Cookie: x=1\r\n\r\n<b>",
}


@pytest.mark.parametrize("how", STRANGE)
def test_a_strange_value_in_every_field_is_refused_and_fails_nowhere(
    app: App, scene: Scene, client: Client, how: str
) -> None:
    browsers = {who: client(who) for who in set(BY_RIGHT.values())}
    before = now(app, scene.case)
    fields = dict.fromkeys(FIELDS, STRANGE[how][:50_000] if how == "long" else STRANGE[how])
    for rule in RULES.values():
        if rule.here[1] in (404, 405):
            continue
        answer = browsers[BY_RIGHT[rule.who]].post(scene.address(rule.name), fields)
        assert answer.status_code < 500, rule.name
        assert "Set-Cookie: x=1" not in str(answer.headers)
        if rule.name == "account_logout":
            browsers[""] = client("")
    assert now(app, scene.case) == before


SAYS = {
    "case_note": ("told", {"outcome": "no answer", "channel": "phone"}),
    "case_close": ("reason", {"outcome": "declined"}),
    "case_snooze": ("reason", {"task": "main", "until": "2026-09-15T12:00"}),
    "case_item": ("note", {"item": "x", "state": "missing"}),
    "escalation_answer": ("answer", {"escalation": "concern"}),
    "emergency": ("reason", {}),
}
"""An act's form, its field of free text, and the rest of what it needs."""


@pytest.mark.parametrize("name", SAYS)
def test_a_text_of_a_million_letters_is_refused_with_a_page(
    app: App, scene: Scene, client: Client, name: str
) -> None:
    field, more = SAYS[name]
    who = "ben" if name == "emergency" else "ana"
    seen = now(app, scene.case).seq
    answer = client(who).post(scene.address(name), {field: LONG, "seen": str(seen), **more})
    assert answer.status_code == 422
    assert "longer than" in text(answer)
    assert now(app, scene.case).seq == seen


def test_no_page_takes_a_nul(app: App, scene: Scene, client: Client) -> None:
    """PostgreSQL keeps no text with one, and nobody types it."""
    browsers = {who: client(who) for who in set(BY_RIGHT.values())}
    for rule in RULES.values():
        browser, address = browsers[BY_RIGHT[rule.who]], scene.address(rule.name)
        answers = [browser.get(address, {"x": "a\x00"}), browser.post(address, {"x\x00": "a"})]
        for answer in answers:
            assert answer.status_code == 400, rule.name
            assert "This could not be read" in text(answer)
    assert client("ana").get("/cases/a%00").status_code == 400


def test_bytes_that_are_no_text_are_refused_or_replaced(
    app: App, scene: Scene, client: Client
) -> None:
    before = now(app, scene.case)
    form = "application/x-www-form-urlencoded"
    bad = b"told=\xff\xfe&seen=%ff%fe&outcome=%ed%a0%80&" + b"x=1&" * 100
    browsers = {who: client(who) for who in set(BY_RIGHT.values())}
    bodies = (
        (form, bad), ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        (f"{form}; charset=utf-7", b"a=+ADw-"), ("multipart/form-data", b"no boundary"),
        ("application/json", b"[" * 9_999),
    )  # fmt: skip
    takers = [rule for rule in RULES.values() if rule.here[1] not in (404, 405)]
    for n, rule in enumerate(takers):
        for kind, body in bodies if n < 12 else bodies[:1]:  # it is read before it has an address
            browser = browsers[BY_RIGHT[rule.who]]
            answer = browser.post(scene.address(rule.name), body, content_type=kind)
            assert answer.status_code < 500, (rule.name, kind)
    assert now(app, scene.case) == before


# fields of their own -----------------------------------------------------------------------------

PLANTED = {
    "by": "nora", "at": "0", "owner": "will", "backup": "will", "patient": "p2", "seq": "0",
    "status": "closed", "closed": "1", "tier": "routine", "roles": "manager", "rights": "operate",
    "locations": "riverside", "location": "riverside", "is_active": "0", "demo": "1",
    "username": "lee", "account": "1", "force": "1", "until": "2030-01-01T00:00",
    "seen_by": "ben", "kind": "close", "lane_hash": "0", "wake_at": "0", "claim": "1",
}  # fmt: skip
"""What no form asks for, and would be worth something to somebody."""


def test_a_note_takes_nothing_but_its_own_fields(app: App, client: Client) -> None:
    case, other = discharged(app), discharged(app, "p2")
    form = {
        "outcome": "no answer", "channel": "phone", "task": "main", "seen": str(case.seq),
        "case": other.id, **PLANTED,
    }  # fmt: skip
    assert client("ana").post(f"/cases/{case.id}/note", form).status_code == 303
    after = now(app, case)
    assert (after.owner, after.backup, after.location) == (case.owner, case.backup, "main")
    assert (after.patient, after.closed, after.tier) == (case.patient, None, case.tier)
    assert now(app, other) == other
    (row,) = [row for row in app.store.audited() if row["what"] == "note"]
    assert (row["by"], row["at"]) == ("ana", app.clock.now())


def test_emergency_access_is_ones_own_for_an_hour_to_that_case(app: App, client: Client) -> None:
    case, other = discharged(app), discharged(app, "p2")
    form = {"reason": "She is on the line and cannot wait", "case": other.id, **PLANTED}
    client("ben").post(f"/cases/{case.id}/emergency", form)
    (made,) = Emergency.objects.all()
    assert (made.account.username, made.case, made.seen_by) == ("ben", case.id, "")
    (told,) = emergencies(["main"], 0)
    assert (told["at"], told["until"]) == (app.clock.now(), app.clock.now() + HOUR)


def test_a_change_of_password_changes_nothing_else(client: Client) -> None:
    chosen = "a longer one than before 7"
    form = {"oldpassword": PASSWORD, "password1": chosen, "password2": chosen, **PLANTED}
    client("ana").post("/account/password/", form)
    ana = Account.objects.get(username="ana")
    assert ana.check_password(chosen)
    assert (ana.roles, ana.locations, ana.person, ana.is_active) == (
        ["coordinator"],
        None,
        "ana",
        True,
    )


def test_the_same_form_of_another_case_does_not_count_as_sent(app: App, client: Client) -> None:
    """A form's number is good for its case and its sender: nobody's act is taken for another's."""
    case, other = discharged(app), discharged(app, "p2")
    form = {"outcome": "no answer", "channel": "phone", "task": "main", "id": "a" * 32}
    ana = client("ana")
    assert ana.post(f"/cases/{case.id}/note", {**form, "seen": str(case.seq)}).status_code == 303
    answer = client("rosa").post(f"/cases/{other.id}/note", {**form, "seen": str(other.seq)})
    notes = [row for row in app.store.audited() if row["what"] == "note"]
    assert answer.status_code == 303
    assert [row["by"] for row in notes] == ["ana", "rosa"]


# ways out ----------------------------------------------------------------------------------------

ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "///evil.example", "https:evil.example", "\\\\evil",
    "/\\evil.example", "javascript:alert(1)", "http:///evil.example",
    " //evil.example", "/\t/evil.example", "data:text/html,x",
)  # fmt: skip


@pytest.mark.parametrize("where", ELSEWHERE)
def test_no_form_leads_out_of_here(app: App, client: Client, where: str) -> None:
    case = discharged(app)
    ana = client("ana")
    answers = [
        ana.post("/theme", {"theme": "dark", "next": where}),
        ana.post("/language", {"language": "es", "next": where}, headers={"Referer": where}),
        ana.post(f"/queue/{case.id}/claim", {"seen": str(case.seq), "back": where}),
        ana.post("/account/logout/", {"next": where}),
        client("").get("/", headers={"Referer": where}),
        client("").post("/stay", headers={"Referer": where, "HX-Current-URL": where,
                                          "HX-Request": "true"}),
    ]  # fmt: skip
    for answer in answers:
        there = answer.get("Location", "") or answer.get("HX-Redirect", "")
        assert re.match(r"/(?![/\\])", there), (there, answer.request["PATH_INFO"])
        assert "evil" not in there.partition("?")[0]
        assert "evil" not in there
