"""The names people call a lane's rules by, and which rules each of them means."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from laneflow.engine.compiled import CompiledLane
from laneflow.engine.state import Case
from laneflow.lanes.model import Where
from laneflow.practice.model import Practice
from laneflow.practice.names import party_title


def full_names(compiled: CompiledLane, case: Case | None = None) -> list[str]:
    """Every rule one can ask about, by its full name, in the order of the lane's file.

    With a ``case`` also what only that case has: its promises, the ladders it stands on.
    """
    lane = compiled.lane
    names = [rule.name for rule in compiled.openings]
    names += [rule.name for rule in (*compiled.kinds, *compiled.tiers)]
    names += [rule.name for rule in compiled.items]
    names += [f"barriers.{barrier}" for barrier in lane.barriers]
    for status in lane.statuses.values():
        names.append(f"statuses.{status.id}")
        if status.task.after_last:
            names.append(f"statuses.{status.id}.task.after_last")
        prefix = f"statuses.{status.id}.moves["
        names += [r.name for r in compiled.moves[status.id] if r.name.startswith(prefix)]
    names += [f"moves[{n}]" for n in range(len(lane.moves))]
    names += [rule.name for rule in compiled.escalations]
    names += [rule.name for rule in compiled.closes]
    if lane.closes:
        names.append("close")
    if lane.reopens is not None:
        names.append("reopens")
    if lane.again_after is not None:
        names.append("again_after")
    if case is not None:
        names += _of_case(case)
    return names


def _of_case(case: Case) -> Iterator[str]:
    if case.task is not None:
        yield "task"
    yield from (f"promises.{key}" for key in case.promises)
    yield from (f"escalations.{rule}.ladder" for rule in case.escalations)


def short_names(compiled: CompiledLane, case: Case | None = None) -> dict[str, list[str]]:
    """Every other word a rule may be called by -> the full names it means."""
    lane = compiled.lane
    found: dict[str, list[str]] = {}

    def add(short: str, full: str) -> None:
        found.setdefault(short, []).append(full)

    for escalation in compiled.escalations:
        add(escalation.spec.id, escalation.name)
    for item in compiled.items:
        add(item.spec.id, item.name)
    for rule in (*compiled.tiers, *compiled.kinds):
        add(rule.spec.name, rule.name)
    for status in lane.statuses:
        add(status, f"statuses.{status}")
    for barrier in lane.barriers:
        add(barrier, f"barriers.{barrier}")
        add(f"barrier:{barrier}", f"barriers.{barrier}")
    if case is not None:
        _short_of_case(compiled, case, add)
    return found


def _short_of_case(compiled: CompiledLane, case: Case, add: Callable[[str, str], None]) -> None:
    status = compiled.lane.statuses.get(case.status)
    if status is not None and status.task.after_last:
        add("after_last", f"statuses.{status.id}.task.after_last")
    for key in case.promises:
        add(f"promise:{key}", f"promises.{key}")


def meant(compiled: CompiledLane, case: Case, asked: str) -> list[str]:
    """The full names a word means: itself, what it is short for, what is written at FILE:LINE.

    Empty where it means nothing in this lane.
    """
    if asked in full_names(compiled, case):
        return [asked]
    short = short_names(compiled, case).get(asked)
    if short:
        return short
    file, mark, line = asked.rpartition(":")
    if mark and line.isdecimal():
        return written_at(compiled, file, int(line))
    return []


def written_at(compiled: CompiledLane, file: str, line: int) -> list[str]:
    """The rules written at a line: those that begin there, else the one that last began above."""
    places: list[tuple[int, str]] = []
    for rule in compiled.by_name.values():
        where = compiled.place(rule)
        if where[1] and _same_file(where[0], file):
            places.append((where[1], rule.name))
    places += [
        (where.line, name)
        for name, where in _other_places(compiled)
        if where is not None and _same_file(where.file, file)
    ]
    begun = max((at for at, _ in places if at <= line), default=None)
    return [name for at, name in places if at == begun]


def side_task(practice: Practice, key: str) -> str:
    """What people call a side task, by its key: ``the checklist's task toward the hospital``."""
    kind, _, rest = key.partition(":")
    if kind == "items":
        party, _, who = rest.partition(":")
        return f"the checklist's task toward {party_title(practice, party)}" + (
            f", by the {who}" if who else ""
        )
    if kind == "barrier":
        return f'the task about the barrier "{rest}"'
    if kind == "promise":
        return "the question whether a promise was kept"
    if kind == "confirm":
        return f"the question whether to close (closes[{rest}])"
    return f"the next task agreed after the call for help {rest.rpartition(':')[0]}"


def _other_places(compiled: CompiledLane) -> Iterator[tuple[str, Where | None]]:
    """What is written in a lane and is no numbered rule."""
    lane = compiled.lane
    for status in lane.statuses.values():
        yield f"statuses.{status.id}", status.where
    for barrier in lane.barriers.values():
        yield f"barriers.{barrier.id}", barrier.where
    if lane.reopens is not None:
        yield "reopens", lane.reopens.where


def _same_file(written: str, asked: str) -> bool:
    """``lanes/x.yaml`` may be asked for as ``x.yaml``, or by a longer path."""
    return written == asked or written.endswith(f"/{asked}") or asked.endswith(f"/{written}")


def words_for(compiled: CompiledLane, case: Case) -> list[str]:
    """Every word that ``meant`` understands, for completion and "did you mean"."""
    return [*full_names(compiled, case), *short_names(compiled, case)]
