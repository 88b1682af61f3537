"""What the facts of a lane can be at one moment: every combination of true tests, and no fewer.

Each fact is a handful of *options*: values that differ in which of the lane's tests they pass.
``engine.atoms`` says what a test makes of a value; this module must allow whatever it can produce,
so that a condition none of these worlds fulfils is one no case fulfils. Where a fact has too many
options to list, its tests count as independent of each other: that allows more, never less.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from laneflow.lanes.circles import every_test
from laneflow.lanes.facts import Names
from laneflow.lanes.model import AllOf, AnyOf, Atom, Condition, Lane
from laneflow.lanes.vocabulary import STANDARD_EVENTS
from laneflow.practice.model import Practice
from laneflow.proofs.check import values
from laneflow.proofs.check.values import Option

Key = tuple[object, ...]
STATUS = "status"
_MOST_OPTIONS = 1500


def key_of(atom: Atom) -> Key:
    """What makes two tests the same test; where they were written does not."""
    return atom.fact, atom.op, type(atom.value).__name__, atom.value, atom.in_last


@dataclass(slots=True)
class Variable:
    """Facts that depend on each other, and their options. ``bits``: the tests they decide."""

    name: str
    options: list[Option]
    bits: int

    def fitting(self, true: int, false: int = 0) -> list[Option]:
        """The options that pass all tests of ``true`` and none of ``false`` (masks)."""
        true, false = true & self.bits, false & self.bits
        return [o for o in self.options if o.mask & true == true and not o.mask & false]


@dataclass(slots=True)
class Space:
    """All worlds of one lane: a choice of one option for each variable, within ``links``.

    ``links``: (a, b) where a being known means that b is known, too. Tests are numbered; a *mask*
    has a bit for each.
    """

    numbers: dict[Key, int]
    variables: dict[str, Variable]
    links: list[tuple[str, str]]
    statuses: dict[str, Option] = field(default_factory=dict)

    def bit(self, atom: Atom) -> int:
        """The mask of one test."""
        return 1 << self.numbers[key_of(atom)]

    def holds(self, part: Atom | AllOf | AnyOf, columns: list[int], every: int) -> int:
        """In which worlds a condition holds: one bit for each, ``every`` being all of them."""
        if isinstance(part, Atom):
            return columns[self.numbers[key_of(part)]]
        if isinstance(part, AllOf):
            for inner in part.parts:
                every &= self.holds(inner, columns, every)
            return every
        found = 0
        for inner in part.parts:
            found |= self.holds(inner, columns, every)
        return found

    def draw(
        self, chance: random.Random, worlds: int, only: dict[str, list[Option]]
    ) -> list[int] | None:
        """Some worlds, as a column for each test: bit *n* says whether it is true in world *n*.

        ``only`` restricts variables to some of their options. None where that cannot be.
        """
        columns = [0] * len(self.numbers)
        known: dict[str, int] = {}
        # What knowing depends on is drawn first.
        for name in sorted(self.variables, key=lambda name: any(b == name for _, b in self.links)):
            options = only.get(name, self.variables[name].options)
            forced = 0
            for one, other in self.links:
                forced |= known.get(one, 0) if other == name else 0
            known[name] = 0
            for option, where in _picked(chance, options, worlds, forced):
                known[name] |= where if option.known else 0
                mask = option.mask
                while mask:
                    low = mask & -mask
                    columns[low.bit_length() - 1] |= where
                    mask ^= low
            if forced & ~known[name]:
                return None
        return columns

    def allows(self, mask: int) -> bool:
        """Whether some world passes exactly the tests of ``mask``."""
        fits = {n: v.fitting(mask, ~mask) for n, v in self.variables.items()}
        if not all(fits.values()):
            return False
        # a is surely known or b can be: each option of a mask leaves knowing to itself.
        return all(
            any(not o.known for o in fits[a]) or any(o.known for o in fits[b])
            for a, b in self.links
        )


def _picked(
    chance: random.Random, options: list[Option], worlds: int, forced: int
) -> Iterator[tuple[Option, int]]:
    """An option for each world, by option: in which worlds, as bits. A known one where ``forced``.

    Where no option is known, worlds that force one are left without.
    """
    sure = [option for option in options if option.known] if forced else []
    found: dict[Option, int] = {}
    free = chance.choices(options, k=worlds)
    bound = chance.choices(sure, k=worlds) if sure else free
    for world in range(worlds):
        place = 1 << world
        option = bound[world] if forced & place else free[world]
        found[option] = found.get(option, 0) | place
    return iter(found.items())


def space_of(
    lane: Lane, practice: Practice, conditions: Iterable[Condition], *, trigger: bool = False
) -> Space:
    """The worlds in which ``conditions`` of ``lane`` are judged.

    ``trigger``: they are judged of an event before its values have been taken over, so that a fact
    may have a value outside its ``one_of``.
    """
    atoms: dict[Key, Atom] = {}
    for condition in conditions:
        for atom in every_test(condition):
            atoms.setdefault(key_of(atom), atom)
    numbers = {key: n for n, key in enumerate(atoms)}
    space = Space(numbers, {}, [])
    bits = {key: 1 << n for key, n in numbers.items()}
    groups: dict[str, list[tuple[int, Atom]]] = {}
    for key, atom in atoms.items():
        groups.setdefault(_group(atom), []).append((bits[key], atom))
    groups.setdefault(STATUS, [])
    teller = _Teller(lane, practice, names_of(lane, practice), trigger)
    for name, tests in groups.items():
        for variable in teller.variables(name, tests):
            space.variables[variable.name] = variable
    space.statuses = dict(zip(lane.statuses, values.status(groups[STATUS], lane), strict=False))
    _link(space, atoms, teller)
    return space


def names_of(lane: Lane, practice: Practice) -> Names:
    """Every name the lane's conditions may use, and what it means."""
    ended = {f"{period}.ended" for period in lane.periods}
    return Names(
        facts=lane.facts,
        events=STANDARD_EVENTS | practice.events.keys() | ended,
        statuses=tuple(lane.statuses),
        tiers=practice.tiers,
        kinds=tuple(dict.fromkeys(rule.name for rule in lane.classify)),
        locations=tuple(practice.locations),
        barriers=tuple(lane.barriers),
        parties=(*practice.parties, "us", "patient"),
        windows=tuple(lane.windows),
        periods=tuple(lane.periods),
    )


def _group(atom: Atom) -> str:
    """Which variable decides a test."""
    if atom.op == "same_as":
        return f"{atom.fact} same as {atom.value}"
    if atom.fact == "queue":
        return STATUS
    if atom.fact.startswith("checklist."):
        return "checklist"
    if atom.fact.startswith("days."):
        return "count." + atom.fact.removeprefix("days.")
    return atom.fact


def _link(space: Space, atoms: dict[Key, Atom], teller: _Teller) -> None:
    """What is known only where something else is."""
    variables = space.variables
    pairs = [(STATUS, "tier")]
    pairs += [(f"until.{name}", name) for name in (*teller.lane.facts, "patient.birth_date")]
    pairs += [(f"until.opening.{name}", f"opening.{name}") for name in teller.lane.facts]
    pairs.append(("appointment.passed", "appointment.start"))
    for atom in atoms.values():
        if atom.op == "same_as":
            sides = (atom.fact, str(atom.value))
            pairs += [(_group(atom), side) for side in sides if not teller.is_list(side)]
    space.links = [(a, b) for a, b in pairs if a in variables and b in variables]


@dataclass(frozen=True, slots=True)
class _Teller:
    """What every fact of one lane can be."""

    lane: Lane
    practice: Practice
    names: Names
    trigger: bool

    def is_list(self, name: str) -> bool:
        meaning = self.names.meaning(name)
        return meaning is not None and meaning.kind == "list"

    def variables(self, name: str, tests: list[tuple[int, Atom]]) -> Iterator[Variable]:
        """The variable of a group of tests, or one for each test where it has too many options."""
        bits = sum(bit for bit, _ in tests)
        options = values.distinct(self._options(name, tests))
        if options is not None and len(options) <= _MOST_OPTIONS:
            yield Variable(name, options, bits)
            return
        for bit, atom in tests:
            free = [Option(0, True), Option(bit, True), Option(0, False), Option(bit, False)]
            yield Variable(f"{name} {atom.op} {atom.value} {atom.in_last}", free, bit)

    def _options(self, name: str, tests: list[tuple[int, Atom]]) -> Iterator[Option] | None:
        if name == STATUS:
            return values.status(tests, self.lane)
        if name == "checklist":
            return values.checklist(tests, self.lane)
        if name.startswith(("count.", "patient.count.")):
            return values.counts(tests)
        if " same as " in name:
            return iter([Option(0, False), Option(tests[0][0], True)])
        meaning = self.names.meaning(name)
        if meaning is None:
            return None
        if meaning.kind in ("since", "until"):
            unknown = meaning.kind == "until" or name in ("since.attempt", "since.contact")
            return values.lengths(tests, unknown=unknown)
        if meaning.kind == "list":
            return values.lists(tests, exact=name == "barrier")
        if meaning.kind in ("date", "date and time"):
            return values.dates(tests, unknown=self._may_be_unknown(name))
        if meaning.kind == "number":
            least, whole = self._numbers(name)
            sure = name not in self.names.facts and not name.startswith(("opening.", "patient."))
            return values.numbers(
                tests, least, whole=whole, junk=not sure, unknown=self._may_be_unknown(name)
            )
        among = (True, False) if meaning.kind == "yes or no" else self._words(name)
        return values.words(
            tests, among or (), open_=self._is_open(name), unknown=self._may_be_unknown(name)
        )

    def _numbers(self, name: str) -> tuple[float, bool]:
        """The least a number can be, and whether it is a whole one."""
        head, _, what = name.partition(".")
        if head in self.lane.periods:
            return (-1e18, False) if what.startswith("sum.") else (-1e18, True)
        if name in self.names.facts or name.startswith(("opening.", "patient.")):
            return -1e18, False
        return 0, True

    def _may_be_unknown(self, name: str) -> bool:
        bare = name.removeprefix("opening.")
        fact = self.lane.facts.get(bare)
        if fact is not None:
            # Without an appointment nothing is known of one, whatever the default.
            return fact.default is None or name.startswith("appointment.")
        meaning = self.names.meaning(name)
        return name in (STATUS, "tier") or meaning is None or not meaning.defaulted

    def _words(self, name: str) -> tuple[str, ...]:
        if name == "tier":
            given = {rule.name for rule in self.lane.priority} | {self.practice.tiers[0]}
            return tuple(tier for tier in self.practice.tiers if tier in given)
        meaning = self.names.meaning(name)
        return meaning.one_of if meaning else ()

    def _is_open(self, name: str) -> bool:
        """Whether a fact may have a value that nobody wrote down."""
        if name in ("tier", "reached", "task_done", "overdue", "first_response_late"):
            return False
        if name in ("appointment.passed", "patient.deceased"):
            return False
        fact = self.lane.facts.get(name)
        closed = fact is not None and bool(fact.one_of) and not name.startswith("appointment.")
        return self.trigger or not closed
