"""The queue in a real browser: in place, by keyboard alone, on a phone, and by two at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from laneflow.engine.state import Case
from laneflow.work.app import App

from .test_queue import mine

Visit = Callable[..., Any]


@pytest.fixture
def two(app: App) -> list[Case]:
    """Two cases of Ana's."""
    return [mine(app, f"p{n}", name) for n, name in enumerate(("Eva", "Max"))]


def focused(page: Any) -> str:
    """What the focus is on."""
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def call(page: Any, name: str) -> Any:
    return page.locator("li.task", has_text=re.compile(f"Call {name}"))


def test_claimed_and_given_back_where_it_stands(app: App, two: list[Case], visit: Visit) -> None:
    page = visit("ana")
    call(page, "Eva").get_by_role("button", name="Claim").click()
    call(page, "Eva").get_by_text("Claimed by you").wait_for()
    page.wait_for_function("() => document.activeElement.textContent === 'You have claimed it.'")
    page.wait_for_function(
        "() => document.querySelector('#told').textContent === 'You have claimed it.'"
    )
    assert app.store.case(two[0].id).task.person == "ana"  # type: ignore[union-attr]
    call(page, "Eva").get_by_role("button", name="Give back").click()
    call(page, "Eva").get_by_role("button", name="Claim").wait_for()
    assert page.url.endswith("/")


def test_by_keyboard_alone(app: App, two: list[Case], visit: Visit) -> None:
    page = visit("ana")
    press = page.keyboard.press
    press("j")
    first = focused(page)
    press("j")
    second = focused(page)
    assert first != second
    assert page.evaluate("document.activeElement.matches('a.open')")
    press("k")
    assert focused(page) == first
    press("c")
    page.get_by_text("Claimed by you").wait_for()
    press("s")
    page.locator("form.answer").wait_for()
    page.wait_for_function("() => document.activeElement.name === 'until'")
    press("j")  # typed into the field, not a step
    page.get_by_label("Why it has to wait").fill("jumping jacks")
    press("Enter")
    page.get_by_text("It is put off.", exact=True).first.wait_for()
    press("s")
    page.get_by_text("It has its earlier date again.", exact=True).first.wait_for()
    press("h")
    page.get_by_label("To whom").wait_for()
    press("Escape")
    page.wait_for_function("() => !document.querySelector('form.answer')")
    press("?")
    page.get_by_role("dialog", name="Keys in the queue").wait_for()
    press("Escape")
    press("j")
    press("n")
    page.wait_for_url(re.compile(r"/cases/[^/?]+\?task=.*#note$"))
    page.go_back()
    press("j")
    press("Enter")
    page.wait_for_url(re.compile(r"/cases/[^/?]+$"))


def test_a_reason_is_asked_for_beside_its_field(two: list[Case], visit: Visit) -> None:
    page = visit("ana")
    row = call(page, "Eva")
    row.get_by_role("link", name="Put off").click()
    page.wait_for_function("() => document.activeElement.name === 'until'")
    row.get_by_label("Why it has to wait").fill("   ")
    row.get_by_role("button", name="Put off").click()
    row.get_by_text("the reason is missing").wait_for()
    page.wait_for_function("() => document.activeElement.name === 'reason'")


def test_what_is_new_is_offered_not_pushed(app: App, two: list[Case], visit: Visit) -> None:
    page = visit("ana")
    with page.expect_request("**/queue/news") as asked:
        mine(app, "p7", "Nina")
        page.evaluate("htmx.ajax('POST', '/queue/news', {source: '#news', target: '#news'})")
    assert asked.value.headers["x-laneflow-poll"] == "1"
    page.get_by_text(re.compile(r"\d new tasks?:")).wait_for()
    assert call(page, "Nina").count() == 0
    page.get_by_role("link", name="show").click()
    call(page, "Nina").wait_for()


def test_on_a_phone_nothing_is_cut_off(two: list[Case], visit: Visit) -> None:
    page = visit("ana", viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    row = call(page, "Eva")
    for name in ("Claim",):
        box = row.get_by_role("button", name=name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["height"] >= 24
    row.get_by_role("link", name="Hand over").click()
    page.wait_for_function("() => document.activeElement.name === 'person'")
    row.get_by_label("To whom").select_option("rosa")
    row.get_by_role("button", name="Hand over").click()
    page.get_by_text("It is handed over to Rosa Delgado.", exact=True).first.wait_for()


def test_without_scripts_everything_is_a_page(app: App, two: list[Case], visit: Visit) -> None:
    page = visit("ana", java_script_enabled=False)
    call(page, "Eva").get_by_role("link", name="Put off").click()
    page.get_by_label("Why it has to wait").fill("In surgery until Thursday")
    page.get_by_label(re.compile("Put off until")).fill("2026-09-17T09:00")
    page.get_by_role("button", name="Put off").click()
    page.get_by_text("It is put off.").wait_for()
    assert page.title().startswith("My queue")
    page.get_by_label("Due", exact=True).select_option("overdue")
    page.get_by_role("button", name="Show").click()
    assert "due=overdue" in page.url


def test_of_two_who_claim_at_once_one_wins_and_the_other_is_told(
    app: App, two: list[Case], client: Callable[..., Any]
) -> None:
    """Twenty times; both looked at the same version."""
    answers: list[list[Any]] = []
    case = two[0].id
    for _ in range(20):
        seen = app.store.case(case).seq  # type: ignore[union-attr]
        people = {name: client(name) for name in ("ana", "rosa")}
        start, got = threading.Barrier(2), {}

        def press(name: str) -> None:
            start.wait()  # noqa: B023
            form = {"task": "main", "seen": seen}  # noqa: B023
            got[name] = people[name].post(f"/queue/{case}/claim", form)  # noqa: B023
            app.store.close()

        threads = [threading.Thread(target=press, args=(name,)) for name in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        statuses = sorted(answer.status_code for answer in got.values())
        assert statuses in ([303, 409], [303, 422])
        now = app.store.case(case)
        winner = next(name for name, answer in got.items() if answer.status_code == 303)
        assert now is not None
        assert now.task is not None
        assert now.task.person == winner
        people[winner].post(f"/queue/{case}/back", {"task": "main", "seen": now.seq})
        answers.append(statuses)
    assert len(answers) == 20
