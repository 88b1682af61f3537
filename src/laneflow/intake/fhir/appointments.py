"""Appointment -> appointment.booked, .cancelled, .missed, and visit.completed when it was kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from laneflow.engine.state import Instant
from laneflow.intake.fhir.context import Context, Happening, at_latest
from laneflow.intake.fhir.elements import codes, each, label, obj, text, values, words
from laneflow.intake.records import Unclear

EVENTS = {
    "booked": "appointment.booked",
    "cancelled": "appointment.cancelled",
    "entered-in-error": "appointment.cancelled",
    "noshow": "appointment.missed",
    "fulfilled": "visit.completed",
}
"""Appointment.status -> event. Proposals and waiting lists are no appointment yet, and a patient
who has arrived is still booked, so those say nothing new."""

KINDS = {
    "CHECKUP": "check-up", "EMERGENCY": "emergency", "FOLLOWUP": "follow-up",
    "ROUTINE": "routine", "WALKIN": "walk-in",
}  # fmt: skip
"""HL7 v2 table 0276 (the appointment type's usual codes) -> appointment.type."""

_REMOTE = re.compile(r"\b(tele\w*|video\w*|virtual\w*|online|phone call)\b")
_OF_VISIT = {
    "appointment.type": "visit.type",
    "appointment.provider": "visit.provider",
    "appointment.reason": "visit.reason",
    "appointment.id": "appointment.id",
    "referral.id": "referral.id",
    "location": "location",
}
_NO_PATIENT = "which patient this Appointment is about cannot be told"


def appointment(context: Context) -> Iterator[Happening]:
    """One event for each patient who takes part.

    When it happened: at the record's last change, but never after the appointment itself. So the
    history of one appointment stays in order, and old ones loaded today are not today's news.
    """
    resource = context.resource
    status = text(resource.get("status"))
    if status not in EVENTS:
        return
    patients = _patients(context)
    if not patients:
        raise Unclear(_NO_PATIENT, "Send a participant such as Patient/123.")
    facts = _facts(context)
    if status == "fulfilled":
        facts = _visit(facts)
    if status == "entered-in-error":
        facts["appointment.reason"] = "entered in error"
    time = _time(context, status)
    for patient in patients:
        yield Happening(EVENTS[status], time, patient, facts)


def _time(context: Context, status: str) -> Instant:
    resource = context.resource
    start = context.instant(resource.get("start"))
    end = context.instant(resource.get("end"))
    changed = context.instant(*context.sent)
    if status == "noshow":
        return _known("it was missed", changed, start)
    if status == "fulfilled":
        if changed is not None and start is not None and changed < start:
            changed = None
        return _known("it was kept", changed, end if end is not None else start)
    made = changed
    if made is None and status == "booked":
        made = context.instant(resource.get("created"))
    if made is None:
        reason = f"this Appointment does not say when it was {status.replace('-', ' ')}"
        raise Unclear(reason, "Send meta.lastUpdated, or created for a new booking.")
    return at_latest(made, start)


def _known(what: str, *times: Instant | None) -> Instant:
    known = [time for time in times if time is not None]
    if not known:
        raise Unclear(f"this Appointment does not say when {what}", "Send start and end.")
    return min(known)


def _patients(context: Context) -> list[str]:
    actors = [part.get("actor") for part in each(context.resource.get("participant"))]
    found = [context.id_of(actor, "Patient") for actor in actors]
    found.append(context.id_of(context.resource.get("subject"), "Patient"))
    return list(dict.fromkeys(filter(None, found)))


def _facts(context: Context) -> dict[str, Any]:
    resource = context.resource
    actors = [part.get("actor") for part in each(resource.get("participant"))]
    place = context.name_of(actors, "Location", "HealthcareService")
    kind = resource.get("appointmentType")
    service = resource.get("serviceType")
    said = words(kind, service, resource.get("serviceCategory"))
    plain = text(obj(kind).get("text")) or next((KINDS[c] for c in codes(kind) if c in KINDS), "")
    remote = _REMOTE.search(f"{said} {place.casefold()}")
    return values(
        appointment__id=context.id,
        appointment__type=(plain or label(kind) or label(service)).casefold(),
        appointment__start=context.moment(resource.get("start")),
        appointment__end=context.moment(resource.get("end")),
        appointment__location=place,
        appointment__provider=context.name_of(actors, "Practitioner", "PractitionerRole"),
        appointment__mode="telehealth" if remote else "",
        appointment__reason=label(resource.get("reasonCode")) or text(resource.get("description")),
        referral__id=context.id_of(resource.get("basedOn"), "ServiceRequest"),
        location=context.site(place),
    )


def _visit(facts: dict[str, Any]) -> dict[str, Any]:
    """The same, said of the visit that was kept."""
    visit = {_OF_VISIT[name]: value for name, value in facts.items() if name in _OF_VISIT}
    return visit | {"visit.id": visit_id("Appointment", facts["appointment.id"])}


def visit_id(kind: str, id: str) -> str:
    """The id of a visit: that of its appointment, else of its encounter, so that both agree."""
    return f"{kind}/{id}"
