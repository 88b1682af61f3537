"""Guessing at logins: counted over processes, nothing told by words or by time; sessions kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, override_settings

from laneflow.accounts.models import Account
from laneflow.web import safety
from laneflow.work.app import App
from web_cast import PASSWORD

from .test_serving import SERVED

LOGIN = "/account/login/"
Clients = Callable[..., Any]

GUESSING = """
import sys
from laneflow.web import site
site.configure(sys.argv[2])
from laneflow.work.app import open_app
site.install(open_app(sys.argv[1], sys.argv[2]))
from django.test import Client
for guess in sys.argv[3:]:
    Client(REMOTE_ADDR="10.0.0.7", headers={"Host": "localhost"}).post(
        "/account/login/", {"login": "ana", "password": guess})
"""
"""What another server process is sent."""


def log_in(browser: Any, username: str, password: str = PASSWORD) -> Any:
    return browser.post(LOGIN, {"login": username, "password": password})


def test_guesses_at_another_process_count_here(app: App, client: Clients) -> None:
    url = f"sqlite:///{app.folder}/.laneflow/laneflow.sqlite3"
    for guess in ("one", "two"):
        log_in(client(REMOTE_ADDR="10.0.0.8"), "ana", guess)
    guesses = ["three", "four", "five"]
    done = subprocess.run(
        [sys.executable, "-c", GUESSING, str(app.folder), url, *guesses],
        capture_output=True, timeout=120, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = log_in(client(REMOTE_ADDR="10.0.0.9"), "ana")
    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()
    assert log_in(client(REMOTE_ADDR="10.0.0.9"), "ben").status_code == 302


def test_a_name_that_is_nobodys_takes_as_long(
    client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password is hashed as often, whoever it is for."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    off = Account.objects.get(username="will")
    off.is_active = False
    off.save()
    alone = Account.objects.get(username="fay")
    alone.set_unusable_password()
    alone.save()
    hashed: list[str] = []

    def counting(name: str) -> None:
        real = getattr(Argon2PasswordHasher, name)

        def counted(self: Any, *given: Any, **named: Any) -> Any:
            hashed.append(name)
            return real(self, *given, **named)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)

    counting("encode")
    counting("verify")
    taken, said = {}, {}
    for n, who in enumerate(("ana", "nobody", "will", "fay", "a" * 5_000)):
        hashed.clear()
        answer = log_in(client(REMOTE_ADDR=f"10.1.0.{n}"), who, "a guess")
        taken[who] = len(hashed)
        said[who] = "are not correct" in answer.content.decode()
        assert answer.status_code == 200
    assert taken["ana"] == taken["nobody"] == taken["will"] == taken["fay"] == 1
    assert all(said[who] for who in ("ana", "nobody", "will", "fay"))


@pytest.mark.parametrize("password", ["x" * 1_000_000, "‮", " ", "%00"])
def test_a_strange_password_is_a_wrong_one(client: Clients, password: str) -> None:
    assert log_in(client(), "ana", password).status_code == 200


def test_a_session_planted_or_made_up_is_nobodys(client: Clients) -> None:
    for key in ("0" * 32, "../../x", "x" * 5_000, "' OR 1=1", "a\r\nb"):
        browser = client()
        browser.cookies["sessionid"] = key
        assert browser.get("/").status_code == 302
        log_in(browser, "ana")
        assert browser.cookies["sessionid"].value != key


def test_a_session_ends_with_the_login(client: Clients) -> None:
    browser = client()
    log_in(browser, "ana")
    key = browser.cookies["sessionid"].value
    browser.post("/account/logout/")
    stolen = client()
    stolen.cookies["sessionid"] = key
    assert stolen.get("/").status_code == 302


def test_the_token_of_forms_is_another_after_logging_in(client: Clients) -> None:
    browser = client(enforce_csrf_checks=True)
    browser.get(LOGIN)
    before = browser.cookies["csrftoken"].value
    browser.post(LOGIN, {"login": "ana", "password": PASSWORD, "csrfmiddlewaretoken": before})
    assert browser.get("/").status_code == 200
    assert browser.cookies["csrftoken"].value != before


def test_over_tls_no_cookie_leaves_this_host_or_is_read_by_scripts(app: App) -> None:
    with override_settings(**safety.values(SERVED)):
        browser = Client(headers={"Host": "practice.example", "X-Forwarded-Proto": "https"})
        log_in(browser, "ana")
        browser.post("/theme", {"theme": "dark"})
        browser.post("/language", {"language": "es"})
        assert browser.get("/").status_code == 200
        cookies = browser.cookies
    names = {name for name in cookies if cookies[name].value}
    assert {f"__Host-laneflow-{name}" for name in ("session", "csrf", "language")} <= names
    for name in names:
        assert cookies[name]["secure"], name
        assert cookies[name]["httponly"], name
        assert cookies[name]["samesite"] == "Lax", name
        assert (cookies[name]["path"], cookies[name]["domain"]) == ("/", ""), name
