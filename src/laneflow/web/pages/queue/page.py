"""Owns *My queue*: what is to be done, in the order to do it; tabs, filters, and what is new."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path

from laneflow.accounts.rights import LOOK, WORK
from laneflow.metrics.case.view import patient_name
from laneflow.metrics.queue.page import Mark, closed_wanted, counts, mark_of, new, rows
from laneflow.metrics.queue.page import page as page_of
from laneflow.metrics.queue.rows import Asking
from laneflow.web.desk import Desk, page
from laneflow.web.pages.queue.asked import TABS, Asked, Choices, asking, read_back, tabs
from laneflow.web.pages.queue.sentences import with_sentences

SHOWN = 30
"""Tasks on one page."""

MOST_KNOWN = 2_000
"""Tasks a page can say it shows, when it asks what is new."""


@page(LOOK)
def queue(desk: Desk) -> HttpResponse:
    """The tasks of whoever asks, or of whom they ask for; with ``after``, the next page of them."""
    choices = Choices(desk)
    asked = choices.read(desk.request.GET.dict())
    after = desk.request.GET.get("after", "")
    closed = asked.tab == "closed"
    mark = mark_of(after) if after and not closed else None
    wanted = asking(desk, asked, mark.at if mark else None)
    values = _closed(desk, asked, wanted, after) if closed else _open(desk, asked, wanted, mark)
    if desk.partial and after:
        return desk.render("queue/more.html", values)
    counted = counts(asking(desk, asked) if mark else wanted, desk.locations)
    polled = not closed and not after
    values |= {
        "choices": choices,
        "tabs": tabs(asked, counted),
        "open": counted[""],
        "polled": polled,
    }
    return desk.render("queue.html", values)


def _open(desk: Desk, asked: Asked, wanted: Asking, mark: Mark | None) -> dict[str, Any]:
    found = page_of(wanted, SHOWN, mark)
    items = rows(wanted, found.looked)
    desk.shown("queue", dict.fromkeys(item["case"] for item in items))
    told = with_sentences(desk, items, asked.query())
    return shown(desk, asked) | {"rows": told, "after": found.mark.text() if found.mark else ""}


def _closed(desk: Desk, asked: Asked, wanted: Asking, after: str) -> dict[str, Any]:
    when, _, id_ = after.partition("~")
    behind = (int(when), id_) if when.isascii() and when.isdigit() and len(when) < 16 else None
    narrowed = closed_wanted(wanted, desk.locations)
    found = desk.store.closed(**narrowed, limit=SHOWN + 1, after=behind)
    cases, more = found[:SHOWN], len(found) > SHOWN
    files = desk.store.load(list(dict.fromkeys(case["patient"] for case in cases)))
    desk.shown("queue", [case["id"] for case in cases])
    return shown(desk, asked) | {
        "closed": [case | {"patient_name": patient_name(files[case["patient"]])} for case in cases],
        "after": f"{cases[-1]['closed_at']}~{cases[-1]['id']}" if more else "",
    }


def shown(desk: Desk, asked: Asked) -> dict[str, Any]:
    """What rows say besides their tasks."""
    return {
        "asked": asked,
        "back": asked.query(),
        "queue": TABS[asked.tab],
        "may_work": WORK in desk.rights and desk.person is not None,
    }


@page(LOOK, "POST")
def news(desk: Desk) -> HttpResponse:
    """How many tasks have come that the page does not show; it sends the ids of those it shows."""
    asked = read_back(Choices(desk), desk.request.POST.get("back", ""))
    known = desk.request.POST.getlist("known")[:MOST_KNOWN]
    whole = desk.request.POST.get("whole") == "yes"
    count = new(asking(desk, asked), known, whole=whole) if asked.tab != "closed" else 0
    return desk.render("queue/news.html", {"count": count, "back": asked.query()})


urls = [
    path("", queue, name="queue"),
    path("queue/news", news, name="queue_news"),
]
