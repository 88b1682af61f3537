"""Owns what the case page shows, whole or in parts, and how it answers to what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from laneflow.accounts.rights import WORK
from laneflow.engine.state import Case
from laneflow.errors import LaneflowError
from laneflow.lanes.model import Duration
from laneflow.metrics.case.choices import offered
from laneflow.metrics.case.story import timeline
from laneflow.metrics.case.view import case_view
from laneflow.practice import words
from laneflow.web.calls import calls_in
from laneflow.web.desk import Desk, OutOfSightError
from laneflow.web.typed import Typed, field_of, fields_of, seen_of
from laneflow.work.act_rules import ITEM_STATES, NOTE_CHANNELS, OUTCOMES, UNDERSTANDING

PARTS = (
    "head", "script", "note", "tasks", "checklist", "promises", "escalations", "events",
    "ending", "timeline",
)  # fmt: skip
"""The parts of the page: each a template, and an element of that id which can be replaced."""

OF_ACT = {
    "note": "note", "done": "tasks", "snooze": "tasks", "assign": "tasks", "item": "checklist",
    "take": "escalations", "resolve": "escalations", "hand_on": "escalations",
    "promise": "promises", "event": "events", "close": "ending", "confirm": "ending",
}  # fmt: skip
"""The part in which an act's form stands."""

ITEM = "item."
"""How the note's fields begin that say what came of the checklist; the item's id follows."""

QUICK = (
    (Duration(1, "business days"), "1 business day"),
    (Duration(2, "business days"), "2 business days"),
    (Duration(5, "business days"), "5 business days"),
)
"""Dates that are often promised: how long from now, and as they are called."""


def shown(desk: Desk, case: Case, typed: Typed | None = None, since: int | None = None) -> Any:
    """The values of the whole page's template.

    ``typed``: a form that was refused, to be shown as it was typed. ``since``: tell what has
    changed after that version, for whoever made it change.
    """
    form = typed.said if typed else {}
    asked = {name: form.get(name) or desk.request.GET.get(name, "") for name in ("task", "channel")}
    task = _task(case, asked["task"])
    may_work = WORK in desk.rights and desk.person is not None
    view = case_view(
        desk.store, desk.live, case, desk.at,
        channel=asked["channel"] if asked["channel"] in NOTE_CHANNELS else "",
        language=desk.request.GET.get("language", ""),
        task=task,
        speaker=desk.person.id if desk.person and may_work else "",
        load=desk.app.holding(desk.at),
    )  # fmt: skip
    told = view["timeline"]
    return {
        "case": case,
        "view": view,
        "calls": calls_in(desk, case, typed),
        "may": offered(desk.live, case, desk.person, task),
        "may_work": may_work,
        "works": may_work and case.closed is None,
        "typed": typed,
        "note": typed if typed and typed.kind == "note" else _blank_note(view),
        "outcomes": OUTCOMES,
        "understandings": UNDERSTANDING,
        "channels": NOTE_CHANNELS,
        "states": ITEM_STATES,
        "items": {
            name.removeprefix(ITEM): one
            for name, one in form.items()
            if name.startswith(ITEM) and one
        },
        "zone": _zone_name(desk, case),
        "quick": _quick(desk, case) if may_work else (),
        "since": [row for row in told if since is not None and row["seq"] > since],
        "done": since is not None,
    }


def _zone_name(desk: Desk, case: Case) -> str:
    return str(words.local(desk.at, words.zone_of(desk.practice, case.location)).tzname())


def _task(case: Case, wanted: str) -> str:
    """The key of the task worked on: the one asked for, else the main one, else any."""
    keys = [*(["main"] if case.task else []), *case.side]
    return wanted if wanted in keys else next(iter(keys), "main")


def _blank_note(view: dict[str, Any]) -> Typed:
    """A note in which the task and the channel are filled in already."""
    script = view["script"]
    by = next((row["channel"] for row in view["tasks"] if row["key"] == view["task"]), "")
    return Typed(
        "note", {"task": [view["task"]], "channel": [by or (script or {}).get("channel", "")]}
    )


def _quick(desk: Desk, case: Case) -> list[dict[str, Any]]:
    calendar = desk.live.calendar(case.location)
    zone = words.zone_of(desk.practice, case.location)
    dates = [(calendar.add(desk.at, duration), called) for duration, called in QUICK]
    return [{"at": at, "field": field_of(at, zone), "called": called} for at, called in dates]


# answering ----------------------------------------------------------------------------------------


def refused(desk: Desk, id: str, kind: str, error: LaneflowError) -> HttpResponse:
    """The form again as it was typed, with what is wrong; beside it what others did meanwhile."""
    form = desk.request.POST
    case = desk.case(id, "case")
    typed = Typed(kind, fields_of(form), error.problems)
    if typed.changed:
        told = timeline(desk.store, desk.live.loaded, case.id)
        meanwhile = [row for row in told if row["seq"] > seen_of(form)]
        typed = Typed(kind, typed.every, typed.problems, meanwhile)
    values = shown(desk, case, typed)
    status = 409 if typed.changed else 422
    if desk.partial:
        return desk.render("case/parts.html", values | {"parts": _files([OF_ACT[kind]])}, status)
    return desk.render("case.html", values, status)


def done(desk: Desk, before: Case, kind: str) -> HttpResponse:
    """The case as it is now, with what was changed in words.

    Where htmx asked, every part of it but the note: what is being typed there stays. The note
    then looks at the new version, unless the case now stands elsewhere: then saving it asks.
    """
    if not desk.partial:
        where = reverse("case", kwargs={"id": before.id})
        return HttpResponseRedirect(f"{where}?since={before.seq}", status=303)
    try:
        after = desk.case(before.id, "case")
    except OutOfSightError:
        return HttpResponseClientRedirect(reverse("queue"))
    same = _stands(before) == _stands(after)
    parts = [part for part in PARTS if _is_renewed(part, kind, same, after)]
    values = shown(desk, after, since=before.seq)
    return desk.render(
        "case/parts.html",
        values | {"parts": _files(parts), "tell": True, "note_seen": "note" not in parts and same},
    )


def _is_renewed(part: str, kind: str, same: bool, after: Case) -> bool:
    if part == "note":
        return kind == "note" or after.closed is not None
    return part != "script" or kind == "note" or not same


def _stands(case: Case) -> tuple[str, str, int]:
    """What a note being written relies on: the status, the main task, its attempt."""
    task = case.task
    return case.status, task.id if task else "", task.attempt if task else 0


def _files(parts: Iterable[str]) -> list[str]:
    return [f"laneflow/case/{part}.html" for part in parts]
