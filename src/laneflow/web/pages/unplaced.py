"""Owns *Unplaced* in the browser: events no case could be named for, put where they belong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from laneflow.accounts.rights import PLACE
from laneflow.errors import LaneflowError, Problem
from laneflow.metrics.calls.placing import to_place
from laneflow.web.desk import Desk, page
from laneflow.web.keys import FACT, keys_said
from laneflow.web.typed import Typed, fields_of
from laneflow.work import unplaced as placing


@page(PLACE)
def unplaced(desk: Desk) -> HttpResponse:
    """What is to be placed by whoever asks."""
    return _page(desk)


def _rows(desk: Desk) -> list[dict[str, Any]]:
    return to_place(desk.store, desk.live, desk.locations, desk.account.person, desk.at)


def _page(desk: Desk, typed: Typed | None = None) -> HttpResponse:
    rows = _rows(desk)
    for row in rows:
        about = typed and (typed.said.get("source"), typed.said.get("id"))
        row["form"] = typed if about == (row["source"], row["id"]) else None
        for lane in row["lanes"]:
            mine = row["form"] is not None and row["form"].said.get("lane") == lane["lane"]
            lane["form"] = row["form"] if mine else None
    seen = [case["case"] for row in rows for case in row["cases"]]
    desk.shown("unplaced", dict.fromkeys(seen))
    if events := [f"{row['source']} {row['id']}" for row in rows]:
        desk.record("view", "", {"page": "unplaced", "why": "list", "events": events})
    gone = typed if typed and not any(row["form"] for row in rows) else None
    values = {"rows": rows, "gone": gone, "fact": FACT}
    return desk.render("unplaced.html", values, status=422 if typed else 200)


# doing -------------------------------------------------------------------------------------------

Place = Callable[[Desk, dict[str, Any]], str]
"""Does what a form asks with the event of this row; says what was done."""


def _attach(desk: Desk, row: dict[str, Any]) -> str:
    case = desk.request.POST.get("case", "")
    if not case:
        raise _wrong("no case is chosen", "Choose the case it belongs to.", "case")
    if case not in [one["case"] for one in row["cases"]]:
        raise Http404("there is no such case")
    placing.attach(
        desk.app, by=desk.worker, event=(row["source"], row["id"]), case=case, at=desk.at
    )
    return _("Attached to the case.")


def _open(desk: Desk, row: dict[str, Any]) -> str:
    form = desk.request.POST
    lane = next((one for one in row["lanes"] if one["lane"] == form.get("lane")), None)
    if lane is None:
        raise Http404("the event opens no case in this lane")
    said = keys_said(form, lane)
    placing.open_case(
        desk.app, by=desk.worker, event=(row["source"], row["id"]), lane=lane["lane"], at=desk.at,
        data=said,
    )  # fmt: skip
    return _("A case was opened.")


def _dismiss(desk: Desk, row: dict[str, Any]) -> str:
    reason = desk.request.POST.get("reason", "").strip()
    if not reason:
        raise _wrong("the reason is missing", "Say why no case needs it.", "reason")
    event = (row["source"], row["id"])
    placing.dismiss(desk.app, by=desk.worker, event=event, reason=reason, at=desk.at)
    return _("Dismissed.")


def _problem(what: str, hint: str, path: str) -> Problem:
    return Problem("unplaced", 0, 0, what, hint, path)


def _wrong(what: str, hint: str, path: str) -> LaneflowError:
    return LaneflowError(_problem(what, hint, path))


def _view(name: str, do: Place) -> Any:
    """The view of one of the forms: on an event that is theirs to place, and nothing else."""

    def view(desk: Desk) -> HttpResponse:
        form = desk.request.POST
        named = (form.get("source", ""), form.get("id", ""))
        row = next((row for row in _rows(desk) if (row["source"], row["id"]) == named), None)
        try:
            if row is None:
                hint = "Somebody may have dealt with it already."
                raise _wrong("this event is not on the list", hint, "")
            said = do(desk, row)
        except LaneflowError as error:
            return _page(desk, Typed(name, fields_of(form), error.problems))
        messages.success(desk.request, said)
        return HttpResponseRedirect(reverse("unplaced"), status=303)

    view.__name__ = f"unplaced_{name}"
    return page(PLACE, "POST")(view)


urls = [
    path("unplaced", unplaced, name="unplaced"),
    *(
        path(f"unplaced/{name}", _view(name, do), name=f"unplaced_{name}")
        for name, do in (("attach", _attach), ("open", _open), ("dismiss", _dismiss))
    ),
]
