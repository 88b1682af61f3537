"""A fixed cast for engine tests: one small practice, one lane in plain values, one patient."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from laneflow.engine.live import Live
from laneflow.engine.state import Act, Event, Instant, PatientFile
from laneflow.lanes.model import (
    AllOf,
    AnyOf,
    Atom,
    Attempt,
    Barrier,
    Close,
    Due,
    Duration,
    EscalationRule,
    Fact,
    Lane,
    Move,
    Opening,
    Status,
    TaskSpec,
    TierRule,
    Window,
)
from laneflow.practice.model import Ladder, LoadedPractice, Practice, Rung
from small_practice import a_location, a_person, a_practice

ZONE = "America/New_York"
TIERS = ("urgent", "high", "routine")

BUILT_IN = (
    EscalationRule("overdue", "A task is overdue", "standard", builtin="overdue"),
    EscalationRule("late", "First response late", "standard", builtin="first_response_late"),
    EscalationRule("untouched", "Nobody has acted", "standard", builtin="untouched"),
)


def t(text: str) -> Instant:
    """``2026-09-04 18:30`` in the practice's zone, as an instant."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))
    return round(moment.timestamp() * 1000)


def local(at: Instant | None) -> str | None:
    """An instant as the practice's clock shows it."""
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1000, ZoneInfo(ZONE)).strftime("%Y-%m-%d %H:%M")


def practice(**more: Any) -> Practice:
    """The small practice: a coordinator, a lead, a nurse, a provider, a manager."""
    people = [
        a_person("ana", "care coordinator"),
        a_person("ben", "front desk lead"),
        a_person("nia", "nurse"),
        a_person("pat", "provider"),
        a_person("mia", "practice manager"),
    ]
    settings: dict[str, Any] = {
        "name": "Test Practice",
        "languages": ("en",),
        "people": {p.id: p for p in people},
        "last_resort": "mia",
        "ladders": {
            "standard": Ladder(
                "standard",
                (
                    Rung("front desk lead", Duration(4, "business hours")),
                    Rung("practice manager", Duration(1, "business days")),
                ),
            ),
            "clinical now": Ladder(
                "clinical now",
                (Rung("nurse", Duration(30, "minutes")), Rung("provider", Duration(1, "hours"))),
                at_once=True,
                resolve_within=Duration(4, "business hours"),
            ),
        },
        "hash": "practice-1",
    }
    return a_practice(location=a_location(name="Main", holiday_country="US"), **(settings | more))


def when(*atoms: Atom | AnyOf | AllOf) -> AllOf:
    """A condition: all of these."""
    return AllOf(tuple(atoms))


def call_task(**more: Any) -> TaskSpec:
    """Call the patient: three attempts, then another status."""
    settings: dict[str, Any] = {
        "do": "Call {{ patient.first_name }}",
        "due": Due(window="first_attempt"),
        "attempts": (
            Attempt("phone"),
            Attempt("phone", Duration(4, "business hours")),
            Attempt("letter", Duration(1, "business days")),
        ),
        "after_last": "unreached",
    }
    return TaskSpec(**{**settings, **more})


def lane(**more: Any) -> Lane:
    """A small discharge lane with every kind of rule."""
    settings: dict[str, Any] = {
        "id": "discharge-outreach",
        "title": "Discharge outreach",
        "purpose": "",
        "hash": "lane-1",
        "file": "lanes/discharge-outreach.yaml",
        "facts": {
            "encounter.facility": Fact(default="the hospital"),
            "encounter.complexity": Fact(one_of=("high", "moderate"), default="moderate"),
            "appointment.start": Fact("date and time"),
        },
        "opens": (Opening("encounter.discharged", if_open="replace"),),
        "one_case_per": ("patient.id",),
        "ours": {},
        "periods": {},
        "priority": (
            TierRule("urgent", when(Atom("encounter.complexity", "is", "high"))),
            TierRule("high"),
        ),
        "classify": (),
        "windows": {
            "first_attempt": Window(
                dict(
                    zip(
                        TIERS,
                        [
                            Duration(0, "same day"),
                            Duration(1, "business days"),
                            Duration(2, "business days"),
                        ],
                        strict=True,
                    )
                )
            ),
            "first_contact": Window(dict.fromkeys(TIERS, Duration(2, "business days"))),
        },
        "owner": "care coordinator",
        "backup": "front desk lead",
        "checklist": (),
        "barriers": {
            "cost": Barrier(
                "cost",
                "Cost",
                TaskSpec("Find help", Due(duration=Duration(1, "business days")), who="nurse"),
            )
        },
        "statuses": {
            "first_call": Status("first_call", "new", call_task()),
            "unreached": Status(
                "unreached",
                "needs patient action",
                TaskSpec(
                    "Decide how",
                    Due(duration=Duration(1, "business days")),
                    who="nurse",
                    every=Duration(5, "business days"),
                ),
            ),
            "needs_visit": Status(
                "needs_visit",
                "needs patient action",
                TaskSpec(
                    "Book the visit",
                    Due(duration=Duration(1, "business days")),
                    attempts=(Attempt("phone"),),
                    after_last="unreached",
                ),
                (Move("booked", when=when(Atom("appointment.start", "known", True))),),
            ),
            "booked": Status(
                "booked",
                "scheduled",
                TaskSpec(
                    "Was it kept?", Due(anchor="appointment.start", by=Duration(1, "business days"))
                ),
                (Move("needs_visit", when=when(Atom("appointment.start", "known", False))),),
            ),
        },
        "moves": (
            Move(
                "needs_visit",
                when=when(
                    Atom("status", "one_of", ("first_call", "unreached")),
                    Atom("understanding", "is", "understood"),
                ),
            ),
        ),
        "escalations": (
            EscalationRule(
                "worse", "Feels worse", "clinical now", on="symptoms.worsened", pause_outreach=True
            ),
            EscalationRule(
                "unreachable",
                "Cannot be reached",
                "standard",
                when=when(Atom("failed_attempts", "at_least", 3)),
            ),
            *BUILT_IN,
        ),
        "closes": (
            Close("completed", on="visit.completed"),
            Close("unsuccessful", on="patient.declined", ask=True),
            Close("unsuccessful", by_hand=("nurse",), ask=True),
            Close(
                "unsuccessful",
                when=when(Atom("since.encounter.discharged", "at_least", Duration(30, "days"))),
                confirm="practice manager",
                ask=True,
            ),
            Close("cancelled", on="encounter.admitted", reason="Readmitted"),
        ),
        "untouched": Duration(5, "business days"),
    }
    return Lane(**{**settings, **more})


def live(*lanes: Lane, **practice_more: Any) -> Live:
    """The practice with these lanes, ready to decide."""
    chosen = lanes or (lane(),)
    loaded = LoadedPractice(practice(**practice_more), {x.id: x for x in chosen}, ".")
    return Live(loaded)


def patient(**facts: Any) -> PatientFile:
    """A patient nothing has happened to yet."""
    return PatientFile(patient="p1", facts={f"patient.{k}": v for k, v in facts.items()})


def event(type_: str, at: str | Instant, id_: str = "", patient: str = "p1", **data: Any) -> Event:
    """An event taken in when it happened; dots in data keys are written ``__``."""
    instant = t(at) if isinstance(at, str) else at
    facts = {k.replace("__", "."): v for k, v in data.items()}
    return Event(id_ or f"{type_}@{instant}", "test", type_, instant, patient, facts, instant)


def act(kind: str, at: str | Instant, case: str, by: str = "ana", **data: Any) -> Act:
    """A person's act."""
    instant = t(at) if isinstance(at, str) else at
    return Act(f"{kind}@{instant}", kind, by, instant, "p1", case, data)
