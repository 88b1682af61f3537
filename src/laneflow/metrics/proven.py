"""Owns whether what is live is proven, asked often and worked out once for each release and day."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from laneflow.proofs.prove import unproven

if TYPE_CHECKING:
    from laneflow.work.app import App

DAY = 86_400_000

KEPT = 8
"""Releases and days that are remembered: one that is rolled back to is often one of the last."""

_lock = threading.Lock()
_known: dict[tuple[object, int], list[tuple[str, str]]] = {}


def unproven_now(app: App) -> list[tuple[str, str]]:
    """(lane, what could happen) for each obligation that fails of what is live; a second at first.

    Leave and holidays draw near by themselves, so that it is asked anew every day.
    """
    now = app.clock.now()
    key = (frozenset(app.store.live().items()), now // DAY)
    with _lock:
        if key not in _known:
            found = [(lane, failure.what) for lane, failure in unproven(app.loaded, now)]
            while len(_known) >= KEPT:
                del _known[next(iter(_known))]
            _known[key] = found
        return _known[key]
