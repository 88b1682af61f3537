"""What a step of a lane test expects, held against what is: every difference at its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from laneflow.engine.calendar import Calendar
from laneflow.engine.facts import View, getter, times_of
from laneflow.engine.live import Live
from laneflow.engine.state import Case, Escalation, Instant, PatientFile, Task
from laneflow.errors import Problem, did_you_mean, listing
from laneflow.lanes.entry import Entry
from laneflow.lanes.facts import Names
from laneflow.lanes.model import Lane
from laneflow.lanes.vocabulary import OWN_PARTIES, STANDARD_EVENTS
from laneflow.proofs.lanetests.comparing import (
    LISTS,
    NOTHING,
    differs,
    equal,
    listed,
    many,
    moment,
    said,
)
from laneflow.proofs.lanetests.scenario import yes_or_no
from laneflow.proofs.silence import silent


@dataclass(frozen=True, slots=True)
class Scene:
    """Where things stand when a step's expectations are looked at.

    ``case`` is the one they are about, None where the lane has none; ``cases`` are all that were
    ever opened; ``unplaced`` counts the events nobody could place so far.
    """

    live: Live
    lane: Lane
    file: PatientFile
    case: Case | None
    cases: Sequence[Case]
    unplaced: int
    calendar: Calendar
    at: Instant


def differences(scene: Scene, expect: Entry) -> Iterator[Problem]:
    """Every way in which things are not as ``expect`` says."""
    for name, entry in expect.named():
        if name in _OF_ALL:
            yield from _OF_ALL[name](scene, entry)
    of_case = [(name, entry) for name, entry in expect.named() if name not in {*_OF_ALL, "case"}]
    if scene.case is None:
        if of_case:
            yield expect.problem(f"expected a case of {scene.lane.id}, but there is none")
        return
    for name, entry in of_case:
        yield from _OF_CASE.get(name, _fact_called(name))(scene, scene.case, entry)


# of the lane as a whole --------------------------------------------------------------------------


def _cases(scene: Scene, entry: Entry) -> Iterator[Problem]:
    is_open = [c for c in scene.cases if c.lane == scene.lane.id and c.closed is None]
    return equal(entry, "cases", entry.value, len(is_open))


def _opened(scene: Scene, entry: Entry) -> Iterator[Problem]:
    ever = [case for case in scene.cases if case.lane == scene.lane.id]
    return equal(entry, "opened", entry.value, len(ever))


def _unplaced(scene: Scene, entry: Entry) -> Iterator[Problem]:
    return equal(entry, "unplaced", entry.value, scene.unplaced)


def _silent(scene: Scene, entry: Entry) -> Iterator[Problem]:
    found = [silent(case, scene.live, scene.at) for case in scene.cases]
    reasons = [reason for reason in found if reason]
    if bool(reasons) != yes_or_no(entry):
        because = f": {reasons[0]}" if reasons else ""
        yield differs(entry, "silent", yes_or_no(entry), f"{said(bool(reasons))}{because}")


# of one case -------------------------------------------------------------------------------------


def _text(field: str) -> Callable[[Scene, Case, Entry], Iterator[Problem]]:
    return lambda scene, case, entry: equal(entry, field, entry.value, getattr(case, field))


def _person(field: str) -> Callable[[Scene, Case, Entry], Iterator[Problem]]:
    def check(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
        person = scene.live.practice.people.get(getattr(case, field))
        also = (person.id, person.name, *person.roles) if person else ()
        if entry.value not in also:
            yield differs(entry, field, entry.value, person.id if person else NOTHING)

    return check


def _open(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    return equal(entry, "open", yes_or_no(entry), case.closed is None)


def _closed(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    wanted = False if entry.value == "no" else entry.value
    got: str | bool = case.closed.outcome if case.closed else False
    if wanted is True or wanted == "yes":
        wanted, got = True, bool(got)
    return equal(entry, "closed", wanted, got)


def _reason(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    got = case.closed.reason if case.closed else "an open case"
    return equal(entry, "reason", str(entry.value), got)


def _main(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    return _task(scene, case, case.task, entry, "task")


def _side(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    for key, wanted in entry.named():
        if key in LISTS:
            yield from listed(wanted, "side", key, list(case.side), {})
        else:
            yield from _task(scene, case, case.side.get(key), wanted, f"side.{key}")


def _task(
    scene: Scene, case: Case, task: Task | None, entry: Entry, path: str
) -> Iterator[Problem]:
    if entry.value == NOTHING or entry.value is False:
        if task is not None:
            yield differs(entry, path, NOTHING, _title(scene, case, task))
        return
    if task is None:
        there = f"There is {listing(case.side)}." if path != "task" and case.side else ""
        yield entry.problem(f"expected {path}, but there is none", there)
        return
    for field, wanted in entry.named():
        yield from _TASK_FIELDS[field](scene, case, task, wanted, f"{path}.{field}")


def _title(scene: Scene, case: Case, task: Task) -> str:
    from laneflow.outreach.prompt import title_for

    return title_for(scene.live.loaded, case, scene.file.facts, task, scene.at)


def _do(scene: Scene, case: Case, task: Task, entry: Entry, path: str) -> Iterator[Problem]:
    title = _title(scene, case, task)
    if entry.value not in (title, task.do):
        yield differs(entry, path, entry.value, title)


def _due(scene: Scene, case: Case, task: Task, entry: Entry, path: str) -> Iterator[Problem]:
    return moment(scene.calendar, entry, path, task.due.at)


def _start(scene: Scene, case: Case, task: Task, entry: Entry, path: str) -> Iterator[Problem]:
    return moment(scene.calendar, entry, path, task.start.at if task.start else None)


def _who(scene: Scene, case: Case, task: Task, entry: Entry, path: str) -> Iterator[Problem]:
    """A role or a person; ``owner`` is whoever owns the case."""
    got = {task.who or "owner", task.person, *(() if task.who else (case.owner, scene.lane.owner))}
    if entry.value not in got:
        yield differs(entry, path, entry.value, task.person or task.who or "owner")


def _plain(field: str) -> Callable[[Scene, Case, Task, Entry, str], Iterator[Problem]]:
    return lambda scene, case, task, entry, path: equal(
        entry, path, entry.value, getattr(task, field) or NOTHING
    )


def _paused(scene: Scene, case: Case, task: Task, entry: Entry, path: str) -> Iterator[Problem]:
    return equal(entry, path, yes_or_no(entry), task.paused)


def _attempt(scene: Scene, case: Case, task: Task, entry: Entry, path: str) -> Iterator[Problem]:
    return equal(entry, path, entry.value, task.attempt + 1)


_TASK_FIELDS: dict[str, Callable[[Scene, Case, Task, Entry, str], Iterator[Problem]]] = {
    "do": _do, "due": _due, "start": _start, "who": _who, "by": _plain("channel"),
    "script": _plain("script"), "to": _plain("to"), "attempt": _attempt, "paused": _paused,
}  # fmt: skip


def _windows(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    for name, wanted in entry.named():
        if name not in scene.lane.windows:
            hint = did_you_mean(name, scene.lane.windows)
            yield wanted.problem(f'{scene.lane.id} has no window "{name}"', hint)
            continue
        held = case.windows.get(name)
        yield from moment(scene.calendar, wanted, f"windows.{name}", held.at if held else None)


def _checklist(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    for name, wanted in entry.named():
        held = case.items.get(name)
        if held is None:
            hint = did_you_mean(name, case.items)
            yield wanted.problem(f'{scene.lane.id} has no checklist item "{name}"', hint)
        else:
            yield from equal(wanted, f"checklist.{name}", wanted.value, held.state)


def _barriers(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    return many(entry, "barriers", list(case.barriers), {})


def _escalations(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    texts = {rule.id: rule.text for rule in scene.lane.escalations}
    return many(entry, "escalations", list(case.escalations), texts)


def _escalation(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    for name, wanted in entry.named():
        held = case.escalations.get(name)
        path = f"escalation.{name}"
        if held is None:
            there = listing(case.escalations) or NOTHING
            yield wanted.problem(f"expected {path}, but it is not open", f"Open: {there}.")
            continue
        for field, value in wanted.named():
            yield from _escalation_field(scene, held, field, value, f"{path}.{field}")


def _escalation_field(
    scene: Scene, held: Escalation, field: str, entry: Entry, path: str
) -> Iterator[Problem]:
    if field in ("until", "release", "opened"):
        return moment(scene.calendar, entry, path, getattr(held, field))
    if field == "last":
        return equal(entry, path, yes_or_no(entry), held.last)
    if field == "rung":
        return equal(entry, path, entry.value, held.rung + 1)
    return equal(entry, path, entry.value, getattr(held, field) or NOTHING)


def _is_paused(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    return equal(entry, "paused", yes_or_no(entry), case.paused)


def _promises(scene: Scene, case: Case, entry: Entry) -> Iterator[Problem]:
    for key, wanted in entry.named():
        held = case.promises.get(key)
        words = {None: "open", True: "kept", False: "not kept"}
        got = words[held.kept] if held else NOTHING
        yield from equal(wanted, f"promises.{key}", wanted.value, got)


def _fact_called(name: str) -> Callable[[Scene, Case, Entry], Iterator[Problem]]:
    return lambda scene, case, entry: _fact(scene, case, name, entry)


def _fact(scene: Scene, case: Case, name: str, entry: Entry) -> Iterator[Problem]:
    """Any other fact that a condition of the lane may test."""
    names = _names(scene)
    meaning = names.meaning(name)
    if meaning is None:
        hint = did_you_mean(name, (*_OF_ALL, *_OF_CASE), names.hint(name))
        yield entry.problem(f'"{name}" is not a fact of {scene.lane.id}', hint, at_value=False)
        return
    if meaning.kind in ("since", "until"):
        hint = "Expect a date: windows, or the task's due."
        yield entry.problem(f"{name} is a length of time, and only tested", hint, at_value=False)
        return
    view = View(scene.lane, case, scene.file, scene.calendar, scene.at)
    times = times_of(name)
    got = len(times(view)) if times else getter(name, scene.lane)(view)
    if isinstance(got, bool):
        yield from equal(entry, name, yes_or_no(entry), got)
        return
    if isinstance(got, tuple):
        got = list(got) if isinstance(entry.value, list) or len(got) != 1 else got[0]
    yield from equal(entry, name, entry.value, NOTHING if got is None else got)


def _names(scene: Scene) -> Names:
    lane, practice = scene.lane, scene.live.practice
    return Names(
        facts=lane.facts,
        events=STANDARD_EVENTS | practice.events.keys(),
        statuses=tuple(lane.statuses),
        tiers=practice.tiers,
        locations=tuple(practice.locations),
        barriers=tuple(lane.barriers),
        parties=(*practice.parties, *OWN_PARTIES),
        windows=tuple(lane.windows),
        periods=tuple(lane.periods),
    )


_OF_ALL: dict[str, Callable[[Scene, Entry], Iterator[Problem]]] = {
    "cases": _cases, "opened": _opened, "unplaced": _unplaced, "silent": _silent,
}  # fmt: skip
_OF_CASE: dict[str, Callable[[Scene, Case, Entry], Iterator[Problem]]] = {
    **{field: _text(field) for field in ("status", "queue", "tier", "kind", "location")},
    "owner": _person("owner"), "backup": _person("backup"), "open": _open, "closed": _closed,
    "reason": _reason, "task": _main, "side": _side, "windows": _windows,
    "checklist": _checklist, "barriers": _barriers, "escalations": _escalations,
    "escalation": _escalation, "paused": _is_paused, "promises": _promises,
}  # fmt: skip
