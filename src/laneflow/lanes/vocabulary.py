"""The words every lane may use: standard events and the facts they bring, queues, channels."""

from __future__ import annotations

from typing import Literal

FactType = Literal["text", "number", "yes or no", "date", "date and time", "list"]

QUEUES = ("new", "waiting on information", "sent", "needs patient action", "scheduled", "closed")
CHANNELS = ("phone", "sms", "portal", "letter", "fax")
UNDERSTANDINGS = ("understood", "partly", "not understood")
NOTE_OUTCOMES = (
    "reached",
    "left message",
    "no answer",
    "wrong number",
    "busy",
    "refused",
    "not a good time",
    "reached partner",
)
OWN_PARTIES = ("us", "patient")

_EVENTS = """
referral.received referral.sent referral.acknowledged referral.cancelled
item.received
appointment.booked appointment.rescheduled appointment.cancelled appointment.missed
visit.completed
report.received report.reviewed
encounter.admitted encounter.discharged
result.abnormal
authorization.requested authorization.pended authorization.approved authorization.denied
program.enrolled
reading.received
time.logged
recall.due
contact.documented
patient.called patient.declined patient.deceased patient.updated patient.merged
symptoms.worsened
medication.confusion
discharge.concern
feedback.received
"""
STANDARD_EVENTS = frozenset(_EVENTS.split())

PATIENT_FACTS: dict[str, FactType] = {
    "patient.first_name": "text",
    "patient.last_name": "text",
    "patient.middle_name": "text",
    "patient.birth_date": "date",
    "patient.age": "number",
    "patient.sex": "text",
    "patient.language": "text",
    "patient.preferred_channel": "text",
    "patient.time_zone": "text",
    "patient.phone": "text",
    "patient.email": "text",
    "patient.address": "text",
    "patient.portal": "yes or no",
    "patient.channels": "list",
    "patient.refuses": "list",
    "patient.caregiver": "text",
    "patient.deceased": "yes or no",
    "patient.location": "text",
}
"""Known of every patient; lanes need not declare them. ``patient.age`` is fixed at opening."""

STANDARD_FACTS: dict[str, FactType] = {
    "appointment.start": "date and time",
    "appointment.end": "date and time",
    "visit.follow_up_by": "date",
    "authorization.decision_by": "date",
    "recall.due": "date",
    "contact.by_when": "date and time",
    "reading.value": "number",
    "time.minutes": "number",
    "time.licensed": "yes or no",
    **dict.fromkeys(
        (
            "referral.id", "referral.specialty", "referral.urgency", "referral.direction",
            "referral.reason", "referral.provider", "referral.from",
            "item.id", "item.name", "item.from",
            "appointment.id", "appointment.type", "appointment.location", "appointment.provider",
            "appointment.mode", "appointment.reason", "appointment.importance",
            "visit.id", "visit.type", "visit.provider", "visit.reason", "visit.follow_up",
            "encounter.id", "encounter.class", "encounter.facility", "encounter.discharged_to",
            "encounter.complexity", "encounter.reason",
            "result.id", "result.name", "result.code", "result.severity",
            "report.id", "report.type", "report.provider", "report.specialty",
            "authorization.id", "authorization.service", "authorization.payer",
            "authorization.urgency", "authorization.reason",
            "program.id", "program.name", "program.status",
            "reading.id", "reading.type", "reading.unit",
            "contact.outcome", "contact.with_whom", "contact.channel", "contact.barrier",
            "contact.understanding", "contact.told", "contact.next_action", "contact.by_whom",
            "time.activity", "recall.id", "recall.service", "feedback.tag", "feedback.text",
        ),
        "text",
    ),
}  # fmt: skip
"""Facts that standard events bring, and their types. A lane declares those it uses."""


def family(dotted: str) -> str:
    """The word before the first dot of an event or fact."""
    return dotted.partition(".")[0]
