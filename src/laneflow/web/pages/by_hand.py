"""Owns opening a case by hand for a caller: one the practice knows without it, or somebody new."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from laneflow.accounts.rights import PLACE
from laneflow.engine.state import PatientFile
from laneflow.errors import LaneflowError, Problem
from laneflow.metrics.calls.callers import caller, unknown
from laneflow.metrics.calls.placing import opens_in, places_of
from laneflow.practice import words
from laneflow.store.identity import sought
from laneflow.web.desk import Desk, page
from laneflow.web.keys import FACT, keys_said, too_long
from laneflow.web.typed import Typed, chosen, fields_of, id_of, new_number
from laneflow.work.calling import open_by_hand

NEEDED = ("first_name", "last_name", "birth_date")
"""What somebody new must say: without it nobody could tell them from another."""


@page(PLACE, "POST")
def inbound_open(desk: Desk) -> HttpResponse:
    """The form for a case in the lane that was chosen; sent with ``go``, the case itself.

    It is sent, not linked to: which patient it is for is never part of an address.
    """
    form = desk.request.POST
    lane = opens_in(desk.live, form.get("lane", ""), {})
    if lane is None:
        raise Http404("there is no such lane")
    file = patient_here(desk, form["patient"]) if form.get("patient") else PatientFile(patient="")
    if not form.get("go"):
        return _form(desk, lane, file, None)
    try:
        case = _open(desk, lane, file)
    except LaneflowError as error:
        return _form(desk, lane, file, Typed("open", fields_of(form), error.problems))
    messages.success(desk.request, _("A case was opened. Now write down the call."))
    call = reverse("together", kwargs={"id": case})
    return HttpResponseRedirect(f"{call}?inbound=1", status=303)


def lanes_to_open(desk: Desk) -> list[tuple[str, str]]:
    """(id, title) of each lane somebody may open a case in by hand."""
    return sorted(((id_, lane.title) for id_, lane in desk.live.loaded.lanes.items()), key=_title)


def _title(lane: tuple[str, str]) -> str:
    return lane[1]


def patient_here(desk: Desk, patient: str) -> PatientFile:
    """The file of a patient who belongs where they work, or nowhere; Http404 for any other."""
    file = desk.store.load([patient])[patient]
    if not patient or not file.seq or not belongs(desk, file):
        raise Http404("there is no such patient")
    return file


def belongs(desk: Desk, file: PatientFile) -> bool:
    """Whether a patient belongs where they work, or nowhere."""
    places = places_of(desk.live, file)
    return not places or bool(places & desk.locations)


def _form(desk: Desk, lane: dict[str, Any], file: PatientFile, typed: Typed | None) -> HttpResponse:
    form, home = desk.request.POST, str(file.facts.get("patient.location") or "")
    if file.patient:
        desk.shown_patients("inbound call", [file.patient])
    values = {
        "lane": lane,
        "fact": FACT,
        "patient": caller(file) if file.patient else None,
        "asked": unknown(file),
        "needed": NEEDED,
        "locations": [(id_, desk.practice.locations[id_].name) for id_ in sorted(desk.locations)],
        "location": typed.said.get("location") if typed else home,
        "typed": typed,
        "number": id_of(form) if typed else new_number(),
    }
    return desk.render("inbound_open.html", values, status=422 if typed else 200)


def _open(desk: Desk, lane: dict[str, Any], file: PatientFile) -> str:
    """Open it; the case's id. Raises LaneflowError with all that is missing."""
    form, number = desk.request.POST, id_of(desk.request.POST)
    problems: list[Problem] = []
    keys: dict[str, str] = {}
    try:
        keys = keys_said(form, lane)
    except LaneflowError as error:
        problems += error.problems
    told = chosen(form, unknown(file))
    location = form.get("location", "")
    problems += _problems(desk, file, told, location)
    if problems:
        raise LaneflowError(problems)
    facts = {f"patient.{name}": value for name, value in told.items()}
    facts |= {} if file.patient else {"patient.location": location}
    return open_by_hand(
        desk.app, by=desk.worker, lane=lane["lane"], keys={**keys, "location": location},
        patient=file.patient or f"by-hand-{number}", told=facts, id=number, at=desk.at,
    )  # fmt: skip


def _problems(desk: Desk, file: PatientFile, told: dict[str, str], location: str) -> list[Problem]:
    found = too_long(told)
    if location not in desk.locations:
        found.append(_wrong("the location is missing", "Choose one where you work.", "location"))
    if not file.patient:
        hint = "Ask for it: two things must say who somebody is."
        found += [_wrong("this is missing", hint, name) for name in NEEDED if name not in told]
    if (born := told.get("birth_date")) and not _is_born(desk, born):
        found.append(_wrong("this is no birth date", "Write it like 1950-03-02.", "birth_date"))
    if not found and not file.patient and _is_known(desk, told):
        hint = "Find them by name and birth date, and open the case there."
        found.append(_wrong("a patient of this name and birth date is known", hint, "last_name"))
    return found


def _is_born(desk: Desk, text: str) -> bool:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return False
    return date(1890, 1, 1) <= born <= words.local(desk.at, desk.practice.time_zone).date()


def _is_known(desk: Desk, told: dict[str, str]) -> bool:
    """Whether somebody they would find by this name and birth date is there already."""
    said = " ".join(told[name] for name in NEEDED)
    found = desk.store.load(desk.store.find_patients(sought(said), limit=9))
    return any(
        belongs(desk, file) and file.patient != f"by-hand-{id_of(desk.request.POST)}"
        for file in found.values()
    )


def _wrong(what: str, hint: str, path: str) -> Problem:
    return Problem("open", 0, 0, what, hint, path)


urls = [path("inbound/open", inbound_open, name="inbound_open")]
