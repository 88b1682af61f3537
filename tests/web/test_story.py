"""One referral from the day it arrives to the day it closes, by everybody who has a part in it.

The same story four times: with the mouse, by keyboard alone, on a phone, and in Spanish.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cast import local, t
from laneflow.engine.state import Case
from laneflow.work.app import App

from .story_hands import Finger, Keys, Mouse
from .story_people import AtWork, Auditor, Coordinator, Manager, Nurse, World

DESK = {"width": 1360, "height": 900}
PHONE = {"width": 390, "height": 844}

WAYS: dict[str, dict[str, Any]] = {
    "desk": {"hands": Mouse, "options": {"viewport": DESK, "locale": "en-US"}},
    "keyboard": {"hands": Keys, "options": {"viewport": DESK, "locale": "en-US"}},
    "phone": {
        "hands": Finger,
        "options": {"viewport": PHONE, "locale": "en-US", "has_touch": True, "is_mobile": True},
    },
    "spanish": {
        "hands": Mouse, "language": "es", "options": {"viewport": DESK, "locale": "es-US"},
    },
}  # fmt: skip

MARIA = {
    "patient__first_name": "Maria", "patient__last_name": "Santos",
    "patient__birth_date": "1958-03-02", "patient__phone": "555-0142",
}  # fmt: skip
OTHERS = {"p1": "Ida", "p2": "Otto", "p3": "Pia"}
SPANISH = {"My queue": "Mi cola", "Closed as Completed": "Cerrado como Completado"}
"""Some words letter by letter; the others are looked up in the catalogue."""

CALL = "Call Maria, sent to us by Lakeside Clinic"
RIDE = "Arrange a ride for Maria"
INSTRUCTION = "Ask Maria to bring her water pills, and keep Friday at ten"


@pytest.mark.parametrize("way", WAYS)
def test_a_referral_from_arriving_to_closing(way: str, app: App, visit: Callable[..., Any]) -> None:
    world = World(app, visit, way, **WAYS[way])
    for patient, first in OTHERS.items():
        _referral(world, patient, "routine", patient__first_name=first, patient__last_name="Reyes")
        world.feed(patient, "referral.acknowledged", referral__id=f"r-{patient}")
    lee = Manager(world, "lee")
    lee.comes_in()
    before = lee.reads_today()

    world.at(t("2026-09-14 10:30"))
    language = {"patient__language": world.language}
    _referral(world, "maria", "urgent", **MARIA, **language)
    will = Coordinator(world, _maria(app).owner)
    nora = Nurse(world, "nora")

    _nobody_answers_twice(world, will, nora)
    _the_third_call_reaches_her(world, will)
    lee.comes_in()
    meanwhile = lee.reads_today()
    lee.shot("today-meanwhile")
    _the_nurse_answers(world, nora, will)
    _records_come_and_the_visit_is_booked(world, will)
    _the_report_comes_back(world, will)
    _the_manager_sees_it_close(world, lee, [before, meanwhile])
    _everybody_who_saw_her_is_on_record(world, will.login)
    assert world.complaints == []


def _nobody_answers_twice(world: World, will: Coordinator, nora: Nurse) -> None:
    """On Monday and on Tuesday; each time the next attempt has its date."""
    will.comes_in()
    _is_said(world, will, "My queue", "h1")
    row = will.finds(CALL, on_top="Maria Santos")
    will.shot("queue-urgent-on-top")
    will.opens(row)
    will.follows("Maria", "Lakeside Clinic")
    will.shot("case-with-its-script")
    will.tried("No answer")
    will.shot("nobody-answered")
    _next_is(world, "phone", "2026-09-15 17:00")
    will.checks_off("our answer to the referring office")

    world.at(t("2026-09-15 09:10"))
    will.comes_in()
    row = will.finds(CALL, on_top="Maria Santos")
    will.shot("queue-second-day")
    will.writes_note(row)
    will.tried("Left a message")
    _next_is(world, "sms", "2026-09-16 17:00")

    world.at(t("2026-09-15 10:40"))
    nora.comes_in("/escalations")
    nora.takes("Urgent referral without a date after a day")
    nora.shot("nurse-takes-the-delay")


def _the_third_call_reaches_her(world: World, will: Coordinator) -> None:
    """With a ride missing, and feeling worse: each has somebody's task at once."""
    world.at(t("2026-09-16 09:10"))
    will.comes_in()
    row = will.finds(CALL, on_top="Maria Santos")
    will.shot("queue-third-day")
    will.writes_note(row)
    will.reached(
        told="We can see you on Friday at ten, and the nurse calls you back today.",
        barrier="No way to get here",
        came_up="Symptoms worsened",
        next_action="The nurse calls about the swelling",
        by_when="2026-09-16T17:00",
    )
    will.reads(RIDE, "#tasks")
    will.sees("Outreach is paused until the call for help is answered.", "#script")
    will.shot("reached-with-a-barrier")


def _the_nurse_answers(world: World, nora: Nurse, will: Coordinator) -> None:
    """Her instruction is the coordinator's next task."""
    nora.comes_in("/escalations")
    nora.shot("nurse-escalations")
    nora.takes("Feels worse")
    nora.answers("Feels worse", "No sign of heart failure; the visit on Friday holds.", INSTRUCTION)
    nora.shot("nurse-has-answered")
    will.back_to_the_queue()
    row = will.finds(INSTRUCTION)
    will.shot("queue-with-the-instruction")
    will.opens(row)
    will.does(INSTRUCTION)


def _records_come_and_the_visit_is_booked(world: World, will: Coordinator) -> None:
    will.checks_off("records of the referring office")
    will.does(RIDE)
    will.books("Appointment booked", "2026-09-18T10:00")
    will.shot("booked")
    assert (_maria(world.app).status, _maria(world.app).barriers) == ("booked", {})


def _the_report_comes_back(world: World, will: Coordinator) -> None:
    """The provider reads it, and the office that sent her has it: only that closes the case."""
    world.at(t("2026-09-18 11:00"))
    world.feed("maria", "visit.completed", referral__id="r-maria")
    world.at(t("2026-09-21 09:00"))
    world.feed("maria", "report.received", referral__id="r-maria", report__id="d1")
    patel = AtWork(world, "patel")
    patel.comes_in()
    patel.back_to_the_queue()  # a provider begins at the escalations
    patel.opens(patel.finds("Read the consult report on Maria"))
    patel.shot("provider-reads")
    patel.does("Read the consult report on Maria")
    will.comes_in()
    send = "Send our report on Maria to Lakeside Clinic"
    will.opens(will.finds(send))
    will.shot("report-to-send")
    will.does(send)
    _is_said(world, will, "Closed as Completed", "#head")
    will.shot("closed")


def _the_manager_sees_it_close(world: World, lee: Manager, earlier: list[dict[str, int]]) -> None:
    """One more was open and called for help; now it is not, and is counted as closed."""
    lee.comes_in()
    before, meanwhile, after = *earlier, lee.reads_today()
    lee.shot("today-after")
    opened = world.says("open")
    assert [day[opened] for day in (before, meanwhile, after)] == [3, 4, 3]
    calls = world.says("with an escalation nobody has taken")
    assert (before[calls], meanwhile[calls]) == (0, 1)
    lee.follows_the_closed(2026, 9, 21)
    lee.reads("Maria Santos")
    lee.shot("cases-closed-today")
    lee.hands.press(lee.page.get_by_role("link", name="Maria Santos"))
    lee.sees("Closed as %(outcome)s", "#head", outcome=world.says("Completed"))


def _everybody_who_saw_her_is_on_record(world: World, owner: str) -> None:
    aldo = Auditor(world, "aldo")
    aldo.comes_in("/audit")
    names = aldo.who_saw("maria")
    aldo.shot("access-log")
    assert {world.name_of(who) for who in (owner, "nora", "patel", "lee")} <= names


def _is_said(world: World, who: AtWork, words: str, within: str) -> None:
    """In the language of this story, to the letter."""
    who.reads(SPANISH[words] if world.language == "es" else words, within)


def _next_is(world: World, channel: str, due: str) -> None:
    """The case is not lost: its next attempt has a date."""
    task = _maria(world.app).task
    assert task is not None
    assert (task.channel, local(task.due.at)) == (channel, due)


def _maria(app: App) -> Case:
    (case,) = app.store.cases(patient="maria", open_only=False)
    return case


def _referral(world: World, patient: str, urgency: str, **data: Any) -> None:
    world.feed(
        patient, "referral.received", referral__id=f"r-{patient}", referral__direction="incoming",
        referral__urgency=urgency, referral__specialty="cardiology",
        referral__reason="chest pain on the stairs", referral__from="Lakeside Clinic", **data,
    )  # fmt: skip
