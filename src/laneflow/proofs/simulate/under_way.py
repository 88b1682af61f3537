"""What is under way in a patient's cases, what they want done, and from when it may be begun."""

from __future__ import annotations

from dataclasses import dataclass, field

from laneflow.engine.live import Live
from laneflow.engine.state import Case, Instant, PatientFile, Task
from laneflow.lanes.model import Duration
from laneflow.proofs.simulate.chance import Chance
from laneflow.proofs.simulate.queues import ESCALATION, TASK, Work
from laneflow.proofs.simulate.world import Comes


@dataclass(slots=True)
class Patient:
    """One patient: their file, their chances, what is under way in their cases."""

    file: PatientFile
    chance: Chance
    contacts: list[Instant] = field(default_factory=list)
    works: dict[str, dict[tuple[int, str], Work]] = field(default_factory=dict)
    busy: dict[str, set[int]] = field(default_factory=dict)
    counted: dict[str, dict[str, int]] = field(default_factory=dict)
    items: set[tuple[str, str]] = field(default_factory=set)
    begun: set[tuple[str, int, str]] = field(default_factory=set)
    wakes: Instant | None = None
    made: int = 0


def wanted(case: Case) -> dict[tuple[int, str], object]:
    """Each thing a case wants done now, and what tells whether it is still the same."""
    found: dict[tuple[int, str], object] = {}
    for name, held in case.escalations.items():
        if held.state == "open":
            found[ESCALATION, name] = (held.n, held.rung, held.release)
    if case.closed is not None:
        return found
    whose = (case.tier, case.owner, case.backup)
    for task in tasks(case):
        found[TASK, task.key] = (task.id, task.due.at, task.start, task.person, *whose)
    return found


def may_begin(live: Live, case: Case, task: Task, now: Instant, ahead: Duration) -> Instant:
    """When a task is taken up: the first response at once, all else ``ahead`` of its date.

    Another try at the same thing is not made before half of its wait has gone.
    """
    begin = max(now, task.start.at if task.start else 0)
    if task.key == "main" and not task.round and _is_first_response(case, task):
        return begin
    early = live.calendar(case.location).subtract(task.due.at, ahead)
    if task.attempt or task.round or task.opened < now:
        early = max(early, now + (task.due.at - now) // 2)
    return max(begin, min(early, task.due.at))


def tasks(case: Case) -> list[Task]:
    """A case's tasks that are not held."""
    main = [case.task] if case.task is not None and not case.task.paused else []
    return [*main, *case.side.values()]


def task_of(case: Case, key: str) -> Task | None:
    """The case's task with this key, main or a side task's own."""
    return case.task if key == "main" else case.side.get(key)


def _is_first_response(case: Case, task: Task) -> bool:
    """Whether nobody has answered the trigger yet, and this task is to do so."""
    window = case.windows.get("first_attempt")
    early = len(case.visited) == 1 or (window is not None and task.due.at <= window.at)
    return case.first_attempt is None and early


def overtaken(case: Case, comes: Comes) -> bool:
    """Whether what it was about has ended another way: a cancelled visit does not take place."""
    id_ = comes.data.get("appointment.id")
    held = case.appointments.get(id_) if id_ and comes.type != "appointment.booked" else None
    return held is not None and held["state"] != "booked"
