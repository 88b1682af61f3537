"""Owns what pages count and need not count anew at each look, where there is very much of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from laneflow.store.behind import Behind
from laneflow.store.contract import Store

MANY = 5_000
"""Where fewer are counted than this, they are counted at each look: that takes a millisecond."""

FRESH, STALE = 5.0, 30.0
"""Seconds for which a count of many is good enough: as it is, and while it is counted anew behind
the back of whoever asks."""

K = TypeVar("K")
Tally = dict[K, int]


class Lately(Generic[K]):
    """Tallies of stores by what was asked; threads may share them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: WeakKeyDictionary[Store, dict[Hashable, tuple[Tally[K], float]]]
        self._kept = WeakKeyDictionary()
        self._behind = Behind()

    def of(self, store: Store, asked: Hashable, count: Callable[[], Tally[K]]) -> Tally[K]:
        """What ``count`` finds, or found up to ``STALE`` seconds ago where that is very much."""
        with self._lock:
            known, counted = self._kept.setdefault(store, {}).get(asked, (None, 0.0))
        age = time.monotonic() - counted
        if known is None or age >= STALE:
            return self._count(store, asked, count)
        if age >= FRESH:
            self._behind.begin(store, lambda: self._count(store, asked, count))
        return known

    def settle(self) -> None:
        """Wait until nothing is being counted behind anybody's back."""
        self._behind.settle()

    def _count(self, store: Store, asked: Hashable, count: Callable[[], Tally[K]]) -> Tally[K]:
        found = count()
        now = time.monotonic()
        with self._lock:
            kept = self._kept[store]
            for old in [key for key, (_, counted) in kept.items() if now - counted >= STALE]:
                del kept[old]
            kept.pop(asked, None)
            if sum(found.values()) >= MANY:
                kept[asked] = (found, now)
        return found
