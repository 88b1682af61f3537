"""Owns the case page: one case on one page, its script by channel, its why, its letter."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path

from laneflow.accounts.rights import LOOK
from laneflow.errors import LaneflowError
from laneflow.metrics.case.decided import versions
from laneflow.metrics.why.case import why_case
from laneflow.metrics.why.then import case_then
from laneflow.web.desk import Desk, page
from laneflow.web.pages.case.shown import shown


@page(LOOK)
def case(desk: Desk, id: str) -> HttpResponse:
    """One case, whole; ``?task``, ``?channel`` and ``?language`` choose the script."""
    since = desk.request.GET.get("since", "")
    told = int(since) if since.isascii() and since.isdigit() and len(since) < 10 else None
    return desk.render("case.html", shown(desk, desk.case(id, "case"), since=told))


@page(LOOK)
def script(desk: Desk, id: str) -> HttpResponse:
    """The script alone, in another channel or language."""
    return desk.render("case/script.html", shown(desk, desk.case(id, "script")))


@page(LOOK)
def why(desk: Desk, id: str) -> HttpResponse:
    """What led the case to where it is: each step with its rules, and the versions they are of."""
    found = desk.case(id, "why")
    values: dict[str, Any] = {"case": found}
    try:
        then = case_then(desk.app, found.id, desk.at)
        values |= {"why": why_case(then), "versions": versions(desk.store, then.steps)}
    except LaneflowError as error:
        values["problems"] = error.problems
    return desk.render("case/why.html" if desk.partial else "case_why.html", values)


@page(LOOK)
def letter(desk: Desk, id: str) -> HttpResponse:
    """A letter, fax or portal message to print; that it was sent is for the note to say."""
    values = shown(desk, desk.case(id, "letter"))
    written = values["view"]["script"]
    if written is None or not written["text"]:
        raise Http404("there is nothing to print")
    return desk.render("case_letter.html", values)


urls = [
    path("cases/<str:id>", case, name="case"),
    path("cases/<str:id>/script", script, name="case_script"),
    path("cases/<str:id>/why", why, name="case_why"),
    path("cases/<str:id>/letter", letter, name="case_letter"),
]
