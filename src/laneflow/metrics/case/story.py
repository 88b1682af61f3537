"""Owns a case's story, told from its log: what happened, what changed, who did it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from laneflow.engine.fold import fold
from laneflow.engine.state import Act, Case, Decision, Event, Instant
from laneflow.metrics.case.words import input_in_words
from laneflow.practice import words
from laneflow.practice.model import LoadedPractice
from laneflow.practice.names import Names
from laneflow.store.contract import Store
from laneflow.work.words import changes


class Step(msgspec.Struct, frozen=True):
    """One decision: ``after`` is the case it made, ``before`` None for the opening one.

    ``pressed``: the act with which a person recorded the event that was decided.
    """

    decision: Decision
    input: Event | Act | None
    before: Case | None
    after: Case
    pressed: Act | None = None


def steps(store: Store, case: str, until: Instant | None = None) -> Iterator[Step]:
    """The case's decisions in order, folded; those at or before ``until`` where it is given."""
    log = store.log(case)
    pressed = {_act_of(decision) for decision, _ in log} - {""}
    acts = store.acts(pressed) if pressed else {}
    before: Case | None = None
    for decision, given in log:
        if until is not None and decision.at > until:
            return
        after = fold(before, decision)
        yield Step(decision, given, before, after, acts.get(_act_of(decision)))
        before = after


def _act_of(decision: Decision) -> str:
    """The id of the act an event was recorded with; "" for what no person recorded."""
    return decision.input[2].rpartition("#")[0] if decision.input[:2] == ("event", "act") else ""


def happened(loaded: LoadedPractice, step: Step) -> str:
    """What happened in a step, in a clause; see ``input_in_words``."""
    names = Names(loaded, step.after.lane)
    if step.pressed is None:
        return input_in_words(names, step.decision.input, step.input)
    recorded = names.event(event_of(step)) if event_of(step) else "an event"
    return f"{words.name_of(loaded.practice, step.pressed.by)} recorded: {recorded}"


def event_of(step: Step) -> str:
    """The type of the event that a step is about; "" for anything else that happened."""
    if isinstance(step.input, Event):
        return step.input.type
    if step.decision.input[:2] != ("event", "act"):
        return ""
    counted = (change[2] for change in step.decision.changes if change[:2] == ("add", "counts"))
    return str(next(counted, ""))


def timeline(store: Store, loaded: LoadedPractice, case: str) -> list[dict[str, Any]]:
    """What happened to a case, a flat row per decision: at, happened, changed (in words), by.

    That time passed is left out where no rule acted and nothing anybody sees has changed.
    """
    return told(loaded, steps(store, case))


def told(loaded: LoadedPractice, steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Steps of a case's story as rows, see ``timeline``."""
    rows = ((step, _row(loaded, step)) for step in steps)
    return [row for step, row in rows if row["changed"] or not _only_time(step)]


def _only_time(step: Step) -> bool:
    return step.decision.input[:1] == ("wake",) and not step.decision.trace


def _row(loaded: LoadedPractice, step: Step) -> dict[str, Any]:
    decision = step.decision
    zone = words.zone_of(loaded.practice, step.after.location)
    return {
        "at": words.iso(decision.at, zone),
        "seq": decision.seq,
        "happened": happened(loaded, step),
        "changed": " ".join(changes(loaded, step.before, step.after)),
        "by": acted.by if isinstance(acted := step.pressed or step.input, Act) else "",
    }
