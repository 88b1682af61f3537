"""A lane made ready to decide: its rules numbered, its tests compiled, its matcher built once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Generic, NamedTuple, TypeVar, cast

from laneflow.engine.atoms import See, Test, compile_atom, seen_by, still_test
from laneflow.engine.facts import View, moment
from laneflow.engine.matcher import Matcher, Rule, identity, walk
from laneflow.engine.state import Case, Instant, Trace
from laneflow.lanes.durations import in_words
from laneflow.lanes.model import (
    Atom,
    Close,
    Condition,
    Duration,
    EscalationRule,
    Item,
    Lane,
    Move,
    Opening,
    TierRule,
    Where,
)

OPEN = "$open"
CLASSIFY = "$classify"
ITEMS = "$items"
OURS = "$ours:"

# What any lane's case wants to hear of, whether or not the lane mentions it.
ALWAYS_HEARD = frozenset({"item.received", "patient.declined", "contact.documented"})

# What concerns the patient, whatever the case: every open case learns of it.
PATIENT_WIDE = frozenset(
    {"symptoms.worsened", "medication.confusion", "patient.called", "patient.deceased"}
)


class Found(NamedTuple):
    """What one look at a case found: the rules that hold and when that answer may change."""

    rules: frozenset[int]
    mask: int
    flip: Instant | None


T = TypeVar("T")


class Scope(NamedTuple):
    """What one question takes: bits already known, tests of truth, tests of truth and time."""

    mask: int
    still: tuple[tuple[int, Callable[[View], bool]], ...]
    moving: tuple[tuple[int, Test], ...]


@dataclass(frozen=True, slots=True)
class Numbered(Generic[T]):
    """A rule of the lane with its number and its name in words."""

    index: int
    name: str
    spec: T


class CompiledLane:
    """One lane version; its matcher belongs to one thread."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self._rules: list[Rule] = []
        self._where: list[Where | None] = []
        self.by_name: dict[str, Numbered[Any]] = {}
        self._number(lane)
        self._atoms = _distinct(r.when for r in self._rules)
        self._tests: dict[Any, Test] = {k: compile_atom(a, lane) for k, a in self._atoms.items()}
        self._sees: dict[Any, See] = {k: seen_by(a, lane) for k, a in self._atoms.items()}
        self._numbers = {key: n for n, key in enumerate(self._atoms)}
        self._scopes: dict[str, Scope] = {}
        self.closing = frozenset(rule.index for rule in self.closes)
        self.standing = [rule for rule in self.escalations if rule.spec.on is None]
        self.called_by: dict[str, list[Numbered[EscalationRule]]] = {}
        for call in self.escalations:
            if call.spec.on is not None:
                self.called_by.setdefault(call.spec.on, []).append(call)
        self.acting = {s: self._acting(s) for s in lane.statuses}
        self._told: dict[int, list[tuple[str, str, Any, Test, See]]] = {}
        self._matcher = Matcher(self._rules, self._numbers)
        self._moments: dict[str, Callable[[View], Instant | None]] = {}
        self._holding: dict[tuple[int, ...], frozenset[int]] = {}
        self.listens = listens_to(lane)
        self.opened_by: dict[str, list[Numbered[Opening]]] = {}
        for rule in self.openings:
            self.opened_by.setdefault(rule.spec.on, []).append(rule)
        self.no_case = Case(id="", patient="", lane=lane.id)  # what a trigger is judged without
        self.families = frozenset(fact.partition(".")[0] for fact in lane.facts)
        # The records a case is about: what later events may carry. An ``opening.`` key tells
        # cases apart when they open and is never compared with a later event.
        self.extra_keys = tuple(
            k for k in lane.one_case_per if k != "patient.id" and not k.startswith("opening.")
        )
        self.item_ids = frozenset(item.id for item in lane.checklist)

    def _number(self, lane: Lane) -> None:
        everywhere = frozenset(lane.statuses)
        self.openings: list[Numbered[Opening]] = [
            self._add(o, o.when, {OPEN}, f"opens[{i}]", o.where) for i, o in enumerate(lane.opens)
        ]
        classified = everywhere | {CLASSIFY}
        self.tiers: list[Numbered[TierRule]] = [
            self._add(t, t.when, classified, f"priority[{i}]", t.where)
            for i, t in enumerate(lane.priority)
        ]
        self.kinds: list[Numbered[TierRule]] = [
            self._add(t, t.when, classified, f"classify[{i}]", t.where)
            for i, t in enumerate(lane.classify)
        ]
        self.closes: list[Numbered[Close]] = [
            self._add(c, c.when, everywhere, f"closes[{i}]", c.where)
            for i, c in enumerate(lane.closes)
        ]
        self.escalations: list[Numbered[EscalationRule]] = [
            self._add(e, e.when, everywhere, f"escalations.{e.id}", e.where)
            for e in lane.escalations
        ]
        self.items: list[Numbered[Item]] = [
            self._add(i, i.when, everywhere | {ITEMS}, f"checklist.{i.id}", i.where)
            for i in lane.checklist
        ]
        common = [
            self._add(m, m.when, everywhere, f"moves[{i}]", m.where)
            for i, m in enumerate(lane.moves)
        ]
        self.moves: dict[str, list[Numbered[Move]]] = {
            s.id: [
                *(
                    self._add(m, m.when, {s.id}, f"statuses.{s.id}.moves[{i}]", m.where)
                    for i, m in enumerate(s.moves)
                ),
                *common,
            ]
            for s in lane.statuses.values()
        }
        self.ours = {
            family: self._add(family, when, {OURS + family}, f"ours.{family}", None)
            for family, when in lane.ours.items()
        }

    def _add(
        self, spec: Any, when: Condition, sentinels: Iterable[str], name: str, where: Where | None
    ) -> Numbered[Any]:
        index = len(self._rules)
        self._rules.append(Rule(index, when, frozenset(sentinels)))
        self._where.append(where)
        numbered: Numbered[Any] = Numbered(index, name, spec)
        self.by_name[name] = numbered
        return numbered

    def _tell(self, when: Condition) -> list[tuple[str, str, Any, Test, See]]:
        """A condition's tests as a trace tells them: fact, test, what was wanted, what was seen."""
        return [
            (atom.fact, atom.op, _plain(atom.value), self._tests[key], self._sees[key])
            for key, atom in _distinct([when]).items()
        ]

    def _scope(self, sentinel: str) -> Scope:
        """The tests asked under a sentinel: those it settles, those time leaves alone, the rest."""
        asked = _distinct(r.when for r in self._rules if sentinel in (r.sentinels or ()))
        settled = self._settled(sentinel, asked)
        still = {k: still_test(a, self.lane) for k, a in asked.items() if k not in settled}
        bit = {key: 1 << self._numbers[key] for key in asked}
        return Scope(
            sum(bit[key] for key, truth in settled.items() if truth),
            tuple((bit[key], test) for key, test in still.items() if test),
            tuple((bit[key], self._tests[key]) for key, test in still.items() if not test),
        )

    def _settled(self, sentinel: str, asked: dict[Any, Atom]) -> dict[Any, bool]:
        """The tests of the status itself: in a status they need no asking."""
        status = self.lane.statuses.get(sentinel)
        if status is None:
            return {}
        there = Case(id="", patient="", lane="", status=status.id, queue=status.queue)
        view = cast(View, SimpleNamespace(case=there))
        own = {key: atom for key, atom in asked.items() if atom.fact in ("status", "queue")}
        tests = {key: still_test(atom, self.lane) for key, atom in own.items()}
        return {key: test(view) for key, test in tests.items() if test}

    def _acting(self, status: str) -> frozenset[int]:
        """The rules that close a case, or move it out of a status, without anything happening."""
        closes = {r.index for r in self.closes if not (r.spec.on or r.spec.by_hand)}
        moves = {r.index for r in self.moves[status] if not r.spec.on and r.spec.to != status}
        return frozenset(closes | moves)

    def look(self, view: View, sentinel: str) -> Found:
        """Evaluate every test asked under ``sentinel`` and match the rules."""
        flip = None
        scope = self._scopes.get(sentinel)
        if scope is None:
            scope = self._scopes[sentinel] = self._scope(sentinel)
        mask, still, moving = scope
        for bit, holds in still:
            if holds(view):
                mask |= bit
        for bit, test in moving:
            truth, turn = test(view)
            if truth:
                mask |= bit
            if turn is not None and (flip is None or turn < flip):
                flip = turn
        matched = self._matcher.match(sentinel, mask)
        rules = self._holding.get(matched)
        if rules is None:
            rules = self._holding[matched] = frozenset(matched)
        return Found(rules, mask, flip)

    def moment(self, name: str, view: View) -> Instant | None:
        """The instant a window or a date fact names now, None where unknown."""
        known = self._moments.get(name)
        if known is None:
            known = self._moments[name] = moment(name, self.lane)
        return known(view)

    def trace(self, rule: Numbered[Any], view: View, did: str = "") -> Trace:
        """Why a rule acted: its place, and its true tests with the values they saw."""
        where = self._where[rule.index]
        told = self._told.get(rule.index)
        if told is None:
            told = self._told[rule.index] = self._tell(self.condition(rule))
        tests = tuple(
            (fact, op, wanted, sees(view)) for fact, op, wanted, test, sees in told if test(view)[0]
        )
        return Trace(rule.name, where.file if where else "", where.line if where else 0, did, tests)

    def condition(self, rule: Numbered[Any]) -> Condition:
        """A rule's condition as it was written."""
        return self._rules[rule.index].when

    def place(self, rule: Numbered[Any]) -> tuple[str, int]:
        """Where a rule was written: file and line; ("", 0) where nobody wrote it."""
        where = self._where[rule.index]
        return (where.file, where.line) if where else ("", 0)

    def is_asked(self, rule: Numbered[Any], status: str) -> bool:
        """Whether a rule is asked of cases in a status."""
        return status in (self._rules[rule.index].sentinels or ())

    def ask(self, atom: Atom, view: View) -> tuple[bool, Instant | None, Any]:
        """One test of a rule's condition: its truth, when that may change, what it looked at."""
        key = identity(atom)
        truth, turn = self._tests[key](view)
        return truth, turn, self._sees[key](view)

    def close(self) -> None:
        """Give the matcher's memory back."""
        self._matcher.close()


def _plain(value: Any) -> Any:
    if isinstance(value, Duration):
        return in_words(value)
    return list(value) if isinstance(value, tuple) else value


def _distinct(conditions: Iterable[Condition]) -> dict[Any, Atom]:
    """Every distinct test by its identity, in the order met."""
    return {identity(atom): atom for condition in conditions for atom in walk(condition)}


def listens_to(lane: Lane) -> frozenset[str]:
    """Event types the lane mentions anywhere: what its cases want to hear of."""
    named: set[str | None] = {o.on for o in lane.opens}
    named |= {m.on for m in lane.moves}
    named |= {c.on for c in lane.closes} | {e.on for e in lane.escalations}
    named |= {m.on for s in lane.statuses.values() for m in s.moves}
    named |= {w.start for w in lane.windows.values()} | {p.starts for p in lane.periods.values()}
    named |= {event for item in lane.checklist for event in item.done_by}
    named |= set(lane.reopens.on) if lane.reopens else set()
    for status in lane.statuses.values():
        named |= {status.task.done, *status.task.buttons}
    for condition in _conditions(lane):
        named |= {_event_in(atom.fact) for atom in walk(condition)}
    return frozenset(n for n in named if n) | PATIENT_WIDE | ALWAYS_HEARD


def _conditions(lane: Lane) -> Iterator[Condition]:
    yield from (o.when for o in lane.opens)
    yield from (t.when for t in (*lane.priority, *lane.classify))
    yield from (c.when for c in lane.closes)
    yield from (e.when for e in lane.escalations)
    for moves in (lane.moves, *(s.moves for s in lane.statuses.values())):
        yield from (m.when for m in moves)
    yield from (i.when for i in lane.checklist)


def _event_in(fact: str) -> str | None:
    for head in ("patient.count.", "count.", "days.", "since."):
        if fact.startswith(head):
            return fact.removeprefix(head)
    _, mark, event = fact.partition(".days_with.")
    return event if mark else None
