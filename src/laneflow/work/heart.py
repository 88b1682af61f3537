"""Owns the sign of life that a daemon leaves in the store, for whoever cannot see its process."""

from __future__ import annotations

from laneflow.engine.state import Instant
from laneflow.store.contract import Store

EVERY: Instant = 15_000
"""How often it is left."""

STOPPED: Instant = 2 * 60_000
"""How old the last one is when nobody looks at what is due any more."""

_MARK = "daemon"


class Heart:
    """One daemon's sign of life; cheap to be called at every step of its work."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: Instant | None = None

    def beat(self, now: Instant) -> None:
        """Leave a sign, unless the last one is fresh."""
        if self._last is None or abs(now - self._last) >= EVERY:
            self._store.advance(_MARK, now)
            self._last = now


def last_beat(store: Store) -> Instant | None:
    """When a daemon last gave a sign of life; None where none ever did."""
    return store.reached(_MARK) or None


def beats(store: Store, now: Instant) -> bool:
    """Whether a daemon is at work."""
    last = last_beat(store)
    return last is not None and now - last < STOPPED
