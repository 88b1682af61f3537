"""Every page, looked at: axe, small screens, the keyboard, both languages, light and dark."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe

import busy_day
from busy_day import Day
from laneflow.work.app import App
from laneflow.work.clock import FixedClock
from site_map import Page, pages
from web_cast import MONDAY

from .conftest import logged_in, shown

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
"""Where the pages' pictures are left to be looked at."""

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

DESK = {"width": 1360, "height": 900}
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}
"""What 1280 pixels are at 400 %."""

WAYS: dict[str, dict[str, Any]] = {
    "desk-light-en": {"viewport": DESK, "color_scheme": "light", "locale": "en-US"},
    "phone-dark-es": {"viewport": PHONE, "color_scheme": "dark", "locale": "es-US"},
    "desk-dark-es": {"viewport": DESK, "color_scheme": "dark", "locale": "es-US"},
    "phone-light-en": {"viewport": PHONE, "color_scheme": "light", "locale": "en-US"},
}
OFTEN = ("desk-light-en", "phone-dark-es")
"""Each language, width and color once; `make soak` looks in every way."""

LOOKED = tuple(WAYS) if os.environ.get("LANEFLOW_SOAK") else OFTEN


class Morning(NamedTuple):
    """A busy morning, its practice's folder, and every page there is, asked for once."""

    day: Day
    folder: Path
    shown: list[Page]
    broken: list[str]


@pytest.fixture(scope="module")
def morning(_practice_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Morning:
    """Made once: these tests look, and change no more than who is logged in."""
    folder = tmp_path_factory.mktemp("morning") / "practice"
    with shown(_practice_template, folder, FixedClock(MONDAY)) as app:
        day = busy_day.fill(app)
        return Morning(day, folder, *pages(day, logged_in))


@pytest.fixture
def app(morning: Morning, tmp_path: Path, clock: FixedClock) -> Iterator[App]:
    """The practice on that morning; its folder is a copy of its own."""
    with shown(morning.folder, tmp_path / "practice", clock) as app:
        yield app


@pytest.fixture
def site(morning: Morning) -> dict[str, list[Page]]:
    """Every page, by who looks at it."""
    found: dict[str, list[Page]] = {}
    for page in morning.shown:
        found.setdefault(page.who, []).append(page)
    return found


def test_no_page_is_broken(morning: Morning) -> None:
    assert morning.broken == []
    assert {"queue", "account_login"} <= {page.name for page in morning.shown}


@pytest.fixture
def tour(
    site: dict[str, list[Page]], visit: Callable[..., Any]
) -> Callable[..., Iterator[tuple[Page, Any]]]:
    """``tour(viewport=…)``: every page, opened in a browser by whoever looks at it."""

    def walk(**options: Any) -> Iterator[tuple[Page, Any]]:
        for who, theirs in site.items():
            tab = visit(who, reduced_motion="reduce", **options)
            for page in theirs:
                tab.goto(page.path)
                yield page, tab

    return walk


@pytest.mark.parametrize("way", LOOKED)
def test_every_page(way: str, tour: Callable[..., Iterator[tuple[Page, Any]]]) -> None:
    """Pictures of all, and what is wrong with any; on small screens also how narrow it gets, at
    desks whether the keyboard is enough."""
    wrong, folder, phone = {}, SHOTS / way, "phone" in way
    folder.mkdir(parents=True, exist_ok=True)
    for page, tab in tour(**WAYS[way]):
        tab.screenshot(path=folder / f"{page.name}.png", full_page=True)
        found = {**_axe(tab), **(_too_wide(tab) if phone else _keyboard(tab))}
        tab.set_viewport_size(WAYS[way]["viewport"])
        if found:
            wrong[page.name] = found
    assert not wrong, json.dumps(wrong, indent=1)


@pytest.mark.parametrize("way", OFTEN)
def test_what_pages_answer(way: str, morning: Morning, visit: Callable[..., Any]) -> None:
    """Answers to what one did: refused, found, not found, not for one's role or location."""
    wrong, folder = {}, SHOTS / way
    folder.mkdir(parents=True, exist_ok=True)
    for name, tab in _answers(
        morning.day, lambda who: visit(who, reduced_motion="reduce", **WAYS[way])
    ):
        tab.screenshot(path=folder / f"answer-{name}.png", full_page=True)
        if found := _axe(tab):
            wrong[name] = found
    assert not wrong, json.dumps(wrong, indent=1)


def _answers(day: Day, visit: Callable[[str], Any]) -> Iterator[tuple[str, Any]]:
    tab = visit("")
    tab.goto("/account/login/")
    tab.fill("input[name=login]", "rosa")
    tab.fill("input[name=password]", "not hers")
    tab.press("input[name=password]", "Enter")
    tab.locator(".problem").first.wait_for()
    yield "wrong-password", tab
    tab = visit("ana")
    tab.goto(f"/cases/{day.of(busy_day.CARMEN, 'discharge')}")
    tab.click("#note button.primary")
    tab.locator("#note .problem").first.wait_for()
    yield "note-refused", tab
    tab.goto("/inbound")
    tab.fill("main input[type=search], main input[type=text]", "duarte")
    tab.keyboard.press("Enter")
    tab.locator("#found article").first.wait_for()
    yield "found", tab
    for name, address in {
        "outside": f"/cases/{day.of(busy_day.JON)}",
        "nowhere": "/nowhere",
        "not-for-them": "/audit",
    }.items():
        tab.goto(address)
        yield name, tab


def _axe(tab: Any) -> dict[str, Any]:
    """What axe-core finds: rule -> some of the elements."""
    found = Axe().run(tab, options=RULES).response["violations"]
    return {one["id"]: [node["html"][:160] for node in one["nodes"][:4]] for one in found}


def _too_wide(tab: Any) -> dict[str, Any]:
    """WCAG's reflow: at 320 pixels nobody scrolls to both sides."""
    tab.set_viewport_size(SMALL)
    if tab.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]:
        return {}
    return {"wider than 320 pixels": tab.evaluate(WIDE)}


WIDE = """() => [...document.querySelectorAll('main *, header *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 4).map(e => e.outerHTML.slice(0, 120))"""


def _keyboard(tab: Any) -> dict[str, Any]:
    """Tab reaches everything one may press or fill in, shows where one is, and leads out again."""
    wanted = tab.evaluate(REACHABLE)
    reached, hidden = _tab_through(tab, wanted)
    lost = [tab.evaluate(HTML, number) for number in sorted(set(range(wanted)) - reached)]
    found = {"never reached by Tab": lost[:5], "focus not seen": sorted(hidden)[:5]}
    return {what: which for what, which in found.items() if which}


def _tab_through(tab: Any, wanted: int) -> tuple[set[int], set[str]]:
    """The numbers of what Tab came to, and what shows no focus."""
    reached: set[int] = set()
    hidden: set[str] = set()
    for _ in range(wanted + 30):
        tab.keyboard.press("Tab")
        number, seen, html = tab.evaluate(FOCUSED)
        if number is not None:
            reached.add(number)
            if not seen:
                hidden.add(html)
        if len(reached) == wanted:
            break
    return reached, hidden


# Radio buttons of one group are one stop of Tab; the arrows choose among them.
REACHABLE = """() => {
  const groups = new Set();
  const all = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')];
  const wanted = all.filter(e => {
    const shown = {visibilityProperty: true, contentVisibilityAuto: true};
    if (e.disabled || !e.checkVisibility(shown)) return false;
    if (e.closest('[tabindex="-1"]') === e || e.closest('.ace_editor')) return false;
    if (e.type !== 'radio') return true;
    const group = (e.form?.id ?? '') + '/' + [...document.forms].indexOf(e.form) + e.name;
    const chosen = document.querySelector(`input[type=radio][name="${e.name}"]:checked`);
    if (chosen && !e.checked) return false;
    return !groups.has(group) && groups.add(group);
  });
  wanted.forEach((e, n) => e.dataset.stop = n);
  return wanted.length;
}"""
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return [null, true, ''];
  const style = getComputedStyle(e);
  const outline = style.outlineStyle !== 'none' && style.outlineWidth !== '0px';
  const seen = outline || style.boxShadow !== 'none' || e.matches('.ace_text-input');
  const stop = e.dataset.stop === undefined ? null : Number(e.dataset.stop);
  return [stop, seen, e.outerHTML.slice(0, 120)];
}"""
HTML = "(n) => document.querySelector(`[data-stop='${n}']`)?.outerHTML.slice(0, 160)"
