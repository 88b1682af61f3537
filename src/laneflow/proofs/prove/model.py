"""What a proof says: how long a case can wait unseen, and what could let it wait for ever.

Plain values, so that the command, the tests and the daemon all read the same.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from laneflow.engine.state import Instant
from laneflow.lanes.model import Where

Kind = Literal["task", "ladder", "taken", "untouched", "promise", "snooze"]
"""What would have to be missed: a task's date, a rung's time, the time to resolve what somebody
took, any act at all; and the two sleeps a person writes down, which are reported apart."""

Obligation = Literal["a", "b", "c", "d"]
"""(a) dates are finite, (b) moves end, (c) somebody is there to be called, (d) two people."""


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """The longest wait of one kind: nobody acts after ``since``, and somebody is called at last.

    ``lasts`` is in milliseconds. ``due`` is the date that calls, ``called`` when the first person
    is told. ``where`` names the entry (``statuses.first_call.task``), ``what`` says the date in
    words (``due first_attempt, same day``).
    """

    kind: Kind
    lasts: Instant
    since: Instant
    due: Instant
    called: Instant
    location: str
    where: str
    what: str
    zone: str


class Sleep(msgspec.Struct, frozen=True):
    """A planned sleep: ``where`` it is written, and until when or how long (``how``)."""

    where: str
    how: str


class Line(msgspec.Struct, frozen=True):
    """One line of a story: when (ISO 8601, local), and what happened."""

    at: str
    what: str


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be established, and a story that shows it, played by the engine itself.

    ``what`` is a clause, ``hint`` a sentence. ``story`` is empty where no event could be found
    that leads there; ``outcome`` says what the engine did, or what was tried.
    """

    obligation: Obligation
    code: str
    what: str
    hint: str = ""
    where: Where | None = None
    story: tuple[Line, ...] = ()
    outcome: str = ""


class LaneProof(msgspec.Struct, frozen=True, kw_only=True):
    """One lane's proof. ``worst``: the longest silence per tier; ``kinds``: per tier, of each kind.

    Both are empty where an unmet obligation leaves nothing to measure.
    """

    lane: str
    failures: tuple[Failure, ...] = ()
    worst: dict[str, Silence] = {}
    kinds: dict[str, dict[str, Silence]] = {}
    sleeps: tuple[Sleep, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no case of this lane can be silent."""
        return not self.failures
