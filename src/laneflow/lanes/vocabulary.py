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

EVENT_TITLES = {
    "referral.received": "Referral received",
    "referral.sent": "Referral sent",
    "referral.acknowledged": "Referral acknowledged",
    "referral.cancelled": "Referral cancelled",
    "item.received": "Material received",
    "appointment.booked": "Appointment booked",
    "appointment.rescheduled": "Appointment moved",
    "appointment.cancelled": "Appointment cancelled",
    "appointment.missed": "Appointment missed",
    "visit.completed": "Visit completed",
    "report.received": "Report received",
    "report.reviewed": "Report reviewed",
    "encounter.admitted": "Admitted to the hospital",
    "encounter.discharged": "Discharged from the hospital",
    "result.abnormal": "Abnormal result",
    "authorization.requested": "Authorization requested",
    "authorization.pended": "Authorization pending",
    "authorization.approved": "Authorization approved",
    "authorization.denied": "Authorization denied",
    "program.enrolled": "Enrolled in a program",
    "reading.received": "Reading received",
    "time.logged": "Care time logged",
    "recall.due": "Recall due",
    "contact.documented": "Contact documented",
    "patient.called": "The patient called",
    "patient.declined": "The patient declined",
    "patient.deceased": "The patient has died",
    "patient.updated": "Patient details updated",
    "patient.merged": "Two patient records joined",
    "symptoms.worsened": "Symptoms worsened",
    "medication.confusion": "Medication confusion",
    "discharge.concern": "Discharge concern",
    "feedback.received": "Feedback received",
}
"""Standard event -> what people call it. A practice names its own in practice.yaml."""
STANDARD_EVENTS = frozenset(EVENT_TITLES)

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
