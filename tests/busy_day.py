"""A practice on a busy morning: what two weeks of a small town have left on Monday at ten.

Everything comes in as a feed would send it and is done through the one door, so pages show what
they would show in earnest: overdue and urgent work, calls for help, reasons of one patient that
belong together, patients who speak Spanish or live where it is too early to call, events without a
case, records that could not be read, cases that are closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random
from typing import Any

from cast import t
from laneflow.cli.rehearsal import Rehearsal
from laneflow.engine.state import Case, Event, Instant
from laneflow.intake import Bad
from laneflow.intake.synthetic import generate
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.due import catch_up
from laneflow.work.take_in import take_in

FIRST = t("2026-08-31 08:00")
"""Two weeks before, a Monday; Labor Day lies between."""

HOUR = 3_600_000
PATIENTS = 500

CARMEN = "carmen-duarte"
"""Speaks Spanish; home from the hospital, referred to cardiology, and missed a visit."""
FRANK = "frank-lockley"
"""Feels worse at home since this morning; nobody has taken the call for help."""
GRETA = "greta-wexley"
"""Worried about the plan; the nurse has taken it."""
HUGO = "hugo-navarrete"
"""An urgent referral from Friday noon that nobody has touched."""
IRIS = "iris-norcross"
"""Lives in Los Angeles, where it is seven in the morning; speaks Spanish."""
JON = "jon-merrow"
"""Works by the other location, Riverside."""
NOBODY = "p-unknown"
"""A hospital sent them home without saying which stay it was."""

PEOPLE: dict[str, tuple[str, str, str, str]] = {
    CARMEN: ("Carmen", "Duarte", "1958-11-23", "es"),
    FRANK: ("Frank", "Lockley", "1949-02-08", "en"),
    GRETA: ("Greta", "Wexley", "1972-06-30", "en"),
    HUGO: ("Hugo", "Navarrete", "1966-01-17", "es"),
    IRIS: ("Iris", "Norcross", "1981-09-02", "es"),
    JON: ("Jon", "Merrow", "1990-12-05", "en"),
}


@dataclass
class Day:
    """The cases to look at, by patient and lane; ``any`` of them where it does not matter."""

    cases: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, patient: str, lane: str = "") -> str:
        """A patient's case, in this lane where one is named."""
        return next(
            id for (who, where), id in self.cases.items() if who == patient and lane in where
        )


def fill(app: App) -> Day:
    """Let two weeks happen up to the clock's instant, and say which cases are whose."""
    now = app.clock.now()
    days = [t(f"2026-09-{day:02} 08:00") for day in (8, 9, 10, 11, 14, 15)]
    staff = Rehearsal(app, days, Random(3))
    _weeks(app, staff, now)
    take_in(app, list(_unreadable()))
    day = Day({(case.patient, case.lane): case.id for case in app.store.cases()})
    _morning(app, day)
    return day


def _weeks(app: App, staff: Rehearsal, now: Instant) -> None:
    coming = sorted([*_synthetic(), *staff.events(), *_told()], key=lambda event: event.time)
    for at in _hours(app, now):
        take_in(app, [event for event in coming if event.time <= at], replay=True)
        coming = [event for event in coming if event.time > at]
        catch_up(app, at)
        if at < now - 2 * HOUR:
            staff.work(at)


def _hours(app: App, now: Instant) -> Iterator[Instant]:
    """Every second hour in which somebody is there, and then now."""
    calendar, at = app.live.calendar("main"), FIRST
    while at < now:
        yield at
        at = calendar.next_open(at + 2 * HOUR)
    yield now


def _synthetic() -> list[Event]:
    main = generate(PATIENTS, FIRST - HOUR, 15, 11)
    river = generate(PATIENTS // 3, FIRST - HOUR, 15, 12, location="riverside")
    return [*main, *(_elsewhere(event) for event in river)]


def _elsewhere(event: Event) -> Event:
    """Riverside's people are other people."""
    return Event(event.id, event.source, event.type, event.time, f"r{event.patient}", event.data)


def _told() -> list[Event]:
    """What the feeds say about the people with names."""
    friday, monday = t("2026-09-11 12:00"), t("2026-09-14 08:30")
    made = [_known(patient) for patient in PEOPLE]
    for number, patient in enumerate((CARMEN, FRANK, GRETA)):
        made.append(_event(friday - number * HOUR, patient, "encounter.discharged", {
            "encounter.id": f"e-{patient}", "encounter.class": "inpatient",
            "encounter.facility": "Riverbend Medical Center", "encounter.discharged_to": "home",
        }))  # fmt: skip
    made.append(_referral(friday - 2 * HOUR, CARMEN, "cardiology", "routine"))
    made.append(_event(friday, CARMEN, "appointment.booked", {
        "appointment.id": "a-1", "appointment.type": "follow-up",
        "appointment.start": "2026-09-14T08:15:00-04:00", "appointment.provider": "Dr. Patel",
    }))  # fmt: skip
    made.append(_event(monday, CARMEN, "appointment.missed", {
        "appointment.id": "a-1", "appointment.type": "follow-up",
        "appointment.start": "2026-09-14T08:15:00-04:00",
    }))  # fmt: skip
    made.append(_referral(friday, HUGO, "neurology", "urgent"))
    made.append(_referral(friday + HOUR, IRIS, "dermatology", "routine"))
    made.append(_referral(friday + HOUR, JON, "orthopedics", "routine", "riverside"))
    made.append(_event(monday, NOBODY, "encounter.discharged", {
        "encounter.facility": "Harbor General", "encounter.discharged_to": "home",
    }))  # fmt: skip
    made.append(_event(monday + HOUR // 2, CARMEN, "referral.received", {
        "referral.specialty": "cardiology", "referral.from": "Lakeside Clinic",
    }))  # fmt: skip
    return made


def _known(patient: str) -> Event:
    first, last, born, language = PEOPLE[patient]
    more = {"patient.time_zone": "America/Los_Angeles"} if patient == IRIS else {}
    return _event(FIRST, patient, "patient.updated", {
        "patient.first_name": first, "patient.last_name": last, "patient.birth_date": born,
        "patient.language": language, "patient.phone": f"555-01{len(patient):02}",
        "patient.channels": ["phone", "sms", "letter"], **more,
    })  # fmt: skip


def _referral(
    at: Instant, patient: str, specialty: str, urgency: str, location: str = "main"
) -> Event:
    return _event(at, patient, "referral.received", {
        "referral.id": f"r-{patient}", "referral.direction": "incoming",
        "referral.specialty": specialty, "referral.urgency": urgency,
        "referral.from": "Lakeside Clinic", "referral.reason": "chest pain on the stairs",
        "location": location,
    })  # fmt: skip


def _event(at: Instant, patient: str, type_: str, data: dict[str, Any]) -> Event:
    return Event(
        f"day-{at}-{patient}-{type_}", "ehr", type_, at, patient, {"location": "main"} | data
    )


def _unreadable() -> list[Bad]:
    return [
        Bad("ehr", "2026-09-14.jsonl", n, reason, hint, "{}", f"digest-{n}")
        for n, (reason, hint) in enumerate([
            ("the time has no offset", "Write 2026-09-14T09:00:00-04:00."),
            ("the patient is missing", "Say who it is about in `subject`."),
        ], 1)
    ]  # fmt: skip


def _morning(app: App, day: Day) -> None:
    """What people have done since eight."""
    calls = {FRANK: "symptoms.worsened", GRETA: "discharge.concern"}
    for patient, event in calls.items():
        case = day.of(patient, "discharge")
        act(app, by=_owner(app, case), kind="event", case=case, data={"type": event})
    greta = day.of(GRETA, "discharge")
    act(app, by="nora", kind="take", case=greta, data={"escalation": "concern"})
    _calls(app)


def _calls(app: App) -> None:
    """A dozen calls, and what stood in the way."""
    came = cycle(("reached", "no answer", "left message", "reached"))
    barriers = cycle(("transportation", "cost", "work_schedule", "transportation", "fear"))
    now = app.clock.now()
    tomorrow = app.live.calendar("main").next_closing(now + 24 * HOUR)
    called = (case for case in app.store.cases(location="main") if _to_patient(case))
    for case in islice(called, 0, 36, 3):
        data: dict[str, Any] = {
            "outcome": next(came), "channel": "phone", "next_action": "Call again",
            "by_whom": case.owner, "by_when": tomorrow,
        }  # fmt: skip
        if data["outcome"] == "reached":
            data |= {"understanding": "partly", "barrier": next(barriers), "with_whom": "patient"}
            data["told"] = "We find a day that suits"
        act(app, by=case.owner, kind="note", case=case.id, data=data)


def _to_patient(case: Case) -> bool:
    return case.patient not in PEOPLE and case.task is not None and not case.task.to


def _owner(app: App, id: str) -> str:
    case = app.store.case(id)
    assert case is not None
    return case.owner
