"""Owns callers as they are found: who they are, where they belong, what they called about."""

from __future__ import annotations

from typing import Any

from laneflow.engine.state import Act, PatientFile
from laneflow.metrics.case.view import patient_name
from laneflow.practice import words
from laneflow.practice.model import Practice
from laneflow.store.contract import Store

Row = dict[str, Any]

ASKED = ("first_name", "last_name", "birth_date", "phone")
"""What is asked of a caller who is not known: facts of the patient, by their last word."""
CALLS = 3
"""Earlier calls that are shown."""


def caller(file: PatientFile) -> Row:
    """Who a patient is: patient, patient_name, birth_date, phone, caregiver; "" for not known."""
    named = ("birth_date", "phone", "caregiver")
    said = {name: str(file.facts.get(f"patient.{name}") or "") for name in named}
    return {"patient": file.patient, "patient_name": patient_name(file), **said}


def unknown(file: PatientFile) -> list[str]:
    """Of ``ASKED``, what nobody has told of this patient yet."""
    return [name for name in ASKED if not file.facts.get(f"patient.{name}")]


def calls(store: Store, practice: Practice, file: PatientFile, called: str) -> list[Row]:
    """Calls written down without a case, the latest first: time, by (name), about, unclear.

    ``called`` is the type of the event that a call is.
    """
    if called not in file.history:
        return []
    given = (row["input"] for row in store.inputs(patient=file.patient) if row["kind"] == "act")
    found = [
        {
            "time": act.at,
            "by": words.name_of(practice, act.by),
            "about": act.data["data"].get("call.about", ""),
            "unclear": bool(act.data["data"].get("call.next_step_unclear")),
        }
        for act in given
        if isinstance(act, Act) and not act.case and act.data.get("type") == called
    ]
    return found[-CALLS:][::-1]
