"""``python -m benchmarks.set_clock INSTANT …``: laneflow as it is, on a machine set to an instant.

A store made for one day can be measured on any other. The clock runs on from there.
"""

from __future__ import annotations

import sys
import time

from laneflow.work.clock import Clock


def main() -> None:
    """Set the clock to the milliseconds that come first, and run laneflow with the rest."""
    ahead = int(sys.argv[1]) - time.time_ns() // 1_000_000
    Clock.now = lambda self: time.time_ns() // 1_000_000 + ahead  # type: ignore[method-assign]
    from laneflow.cli import main as laneflow

    sys.argv[1:] = sys.argv[2:]
    laneflow()


if __name__ == "__main__":
    main()
