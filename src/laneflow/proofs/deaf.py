"""Processes that leave Ctrl-C to the one that began them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def deaf() -> Iterator[None]:
    """Processes begun inside never hear Ctrl-C; this one does, at the latest when it leaves.

    So does a thread begun inside, and what it begins: a pool's own, which replaces its workers.
    """
    # It would be begun with the first process, and with it SIGINT is unblocked (CPython 3.11).
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
