"""Owns editing lanes, scripts and practice.yaml: the editor, what is wrong, what may stand here."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext as _

from laneflow.accounts.rights import EDIT
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.completing import Suggestion, suggestions
from laneflow.lanes.load import find_scripts
from laneflow.web.desk import Desk, page
from laneflow.work import drafts
from laneflow.work.drafts import Draft
from laneflow.work.folder import folder_now

MOST_TOLD = 200
"""Problems shown at once."""


@page(EDIT, "GET", "POST")
def lane_edit(desk: Desk, lane: str) -> HttpResponse:
    """Edit a lane's file."""
    return _edit(desk, f"lanes/{lane}.yaml")


@page(EDIT, "GET", "POST")
def script_edit(desk: Desk, script: str) -> HttpResponse:
    """Edit one file under scripts/."""
    return _edit(desk, f"scripts/{script}")


@page(EDIT, "GET", "POST")
def practice_edit(desk: Desk) -> HttpResponse:
    """Edit practice.yaml."""
    return _edit(desk, drafts.PRACTICE_FILE)


@page(EDIT)
def file_edit(desk: Desk, file: str) -> HttpResponse:
    """To the editor of whichever file it is, as problems and plans name them."""
    if not drafts.editable(file):
        raise Http404("this is not edited here")
    query = desk.request.GET.urlencode()
    return redirect(address(file) + (f"?{query}" if query else ""))


def address(file: str) -> str:
    """The editor's address of a file that may be edited."""
    from django.urls import reverse

    if file == drafts.PRACTICE_FILE:
        return reverse("practice_edit")
    folder, _slash, rest = file.partition("/")
    if folder == "lanes":
        return reverse("lane_edit", args=[rest.removesuffix(".yaml")])
    return reverse("script_edit", args=[rest])


# the editor --------------------------------------------------------------------------------------


def _edit(desk: Desk, name: str) -> HttpResponse:
    draft = _opened(desk, name)
    if desk.request.method != "POST":
        return _page(desk, draft, draft.text)
    text, seen = desk.request.POST.get("text", ""), desk.request.POST.get("seen", "")
    if desk.request.POST.get("do") == "check":
        return _page(desk, draft, text, seen=seen, told=_told(desk, name, text))
    return _save(desk, draft, text, seen)


def _opened(desk: Desk, name: str) -> Draft:
    """The file; Http404 for one that is not edited here, or is not there.

    A script that is not there yet may be written: that is how a channel or a language is added.
    """
    if not drafts.editable(name):
        raise Http404("this is not edited here")
    draft = drafts.opened(desk.app.folder, name)
    if not draft.digest and not draft.is_script and drafts.live_text(desk.app, name) is None:
        raise Http404("there is no such file")
    return draft


def _save(desk: Desk, draft: Draft, text: str, seen: str) -> HttpResponse:
    try:
        saved = drafts.save(desk.app.folder, draft.name, text, seen)
    except LaneflowError as error:
        return _not_saved(desk, draft, text, seen, error)
    desk.record("edit", draft.name, {"digest": saved.digest})
    desk.app.look()
    if _by_script(desk):
        state = folder_now(desk.app).edited.get(draft.name) or _("saved")
        told = _("Saved. It is not live yet.")
        return JsonResponse({"seen": saved.digest, "told": told, "state": state})
    messages.success(desk.request, _("Saved. It is not live yet."))
    return redirect(address(draft.name))


def _not_saved(
    desk: Desk, draft: Draft, text: str, seen: str, error: LaneflowError
) -> HttpResponse:
    changed = any(problem.code == drafts.CHANGED for problem in error.problems)
    if _by_script(desk):
        told = " ".join(problem.said for problem in error.problems)
        return JsonResponse({"told": told, "changed": changed}, status=409 if changed else 422)
    if not changed:
        return _page(desk, draft, text, seen=seen, refused=error.problems, status=422)
    both = drafts.between(draft.text, text, _("as it is now"), _("as you wrote it"))
    return _page(desk, draft, text, both=both, refused=error.problems, status=409)


def _by_script(desk: Desk) -> bool:
    return desk.request.headers.get("X-Laneflow-Editor") == "1"


def _page(
    desk: Desk,
    draft: Draft,
    text: str,
    *,
    seen: str | None = None,
    told: dict[str, Any] | None = None,
    refused: tuple[Problem, ...] = (),
    both: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The editor. ``both``: the lines that tell the text there is now from theirs."""
    folder = folder_now(desk.app)
    live = drafts.live_text(desk.app, draft.name)
    line = desk.request.GET.get("line", "")
    lane = draft.name.removeprefix("lanes/").removesuffix(".yaml")
    values = {
        "draft": draft, "text": text, "seen": draft.digest if seen is None else seen,
        "state": folder.edited.get(draft.name, ""), "is_live": live is not None,
        "line": int(line) if line.isascii() and line.isdigit() and len(line) < 7 else 0,
        "refused": refused, "both": both, "most": drafts.most(draft.name),
        "lane": desk.live.loaded.lanes.get(lane) if draft.name.startswith("lanes/") else None,
        "script": _script_of(draft.name), "address": address(draft.name),
        "mode": "twig" if draft.is_script else "yaml", **(told or {}),
    }  # fmt: skip
    return desk.render("edit.html", values, status)


def _script_of(name: str) -> str:
    """The script that a file says, "" for any other file."""
    from laneflow.outreach.lint.names import parsed

    return parsed(name.removeprefix("scripts/")).script if drafts.said_aloud(name) else ""


@page(EDIT, "POST")
def lane_discard(desk: Desk) -> HttpResponse:
    """Back to what is live: the file's edits are put aside."""
    name = desk.request.POST.get("file", "")
    if not drafts.editable(name):
        raise Http404("this is not edited here")
    try:
        aside = drafts.discard(desk.app, name, desk.request.POST.get("seen", ""))
    except LaneflowError as error:
        messages.error(desk.request, " ".join(p.said for p in error.problems))
        return redirect(address(name))
    desk.record("edit", name, {"discarded": True})
    desk.app.look()
    told = _("The file is what is live again.")
    if aside is not None:
        kept = aside.relative_to(desk.app.folder)
        told += " " + _("What it was is kept in %(folder)s.") % {"folder": kept}
    messages.success(desk.request, told)
    return redirect("lanes" if not Path(desk.app.folder, name).exists() else address(name))


# what is wrong, and what may stand here ----------------------------------------------------------


@page(EDIT, "POST")
def lane_check(desk: Desk) -> HttpResponse:
    """What would be wrong if the file said this; as JSON, with the list as it is shown."""
    name, text = desk.request.POST.get("file", ""), desk.request.POST.get("text", "")
    if not drafts.editable(name):
        raise Http404("this is not edited here")
    try:
        told = _told(desk, name, text)
    except LaneflowError as error:
        told = {"problems": list(error.problems), "elsewhere": [], "unchecked": ()}
    html = render_to_string(
        "laneflow/parts/checked.html", told | {"draft": {"name": name}}, desk.request
    )
    marks = [
        {"line": p.line, "column": p.column, "text": p.said, "severity": p.severity}
        for p in told["problems"]
    ]
    return JsonResponse({"marks": marks, "html": html})


def _told(desk: Desk, name: str, text: str) -> dict[str, Any]:
    """Problems of this very file, of others, and what was not looked at."""
    problems, unchecked = drafts.problems_in(desk.app.folder, name, text, desk.at)
    return {
        "problems": [p for p in problems if p.file == name][:MOST_TOLD],
        "elsewhere": [p for p in problems if p.file != name][:MOST_TOLD],
        "unchecked": unchecked,
        "checked": True,
    }


@page(EDIT, "POST")
def lane_words(desk: Desk) -> HttpResponse:
    """What may be written where the cursor stands, as JSON."""
    posted = desk.request.POST
    name, text = posted.get("file", ""), posted.get("text", "")
    if not drafts.editable(name) or len(text) > drafts.most(name):
        raise Http404("this is not edited here")
    if name.endswith(".j2"):
        found = _facts_of(desk, name)
    else:
        kind = "practice" if name == drafts.PRACTICE_FILE else "lane"
        at = (_number(posted.get("line", "")), _number(posted.get("column", "")))
        practice = (folder_now(desk.app).loaded or desk.app.loaded).practice
        found = suggestions(text, *at, kind, practice, find_scripts(desk.app.folder))
    return JsonResponse({"words": [asdict(each) for each in found]})


def _facts_of(desk: Desk, name: str) -> list[Suggestion]:
    """The facts a script may say: those of the lanes that use it, of all where none does."""
    from laneflow.outreach.lint.names import known_names, parsed, scripts_used

    loaded = folder_now(desk.app).loaded or desk.app.loaded
    script = parsed(name.removeprefix("scripts/")).script
    lanes = scripts_used(loaded).get(script, loaded.lanes)
    known = {fact for lane in lanes for fact in known_names(loaded.lanes[lane])}
    return [Suggestion(fact, "fact") for fact in sorted(known)]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


urls = [
    path("edit/check", lane_check, name="lane_check"),
    path("edit/words", lane_words, name="lane_words"),
    path("edit/discard", lane_discard, name="lane_discard"),
    path("edit/practice", practice_edit, name="practice_edit"),
    path("edit/lane/<slug:lane>", lane_edit, name="lane_edit"),
    path("edit/script/<path:script>", script_edit, name="script_edit"),
    path("edit/file/<path:file>", file_edit, name="file_edit"),
]
