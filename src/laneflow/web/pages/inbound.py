"""Owns an inbound call: the patient found by what the caller says, and what they were last told."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from laneflow.accounts.rights import PLACE, WORK
from laneflow.accounts.sight import part_in, why_seen
from laneflow.engine.state import Case, PatientFile
from laneflow.errors import LaneflowError
from laneflow.metrics.calls.callers import caller, calls
from laneflow.metrics.case.together import called_about
from laneflow.store.identity import sought
from laneflow.web.desk import Desk, page
from laneflow.web.pages.by_hand import belongs, lanes_to_open, patient_here
from laneflow.web.typed import Typed, fields_of, id_of
from laneflow.work.calling import CALLED, record_call

MOST = 20
"""Patients listed; whoever finds more is asked to say more."""
ELSEWHERE = 3
"""Patients at other locations up to whom it is said that there are such."""


@page(WORK, "GET", "POST")
def inbound(desk: Desk) -> HttpResponse:
    """One box; what is typed into it is sent, never part of an address."""
    return _page(desk, "inbound_found.html" if desk.partial else "inbound.html")


@page(WORK, "POST")
def inbound_call(desk: Desk) -> HttpResponse:
    """Write down that a patient called who has no open case here."""
    form = desk.request.POST
    file = patient_here(desk, form.get("patient", ""))
    try:
        record_call(
            desk.app, by=desk.worker, patient=file.patient, about=form.get("about", ""),
            unclear=bool(form.get("unclear")), id=id_of(form), at=desk.at,
        )  # fmt: skip
    except LaneflowError as error:
        return _page(desk, "inbound.html", Typed("call", fields_of(form), error.problems))
    messages.success(desk.request, _("The call is written down."))
    return HttpResponseRedirect(reverse("inbound"), status=303)


def _page(desk: Desk, template: str, form: Typed | None = None) -> HttpResponse:
    typed = desk.request.POST.get("who", "").strip()[:200]
    values: dict[str, Any] = {"who": typed, "asked": desk.request.method == "POST", "form": form}
    if typed:
        values |= _found(desk, typed)
    return desk.render(template, values, status=422 if form else 200)


def _found(desk: Desk, typed: str) -> dict[str, Any]:
    """The patients whom what was typed may mean, with their cases; all of it is recorded."""
    wanted = sought(typed)
    here = desk.store.find_patients(wanted, limit=MOST + 1, locations=sorted(desk.locations))
    anywhere = desk.store.find_patients(wanted, limit=MOST + 1)
    files = desk.store.load(sorted({*here, *anywhere}))
    with_cases = set(here)
    known = [f for f in files.values() if f.patient not in with_cases and belongs(desk, f)]
    known_here = with_cases | {file.patient for file in known}
    away = [file for file in files.values() if file.patient not in known_here]
    if len(away) > ELSEWHERE:  # whoever types so little has not named anybody
        away = [file for file in away if _has_part(desk, file)]
    rows = [_row(desk, files[patient], here=True) for patient in here]
    rows += [_row(desk, file, here=True) for file in known]
    others = [_row(desk, file, here=False) for file in away]
    shown = [row for row in (*rows, *others) if row["here"] or row["cases"]][:MOST]
    desk.shown("inbound call", [case["case"].id for row in shown for case in row["cases"]])
    desk.shown_patients("inbound call", [row["patient"] for row in shown if not row["cases"]])
    return {
        "too_little": not wanted,
        "patients": sorted(shown, key=lambda row: (row["patient_name"], row["birth_date"])),
        "more": len(here) > MOST or len(anywhere) > MOST,
        "elsewhere": _elsewhere([*rows, *others]) if len(wanted) > 1 or len(anywhere) == 1 else [],
        "lanes": lanes_to_open(desk) if PLACE in desk.rights else [],
    }


def _has_part(desk: Desk, file: PatientFile) -> bool:
    person = desk.account.person
    return any(part_in(person, desk.practice, case) for case in file.cases.values())


def _row(desk: Desk, file: PatientFile, *, here: bool) -> dict[str, Any]:
    """One patient as ``caller`` says, and those of their cases that may be seen; ``calls``: earlier
    ones, where no case keeps them. ``open_one``: an open case under whose number the call is
    recorded, "" where none is open.
    """
    cases = _in_sight(desk, file, here)
    open_cases = [case for case in cases if case.closed is None]
    return {
        **caller(file),
        "here": here,
        "cases": called_about(desk.store, desk.live, file, cases),
        "open_one": open_cases[0].id if open_cases else "",
        "hidden": [case.id for case in file.cases.values() if case not in cases],
        "calls": [] if open_cases else calls(desk.store, desk.practice, file, CALLED),
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
    """A case of each patient whose cases are all at other locations, to open in an emergency."""
    return [row["hidden"][0] for row in rows if not row["cases"] and row["hidden"]]


urls = [
    path("inbound", inbound, name="inbound"),
    path("inbound/call", inbound_call, name="inbound_call"),
]
