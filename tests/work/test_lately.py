"""Few are counted at each look; very many once in some seconds, behind the back of who asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from laneflow.metrics import lately
from laneflow.metrics.lately import FRESH, MANY, STALE, Lately
from laneflow.store.memory import MemoryStore


class Watch:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(lately, "time", made)
    return made


def counter(least: int) -> Callable[[], dict[str, int]]:
    """One more at each look, from ``least`` on."""
    count = least - 1

    def look() -> dict[str, int]:
        nonlocal count
        count += 1
        return {"new": count - 1, "sent": 1}

    return look


def asked(kept: Lately[str], store: MemoryStore, look: Callable[[], dict[str, int]]) -> int:
    return kept.of(store, "all", look)["new"] + 1


def test_few_are_counted_at_each_look(watch: Watch) -> None:
    store, kept, look = MemoryStore(), Lately[str](), counter(MANY - 3)
    assert [asked(kept, store, look) for _ in range(3)] == [MANY - 3, MANY - 2, MANY - 1]


def test_many_are_counted_once_in_some_seconds_and_nobody_waits(watch: Watch) -> None:
    store, kept, look = MemoryStore(), Lately[str](), counter(MANY)
    assert [asked(kept, store, look) for _ in range(3)] == [MANY] * 3
    watch.now += FRESH - 0.1
    assert asked(kept, store, look) == MANY
    kept.settle()
    assert asked(kept, store, look) == MANY
    watch.now += 0.2
    assert asked(kept, store, look) == MANY, "whoever asks is not kept waiting"
    kept.settle()
    assert asked(kept, store, look) == MANY + 1


def test_what_is_too_old_is_given_to_nobody(watch: Watch) -> None:
    store, kept, look = MemoryStore(), Lately[str](), counter(MANY)
    asked(kept, store, look)
    watch.now += STALE
    assert asked(kept, store, look) == MANY + 1


def test_what_was_asked_otherwise_or_of_another_store_is_another_answer(watch: Watch) -> None:
    store, kept, look = MemoryStore(), Lately[str](), counter(MANY)
    assert kept.of(store, ("all", "es"), look)["new"] == MANY - 1
    assert kept.of(store, ("all", "en"), look)["new"] == MANY
    assert kept.of(MemoryStore(), ("all", "es"), look)["new"] == MANY + 1
    assert kept.of(store, ("all", "es"), look)["new"] == MANY - 1
