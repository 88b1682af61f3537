"""Owns what is done to a case besides the note: each small form, read and handed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.urls import path

from laneflow.accounts.rights import WORK
from laneflow.errors import LaneflowError
from laneflow.practice import words
from laneflow.web.desk import Desk, page
from laneflow.web.pages.case.shown import done, refused
from laneflow.web.typed import chosen, id_of, instant_of, seen_of

Read = Callable[[QueryDict, str], dict[str, Any]]
"""A form, and the time zone its dates are typed in -> the data of the act."""

APPOINTMENT = "appointment.start"


def _assign(form: QueryDict, zone: str) -> dict[str, Any]:
    if form.get("back"):
        return {**chosen(form, ("task",)), "back": True}
    claim = {"claim": True} if form.get("claim") else {}
    return {**chosen(form, ("task", "person", "owner", "backup")), **claim}


def _snooze(form: QueryDict, zone: str) -> dict[str, Any]:
    if form.get("again"):
        return {**chosen(form, ("task",)), "again": True}
    until = instant_of("snooze", "until", form.get("until", ""), zone)
    return {**chosen(form, ("task", "reason")), "until": until}


def _event(form: QueryDict, zone: str) -> dict[str, Any]:
    data: dict[str, Any] = chosen(form, ("type",))
    at = instant_of("event", "start", form.get("start", ""), zone)
    if at is not None:
        data["data"] = {APPOINTMENT: words.iso(at, zone)}
    return data


def _promise(form: QueryDict, zone: str) -> dict[str, Any]:
    return {**chosen(form, ("promise",)), "kept": _yes_or_no(form, "kept")}


def _confirm(form: QueryDict, zone: str) -> dict[str, Any]:
    number = form.get("close", "")
    close = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else number
    return {**chosen(form, ("reason",)), "close": close, "yes": _yes_or_no(form, "yes")}


def _yes_or_no(form: Mapping[str, str], name: str) -> bool | None:
    return {"yes": True, "no": False}.get(form.get(name, ""))


def _plainly(*names: str) -> Read:
    return lambda form, zone: chosen(form, names)


ACTS: dict[str, Read] = {
    "done": _plainly("task"),
    "snooze": _snooze,
    "assign": _assign,
    "item": _plainly("item", "state", "note"),
    "event": _event,
    "promise": _promise,
    "close": _plainly("outcome", "reason"),
    "confirm": _confirm,
}
"""Every act that has a form of its own, and how that is read."""


def _act(desk: Desk, id: str, *, kind: str) -> HttpResponse:
    form, before = desk.request.POST, desk.store.case(id)
    if before is None:
        raise Http404("there is no such case")
    try:
        data = ACTS[kind](form, words.zone_of(desk.practice, before.location))
        desk.act(kind, id, data, seen=seen_of(form), id=id_of(form))
    except LaneflowError as error:
        return refused(desk, id, kind, error)
    return done(desk, before, kind)


def _view(kind: str) -> Any:
    view = partial(_act, kind=kind)
    view.__name__ = f"case_{kind}"  # type: ignore[attr-defined]
    return page(WORK, "POST")(view)


urls = [path(f"cases/<str:id>/{kind}", _view(kind), name=f"case_{kind}") for kind in ACTS]
