"""A lane with one of its rules gone or weaker: openings, tiers, moves, escalations, closes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from laneflow.lanes.model import Condition, Lane, Move, Status, TierRule, Where
from laneflow.practice.model import Practice
from laneflow.proofs.lanetests.mutants.words import (
    NEVER,
    Change,
    instead,
    longer,
    other_role,
    put,
    stricter,
    without,
)

Changes = Iterator[Change[Lane]]


def of_rules(lane: Lane, practice: Practice, parts: set[str]) -> Changes:
    """``parts``: names of what a test of this lane could make happen; no other rule is touched."""
    yield from _openings(lane)
    for field in ("priority", "classify"):
        yield from _order(lane, field)
    yield from _windows(lane)
    yield from _escalations(lane, practice, parts)
    yield from _moves(lane)
    yield from _closes(lane, practice)
    yield from _again(lane)


def _at(where: Where | None, lane: Lane) -> Where:
    return where or lane.where or Where(lane.file, 1)


def _openings(lane: Lane) -> Changes:
    for n, rule in enumerate(lane.opens):
        name, where = f"opens[{n}]", _at(rule.where, lane)

        def made(**fields: Any) -> Lane:
            return replace(lane, opens=put(lane.opens, n, replace(rule, **fields)))  # noqa: B023

        gone = f"{rule.on} opens no case"
        yield Change("drop opening", gone, where, (name,), made(when=NEVER))
        if rule.if_open == "replace":
            what = f"{rule.on} only brings an open case up to date"
            yield Change("no replacing", what, where, (f"{name}.if_open",), made(if_open="update"))
        if rule.unless_open:
            what = f"{rule.on} opens a case whatever else is open"
            parts = (f"{name}.unless_open",)
            yield Change("no standing back", what, where, parts, made(unless_open=()))
        yield from _limits(lane, name, rule.when, lambda c: made(when=c), where)


def _limits(
    lane: Lane, name: str, when: Condition, made: Callable[[Condition], Lane], where: Where
) -> Changes:
    """A rule's limits, each moved in turn; those of practice.yaml's own rules are moved there."""
    for changed, what, at in stricter(when):
        if at is None or at.file == lane.file:
            told = f"{name} asks for {what}"
            yield Change("limit", told, at or where, (name,), made(changed))


def _order(lane: Lane, field: str) -> Changes:
    rules: tuple[TierRule, ...] = getattr(lane, field)
    word = "tier" if field == "priority" else "kind"
    for n, rule in enumerate(rules):
        where, name = _at(rule.where, lane), f"{field}[{n}]"
        if n + 1 < len(rules) and rules[n + 1].name != rule.name:
            swapped = put(put(rules, n, rules[n + 1]), n + 1, rule)
            what = f"the {word} {rule.name} is asked after {rules[n + 1].name}"
            parts = (name, f"{field}[{n + 1}]")
            yield Change(f"{word} order", what, where, parts, replace(lane, **{field: swapped}))
        for changed, what, at in stricter(rule.when):
            made = replace(lane, **{field: put(rules, n, replace(rule, when=changed))})
            told = f"the {word} {rule.name} asks for {what}"
            yield Change("limit", told, at or where, (name,), made)


def _windows(lane: Lane) -> Changes:
    tiers = dict.fromkeys(rule.name for rule in lane.priority)
    for name, window in lane.windows.items():
        spans = {tier: span for tier, span in window.by_tier.items() if not tiers or tier in tiers}
        same = len(set(spans.values())) == 1
        for tier, span in list(spans.items())[: 1 if same else None]:
            new = longer(span)
            longer_ones = dict.fromkeys(window.by_tier, new) if same else {tier: new}
            held = replace(window, by_tier=window.by_tier | longer_ones)
            made = replace(lane, windows=lane.windows | {name: held})
            where = f"the window {name}" + ("" if same else f" of tier {tier}")
            what = f"{where} is {instead(new, span)}"
            yield Change("window", what, _at(window.where, lane), (f"windows.{name}",), made)


def _escalations(lane: Lane, practice: Practice, parts: set[str]) -> Changes:
    for n, rule in enumerate(lane.escalations):
        name, where = f"escalations.{rule.id}", _at(rule.where, lane)
        if name not in parts:
            continue

        def made(**fields: Any) -> Lane:
            changed = put(lane.escalations, n, replace(rule, **fields))  # noqa: B023
            return replace(lane, escalations=changed)

        if rule.builtin is None:
            gone = replace(lane, escalations=without(lane.escalations, n))
            what = f"{lane.id} has no escalation {rule.id}"
            yield Change("drop escalation", what, where, (name,), gone)
        if where.file == lane.file and rule.where is not None:
            for ladder in [key for key in practice.ladders if key != rule.ladder][:1]:
                what = f"{rule.id} climbs the ladder {ladder}, not {rule.ladder}"
                yield Change("ladder", what, where, (name,), made(ladder=ladder))
        if rule.pause_outreach:
            what = f"{rule.id} does not pause outreach in {lane.id}"
            yield Change("no pause", what, where, (name,), made(pause_outreach=False))
        yield from _limits(lane, name, rule.when, lambda c: made(when=c), where)


def _moves(lane: Lane) -> Changes:
    for status in lane.statuses.values():
        yield from _each_move(lane, status.moves, f"statuses.{status.id}.", _own(lane, status))
    yield from _each_move(lane, lane.moves, "", lambda moves: replace(lane, moves=moves))


def _own(lane: Lane, status: Status) -> Callable[[tuple[Move, ...]], Lane]:
    def made(moves: tuple[Move, ...]) -> Lane:
        return replace(lane, statuses=lane.statuses | {status.id: replace(status, moves=moves)})

    return made


def _each_move(
    lane: Lane, moves: tuple[Move, ...], before: str, made: Callable[[tuple[Move, ...]], Lane]
) -> Changes:
    for n, move in enumerate(moves):
        name, where = f"{before}moves[{n}]", _at(move.where, lane)
        on = f" on {move.on}" if move.on else ""
        what = f"there is no move to {move.to}{on} ({name})"
        yield Change("drop move", what, where, (name,), made(without(moves, n)))

        def weaker(when: Condition) -> Lane:
            return made(put(moves, n, replace(move, when=when)))  # noqa: B023

        yield from _limits(lane, name, move.when, weaker, where)


def _closes(lane: Lane, practice: Practice) -> Changes:
    for n, rule in enumerate(lane.closes):
        name, where = f"closes[{n}]", _at(rule.where, lane)

        def made(**fields: Any) -> Lane:
            return replace(lane, closes=put(lane.closes, n, replace(rule, **fields)))  # noqa: B023

        how = "by hand" if rule.by_hand else f"on {rule.on}" if rule.on else "by itself"
        parts = (name, f"{name}.asked")
        gone = f"nothing closes as {rule.outcome} {how} ({name})"
        yield Change("drop close", gone, where, parts, made(when=NEVER))
        outcome = "cancelled" if rule.outcome != "cancelled" else "completed"
        what = f"{name} closes as {outcome}, not {rule.outcome}"
        yield Change("outcome", what, where, (name,), made(outcome=outcome))
        if rule.reason:
            yield Change("reason", f"{name} says no reason", where, (name,), made(reason=None))
        if rule.confirm:
            what = f"{name} asks nobody"
            yield Change("no confirming", what, where, parts, made(confirm=None, ask=False))
            role = other_role(practice, rule.confirm)
            what = f"{name} asks the {role}, not the {rule.confirm}"
            yield Change("role", what, where, parts, made(confirm=role))
        elif rule.ask and rule.on:
            yield Change(
                "no asking why", f"{name} asks for no reason", where, parts, made(ask=False)
            )
        yield from _limits(lane, name, rule.when, lambda c: made(when=c), where)


def _again(lane: Lane) -> Changes:
    if lane.reopens is not None:
        where = _at(lane.reopens.where, lane)
        for event in lane.reopens.on:
            left = tuple(other for other in lane.reopens.on if other != event)
            made = replace(lane, reopens=replace(lane.reopens, on=left) if left else None)
            what = f"{event} does not bring a case of {lane.id} back"
            yield Change("drop reopening", what, where, (f"reopens.on[{event}]",), made)
    where = _at(lane.where, lane)
    if lane.again_after is not None:
        new = longer(lane.again_after)
        what = f"{lane.id} comes round again after {instead(new, lane.again_after)}"
        yield Change("again after", what, where, ("again_after",), replace(lane, again_after=new))
    new = longer(lane.untouched)
    what = f"{lane.id} may be untouched for {instead(new, lane.untouched)}"
    yield Change("untouched", what, where, ("escalations.untouched",), replace(lane, untouched=new))
