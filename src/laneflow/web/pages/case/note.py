"""Owns writing the note: a contact documented, with what of the checklist came with it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path

from laneflow.accounts.rights import WORK
from laneflow.engine.state import Case
from laneflow.errors import LaneflowError, Problem
from laneflow.practice import words
from laneflow.web.desk import Desk, page
from laneflow.web.pages.case.shown import ITEM, done, refused
from laneflow.web.typed import chosen, id_of, instant_of, seen_of

SAID = (
    "task", "outcome", "channel", "with_whom", "understanding", "told", "next_action", "by_whom",
)  # fmt: skip
LISTED = ("barrier", "barriers_resolved", "events")
DATED = ("by_when", "time")


@page(WORK, "POST")
def note(desk: Desk, id: str) -> HttpResponse:
    """Document a contact; what is wrong is said beside each field, and nothing typed is lost."""
    form, before = desk.request.POST, desk.store.case(id)
    if before is None:
        raise Http404("there is no such case")
    try:
        data = _data(desk, before)
        desk.act(
            "note", id, data, also=_also(desk, before), seen=seen_of(form), id=id_of(form)
        )  # fmt: skip
    except LaneflowError as error:
        return refused(desk, id, "note", LaneflowError(_placed(error.problems)))
    return done(desk, before, "note")


def _data(desk: Desk, case: Case) -> dict[str, Any]:
    """The act's data; raises LaneflowError for dates that are none."""
    form = desk.request.POST
    zone = words.zone_of(desk.practice, case.location)
    data: dict[str, Any] = chosen(form, SAID)
    data |= {name: values for name in LISTED if (values := form.getlist(name))}
    data |= {
        name: at for name in DATED if (at := instant_of("note", name, form.get(name, ""), zone))
    }
    if "next_action" not in data:
        data.pop("by_whom", None)  # whoever is to do nothing is nobody
    if form.get("escalate"):
        data["escalate"] = form.get("ladder") or True
    if form.get("next_step_unclear"):
        data["next_step_unclear"] = True
    return data


def _also(desk: Desk, case: Case) -> list[tuple[str, dict[str, Any]]]:
    """The checklist's items that came, or turned out to be missing, during the contact."""
    said = {
        name.removeprefix(ITEM): state
        for name, state in desk.request.POST.items()
        if name.startswith(ITEM) and state
    }
    return [("item", {"item": item, "state": state}) for item, state in said.items()]


def _placed(problems: tuple[Problem, ...]) -> list[Problem]:
    """Each problem by the field of the form it is about: a ladder has one of its own."""
    moved = {"escalate": "ladder", "item": "materials", "state": "materials"}
    return [
        Problem(p.file, 0, 0, p.what, p.hint, moved.get(p.path, p.path), code=p.code)
        for p in problems
    ]


urls = [path("cases/<str:id>/note", note, name="case_note")]
