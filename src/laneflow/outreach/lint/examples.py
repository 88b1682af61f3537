"""Made-up people and things, plainly so, that scripts are rendered with to be looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from laneflow.lanes.model import Fact

TODAY = datetime(2026, 9, 4, 14, 0, tzinfo=UTC)
"""A Friday; every sample is written on it, so that two readings of a script are the same."""
SOON, GONE = TODAY + timedelta(days=6, hours=5), TODAY - timedelta(days=6)

PATIENT: dict[str, Any] = {
    "patient.id": "sample-1",
    "patient.first_name": "Maria",
    "patient.last_name": "Sample",
    "patient.birth_date": "1958-03-09",
    "patient.phone": "555-0199",
    "patient.email": "maria@example.org",
    "patient.address": "1 Sample Street, Springfield",
    "patient.sex": "female",
}
LONG_NAMES = {"en": "Christopher", "es": "María Fernanda"}
"""Long first names, for the length of text messages."""

VALUES: dict[str, str] = {
    "encounter.facility": "St. Mary Hospital",
    "appointment.type": "office visit",
    "appointment.provider": "Dr. Grant",
    "referral.id": "R-1",
    "referral.specialty": "cardiology",
    "referral.provider": "Dr. Osei",
    "referral.from": "River Family Practice",
    "referral.reason": "chest pain on stairs",
    "visit.reason": "back pain",
    "visit.follow_up": "physical therapy",
    "result.name": "potassium",
    "authorization.id": "PA-77",
    "authorization.service": "MRI",
    "authorization.payer": "Acme Health",
    "authorization.reason": "the office notes",
    "recall.service": "bone scan",
}
"""What stands for the usual facts; others are named after themselves."""

ITEMS = ("discharge summary", "medication list", "insurance card")


def example(name: str, fact: Fact | None) -> Any:
    """A likely value of a fact, as events bring it."""
    kind = fact.type if fact is not None else "text"
    if kind == "date":
        return SOON.date().isoformat()
    if kind == "date and time":
        return SOON.isoformat()
    if kind == "number":
        return 3
    if kind == "yes or no":
        return True
    if kind == "list":
        return ("first thing", "second thing")
    if fact is not None and fact.one_of:
        return fact.one_of[0]
    return VALUES.get(name.removeprefix("opening."), name.rpartition(".")[2].replace("_", " "))
