"""Owns *Health*: is the daemon awake, what waits, what fails; and taking a file of events in."""

from __future__ import annotations

import platform
from typing import Any

import django
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from laneflow import __version__
from laneflow.accounts.rights import OPERATE
from laneflow.errors import LaneflowError, Problem
from laneflow.metrics.health import BACKED_UP, LATE, latest_backup, vitals
from laneflow.metrics.proven import unproven_now
from laneflow.web.desk import Desk, page
from laneflow.work.take_in import TakenIn
from laneflow.work.upload import LARGEST, taken_from

FAILING = 10
"""Notices that cannot be sent which the page names."""


@page(OPERATE)
def health(desk: Desk) -> HttpResponse:
    """How laneflow is doing."""
    return desk.render("health.html", _state(desk))


@page(OPERATE, "POST")
def intake(desk: Desk) -> HttpResponse:
    """Take in the events of a file that was sent, unless it is no such file."""
    file = desk.request.FILES.get("file")
    try:
        if file is None:
            raise LaneflowError(Problem("file", 0, 0, "no file was chosen"))
        if (file.size or 0) > LARGEST:
            what = f"the file is larger than {LARGEST // (1024 * 1024)} MB"
            hint = "A larger one is taken in on the server: `laneflow intake FILE`."
            raise LaneflowError(Problem("file", 0, 0, what, hint))
        taken = taken_from(desk.app, file.read(), desk.by)
    except LaneflowError as refused:
        return desk.render("health.html", {**_state(desk), "refused": refused.problems}, 422)
    tell = messages.warning if taken.quarantined else messages.success
    tell(desk.request, _told(taken))
    return HttpResponseRedirect(reverse("health"), status=303)


def _told(taken: TakenIn) -> str:
    read = ngettext("%(n)d record read:", "%(n)d records read:", taken.read) % {"n": taken.read}
    counts = _("%(new)d new, %(known)d known already, %(bad)d in quarantine.") % {
        "new": taken.new, "known": taken.duplicates, "bad": taken.quarantined,
    }  # fmt: skip
    cases = ngettext("%(n)d case opened.", "%(n)d cases opened.", taken.cases) % {"n": taken.cases}
    return f"{read} {counts} {cases}"


def _state(desk: Desk) -> dict[str, Any]:
    app = desk.app
    app.look()
    found = vitals(app)
    backup = latest_backup(app.store)
    event = app.store.last_event()
    return {
        "vitals": found,
        "open_cases": sum(found.open_cases.values()),
        "lag_minutes": found.lag // 60_000,
        "late": found.lag >= LATE,
        "failing": app.store.failing(FAILING),
        "sqlite": app.store.file is not None,
        "backup": backup,
        "backup_mb": round(backup.size / 1_000_000, 1) if backup else 0,
        "backup_old": backup is not None and desk.at - backup.at > BACKED_UP,
        "event": {"source": event[0], "at": event[1]} if event else None,
        "problems": app.problems,
        "unproven": unproven_now(app),
        "release": next(iter(app.store.releases(limit=1)), None),
        "versions": _versions(desk),
        "largest": LARGEST // (1024 * 1024),
    }


def _versions(desk: Desk) -> list[tuple[str, str]]:
    """What runs here, by its name."""
    kept_in = desk.store.about()
    return [
        ("laneflow", __version__),
        (_("database"), kept_in["database"]),
        (_("tables"), kept_in["tables"]),
        ("Django", django.get_version()),
        ("Python", platform.python_version()),
    ]


urls = [
    path("health", health, name="health"),
    path("health/intake", intake, name="intake"),
]
