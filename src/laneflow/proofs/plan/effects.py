"""What an edited practice does to a patient's open cases, beside what the live one would do.

Both decide the same file at the same instant by ``engine.run``; what differs between the two is
the edit's own effect, and nothing else is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from laneflow.engine.explain.naming import side_task
from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import Case, Date, Instant, PatientFile, Task
from laneflow.lanes.model import Duration
from laneflow.outreach.prompt import is_partner
from laneflow.practice.model import Practice

LOST, ESCALATED, CONTACTED, MOVED, CLOSED, OPENED = (
    "lost", "escalated", "contacted", "moved", "closed", "opened",
)  # fmt: skip
TIER, OWNED, TIMED, TASKS, ENDED, WORDS = (
    "tier", "re-owned", "re-timed", "tasks", "withdrawn", "re-worded",
)  # fmt: skip
KINDS = {
    LOST: "Stand in a status that is gone, and nothing says what it is called now",
    ESCALATED: "Escalated at once",
    CONTACTED: "Patients to contact at once, by the next close of business",
    MOVED: "Moved to another status",
    CLOSED: "Closed",
    OPENED: "Opened",
    TIER: "Another tier",
    OWNED: "Another owner, backup or role",
    TIMED: "Other dates",
    TASKS: "Other tasks",
    ENDED: "Escalations withdrawn",
    WORDS: "Other words to say or send",
}
"""Every kind of effect, the gravest first, with its heading."""

SOON = Duration(1, "business hours")
"""A date that has passed when it is set becomes one business hour from then, or the next close of
business: what is due by the later of the two is due at once."""


class Effect(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing an edit does to one case.

    ``what`` names it in words that many cases share (``task due, sooner``); ``before`` and
    ``after`` are what it was and will be: instants in milliseconds for dates, else names.
    """

    lane: str
    kind: str
    case: str
    what: str
    before: Any = None
    after: Any = None
    key: str = ""
    """which date, task or escalation: ``task``, ``window first_contact``, ``escalation overdue``"""


class Outlook(msgspec.Struct, frozen=True):
    """One file decided twice at one instant: its cases by the live practice and by the edited."""

    file: PatientFile
    live: dict[str, Case]
    edited: dict[str, Case]


def decided(live: Live, file: PatientFile, at: Instant, since: Instant) -> dict[str, Case]:
    """The file's cases after everything due by ``at`` was decided, those it closed included."""
    wake = file.wake_at
    hashes = live.practice.hash
    if (wake is None or wake > at) and all(
        case.practice_hash == hashes
        and (lane := live.lanes.get(case.lane)) is not None
        and case.lane_hash == lane.lane.hash
        for case in file.cases.values()
    ):
        return file.cases  # nothing is due and nothing was published: nothing would be decided
    result = run(live, file, (), max(at, file.at), since)
    return {**result.file.cases, **result.touched}


def outlook(live: Live, edited: Live, file: PatientFile, at: Instant, since: Instant) -> Outlook:
    """What both practices make of a file at ``at``; wakes before ``since`` count as late."""
    return Outlook(file, decided(live, file, at, since), decided(edited, file, at, since))


def effects(both: Outlook, edited: Live, at: Instant, lanes: Collection[str]) -> Iterator[Effect]:
    """What the edit does to the file's cases of these lanes, and the cases it opens."""
    for id_, after in both.edited.items():
        before = both.live.get(id_)
        if before is None:
            yield Effect(after.lane, OPENED, id_, f"in status {after.status}", None, after.status)
        elif after.lane in lanes and before != after:
            yield from _of_case(before, after, both.file.cases.get(id_, before), edited, at)


def _of_case(
    before: Case, after: Case, stored: Case, edited: Live, at: Instant
) -> Iterator[Effect]:
    if before.closed is not None:
        return  # it closes whatever the edit says
    compiled = edited.lanes.get(after.lane)
    if compiled is not None and not keeps(compiled.lane.statuses, stored.status):
        yield Effect(after.lane, LOST, after.id, f'status "{stored.status}"', stored.status)
        return
    yield from _standing(before, after)
    yield from _escalations(before, after, edited)
    if after.closed is not None:
        return
    practice = edited.practice
    yield from _owners(before, after, practice)
    yield from _tasks(before, after, practice)
    yield from _contact(before, after, edited, at)
    yield from _dates(before, after, practice)


def keeps(statuses: Any, status: str) -> bool:
    """Whether a lane's statuses still know ``status``, by its name or as what one of them was."""
    return status in statuses or any(status in kept.was for kept in statuses.values())


def _standing(before: Case, after: Case) -> Iterator[Effect]:
    def effect(kind: str, name: str) -> Effect:
        old, new = getattr(before, name), getattr(after, name)
        what = f"{name}: {old or 'none'} -> {new or 'none'}"
        return Effect(after.lane, kind, after.id, what, old, new, name)

    if after.closed is not None:
        told = after.closed.outcome
        if after.closed.reason:
            told += f", {after.closed.reason}"
        what = f"{before.status} -> closed ({told})"
        yield Effect(after.lane, CLOSED, after.id, what, before.status, after.closed.outcome)
    elif before.status != after.status:
        yield effect(MOVED, "status")
    for name in ("tier", "kind"):
        if getattr(before, name) != getattr(after, name):
            yield effect(TIER, name)


def _escalations(before: Case, after: Case, edited: Live) -> Iterator[Effect]:
    lane = edited.lanes[after.lane].lane
    texts = {rule.id: rule.text for rule in lane.escalations}
    for id_, raised in after.escalations.items():
        held = before.escalations.get(id_)
        text = texts.get(id_, id_)
        key = f"escalation {id_}"
        if held is None or held.n != raised.n or held.rung < raised.rung:
            what = f"{text}: told {raised.role}"
            yield Effect(after.lane, ESCALATED, after.id, what, None, raised.release, key)
        elif held.until != raised.until:
            yield _timed(after, key, f"answer to: {text}", held.until, raised.until)
    for id_ in before.escalations.keys() - after.escalations.keys():
        yield Effect(after.lane, ENDED, after.id, texts.get(id_, id_), key=f"escalation {id_}")


def _owners(before: Case, after: Case, practice: Practice) -> Iterator[Effect]:
    for name in ("owner", "backup"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Effect(after.lane, OWNED, after.id, f"{name} {old} -> {new}", old, new, name)
    for key, (old_task, new_task) in _both(before, after):
        for name in ("who", "person"):
            old, new = getattr(old_task, name), getattr(new_task, name)
            if old != new:
                what = f"{_called(key, practice)}: {old or 'the owner'} -> {new or 'the owner'}"
                yield Effect(after.lane, OWNED, after.id, what, old, new, f"{name} of {key}")


def _tasks(before: Case, after: Case, practice: Practice) -> Iterator[Effect]:
    for key in sorted(after.side.keys() - before.side.keys()):
        what = f"new: {_called(key, practice)}"
        yield Effect(after.lane, TASKS, after.id, what, None, after.side[key].due.at, key)
    for key in sorted(before.side.keys() - after.side.keys()):
        what = f"gone: {_called(key, practice)}"
        yield Effect(after.lane, TASKS, after.id, what, before.side[key].due.at, None, key)


def _contact(before: Case, after: Case, edited: Live, at: Instant) -> Iterator[Effect]:
    calendar = edited.calendar(after.location)
    soon = max(calendar.deadline(at, SOON, at), calendar.next_closing(at))
    held = _to_patient(before)
    for key, task in _to_patient(after).items():
        was = held.get(key)
        if task.due.at <= soon and (was is None or was.due.at > soon):
            what = f"{_called(key, edited.practice)} by {task.channel}"
            due = None if was is None else was.due.at
            yield Effect(after.lane, CONTACTED, after.id, what, due, task.due.at, key)


def _to_patient(case: Case) -> dict[str, Task]:
    """The case's tasks by which a patient is reached and that are not held back."""
    tasks = {"task": case.task, **case.side}
    return {
        key: task
        for key, task in tasks.items()
        if task is not None and task.channel and not task.paused and not is_partner(task)
    }


def _dates(before: Case, after: Case, practice: Practice) -> Iterator[Effect]:
    for key, (old_task, new_task) in _both(before, after):
        called, starts = _called(key, practice), (old_task.start, new_task.start)
        yield from _moved_date(after, key, f"{called} due", old_task.due, new_task.due)
        yield from _moved_date(after, f"start of {key}", f"{called} starts", *starts)
    for name in sorted(before.windows.keys() | after.windows.keys()):
        key = f"window {name}"
        dates = before.windows.get(name), after.windows.get(name)
        yield from _moved_date(after, key, key, *dates)
    for name in sorted(before.items.keys() | after.items.keys()):
        old_item, new_item = before.items.get(name), after.items.get(name)
        dates = old_item.due if old_item else None, new_item.due if new_item else None
        yield from _moved_date(after, f"item {name}", f"{name} due", *dates)
    yield from _moved_date(after, "untouched", "untouched", before.untouched, after.untouched)


def _both(before: Case, after: Case) -> Iterator[tuple[str, tuple[Task, Task]]]:
    """The tasks that are there before and after, by their key; ``task`` is the main one."""
    if before.task is not None and after.task is not None and before.status == after.status:
        yield "task", (before.task, after.task)
    for key in sorted(before.side.keys() & after.side.keys()):
        yield key, (before.side[key], after.side[key])


def _called(key: str, practice: Practice) -> str:
    return "task" if key == "task" else side_task(practice, key)


def _moved_date(
    after: Case, key: str, name: str, old: Date | None, new: Date | None
) -> Iterator[Effect]:
    was, is_ = old.at if old else None, new.at if new else None
    if was != is_:
        yield _timed(after, key, name, was, is_)


def _timed(after: Case, key: str, name: str, was: Instant | None, is_: Instant | None) -> Effect:
    if was is None or is_ is None:
        side = "new" if was is None else "gone"
    else:
        side = "sooner" if is_ < was else "later"
    return Effect(after.lane, TIMED, after.id, f"{name}, {side}", was, is_, key)
