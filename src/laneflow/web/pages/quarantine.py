"""Owns quarantine's pages: each bad record and why; mended, tried again, or set aside."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from laneflow.accounts.rights import OPERATE
from laneflow.errors import LaneflowError
from laneflow.intake.records import MOST_RAW
from laneflow.web.desk import Desk, page
from laneflow.work.quarantine import again, found, set_aside

SHOWN = 50
"""Bad records on one page, and tried again at once."""


@page(OPERATE)
def quarantine(desk: Desk) -> HttpResponse:
    """What could not be taken in, oldest first, without what it says."""
    return desk.render("quarantine.html", _list(desk))


@page(OPERATE, "POST")
def quarantine_retry(desk: Desk) -> HttpResponse:
    """Take those that were ticked in again, as they are."""
    mended = still = 0
    for digest in desk.request.POST.getlist("record")[:SHOWN]:
        try:
            done = again(desk.app, found(desk.app, digest), desk.by)
        except LaneflowError:
            still += 1
        else:
            mended += done.mended
            still += not done.mended
    if mended:
        told = ngettext("%(n)d record taken in.", "%(n)d records taken in.", mended)
        messages.success(desk.request, told % {"n": mended})
    if still:
        told = ngettext("%(n)d is still bad.", "%(n)d are still bad.", still)
        messages.warning(desk.request, told % {"n": still})
    return HttpResponseRedirect(reverse("quarantine"), status=303)


@page(OPERATE, "GET", "POST")
def bad_record(desk: Desk, digest: str) -> HttpResponse:
    """One bad record with all it says, which may name a patient: looking at it is recorded."""
    row = desk.store.bad_record(digest)
    if row is None or row["digest"] != digest:
        raise Http404("there is no such record")
    desk.record("view", f"quarantine {digest}", {"page": "bad_record"})
    if desk.request.method == "POST":
        return _mend(desk, row)
    return _record(desk, row, row["raw"])


def _mend(desk: Desk, row: dict[str, Any]) -> HttpResponse:
    """Take it in with the text as it was sent, or set it aside."""
    post = desk.request.POST
    raw, reason = post.get("raw", "").replace("\r\n", "\n"), post.get("reason", "")
    aside = "aside" in post
    try:
        found(desk.app, row["digest"])
        if aside:
            set_aside(desk.app, row, desk.by, reason)
            messages.success(desk.request, _("Set aside."))
            return HttpResponseRedirect(reverse("quarantine"), status=303)
        done = again(desk.app, row, desk.by, None if raw == row["raw"] else raw)
    except LaneflowError as refused:
        return _record(desk, row, raw, reason, refused.problems, aside=aside, status=422)
    if not done.mended:
        return _record(desk, row, raw, reason, why=done.why, status=422)
    if done.became:
        messages.warning(desk.request, _("It can be read now, but is refused. See why below."))
        there = reverse("bad_record", args=[done.became[0]])
        return HttpResponseRedirect(there, status=303)
    known = _("It was known already.") if done.taken.duplicates else ""
    messages.success(desk.request, f"{_('Taken in.')} {known}".strip())
    return HttpResponseRedirect(reverse("quarantine"), status=303)


def _record(
    desk: Desk,
    row: dict[str, Any],
    raw: str,
    reason: str = "",
    problems: Any = (),
    *,
    why: list[str] | None = None,
    aside: bool = False,
    status: int = 200,
) -> HttpResponse:
    values = {
        "row": row,
        "raw": raw,
        "reason": reason,
        "problems": problems,
        "why": why or [],
        "aside": aside,
        "cut": len(row["raw"]) >= MOST_RAW,
        "lines": min(30, max(6, raw.count("\n") + 2)),
    }
    return desk.render("bad_record.html", values, status)


def _list(desk: Desk) -> dict[str, Any]:
    before = desk.store.bad_record(desk.request.GET.get("after", ""))
    rows = desk.store.bad_records(SHOWN + 1, before)
    return {
        "rows": rows[:SHOWN],
        "count": desk.store.vitals(desk.at)["quarantined"],
        "more": rows[SHOWN - 1]["digest"] if len(rows) > SHOWN else "",
        "further": before is not None,
    }


urls = [
    path("quarantine", quarantine, name="quarantine"),
    path("quarantine/retry", quarantine_retry, name="quarantine_retry"),
    path("quarantine/<str:digest>", bad_record, name="bad_record"),
]
