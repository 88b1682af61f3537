"""A lane with one of its tasks weaker: roles, dates, attempts, checklist items, barriers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from laneflow.lanes.model import Attempt, Item, Lane, Status, TaskSpec, Where
from laneflow.practice.model import Practice
from laneflow.proofs.lanetests.mutants.words import (
    Change,
    instead,
    longer,
    longer_due,
    other_role,
    put,
    stricter,
    without,
)

Changes = Iterator[Change[Lane]]


def of_tasks(lane: Lane, practice: Practice) -> Changes:
    """Everything of a lane that is work: whose, by when, how often."""
    yield from _owners(lane, practice)
    for status in lane.statuses.values():
        yield from _status(lane, status)
    for n in range(len(lane.checklist)):
        yield from _item(lane, n)
    yield from _barriers(lane)


def _at(where: Where | None, lane: Lane) -> Where:
    return where or lane.where or Where(lane.file, 1)


def _owners(lane: Lane, practice: Practice) -> Changes:
    for field in ("owner", "backup"):
        role = other_role(practice, lane.owner, lane.backup)
        what = f"the {field} of {lane.id} is a {role}, not a {getattr(lane, field)}"
        yield Change("role", what, _at(None, lane), ("",), replace(lane, **{field: role}))


def _status(lane: Lane, status: Status) -> Changes:
    task = status.task
    where, name = _at(task.where or status.where, lane), f"statuses.{status.id}"

    def made(**fields: Any) -> Lane:
        changed = replace(status, task=replace(task, **fields))
        return replace(lane, statuses=lane.statuses | {status.id: changed})

    if task.who:
        what = f"the task of {status.id} is the owner's, not the {task.who}'s"
        yield Change("role", what, where, (name,), made(who=None))
    due = longer_due(task.due)
    if due:
        what = f"the task of {status.id} is due after {due[1]}"
        yield Change("due date", what, where, (name,), made(due=due[0]))
    if task.start:
        what = f"the task of {status.id} does not sleep"
        yield Change("no sleep", what, where, (name,), made(start=None))
    if task.every:
        new = longer(task.every)
        what = f"{status.id} comes round every {instead(new, task.every)}"
        yield Change("round", what, where, (f"{name}.task.every",), made(every=new))
    if task.after_last and task.attempts and not task.every:
        what = f"{status.id} has nowhere to go after its last attempt"
        yield Change(
            "after the last", what, where, (f"{name}.task.after_last",), made(after_last=None)
        )
    for n, attempt in enumerate(task.attempts):
        yield from _attempt(status, n, attempt, where, made)


def _attempt(status: Status, n: int, attempt: Attempt, where: Where, made: Any) -> Changes:
    attempts = status.task.attempts
    parts = (f"statuses.{status.id}.task.attempts[{n}]",)
    which = f"attempt {n + 1} of {status.id}, by {attempt.by},"
    if attempt.after is not None:
        new = longer(attempt.after)
        later = put(attempts, n, replace(attempt, after=new))
        what = f"{which} comes after {instead(new, attempt.after)}"
        yield Change("attempt's gap", what, where, parts, made(attempts=later))
    if len(attempts) > 1:
        what = f"{which} is left out"
        yield Change("drop attempt", what, where, parts, made(attempts=without(attempts, n)))


def _item(lane: Lane, n: int) -> Changes:
    item = lane.checklist[n]
    where, name = _at(item.where, lane), f"checklist.{item.id}"
    missing, received = (f"{name}.missing",), (f"{name}.received",)

    def made(**fields: Any) -> Lane:
        return replace(lane, checklist=put(lane.checklist, n, replace(item, **fields)))

    gone = replace(lane, checklist=without(lane.checklist, n))
    yield Change("drop item", f"nobody asks for {item.label}", where, missing, gone)
    due = longer_due(item.due)
    if due:
        what = f"{item.label}: due after {due[1]}"
        yield Change("due date", what, where, missing, made(due=due[0]))
    if item.who:
        what = f"{item.label}: the owner's work, not the {item.who}'s"
        yield Change("role", what, where, missing, made(who=None))
    if item.needs:
        what = f"{item.label}: does not wait for {', '.join(item.needs)}"
        yield Change("no waiting", what, where, missing, made(needs=()))
    for event in item.done_by:
        left = tuple(other for other in item.done_by if other != event)
        what = f"{event} does not bring {item.label}"
        yield Change("not done by", what, where, received, made(done_by=left))
    yield from _chase(item, made, where, missing)
    for changed, what, at in stricter(item.when):
        told = f"{item.label}: asks for {what}"
        yield Change("limit", told, at or where, missing, made(when=changed))


def _chase(item: Item, made: Any, where: Where, parts: tuple[str, ...]) -> Changes:
    if item.chase is not None:
        new = longer(item.chase.every)
        what = f"{item.label}: asked for every {instead(new, item.chase.every)}"
        yield Change("chasing", what, where, parts, made(chase=replace(item.chase, every=new)))


def _barriers(lane: Lane) -> Changes:
    """The lane's own barriers; the practice's are changed where they are written."""
    for id_, barrier in lane.barriers.items():
        where = _at(barrier.where, lane)
        if barrier.task is None or where.file != lane.file:
            continue
        for kind, what, task in weaker_task(barrier.task):
            held = replace(barrier, task=task)
            made = replace(lane, barriers=lane.barriers | {id_: held})
            yield Change(kind, f"{id_}: {what}", where, (f"barriers.{id_}",), made)


def weaker_task(task: TaskSpec) -> Iterator[tuple[str, str, TaskSpec | None]]:
    """A barrier's task gone, due later, or nobody's in particular: (kind, words, task)."""
    yield "drop task", "makes no work", None
    due = longer_due(task.due)
    if due:
        yield "due date", f"due after {due[1]}", replace(task, due=due[0])
    if task.who:
        yield "role", f"the owner's work, not the {task.who}'s", replace(task, who=None)
