"""A trigger that replaces its lane's open case: the old one closes, the new one follows it."""

from __future__ import annotations

from laneflow.engine.closing import close
from laneflow.engine.compiled import CompiledLane
from laneflow.engine.decide import finish
from laneflow.engine.live import Live
from laneflow.engine.state import Case, Decision, Event, PatientFile
from laneflow.engine.step import Step


def close_replaced(
    live: Live, compiled: CompiledLane, case: Case, file: PatientFile, event: Event, rule: str
) -> tuple[Case, Decision | None]:
    """Close a case because a newer trigger of its lane and keys replaces it."""
    step = Step(live, compiled, case, file, max(event.at, case.at))
    step.say(rule, "closed as cancelled")
    close(step, "cancelled", "Replaced by a newer event of the same kind", rule)
    return finish(step, ("event", event.source, event.id))
