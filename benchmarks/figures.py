"""Owns a figure: its runs, its median beside its aim, and how both are printed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure. ``cache``: where built stores are kept between runs, None: nowhere."""

    quick: bool = False
    cache: Path | None = None
    say: Callable[[str], None] = lambda _: None

    @property
    def runs(self) -> int:
        """How often each thing is measured."""
        return 3 if self.quick else 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured several times. ``aim``: at least that much, or at most if ``less``."""

    name: str
    unit: str
    runs: tuple[float, ...]
    aim: float | None = None
    less: bool = False
    note: str = ""

    @property
    def value(self) -> float:
        """The median of the runs."""
        return median(self.runs)

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none."""
        if self.aim is None:
            return None
        return self.value <= self.aim if self.less else self.value >= self.aim

    def row(self) -> dict[str, Any]:
        """The figure as a flat object."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "aim": self.aim,
            "better": "less" if self.less else "more",
            "met": self.met,
            "runs": list(self.runs),
            "note": self.note,
        }

    def __str__(self) -> str:
        aim = ""
        if self.aim is not None:
            side = "<=" if self.less else ">="
            aim = f"aim {side} {short(self.aim)}, {'met' if self.met else 'missed'}"
        spread = f"{short(min(self.runs))} to {short(max(self.runs))}" if len(self.runs) > 1 else ""
        first = f"  {self.name:<46} {short(self.value):>10} {self.unit:<12} {aim:<24} {spread}"
        return first.rstrip() + (f"\n      {self.note}" if self.note else "")


def short(value: float) -> str:
    """A number as people read it: three digits that matter, thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


@dataclass(slots=True)
class Took:
    """Seconds that a piece of work took: on the wall, and of this process's processor time."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def timed() -> Iterator[Took]:
    """Measure what is done inside."""
    took = Took()
    wall, cpu = time.perf_counter(), time.process_time()
    yield took
    took.wall, took.cpu = time.perf_counter() - wall, time.process_time() - cpu
