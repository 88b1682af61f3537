"""The editor in a real browser: problems at their line, what may stand here, publish, roll back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laneflow.work.app import App
from laneflow.work.due import tick

from .case_scenes import discharges
from .complaints import watched

Visit = Callable[..., Any]

EDITOR = 'document.querySelector(".editor").env.editor'


def test_an_edit_from_the_wrong_key_to_a_case_that_moves_and_back(app: App, visit: Visit) -> None:
    discharges(app)
    first = app.loaded.lanes["discharge-outreach"].first_status
    file = app.folder / "lanes/discharge-outreach.yaml"
    before = file.read_text()
    page = visit("lee", viewport={"width": 1360, "height": 900})
    complaints = watched(page)
    page.goto("/edit/lane/discharge-outreach")
    page.wait_for_selector("#checked .notice.good")

    # A wrong key is told at its line, without saving.
    line = page.evaluate(f"""() => {{
        const editor = {EDITOR};
        const at = editor.find("queue: new");
        editor.session.replace(at, "quee: new");
        return at.start.row + 1;
    }}""")
    link = page.locator(f"#checked a[data-line='{line}']").first
    link.wait_for()
    assert "quee" in page.inner_text("#checked")
    page.wait_for_selector(".ace_gutter-cell.ace_error")
    link.click()
    assert page.evaluate(f"() => {EDITOR}.getCursorPosition().row + 1") == line
    page.evaluate(
        f"""() => {{ const e = {EDITOR}; e.session.replace(e.find("quee: new"), "queue: new"); }}"""
    )
    page.wait_for_selector("#checked .notice.good")

    # Facts are offered where a condition stands.
    page.evaluate(f"""() => {{
        const editor = {EDITOR};
        editor.find("\\nmoves:");
        editor.gotoLine(editor.getCursorPosition().row + 1, 999);
        editor.insert("\\n  - {{to: {first}, when: {{");
        editor.execCommand("startAutocomplete");
    }}""")
    page.wait_for_selector(".ace_autocomplete .ace_line")
    page.keyboard.type("patient.lang")
    page.locator(".ace_autocomplete .ace_line", has_text="patient.language").first.wait_for()
    page.keyboard.press("Enter")
    assert f"- {{to: {first}, when: {{patient.language: " in page.evaluate(
        f"() => {EDITOR}.getValue()"
    )

    # What is kept: whoever waits for a first call goes to the nurse instead.
    page.reload()
    page.wait_for_selector("#checked .notice.good")
    page.evaluate(f"""() => {{
        const editor = {EDITOR};
        const rule = "  - {{to: nurse_call, when: {{status: {first}, attempts: 0}}}}\\n";
        const text = editor.getValue();
        editor.setValue(text.replace("\\nmoves:   ", "\\nmoves:\\n" + rule + "#   "), -1);
        editor.focus();
    }}""")
    page.keyboard.press("Control+s")
    page.wait_for_function(
        """() => document.querySelector("#standing").textContent.includes("Saved")"""
    )
    assert "nurse_call, when: {status: first_call, attempts: 0}" in file.read_text()
    assert app.store.released() == 1

    # Planned, published: the cases move. And back.
    page.goto("/plan")
    page.click("text=Work out the plan")
    page.wait_for_selector("text=3 of 3 open cases would be changed")
    page.fill("#why", "The nurse calls")
    page.check("input[name=untested]")  # the lane's own tests say otherwise
    page.click("button:has-text('Publish')")
    page.wait_for_url("**/history/2")
    tick(app)
    assert {case.status for case in app.store.cases()} == {"nurse_call"}
    page.goto("/history/1")
    page.click("text=See what going back to it would do")
    page.wait_for_selector("#why")
    page.fill("#why", "As it was, after all")
    page.click("button:has-text('Make release 1 live again')")
    page.wait_for_url("**/history/3")
    assert app.store.releases()[0].parts == app.store.releases()[2].parts
    assert file.read_text() == before
    assert complaints == []


def test_the_keyboard_is_not_caught_in_the_editor(visit: Visit) -> None:
    page = visit("lee")
    page.goto("/edit/practice")
    page.wait_for_selector("#checked .notice.good")
    page.locator(".editor").first.focus()
    page.evaluate(f"() => {EDITOR}.focus()")
    page.keyboard.press("Tab")  # indents
    assert page.evaluate(f"() => {EDITOR}.isFocused()")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert not page.evaluate(f"() => {EDITOR}.isFocused()")
    assert page.evaluate("() => !document.activeElement.closest('.editor')")


def test_what_a_file_says_is_never_run(app: App, visit: Visit) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    file = app.folder / "lanes/discharge-outreach.yaml"
    text = file.read_text().replace("title: Discharge outreach", f'title: "{evil}"')
    file.write_text(text.replace("queue: new", f'queue: "{evil}"', 1))
    page = visit("lee")
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    complaints = watched(page)
    for address in ("/lanes", "/edit/lane/discharge-outreach"):
        page.goto(address)
    page.locator("#checked a[data-line]").first.click()
    page.locator(".ace_gutter-cell.ace_error").first.hover()
    page.wait_for_timeout(300)
    file.write_text(text)
    for address in (
        "/lanes/discharge-outreach?as=edited",
        "/lanes/discharge-outreach/diagram.svg?as=edited",
    ):
        page.goto(address)
    page.goto("/plan")
    page.click("text=Work out the plan")
    page.wait_for_selector("#differences")
    assert "onerror" in page.inner_text("#planning")
    assert alerts == []
    assert complaints == []


def test_a_script_is_previewed_beside_the_editor_with_a_real_case(app: App, visit: Visit) -> None:
    discharges(app)
    page = visit("lee", viewport={"width": 1360, "height": 900})
    complaints = watched(page)
    page.goto("/edit/script/discharge/first-call.phone.j2")
    page.wait_for_selector("#checked .notice.good")
    page.click("button:has-text('Preview')")
    page.wait_for_selector("#said .say")
    assert "made up" in page.inner_text("#said")
    case = next(iter(app.store.cases()))
    page.fill("#case", case.id)
    page.click("button:has-text('Preview')")
    page.wait_for_selector("#said >> text=Said in this case")
    assert "Elena" in page.inner_text("#said")
    viewed = [row for row in app.store.audited() if row["what"] == "view"]
    assert viewed[-1]["object"] == f"case {case.id}"
    assert complaints == []


def test_without_javascript_everything_still_goes(app: App, visit: Visit) -> None:
    page = visit("lee", java_script_enabled=False)
    page.goto("/edit/lane/discharge-outreach")
    area = page.locator("#text")
    area.fill(area.input_value().replace("queue: ", "quee: ", 1))
    page.click("button:has-text('Check')")
    assert "quee" in page.inner_text("#checked")
    area.fill(
        area.input_value()
        .replace("quee: ", "queue: ", 1)
        .replace("title: Discharge outreach", "title: Home")
    )
    page.click("button:has-text('Save')")
    assert "It is not live yet" in page.inner_text("#messages")
    page.goto("/plan")
    page.click("text=Work out the plan")
    page.wait_for_selector("#why", timeout=60_000)
    page.fill("#why", "Shorter")
    page.click("button:has-text('Publish')")
    page.wait_for_url("**/history/2")
    assert app.loaded.lanes["discharge-outreach"].title == "Home"
