"""Owns *People*: everybody's week and load, who is away and who stands in, and changing that.

A change is shown with what it would do before it is made; undoing one is not asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from laneflow.accounts.rights import OVERSEE
from laneflow.errors import LaneflowError, Problem
from laneflow.metrics.gaps import gaps
from laneflow.metrics.kept import kept_for
from laneflow.metrics.people import here_on, moves, roster, why_away
from laneflow.metrics.today import midnight, works_at
from laneflow.practice.model import Person
from laneflow.practice.words import local
from laneflow.store.wanted import Wanted
from laneflow.web.desk import Desk, page
from laneflow.web.typed import day_of
from laneflow.work import people as work
from laneflow.work.people import Change

FIELDS = ("first", "last", "most", "location", "hours")

Given = Mapping[str, str]


@page(OVERSEE)
def people(desk: Desk) -> HttpResponse:
    """Everybody's week; whoever is away today first, with who stands in."""
    monday = _monday(desk)
    rows = roster(
        desk.practice, kept_for(desk.app).counted(desk.app, desk.at).load, desk.at, monday
    )
    for row in rows:
        row["mine"] = may_change(desk, row["person"])
    today = _today(desk)
    away = [row for row in rows if row["away"] and row["person"].active]
    week = timedelta(days=7)
    return desk.render("people.html", {
        "rows": [row for row in rows if row["person"].active],
        "gone": [row for row in rows if not row["person"].active],
        "away": [row | {"moves": _stand_ins(desk, row["person"], today)} for row in away],
        "days": [monday + timedelta(days=n) for n in range(7)],
        "today": today,
        "before": (monday - week).isoformat(),
        "after": (monday + week).isoformat(),
        "this_week": monday <= today < monday + week,
    })  # fmt: skip


@page(OVERSEE)
def person(desk: Desk, who: str) -> HttpResponse:
    """One person: hours, leave, days called off, the most tasks; and the forms that change them."""
    return _person(desk, _known(desk, who))


def _person(
    desk: Desk, found: Person, given: Given | None = None, error: LaneflowError | None = None
) -> HttpResponse:
    today = _today(desk)
    hours = {place: _week(found, place) for place in desk.practice.locations}
    values = {
        "found": found,
        "mine": may_change(desk, found),
        "today": today,
        "away": why_away(found, today),
        "off": [day for day in found.call_offs if day >= today.isoformat()],
        "leave": [span for span in found.leave if span[1] >= today.isoformat()],
        "hours": hours,
        "tasks": desk.app.holding(desk.at).get(found.id, 0),
        "given": given or {},
        "wrong": {p.path if p.path in FIELDS else "": p for p in error.problems} if error else {},
    }
    return desk.render("person.html", values, status=422 if error else 200)


def _week(found: Person, place: str) -> str:
    """Hours at a location as practice.yaml would have them: ``Mo 08:00-17:00; Tu 08:00-17:00``."""
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    by_day: dict[int, list[str]] = {}
    for weekday, location, start, end in found.shifts:
        if location == place:
            by_day.setdefault(weekday, []).append(f"{start}-{end}")
    runs: list[tuple[list[int], str]] = []
    for weekday in sorted(by_day):
        spans = ",".join(by_day[weekday])
        if runs and runs[-1][1] == spans and runs[-1][0][-1] == weekday - 1:
            runs[-1][0].append(weekday)
        else:
            runs.append(([weekday], spans))
    return "; ".join(
        (names[days[0]] if len(days) == 1 else f"{names[days[0]]}-{names[days[-1]]}") + f" {spans}"
        for days, spans in runs
    )


# changing ----------------------------------------------------------------------------------------


@page(OVERSEE, "POST")
def person_change(desk: Desk, who: str, what: str) -> HttpResponse:
    """Show what a change would do; with ``sure``, make it."""
    found = _known(desk, who)
    if not may_change(desk, found):
        raise PermissionDenied
    given = {name: str(desk.request.POST.get(name, "")).strip() for name in FIELDS}
    making = CHANGES.get(what)
    if making is None:
        raise Http404("there is no such change")
    try:
        change = making(desk, found, given)
        if what not in AT_ONCE and "sure" not in desk.request.POST:
            return _ask(desk, found, what, given, change)
        done = work.make(desk.app, change, by=desk.by)
    except LaneflowError as error:
        return _person(desk, found, given, error)
    told = _("%(what)s. It holds from now on (release %(number)d).")
    messages.success(desk.request, told % {"what": change.why, "number": done.release})
    if done.left_out:
        lost = _("The folder's practice.yaml could not be changed alike: %(why)s Add it there.")
        messages.warning(desk.request, lost % {"why": done.left_out})
    return HttpResponseRedirect(reverse("person", args=[found.id]), status=303)


def _ask(desk: Desk, found: Person, what: str, given: Given, change: Change) -> HttpResponse:
    """What the change would do, to be confirmed: whose work moves, and where nobody would be."""
    after = work.proposed(desk.app, change).edited.loaded
    at = _from_when(desk, given) if what == "leave" else desk.at
    today = _today(desk)
    before = gaps(desk.app.loaded, desk.locations, today)
    opened = [gap for gap in gaps(after, desk.locations, today) if gap not in before]
    everywhere = frozenset(desk.practice.locations)
    owned = Wanted(locations=everywhere, owner=found.id)
    return desk.render("person_change.html", {
        "found": found,
        "what": what,
        "given": {name: value for name, value in given.items() if value},
        "change": change,
        "moves": moves(desk.store, desk.live, desk.practice, after.practice, found.id, at),
        "gaps": opened,
        "owned": desk.store.listed_count(owned, desk.at) if what == "left" else 0,
    })  # fmt: skip


def _from_when(desk: Desk, given: Given) -> int:
    """The beginning of a leave, or now where it has begun."""
    return max(desk.at, midnight(desk.practice, _date(given, "first")))


def _date(given: Given, field: str) -> date:
    found = day_of(given[field])
    if found is None:
        hint = "Choose a day."
        raise LaneflowError(Problem("people", 0, 0, "there is no such day", hint, field))
    return found


def _number(given: Given) -> int | None:
    text = given["most"]
    if text and not (text.isascii() and text.isdigit() and len(text) < 7):
        raise LaneflowError(Problem("people", 0, 0, "this is not a number", path="most"))
    return int(text) if text else None


def _hours(desk: Desk, found: Person, given: Given) -> Change:
    if given["location"] not in desk.locations:
        what, hint = "this is not one of your locations", "Its manager changes hours there."
        raise LaneflowError(Problem("people", 0, 0, what, hint))
    return work.hours(found, given["location"], given["hours"])


CHANGES: dict[str, Callable[[Desk, Person, Given], Change]] = {
    "call-off": lambda desk, found, given: work.call_off(found, _today(desk)),
    "comes": lambda desk, found, given: work.come_after_all(found, _date(given, "first")),
    "leave": lambda desk, found, given: work.leave(
        found, _date(given, "first"), _date(given, "last")
    ),
    "no-leave": lambda desk, found, given: work.no_leave(
        found, _date(given, "first"), _date(given, "last")
    ),
    "most": lambda desk, found, given: work.most_tasks(found, _number(given)),
    "hours": _hours,
    "left": lambda desk, found, given: work.active(found, False),
    "back": lambda desk, found, given: work.active(found, True),
}
"""Everything that may be changed, by its name in the address."""

AT_ONCE = ("comes", "no-leave", "back")
"""What undoes another change: not asked about."""


def may_change(desk: Desk, found: Person) -> bool:
    """Whether somebody is the desk's to manage: they work, or did, at one of its locations."""
    places = {shift[1] for shift in found.shifts}
    return works_at(found, desk.locations) or not places or bool(places & desk.locations)


def _known(desk: Desk, who: str) -> Person:
    found = desk.practice.people.get(who)
    if found is None:
        raise Http404("there is nobody of this name")
    return found


def _stand_ins(desk: Desk, found: Person, today: date) -> Any:
    present = here_on(desk.practice, found.id, today)
    return moves(desk.store, desk.live, present, desk.practice, found.id, desk.at)


def _today(desk: Desk) -> date:
    return local(desk.at, desk.practice.time_zone).date()


def _monday(desk: Desk) -> date:
    """The Monday of the week asked for, of this week where none is."""
    day = day_of(desk.request.GET.get("week", "")) or _today(desk)
    return day - timedelta(days=day.weekday())


urls = [
    path("people", people, name="people"),
    path("people/<str:who>", person, name="person"),
    path("people/<str:who>/<slug:what>", person_change, name="person_change"),
]
