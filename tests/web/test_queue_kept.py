"""What costs a large practice long is not looked for again at every click."""

from __future__ import annotations

from typing import Any

import pytest

from laneflow.metrics import lately
from laneflow.metrics.queue import whose
from laneflow.metrics.queue.page import counts
from laneflow.metrics.queue.rows import Asking, Filter
from laneflow.store.shares import Share
from laneflow.work.app import App

from .case_scenes import discharged


def test_to_whom_tasks_fall_is_kept_where_there_are_very_many(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    real = app.store.tallies
    monkeypatch.setattr(
        app.store, "tallies", lambda by, **more: looked.append(by) or real(by, **more)
    )
    discharged(app)

    def ways(but: str = "") -> Any:
        share = Share(column="owner", value="ana", free=True, but=but)
        return whose._ways(app.store, share, app.clock.now())

    found = ways()
    assert len(found) == 1
    assert ways() == found
    assert len(looked) == 2, "where there are few it is looked anew each time"
    monkeypatch.setattr(lately, "MANY", 1)
    ways()
    discharged(app, "p2", patient__language="es")
    assert ways() == ways("fay") == found
    assert len(looked) == 3, "else it is kept, for whoever asks"
    monkeypatch.setattr(whose, "_known", lately.Lately())
    assert len(ways()) == 2


def test_few_tasks_are_counted_at_each_look(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task counts once, not again among all open ones."""
    live, at = app.live, app.clock.now()

    def opened() -> int:
        asking = Asking(app.store, live, at, Filter())
        return counts(asking, frozenset({"main"}))[""]

    discharged(app)
    one = opened()
    monkeypatch.setattr(lately, "MANY", 2 * one)
    assert opened() == one
    discharged(app, "p2")
    assert opened() == 2 * one
    discharged(app, "p3")
    assert opened() == 2 * one, "these are many, and a moment old"
