"""Owns lists of cases: who works on what; the cases behind every figure, page by page, and as CSV.

What a list is narrowed to stands in its address: lanes, people and dates, never anything of a
patient's.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any, get_args
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import path

from laneflow.accounts.rights import LOOK, OVERSEE
from laneflow.engine.state import Instant
from laneflow.lanes.vocabulary import QUEUES
from laneflow.metrics.cases import csv_rows, how_many, listed, told
from laneflow.metrics.today import midnight, silent
from laneflow.practice.model import Practice
from laneflow.store.wanted import After, Response, Wanted
from laneflow.web.desk import Desk, page
from laneflow.web.typed import day_of

SHOWN = 30
"""Cases on one page."""

MOST = 5_000
"""Cases in one CSV file; a longer list is to be narrowed first."""

PLAIN = ("lane", "status", "queue", "tier", "owner", "barrier")
DAYS = ("opened_from", "opened_to", "closed_from", "closed_to")
STATES = ("open", "closed", "any")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: ``wanted``, and the parameters that say so, without the page."""

    wanted: Wanted
    given: dict[str, str]

    def address(self, **more: str) -> str:
        """The query of this list, with something more of it."""
        return urlencode(self.given | more)


def places_of(desk: Desk) -> tuple[str, frozenset[str]]:
    """The location that is asked for, "" for all of the desk's; and the ids it stands for."""
    place = desk.request.GET.get("location", "")
    if not place:
        return "", desk.locations
    return place, desk.locations & {place}


def asked(desk: Desk) -> Asked:
    """The list that the address names; what makes no sense in it narrows nothing."""
    given = {name: str(value) for name, value in desk.request.GET.items() if value}
    kept = {name: given[name] for name in ("location", *PLAIN) if name in given}
    state = given.get("state", "open")
    kept |= {"state": state} if state in STATES[1:] else {}
    kept |= {name: "1" for name in ("overdue", "escalated", "silent") if given.get(name) == "1"}
    if given.get("response") in get_args(Response):
        kept["response"] = given["response"]
    kept |= {name: given[name] for name in DAYS if day_of(given.get(name, "")) is not None}
    return Asked(_wanted(desk, kept), kept)


def _wanted(desk: Desk, kept: Mapping[str, str]) -> Wanted:
    quiet = "silent" in kept
    found = silent(desk.store, desk.practice, desk.at) if quiet else ()
    # A silent case and an escalation nobody took count whether or not the case is closed.
    state: Any = kept.get("state", "any" if quiet or "escalated" in kept else "open")
    return Wanted(
        locations=places_of(desk)[1],
        state=state,
        **{name: kept[name] for name in PLAIN if name in kept},
        overdue="overdue" in kept,
        untaken="escalated" in kept,
        response=kept.get("response", ""),  # type: ignore[arg-type]
        opened=_span(desk.practice, kept, "opened"),
        closed=_span(desk.practice, kept, "closed"),
        ids=tuple(row["case"] for row in found) if quiet else None,
    )


def _span(
    practice: Practice, kept: Mapping[str, str], which: str
) -> tuple[Instant, Instant] | None:
    """Whole days on the practice's clock, both ends included."""
    first, last = day_of(kept.get(f"{which}_from", "")), day_of(kept.get(f"{which}_to", ""))
    if first is None and last is None:
        return None
    start = 0 if first is None else midnight(practice, first)
    end = 1 << 52 if last is None else midnight(practice, last + timedelta(days=1))
    return start, end


@page(LOOK)
def cases(desk: Desk) -> HttpResponse:
    """One page of a list."""
    query = asked(desk)
    rows = desk.store.listed(query.wanted, desk.at, SHOWN + 1, _after(desk))
    shown = told(desk.store, desk.live, desk.at, rows[:SHOWN])
    desk.shown("cases", [row["id"] for row in shown])
    more = ""
    if len(rows) > SHOWN:
        last = rows[SHOWN - 1]
        more = query.address(after=f"{last[query.wanted.order]}.{last['id']}")
    values = {
        "query": query,
        "given": query.given,
        "place": query.given.get("location", ""),
        "rows": shown,
        "found": how_many(desk.store, desk.at, query.wanted),
        "more": more,
        "further": "after" in desk.request.GET,
        "order": query.wanted.order,
        "downloads": OVERSEE in desk.rights,
        "most": MOST,
    }
    return desk.render("cases.html", values | _choices(desk))


def _choices(desk: Desk) -> dict[str, Any]:
    practice = desk.practice
    return {
        "places": sorted(desk.locations & practice.locations.keys()),
        "lanes": sorted(desk.live.lanes),
        "queues": QUEUES[:-1],
        "tiers": practice.tiers,
        "barriers": sorted(practice.barriers),
        "people": [person for person in practice.people.values() if person.active],
    }


def _after(desk: Desk) -> After | None:
    """Where the page before ended."""
    value, _, case = desk.request.GET.get("after", "").partition(".")
    if not case or not value.isascii() or not value.isdigit() or len(value) > 15:
        return None
    return int(value), case


@page(OVERSEE)
def cases_csv(desk: Desk) -> HttpResponse:
    """The list as a file for a spreadsheet: patients leave the pages with it, which is recorded."""
    query = asked(desk)
    rows = listed(desk.store, desk.live, desk.at, query.wanted, MOST)
    desk.shown("cases.csv", [row["id"] for row in rows], "download")
    text = StringIO()
    csv.writer(text).writerows(csv_rows(desk.live, rows))
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="cases.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


urls = [path("cases", cases, name="cases"), path("cases.csv", cases_csv, name="cases_csv")]
