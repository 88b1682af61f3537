"""How tests wait: for what must come about, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

LONG = 60.0
"""Seconds after which what should have come about a hundred times over never will."""


def wait_for(true: Callable[[], object], told: Callable[[], str] = str) -> None:
    """Return as soon as it is true; ``told`` says what there is to say where it never is."""
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline, f"it never came to that {told()}".rstrip()
        time.sleep(0.02)
