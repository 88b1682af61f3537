"""A practice with one of the things its lanes share weaker: ladders, barriers, common rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from laneflow.lanes.model import Barrier, EscalationRule, Where
from laneflow.practice.model import Ladder, LoadedPractice
from laneflow.proofs.lanetests.mutants.tasks import weaker_task
from laneflow.proofs.lanetests.mutants.words import (
    Change,
    instead,
    longer,
    other_role,
    put,
    stricter,
    without,
)

Changes = Iterator[Change[LoadedPractice]]


def of_practice(loaded: LoadedPractice) -> Changes:
    """What stands in practice.yaml, changed for all lanes at once."""
    used = {rule.ladder for lane in loaded.lanes.values() for rule in lane.escalations}
    for ladder in loaded.practice.ladders.values():
        if ladder.id in used:
            yield from _ladder(loaded, ladder)
    for barrier in loaded.practice.barriers.values():
        yield from _barrier(loaded, barrier)
    for rule in loaded.practice.escalations:
        yield from _limits(loaded, rule)


def _ladder(loaded: LoadedPractice, ladder: Ladder) -> Changes:
    practice, name = loaded.practice, f"ladders.{ladder.id}"
    whole = ladder.where or Where(practice.file, 1)

    def made(**fields: Any) -> LoadedPractice:
        ladders = practice.ladders | {ladder.id: replace(ladder, **fields)}
        return replace(loaded, practice=replace(practice, ladders=ladders))

    for n, rung in enumerate(ladder.rungs):
        where, parts = rung.where or whole, (f"{name}.rungs[{n}]",)
        which = f"rung {n + 1} of the ladder {ladder.id}"
        if len(ladder.rungs) > 1:
            gone = made(rungs=without(ladder.rungs, n))
            yield Change("drop rung", f"{which} is left out", where, parts, gone)
        role = other_role(practice, *(other.role for other in ladder.rungs))
        other = made(rungs=put(ladder.rungs, n, replace(rung, role=role)))
        yield Change("role", f"{which} is the {role}, not the {rung.role}", where, parts, other)
        if n + 1 < len(ladder.rungs):
            new = longer(rung.within)
            slow = made(rungs=put(ladder.rungs, n, replace(rung, within=new)))
            what = f"{which} has {instead(new, rung.within)}"
            yield Change("rung's time", what, where, parts, slow)
    if ladder.at_once:
        what = f"the ladder {ladder.id} waits for the next opening"
        yield Change("not at once", what, whole, (name,), made(at_once=False))
    new = longer(ladder.resolve_within)
    what = f"who takes {ladder.id} has {instead(new, ladder.resolve_within)} to resolve it"
    parts = (f"{name}.resolve_within",)
    yield Change("answer's time", what, whole, parts, made(resolve_within=new))


def _barrier(loaded: LoadedPractice, barrier: Barrier) -> Changes:
    if barrier.task is None:
        return
    where = barrier.where or Where(loaded.practice.file, 1)
    for kind, what, task in weaker_task(barrier.task):
        lanes = {
            id_: replace(lane, barriers=lane.barriers | {barrier.id: replace(barrier, task=task)})
            for id_, lane in loaded.lanes.items()
            if lane.barriers.get(barrier.id) == barrier
        }
        made = replace(loaded, lanes=loaded.lanes | lanes)
        told = f"{barrier.id}: {what}"
        yield Change(kind, told, where, (f"barriers.{barrier.id}",), made)


def _limits(loaded: LoadedPractice, rule: EscalationRule) -> Changes:
    """A common escalation's limits, in every lane that has it as it is."""
    for changed, what, at in stricter(rule.when):
        lanes = {
            id_: replace(
                lane,
                escalations=tuple(
                    replace(own, when=changed) if own == rule else own for own in lane.escalations
                ),
            )
            for id_, lane in loaded.lanes.items()
            if rule in lane.escalations
        }
        if lanes:
            made = replace(loaded, lanes=loaded.lanes | lanes)
            where = at or rule.where or Where(loaded.practice.file, 1)
            parts = (f"escalations.{rule.id}",)
            yield Change("limit", f"{rule.id} asks for {what}", where, parts, made)
