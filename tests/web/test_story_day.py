"""One day at the practice in a browser: what a story of one referral does not come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cast import local, t
from laneflow.engine.state import Case
from laneflow.work.app import App

from .case_scenes import discharged, now
from .story_people import Coordinator, Manager, World
from .test_unplaced import referrals, waiting

EDITOR = 'document.querySelector(".editor").env.editor'
TOLD = "Bring all your pill bottles on Tuesday."


@pytest.fixture
def world(app: App, visit: Callable[..., Any], request: pytest.FixtureRequest) -> Iterator[World]:
    """With a mouse, at a desk; at the end no console has complained."""
    made = World(
        app,
        visit,
        f"day-{request.node.name[5:19]}",
        options={"viewport": {"width": 1360, "height": 900}},
    )
    yield made
    assert made.complaints == []


def _two_reasons(world: World) -> list[Case]:
    """Elena is home from the hospital, and another office has sent her to us."""
    first = discharged(world.app)
    world.feed(
        "p1", "referral.received", referral__id="r-1", referral__direction="incoming",
        referral__specialty="cardiology", referral__from="Lakeside Clinic",
    )  # fmt: skip
    (second,) = world.app.store.cases(patient="p1", lane="referral-follow-up")
    return [now(world.app, first), second]


def test_one_call_covers_two_reasons_and_a_voicemail_is_no_outcome(app: App, world: World) -> None:
    discharge, referral = _two_reasons(world)
    ana = Coordinator(world, "ana")
    ana.comes_in()
    row = ana.finds("Call Elena, home from General Hospital")
    ana.hands.press(row.get_by_role("link", name="One call for all"))
    ana.reads("2 reasons are open")
    _documents_both(ana, [discharge, referral])
    at = app.clock.now()
    assert [now(app, case).first_contact for case in (discharge, referral)] == [at, at]

    ana.page.goto(f"/cases/{discharge.id}")
    ana.books("Appointment booked", "2026-09-15T09:00")
    world.at(t("2026-09-17 09:00"))
    ana.comes_in()
    ana.writes_note(ana.finds("Record whether Elena came"))
    note = ana.part("note")
    ana.hands.tick(ana.labelled("Left a message", note))
    ana.hands.press(ana.button("Save the note"))
    ana.reads("nothing says what happens next", "#note .problems")
    ana.shot("voicemail-refused")
    assert ana.labelled("Left a message", note).is_checked()
    ana.hands.write(ana.labelled("Next promised action", note), "Ask the front desk, then call")
    ana.hands.date(ana.labelled("By when", note), "2026-09-18T10:00")
    ana.saves(ana.button("Save the note"))
    task = now(app, discharge).task
    assert task is not None
    assert local(task.due.at) == "2026-09-18 10:00"


def _documents_both(ana: Coordinator, cases: list[Case]) -> None:
    """A reason each is about, one call; each has its next step."""
    ana.hands.tick(ana.labelled("Reached them"))
    ana.hands.tick(ana.labelled("Understood"))
    for case in cases:
        reason = ana.page.locator("section.card", has=ana.page.locator(f"[name='{case.id}.told']"))
        ana.hands.tick(ana.labelled("Spoken about this", reason))
        ana.hands.write(ana.labelled("What they were told", reason), TOLD)
        ana.hands.write(ana.labelled("Next promised action", reason), "Look whether it is done")
        ana.hands.date(ana.labelled("By when", reason), "2026-09-15T16:00")
    ana.shot("two-reasons-one-call")
    ana.hands.press(ana.button("Save on every reason marked"))
    ana.page.wait_for_url("**/cases/*")


def test_somebody_calls_and_an_event_finds_its_case(app: App, world: World) -> None:
    first, second = referrals(app)
    ana = Coordinator(world, "ana")
    ana.comes_in()
    ana.goes_to("Inbound call")
    ana.page.keyboard.type("alv 1961")
    found = ana.page.locator("#found article", has_text="Elena Alvarez")
    ana.hands.press(found.get_by_role("link", name="Record this call"))
    ana.hands.tick(ana.labelled("Understood"))
    ana.hands.tick(ana.labelled("They called because the next step was not clear to them"))
    for number in (0, 1):
        ana.hands.write(ana.page.locator("textarea[name$='.told']").nth(number), TOLD)
        ana.hands.tick(ana.page.locator("[name$='.about']").nth(number))
    ana.shot("inbound-call")
    ana.hands.press(ana.button("Save on every reason marked"))
    ana.page.wait_for_url(lambda url: "/together" not in url)
    assert [now(app, case).inbound_calls for case in (first, second)] == [1, 1]

    ana.goes_to("Unplaced")
    ana.hands.tick(ana.page.locator(f"input[name=case][value='{first.id}']"))
    ana.shot("unplaced")
    ana.hands.press(ana.button("Attach"))
    ana.sees("Every event found its case.")
    assert waiting(app) == []
    assert now(app, first).status == "schedule"


def test_a_call_off_moves_work_at_once_and_a_lane_is_changed(app: App, world: World) -> None:
    """The manager's morning: Ana is ill; and from today the nurse calls whoever comes home."""
    discharge, _ = _two_reasons(world)
    fay = Coordinator(world, "fay")
    fay.comes_in()
    fay.sees("Nothing waits for you. Well done.")
    lee = Manager(world, "lee")
    lee.comes_in()
    lee.goes_to("People")
    lee.hands.press(lee.page.get_by_role("button", name="Call off today Ana Torres"))
    lee.sees("Is that so?", "h1")
    lee.shot("call-off-asked")
    lee.hands.press(lee.button("Yes, make it so"))
    lee.reads("Ana Torres called off")
    fay.goes_to("My queue")
    row = fay.finds("Call Elena, home from General Hospital")
    assert "You stand in for Ana Torres" in row.inner_text()
    fay.shot("queue-of-who-stands-in")

    _edits(lee)
    lee.hands.press(lee.link("Plan and publish"))
    lee.hands.press(lee.button("Work out the plan"))
    lee.page.get_by_text("would be changed").first.wait_for()
    lee.shot("plan")
    lee.hands.write(lee.page.locator("#why"), "The nurse calls")
    lee.hands.tick(lee.page.locator("input[name=untested]"))
    lee.hands.press(lee.page.get_by_role("button", name="Publish"))
    lee.page.wait_for_url("**/history/*")
    world.at(app.clock.now() + 60_000)
    nora = Coordinator(world, "nora")
    nora.comes_in()
    nora.back_to_the_queue()  # a nurse begins at the escalations
    nora.finds("Explain the plan again to Elena")
    assert now(app, discharge).status == "nurse_call"


def _edits(lee: Manager) -> None:
    """A rule into the lane's moves, and saves it as one does in an editor."""
    lee.goes_to("Lanes")
    lee.page.goto("/edit/lane/discharge-outreach")
    lee.page.wait_for_selector("#checked .notice.good")
    lee.page.evaluate(f"""() => {{
        const rule = "  - {{to: nurse_call, when: {{status: first_call, attempts: 0}}}}\\n";
        const text = {EDITOR}.getValue();
        {EDITOR}.setValue(text.replace("\\nmoves:   ", "\\nmoves:\\n" + rule + "#   "), -1);
        {EDITOR}.focus();
    }}""")
    lee.page.keyboard.press("Control+s")
    lee.page.locator("#standing", has_text="Saved").wait_for()
