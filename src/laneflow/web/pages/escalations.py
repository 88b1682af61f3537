"""Owns calls for help in the browser: those that are mine, taking, answering, handing on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _

from laneflow.accounts.rights import WORK
from laneflow.engine.state import Case
from laneflow.errors import LaneflowError, Problem
from laneflow.metrics.calls.helping import calls_at, calls_for
from laneflow.metrics.case.story import timeline
from laneflow.practice import words
from laneflow.web.calls import with_forms
from laneflow.web.desk import Desk, page
from laneflow.web.pages.case import shown as case_shown
from laneflow.web.said import said as in_their_language
from laneflow.web.typed import Typed, chosen, fields_of, id_of, instant_of, seen_of

Read = Callable[[QueryDict, str], dict[str, Any]]
"""A form, and the time zone its dates are typed in -> the data of the act."""


@page(WORK)
def escalations(desk: Desk) -> HttpResponse:
    """The calls for help that are mine, or with ``?all=1`` all at my locations."""
    values = _list(desk)
    return desk.render("escalations_list.html" if desk.partial else "escalations.html", values)


@page(WORK)
def clocks(desk: Desk) -> HttpResponse:
    """What is left of each call's time, and whether there are others than those shown."""
    calls, _every = _calls(desk)
    values = {"calls": calls, "news": desk.request.GET.get("known", "") != _known(calls)}
    return desk.render("parts/clocks.html", values | {"all": _wants_all(desk.request.GET)})


def _wants_all(form: QueryDict) -> bool:
    return form.get("all") == "1"


def _calls(desk: Desk) -> tuple[list[dict[str, Any]], bool]:
    """The calls that are asked for, and whether those are all at my locations."""
    asked = desk.request.POST if desk.request.method == "POST" else desk.request.GET
    if _wants_all(asked):
        return calls_at(desk.store, desk.live, desk.person, desk.locations, desk.at), True
    if desk.person is None:
        return [], False
    return calls_for(desk.store, desk.live, desk.person, desk.locations, desk.at), False


def _known(calls: list[dict[str, Any]]) -> str:
    """A number for exactly these calls, by which a page sees that there are others."""
    named = [(c["case"].id, c["escalation"], c["state"], c["told"]) for c in calls]
    return hashlib.sha256(repr(sorted(named)).encode()).hexdigest()[:16]


def _list(desk: Desk, typed: Typed | None = None) -> dict[str, Any]:
    calls, every = _calls(desk)
    with_forms(desk, calls, typed, typed.said.get("case", "") if typed else "")
    cases: dict[str, list[dict[str, Any]]] = {}
    for call in calls:
        cases.setdefault(call["case"].id, []).append(call)
    desk.shown("escalations", cases)
    return {
        "calls": calls,
        "cases": list(cases.values()),
        "all": every,
        "known": _known(calls),
        "place": "list",
        "late": [c for c in calls if c["until"] is not None and c["until"] <= desk.at],
    }


# doing ---------------------------------------------------------------------------------------


def _take(form: QueryDict, zone: str) -> dict[str, Any]:
    return chosen(form, ("escalation",))


def _resolve(form: QueryDict, zone: str) -> dict[str, Any]:
    data: dict[str, Any] = chosen(form, ("escalation", "answer"))
    task: dict[str, Any] = chosen(form, ("do", "role"))
    due = instant_of("resolve", "due", form.get("due", ""), zone)
    if due is not None:
        task["due"] = due
    if task.keys() - {"role"}:
        data["next_task"] = task
    return data


def _hand_on(form: QueryDict, zone: str) -> dict[str, Any]:
    data: dict[str, Any] = chosen(form, ("escalation", "reason", "to"))
    return data | ({"back": True} if form.get("back") else {})


ACTS: dict[str, tuple[str, Read]] = {
    "take": ("take", _take),
    "answer": ("resolve", _resolve),
    "hand_on": ("hand_on", _hand_on),
}
"""What can be done about a call: the act that is, and how its form is read."""


def _act(desk: Desk, id: str, *, verb: str) -> HttpResponse:
    form, before = desk.request.POST, desk.store.case(id)
    if before is None:
        raise Http404("there is no such case")
    kind, read = ACTS[verb]
    try:
        data = read(form, words.zone_of(desk.practice, before.location))
        seen = (
            None if kind == "take" else seen_of(form)
        )  # nobody else can have taken it: it says so
        outcome = desk.act(kind, id, data, seen=seen, id=id_of(form))
    except LaneflowError as error:
        return _refused(desk, before, kind, error)
    if form.get("place") == "case":
        return case_shown.done(desk, before, kind)
    said = outcome.said.get(before.id, [])
    messages.success(desk.request, " ".join([_("Done."), *map(in_their_language, said)]))
    if desk.partial:
        return desk.render("escalations_list.html", _list(desk) | {"tell": True})
    where = reverse("escalations") + ("?all=1" if _wants_all(form) else "")
    return HttpResponseRedirect(where, status=303)


def _refused(desk: Desk, case: Case, kind: str, error: LaneflowError) -> HttpResponse:
    """The form again as it was typed, with what is wrong, and with what others did meanwhile."""
    form = desk.request.POST
    if form.get("place") == "case":
        return case_shown.refused(desk, case.id, kind, error)
    desk.case(case.id, "escalations")
    typed = Typed(kind, {**fields_of(form), "case": [case.id]}, _placed(error.problems))
    if typed.changed:
        told = timeline(desk.store, desk.live.loaded, case.id)
        rows = [row for row in told if row["seq"] > seen_of(form)]
        typed = Typed(kind, typed.every, typed.problems, rows)
    values = _list(desk, typed)
    shown = {(call["case"].id, call["escalation"]) for call in values["calls"]}
    if (case.id, form.get("escalation", "")) not in shown:
        values["gone"] = typed  # its form is not on the page any more
    status = 409 if typed.changed else 422
    return desk.render(
        "escalations_list.html" if desk.partial else "escalations.html", values, status
    )


def _placed(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """What is wrong with the call itself is told above its forms."""
    return tuple(
        Problem(p.file, 0, 0, p.what, p.hint, "" if p.path == "escalation" else p.path, code=p.code)
        for p in problems
    )


def _view(verb: str) -> Any:
    view = partial(_act, verb=verb)
    view.__name__ = f"escalation_{verb}"  # type: ignore[attr-defined]
    return page(WORK, "POST")(view)


urls = [
    path("escalations", escalations, name="escalations"),
    path("escalations/clocks", clocks, name="escalation_clocks"),
    *(
        path(f"cases/<str:id>/{verb.replace('_', '-')}", _view(verb), name=f"escalation_{verb}")
        for verb in ACTS
    ),
]
