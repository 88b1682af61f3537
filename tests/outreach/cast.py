"""The cast of the outreach tests: the shipped scripts, one practice, a patient, a case per lane."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import small_practice
from cast import t
from laneflow.engine.state import Case, Date, ItemState, Task
from laneflow.lanes.model import (
    Attempt,
    Barrier,
    Due,
    Duration,
    Fact,
    Item,
    Lane,
    Status,
    TaskSpec,
)
from laneflow.practice.model import LoadedPractice
from small_practice import a_location, a_person

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
AUDIENCE_PARTNER = "partner/"

FACTS: dict[str, tuple[str, Any]] = {
    "encounter.facility": ("text", "St. Mary Hospital"),
    "appointment.type": ("text", "office visit"),
    "appointment.start": ("date and time", "2026-09-10T15:30:00-04:00"),
    "appointment.provider": ("text", "Dr. Grant"),
    "referral.id": ("text", "R-1"),
    "referral.specialty": ("text", "cardiology"),
    "referral.provider": ("text", "Dr. Osei"),
    "referral.from": ("text", "River Family Practice"),
    "referral.urgency": ("text", "urgent"),
    "referral.reason": ("text", "chest pain on stairs"),
    "visit.reason": ("text", "back pain"),
    "visit.follow_up": ("text", "physical therapy"),
    "visit.follow_up_by": ("date", "2026-09-18"),
    "result.name": ("text", "potassium"),
    "authorization.id": ("text", "PA-77"),
    "authorization.service": ("text", "MRI"),
    "authorization.payer": ("text", "Acme Health"),
    "authorization.urgency": ("text", "standard"),
    "authorization.reason": ("text", "the office notes"),
    "authorization.decision_by": ("date", "2026-09-11"),
    "recall.service": ("text", "bone scan"),
    "recall.due": ("date", "2026-09-30"),
    "program.name": ("text", "rpm"),
}
PATIENT = {
    "patient.first_name": "Maria",
    "patient.last_name": "Gomez",
    "patient.birth_date": "1958-03-09",
    "patient.language": "en",
    "patient.phone": "+15552345678",
    "patient.address": "12 Oak Street, Springfield",
}


NOW = t("2026-09-04 09:00")


def a_lane(**given: Any) -> Lane:
    """A lane that declares every fact of the vocabulary the shipped scripts speak of."""
    usual: dict[str, Any] = {
        "id": "any",
        "title": "Any lane",
        "purpose": "Tests",
        "file": "lanes/any.yaml",
        "facts": {
            name: Fact(type=kind)
            for name, (kind, _) in FACTS.items()  # type: ignore[arg-type]
        },
        "opens": (),
        "one_case_per": ("patient.id",),
        "ours": {},
        "periods": {},
        "priority": (),
        "classify": (),
        "windows": {},
        "owner": "care coordinator",
        "backup": "front desk lead",
        "checklist": (
            Item("summary", "discharge summary", "hospital", Due(duration=Duration(1, "days"))),
            Item("med_list", "medication list", "hospital", Due(duration=Duration(1, "days"))),
            Item("card", "insurance card", "patient", Due(duration=Duration(1, "days"))),
            Item("notes", "office notes", "us", Due(duration=Duration(1, "days"))),
        ),
        "barriers": {"transportation": Barrier("transportation", "No way to get here")},
        "statuses": {"first": a_status("Call {{ patient.first_name }}")},
        "moves": (),
        "escalations": (),
        "closes": (),
        "untouched": Duration(5, "business days"),
    }
    return Lane(**(usual | given))


def a_status(do: str, script: str | None = None, *channels: str) -> Status:
    """A status with one task."""
    attempts = tuple(Attempt(by=channel) for channel in channels)
    due = Due(duration=Duration(1, "business days"))
    return Status("first", "new", TaskSpec(do=do, due=due, script=script, attempts=attempts))


def a_practice(folder: Path = ROOT, lane: Lane | None = None, **given: Any) -> LoadedPractice:
    """Maple Street, with Ana and Ben, its one lane, and scripts from ``folder``."""
    people = (
        a_person(id_, "care coordinator", name=name, shifts=())
        for id_, name in (("ana", "Ana Torres"), ("ben", "Ben Cole"))
    )
    usual: dict[str, Any] = {
        "name": "Maple Street Family Medicine",
        "people": {person.id: person for person in people},
        "last_resort": "ana",
        "on_call": "ben",
        "parties": {"hospital": "the hospital", "specialist": "the specialist's office"},
    }
    location = a_location(name="Maple Street", hours="Mo-Fr")
    lane = lane or a_lane()
    practice = small_practice.a_practice(location=location, **(usual | given))
    return LoadedPractice(practice, {lane.id: lane}, str(folder))


def a_case(**given: Any) -> Case:
    """A case in which everything a script may speak of is known."""
    appointment = {k: v for k, (_, v) in FACTS.items() if k.startswith("appointment.")}
    usual: dict[str, Any] = {
        "id": "c1",
        "patient": "p1",
        "lane": "any",
        "location": "main",
        "status": "first",
        "queue": "new",
        "tier": "high",
        "opened": NOW,
        "facts": {k: (v, NOW) for k, (_, v) in FACTS.items() if k not in appointment},
        "opening": {k: v for k, (_, v) in FACTS.items()} | {"patient.age": 68},
        "appointments": {"a1": {"appointment.id": "a1", "state": "booked", **appointment}},
        "windows": {"visit": Date(t("2026-09-08 17:00"))},
        "items": {
            "summary": ItemState("missing"),
            "med_list": ItemState("partial"),
            "card": ItemState("missing"),
            "notes": ItemState("received"),
        },
        "owner": "ana",
        "backup": "ben",
    }
    return Case(**(usual | given))


def a_task(script: str = "discharge/first-call", channel: str = "phone", **given: Any) -> Task:
    """The task whose prompt is asked for."""
    usual: dict[str, Any] = {
        "id": "c1/1",
        "key": "main",
        "source": "status:first",
        "do": "Call {{ patient.first_name }}, home from {{ encounter.facility }}",
        "due": Date(t("2026-09-08 17:00")),
        "opened": NOW,
        "script": script,
        "channel": channel,
        "to": "hospital" if script.startswith(AUDIENCE_PARTNER) else "",
    }
    return Task(**(usual | given))


def whole_source(name: str) -> str:
    """The source of a script file and of every one it builds on."""
    text = (SCRIPTS / name).read_text()
    return text + "".join(whole_source(other) for other in re.findall(r'"([\w/.-]+\.j2)"', text))


def shipped() -> list[tuple[str, str, str]]:
    """(script, channel, locale) of every shipped script that is not a base."""
    found = []
    for path in sorted(SCRIPTS.rglob("*.j2")):
        name = path.relative_to(SCRIPTS).as_posix()
        if not name.startswith("_"):
            stem, channel, *locale = name.removesuffix(".j2").split(".")
            found.append((stem, channel, locale[0] if locale else "en"))
    return found
