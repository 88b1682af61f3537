"""The frame of every page: where one may go, light and dark, refusals, what the script does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import busy_day
from laneflow.web.pages.preferences import THEME
from laneflow.work.app import App


@pytest.mark.parametrize(
    ("who", "first", "never"),
    [
        ("ana", "My queue", "Health"),
        ("lee", "My queue", "Audit"),
        ("olga", "Health", "My queue"),
        ("aldo", "Cases", "My queue"),
    ],
)
def test_the_navigation_leads_where_one_may_go(
    client: Callable[..., Any], who: str, first: str, never: str
) -> None:
    browser = client(who)
    page = browser.get("/account/").content.decode()
    links = re.findall(r'<li><a href="([^"]+)"[^>]*>([^<]+)</a></li>', page)
    named = [name for _, name in links]
    assert named[0] == first
    assert never not in named
    assert {browser.get(href).status_code for href, _ in links} == {200}


def test_the_page_one_is_on_is_marked(client: Callable[..., Any]) -> None:
    page = client("ana").get("/").content.decode()
    assert '<a href="/" aria-current="page">My queue</a>' in page


def test_light_and_dark_are_remembered(client: Callable[..., Any]) -> None:
    browser = client("ana")
    assert "data-theme" not in browser.get("/").content.decode()
    answer = browser.post("/theme", {"theme": "dark", "next": "/account/"})
    assert (answer.status_code, answer["Location"]) == (303, "/account/")
    assert 'data-theme="dark"' in browser.get("/").content.decode()
    assert browser.cookies[THEME]["httponly"]
    browser.post("/theme", {"theme": "", "next": "/"})
    assert "data-theme" not in browser.get("/").content.decode()


def test_nonsense_is_no_theme(client: Callable[..., Any]) -> None:
    browser = client("ana")
    browser.cookies[THEME] = '"><script>'
    assert b"data-theme" not in browser.get("/").content


@pytest.mark.parametrize("address", ["/theme", "/language"])
@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_a_choice_leads_nowhere_else(client: Callable[..., Any], address: str, where: str) -> None:
    data = {"theme": "dark", "language": "es", "next": where}
    assert client("ana").post(address, data)["Location"] == "/"


def test_what_is_not_there_says_so_in_our_look(client: Callable[..., Any]) -> None:
    answer = client("ana").get("/nowhere")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "There is no such page" in page
    assert "laneflow/style.css" in page


def test_a_form_from_another_session_says_that_nothing_was_saved(
    client: Callable[..., Any],
) -> None:
    answer = client("ana", enforce_csrf_checks=True).post("/theme", {"theme": "dark"})
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.content.decode()


def test_no_page_has_script_or_style_within(app: App, client: Callable[..., Any]) -> None:
    """The content security policy allows neither, so whoever writes one has a broken page."""
    from site_map import pages

    day = busy_day.fill(app)
    wrong = {}
    for page in pages(day, client)[0]:
        html = client(page.who).get(page.path).content.decode()
        found = re.findall(r"<style|<script(?![^>]* src=)[^>]*>|\sstyle=|\son[a-z]+=|hx-on", html)
        titled = re.search("<title>(.*?)</title>", html, re.S)
        if found or titled is None or not titled[1].strip(" ·\n"):
            wrong[page.name] = found
    assert wrong == {}


def test_whoever_is_idle_is_asked_and_then_logged_out(visit: Callable[..., Any]) -> None:
    page = visit("ana")
    page.clock.install()
    page.goto("/")
    page.clock.run_for(12 * 60_000)
    assert not page.locator("#idle").is_visible()
    page.clock.run_for(70_000)
    page.locator("#idle").wait_for(state="visible")
    page.get_by_role("button", name="Stay logged in").click()
    page.locator("#idle").wait_for(state="hidden")
    page.clock.run_for(12 * 60_000)
    assert not page.locator("#idle").is_visible()


def test_a_save_without_connection_says_so_and_loses_nothing(
    app: App, visit: Callable[..., Any]
) -> None:
    day = busy_day.fill(app)
    page = visit("will")
    page.goto(f"/cases/{day.of(busy_day.CARMEN, 'referral')}")
    page.fill("textarea[name=told]", "We call again tomorrow")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save the note").click()
    page.get_by_text("Not saved: no connection").first.wait_for()
    assert page.input_value("textarea[name=told]") == "We call again tomorrow"
    page.context.set_offline(False)
    page.get_by_role("button", name="Save the note").click()
    page.get_by_text("Not saved yet. Everything you typed is still here.").wait_for()
    assert page.input_value("textarea[name=told]") == "We call again tomorrow"
    assert page.evaluate("document.activeElement.closest('#note') !== null")


def test_a_phone_has_its_pages_in_a_menu(visit: Callable[..., Any]) -> None:
    page = visit("ana", viewport={"width": 390, "height": 844})
    menu = page.locator("details.phone")
    menu.locator("summary").click()
    menu.get_by_role("link", name="Escalations").click()
    page.wait_for_url("**/escalations*")
    page.locator("details.phone summary").focus()
    page.keyboard.press("Enter")
    assert menu.get_by_role("link", name="My queue").is_visible()
    page.keyboard.press("Escape")
    assert not menu.get_by_role("link", name="My queue").is_visible()
