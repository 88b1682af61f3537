"""Owns *Lanes*: what there are, one to read, its picture, its scripts, and beginning a new one."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from laneflow.accounts.rights import EDIT, LOOK
from laneflow.errors import LaneflowError
from laneflow.lanes.model import Lane
from laneflow.lanes.vocabulary import STANDARD_EVENTS
from laneflow.metrics import lanes as told
from laneflow.practice.model import LoadedPractice
from laneflow.web.desk import Desk, page
from laneflow.web.own_words import own_words
from laneflow.web.said import said
from laneflow.work.folder import Folder, folder_now

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A picture opened by itself runs nothing; the one style it brings is its own."""


@page(LOOK)
def lanes(desk: Desk) -> HttpResponse:
    """Every lane, and how the folder stands beside what is live."""
    return _list(desk)


def _list(desk: Desk, values: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    folder = folder_now(desk.app)
    rows = told.lanes(desk.app, folder)
    if EDIT not in desk.rights:
        rows = [row for row in rows if row["live"]]
    shown = {
        "lanes": rows,
        "edited": sorted(folder.edited.items()),
        "errors": [p for p in folder.problems if p.severity == "error"],
        "may_edit": EDIT in desk.rights,
        "events": sorted(STANDARD_EVENTS | desk.practice.events.keys()),
        "roles": desk.practice.roles,
        "default_role": desk.practice.default_backup,
    }
    return desk.render("lanes.html", shown | (values or {}), status)


@page(EDIT, "POST")
def lane_new(desk: Desk) -> HttpResponse:
    """Begin a lane, and go on to edit it."""
    from laneflow.work.new_lane import begin

    given = {key: " ".join(desk.request.POST.get(key, "").split()) for key in _NEW}
    name = given["name"].lower().replace(" ", "-")
    try:
        files = begin(
            desk.app.folder, desk.practice, name, given["on"],
            owner=given["owner"], title=given["title"],
        )  # fmt: skip
    except LaneflowError as error:
        problems = {p.path if p.path in _NEW else "on": p.said for p in error.problems}
        return _list(desk, {"given": given, "wrong": problems}, 422)
    desk.record("edit", files[0], {"new": True})
    messages.success(desk.request, _("The lane is begun. Nothing is live yet."))
    return redirect("lane_edit", lane=name)


_NEW = ("name", "on", "owner", "title")


@page(LOOK)
def lane(desk: Desk, lane: str) -> HttpResponse:
    """One lane to read: as it is live, or as it is edited (``?as=edited``)."""
    folder = folder_now(desk.app)
    which, loaded, found = _chosen(desk, folder, lane)
    names = sorted(loaded.scripts) if loaded.scripts is not None else _script_files(desk)
    as_written = which == told.EDITED or found.file not in folder.edited
    return desk.render("lane.html", {
        "lane": found, "which": which, "state": folder.edited.get(found.file, ""),
        "errors": folder.errors(found.file),
        "windows": told.windows(found, loaded.practice),
        "sections": [
            (s.title, told.nested(s.rows)) for s in told.sections(found, loaded.practice)
        ],
        "scripts": told.scripts_of(loaded, found, names),
        "live": found.id in desk.live.lanes,
        "may_edit": EDIT in desk.rights,
        "linked": as_written and EDIT in desk.rights,
    })  # fmt: skip


@page(LOOK)
def lane_diagram(desk: Desk, lane: str) -> HttpResponse:
    """The lane as a picture, in the reader's language."""
    from laneflow.lanes.diagram import diagram
    from laneflow.lanes.drawing import svg

    _, _, found = _chosen(desk, folder_now(desk.app), lane)
    drawn = diagram(found).told(partial(said, own=own_words()))
    answer = HttpResponse(svg(drawn), content_type="image/svg+xml; charset=utf-8")
    answer.headers["Content-Security-Policy"] = PICTURE_POLICY
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _chosen(desk: Desk, folder: Folder, id_: str) -> tuple[str, LoadedPractice, Lane]:
    """Which state was asked for, with its practice and lane. Http404 where there is none.

    A lane that is live is shown so unless its edits are asked for; who may not edit sees no edits.
    """
    live = desk.app.loaded
    asked = desk.request.GET.get("as") == told.EDITED or id_ not in live.lanes
    drafted = folder.loaded
    if asked and EDIT in desk.rights and drafted is not None and id_ in drafted.lanes:
        return told.EDITED, drafted, drafted.lanes[id_]
    if id_ in live.lanes:
        return told.LIVE, live, live.lanes[id_]
    raise Http404("there is no such lane")


def _script_files(desk: Desk) -> list[str]:
    from laneflow.work.versions import SCRIPT, texts_in

    return sorted(name for kind, name in texts_in(desk.app.folder) if kind == SCRIPT)


urls = [
    path("lanes", lanes, name="lanes"),
    path("lanes/new", lane_new, name="lane_new"),
    path("lanes/<slug:lane>", lane, name="lane"),
    path("lanes/<slug:lane>/diagram.svg", lane_diagram, name="lane_diagram"),
]
