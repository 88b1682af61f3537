"""The pages under test: the starter practice on a fixed clock, a cast that logs in, a browser."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from laneflow.accounts.models import Account
from laneflow.starter import lay_out
from laneflow.web import jobs, site
from laneflow.web.serving import Server
from laneflow.work.app import App, open_app
from laneflow.work.clock import FixedClock
from web_cast import CAST, MONDAY, PASSWORD, point_django_at

# Playwright keeps an event loop in the tests' thread, in which nothing of Django's is asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def _practice_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter practice with an opened database and the cast's logins, to be copied."""
    folder = tmp_path_factory.mktemp("web") / "practice"
    lay_out(folder)
    url = f"sqlite:///{folder}/.laneflow/laneflow.sqlite3"
    with point_django_at(url):
        store = open_app(folder, url, FixedClock(MONDAY)).store
        for username, (roles, locations) in CAST.items():
            account = Account(
                username=username, name=username.title(), roles=roles, locations=locations,
                person=username if locations is None else "",
            )  # fmt: skip
            account.set_password(PASSWORD)
            account.save()
        store.close()
    return folder


@pytest.fixture
def clock() -> FixedClock:
    """It is Monday, 14 September 2026, ten in the morning at both locations."""
    return FixedClock(MONDAY)


@pytest.fixture
def app(tmp_path: Path, _practice_template: Path, clock: FixedClock) -> Iterator[App]:
    """The starter practice at work, shown by the pages; its folder is a copy of its own."""
    with shown(_practice_template, tmp_path / "practice", clock) as app:
        yield app


@contextmanager
def shown(template: Path, folder: Path, clock: FixedClock) -> Iterator[App]:
    """A copy of a practice's folder at work, shown by the pages."""
    shutil.copytree(template, folder, copy_function=shutil.copyfile)
    url = f"sqlite:///{folder}/.laneflow/laneflow.sqlite3"
    with point_django_at(url):
        app = open_app(folder, url, clock)
        site.install(app)
        yield app
        jobs.forget_all()  # accounts of the next test have the same keys
        app.store.close()


@pytest.fixture
def client(app: App) -> Callable[..., Any]:
    """``client("ana")``: Django's test client, logged in as one of the cast; "" as nobody."""
    return logged_in


def logged_in(username: str = "", **options: Any) -> Any:
    """Django's test client for the practice that is shown now; see ``client``."""
    from django.conf import settings
    from django.test import Client

    made = Client(**options)
    # Reading every static file anew for every client takes longer than most pages.
    kind = (made.handler.enforce_csrf_checks, settings._wrapped)
    made.handler = _handlers.setdefault(kind, made.handler)
    if username:
        made.force_login(Account.objects.get(username=username))
    return made


_handlers: dict[tuple[bool, Any], Any] = {}
"""Django's handler of requests, with and without looking at tokens, for the settings it read."""


@pytest.fixture
def served(app: App) -> Iterator[str]:
    """The address of the real server, on this machine, that shows the practice."""
    server = Server(site.wsgi(), port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.address
    server.stop()
    thread.join(30)


NOT_THE_PAGE = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "AimEnabled",
    "PreloadTopChromeWebUI", "LensOverlay", "MediaRouter", "OptimizationHints",
    "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "PaintHolding",
)  # fmt: skip
"""What Chromium adds to each window of its own: pages beside ours, which cost a third of its time.
The last six playwright would switch off by itself, and does not where others are named."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium, driven by playwright; skipped where there is none, an error in CI."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        what = "Chromium is not installed: tools/browser says how it is"
        pytest.fail(what) if os.environ.get("CI") == "true" else pytest.skip(what)
    with sync_playwright() as playwright:
        flags = [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--disable-features={','.join(NOT_THE_PAGE)}",
        ]  # fmt: skip
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any, served: str) -> Iterator[Callable[..., Any]]:
    """``visit("ana")``: a browser page of their own, logged in through the login form."""
    contexts = []

    def make(username: str = "", **options: Any) -> Any:
        context = browser.new_context(base_url=served, **options)
        contexts.append(context)
        page = context.new_page()
        if username:
            page.goto("/account/login/")
            page.fill("input[name=login]", username)
            page.fill("input[name=password]", PASSWORD)
            page.press("input[name=password]", "Enter")
            page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield make
    for context in contexts:
        context.close()
