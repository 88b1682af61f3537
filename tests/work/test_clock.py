"""One clock: nothing else in the source asks the machine for the time."""

from __future__ import annotations

import re
from pathlib import Path

import laneflow
from laneflow.work.clock import FixedClock, iso

SOURCE = Path(laneflow.__file__).parent
ASKS = re.compile(
    r"\btime\.time(_ns)?\(|\bdatetime\.(now|utcnow|today)\(|\bdate\.today\(|\btimezone\.(local)?now\("
    r"|\bfrom time import .*\btime(_ns)?\b"
)


def test_only_the_clock_asks_for_the_time() -> None:
    asking = [
        f"{path.relative_to(SOURCE)}:{number}: {line.strip()}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path != SOURCE / "work" / "clock.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if ASKS.search(line)
    ]
    assert asking == [], "pass an instant in, or take it from work.clock"


def test_the_search_finds_the_clock_itself() -> None:
    assert ASKS.search((SOURCE / "work" / "clock.py").read_text(encoding="utf-8"))


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(1_000)
    assert clock.now() == clock.now() == 1_000
    clock.sleep(500)
    assert clock.now() == 1_500


def test_instants_are_shown_in_utc() -> None:
    assert iso(1_788_634_800_000) == "2026-09-05T19:00:00+00:00"
