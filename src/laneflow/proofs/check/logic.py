"""Whether some case could ever fulfil a condition: found by example, else settled by z3.

Most conditions are fulfilled in one of a few hundred worlds drawn at random, or in one made for
them; only for the rest is the solver asked, which takes a tenth of a second to load. Where it is
not installed those are counted as not settled, and nothing is said of them.
"""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Sequence
from typing import Any

from laneflow.lanes.circles import branches
from laneflow.lanes.model import AllOf, AnyOf, Atom, Condition
from laneflow.proofs.check.values import Option
from laneflow.proofs.check.worlds import STATUS, Space, Variable, key_of

_WORLDS = 256
_TRIES = 48
_MOST_WAYS = 12
_SOLVER_MS = 2_000


def solver_is_there() -> bool:
    """Whether z3 (the extra ``verify``) is installed."""
    return importlib.util.find_spec("z3") is not None


class Reasoner:
    """Answers about the conditions of one space; ``unsettled`` counts those it had to leave."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.unsettled = 0
        self._chance = random.Random(7)  # the same worlds every time: no answer depends on luck
        self._every = (1 << _WORLDS) - 1
        self._columns = space.draw(self._chance, _WORLDS, {}) or []
        self._solver: _Solver | None = None

    def can_hold(
        self, when: Condition, unless: Sequence[Condition] = (), status: str | None = None
    ) -> bool | None:
        """Whether ``when`` can hold while none of ``unless`` does; None where it is not settled.

        ``status``: in that status only; None in any of them, or in none yet.
        """
        tests = set(map(_identity, when.parts))
        if any(tests.issuperset(map(_identity, other.parts)) for other in unless):
            return False  # it asks all that the other one asks, so the other one always fits, too
        if not when.parts and not unless:
            return True
        only = {} if status is None else {STATUS: [self.space.statuses[status]]}
        if self._seen(when, unless, only, self._columns, self._every):
            return True
        ways = self._ways(when, only)
        if not ways:
            return False
        for way in ways[:_MOST_WAYS]:
            columns = self.space.draw(self._chance, _TRIES, way)
            if columns and self._seen(when, unless, {}, columns, (1 << _TRIES) - 1):
                return True
        return self._solve(when, unless, only)

    def always_holds(self, when: Condition, status: str | None = None) -> bool | None:
        """Whether ``when`` holds in every world; None where it is not settled."""
        if all(isinstance(part, Atom) and self._always(part) for part in when.parts):
            return True
        found = self.can_hold(AllOf(), [when], status)
        return None if found is None else not found

    def _always(self, atom: Atom) -> bool:
        bit = self.space.bit(atom)
        variable = next(v for v in self.space.variables.values() if v.bits & bit)
        return all(option.mask & bit for option in variable.options)

    def _seen(
        self,
        when: Condition,
        unless: Sequence[Condition],
        only: dict[str, list[Option]],
        columns: list[int],
        every: int,
    ) -> bool:
        """Whether one of the drawn worlds fulfils it."""
        for name, options in only.items():
            every &= self._within(self.space.variables[name], options, columns, every)
        found = self.space.holds(when, columns, every)
        for other in unless:
            if not found:
                return False
            found &= ~self.space.holds(other, columns, every)
        return bool(found)

    def _within(
        self, variable: Variable, options: list[Option], columns: list[int], every: int
    ) -> int:
        """The worlds in which a variable has one of these options, as far as tests tell."""
        found = 0
        for option in options:
            worlds = every
            for n, column in enumerate(columns):
                bit = 1 << n
                if variable.bits & bit:
                    worlds &= column if option.mask & bit else ~column
            found |= worlds
        return found

    def _ways(
        self, when: Condition, only: dict[str, list[Option]]
    ) -> list[dict[str, list[Option]]]:
        """For each alternative of a condition, the options that fulfil its tests one by one.

        None left means that every alternative contradicts itself in a single fact.
        """
        found: list[dict[str, list[Option]]] = []
        for way in branches(when):
            true = 0
            for atom in way:
                true |= self.space.bit(atom)
            fitting = {
                name: [o for o in only.get(name, v.options) if o.mask & true == true & v.bits]
                for name, v in self.space.variables.items()
                if v.bits & true or name in only
            }
            if all(fitting.values()):
                found.append(fitting)
        return found

    def _solve(
        self, when: Condition, unless: Sequence[Condition], only: dict[str, list[Option]]
    ) -> bool | None:
        if self._solver is None:
            if not solver_is_there():
                self.unsettled += 1
                return None
            self._solver = _Solver(self.space)
        answer = self._solver.can_hold(when, unless, only)
        self.unsettled += answer is None
        return answer


def _identity(part: Atom | AllOf | AnyOf) -> object:
    """What makes two parts of a condition the same, wherever they are written."""
    if isinstance(part, Atom):
        return key_of(part)
    return type(part).__name__, tuple(map(_identity, part.parts))


class _Solver:
    """The same space put to z3: a number chooses each variable's option, tests follow from it."""

    def __init__(self, space: Space) -> None:
        import z3

        self._z3 = z3
        self._space = space
        self._solver = z3.Solver()
        self._solver.set("timeout", _SOLVER_MS)
        self._chosen: dict[str, Any] = {}  # z3 is not typed
        self._tests: dict[int, Any] = {}
        for number, (name, variable) in enumerate(space.variables.items()):
            self._choose(name, number, variable)
        for one, other in space.links:
            self._solver.add(z3.Implies(self._known(one), self._known(other)))

    def _choose(self, name: str, number: int, variable: Variable) -> None:
        z3 = self._z3
        chosen = z3.Int(f"v{number}")
        self._chosen[name] = chosen
        self._solver.add(chosen >= 0, chosen < len(variable.options))
        for n in range(len(self._space.numbers)):
            if variable.bits >> n & 1:
                passing = [i for i, o in enumerate(variable.options) if o.mask >> n & 1]
                self._tests[n] = self._one_of(chosen, passing)

    def _one_of(self, chosen: Any, numbers: list[int]) -> Any:
        return self._z3.Or([chosen == number for number in numbers])

    def _known(self, name: str) -> Any:
        options = self._space.variables[name].options
        return self._one_of(self._chosen[name], [i for i, o in enumerate(options) if o.known])

    def can_hold(
        self, when: Condition, unless: Sequence[Condition], only: dict[str, list[Option]]
    ) -> bool | None:
        z3, solver = self._z3, self._solver
        solver.push()
        try:
            solver.add(self._spelled(when))
            solver.add(*(z3.Not(self._spelled(other)) for other in unless))
            for name, options in only.items():
                every = self._space.variables[name].options
                numbers = [i for i, option in enumerate(every) if option in options]
                solver.add(self._one_of(self._chosen[name], numbers))
            answer = solver.check()
        finally:
            solver.pop()
        return None if answer == z3.unknown else bool(answer == z3.sat)

    def _spelled(self, part: Atom | AllOf | AnyOf) -> Any:
        if isinstance(part, Atom):
            return self._tests[self._space.bit(part).bit_length() - 1]
        parts = [self._spelled(inner) for inner in part.parts]
        return self._z3.And(parts) if isinstance(part, AllOf) else self._z3.Or(parts)
