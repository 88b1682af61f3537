"""A synthetic practice: plausible events for all lanes, for the demo, tests and benchmarks.

Nobody in it exists: people are drawn from short lists of common names, phone numbers are from the
range kept for fiction, and hospitals, insurers and specialists are invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import IO, Any

import msgspec

from laneflow.engine.state import Event, Instant
from laneflow.practice.zones import DAY, HOUR, MINUTE, Zone, day_to_date, zone

SOURCE = "synthetic"

_EN = """
Abigail Amber Caleb Carter Chloe Dana Eli Emma Felix Grace Hazel Henry Ivy Jonah June Logan Mason
Nora Owen Quinn Ruth Silas Tessa Wyatt
"""
_ES = """
Alma Benito Carmen Diego Elena Fabio Gloria Hugo Inés Julia Lucía Marta Néstor Olga Pablo Rocío
Sergio Tomás Úrsula Vera
"""
_EN_LAST = """
Ashdown Birchall Cotterill Dunmore Eastwick Fairlow Greaves Hartwell Kendrick Lockley Merrow
Norcross Oakhurst Penhall Redfern Stanhope Thornby Underhill Wexley Yardwood
"""
_ES_LAST = """
Aldama Barrientos Cienfuegos Duarte Escamilla Fontela Galindo Huerta Larrea Montalvo Navarrete
Olmedo Pedraza Quintanar Robledal Saavedra Tejada Urrutia Villaseñor Zamudio
"""
_NAMES = {"en": (_EN.split(), _EN_LAST.split()), "es": (_ES.split(), _ES_LAST.split())}
_STREETS = ("Alder Way", "Birch Lane", "Cedar Court", "Dogwood Road", "Elm Terrace", "Fir Street")

_VISITS = ("office visit", "follow-up", "new patient", "procedure", "test", "prenatal", "imaging")
_PROVIDERS = ("Dr. Patel", "Dr. Okafor", "Dr. Lindqvist")
_SPECIALTIES = ("cardiology", "dermatology", "gastroenterology", "orthopedics", "neurology")
_HOSPITALS = ("St. Brennan Hospital", "Riverbend Medical Center", "Harbor General")
_PAYERS = ("Northfield Health Plan", "Evergreen Mutual", "Civic Care")
_SERVICES = ("MRI of the knee", "sleep study", "infusion", "CT of the chest", "home oxygen")
_RECALLS = ("mammogram", "colonoscopy", "cervical screening", "wellness visit")
_REASONS = ("chest pain", "diabetes", "high blood pressure", "knee pain", "asthma", "back pain")
_NEXT_STEPS = ("blood test", "start the new medicine", "see us again", "physical therapy", "X-ray")
_RESULTS = (("potassium", "6823-3"), ("hemoglobin A1c", "4548-4"), ("TSH", "3016-3"))
_TAGS = ("confusion", "waiting", "weak follow-through", "praise")

# What begins on a business day, for 1,000 patients.
_A_DAY = {
    "appointment": 11.0, "referral": 1.6, "discharge": 1.0, "authorization": 1.0, "result": 0.8,
    "recall": 1.5, "call": 2.0, "feedback": 0.4,
}  # fmt: skip
_MONITORED = 0.03
_DIED = 0.00001


def generate(
    patients: int,
    start: Instant,
    days: int,
    seed: int,
    *,
    time_zone: str = "America/New_York",
    location: str = "main",
) -> Iterator[Event]:
    """Events of a practice with so many patients over ``days`` from ``start``, in order of time.

    First comes every patient (patient.updated). The same arguments give the same events; what is
    still to come is all that is held in memory. ``location`` is where everything happens.
    """
    practice = _Practice(patients, seed, zone(time_zone), location, time_zone)
    end = start + days * DAY
    for number in range(patients):
        practice.meet(number, start)
    today = practice.zone.local(start) // DAY
    monitored = int(patients * _MONITORED)
    while (midnight := practice.zone.instant(today * DAY)) < end:
        yield from practice.until(midnight)
        if midnight >= start:
            practice.begin(today, monitored)
        today += 1
    yield from practice.until(end)


def write_jsonl(events: Iterable[Event], to: str | Path | IO[bytes]) -> int:
    """Write events as CloudEvents, one a line, to a file or a binary stream; return how many."""
    if isinstance(to, (str, Path)):
        with Path(to).open("wb") as stream:
            return write_jsonl(events, stream)
    written = 0
    encode = msgspec.json.Encoder().encode
    for event in events:
        time = datetime.fromtimestamp(event.time / 1000, UTC).isoformat(timespec="milliseconds")
        line = {
            "specversion": "1.0", "id": event.id, "source": event.source, "type": event.type,
            "time": time, "subject": event.patient, "data": event.data,
        }  # fmt: skip
        to.write(encode(line) + b"\n")
        written += 1
    return written


class _Practice:
    """The practice's patients, what is still to come, and the chance that decides it."""

    def __init__(self, patients: int, seed: int, zone: Zone, location: str, time_zone: str) -> None:
        self.patients = patients
        self.zone = zone
        self._chance = Random(seed)
        self._seed = seed
        self._location = location
        self._time_zone = time_zone
        self._coming: list[tuple[Instant, int, Event]] = []
        self._made = 0
        self._owed = dict.fromkeys(_A_DAY, 0.0)
        self._opening: dict[int, tuple[Instant, str]] = {}
        self._enrolled: set[int] = set()

    # the calendar --------------------------------------------------------------------------
    def until(self, end: Instant) -> Iterator[Event]:
        """What happens before ``end``, removed from what is to come."""
        coming = self._coming
        while coming and coming[0][0] < end:
            yield heappop(coming)[2]

    def begin(self, day: int, monitored: int) -> None:
        """Everything that begins on a local day (days from 1970)."""
        chance = self._chance
        for number in range(monitored):
            self._reading(day, number)
        if not _is_business_day(day):
            return
        stories = {
            "appointment": self._appointment, "referral": self._referral,
            "discharge": self._discharge, "authorization": self._authorization,
            "result": self._result, "recall": self._recall, "call": self._call,
            "feedback": self._feedback,
        }  # fmt: skip
        for name, story in stories.items():
            self._owed[name] += _A_DAY[name] * self.patients / 1000
            many = int(self._owed[name])
            self._owed[name] -= many
            for _ in range(many):
                story(day, f"p{int(chance.random() * self.patients)}")
        if chance.random() < _DIED * self.patients:
            self._say(self._moment(day), "patient.deceased", self._anyone(), {})

    def meet(self, number: int, at: Instant) -> None:
        """One patient, as the record system knows them."""
        pick, chance = self._pick, self._chance
        language = "es" if chance.random() < 0.25 else "en"
        first, last = _NAMES[language]
        born = day_to_date(at // DAY - int(365.25 * (18 + 72 * chance.random())))
        channels = ["phone", "letter"]
        channels += ["sms"] * (chance.random() < 0.8) + ["portal"] * (chance.random() < 0.4)
        self._say(at, "patient.updated", f"p{number}", {
            "patient.first_name": pick(first),
            "patient.last_name": pick(last),
            "patient.birth_date": born.isoformat(),
            "patient.sex": "female" if chance.random() < 0.52 else "male",
            "patient.language": language,
            "patient.phone": f"555-01{number % 100:02d}",
            "patient.address": f"{1 + int(900 * chance.random())} {pick(_STREETS)}",
            "patient.time_zone": self._time_zone,
            "patient.channels": channels,
            "location": self._location,
        })  # fmt: skip

    # stories: each decides its whole course when it begins ---------------------------------
    def _appointment(self, day: int, patient: str, kind: str = "", **links: str) -> None:
        """Booked, perhaps moved, then kept, missed or cancelled; a missed one may be made again."""
        chance = self._chance
        made, ahead = self._moment(day), 1 + int(21 * chance.random() ** 2)
        visit_day = _business_day(day + ahead)
        start, written = self._slot(visit_day)
        kind = kind or self._pick(_VISITS)
        id = self._id("apt")
        facts: dict[str, Any] = {
            "appointment.id": id,
            "appointment.type": kind,
            "appointment.start": written,
            "appointment.provider": self._pick(_PROVIDERS),
            "appointment.mode": "telehealth" if chance.random() < 0.18 else "in person",
            "location": self._location,
            **links,
        }
        self._say(made, "appointment.booked", patient, facts)
        if chance.random() < 0.06:
            visit_day = _business_day(visit_day + 3)
            start, written = self._slot(visit_day)
            moved = self._moment(day) + DAY
            self._say(
                moved, "appointment.rescheduled", patient, facts | {"appointment.start": written}
            )
        fate = chance.random()
        named = {"appointment.id": id, "appointment.type": kind, **links}
        if fate < 0.1:
            cancelled = max(start - 20 * HOUR, made + HOUR)
            self._say(cancelled, "appointment.cancelled", patient, named)
        elif fate < 0.22:
            self._say(start + 20 * MINUTE, "appointment.missed", patient, named)
            if chance.random() < 0.5:
                self._appointment(_business_day(visit_day + 2), patient, kind, **links)
        else:
            self._visit(start, patient, id, kind, facts["appointment.provider"], links)

    def _visit(
        self, start: Instant, patient: str, id: str, kind: str, provider: str, links: dict[str, str]
    ) -> None:
        chance = self._chance
        facts: dict[str, Any] = {
            "visit.id": f"Appointment/{id}", "visit.type": kind, "visit.provider": provider,
            "appointment.id": id, **links,
        }  # fmt: skip
        if chance.random() < 0.35:
            by = day_to_date(start // DAY + 5 + int(20 * chance.random()))
            facts |= {
                "visit.reason": self._pick(_REASONS),
                "visit.follow_up": self._pick(_NEXT_STEPS),
                "visit.follow_up_by": by.isoformat(),
            }
        self._say(start + 30 * MINUTE, "visit.completed", patient, facts)

    def _referral(self, day: int, patient: str) -> None:
        chance, id, at = self._chance, self._id("ref"), self._moment(day)
        outgoing = chance.random() < 0.7
        urgency = "urgent" if chance.random() < 0.15 else "routine"
        specialty = self._pick(_SPECIALTIES)
        self._say(at, "referral.received", patient, {
            "referral.id": id, "referral.specialty": specialty, "referral.urgency": urgency,
            "referral.direction": "outgoing" if outgoing else "incoming",
            "referral.reason": self._pick(_REASONS), "location": self._location,
        })  # fmt: skip
        link = {"referral.id": id}
        if outgoing and chance.random() < 0.85:
            self._say(at + 5 * HOUR, "referral.sent", patient, link)
            if chance.random() < 0.75:
                self._say(at + 2 * DAY, "referral.acknowledged", patient, link)
        if chance.random() < 0.65:
            self._appointment(_business_day(day + 3), patient, "specialist visit", **link)
            if outgoing and chance.random() < 0.6:
                report = {"report.id": self._id("rep"), "report.type": "consult note"}
                facts = {**report, "report.specialty": specialty, **link}
                back = self._moment(_business_day(day + 20 + int(15 * chance.random())))
                self._say(back, "report.received", patient, facts)

    def _discharge(self, day: int, patient: str) -> None:
        chance, id = self._chance, self._id("enc")
        stay = chance.random() < 0.55
        facts = {
            "encounter.id": id, "encounter.class": "inpatient" if stay else "emergency",
            "encounter.facility": self._pick(_HOSPITALS), "encounter.reason": self._pick(_REASONS),
        }  # fmt: skip
        left = day
        if stay:
            self._say(self._moment(day), "encounter.admitted", patient, facts)
            left += 1 + int(5 * chance.random())
        home = "home" if chance.random() < 0.85 else self._pick(("facility", "hospice"))
        complexity = "high" if chance.random() < 0.35 else "moderate"
        facts |= {"encounter.discharged_to": home, "encounter.complexity": complexity}
        at = self._moment(left) + 2 * HOUR
        self._say(at, "encounter.discharged", patient, facts)
        for item, name in (("summary", "discharge summary"), ("med_list", "medication list")):
            if stay and chance.random() < 0.6:
                paper = {"item.id": item, "item.name": name, "encounter.id": id}
                self._say(at + int(96 * chance.random()) * HOUR, "item.received", patient, paper)
        if home == "home" and chance.random() < 0.55:
            self._appointment(_business_day(left + 1), patient, "hospital follow-up")

    def _authorization(self, day: int, patient: str) -> None:
        chance, at = self._chance, self._moment(day)
        link = {"authorization.id": self._id("aut")}
        self._say(at, "authorization.requested", patient, {
            **link, "authorization.service": self._pick(_SERVICES),
            "authorization.payer": self._pick(_PAYERS),
            "authorization.urgency": "expedited" if chance.random() < 0.2 else "standard",
            "location": self._location,
        })  # fmt: skip
        if chance.random() < 0.3:
            self._say(at + 2 * DAY, "authorization.pended", patient, link)
        if chance.random() < 0.85:
            answer = "approved" if chance.random() < 0.85 else "denied"
            decided = self._moment(_business_day(day + 3 + int(8 * chance.random())))
            facts = link | (
                {"authorization.reason": "more notes needed"} if answer == "denied" else {}
            )
            self._say(decided, f"authorization.{answer}", patient, facts)

    def _result(self, day: int, patient: str) -> None:
        name, code = self._pick(_RESULTS)
        severity = "critical" if self._chance.random() < 0.1 else "abnormal"
        self._say(self._moment(day), "result.abnormal", patient, {
            "result.id": self._id("res"), "result.name": name, "result.code": code,
            "result.severity": severity, "location": self._location,
        })  # fmt: skip

    def _recall(self, day: int, patient: str) -> None:
        service = self._pick(_RECALLS)
        due = day_to_date(day + 30 + int(30 * self._chance.random())).isoformat()
        id = self._id("rec")
        facts = {"recall.id": id, "recall.service": service, "recall.due": due}
        self._say(self._moment(day), "recall.due", patient, facts)
        if self._chance.random() < 0.4:
            self._appointment(_business_day(day + 7), patient, service, **{"recall.id": id})

    def _call(self, day: int, patient: str) -> None:
        self._say(self._moment(day), "patient.called", patient, {"location": self._location})

    def _feedback(self, day: int, patient: str) -> None:
        facts = {"feedback.tag": self._pick(_TAGS)}
        self._say(self._moment(day), "feedback.received", patient, facts)

    def _reading(self, day: int, number: int) -> None:
        """A monitored patient's day: enrolled on the first, then readings, minutes, and gaps."""
        chance, patient = self._chance, f"p{number}"
        started = number in self._enrolled
        if not started and _is_business_day(day):
            self._enrolled.add(number)
            name = "ccm" if number % 4 == 0 else "rpm"
            facts = {
                "program.id": f"prg-{number}",
                "program.name": name,
                "program.status": "active",
            }
            self._say(self._moment(day), "program.enrolled", patient, facts)
            return
        # Every third patient falls silent for a week in each month.
        silent = number % 3 == 0 and (day + number) % 30 < 7
        if number % 4 and not silent and chance.random() < 0.8:
            self._say(self._moment(day), "reading.received", patient, {
                "reading.id": self._id("rdg"), "reading.type": "blood pressure",
                "reading.value": 110 + int(50 * chance.random()), "reading.unit": "mmHg",
            })  # fmt: skip
        if day % 7 == number % 7 and _is_business_day(day):
            minutes = {"time.minutes": 5 + int(8 * chance.random()), "time.licensed": True}
            self._say(self._moment(day), "time.logged", patient, minutes)

    # chance --------------------------------------------------------------------------------
    def _say(self, at: Instant, type: str, patient: str, data: dict[str, Any]) -> None:
        self._made += 1
        event = Event(f"syn-{self._seed}-{self._made}", SOURCE, type, at, patient, data)
        heappush(self._coming, (at, self._made, event))

    def _pick(self, choices: Any) -> Any:
        return choices[int(self._chance.random() * len(choices))]

    def _anyone(self) -> str:
        return f"p{int(self._chance.random() * self.patients)}"

    def _id(self, kind: str) -> str:
        return f"{kind}-{self._made + 1}"

    def _morning(self, day: int) -> tuple[Instant, str]:
        """08:00 of a local day, and the offset that is written after its times."""
        known = self._opening.get(day)
        if known is None:
            opens = self.zone.instant(day * DAY + 8 * HOUR)
            known = self._opening[day] = (opens, _offset(self.zone.local(opens) - opens))
        return known

    def _moment(self, day: int) -> Instant:
        """Some instant of a day's office hours."""
        return self._morning(day)[0] + int(self._chance.random() * 9 * HOUR)

    def _slot(self, day: int) -> tuple[Instant, str]:
        """An appointment's start on a day: the instant, and how a record system writes it."""
        opens, offset = self._morning(day)
        quarter = int(self._chance.random() * 34)
        hour, minute = 8 + quarter // 4, quarter % 4 * 15
        written = f"{day_to_date(day).isoformat()}T{hour:02d}:{minute:02d}:00{offset}"
        return opens + quarter * 15 * MINUTE, written


def _offset(ms: int) -> str:
    """A distance from UTC as times write it: ``-05:00``."""
    hours, minutes = divmod(abs(ms) // MINUTE, 60)
    return f"{'-' if ms < 0 else '+'}{hours:02d}:{minutes:02d}"


def _is_business_day(day: int) -> bool:
    """Monday to Friday; 1970-01-01 was a Thursday."""
    return (day + 3) % 7 < 5


def _business_day(day: int) -> int:
    """The day itself, or the Monday after it."""
    return day + max(0, 7 - (day + 3) % 7) if not _is_business_day(day) else day
