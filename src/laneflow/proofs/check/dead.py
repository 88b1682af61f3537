"""Rules of a lane that never act, always do, or come too late because another one acts first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from laneflow.errors import Problem, Severity
from laneflow.lanes.circles import branches
from laneflow.lanes.durations import in_words
from laneflow.lanes.model import AllOf, Atom, Close, Condition, Duration, Lane, Move, TierRule
from laneflow.lanes.yaml import Document, Path
from laneflow.lanes.yaml import in_words as as_written
from laneflow.practice.model import Practice
from laneflow.proofs.check.alternatives import idle_alternatives
from laneflow.proofs.check.logic import Reasoner
from laneflow.proofs.check.worlds import space_of


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one lane.

    ``ways``: (status, status) for every move that could act. ``closing``: the statuses a close
    other than by hand could end. ``unsettled``: questions only the solver could have answered.
    """

    problems: tuple[Problem, ...]
    ways: frozenset[tuple[str, str]]
    closing: frozenset[str]
    unsettled: int


@dataclass(frozen=True, slots=True)
class _Rule:
    """A condition where it is written, and what becomes of a case when it holds."""

    path: Path
    when: Condition
    always: str = ""
    severity: Severity = "warning"


def find_dead(lane: Lane, practice: Practice, document: Document) -> Found:
    """Every rule of ``lane`` that could as well not be there, at its line of ``document``."""
    search = _Search(lane, practice, document)
    search.look()
    return Found(
        tuple(search.problems),
        frozenset(search.ways),
        frozenset(search.closing),
        search.cases.unsettled + search.events.unsettled,
    )


@dataclass(slots=True)
class _Search:
    lane: Lane
    practice: Practice
    document: Document
    problems: list[Problem] = field(default_factory=list)
    ways: set[tuple[str, str]] = field(default_factory=set)
    closing: set[str] = field(default_factory=set)
    cases: Reasoner = field(init=False)
    events: Reasoner = field(init=False)

    def __post_init__(self) -> None:
        lane = self.lane
        of_events = [*(o.when for o in lane.opens), *lane.ours.values()]
        self.events = Reasoner(space_of(lane, self.practice, of_events, trigger=True))
        of_cases = [rule.when for rule in (*lane.classify, *lane.priority)]
        of_cases += [close.when for close in lane.closes]
        of_cases += [rule.when for rule in lane.escalations]
        of_cases += [item.when for item in lane.checklist]
        of_cases += [move.when for move in lane.moves]
        of_cases += [move.when for status in lane.statuses.values() for move in status.moves]
        self.cases = Reasoner(space_of(lane, self.practice, of_cases))

    def look(self) -> None:
        """Ask of every rule, list by list."""
        lane = self.lane
        for event in dict.fromkeys(opening.on for opening in lane.opens):
            rules = [
                _Rule(("opens", i), opening.when)
                for i, opening in enumerate(lane.opens)
                if opening.on == event
            ]
            self._first_match(rules, self.events)
        for family, when in lane.ours.items():
            self._alone(_Rule(("ours", family), when), self.events)
        self._first_match(self._tiers("classify", lane.classify), self.cases)
        self._first_match(self._tiers("priority", lane.priority), self.cases)
        for item, at in zip(lane.checklist, range(len(lane.checklist)), strict=True):
            self._alone(_Rule(("checklist", at), item.when, "it is always asked for"), self.cases)
        self._escalations()
        self._closes()
        if not any(problem.severity == "error" for problem in self.problems):
            self._moves()  # where every case closes at once, no move has anything to say

    def _tiers(self, key: str, rules: Sequence[TierRule]) -> list[_Rule]:
        return [_Rule((key, i), rule.when) for i, rule in enumerate(rules)]

    # one rule ------------------------------------------------------------------------------------

    def _alone(self, rule: _Rule, reasoner: Reasoner, status: str | None = None) -> bool:
        """Whether a rule could ever act; a word about it where it cannot, or always does."""
        if not rule.when.parts:
            return True
        if reasoner.can_hold(rule.when, status=status) is False:
            self._tell(self._when(rule), *_never(rule.when, reasoner, status), "never-holds")
            return False
        if rule.always and reasoner.always_holds(rule.when, status):
            what = f"this always holds, so {rule.always}"
            hint = "Leave out the condition, or test something that can be otherwise."
            self._tell(self._when(rule), what, hint, "always-holds", rule.severity)
        self._alternatives(rule, reasoner, status)
        return True

    def _alternatives(self, rule: _Rule, reasoner: Reasoner, status: str | None) -> None:
        """A word about each alternative of a rule that could as well not be there."""
        for idle in idle_alternatives(rule.when, reasoner, status):
            if idle.dead:
                never, hint = _never(idle.narrowed, reasoner, status)
                what, code = never.replace("this", "this alternative", 1), "never-holds"
            else:
                what = "this alternative adds nothing: whatever fits it fits another one, too"
                hint, code = "Leave it out, or make the other one narrower.", "shadowed"
            place, path = idle.where, as_written(self._when(rule))
            self.problems.append(
                Problem(
                    place.file, place.line, place.column, what, hint, path, "warning", code=code
                )
            )

    def _first_match(self, rules: Sequence[_Rule], reasoner: Reasoner) -> None:
        """Of rules where the first that fits is taken: those that never get their turn."""
        for n, rule in enumerate(rules):
            if self._alone(rule, reasoner) and n:
                self._late(rule, rules[:n], reasoner)

    def _late(self, rule: _Rule, before: Sequence[_Rule], reasoner: Reasoner) -> None:
        if reasoner.can_hold(rule.when, [other.when for other in before]) is False:
            self._tell(rule.path, *self._shadow(rule, before, reasoner), "shadowed")

    def _shadow(
        self, rule: _Rule, before: Sequence[_Rule], reasoner: Reasoner, status: str | None = None
    ) -> tuple[str, str]:
        """In words: which earlier rule, or that only several together, leave it nothing."""
        for other in before:
            if reasoner.can_hold(rule.when, [other.when], status) is False:
                line = self.document.place(other.path)[0]
                if not other.when.parts:
                    what = f"never used: line {line} comes first, and always fits"
                    return what, "Put this one before it, or leave it out."
                what = f"never used: whatever fits here fits line {line} first"
                return what, "Put the narrower one first, or leave this one out."
        what = "never used: whatever fits here fits one of those before it first"
        return what, "Put it before them, or leave it out."

    def _when(self, rule: _Rule) -> Path:
        return rule.path if rule.path[0] == "ours" else (*rule.path, "when")

    def _tell(
        self, path: Path, what: str, hint: str, code: str, severity: Severity = "warning"
    ) -> None:
        found = self.document.problem(path, what, hint, code=code)
        self.problems.append(replace(found, severity=severity))

    # the lists -----------------------------------------------------------------------------------

    def _escalations(self) -> None:
        """The lane's own; the practice's common ones are looked at over all lanes."""
        own = {rule.id: rule for rule in self.lane.escalations}
        for i, written in enumerate(self.document.data.get("escalations", ())):
            rule = own.get(str(written.get("id")))
            if rule is None or "when" not in written:
                continue
            always = "" if rule.on else "every case calls for help from its first minute"
            self._alone(_Rule(("escalations", i), rule.when, always), self.cases)

    def _closes(self) -> None:
        before: list[tuple[Close, _Rule]] = []
        for i, close in enumerate(self.lane.closes):
            if close.by_hand:
                continue
            at_once = "" if close.on or close.confirm or close.ask else "every case closes at once"
            rule = _Rule(("closes", i), close.when, at_once, "error")
            ahead = [r for c, r in before if c.on in (None, close.on) and _ends(c)]
            if self._alone(rule, self.cases):
                if ahead:
                    self._late(rule, ahead, self.cases)
                self.closing |= {
                    status
                    for status in self.lane.statuses
                    if self.cases.can_hold(close.when, [r.when for r in ahead], status) is not False
                }
            before.append((close, rule))

    def _moves(self) -> None:
        common = [(move, _Rule(("moves", i), move.when)) for i, move in enumerate(self.lane.moves)]
        useful: dict[Path, bool] = {}
        possible: dict[Path, bool] = {}
        for status in self.lane.statuses.values():
            own = [
                (move, _Rule(("statuses", status.id, "moves", i), move.when))
                for i, move in enumerate(status.moves)
            ]
            for path, can, acts in self._moves_in(status.id, [*own, *common]):
                possible[path] = possible.get(path, False) or can
                useful[path] = useful.get(path, False) or acts
        for move, rule in common:
            if possible.get(rule.path) is False:
                self._tell(self._when(rule), *_never(rule.when, self.cases, None), "never-holds")
                continue
            self._alternatives(rule, self.cases, None)
            if useful.get(rule.path) is False:
                ahead = [*self._closed_before(move.on)]
                ahead += [r for m, r in common if m.on == move.on and r.path < rule.path]
                self._tell(rule.path, *self._shadow(rule, ahead, self.cases), "shadowed")

    def _moves_in(
        self, status: str, moves: Sequence[tuple[Move, _Rule]]
    ) -> Iterator[tuple[Path, bool, bool]]:
        """Each move that would lead out of a status: whether it can hold, and can be the first."""
        before: list[tuple[Move, _Rule]] = []
        for move, rule in moves:
            if move.to == status and not move.again:
                continue
            ahead = [*self._closed_before(move.on), *(r for m, r in before if m.on == move.on)]
            can = self.cases.can_hold(rule.when, status=status) is not False
            others = [other.when for other in ahead]
            acts = can and self.cases.can_hold(rule.when, others, status) is not False
            if rule.path[0] == "statuses":
                self._own_move(status, rule, ahead, can, acts)
            if acts:
                self.ways.add((status, move.to))
            before.append((move, rule))
            yield rule.path, can, acts

    def _own_move(
        self, status: str, rule: _Rule, ahead: Sequence[_Rule], can: bool, acts: bool
    ) -> None:
        if not can:
            self._tell(self._when(rule), *_never(rule.when, self.cases, status), "never-holds")
            return
        self._alternatives(rule, self.cases, status)
        if not acts:
            self._tell(rule.path, *self._shadow(rule, ahead, self.cases, status), "shadowed")

    def _closed_before(self, on: str | None) -> list[_Rule]:
        """The closes that come before a move at the same moment."""
        return [
            _Rule(("closes", i), close.when)
            for i, close in enumerate(self.lane.closes)
            if _ends(close) and not close.by_hand and close.on in (None, on)
        ]


def _ends(close: Close) -> bool:
    """Whether a close ends the case by itself, asking nobody."""
    return close.confirm is None and not close.ask


def _never(when: Condition, reasoner: Reasoner, status: str | None) -> tuple[str, str]:
    """In words: the test, or the two tests, because of which a condition can never hold."""
    ways = branches(when)
    hint = "Change one of the tests, or put alternatives under any."
    if len(ways) == 1:
        for n in (1, 2):
            for tests in combinations(ways[0], n):
                if reasoner.can_hold(AllOf(tests), status=status) is False:
                    return f"this can never hold: {_together(tests, status)}", _HINTS[n]
    return "this can never hold", hint


_HINTS = {
    1: "Change the test, or leave it out.",
    2: "Change one of the tests, or put alternatives under any.",
}


def _together(tests: Sequence[Atom], status: str | None) -> str:
    told = " and ".join(_told(test) for test in tests)
    here = f' in status "{status}"' if status else ""
    return f"no case{here} ever has {told}" + (" at once" if len(tests) > 1 else "")


def _told(atom: Atom) -> str:
    """A test as it is written, on one line."""
    back = f", in_last: {in_words(atom.in_last)}" if atom.in_last else ""
    return f"{atom.fact}: {{{atom.op}: {_value(atom.value)}{back}}}"


def _value(value: object) -> str:
    if isinstance(value, Duration):
        return in_words(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
