"""A lane or the practice was published: its open cases follow, without losing a date."""

from __future__ import annotations

from msgspec.structs import replace

from laneflow.engine.dates import redated, tighten_windows
from laneflow.engine.ladder import ASKED, end
from laneflow.engine.state import OPEN_ITEM
from laneflow.engine.step import Step
from laneflow.engine.tasks import enter
from laneflow.lanes.model import Lane


def republish(step: Step) -> None:
    """A lane or the practice was published: map a renamed status, renew words, date again."""
    status = step.case.status
    if status not in step.lane.statuses:
        renamed = called_now(step.lane, status)
        if renamed is None:
            step.say("publish", f"status {status} is gone, started again")
            enter(step, step.lane.first_status)
        else:
            step.draft.set("status", renamed)
            step.draft.set("queue", step.lane.statuses[renamed].queue)
            step.draft.set("visited", (*step.case.visited, renamed))
    known_rules = {e.id for e in step.lane.escalations} | {ASKED}
    for key in list(step.case.escalations):
        if key not in known_rules:
            end(step, key)  # and what it held back goes on
    _redate(step)
    _reassign(step)


def called_now(lane: Lane, status: str) -> str | None:
    """What a lane's former status is called in it now; None where no status says so."""
    return next((s.id for s in lane.statuses.values() if status in s.was), None)


def _redate(step: Step) -> None:
    for name, date in step.case.windows.items():
        step.draft.put("windows", name, redated(step, date))
    tighten_windows(step)
    task = step.case.task
    if task is not None:
        spec = step.status.task
        step.draft.set(
            "task",
            replace(
                task, due=redated(step, task.due), do=spec.do, script=spec.script or "",
                who=spec.who or "", source=f"status:{step.case.status}",
            ),
        )  # fmt: skip
    for key, side in step.case.side.items():
        step.draft.put("side", key, replace(side, due=redated(step, side.due)))
    for key, item in step.case.items.items():
        if item.due is not None and item.state in OPEN_ITEM:
            step.draft.put("items", key, replace(item, due=redated(step, item.due)))
    if step.case.untouched is not None:
        step.draft.set("untouched", redated(step, step.case.untouched))


def _reassign(step: Step) -> None:
    """Whoever no longer works here owns nothing: their cases go to others of the role."""
    live, lane, case = step.live, step.lane, step.case
    if not live.is_active(case.owner):
        step.draft.set("owner", live.assign(lane.owner, case.location, case.id))
    if not live.is_active(case.backup):
        step.draft.set("backup", live.assign(lane.backup, case.location, case.id, case.owner))
    task = case.task
    if task is not None and task.person and not live.is_active(task.person):
        step.draft.set("task", replace(task, person=""))
    for key, side in case.side.items():
        if side.person and not live.is_active(side.person):
            step.draft.put("side", key, replace(side, person=""))
