"""The tasks of a case: one main task per status with its round of attempts, and the side tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from laneflow.engine.dates import (
    NEXT_DAY,
    SOON,
    dated,
    followed,
    resolve,
    set_windows,
    sleeps_until,
)
from laneflow.engine.state import OPEN_ITEM, Date, Instant, ItemState, Task
from laneflow.engine.step import Step
from laneflow.lanes.model import Attempt, Item, TaskSpec


def enter(step: Step, status: str, *, opening: bool = False) -> None:
    """Stand in a status: its counters restart and its main task replaces the one before."""
    draft, spec = step.draft, step.lane.statuses[status]
    draft.set("status", status)
    draft.set("queue", spec.queue)
    draft.set("entered", step.at)
    for field, blank in _RESTARTS.items():
        draft.set(field, blank)
    if status not in step.case.visited:
        draft.set("visited", (*step.case.visited, status))
        draft.set("progress", step.at)
    set_main(step, spec.task, opening=opening)


_RESTARTS: dict[str, Any] = {
    "attempts": 0, "reached": False, "understanding": "", "task_done": False,
}  # fmt: skip


def set_main(step: Step, spec: TaskSpec, *, opening: bool = False) -> None:
    """Make the status's main task; a sleeping one starts the case's clocks when it wakes."""
    start = _spread(step, spec, sleeps_until(step, spec.start)) if spec.start else None
    base = max(step.at, start.at) if start else step.at
    if opening:
        _start_clocks(step, base if base > step.at else step.case.opened)
    elif step.at <= base < step.case.started:
        _start_clocks(step, base)  # it left the status it slept in
    first = next_attempt(step, spec, 0)
    task = Task(
        id=_new_id(step),
        key="main",
        source=f"status:{step.case.status}",
        do=spec.do,
        due=_not_before(step, resolve(step, spec.due, base), base),
        opened=step.at,
        start=start,
        who=spec.who or "",
        to=spec.to or "",
        script=spec.script or "",
        channel=spec.attempts[first].by if first is not None else "",
        attempt=first or 0,
        paused=step.case.paused,
    )
    step.draft.set("task", task)
    set_untouched(step)


def _start_clocks(step: Step, at: Instant) -> None:
    """The case's clocks start at ``at``: its windows, and the dates of what it waits for."""
    before = step.case.started
    step.draft.set("started", at)
    set_windows(step, at)
    for item in step.lane.checklist:
        held = step.case.items.get(item.id)
        if held is not None and held.due is not None and held.state in OPEN_ITEM:
            own = held.due.anchor is None and held.due.start == before
            due = resolve(step, item.due, at) if own else held.due
            step.draft.put("items", item.id, replace(held, due=due))  # and it is asked for anew


def _spread(step: Step, spec: TaskSpec, start: Date) -> Date:
    """A start to come, on the first day with a free place where the lane caps a day's starts."""
    if spec.starts_at_most is None or start.at <= step.at:
        return start
    starts, case = step.live.starts, step.case
    at = starts.spread(case.lane, case.id, start.at, spec.starts_at_most, step.calendar)
    return replace(start, at=at)


def _not_before(step: Step, due: Date, start: Instant) -> Date:
    """A task is never due before it starts."""
    return due if due.at > start else dated(step, start, SOON)


def set_untouched(step: Step) -> None:
    """When the case will have gone too long without anybody's documented act.

    Counted from the last act, from the day the main task wakes, or from the date somebody
    promised or put off to, whichever is latest: a sleep a person wrote down is not neglect.
    """
    task = step.case.task
    since = max(step.case.touched, step.case.started)
    if task is not None and task.start is not None:
        since = max(since, task.start.at)
    if task is not None and task.snoozed is not None:
        since = max(since, task.snoozed)
    held = step.case.untouched
    if held is None or held.start != since:
        step.draft.set("untouched", dated(step, since, step.lane.untouched))


def next_attempt(step: Step, spec: TaskSpec, start: int) -> int | None:
    """Index of the first attempt from ``start`` whose channel the patient has and accepts."""
    for index in range(start, len(spec.attempts)):
        if spec.to or _reachable_by(step, spec.attempts[index]):
            return index
    return None


def _reachable_by(step: Step, attempt: Attempt) -> bool:
    facts = step.file.facts
    has: Sequence[str] | None = facts.get("patient.channels")
    return (not has or attempt.by in has) and attempt.by not in facts.get("patient.refuses", ())


def after_note(step: Step, note: dict[str, Any], *, round_ended: bool) -> None:
    """The next date of the main task after a note that moved nothing; the first that applies.

    The promised date (at most the practice's longest wait), the next attempt, another round,
    the status after the last attempt; where none does, the next business day.
    """
    task, spec = step.case.task, step.status.task
    if task is None:
        return
    promised = note.get("by_when")
    if promised is not None:
        until = min(promised, step.calendar.add(step.at, step.live.practice.longest_wait))
        if until <= step.at:
            until = step.calendar.add(step.at, SOON)
        step.draft.set("task", replace(task, due=Date(until), snoozed=until, was=None))
        set_untouched(step)
        return
    following = None if round_ended else next_attempt(step, spec, task.attempt + 1)
    if following is not None:
        attempt = spec.attempts[following]
        due = dated(step, step.at, attempt.after or SOON)
        changed = replace(
            task, due=due, attempt=following, channel=attempt.by, snoozed=None, was=None
        )
        step.draft.set("task", changed)
    elif spec.every is not None:
        another_round(step, task, spec)
    elif spec.after_last is not None and spec.attempts and not round_ended:
        step.say(f"statuses.{step.case.status}.task.after_last", f"moved to {spec.after_last}")
        enter(step, spec.after_last)
    elif task.due.at <= step.at or task.due.anchor is None:
        step.draft.set(
            "task", replace(task, due=dated(step, step.at, NEXT_DAY), snoozed=None, was=None)
        )


def after_side_note(step: Step, key: str, promised: Instant | None) -> None:
    """The next date of a side task after a note on it."""
    if key.startswith("items:"):
        asked_for_items(step, key, promised)
        return
    longest = step.calendar.add(step.at, step.live.practice.longest_wait)
    chosen = Date(min(promised, longest)) if promised and promised > step.at else None
    due = chosen or dated(step, step.at, NEXT_DAY)
    step.draft.put("side", key, replace(step.case.side[key], due=due))


def another_round(step: Step, task: Task, spec: TaskSpec) -> None:
    """Start the round of attempts again, ``every`` from now."""
    assert spec.every is not None
    first = next_attempt(step, spec, 0)
    step.draft.set(
        "task",
        replace(
            task,
            due=dated(step, step.at, spec.every),
            attempt=first or 0,
            round=task.round + 1,
            channel=spec.attempts[first].by if first is not None else "",
            snoozed=None,
            was=None,
        ),
    )


def follow_dates(step: Step) -> None:
    """Move the dates tied to a fact or window that has moved."""
    if step.followed_at == step.draft.ties:
        return
    step.followed_at = step.draft.ties
    _follow_main(step)
    for key, side in step.case.side.items():
        due = followed(step, side.due)
        if due != side.due:
            step.draft.put("side", key, replace(side, due=due))
    for key, item in step.case.items.items():
        if item.due is not None and item.state in OPEN_ITEM:
            due = followed(step, item.due)
            if due != item.due:
                step.draft.put("items", key, replace(item, due=due))


def _follow_main(step: Step) -> None:
    task = step.case.task
    if task is None:
        return
    spec = step.status.task
    start = task.start
    if spec.start is not None and start is not None and start.anchor is not None:
        now = sleeps_until(step, spec.start)
        start = start if now.start == start.start else _spread(step, spec, now)
    moved = start is not None and start != task.start and start.at > step.at
    if moved and len(step.case.visited) == 1 and step.case.first_attempt is None:
        assert start is not None
        _start_clocks(step, start.at)
    due = followed(step, task.due)
    if moved and start is not None:
        due = _not_before(step, resolve(step, spec.due, start.at), start.at)
    if due != task.due or start != task.start:
        step.draft.set("task", replace(task, due=due, start=start))
        set_untouched(step)


def pause(step: Step, paused: bool) -> None:
    """Hold the main task's attempts, or let them go on within a business hour."""
    task = step.case.task
    step.draft.set("paused", paused)
    if task is None or task.paused == paused:
        return
    due = task.due
    if not paused and due.at <= step.at:
        due = dated(step, step.at, SOON)
    step.draft.set("task", replace(task, paused=paused, due=due))


def put_side(
    step: Step,
    key: str,
    source: str,
    do: str,
    due: Date,
    *,
    who: str = "",
    to: str = "",
    script: str = "",
    channel: str = "",
) -> None:
    """Make or renew a side task; an existing one keeps its id, its owner and the sooner date."""
    held = step.case.side.get(key)
    if held is None:
        task = Task(
            id=_new_id(step), key=key, source=source, do=do, due=due, opened=step.at,
            who=who, to=to, script=script, channel=channel,
        )  # fmt: skip
    else:
        sooner = due if due.at < held.due.at else held.due
        task = replace(held, do=do, due=sooner, script=script, who=who)
    step.draft.put("side", key, task)


def sync_items(step: Step, holding: frozenset[int]) -> None:
    """Keep the checklist with its conditions, and one side task per party that owes something.

    ``holding``: the rules that hold now.
    """
    for rule in step.compiled.items:
        state, needed = step.case.items.get(rule.spec.id), rule.index in holding
        if state is None or needed is (state.state == "not needed"):
            _need_item(step, rule.spec, needed)
    if not (step.draft.owns("items") or step.publish):
        return  # nothing about any item changed, so nothing about who is asked for it
    groups: dict[str, list[Item]] = {}
    for item in step.lane.checklist:
        if _actionable(step, item):
            groups.setdefault(_group(item), []).append(item)
    for key in [k for k in step.case.side if k.startswith("items:") and k not in groups]:
        step.draft.drop("side", key)
    for key, items in groups.items():
        _chase(step, key, items)


def _need_item(step: Step, item: Item, needed: bool) -> None:
    held = step.case.items.get(item.id)
    if held is None or (needed and held.state == "not needed" and not held.asked):
        if needed:
            due = resolve(step, item.due, step.case.started)
            step.draft.put("items", item.id, ItemState("missing", due, step.at))
        elif held is None:
            step.draft.put("items", item.id, ItemState("not needed", since=step.at))
    elif not needed and held.state in OPEN_ITEM:
        step.draft.put("items", item.id, ItemState("not needed", since=step.at))


def _actionable(step: Step, item: Item) -> bool:
    items = step.case.items
    state = items.get(item.id)
    if state is None or state.state not in OPEN_ITEM:
        return False
    return all(items[n].state in ("received", "not needed") for n in item.needs if n in items)


def _group(item: Item) -> str:
    return f"items:{item.owed_by}" + (f":{item.who}" if item.who else "")


def _chase(step: Step, key: str, items: list[Item]) -> None:
    party = items[0].owed_by
    labels = ", ".join(item.label for item in items)
    if party == "us":
        do = f"Finish: {labels}"
    elif party == "patient":
        do = f"Ask the patient for: {labels}"
    else:
        do = f"Ask {step.live.practice.parties.get(party, party)} for: {labels}"
    script = next((i.chase.script for i in items if i.chase and i.chase.script), "")
    channel = next((i.chase.by for i in items if i.chase and i.chase.by), "")
    due = min((_ask_by(step, item) for item in items), key=lambda date: date.at)
    held = step.case.side.get(key)
    if held is not None and due.at >= held.due.at and (held.do, held.script) == (do, script):
        return
    partner = party if party not in ("us", "patient") else ""
    put_side(
        step, key, key, do, due, who=items[0].who or "", to=partner, script=script, channel=channel
    )


def _ask_by(step: Step, item: Item) -> Date:
    """When an item is next asked for: by its own due date, sooner if it is chased more often."""
    state = step.case.items[item.id]
    assert state.due is not None
    if state.asked or item.chase is None:
        return state.due if state.due.at > step.at else dated(step, step.at, NEXT_DAY)
    first = dated(step, max(state.since, step.case.started), item.chase.every)
    return first if first.at < state.due.at else state.due


def asked_for_items(step: Step, key: str, promised: Instant | None) -> None:
    """A documented chase of a party: count it and set the next one."""
    task = step.case.side[key]
    group = [i for i in step.lane.checklist if _group(i) == key and _actionable(step, i)]
    for item in group:
        state = step.case.items[item.id]
        step.draft.put("items", item.id, replace(state, asked=state.asked + 1))
    if promised is not None and promised > step.at:
        due = Date(min(promised, step.calendar.add(step.at, step.live.practice.longest_wait)))
    else:
        dues = [dated(step, step.at, i.chase.every if i.chase else NEXT_DAY) for i in group]
        due = min(dues, key=lambda date: date.at, default=dated(step, step.at, NEXT_DAY))
    step.draft.put("side", key, replace(task, due=due))


def _new_id(step: Step) -> str:
    number = step.case.tasks_made + 1
    step.draft.set("tasks_made", number)
    return f"{step.case.id}/{number}"
