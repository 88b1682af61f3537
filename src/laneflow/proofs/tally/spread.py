"""How long things took: a histogram of minutes that merges, and stays small however much it holds.

Buckets are those of HdrHistogram (Gil Tene, 2012) at 11 bits: lengths below 2,048 minutes (34
hours) are kept to the minute, longer ones rounded down by less than 0.1 %.
"""

from __future__ import annotations

from bisect import insort

import msgspec

from laneflow.engine.state import Instant

MINUTE: Instant = 60_000
_BITS = 11


class Spread(msgspec.Struct, omit_defaults=True):
    """Lengths of time. ``counts``: minutes -> how many took so long; ``minutes``: their sum."""

    n: int = 0
    minutes: int = 0
    counts: dict[int, int] = {}

    def add(self, ms: int) -> None:
        """Count a length in milliseconds; what took less than nothing took none."""
        minutes = max(0, ms) // MINUTE
        self.n += 1
        self.minutes += minutes
        bucket = bucket_of(minutes)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1

    def merge(self, other: Spread) -> None:
        """Take in what another one counted."""
        self.n += other.n
        self.minutes += other.minutes
        for bucket, n in other.counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + n

    def percentile(self, percent: float) -> int | None:
        """Minutes within which so many percent of them lie (nearest rank); None of nothing."""
        return self.percentiles(percent)[0]

    def percentiles(self, *percents: float) -> list[int | None]:
        """Several percentiles in one pass, in the order asked for."""
        if not self.n:
            return [None for _ in percents]
        found: dict[float, int | None] = {}
        wanted: list[tuple[float, float]] = []
        for percent in percents:
            insort(wanted, (max(1.0, percent * self.n / 100), percent))
        passed = 0
        for bucket in sorted(self.counts):
            passed += self.counts[bucket]
            while wanted and wanted[0][0] <= passed:
                found[wanted.pop(0)[1]] = bucket
        return [found.get(percent) for percent in percents]

    @property
    def mean(self) -> float | None:
        """The mean in minutes; None of nothing."""
        return self.minutes / self.n if self.n else None


def bucket_of(minutes: int) -> int:
    """The least length, in minutes, that is counted together with this one."""
    beyond = minutes.bit_length() - _BITS
    return minutes >> beyond << beyond if beyond > 0 else minutes
