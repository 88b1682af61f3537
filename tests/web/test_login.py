"""Logging in: refused in time, the session new, back to where one was, over when nobody is."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from laneflow.accounts.models import Account
from laneflow.web import site
from laneflow.web.serving import Server
from laneflow.work.app import App
from laneflow.work.clock import HOUR, MINUTE, FixedClock
from web_cast import PASSWORD

LOGIN = "/account/login/"
Client = Callable[..., Any]


def log_in(browser: Any, username: str, password: str = PASSWORD, **more: Any) -> Any:
    return browser.post(LOGIN, {"login": username, "password": password, **more})


def audited(app: App, what: str) -> list[dict[str, Any]]:
    return [row for row in app.store.audited() if row["what"] == what]


def test_a_login_and_a_logout_are_in_the_audit_trail(app: App, client: Client) -> None:
    browser = client()
    assert log_in(browser, "ana").status_code == 302
    browser.post("/account/logout/")
    (came,), (left,) = audited(app, "login"), audited(app, "logout")
    assert came["by"] == left["by"] == "ana"
    assert "127.0.0.1" in came["detail"]
    assert browser.get("/").status_code == 302


def test_a_refused_login_does_not_say_who_exists(app: App, client: Client) -> None:
    wrong, nobody = (
        re.findall('class="problem">(.*?)<', log_in(client(), who, "a guess").content.decode())
        for who in ("ana", "nobody")
    )
    assert wrong == nobody == ["The username and/or password you specified are not correct."]
    assert [row["by"] for row in audited(app, "login refused")] == ["login ana", "somebody unknown"]


def test_a_password_typed_as_a_username_is_not_kept(app: App, client: Client) -> None:
    log_in(client(), PASSWORD, "ana")
    assert not any(PASSWORD in str(row) for row in app.store.audited())


def test_an_account_guessed_at_is_closed_for_a_while_from_everywhere(client: Client) -> None:
    for n in range(5):
        log_in(client(REMOTE_ADDR=f"10.0.0.{n}"), "ana", "a guess")
    right = log_in(client(REMOTE_ADDR="10.0.1.1"), "ana")
    assert right.status_code == 200
    assert "Too many failed login attempts" in right.content.decode()
    assert log_in(client(REMOTE_ADDR="10.0.1.1"), "ben").status_code == 302


def test_an_address_that_guesses_at_many_accounts_is_refused(client: Client) -> None:
    for n in range(10):
        log_in(client(REMOTE_ADDR="10.0.0.9"), f"somebody{n}", "a guess")
    assert log_in(client(REMOTE_ADDR="10.0.0.9"), "ana").status_code == 200
    assert log_in(client(REMOTE_ADDR="10.0.0.8"), "ana").status_code == 302


def test_no_header_makes_another_address_of_a_guesser(client: Client) -> None:
    for n in range(10):
        browser = client(REMOTE_ADDR="10.0.0.9", headers={"X-Forwarded-For": f"1.2.3.{n}"})
        log_in(browser, f"somebody{n}", "a guess")
    assert log_in(client(REMOTE_ADDR="10.0.0.9"), "ana").status_code == 200


def test_the_session_is_another_one_after_logging_in(client: Client) -> None:
    browser = client()
    browser.get(LOGIN)
    planted = browser.session
    planted["planted"] = "yes"
    planted.save()
    browser.cookies["sessionid"] = planted.session_key
    log_in(browser, "ana")
    assert browser.cookies["sessionid"].value != planted.session_key
    stolen = client()
    stolen.cookies["sessionid"] = planted.session_key
    assert stolen.get("/").status_code == 302


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "https:evil.example", "\\\\evil", "javascript:1"],
)
def test_logging_in_leads_nowhere_else(client: Client, elsewhere: str) -> None:
    assert log_in(client(), "ana", next=elsewhere)["Location"] == "/"


def test_logging_in_leads_back(client: Client) -> None:
    assert client().get("/account/")["Location"] == f"{LOGIN}?next=/account/"
    assert log_in(client(), "ana", next="/account/")["Location"] == "/account/"


def test_a_login_switched_off_is_refused_and_out_at_once(client: Client) -> None:
    inside = client("ana")
    assert inside.get("/").status_code == 200
    Account.objects.filter(username="ana").update(is_active=False)
    assert inside.get("/").status_code == 302
    assert log_in(client(), "ana")["Location"] == "/account/inactive/"
    assert client().get("/account/inactive/").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["signup/", "email/", "password/reset/", "password/set/", "confirm-email/", "3rdparty/signup/",
     "3rdparty/", "login/code/", "phone/verify/"],
)  # fmt: skip
@pytest.mark.parametrize("username", ["", "ana"])
def test_what_nobody_uses_is_not_there(client: Client, address: str, username: str) -> None:
    assert client(username).get(f"/account/{address}").status_code in (404, 302)
    answer = client(username).get(f"/account/{address}", follow=True)
    assert answer.redirect_chain == [] or answer.redirect_chain[0][0].startswith(LOGIN)
    assert client(username).post(f"/account/{address}").status_code in (404, 302)


# sessions that end ------------------------------------------------------------
def test_after_fifteen_idle_minutes_one_is_out_and_told_why(
    app: App, client: Client, clock: FixedClock
) -> None:
    browser = client("ana")
    browser.get("/")
    clock.at += 15 * MINUTE
    answer = browser.get("/account/?x=1")
    assert answer["Location"] == f"{LOGIN}?why=idle&next=%2Faccount%2F%3Fx%3D1"
    page = browser.get(answer["Location"]).content.decode()
    assert "nothing happened for 15 minutes" in page
    assert 'name="next" value="/account/?x=1"' in page
    assert "15 minutes" in audited(app, "logout")[0]["detail"]


def test_activity_keeps_one_in_and_polls_do_not(client: Client, clock: FixedClock) -> None:
    browser = client("ana")
    browser.get("/")
    for _ in range(3):
        clock.at += 10 * MINUTE
        assert browser.get("/").status_code == 200
    clock.at += 10 * MINUTE
    assert browser.get("/", headers={"X-Laneflow-Poll": "1"}).status_code == 200
    clock.at += 5 * MINUTE
    assert browser.get("/").status_code == 302


def test_activity_is_noted_every_half_minute_at_most(client: Client, clock: FixedClock) -> None:
    browser = client("ana")
    browser.get("/")
    noted = dict(browser.session)
    clock.at += 29_000
    browser.get("/")
    assert dict(browser.session) == noted
    clock.at += 1_000
    browser.get("/")
    assert dict(browser.session) != noted


def test_after_twelve_hours_one_is_out_however_busy(client: Client, clock: FixedClock) -> None:
    browser = client("ana")
    for _ in range(12 * 6):
        assert browser.get("/account/").status_code == 200
        clock.at += HOUR // 6
    assert "why=long" in browser.get("/account/")["Location"]


def test_a_part_of_a_page_asked_for_too_late_leads_the_whole_page_to_the_login(
    client: Client, clock: FixedClock
) -> None:
    browser = client("ana")
    browser.get("/")
    clock.at += HOUR
    came = {"HX-Request": "true", "HX-Current-URL": "http://testserver/account/?q=2"}
    answer = browser.post("/stay", headers=came)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"{LOGIN}?why=idle&next=%2Faccount%2F%3Fq%3D2"
    again = browser.get("/", headers=came)  # logged out, so by another way
    assert again["HX-Redirect"] == f"{LOGIN}?next=%2Faccount%2F%3Fq%3D2"


def test_pages_of_who_is_logged_in_are_kept_nowhere(client: Client) -> None:
    assert "no-store" in client("ana").get("/account/")["Cache-Control"]


def test_one_sees_where_one_is_logged_in_and_ends_it(app: App, client: Client) -> None:
    here, there = client(), client(headers={"User-Agent": "the one left open at the desk"})
    log_in(here, "ana")
    log_in(there, "ana")
    assert "the one left open at the desk" in here.get("/account/sessions/").content.decode()
    here.post("/account/sessions/")
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    assert len(audited(app, "sessions ended")) == 1


def test_one_of_several_logins_is_ended_and_the_others_stay(app: App, client: Client) -> None:
    here, there, phone = client(), client(headers={"User-Agent": "the old laptop"}), client()
    for browser in (here, there, phone):
        log_in(browser, "ana")
    row = here.get("/account/sessions/").content.decode().partition("the old laptop")[2]
    address = row.partition('action="')[2].partition('"')[0]
    answer = here.post(address, follow=True)
    assert "Logged out there." in answer.content.decode()
    assert there.get("/").status_code == 302
    assert {here.get("/").status_code, phone.get("/").status_code} == {200}
    assert here.post(address).status_code == 404, "it is gone"
    assert len(audited(app, "sessions ended")) == 1


def test_neither_anothers_login_nor_ones_own_here_is_ended_so(app: App, client: Client) -> None:
    from allauth.usersessions.models import UserSession

    ana, ben = client("ana"), client("ben")
    for browser in (ana, ben):
        browser.get("/")
    for session in UserSession.objects.all():
        assert ana.post(f"/account/sessions/{session.pk}/end").status_code == 404
    assert {ana.get("/").status_code, ben.get("/").status_code} == {200}


def test_a_page_left_open_goes_to_the_login_and_back(
    app: App, visit: Callable[..., Any], clock: FixedClock
) -> None:
    page = visit("ana")
    page.clock.install()
    page.goto("/account/")
    clock.at += 16 * MINUTE
    page.clock.run_for(16 * MINUTE)
    page.get_by_text("nothing happened for 15 minutes").wait_for()
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/account/")


# the same over several processes ------------------------------------------------------------
@pytest.fixture
def two_servers(app: App) -> Iterator[list[str]]:
    """Two servers over one database, as two processes would be: nothing is shared but that."""
    from waitress.server import create_server

    servers = [create_server(site.wsgi(), host="127.0.0.1", port=0) for _ in range(2)]
    threads = [threading.Thread(target=server.run, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    yield [f"http://127.0.0.1:{server.effective_port}" for server in servers]
    for server, thread in zip(servers, threads, strict=True):
        server.close()
        thread.join(10)


def guess(server: str, username: str, password: str, came: str = "") -> str:
    """What a server answers to a login, asked by a proxy for whoever is at the address ``came``."""
    import requests

    with requests.Session() as session:
        session.headers.update({"X-Forwarded-For": came} if came else {})
        session.get(server + LOGIN)
        form = {"login": username, "password": password,
                "csrfmiddlewaretoken": session.cookies["csrftoken"]}  # fmt: skip
        answer = session.post(server + LOGIN, form, allow_redirects=False)
        return answer.text or f"to {answer.headers['Location']}"


def test_guesses_are_counted_over_all_servers(two_servers: list[str]) -> None:
    for n in range(5):
        guess(two_servers[n % 2], "ana", "a guess")
    assert all("Too many failed" in guess(server, "ana", PASSWORD) for server in two_servers)


def test_behind_a_proxy_the_address_is_the_one_it_saw(app: App) -> None:
    """A proxy adds what it saw at the end; whatever a visitor wrote before it does not count."""
    server = Server(site.wsgi(), port=0, proxy="127.0.0.1")
    with server.beside(lambda: None):
        for n in range(10):
            guess(server.address, f"somebody{n}", "a guess", f"1.2.3.{n}, 10.0.0.9")
        refused = guess(server.address, "ana", PASSWORD, "9.9.9.9, 10.0.0.9")
        welcome = guess(server.address, "ana", PASSWORD, "10.0.0.8")
    assert "Too many failed" in refused
    assert welcome == "to /"
    assert "10.0.0.8" in audited(app, "login")[0]["detail"]


@pytest.mark.parametrize(
    ("who", "begins"),
    [
        ("ana", "/"), ("nora", "/escalations"), ("lee", "/today"), ("olga", "/health"),
        ("aldo", "/audit"),
    ],
)  # fmt: skip
def test_everybody_begins_at_a_page_of_theirs(
    client: Callable[..., Any], who: str, begins: str
) -> None:
    browser = client()
    assert browser.get("/")["Location"] == "/account/login/"
    assert browser.get("/cases")["Location"] == "/account/login/?next=/cases"
    assert log_in(browser, who)["Location"] == begins
    page = browser.get(begins)
    assert page.status_code == 200
    assert f'<a class="brand" href="{begins}">' in page.content.decode()
