"""The words events are made of: the standard event types, and the facts their data may carry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from laneflow.practice.model import LoadedPractice

EVENT_TYPES = frozenset(
    [
        "referral.received",
        "referral.sent",
        "referral.acknowledged",
        "referral.cancelled",
        "item.received",
        "appointment.booked",
        "appointment.rescheduled",
        "appointment.cancelled",
        "appointment.missed",
        "visit.completed",
        "report.received",
        "report.reviewed",
        "encounter.admitted",
        "encounter.discharged",
        "result.abnormal",
        "authorization.requested",
        "authorization.pended",
        "authorization.approved",
        "authorization.denied",
        "program.enrolled",
        "reading.received",
        "time.logged",
        "recall.due",
        "contact.documented",
        "patient.called",
        "patient.declined",
        "patient.deceased",
        "patient.updated",
        "patient.merged",
        "symptoms.worsened",
        "medication.confusion",
        "discharge.concern",
        "feedback.received",
    ]
)

_TYPES = {
    "yes or no": "patient.portal patient.deceased time.licensed",
    "number": "time.minutes",
    "date": "patient.birth_date visit.follow_up_by recall.due",
    "date and time": "appointment.start appointment.end",
    "list": "patient.channels patient.refuses",
    "text": """
        patient.first_name patient.last_name patient.middle_name patient.sex patient.language
        patient.preferred_channel patient.time_zone patient.phone patient.email patient.address
        patient.caregiver patient.location
        referral.id referral.specialty referral.urgency referral.direction referral.reason
        referral.provider referral.from
        item.id item.name item.from
        appointment.id appointment.type appointment.location appointment.provider appointment.mode
        appointment.reason appointment.importance
        visit.type visit.provider visit.reason visit.follow_up
        encounter.id encounter.class encounter.facility encounter.discharged_to
        encounter.complexity encounter.reason
        result.id result.name result.code result.severity
        report.id report.type report.provider report.specialty
        authorization.id authorization.service authorization.payer authorization.urgency
        authorization.reason
        program.id program.name program.status
        reading.id reading.type reading.unit
        time.activity recall.id recall.service feedback.tag feedback.text location
    """,
}
FACT_TYPES = {name: kind for kind, names in _TYPES.items() for name in names.split()}
"""Standard fact -> its type. ``result.value`` and ``reading.value`` may be a number or text."""

CHOICES: Mapping[str, frozenset[str]] = {
    "referral.urgency": frozenset({"routine", "urgent", "stat"}),
    "referral.direction": frozenset({"incoming", "outgoing"}),
    "appointment.mode": frozenset({"in person", "telehealth"}),
    "encounter.class": frozenset({"inpatient", "emergency", "ambulatory"}),
    "encounter.discharged_to": frozenset({"home", "hospice", "facility"}),
    "encounter.complexity": frozenset({"high", "moderate"}),
    "result.severity": frozenset({"critical", "abnormal"}),
    "authorization.urgency": frozenset({"expedited", "standard"}),
}
"""Standard facts that take one of a few values."""

FACT_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\Z")


@dataclass(frozen=True)
class Vocabulary:
    """What a practice's events may say. ``locations`` maps a site's id and name to its id."""

    types: frozenset[str] = EVENT_TYPES
    facts: Mapping[str, str] = field(default_factory=lambda: FACT_TYPES)
    choices: Mapping[str, frozenset[str]] = field(default_factory=lambda: CHOICES)
    locations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, loaded: LoadedPractice) -> Vocabulary:
        """The standard words, the practice's own event types, and the facts its lanes declare.

        A lane may give a standard fact more values than the standard ones; a fact on whose type
        two lanes disagree is not checked.
        """
        practice = loaded.practice
        facts: dict[str, str] = dict(FACT_TYPES)
        choices: dict[str, frozenset[str]] = dict(CHOICES)
        disputed: set[str] = set()
        for lane in loaded.lanes.values():
            for name, fact in lane.facts.items():
                if facts.setdefault(name, fact.type) != fact.type:
                    disputed.add(name)
                if name in CHOICES:
                    choices[name] = choices[name] | frozenset(fact.one_of)
        for name in disputed:
            del facts[name]
        sites = {site.name.casefold(): key for key, site in practice.locations.items()}
        sites |= {key.casefold(): key for key in practice.locations}
        return cls(EVENT_TYPES | frozenset(practice.events), facts, choices, sites)


STANDARD = Vocabulary()
