"""The clock: the only place in laneflow that asks what time it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from laneflow.engine.state import Instant

MINUTE: Instant = 60_000
HOUR: Instant = 60 * MINUTE
DAY: Instant = 24 * HOUR


class Clock:
    """The machine's clock. Everything that needs a time is handed one of these."""

    def now(self) -> Instant:
        """The present instant, in milliseconds since 1970-01-01T00:00Z."""
        return time.time_ns() // 1_000_000

    def sleep(self, duration: Instant) -> None:
        """Wait for ``duration`` milliseconds of this clock."""
        time.sleep(max(0, duration) / 1000)


class FixedClock(Clock):
    """A clock that stands until it is moved, for tests and for work on a given instant."""

    def __init__(self, at: Instant) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at

    def sleep(self, duration: Instant) -> None:
        """Move the clock on instead of waiting."""
        self.at += max(0, duration)


def iso(at: Instant) -> str:
    """An instant for people and logs: ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")
