"""Hostile words, a morning on which every feed and every person says them, and how pages are read.

A page is read by a parser as a browser would read it: whatever hostile words have become there,
an element, an attribute, an address, a part of a script, is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from laneflow.engine.state import Case, Event
from laneflow.intake import Bad
from laneflow.intake.vocabulary import CHOICES, FACT_TYPES
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.take_in import take_in

MARK = "xqz"
"""In everything hostile; it is in no word of ours."""

SCRIPT = f"<script>{MARK}(1)</script>"
IMAGE = f"\"><img src=x onerror={MARK}(2)>'"
TEMPLATE = f"{{{{ {MARK}|upper }}}}{{% {MARK} %}}{{{{1237*1259}}}}${{1237*1259}}"
ADDRESS = f"javascript:{MARK}(3)"
CLOSING = f"</textarea></title></style></script><svg/onload={MARK}(4)>"
HIDDEN = f"‮{MARK}​⁦﻿=HYPERLINK(1)"
ALL = f"{SCRIPT}{IMAGE}{TEMPLATE}{CLOSING}{HIDDEN}{ADDRESS}"

ADDRESSES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data", "poster")


def words(n: int) -> str:
    """One after the other, each of them beginning somebody's field sooner or later."""
    return (SCRIPT, IMAGE, ADDRESS, ALL, TEMPLATE, CLOSING, HIDDEN)[n % 7]


class Read(HTMLParser):
    """What is wrong on a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.title = ""
        self.addresses: list[str] = []
        self._within = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        if tag in ("script", "style", "iframe", "object", "embed", "base"):
            names = dict(attrs)
            if tag != "script" or "src" not in names:
                self.wrong.append(f"<{tag}> within the page")
        for name, given in attrs:
            value = given or ""
            self._attribute(tag, name, value)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith(("on", "hx-on")) or name in ("style", "srcdoc"):
            self.wrong.append(f"<{tag} {name}>")
        if MARK in name or MARK in tag:
            self.wrong.append(f"<{tag} {name}> is of hostile words")
        if name in ADDRESSES:
            self.addresses.append(value)
            if value.strip().lower().startswith(("javascript:", "data:", "vbscript:", "//")):
                self.wrong.append(f"<{tag} {name}={value[:30]}>")
        if name in ("id", "class", "for", "hx-vals", "hx-headers") and SCRIPT in value:
            self.wrong.append(f"<{tag} {name}> holds hostile words")

    def handle_data(self, data: str) -> None:
        if self._within == "title":
            self.title += data
        if self._within in ("script", "style") and data.strip():
            self.wrong.append(f"a text within <{self._within}>")

    def handle_endtag(self, tag: str) -> None:
        self._within = ""


# a hostile morning -------------------------------------------------------------------------------


def facts() -> dict[str, Any]:
    """Every fact of the vocabulary that may hold a text, each hostile in its own way."""
    said: dict[str, Any] = {}
    for n, (name, kind) in enumerate(sorted(FACT_TYPES.items())):
        if name in CHOICES or name == "location":
            continue
        if kind == "text":
            said[name] = words(n)
        elif kind == "list":
            said[name] = ["phone", words(n)]
    return said | {"patient.first_name": ALL, "patient.last_name": IMAGE, "location": "main"}


TRIGGERS: dict[str, dict[str, Any]] = {
    "encounter.discharged": {"encounter.class": "inpatient", "encounter.discharged_to": "home"},
    "referral.received": {"referral.direction": "incoming", "referral.urgency": "urgent"},
    "appointment.missed": {"appointment.start": "2026-09-14T08:15:00-04:00"},
    "result.abnormal": {"result.severity": "critical"},
    "symptoms.worsened": {},
    "medication.confusion": {},
    "feedback.received": {},
    "authorization.denied": {"authorization.urgency": "expedited"},
}


def events(app: App, patient: str = f"p-{IMAGE}") -> Iterator[Event]:
    """One of each kind, from a feed with a hostile name, about a patient with a hostile number."""
    now = app.clock.now()
    for n, (kind, more) in enumerate(TRIGGERS.items()):
        told = {**facts(), **more}
        told |= {name: f"{value}{n}" for name, value in told.items() if name.endswith(".id")}
        yield Event(f"{SCRIPT}{n}", f"feed {IMAGE}", kind, now - 60_000 * (9 - n), patient, told)
    nameless = {"patient.first_name": ALL, "referral.specialty": IMAGE, "location": "main"}
    yield Event(
        f"{SCRIPT}nowhere", f"feed {IMAGE}", "referral.received", now, f"{patient}2", nameless
    )


def fill(app: App) -> list[Case]:
    """Let all of it come in, and people write the same; the cases that came of it."""
    take_in(app, list(events(app)))
    reason = (f"the time is {SCRIPT}", f"write {IMAGE}")
    take_in(app, [Bad(f"feed {IMAGE}", f"{CLOSING}.jsonl", 1, *reason, f'{{"x": "{ALL}"}}', "d-1")])
    for case in app.store.cases():
        note(app, case)
    return list(app.store.cases())


def note(app: App, case: Case) -> None:
    """Whoever owns the case writes hostile words wherever they may write any."""
    now, lane = app.clock.now(), app.live.loaded.lanes[case.lane]
    said: dict[str, Any] = {
        "outcome": "reached", "channel": "phone", "with_whom": IMAGE, "understanding": "partly",
        "told": ALL, "next_action": f"{SCRIPT}{IMAGE}", "by_whom": case.owner, "escalate": True,
        "by_when": app.live.calendar("main").next_closing(now + 86_400_000),
    }  # fmt: skip
    if lane.barriers:
        said["barrier"] = next(iter(lane.barriers))
    act(app, by=case.owner, kind="note", case=case.id, data=said)
