"""Owns looking again behind the back of whoever was given what was found last time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from laneflow.store.contract import Store


class Behind:
    """One look at a time, in a thread and on a connection of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looking: threading.Thread | None = None

    def begin(self, store: Store, look: Callable[[], object]) -> None:
        """Start ``look`` unless one is under way; it keeps what it finds, and where it fails,
        whoever asks once that is too old looks for themselves and is told."""

        def work() -> None:
            try:
                with suppress(Exception):
                    look()
            finally:
                store.close()
                self._looking = None

        with self._lock:
            if self._looking is not None:
                return
            self._looking = threading.Thread(target=work, name="looking again", daemon=True)
        self._looking.start()

    def settle(self) -> None:
        """Wait until nothing is under way."""
        looking = self._looking
        if looking is not None:
            looking.join()
