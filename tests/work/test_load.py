"""How much everybody has to do, which pages ask for all the time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from laneflow.work import app as app_module
from laneflow.work.app import FRESH, STALE, App
from laneflow.work.clock import FixedClock
from laneflow.work.take_in import take_in

from .conftest import discharge


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """``passed.seconds`` since the process began, which only the test lets pass."""
    passed = SimpleNamespace(seconds=1_000.0)
    monkeypatch.setattr(app_module, "time", SimpleNamespace(monotonic=lambda: passed.seconds))
    return passed


def tasks(app: App, clock: FixedClock) -> int:
    return sum(app.holding(clock.at).values())


def test_it_is_counted_anew_after_a_second(
    app: App, clock: FixedClock, passed: SimpleNamespace
) -> None:
    take_in(app, [discharge("p1")])
    one = tasks(app, clock)
    take_in(app, [discharge("p2")])
    assert tasks(app, clock) == one > 0
    passed.seconds += FRESH
    assert tasks(app, clock) == 2 * one


def test_where_counting_takes_long_nobody_waits_for_it_a_second_time(
    app: App, clock: FixedClock, passed: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "QUICK", -1.0)
    take_in(app, [discharge("p1")])
    one = tasks(app, clock)
    take_in(app, [discharge("p2")])
    passed.seconds += FRESH
    assert tasks(app, clock) == one, "what was counted last is given"
    app._behind.settle()
    assert tasks(app, clock) == 2 * one, "and counted behind one's back"
    take_in(app, [discharge("p3")])
    passed.seconds += STALE
    assert tasks(app, clock) == 3 * one, "after so long it is waited for"
