"""Owns *Emergency accesses*: who opened which case outside their locations, for the manager."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import ngettext

from laneflow.accounts.emergency import emergencies as accesses
from laneflow.accounts.emergency import mark_seen
from laneflow.accounts.rights import OVERSEE
from laneflow.practice.zones import DAY
from laneflow.web.desk import Desk, page

LOOK_BACK = 90 * DAY


@page(OVERSEE, "GET", "POST")
def emergencies(desk: Desk) -> HttpResponse:
    """The accesses at the desk's locations; a POST marks those ticked as looked at."""
    if desk.request.method == "POST":
        given = desk.request.POST.getlist("id")
        ticked = [int(n) for n in given if n.isascii() and n.isdigit() and len(n) < 18]
        n = mark_seen(desk.app, desk.account, desk.locations, ticked[:500])
        told = ngettext("%(n)d access is marked as looked at.",
                        "%(n)d accesses are marked as looked at.", n)  # fmt: skip
        messages.success(desk.request, told % {"n": n})
        answer = redirect("emergencies")
        answer.status_code = 303
        return answer
    found = accesses(desk.locations, desk.at - LOOK_BACK)
    waiting = [one for one in found if not one["seen_by"]]
    return desk.render("emergencies.html", {
        "waiting": waiting,
        "seen": [one for one in found if one["seen_by"]],
        "markable": any(one["account"] != desk.account.username for one in waiting),
    })  # fmt: skip


urls = [path("emergencies", emergencies, name="emergencies")]
