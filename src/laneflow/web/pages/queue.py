"""Owns *My queue*: what is to be done, in the order to do it."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from laneflow.accounts.rights import LOOK
from laneflow.metrics.queue import Filter
from laneflow.metrics.queue import queue as tasks
from laneflow.web.desk import Desk, page

SHOWN = 50
"""Tasks on one page."""


@page(LOOK)
def queue(desk: Desk) -> HttpResponse:
    """The tasks of whoever asks."""
    wanted = Filter(person=desk.account.person)
    items = tasks(desk.store, desk.live, desk.at, wanted, SHOWN)
    desk.shown("queue", dict.fromkeys(item["case"] for item in items))
    return desk.render("queue.html", {"items": items})


urls = [path("", queue, name="queue")]
