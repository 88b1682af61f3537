"""A scenario as plain values: what comes, what comes of it, how long work takes, who is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from laneflow.lanes.model import Duration
from laneflow.practice.model import Person

REACHED, UNDERSTOOD = "reached", "understood"
"""What a rule of ``follows`` may come after, beside events."""

_DAY = Duration(1, "business days")

OTHERS = "others"
"""The entry that holds for all that are not named."""

Shares = tuple[tuple[str, float], ...]
"""(what, share from 0 to 1) in order; what is left of 1 is nothing, or what the reader says."""


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time between two, in ``unit``: minutes, hours, days, weeks, business …"""

    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class Minutes:
    """A handling time in minutes: between ``low`` and ``high``, or skewed (median and p90)."""

    low: float
    high: float
    skewed: bool = False


Given = str | float | bool | Shares | Length
"""What a fact of an event is: one value, one of several, or a date so far ahead."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One trigger. ``rates``: how many on each weekday, Monday first; ``business`` days only.

    ``weekly`` is set where the rate was given by the week, for writing it down again. ``times``:
    hours of the day and their shares; none means while the location is open.
    """

    on: str
    rates: tuple[float, float, float, float, float, float, float]
    business: bool = True
    weekly: bool = False
    evenly: bool = False
    data: tuple[tuple[str, Given], ...] = ()
    locations: Shares = ()
    times: Shares = ()


@dataclass(frozen=True, slots=True)
class Follow:
    """Something that comes by itself after something else in a case.

    ``comes``: event types and shares. ``at`` names the date fact it waits for, in place of
    ``after_that``; ``every`` repeats it while the case is open.
    """

    after: str
    comes: Shares
    chance: float = 1.0
    after_that: Length | None = None
    at: str = ""
    every: Length | None = None
    data: tuple[tuple[str, Given], ...] = ()
    lanes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Partner:
    """How somebody answers who was asked for something."""

    answers: float
    takes: Length
    unasked: float


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who is there, other than practice.yaml says. ``away``: person -> inclusive ISO date spans."""

    add: tuple[Person, ...] = ()
    away: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Weeks to be played. ``assumed`` names the parts nobody gave: they are guesses.

    ``contact``: channel -> outcomes of the first try, the second …; the last holds for the rest.
    ``available``: role, person or OTHERS -> share of the working day. ``start`` None: today.
    """

    title: str = ""
    start: date | None = None
    weeks: int = 8
    warm_up: int = 4
    seed: int = 1
    runs: int = 20
    arrivals: tuple[Arrival, ...] = ()
    contact: Mapping[str, tuple[Shares, ...]] = field(default_factory=dict)
    calls_back: tuple[float, Length] = (0.0, Length(1, 1, "days"))
    understanding: Shares = ((UNDERSTOOD, 1.0),)
    barriers: tuple[float, Shares] = (0.0, ())
    declines: float = 0.0
    alarms: float = 0.0
    gives_up: int = 12
    finished: float = 1.0
    buttons: Mapping[str, float] = field(default_factory=dict)
    follows: tuple[Follow, ...] = ()
    partners: Mapping[str, Partner] = field(default_factory=dict)
    handling: Mapping[str, Minutes] = field(default_factory=dict)
    available: Mapping[str, float] = field(default_factory=dict)
    ahead: Duration = _DAY
    staffing: Staffing = Staffing()
    what_if: tuple[tuple[str, Staffing], ...] = ()
    assumed: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The scenario's settings that are numbers, for reports."""
        return {
            "title": self.title,
            "from": self.start.isoformat() if self.start else None,
            "weeks": self.weeks,
            "warm_up": self.warm_up,
            "seed": self.seed,
            "runs": self.runs,
        }
