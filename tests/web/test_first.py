"""Somebody logs in and sees their queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laneflow.engine.state import Event
from laneflow.work.app import App
from laneflow.work.take_in import take_in


def discharge(app: App) -> Event:
    now = app.clock.now()
    facts = {
        "encounter.facility": "General Hospital", "location.id": "main",
        "patient.first_name": "Elena", "patient.last_name": "Alvarez",
        "encounter.id": "e1", "patient.phone": "555-0111",
    }  # fmt: skip
    return Event("e1", "ehr", "encounter.discharged", now, "p1", facts, now)


def test_a_discharge_is_on_the_queue(app: App, client: Callable[..., Any]) -> None:
    take_in(app, [discharge(app)])
    found = list(app.store.cases())
    answer = client(found[0].owner).get("/")
    assert answer.status_code == 200
    assert "Elena" in answer.content.decode()


def test_in_a_browser(app: App, visit: Callable[..., Any]) -> None:
    take_in(app, [discharge(app)])
    page = visit("ana")
    assert page.title() == "My queue · laneflow"
