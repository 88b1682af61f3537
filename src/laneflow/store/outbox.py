"""Owns when a notice that could not be sent is tried again."""

from __future__ import annotations

from laneflow.engine.state import Instant

FIRST: Instant = 60_000
LONGEST: Instant = 3_600_000


def back_off(tries: int) -> Instant:
    """Milliseconds to wait after the ``tries``-th try failed: a minute, doubling up to an hour."""
    return LONGEST if tries > 6 else min(LONGEST, FIRST << max(0, tries - 1))
