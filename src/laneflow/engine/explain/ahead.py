"""What becomes of a case if nothing happens but time: its own wakes, decided by the engine."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from laneflow.engine.explain.asking import AHEAD
from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.starts import Starts
from laneflow.engine.state import Case, Decision, Instant, PatientFile

_MOST_WAKES = 1500


class Wake(NamedTuple):
    """One instant at which the case decides by itself, and what it then is."""

    at: Instant
    before: Case
    after: Case
    decisions: list[Decision]


Hit = Callable[[Wake], bool]


def wakes(live: Live, case: Case, file: PatientFile, at: Instant) -> Iterator[Wake]:
    """The wakes of a case from ``at`` on, up to ``AHEAD``; what is due already comes at ``at``."""
    if case.lane not in live.lanes:
        return
    dry = copy.copy(live)  # the same lanes, but what sleeps in this dream books no real day
    dry.starts = Starts()
    alone = replace(file, cases={case.id: case}, held=[], again=[], at=at)
    for _ in range(_MOST_WAKES):
        if case.wake_at is None or case.wake_at > at + AHEAD:
            return
        when = max(case.wake_at, alone.at)
        result = run(dry, alone, [], when)
        after = result.touched.get(case.id, case)
        mine = [decision for decision in result.decisions if decision.case == case.id]
        yield Wake(when, case, after, mine)
        if after.closed is not None:
            return
        case, alone = after, replace(result.file, cases={case.id: after}, held=[], again=[])


def acted(name: str) -> Hit:
    """Whether the rule of this name acted."""
    return lambda wake: any(t.rule == name for d in wake.decisions for t in d.trace)


def risen(rule: str) -> Hit:
    """Whether a call for help opened, be it for that one instant: what it holds back may end it."""

    def hit(wake: Wake) -> bool:
        held = wake.before.held
        for decision in wake.decisions:
            for change in decision.changes:
                if change[:2] == ("set", "held"):
                    if rule in change[2] and rule not in held:
                        return True
                    held = change[2]
        return False

    return hit
