"""What is counted quickly is counted at each look; what takes long, once in some seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from laneflow.metrics.queue import lately
from laneflow.metrics.queue.lately import KEPT, QUICK, Lately
from laneflow.store.memory import MemoryStore


class Watch:
    """A clock that only looking moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(lately, "time", made)
    return made


def counter(watch: Watch, takes: float) -> Callable[[], int]:
    """How often it was looked, each time so many seconds long."""
    looked = 0

    def look() -> int:
        nonlocal looked
        looked += 1
        watch.now += takes
        return looked

    return look


def test_what_is_quick_is_looked_at_each_time(watch: Watch) -> None:
    store, kept, look = MemoryStore(), Lately[int](), counter(watch, QUICK / 2)
    assert [kept.of(store, "mine", look) for _ in range(3)] == [1, 2, 3]


def test_what_is_slow_is_kept_for_some_seconds_and_no_longer(watch: Watch) -> None:
    store, kept, look = MemoryStore(), Lately[int](), counter(watch, QUICK * 2)
    assert [kept.of(store, "all", look) for _ in range(3)] == [1, 1, 1]
    watch.now += KEPT - 0.1
    assert kept.of(store, "all", look) == 1
    watch.now += 0.2
    assert kept.of(store, "all", look) == 2


def test_what_was_asked_otherwise_or_of_another_store_is_another_answer(watch: Watch) -> None:
    store, kept, look = MemoryStore(), Lately[int](), counter(watch, QUICK * 2)
    assert kept.of(store, ("all", "es"), look) == 1
    assert kept.of(store, ("all", "en"), look) == 2
    assert kept.of(MemoryStore(), ("all", "es"), look) == 3
    assert kept.of(store, ("all", "es"), look) == 1
