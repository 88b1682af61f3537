"""Owns an inbound call: the patient found by what the caller says, and what they were last told."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path

from laneflow.accounts.rights import WORK
from laneflow.accounts.sight import part_in, why_seen
from laneflow.engine.state import Case, PatientFile
from laneflow.metrics.case.together import called_about
from laneflow.metrics.case.view import patient_name
from laneflow.store.identity import sought
from laneflow.web.desk import Desk, page

MOST = 20
"""Patients listed; whoever finds more is asked to say more."""
ELSEWHERE = 3
"""Patients at other locations up to whom it is said that there are such."""


@page(WORK, "GET", "POST")
def inbound(desk: Desk) -> HttpResponse:
    """One box; what is typed into it is sent, never part of an address."""
    typed = desk.request.POST.get("who", "").strip()[:200]
    values: dict[str, Any] = {"who": typed, "asked": desk.request.method == "POST"}
    if typed:
        values |= _found(desk, typed)
    return desk.render("inbound_found.html" if desk.partial else "inbound.html", values)


def _found(desk: Desk, typed: str) -> dict[str, Any]:
    """The patients whom what was typed may mean, with their cases; all of it is recorded."""
    wanted = sought(typed)
    here = desk.store.find_patients(wanted, limit=MOST + 1, locations=sorted(desk.locations))
    anywhere = desk.store.find_patients(wanted, limit=MOST + 1)
    files = desk.store.load(sorted({*here, *anywhere}))
    away = [file for file in files.values() if file.patient not in here]
    if len(away) > ELSEWHERE:  # whoever types so little has not named anybody
        away = [file for file in away if _has_part(desk, file)]
    rows = [_row(desk, files[patient], here=True) for patient in here]
    rows += [_row(desk, file, here=False) for file in away]
    shown = [row for row in rows if row["cases"]][:MOST]
    desk.shown("inbound call", [case["case"].id for row in shown for case in row["cases"]])
    return {
        "too_little": not wanted,
        "patients": sorted(shown, key=lambda row: (row["patient_name"], row["birth_date"])),
        "more": len(here) > MOST,
        "elsewhere": _elsewhere(rows) if len(wanted) > 1 or len(anywhere) == 1 else [],
    }


def _has_part(desk: Desk, file: PatientFile) -> bool:
    person = desk.account.person
    return any(part_in(person, desk.practice, case) for case in file.cases.values())


def _row(desk: Desk, file: PatientFile, *, here: bool) -> dict[str, Any]:
    """One patient: name, birth date, phone, and those of their cases that may be seen.

    ``open_one``: an open case under whose number the call is recorded, "" where none is open.
    """
    cases = _in_sight(desk, file, here)
    open_cases = [case for case in cases if case.closed is None]
    return {
        "patient": file.patient,
        "patient_name": patient_name(file),
        "birth_date": str(file.facts.get("patient.birth_date") or ""),
        "phone": str(file.facts.get("patient.phone") or ""),
        "caregiver": str(file.facts.get("patient.caregiver") or ""),
        "cases": called_about(desk.store, desk.live, file, cases),
        "open_one": open_cases[0].id if open_cases else "",
        "hidden": [case.id for case in file.cases.values() if case not in cases],
    }


def _in_sight(desk: Desk, file: PatientFile, here: bool) -> list[Case]:
    """The open cases that they may see; where none is open, what was closed here last."""
    found = [
        case
        for case in file.cases.values()
        if why_seen(desk.account, desk.store, desk.live, case, desk.at)
    ]
    if found or not here:
        return found
    places = sorted(desk.locations)
    closed = list(desk.store.cases(open_only=False, patient=file.patient, location=places))
    return sorted(closed, key=lambda case: case.at)[-1:]


def _elsewhere(rows: list[dict[str, Any]]) -> list[str]:
    """A case of each patient who is only known at other locations, to open in an emergency."""
    return [row["hidden"][0] for row in rows if not row["cases"] and row["hidden"]]


urls = [path("inbound", inbound, name="inbound")]
