"""The case page in a real browser: the keyboard, htmx, the clipboard, a phone, what is unsaved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laneflow.work.actions import act
from laneflow.work.app import App

from .case_scenes import discharged, now

Visit = Callable[..., Any]


def tab_to(page: Any, selector: str, most: int = 120) -> None:
    """Press Tab until that element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the keyboard does not come to {selector}")


def test_a_whole_note_is_written_by_keyboard_alone(app: App, visit: Visit) -> None:
    case = discharged(app)
    page = visit("ana")
    page.goto(f"/cases/{case.id}")
    tab_to(page, "#head a[href='#note']")
    page.keyboard.press("Enter")
    tab_to(page, "input[name=outcome]")
    page.keyboard.press("Space")  # reached
    tab_to(page, "#note-with_whom")
    page.keyboard.type("The p")
    tab_to(page, "#note-told")
    page.keyboard.type("Come in by Friday.")
    tab_to(page, "input[name=understanding]")
    page.keyboard.press("Space")  # understood
    tab_to(page, "#note-barrier summary")
    page.keyboard.press("Enter")
    tab_to(page, "input[name=barrier][value=transportation]")
    page.keyboard.press("Space")
    tab_to(page, "#note-next_action")
    page.keyboard.type("Book a ride")
    tab_to(page, "[data-quick=note-by_when] button")
    page.keyboard.press("Enter")
    assert page.input_value("#note-by_when") == "2026-09-15T17:00"
    tab_to(page, "#note button.primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#said [data-focus]:focus")
    after = now(app, case)
    assert set(after.barriers) == {"transportation"}
    assert [p.what for p in after.promises.values()] == ["Book a ride"]
    assert page.input_value("#note-told") == ""


def test_what_is_wrong_gets_the_focus_and_nothing_typed_goes(app: App, visit: Visit) -> None:
    case = discharged(app)
    page = visit("ana")
    page.goto(f"/cases/{case.id}")
    page.fill("#note-told", "Words I would hate to lose")
    page.click("text=Reached them")
    page.click("text=Save the note")
    page.wait_for_selector("#note [aria-invalid=true]:focus")
    assert page.input_value("#note-told") == "Words I would hate to lose"
    assert page.get_attribute("input[name=understanding]", "aria-invalid") == "true"
    assert now(app, case) == case


def test_ticking_the_checklist_leaves_the_note_that_is_being_typed(app: App, visit: Visit) -> None:
    case = discharged(app)
    page = visit("ana")
    page.goto(f"/cases/{case.id}")
    page.fill("#note-told", "Half a sentence")
    page.click("#checklist button[aria-label='discharge summary: Received']")
    page.wait_for_selector("#checklist .badge.good")
    assert page.input_value("#note-told") == "Half a sentence"
    page.click("label:has-text('No answer')")
    page.click("text=Save the note")
    page.wait_for_selector("#timeline >> text=documented: no answer")
    assert now(app, case).attempts == 1


def test_both_are_shown_where_somebody_was_quicker(app: App, visit: Visit) -> None:
    case = discharged(app)
    page = visit("ana")
    page.goto(f"/cases/{case.id}")
    act(app, by="fay", kind="item", case=case.id, data={"item": "summary", "state": "received"})
    page.fill("#note-told", "Mine")
    page.click("label:has-text('No answer')")
    page.click("text=Save the note")
    page.wait_for_selector("#note >> text=Fay Lindgren marked discharge summary as received")
    assert page.input_value("#note-told") == "Mine"
    page.click("text=Save mine as well")
    page.wait_for_selector("#timeline >> text=told: Mine")
    assert (now(app, case).attempts, now(app, case).items["summary"].state) == (1, "received")


def test_the_script_is_copied_and_it_is_said(app: App, visit: Visit) -> None:
    case = discharged(app)
    page = visit("ana", permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/cases/{case.id}")
    page.click("#channel-sms")
    page.wait_for_selector("#channel-sms[aria-current]")
    page.click("#script button:has-text('Copy')")
    page.wait_for_selector("#told:has-text('Copied')", state="attached")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Maple Street Family Medicine" in copied
    assert copied == page.input_value("#whole")


def test_leaving_with_something_unsaved_is_asked_about(app: App, visit: Visit) -> None:
    case = discharged(app)
    page = visit("ana")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"/cases/{case.id}")
    page.goto("/")
    assert asked == []
    page.goto(f"/cases/{case.id}")
    page.click("#note-told")
    page.keyboard.type("Half a sentence")
    page.goto("/")
    assert asked == ["beforeunload"]
    assert page.evaluate("JSON.stringify(localStorage)").find("Half") == -1


def test_why_is_told_when_it_is_asked_for(app: App, visit: Visit) -> None:
    page = visit("ana")
    page.goto(f"/cases/{discharged(app).id}")
    page.click("text=Every step, rule and version")
    page.wait_for_selector("text=Which version decided")


def test_without_javascript_all_of_it_works(app: App, visit: Visit) -> None:
    case = discharged(app)
    page = visit("ana", java_script_enabled=False)
    page.goto(f"/cases/{case.id}")
    assert not page.is_visible("#script button:has-text('Copy')")
    page.fill("#note-told", "By post")
    page.click("text=Save the note")
    assert page.input_value("#note-told") == "By post"
    assert "the outcome is missing" in page.inner_text("#note")
    page.click("label:has-text('No answer')")
    page.click("text=Save the note")
    assert "Written down." in page.inner_text("#said")
    page.click("#checklist button[aria-label='discharge summary: Received']")
    assert now(app, case).items["summary"].state == "received"


def test_it_fits_a_phone(app: App, visit: Visit) -> None:
    case = discharged(app, patient__last_name="Alvarez-de-la-Fuente-y-Montenegro-Villanueva")
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    page = visit("ana", reduced_motion="reduce", **phone)
    page.goto(f"/cases/{case.id}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("#head a[href='#note']")
    top = page.evaluate("document.getElementById('note').getBoundingClientRect().top")
    assert 0 <= top < 200
    page.click("label:has-text('No answer')")
    page.click("text=Save the note")
    page.wait_for_selector("#said .message")
    assert now(app, case).attempts == 1
