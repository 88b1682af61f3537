"""Owns publishing: the plan of an edit, making it live, what went live before, and the way back."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from laneflow.accounts.rights import EDIT
from laneflow.errors import LaneflowError, Problem
from laneflow.metrics.releases import changed, diffs
from laneflow.practice.words import name_of
from laneflow.store.released import Release
from laneflow.web import jobs
from laneflow.web.desk import Desk, page
from laneflow.web.jobs import Job
from laneflow.web.pages.lanes.planned import KIND, MOVED_ON, Planned, make_live, work_out
from laneflow.work.bringing import bring_back
from laneflow.work.folder import folder_now
from laneflow.work.versions import FILE, SCRIPT, path_of

MOST_LINES = 2_000
"""Lines of a diff that are shown; the files themselves can be had whole."""

RELEASES = 50
"""Releases on one page of the history."""


# the plan ----------------------------------------------------------------------------------------


@page(EDIT, "GET", "POST")
def plan(desk: Desk) -> HttpResponse:
    """What publishing would do. POST begins to work it out, or gives it up (``do=stop``)."""
    if desk.request.method == "POST":
        if desk.request.POST.get("do") == "stop":
            if job := jobs.latest(KIND, desk.account.pk):
                jobs.give_up(job)
            return redirect("plan")
        return _begin(desk, None)
    return _shown(desk, jobs.latest(KIND, desk.account.pk))


@page(EDIT, "POST")
def rollback(desk: Desk, release: int) -> HttpResponse:
    """Work out what going back to a former release would do."""
    return _begin(desk, release)


def _begin(desk: Desk, to: int | None) -> HttpResponse:
    app, account = desk.app, desk.account
    try:
        jobs.begin(KIND, account.pk, lambda job: work_out(app, account, job, to), {"to": to})
    except LaneflowError as error:
        messages.error(desk.request, " ".join(problem.said for problem in error.problems))
    return redirect("plan")


def _shown(
    desk: Desk, job: Job | None, problems: tuple[Problem, ...] = (), status: int = 200
) -> HttpResponse:
    """The plan as far as it is. ``problems``: why it was not made live."""
    under_way = job is not None and not job.finished  # asked once: it may end at any moment
    planned = job.result if job is not None and not under_way else None
    values: dict[str, Any] = {
        "job": job, "under_way": under_way, "planned": planned,
        "problems": problems, "said": desk.request.POST,
        "edited": sorted(folder_now(desk.app).edited.items()),
        "asked_for": desk.request.headers.get("X-Laneflow-Poll") == "1",
    }  # fmt: skip
    if isinstance(planned, Planned):
        values |= _texts(desk, planned)
        desk.shown("plan", planned.shown)
    if desk.partial:
        return desk.render("parts/planning.html", values)
    return desk.render("plan.html", values, status)


def _texts(desk: Desk, planned: Planned) -> dict[str, Any]:
    """How the texts would differ, line by line."""
    store = desk.store
    kept = {n: h for n, h in store.live().items() if n[0] in (FILE, SCRIPT)}
    parts = planned.proposal.edited.parts
    new = {name: part.content for name, part in parts.items() if name[0] in (FILE, SCRIPT)}
    changes = {n for n in kept.keys() | new.keys()
               if n not in parts or kept.get(n) != parts[n].hash}  # fmt: skip
    old = store.contents({n: h for n, h in kept.items() if n in changes})
    return _cut([*diffs(old, {n: text for n, text in new.items() if n in changes})])


def _cut(found: list[Any]) -> dict[str, Any]:
    """So many lines of a diff as may be shown, and how many more there are."""
    left, shown = MOST_LINES, []
    for file in found:
        shown.append(file._replace(lines=file.lines[:left]))
        left = max(0, left - len(file.lines))
    total = sum(len(file.lines) for file in found)
    return {"diffs": [file for file in shown if file.lines], "cut": max(0, total - MOST_LINES)}


@page(EDIT, "POST")
def publish(desk: Desk) -> HttpResponse:
    """Make live what was planned, for a reason; refused where anything changed since."""
    posted = desk.request.POST
    job = jobs.found(posted.get("plan", ""), KIND, desk.account.pk)
    if job is None or not isinstance(job.result, Planned):
        messages.error(desk.request, _("This plan is not kept any more: work it out again."))
        return redirect("plan")
    planned, why = job.result, " ".join(posted.get("why", "").split())[:500]
    if not why:
        problem = Problem("publish", 0, 0, _("say why; it stays in the history"), path="why")
        return _shown(desk, job, (problem,), 422)
    try:
        number = make_live(
            desk, planned, why, force="force" in posted, untested="untested" in posted
        )
    except LaneflowError as error:
        if any(problem.code == MOVED_ON for problem in error.problems):
            messages.error(desk.request, " ".join(problem.said for problem in error.problems))
            return _begin(desk, job.about["to"])
        return _shown(desk, job, error.problems, 422)
    jobs.give_up(job)
    _done(desk, planned, number, files="files" in posted)
    return redirect("release", release=number)


def _done(desk: Desk, planned: Planned, number: int, *, files: bool) -> None:
    told = _("Release %(number)s is live.") % {"number": number}
    if planned.release is not None and files:
        brought = bring_back(desk.store, planned.release.parts, desk.app.folder, desk.at)
        told += " " + _("The folder's files are its files again.")
        if brought.aside is not None:
            aside = brought.aside.relative_to(desk.app.folder)
            told += " " + _("What they were is kept in %(folder)s.") % {"folder": aside}
    desk.app.look()
    messages.success(desk.request, told)


# the history -------------------------------------------------------------------------------------


@page(EDIT)
def history(desk: Desk) -> HttpResponse:
    """Every release: who, when, why, and what it changed."""
    before = desk.request.GET.get("before", "")
    top = int(before) if re.fullmatch(r"[0-9]{1,9}", before) else 10**9
    releases = [release for release in desk.store.releases() if release.n < top]
    shown = releases[:RELEASES]
    return desk.render("history.html", {
        "rows": [
            _row(desk, release, next(iter(releases[n + 1 : n + 2]), None))
            for n, release in enumerate(shown)
        ],
        "more": shown[-1].n if len(releases) > RELEASES else 0,
    })  # fmt: skip


def _row(desk: Desk, release: Release, before: Release | None) -> dict[str, Any]:
    return {
        "n": release.n, "at": release.at, "by": name_of(desk.practice, release.by),
        "why": release.why, "live": release.n == desk.store.released(),
        "changed": changed(release, before),
    }  # fmt: skip


@page(EDIT)
def release(desk: Desk, release: int) -> HttpResponse:
    """One release, line by line against the one before, or any other (``?against=3``)."""
    releases = desk.store.releases()
    mine = _numbered(releases, release)
    asked = desk.request.GET.get("against", "")
    number = int(asked) if re.fullmatch(r"[0-9]{1,9}", asked) else release - 1
    other = next((each for each in releases if each.n == number), None)
    names = set(mine.parts) | set(other.parts if other else ())
    changes = {
        n for n in names
        if n[0] in (FILE, SCRIPT)
        and (other is None or mine.parts.get(n) != other.parts.get(n))
    }  # fmt: skip
    old = (
        desk.store.contents({n: h for n, h in other.parts.items() if n in changes}) if other else {}
    )
    new = desk.store.contents({n: h for n, h in mine.parts.items() if n in changes})
    return desk.render("release.html", {
        "row": _row(desk, mine, other), "against": other.n if other else 0,
        "others": [each.n for each in releases if each.n != mine.n][:200],
        "files": sorted(path_of(n) for n in mine.parts if n[0] in (FILE, SCRIPT)),
        **_cut([*diffs(old, new)]),
    })  # fmt: skip


@page(EDIT)
def release_file(desk: Desk, release: int, file: str) -> HttpResponse:
    """One file as it went live with a release, to keep."""
    mine = _numbered(desk.store.releases(), release)
    name = next((n for n in mine.parts if n[0] in (FILE, SCRIPT) and path_of(n) == file), None)
    if name is None:
        raise Http404("this release has no such file")
    content = desk.store.contents({name: mine.parts[name]})[name]
    answer = HttpResponse(content, content_type="text/plain; charset=utf-8")
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", file)
    answer.headers["Content-Disposition"] = f'attachment; filename="release-{mine.n}-{plain}"'
    return answer


def _numbered(releases: list[Release], number: int) -> Release:
    for each in releases:
        if each.n == number:
            return each
    raise Http404("there is no such release")


urls = [
    path("plan", plan, name="plan"),
    path("publish", publish, name="publish"),
    path("history", history, name="history"),
    path("history/<int:release>", release, name="release"),
    path("history/<int:release>/rollback", rollback, name="rollback"),
    path("history/<int:release>/files/<path:file>", release_file, name="release_file"),
]
