"""Single sign-on, with an identity provider on this machine: who is let in, and who is not."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from django.test import override_settings

from laneflow.accounts import demo
from laneflow.accounts.models import Account
from laneflow.errors import LaneflowError
from laneflow.settings import Serving, SingleSignOn
from laneflow.web import site
from laneflow.work.app import App
from web_cast import PASSWORD

Client = Callable[..., Any]
START = "/account/oidc/sso/login/"
SECRET = "the secret between laneflow and the identity provider"


@dataclass
class Provider:
    """A small identity provider: whoever comes is who ``says`` says, without being asked."""

    url: str = ""
    says: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    challenges: dict[str, str] = field(default_factory=dict)

    def discovery(self) -> dict[str, Any]:
        places = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        ends = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in places.items()}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **ends}

    def authorize(self, asked: dict[str, list[str]]) -> str:
        """Where the browser is sent back to."""
        back = {"state": asked["state"][0]}
        if self.error:
            return f"{asked['redirect_uri'][0]}?{urlencode(back | {'error': self.error})}"
        code = f"code{len(self.challenges)}"
        self.challenges[code] = asked["code_challenge"][0]
        return f"{asked['redirect_uri'][0]}?{urlencode(back | {'code': code})}"

    def token(self, asked: dict[str, list[str]]) -> dict[str, Any] | None:
        """Tokens for a code, once, to whoever asked for it (PKCE)."""
        made = base64.urlsafe_b64encode(sha256(asked["code_verifier"][0].encode()).digest())
        if self.challenges.pop(asked["code"][0], "") != made.decode().rstrip("="):
            return None
        claims = {"iss": self.url, "aud": "laneflow", "exp": 4e9, "iat": 1, **self.says}
        token = jwt.encode(claims, SECRET, algorithm="HS256")
        return {"access_token": "a", "token_type": "Bearer", "id_token": token}


class Handler(BaseHTTPRequestHandler):
    """The provider's few addresses."""

    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/.well-known"):
            self._say(self.provider.discovery())
        elif parts.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(parse_qs(parts.query)))
            self.end_headers()
        else:
            self._say(self.provider.userinfo)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        found = self.provider.token(parse_qs(body))
        self._say(found or {"error": "invalid_grant"}, 200 if found else 400)

    def _say(self, told: dict[str, Any], status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def provider(app: App) -> Iterator[Provider]:
    """The identity provider, which knows the caller as ana@example.org, and ana linked to it."""
    provider = Provider(says={"sub": "u1", "email": "Ana@Example.org", "email_verified": True})
    provider.userinfo = {"sub": "u1"}
    handler = type("Ours", (Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    provider.url = f"http://127.0.0.1:{server.server_port}"
    Account.objects.filter(username="ana").update(single_sign_on="ana@example.org")
    single = SingleSignOn(provider.url, "laneflow", SECRET, "Maple ID")
    values = site.values(Serving("a secret for tests", ("*",), single_sign_on=single))
    names = ("SOCIALACCOUNT_PROVIDERS", "CONTENT_SECURITY_POLICY")
    with override_settings(**{name: values[name] for name in names}):
        yield provider
    server.shutdown()
    thread.join(5)
    server.server_close()


def sign_on(browser: Any, **more: str) -> Any:
    """Go to the provider and come back, as a browser does."""
    import requests

    away = browser.post(START, more)["Location"]
    back = requests.get(away, allow_redirects=False, timeout=10).headers["Location"]
    return browser.get(back.removeprefix("http://testserver"))


def test_a_verified_address_logs_in_the_account_linked_to_it(
    app: App, client: Client, provider: Provider
) -> None:
    browser = client()
    assert "Log in with Maple ID" in browser.get("/account/login/").content.decode()
    assert sign_on(browser)["Location"] == "/"
    assert "Ana" in browser.get("/account/").content.decode()
    (row,) = [row for row in app.store.audited() if row["what"] == "login"]
    assert json.loads(row["detail"])["how"] == ["socialaccount"]
    assert Account.objects.get(username="ana").check_password(PASSWORD)
    assert browser.post("/account/logout/").status_code == 302
    assert sign_on(browser)["Location"] == "/"  # and again


def test_it_leads_back_and_nowhere_else(client: Client, provider: Provider) -> None:
    assert sign_on(client(), next="/account/")["Location"] == "/account/"
    assert sign_on(client(), next="https://evil.example/")["Location"] == "/"


@pytest.mark.parametrize(
    "says",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "no"},
        {"email": "ben@example.org"},
        {"email": "ana@example.org.evil.example"},
        {"email": ""},
        {"sub": "somebody else"},
    ],
)
def test_nobody_else_is_let_in_and_no_account_is_made(
    app: App, client: Client, provider: Provider, says: dict[str, Any]
) -> None:
    provider.says |= says
    before = Account.objects.count()
    browser = client()
    answer = sign_on(browser)
    assert answer.status_code == 403
    assert "No login here" in answer.content.decode()
    assert browser.get("/").status_code == 302
    assert Account.objects.count() == before
    assert [row["by"] for row in app.store.audited() if row["what"] == "login refused"] == [
        "somebody unknown"
    ]


def test_an_address_that_was_taken_away_logs_in_no_more(client: Client, provider: Provider) -> None:
    assert sign_on(client())["Location"] == "/"
    Account.objects.filter(username="ana").update(single_sign_on="")
    assert sign_on(client()).status_code == 403


def test_a_login_switched_off_stays_off(client: Client, provider: Provider) -> None:
    Account.objects.filter(username="ana").update(is_active=False)
    assert sign_on(client())["Location"] == "/account/inactive/"


def test_a_demo_login_is_refused_this_way_too(app: App, client: Client, provider: Provider) -> None:
    Account.objects.filter(username="ana").update(demo=True)
    assert sign_on(client())["Location"] == "/account/inactive/"
    demo.mark(app.store, app.folder)
    assert sign_on(client())["Location"] == "/"


def test_an_answer_nobody_asked_for_is_refused(client: Client, provider: Provider) -> None:
    answer = client().get(f"{START}callback/?code=code0&state=made-up")
    assert answer.status_code == 401
    assert "Logging in did not work" in answer.content.decode()


def test_an_answer_to_somebody_else_is_refused(client: Client, provider: Provider) -> None:
    import requests

    mine, theirs = client(), client()
    away = theirs.post(START)["Location"]
    back = requests.get(away, allow_redirects=False, timeout=10).headers["Location"]
    assert mine.get(back.removeprefix("http://testserver")).status_code == 401


@pytest.mark.parametrize(("error", "status"), [("access_denied", 302), ("server_error", 401)])
def test_what_the_provider_refuses_has_a_page(
    client: Client, provider: Provider, error: str, status: int
) -> None:
    provider.error = error
    browser = client()
    answer = sign_on(browser)
    assert answer.status_code == status
    if status == 302:
        assert "Not logged in" in browser.get(answer["Location"]).content.decode()


def test_a_link_alone_starts_nothing(client: Client, provider: Provider) -> None:
    """A page elsewhere cannot log somebody in by having them follow a link."""
    answer = client().get(START)
    assert answer.status_code == 200
    assert "Log in with Maple ID" in answer.content.decode()


def test_whoever_comes_this_way_has_their_second_factor_there(
    client: Client, provider: Provider
) -> None:
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        browser = client()
        sign_on(browser)
        assert browser.get("/").status_code == 200


def test_in_a_browser_the_policy_lets_the_form_through(
    provider: Provider, visit: Callable[..., Any]
) -> None:
    page = visit()
    page.goto("/account/login/")
    page.get_by_role("button", name="Log in with Maple ID").click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/")
    assert "My queue" in page.title()


def test_without_a_provider_there_is_no_such_page(client: Client) -> None:
    assert client().get(START).status_code == 404
    assert "Log in with" not in client().get("/account/login/").content.decode()


# what the environment says ---------------------------------------------------------------
TOLD = {
    "LANEFLOW_OIDC_URL": "https://login.example.org/maple/",
    "LANEFLOW_OIDC_CLIENT_ID": "laneflow",
    "LANEFLOW_OIDC_SECRET": "s",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"LANEFLOW_OIDC_SECRET": ""}, "single sign-on also needs LANEFLOW_OIDC_SECRET"),
        ({"LANEFLOW_OIDC_URL": "http://login.example.org"}, "not the address of an identity"),
        ({"LANEFLOW_OIDC_URL": "login.example.org"}, "not the address of an identity"),
        ({"LANEFLOW_MFA": "yes"}, '"yes" is not a rule for second factors'),
    ],
)
def test_nonsense_in_the_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], said: str
) -> None:
    for name, value in (TOLD | changed).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(LaneflowError, match=said):
        Serving.from_environment()


def test_the_environment_names_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (TOLD | {"LANEFLOW_MFA": "required"}).items():
        monkeypatch.setenv(name, value)
    serving = Serving.from_environment()
    assert serving.second_factor
    assert serving.single_sign_on == SingleSignOn(
        "https://login.example.org/maple", "laneflow", "s"
    )
    policy = site.values(serving)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert "https://login.example.org" in policy["form-action"]
