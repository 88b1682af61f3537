"""Owns emergency access: the form that opens a case outside one's locations for an hour."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import path

from laneflow.accounts.emergency import open_in_emergency
from laneflow.accounts.rights import LOOK
from laneflow.accounts.sight import why_seen
from laneflow.errors import LaneflowError
from laneflow.web.desk import Desk, page


@page(LOOK, "POST")
def emergency(desk: Desk, id: str) -> HttpResponse:
    """Open the case for the reason given, then show it."""
    case = desk.store.case(id)
    if case is None or case.id != id:
        raise Http404("there is no such case")
    there = HttpResponseRedirect(f"/cases/{case.id}", status=303)
    if why_seen(desk.account, desk.store, desk.live, case, desk.at):
        return there
    reason = desk.request.POST.get("reason", "")
    try:
        open_in_emergency(desk.app, desk.account, case, reason)
    except LaneflowError as error:
        values = {"case": case, "reason": reason, "problem": error.problems[0]}
        return desk.render("out_of_sight.html", values, status=422)
    return there


urls = [path("cases/<str:id>/emergency", emergency, name="emergency")]
