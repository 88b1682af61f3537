"""The matching engine: durable-rules behind one small door.

Each rule is a positive and/or combination of atoms. What is asserted is one flat fact: a sentinel
(the lane's status, or the question being asked) and the atoms that are true. Measured of
durable-rules 2.0.28, and why this module looks as it does: one session (constant ``sid`` and
``id``) answers rightly for millions of evaluations, a session per case leaks and stops at 1,024;
``$not`` and a rule made only of a missing field hang; a fact left behind answers for the next
case; two threads on one ruleset answer wrongly. A ruleset that was asked leaves 560 KB behind even
when it is deleted, and deleting its session first crashed the process in two tries of three: so a
matcher is built anew only for a lane that changed.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import durable_rules_engine as engine

from laneflow.lanes.model import AllOf, AnyOf, Atom, Condition

_SESSION = '{"id":1,"sid":1,"at":"%s"%s}'
_names = itertools.count()
_MEMO_LIMIT = 65536


def identity(atom: Atom) -> tuple[Any, ...]:
    """What makes two tests the same test; where they were written does not."""
    return atom.fact, atom.op, type(atom.value).__name__, atom.value, atom.in_last


def walk(part: Atom | AllOf | AnyOf) -> Iterator[Atom]:
    """The tests of a condition, in order."""
    if isinstance(part, Atom):
        yield part
    else:
        for inner in part.parts:
            yield from walk(inner)


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and the sentinels under which it is asked (None: under all)."""

    index: int
    when: Condition
    sentinels: frozenset[str] | None


class Matcher:
    """One lane version's rules. Belongs to the thread that made it.

    ``match(sentinel, true)`` -> indices of the rules that hold, in file order; ``true`` is a bit
    mask over atoms. Rules without a condition always hold and never reach the engine. The answer
    depends on nothing else, so answers are remembered.
    """

    def __init__(self, rules: Iterable[Rule], atoms: Mapping[Any, int]) -> None:
        self._handle: int | None = None  # first of all: __del__ asks for it, however far we come
        rules = list(rules)
        self._thread = threading.get_ident()
        self._numbers = {s: n for n, s in enumerate(_sentinels(rules))}
        self._free = [r for r in rules if not r.when.parts]
        self._asked = [r for r in rules if r.when.parts]
        self._atoms = atoms
        self._memo: dict[tuple[str, int], tuple[int, ...]] = {}

    def match(self, sentinel: str, true: int) -> tuple[int, ...]:
        """Rules that hold, ascending (file order)."""
        known = self._memo.get((sentinel, true))
        if known is None:
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            known = self._memo[sentinel, true] = self._ask(sentinel, true)
        return known

    def _ask(self, sentinel: str, true: int) -> tuple[int, ...]:
        if threading.get_ident() != self._thread:
            raise RuntimeError("a matcher belongs to the thread that made it")
        free = [r.index for r in self._free if r.sentinels is None or sentinel in r.sentinels]
        if not true or not self._asked:
            return tuple(free)
        try:
            fired = self._run(sentinel, true)
        except BaseException:
            self.close()  # a session that failed may still hold the fact: never ask it again
            raise
        return tuple(sorted({*free, *fired}))

    def _run(self, sentinel: str, true: int) -> list[int]:
        if self._handle is None:
            self._handle = engine.create_ruleset(f"lane{next(_names)}", self._definition())
        handle = self._handle
        number = self._numbers.get(sentinel, -1)
        atoms = "".join(f',"a{n}":1' for n in range(true.bit_length()) if true >> n & 1)
        fact = _SESSION % (f"s{number}", atoms)
        fired: list[int] = []
        _, state = engine.assert_fact(handle, fact)
        answer = engine.start_action_for_state(handle, state)
        message = answer[1] if answer else None
        while message:
            fired.append(int(message[3 : message.index('"', 3)]))  # {"r12":{...
            message = engine.complete_and_start_action(handle, state)
        engine.retract_fact(handle, fact)
        return fired

    def _definition(self) -> str:
        """The rules as durable-rules reads them; a lane that decides nothing never needs it."""
        return json.dumps(
            {
                f"r{r.index}": {"all": [{"m": self._pattern(r)}], "pri": r.index, "count": 1}
                for r in self._asked
            }
        )

    def _pattern(self, rule: Rule) -> dict[str, Any]:
        asked = _pattern(rule.when, self._atoms)
        if rule.sentinels is None:
            return asked
        numbers = sorted(self._numbers[s] for s in rule.sentinels)
        sentinels: list[dict[str, Any]] = [{"at": f"s{n}"} for n in numbers]
        return {"$and": [sentinels[0] if len(sentinels) == 1 else {"$or": sentinels}, asked]}

    def close(self) -> None:
        """Give the ruleset's memory back."""
        handle, self._handle = self._handle, None  # first: what is given back twice is a crash
        if handle is not None:
            engine.delete_ruleset(handle)

    def __del__(self) -> None:
        if engine is not None:  # as Python ends, modules go before what is left of them
            self.close()


def _sentinels(rules: Iterable[Rule]) -> list[str]:
    return sorted({s for r in rules for s in r.sentinels or ()})


def _pattern(part: Atom | AllOf | AnyOf, atoms: Mapping[Any, int]) -> dict[str, Any]:
    if isinstance(part, Atom):
        return {f"a{atoms[identity(part)]}": 1}
    parts = [_pattern(p, atoms) for p in part.parts]
    if len(parts) == 1:
        return parts[0]
    return {"$and" if isinstance(part, AllOf) else "$or": parts}
