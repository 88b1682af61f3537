"""Owns one call for several reasons: a patient's open cases documented together, all or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import ngettext

from laneflow.accounts.rights import WORK
from laneflow.accounts.sight import why_seen
from laneflow.engine.state import Case, PatientFile
from laneflow.errors import LaneflowError, Problem
from laneflow.metrics.case.story import timeline
from laneflow.metrics.case.together import together as reasons
from laneflow.practice import words
from laneflow.web.desk import Desk, page
from laneflow.web.typed import Typed, chosen, field_of, fields_of, id_of, instant_of
from laneflow.work.act_rules import NOTE_CHANNELS, OUTCOMES, UNDERSTANDING
from laneflow.work.calling import CALLED

COMMON = ("outcome", "channel", "with_whom", "understanding")
APART = ("told", "next_action", "by_whom")
LISTED = ("barrier", "barriers_resolved", "events")


@page(WORK, "GET", "POST")
def together(desk: Desk, id: str) -> HttpResponse:
    """All open reasons of the case's patient; ``?inbound=1``: they have called us."""
    case = desk.case(id, "together")
    file = desk.store.load([case.patient])[case.patient]
    cases = _in_sight(desk, file, case)
    desk.shown("together", [one.id for one in cases if one.id != id])
    if desk.request.method != "POST":
        return _page(desk, case, file, cases, None)
    form = desk.request.POST
    try:
        data, apart = _data(desk, cases)
        seen = {one: _seen(desk, one) for one in apart}
        desk.act("note", list(apart), data, apart=apart, seen=seen, id=id_of(form))
    except LaneflowError as error:
        about = [one.id for one in cases if form.get(f"{one.id}.about")]
        typed = Typed("together", fields_of(form), _placed(error.problems, about))
        return _page(desk, case, file, cases, typed)
    n = len(apart)
    said = ngettext("Written down on one case.", "Written down on %(n)d cases.", n) % {"n": n}
    messages.success(desk.request, said)
    return HttpResponseRedirect(reverse("case", kwargs={"id": id}), status=303)


def _in_sight(desk: Desk, file: PatientFile, first: Case) -> list[Case]:
    """The patient's open cases that they may see."""
    found = [case for case in file.cases.values() if case.closed is None]
    return [
        case
        for case in found
        if case.id == first.id or why_seen(desk.account, desk.store, desk.live, case, desk.at)
    ]


# what was typed ------------------------------------------------------------------------------


def _seen(desk: Desk, case: str) -> int:
    said = desk.request.POST.get(f"{case}.seen", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def _data(desk: Desk, cases: list[Case]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What was said of the whole call, and of each case that was spoken about."""
    form = desk.request.POST
    about = [case for case in cases if form.get(f"{case.id}.about")]
    if not about:
        hint = "Mark what you spoke about."
        raise LaneflowError(Problem("note", 0, 0, "no reason is marked", hint, "about"))
    data: dict[str, Any] = chosen(form, COMMON)
    time = instant_of("note", "time", form.get("time", ""), _zone(desk, cases[0]))
    data |= {"time": time or desk.at}  # one moment, so that it counts as one contact
    if form.get("next_step_unclear"):
        data["next_step_unclear"] = True
    apart = {case.id: _apart(desk, case) for case in about}
    if form.get("inbound"):
        first = apart[about[0].id]
        first["events"] = [*first.get("events", ()), CALLED]
    return data, apart


def _apart(desk: Desk, case: Case) -> dict[str, Any]:
    form, prefix = desk.request.POST, f"{case.id}."
    said = chosen(form, [prefix + name for name in APART])
    data: dict[str, Any] = {name.removeprefix(prefix): value for name, value in said.items()}
    data |= {name: values for name in LISTED if (values := form.getlist(prefix + name))}
    try:
        by_when = instant_of("note", "by_when", form.get(f"{prefix}by_when", ""), _zone(desk, case))
    except LaneflowError as error:
        raise LaneflowError([replace(p, case=case.id) for p in error.problems]) from None
    data |= {"by_when": by_when} if by_when else {}
    if "next_action" not in data:
        data.pop("by_whom", None)  # whoever is to do nothing is nobody
    if form.get(f"{prefix}escalate"):
        data["escalate"] = True
    return data


def _zone(desk: Desk, case: Case) -> str:
    return words.zone_of(desk.practice, case.location)


def _placed(problems: tuple[Problem, ...], cases: list[str]) -> tuple[Problem, ...]:
    """Each problem by the field it is about: the call's own, or that of each case it is true of."""
    placed = []
    for problem in problems:
        own = problem.path in (*APART, *LISTED, "by_when", "escalate", "task")
        about = [problem.case] if problem.case else cases
        paths = [f"{case}.{problem.path}" for case in about] if own else [problem.path]
        placed += [replace(problem, path=path) for path in paths]
    return tuple(placed)


# the page ------------------------------------------------------------------------------------


def _page(
    desk: Desk, case: Case, file: PatientFile, cases: list[Case], typed: Typed | None
) -> HttpResponse:
    if typed is not None:
        file = desk.store.load([case.patient])[case.patient]
        cases = [file.cases.get(one.id, one) for one in cases]
    if not cases:
        return HttpResponseRedirect(reverse("case", kwargs={"id": case.id}), status=303)
    shown = reasons(desk.store, desk.live, file, cases, desk.person, desk.at)
    asked = desk.request.POST if typed else desk.request.GET
    marked = not asked.get("inbound") or len(cases) == 1  # a caller says what it is about
    for row in shown["cases"]:
        row |= {"about": marked} | _typed_about(desk, row["case"], typed)
    values = {
        "case": case,
        "shown": shown,
        "typed": typed,
        "inbound": bool(asked.get("inbound")),
        "outcomes": OUTCOMES,
        "understandings": UNDERSTANDING,
        "channels": NOTE_CHANNELS,
        "now": field_of(desk.at, _zone(desk, case)),
    }
    status = 200 if typed is None else 409 if typed.changed else 422
    return desk.render("together.html", values, status)


def _typed_about(desk: Desk, case: Case, typed: Typed | None) -> dict[str, Any]:
    """What was typed of one case, under its fields' own names, and what others did meanwhile."""
    prefix = f"{case.id}."
    zone = words.local(desk.at, _zone(desk, case)).tzname()
    if typed is None:
        return {"form": None, "meanwhile": [], "zone": zone}
    every = {n.removeprefix(prefix): v for n, v in typed.every.items() if n.startswith(prefix)}
    problems = tuple(
        replace(p, path=p.path.removeprefix(prefix))
        for p in typed.problems
        if p.path.startswith(prefix)
    )
    told = timeline(desk.store, desk.live.loaded, case.id) if typed.changed else []
    meanwhile = [row for row in told if row["seq"] > _seen(desk, case.id)]
    form = Typed(case.id, every, problems)
    return {"form": form, "about": "about" in every, "meanwhile": meanwhile, "zone": zone}


urls = [path("cases/<str:id>/together", together, name="together")]
