"""What is due comes most urgent first, and only what is due."""

from __future__ import annotations

import msgspec
import pytest

from laneflow.engine.state import Closed
from laneflow.store.contract import Store
from store.made import HOUR, T, opened, publish

TIERS = msgspec.json.encode({"tiers": ["urgent", "high", "routine"]})
TURNED = msgspec.json.encode({"tiers": ["routine", "high", "urgent"]})


@pytest.fixture
def waking(store: Store) -> Store:
    """Six patients who wake at different times, of different tiers."""
    publish(store, "practice", "practice", "p1", TIERS)
    for patient, tier, wake_at in (
        ("late", "urgent", T + 2 * HOUR),
        ("routine", "routine", T - HOUR),
        ("urgent", "urgent", T),
        ("high", "high", T - 3),
        ("earlier", "high", T - 9),
        ("never", "urgent", None),
    ):
        opened(store, f"c-{patient}", patient, tier=tier, wake_at=wake_at)
    return store


def test_the_most_urgent_come_first_then_the_earliest(waking: Store) -> None:
    assert waking.due(T, 10) == ["urgent", "earlier", "high", "routine"]
    assert waking.due(T, 2) == ["urgent", "earlier"]
    assert waking.due(T - 1, 10) == ["earlier", "high", "routine"]
    assert waking.due(T - 2 * HOUR, 10) == []
    assert waking.next_wake() == T - HOUR


def test_other_tiers_order_what_is_there_already(waking: Store) -> None:
    publish(waking, "practice", "practice", "p2", TURNED)
    assert waking.due(T, 10) == ["routine", "earlier", "high", "urgent"]
    assert waking.tasks(limit=1)[0]["tier"] == "routine"
    publish(waking, "practice", "practice", "p3", b"{}")
    assert waking.due(T, 10) == ["routine", "earlier", "high", "urgent"], "by time alone"
    opened(waking, "c-new", "new", tier="urgent", wake_at=T - 2 * HOUR)
    assert waking.due(T, 1) == ["new"]


def test_a_tier_the_practice_does_not_know_comes_last(waking: Store) -> None:
    opened(waking, "c-odd", "odd", tier="odd", wake_at=T - 5 * HOUR)
    assert waking.due(T, 10)[-1] == "odd"


def test_nothing_is_due_in_an_empty_store(store: Store) -> None:
    assert store.due(T, 10) == []
    assert store.next_wake() is None
    assert store.wake(["nobody"], ["nothing"], T) == 0


def test_files_are_woken_by_patient_or_by_open_case_of_a_lane(waking: Store) -> None:
    made = opened(waking, "c-done", "done", lane="lane-two", wake_at=None)
    made.set("c-done", closed=Closed("completed", "", T, "closes[0]"))
    waking.apply([made.result()])
    opened(waking, "c-two", "two", lane="lane-two", wake_at=T + 9 * HOUR)
    early = T - 5 * HOUR
    assert waking.wake(["never"], ["lane-two"], early) == 2
    assert sorted(waking.due(early, 10)) == ["never", "two"]
    assert waking.wake(None, ["lane-one"], T) == 6
    assert sorted(waking.due(early, 10)) == ["never", "two"], "waking makes nothing later"
    assert len(waking.due(T, 10)) == 7


def test_the_clock_goes_forward_only(store: Store) -> None:
    assert store.latest() is None
    store.tick(T)
    store.tick(T - 5)
    assert store.latest() == T
    made = opened(store)
    made.set(attempts=1)
    store.apply([made.result()], clock=T + 7)
    assert store.latest() == T + 7
    store.tick(T, accept=True)
    assert store.latest() == T
