"""Owns a case's story, told from its log: what happened, what changed, which rule said so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from laneflow.engine.fold import fold
from laneflow.engine.state import Act, Case, Decision, Event, Instant, Trace
from laneflow.metrics import words
from laneflow.practice.model import Practice
from laneflow.store.contract import Store


class Step(msgspec.Struct, frozen=True):
    """One decision: ``after`` is the case it made, ``before`` None for the opening one."""

    decision: Decision
    input: Event | Act | None
    before: Case | None
    after: Case


def steps(store: Store, case: str, until: Instant | None = None) -> Iterator[Step]:
    """The case's decisions in order, folded; those at or before ``until`` where it is given."""
    before: Case | None = None
    for decision, given in store.log(case):
        if until is not None and decision.at > until:
            return
        after = fold(before, decision)
        yield Step(decision, given, before, after)
        before = after


def timeline(store: Store, practice: Practice, case: str) -> list[dict[str, Any]]:
    """What happened to a case, a flat row per decision: at, happened, changed (in words), by."""
    return [_row(practice, step) for step in steps(store, case)]


def why(
    store: Store, practice: Practice, case: str, at: Instant | None = None
) -> list[dict[str, Any]]:
    """The rules behind a case up to ``at``: a flat row per rule that acted, oldest first.

    Each: at, seq, happened, rule, file, line, did, because (its tests with the values they saw).
    """
    rows: list[dict[str, Any]] = []
    for step in steps(store, case, at):
        base = _row(practice, step)
        base.pop("changed")
        rows += [base | _reason(trace) for trace in step.decision.trace]
    return rows


def _row(practice: Practice, step: Step) -> dict[str, Any]:
    decision = step.decision
    zone = words.zone_of(practice, step.after.location)
    return {
        "at": words.iso(decision.at, zone),
        "seq": decision.seq,
        "happened": words.input_in_words(practice, decision.input, step.input),
        "changed": "; ".join(changes(practice, step.before, step.after)),
        "by": step.input.by if isinstance(step.input, Act) else "",
    }


def _reason(trace: Trace) -> dict[str, Any]:
    return {
        "rule": trace.rule,
        "file": trace.file,
        "line": trace.line,
        "did": trace.did,
        "because": "; ".join(words.test(*test) for test in trace.tests),
    }


def changes(practice: Practice, before: Case | None, after: Case) -> list[str]:
    """What is different after a decision, in clauses."""
    old = before or Case(id=after.id, patient=after.patient, lane=after.lane)
    told = [] if before else ["case opened"]
    told += _standing(practice, old, after)
    told += _task(practice, old, after)
    told += _side_tasks(old, after)
    told += _items(old, after)
    told += _escalations(practice, old, after)
    if after.closed and not old.closed:
        reason = after.closed.reason
        why = f": {reason}" if reason not in ("", after.closed.outcome) else ""
        told.append(f"closed as {after.closed.outcome}{why}")
    return told


def _standing(practice: Practice, old: Case, new: Case) -> list[str]:
    told = []
    if new.status != old.status:
        told.append(f"status {words.plain(new.status)}")
    if new.tier != old.tier:
        told.append(f"tier {new.tier}")
    if new.kind != old.kind:
        told.append(f"kind {new.kind}")
    if new.owner != old.owner:
        told.append(f"owner {words.name_of(practice, new.owner)}")
    if new.backup != old.backup:
        told.append(f"backup {words.name_of(practice, new.backup)}")
    told += [f"barrier {words.plain(b)}" for b in new.barriers.keys() - old.barriers.keys()]
    told += [
        f"barrier {words.plain(b)} resolved" for b in old.barriers.keys() - new.barriers.keys()
    ]
    return told


def _task(practice: Practice, old: Case, new: Case) -> list[str]:
    task, was = new.task, old.task
    if task is None:
        return ["no task is left"] if was is not None else []
    zone = words.zone_of(practice, new.location)
    due = words.spoken(task.due.at, zone)
    if was is None or task.source != was.source or task.attempt != was.attempt:
        by = f" by {task.channel}" if task.channel else ""
        return [f"task{by} due {due}"]
    return [f"task now due {due}"] if task.due.at != was.due.at else []


def _side_tasks(old: Case, new: Case) -> list[str]:
    made = [
        f"task added for {words.plain(key.replace(':', ' '))}" for key in new.side.keys() - old.side
    ]
    gone = [
        f"task ended for {words.plain(key.replace(':', ' '))}" for key in old.side.keys() - new.side
    ]
    return sorted(made) + sorted(gone)


def _items(old: Case, new: Case) -> list[str]:
    return [
        f"{words.plain(key)} {item.state}"
        for key, item in new.items.items()
        if (key in old.items or item.state in ("partial", "received"))
        and item.state != getattr(old.items.get(key), "state", None)
    ]


def _escalations(practice: Practice, old: Case, new: Case) -> list[str]:
    told = []
    for rule, now in new.escalations.items():
        was = old.escalations.get(rule)
        if was is None:
            told.append(f"escalated to {now.role}: {words.plain(rule)}")
        elif now.state == "taken" and was.state != "taken":
            told.append(f"{words.name_of(practice, now.taken_by)} took {words.plain(rule)}")
        elif now.rung != was.rung:
            told.append(f"{words.plain(rule)} went on to {now.role}")
    gone = old.escalations.keys() - new.escalations.keys()
    return told + [f"escalation over: {words.plain(rule)}" for rule in sorted(gone)]
