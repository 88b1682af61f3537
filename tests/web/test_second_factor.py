"""A second factor: an app's codes, recovery codes, a security key; and where it is required."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from laneflow.accounts import logins
from laneflow.accounts.models import Account
from laneflow.work.app import App
from web_cast import PASSWORD

from .complaints import watched

Client = Callable[..., Any]
FACTOR = "/account/second-factor/"


def log_in(browser: Any, username: str = "ana") -> Any:
    return browser.post("/account/login/", {"login": username, "password": PASSWORD})


def now_shown(secret: str) -> str:
    """The code that an app with this secret shows."""
    from allauth.mfa.totp.internal.auth import (
        format_hotp_value,
        hotp_value,
        yield_hotp_counters_from_time,
    )

    _, now, _ = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now))


def set_up_app(browser: Any) -> str:
    """Set an app up as somebody logged in does; the app's secret."""
    there = browser.get(f"{FACTOR}totp/activate/")
    browser.post(there["Location"], {"password": PASSWORD})  # is it you?
    page = browser.get(f"{FACTOR}totp/activate/").content.decode()
    found = re.search(r'id="authenticator_secret" value="(\w+)"', page)
    assert found
    answer = browser.post(f"{FACTOR}totp/activate/", {"code": now_shown(found[1])})
    assert answer.status_code == 302, answer.content.decode()
    return found[1]


@pytest.fixture
def secret(client: Client) -> str:
    """Ana's app is set up; its secret."""
    browser = client()
    log_in(browser)
    return set_up_app(browser)


def forget_used_codes() -> None:
    from django.core.cache import cache

    cache.clear()


def forget_after_one_period(code: str) -> None:
    """The mark that allauth keeps of a used code goes; the code is good for another minute."""
    from allauth.mfa.models import Authenticator
    from django.core.cache import cache

    app = Authenticator.objects.get(type="totp").wrap()
    assert cache.delete(app._get_used_cache_key(code))


@pytest.mark.usefixtures("app")
def test_with_an_app_the_password_alone_opens_nothing(client: Client, secret: str) -> None:
    forget_used_codes()
    browser = client()
    assert log_in(browser)["Location"] == f"{FACTOR}authenticate/"
    assert browser.get("/").status_code == 302
    wrong = browser.post(f"{FACTOR}authenticate/", {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    assert browser.get("/").status_code == 302
    right = browser.post(f"{FACTOR}authenticate/", {"code": now_shown(secret)})
    assert right["Location"] == "/"
    assert browser.get("/").status_code == 200


@pytest.mark.usefixtures("secret")
def test_codes_are_not_to_be_guessed(app: App, client: Client) -> None:
    forget_used_codes()
    browser = client()
    log_in(browser)
    said = [
        browser.post(f"{FACTOR}authenticate/", {"code": f"{n:06}"}).content.decode()
        for n in range(7)
    ]
    assert "Incorrect code" in said[0]
    assert "Too many failed login attempts" in said[-1]
    told = [row for row in app.store.audited() if row["what"] == "login refused"]
    assert {json.loads(row["detail"])["how"] for row in told} == {"second factor"}


@pytest.mark.usefixtures("app")
def test_a_code_is_good_once(client: Client, secret: str) -> None:
    forget_used_codes()
    code = now_shown(secret)
    first, second = client(), client()
    for browser in (first, second):
        log_in(browser)
    assert first.post(f"{FACTOR}authenticate/", {"code": code}).status_code == 302
    forget_after_one_period(code)
    assert second.post(f"{FACTOR}authenticate/", {"code": code}).status_code == 200


@pytest.mark.usefixtures("secret")
def test_a_recovery_code_opens_once(client: Client) -> None:
    from allauth.mfa.models import Authenticator

    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert len(codes) == 10
    for status in (302, 200):
        forget_used_codes()
        browser = client()
        log_in(browser)
        assert browser.post(f"{FACTOR}authenticate/", {"code": codes[0]}).status_code == status


@pytest.mark.usefixtures("secret")
def test_setting_one_up_is_in_the_audit_trail(app: App) -> None:
    told = [
        json.loads(row["detail"]) for row in app.store.audited() if row["what"] == "second factor"
    ]
    assert {"did": "added", "type": "totp"} in told


@pytest.mark.usefixtures("secret")
def test_operations_remove_the_one_on_a_lost_phone(app: App, client: Client) -> None:
    logins.reset(app, by="lee", username="ana")
    assert logins.listed(app)[1]["second_factor"]
    logins.reset(app, by="lee", username="ana", second_factors=True)
    ana = Account.objects.get(username="ana")
    ana.set_password(PASSWORD)
    ana.save()
    assert log_in(client())["Location"] == "/"


def test_changing_how_one_logs_in_asks_again_who_one_is(client: Client) -> None:
    answer = client("ana").get(f"{FACTOR}totp/activate/")
    assert answer["Location"].startswith("/account/confirm/")


# where it is required ---------------------------------------------------------------------
@pytest.fixture
def required() -> Iterator[None]:
    """As with LANEFLOW_MFA=required."""
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        yield


@pytest.mark.usefixtures("required")
def test_where_it_is_required_nothing_else_is_shown_before(client: Client) -> None:
    browser = client()
    log_in(browser)
    for address in ("/", "/account/", "/account/sessions/", "/account/password/"):
        assert browser.get(address)["Location"] == FACTOR
    assert browser.get("/", headers={"HX-Request": "true"})["HX-Redirect"] == "/"
    assert "Your practice asks for a second factor" in browser.get(FACTOR).content.decode()
    set_up_app(browser)
    assert browser.get("/").status_code == 200


@pytest.mark.usefixtures("required")
def test_where_it_is_required_one_may_still_log_out(client: Client) -> None:
    browser = client("ana")
    assert browser.post("/account/logout/")["Location"] == "/account/login/"


@pytest.mark.usefixtures("required")
def test_recovery_codes_alone_are_no_second_factor(client: Client) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    RecoveryCodes.activate(Account.objects.get(username="ana"))
    assert client("ana").get("/")["Location"] == FACTOR


# a security key -------------------------------------------------------------------------
def test_a_security_key_is_added_and_opens(served: str, browser: Any) -> None:
    """With Chromium's virtual key, under the strict Content-Security-Policy."""
    address = served.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=address)
    page = context.new_page()
    refused = watched(page)
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True,
           "hasUserVerification": True, "isUserVerified": True,
           "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})

    def log_in_here() -> None:
        page.goto("/account/login/")
        page.get_by_label("Username").fill("ana")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()

    log_in_here()
    page.wait_for_url(f"{address}/")
    page.goto(f"{FACTOR}webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    held: list[Any] = []  # the script that listens to the button comes late
    page.route(re.compile(r"/mfa/js/webauthn\.[^/]*js$"), lambda asked: held.append(asked))
    page.get_by_role("button", name="Confirm").click()
    add = page.get_by_role("button", name="Add", exact=True)
    add.wait_for()
    while not held:
        page.wait_for_timeout(20)
    assert add.is_disabled()
    held.pop().continue_()
    page.unroute_all()
    page.get_by_role("textbox", name="Name").fill("The key on my ring")
    add.click()
    page.get_by_text("Recovery codes", exact=False).first.wait_for()
    page.goto(f"{FACTOR}webauthn/")
    assert page.get_by_role("rowheader", name="The key on my ring").is_visible()
    context.clear_cookies()
    log_in_here()
    page.wait_for_url(f"{address}{FACTOR}authenticate/")
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(f"{address}/")
    context.close()
    assert not refused
