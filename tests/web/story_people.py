"""Who is in a story and what they do on the pages, in the words they see: a class for each role."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext, override

from laneflow.engine.state import Event
from laneflow.web.said import known
from laneflow.work.app import App
from laneflow.work.due import tick
from laneflow.work.take_in import take_in
from web_cast import PASSWORD

from .complaints import REFUSED, watched
from .story_hands import Mouse

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@dataclass
class World:
    """The practice, the browser, and how everybody in this story works."""

    app: App
    visit: Callable[..., Any]
    name: str
    hands: type[Mouse] = Mouse
    language: str = "en"
    options: dict[str, Any] = field(default_factory=dict)
    consoles: list[list[str]] = field(default_factory=list)
    shots: int = 0

    def __post_init__(self) -> None:
        self.album = SHOTS / f"story-{self.name}"
        shutil.rmtree(self.album, ignore_errors=True)
        self.album.mkdir(parents=True)

    def says(self, english: str, **named: Any) -> str:
        """What the pages say in this story's language for the English."""
        with override(self.language):
            told = known(gettext(english), self.language)
        return told % named if named else told

    def name_of(self, login: str) -> str:
        """Somebody's name, as practice.yaml has it."""
        return self.app.loaded.practice.people[login].name

    def at(self, instant: int) -> None:
        """Time goes on, and the daemon with it."""
        self.app.clock.sleep(instant - self.app.clock.now())
        tick(self.app)

    def feed(self, patient: str, type_: str, **data: Any) -> None:
        """An event as the record system sends it; ``referral__id`` is ``referral.id``."""
        at = self.app.clock.now()
        facts = {"location": "main"} | {k.replace("__", "."): v for k, v in data.items()}
        id = f"{type_}-{patient}-{at}"
        take_in(self.app, [Event(id, "ehr", type_, at, patient, facts, at)])

    def tab(self) -> Any:
        """A browser of somebody's own; what its console complains of is kept."""
        page = self.visit("", reduced_motion="reduce", **self.options)
        self.consoles.append(watched(page, REFUSED))
        return page

    @property
    def complaints(self) -> list[str]:
        """What the consoles of everybody's browsers complained of."""
        return sorted({text for told in self.consoles for text in told})


class Person:
    """Somebody at their browser."""

    def __init__(self, world: World, login: str) -> None:
        self.world, self.login = world, login
        self.says = world.says
        self.page = world.tab()
        self.hands = world.hands(self.page)

    def comes_in(self, address: str = "/") -> None:
        """Opens a page, and logs in where they are asked to."""
        self.page.goto(address)
        name = self.page.locator("input[name=login]")
        if not name.count():
            return
        self.hands.write(name, self.login)
        self.hands.write(self.page.locator("input[name=password]"), PASSWORD)
        self.hands.press(self.button("Log in"))
        self.page.wait_for_url(lambda url: "/login" not in url)

    def goes_to(self, called: str) -> None:
        """Another page, by the navigation."""
        menu = self.page.locator("details.menu.phone > summary")
        if menu.is_visible():
            self.hands.press(menu)
        pages = self.page.get_by_role("navigation", name=self.says("Pages"))
        self.hands.press(pages.get_by_role("link", name=self.says(called), exact=True))
        self.sees(called, "h1")

    def sees(self, english: str, within: str = "main", **named: Any) -> None:
        """Waits until the page says so, in the story's language."""
        self.reads(self.says(english, **named), within)

    def reads(self, text: str, within: str = "main") -> None:
        """Waits until the page has these very words, such as a name."""
        self.page.locator(within).get_by_text(text).first.wait_for()

    def button(self, called: str, within: Any = None) -> Any:
        """A button by what it is called in English."""
        place = within or self.page
        return place.get_by_role("button", name=self.says(called), exact=True)

    def link(self, called: str) -> Any:
        """A link by what it is called in English."""
        return self.page.get_by_role("link", name=self.says(called), exact=True)

    def labelled(self, called: str, within: Any = None) -> Any:
        """A field by its label in English, which may go on with a note in parentheses."""
        label = re.compile(rf"^{re.escape(self.says(called))}(\s*\(.*)?$")
        return (within or self.page).get_by_label(label).locator("visible=true").first

    def fold(self, called: str, within: Any) -> Any:
        """What unfolds a part of a page, by what it is called in English."""
        return within.locator("summary", has_text=self.says(called)).first

    def shot(self, name: str) -> None:
        """A picture of this station, kept to be looked at."""
        self.world.shots += 1
        path = self.world.album / f"{self.world.shots:02}-{name}.png"
        self.page.screenshot(path=path, full_page=True, caret="initial")


class AtWork(Person):
    """Whoever has a queue and works cases."""

    def finds(self, what: str, on_top: str = "") -> Any:
        """A task in their queue by its words; ``on_top``: whose case is before all others."""
        rows = self.page.locator("li.task")
        row = rows.filter(has_text=what).first
        row.wait_for()
        assert on_top in rows.first.inner_text()
        return row

    def opens(self, row: Any) -> None:
        """The case of a row of the queue."""
        self.hands.open_task(row)
        self.page.wait_for_url("**/cases/*")

    def back_to_the_queue(self) -> None:
        self.goes_to("My queue")

    def part(self, id: str) -> Any:
        """A part of the case page."""
        return self.page.locator(f"#{id}")

    def does(self, task: str) -> None:
        """Says on the case page that a task is done."""
        article = self.part("tasks").locator("article", has_text=task)
        self.saves(self.button("Done", article))

    def saves(self, button: Any) -> None:
        """Presses a button of the case page, and is told anew that it is written down."""
        self.page.evaluate("document.querySelector('#said > *')?.setAttribute('data-old', '')")
        self.hands.press(button)
        self.sees("Written down.", "#said > :not([data-old])")


class Coordinator(AtWork):
    """Calls, documents, checks off, books."""

    def writes_note(self, row: Any) -> None:
        """Goes from the queue straight to the note."""
        self.hands.open_note(row, self.says("Note"))
        self.page.wait_for_url("**#note")

    def follows(self, *words: str) -> None:
        """Has the script before them, with the patient's own words in it."""
        for one in words:
            self.reads(one, "#script")

    def tried(self, came: str) -> None:
        """Documents a contact that reached nobody."""
        self.hands.tick(self.labelled(came, self.part("note")))
        self.saves(self.button("Save the note"))

    def reached(
        self, told: str, barrier: str, came_up: str, next_action: str, by_when: str
    ) -> None:
        """Documents a call that reached the patient: all that a note has to say."""
        note, hands = self.part("note"), self.hands
        hands.tick(self.labelled("Reached them", note))
        hands.choose(self.labelled("How", note), self.says("Phone"))
        hands.choose(self.labelled("With whom", note), self.says("The patient"))
        hands.write(self.labelled("What they were told", note), told)
        hands.tick(self.labelled("Partly", note))
        hands.tick(self.labelled(came_up, note))
        hands.press(self.fold("What stands in the way", note))
        hands.tick(self.labelled(barrier, note))
        hands.write(self.labelled("Next promised action", note), next_action)
        hands.date(self.labelled("By when", note), by_when)
        self.shot("note-written")
        self.saves(self.button("Save the note"))

    def checks_off(self, item: str) -> None:
        """An item of the checklist has come."""
        name = f"{item}: {self.says('Received')}"
        self.saves(self.part("checklist").get_by_role("button", name=name, exact=True))
        row = self.part("checklist").locator("tr", has_text=item)
        row.locator(".badge.good", has_text=self.says("Received")).wait_for()

    def books(self, event: str, start: str) -> None:
        """An appointment that somebody made by telephone."""
        events = self.part("events")
        self.hands.press(self.fold("Something else", events))
        self.hands.choose(self.labelled("What", events), self.says(event))
        when = self.labelled("For a booked appointment: when it is", events)
        self.hands.date(when, start)
        self.saves(self.button("Record it", events))


class Nurse(AtWork):
    """Takes calls for help and answers them."""

    def call(self, text: str) -> Any:
        """A call for help on the page of escalations."""
        found = self.page.locator("article.call", has_text=text)
        found.wait_for()
        return found

    def takes(self, text: str) -> None:
        self.hands.press(self.button("Take it", self.call(text)))
        name = self.world.name_of(self.login)
        self.call(text).get_by_text(self.says("Taken by %(name)s.", name=name)).wait_for()

    def answers(self, text: str, decided: str, instruction: str) -> None:
        """Says what was decided, and what the coordinator is to do."""
        call = self.call(text)
        decision = self.labelled("What was decided", call)
        if not decision.is_visible():
            self.hands.press(self.fold("Answer", call))
        self.hands.write(decision, decided)
        self.hands.write(self.labelled("Instruction", call), instruction)
        self.shot("answer-written")
        self.hands.press(self.button("Answer", call))
        call.wait_for(state="detached")


class Manager(AtWork):
    """Watches the numbers."""

    def reads_today(self) -> dict[str, int]:
        """The figures on top of Today, by what they count."""
        self.goes_to("Today")
        figures = self.page.locator(".figures a").all_inner_texts()
        told = dict(text.strip().split(maxsplit=1)[::-1] for text in figures)
        return {what: int(number) for what, number in told.items()}

    def follows_the_closed(self, year: int, month: int, day: int) -> None:
        """From Today to the numbers of four weeks, and to what was closed on a day."""
        self.hands.press(self.link("The numbers, and the cases behind them"))
        self.sees("Opened and closed, four weeks", "h1")
        closed = self.page.locator(f"a[href*='closed_from={year}-{month:02}-{day:02}']")
        assert closed.inner_text() == "1"
        self.hands.press(closed)


class Auditor(Person):
    """Looks who saw whom."""

    def who_saw(self, patient: str) -> set[str]:
        """The names in the trail of a patient."""
        self.hands.write(self.labelled("Case, or patient's number"), patient)
        with self.page.expect_navigation():
            self.hands.press(self.button("Show"))
        return set(self.page.locator("table.trail tbody th").all_inner_texts())
