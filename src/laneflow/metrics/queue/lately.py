"""Owns what queues count and need not count anew at each look, where counting takes long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from laneflow.store.contract import Store

QUICK, KEPT = 0.02, 5.0
"""Seconds: what takes no longer than the first is looked at anew each time, else kept so long."""

V = TypeVar("V")


class Lately(Generic[V]):
    """Answers of stores by what was asked; of several who ask at once one looks."""

    def __init__(self) -> None:
        self._looking = threading.Lock()
        self._kept: WeakKeyDictionary[Store, dict[Hashable, tuple[V, float]]] = WeakKeyDictionary()

    def of(self, store: Store, asked: Hashable, look: Callable[[], V]) -> V:
        """What ``look`` finds, or found up to ``KEPT`` seconds ago."""
        with self._looking:
            kept = self._kept.setdefault(store, {})
            began = time.monotonic()
            known = kept.get(asked)
            if known is not None and began < known[1]:
                return known[0]
            found = look()
            for old in [key for key, (_, until) in kept.items() if until <= began]:
                del kept[old]
            if time.monotonic() - began > QUICK:
                kept[asked] = (found, time.monotonic() + KEPT)
            return found
