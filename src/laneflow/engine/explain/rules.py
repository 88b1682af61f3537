"""Why a rule acts in a case or does not: its tests and their values, what stands before it, when.

Every answer comes from the engine itself: its compiled tests, its own look at a case, and its own
run of what the case does by itself from here on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laneflow.engine.compiled import OPEN, Numbered
from laneflow.engine.decide import BUILT_IN
from laneflow.engine.explain import built_in
from laneflow.engine.explain.ahead import Wake, acted, risen
from laneflow.engine.explain.asking import AHEAD
from laneflow.engine.explain.model import Explained, Note, State
from laneflow.engine.explain.naming import full_names, meant
from laneflow.engine.explain.question import Question, earlier_note, event_note, told
from laneflow.engine.facts import View
from laneflow.engine.live import Live
from laneflow.engine.state import OPEN_ITEM, Act, Case, Event, Instant, PatientFile, Task
from laneflow.lanes.model import Close, EscalationRule, Item, Move, Opening, TierRule

_BEST_FIRST: tuple[State, ...] = ("in force", "acts", "ready", "held back", "no", "over")


def explain_rule(
    live: Live,
    case: Case,
    file: PatientFile,
    rule: str,
    at: Instant,
    *,
    given: Event | Act | None = None,
    trigger: Event | None = None,
) -> Explained | None:
    """How ``rule`` stands in ``case`` at ``at``; None where the lane knows no such rule.

    ``rule``: a full name (``moves[2]``, ``escalations.worse``), a short one (``worse``, a status,
    a tier, an item), or ``FILE:LINE``. ``given``: an input that the case (as it was before it) has
    just taken in, so that rules that answer it are judged as they were then; nothing ahead is
    told with it. ``trigger``: the event that opened the case, for the rules that open one. Pure.
    """
    calling = rule.startswith("escalations.") or rule in _escalations(live, case)
    question = Question(live, case, file, at, given, trigger, called=not calling)
    names = meant(question.compiled, question.case, rule)
    found = [explain_one(question, name) for name in names]
    return found[0] if len(found) == 1 else _several(question, rule, "", found)


def explain_all(
    live: Live, case: Case, file: PatientFile, at: Instant, trigger: Event | None = None
) -> list[Explained]:
    """How every rule one can ask about stands, in the order of the lane's file."""
    question = Question(live, case, file, at, trigger=trigger)
    return [explain_one(question, name) for name in full_names(question.compiled, case)]


def explain_one(question: Question, name: str) -> Explained:
    """How the rule of a full name stands."""
    rule = question.compiled.by_name.get(name)
    if rule is not None:
        return _KINDS[type(rule.spec)](question, rule)
    if name == "close":
        closes = [_close(question, close) for close in question.compiled.closes]
        found = _several(question, name, "close the case", closes)
        assert found is not None
        return found
    head, _, rest = name.partition(".")
    if head == "statuses" and "." not in rest:
        return _status(question, rest)
    return built_in.explain(question, name)


def _escalations(live: Live, case: Case) -> set[str]:
    return {rule.id for rule in live.lanes[case.lane].lane.escalations}


def _several(
    question: Question, name: str, does: str, found: list[Explained], **given: Any
) -> Explained | None:
    """Rules that answer one question together; None where there are none and nothing is given."""
    if not found and not given:
        return None
    best = min((one.state for one in found), key=_BEST_FIRST.index, default="no")
    settings: dict[str, Any] = {
        "state": "over" if question.closed else best,
        "holds": any(one.holds for one in found),
        "next": min((one.next for one in found if one.next is not None), default=None),
    }
    return Explained(
        name=name, kind="several", case=question.case.id, lane=question.lane.id, at=question.at,
        does=does or found[0].does, rules=tuple(found), looked=question.at + AHEAD,
        **(settings | given),
    )  # fmt: skip


# moves and closes ---------------------------------------------------------------------------------


def _move(question: Question, rule: Numbered[Move]) -> Explained:
    move, case = rule.spec, question.case
    mine = question.compiled.moves.get(case.status, [])
    hindrances = []
    if rule not in mine:
        home = rule.name.split(".")[1]
        says = f'it belongs to status "{home}", and the case is in "{case.status}"'
        hindrances.append(Note("status", says))
    elif move.to == case.status and not (move.on and move.again):
        again = "; only `again: true` would start it anew" if move.on else ""
        hindrances.append(Note("same status", f'the case is in "{move.to}" already{again}'))
    else:
        hindrances += [earlier_note(r) for r in _closes_before(question, move.on)]
        hindrances += [earlier_note(r) for r in _moves_before(question, rule, mine)]
    return told(
        question, rule.name, "move", f'move the case to "{move.to}"', rule=rule,
        hindrances=[*_waits_for(question, move.on), *hindrances],
        waits=_is_awaited(question, move.on),
        hit=question.holds_after(rule.index) if move.on else acted(rule.name),
    )  # fmt: skip


def _moves_before(
    question: Question, rule: Numbered[Move], mine: list[Numbered[Move]]
) -> list[Numbered[Move]]:
    """The moves that come first now; of one event's moves only one acts."""
    status, move = question.case.status, rule.spec
    return [
        other
        for other in mine[: mine.index(rule)]
        if other.spec.on == move.on
        and other.index in question.holding
        and (other.spec.to != status or (move.on is not None and other.spec.again))
    ]


def _closes_before(
    question: Question, on: str | None, before: Numbered[Close] | None = None
) -> list[Numbered[Close]]:
    """The closes that end the case first; one that has to ask leaves it where it is."""
    found = []
    for rule in question.compiled.closes:
        if rule is before:
            break
        spec = rule.spec
        answers = (spec.on is None or spec.on == on) and not spec.by_hand
        if answers and rule.index in question.holding and not _asks(question, spec):
            found.append(rule)
    return found


def _asks(question: Question, close: Close) -> bool:
    given = question.given
    said = isinstance(given, Event) and bool(given.data.get("reason"))
    return close.confirm is not None or (close.ask and not said)


def _close(question: Question, rule: Numbered[Close]) -> Explained:
    spec = rule.spec
    asks = not spec.by_hand and _asks(question, spec)
    verb = f"ask the {spec.confirm or 'owner'} to close" if asks else "close"
    hindrances = [earlier_note(r) for r in _closes_before(question, spec.on, rule)]
    if spec.by_hand:
        roles = " or ".join(spec.by_hand)
        hindrances = [Note("person", f"the {roles} does so by hand (`laneflow close`)")]
    asked = rule.name in question.case.confirming
    if asked:
        hindrances.append(_asked_note(question, rule))
    waits = bool(spec.by_hand) or _is_awaited(question, spec.on)
    return told(
        question, rule.name, "close", f"{verb} the case as {spec.outcome}", rule=rule,
        hindrances=[*_waits_for(question, spec.on), *hindrances], waits=waits,
        in_force=asked and _confirmation(question, rule) is not None,
        hit=question.holds_after(rule.index) if spec.on or spec.by_hand else acted(rule.name),
    )  # fmt: skip


def _asked_note(question: Question, rule: Numbered[Close]) -> Note:
    task = _confirmation(question, rule)
    if task is None:
        return Note("asked", "the answer was no; it asks again only after its tests failed once")
    return Note("asked", "it has asked; the answer is due on {at}", task.due.at)


def _confirmation(question: Question, rule: Numbered[Close]) -> Task | None:
    """The task to answer a close that has asked; None once it was answered."""
    return question.case.side.get(f"confirm:{rule.name[len('closes[') : -1]}")


def _is_awaited(question: Question, on: str | None) -> bool:
    return on is not None and on not in question.happened


def _waits_for(question: Question, on: str | None) -> list[Note]:
    return [event_note(question, on)] if on is not None and _is_awaited(question, on) else []


def _status(question: Question, status: str) -> Explained:
    """Every way into a status, those that are open from where the case is first."""
    compiled, case = question.compiled, question.case
    here = compiled.moves.get(case.status, [])
    everywhere = {r.name: r for r in (*here, *(r for m in compiled.moves.values() for r in m))}
    found = [_move(question, rule) for rule in everywhere.values() if rule.spec.to == status]
    found += [
        built_in.explain(question, f"statuses.{home.id}.task.after_last")
        for home in question.lane.statuses.values()
        if home.task.after_last == status
    ]
    where = question.lane.statuses[status].where
    inside = case.status == status

    def enters(wake: Wake) -> bool:
        return any(t.did == f"moved to {status}" for d in wake.decisions for t in d.trace)

    given: dict[str, Any] = {"next": None if inside else question.first(enters)}
    if inside:
        given["facts"] = (Note("in force", "the case has been in it since {at}", case.entered),)
        given |= {"state": "over" if question.closed else "in force", "holds": True}
    if where is not None:
        given |= {"file": where.file, "line": where.line}
    does = f'move the case to "{status}"'
    group = _several(question, f"statuses.{status}", does, found, **given)
    assert group is not None
    return group


# calls for help -----------------------------------------------------------------------------------


def _escalation(question: Question, rule: Numbered[EscalationRule]) -> Explained:
    spec, case = rule.spec, question.case
    held = case.escalations.get(spec.id)
    facts = tuple(built_in.rungs(question, spec.id))
    does = f"call for help: {spec.text}"
    if spec.on is not None:
        open_ = held is not None and held.state == "open"
        joins = (Note("open", "a repeat joins it"),) if open_ else ()
        return told(
            question, rule.name, "escalation", does, rule=rule, facts=(*facts, *joins),
            hindrances=_waits_for(question, spec.on),
            waits=_is_awaited(question, spec.on), in_force=open_ and not question.happened,
            hit=question.holds_after(rule.index),
        )  # fmt: skip
    standing = spec.id in case.held
    resolved = standing and held is None and not question.closed
    says = "somebody has resolved it; it calls again only after its tests failed once"
    condition, holds = None, None
    if spec.builtin is not None:
        condition = built_in.built_in(question, spec.builtin)
        holds = BUILT_IN[spec.builtin](question.view)
    return told(
        question, rule.name, "escalation", does, rule=rule, facts=facts, condition=condition,
        holds=holds, hindrances=[Note("resolved", says)] if resolved else [],
        in_force=standing and not resolved,
        hit=risen(spec.id),
        ends=lambda wake: spec.id not in wake.after.held,
    )  # fmt: skip


# tier, kind, checklist, opening -------------------------------------------------------------------


def _tier(question: Question, rule: Numbered[TierRule]) -> Explained:
    tiers, kinds = question.compiled.tiers, question.compiled.kinds
    field, rules = ("tier", tiers) if rule in tiers else ("kind", kinds)

    def winner(holding: frozenset[int]) -> Numbered[TierRule] | None:
        return next((other for other in rules if other.index in holding), None)

    def wins(wake: Wake) -> bool:
        return winner(question.holding_after(wake)) is rule

    first = winner(question.holding)
    before = rules[: rules.index(rule)]
    hindrances = [earlier_note(first)] if first in before and first is not None else []
    return told(
        question, rule.name, field, f"make the {field} {rule.spec.name}", rule=rule,
        hindrances=hindrances, in_force=first is rule, hit=wins,
        ends=lambda wake: wake.after.closed is not None or not wins(wake),
        facts=(Note("now", f"the {field} is {getattr(question.case, field) or 'not set'}"),),
    )  # fmt: skip


def _item(question: Question, rule: Numbered[Item]) -> Explained:
    spec, state = rule.spec, question.case.items.get(rule.spec.id)
    facts: list[Note] = []
    hindrances: list[Note] = []
    if state is not None:
        since = "" if not state.since else " since {at}"
        facts.append(Note("item", f"it is {state.state}{since}", state.since or None))
        if state.state in OPEN_ITEM and state.due is not None:
            who = {"us": "we owe", "patient": "the patient owes"}
            owes = who.get(spec.owed_by, f"the {spec.owed_by} owes")
            facts.append(Note("due", f"{owes} it by {{at}}", state.due.at))
        if state.state == "not needed" and state.asked:
            hindrances.append(Note("person", "somebody has marked it as not needed"))
        facts += _needs(question, spec)
    return told(
        question, rule.name, "item", f"ask for the {spec.label}", rule=rule, facts=tuple(facts),
        hindrances=hindrances, in_force=state is not None and state.state != "not needed",
        hit=lambda wake: _is_owed(wake.after, spec.id) and not _is_owed(wake.before, spec.id),
        ends=lambda wake: wake.after.items[spec.id].state == "not needed",
    )  # fmt: skip


def _is_owed(case: Case, item: str) -> bool:
    return item in case.items and case.items[item].state in OPEN_ITEM


def _needs(question: Question, item: Item) -> list[Note]:
    items = question.case.items
    lacking = [n for n in item.needs if n in items and items[n].state in OPEN_ITEM]
    return [Note("needs", f"nobody is asked for it before {n} is here") for n in lacking]


def _opening(question: Question, rule: Numbered[Opening]) -> Explained:
    trigger, compiled = question.trigger, question.compiled
    does = f"open a case in {question.lane.id}"
    if trigger is None:
        says = "this case was opened by hand, or what opened it is no longer known"
        note = Note("trigger", says)
        return told(question, rule.name, "opening", does, rule=rule, hindrances=[note], holds=False)
    calendar = question.view.calendar
    view = View(question.lane, compiled.no_case, question.file, calendar, trigger.at, trigger.data)
    holding = compiled.look(view, OPEN).rules
    rules = compiled.opened_by.get(trigger.type, [])
    first = next((other for other in rules if other.index in holding), None)
    hindrances = []
    if rule not in rules:
        says = f"it answers {rule.spec.on}, and what opened the case was {trigger.type}"
        hindrances.append(Note("event", says))
    elif first is not None and first is not rule and rule.index in holding:
        hindrances.append(earlier_note(first))
    return told(
        question, rule.name, "opening", does, rule=rule, view=view, hindrances=hindrances,
        in_force=first is rule, waits=True,
        facts=(Note("trigger", f"{trigger.type} of {{at}} opened the case", trigger.time),),
    )  # fmt: skip


_KINDS: dict[type, Callable[[Question, Any], Explained]] = {
    Move: _move,
    Close: _close,
    EscalationRule: _escalation,
    TierRule: _tier,
    Item: _item,
    Opening: _opening,
}
