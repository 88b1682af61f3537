"""Moves without ``on`` that could go round for ever at one instant.

A circle is harmless where no single moment lets a case go all the way round: two of its tests
contradict each other on a fact that moving does not change, or one of them asks of the status just
entered what no status starts with (attempts, reached, understanding and task_done start over).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from laneflow.lanes import facts
from laneflow.lanes.durations import surely_at_least
from laneflow.lanes.model import AllOf, AnyOf, Atom, Condition, Duration, Lane, Move, Scalar

_MOST_BRANCHES = 64
_MOST_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class Step:
    """One way through a move: from a status to another, if all ``tests`` hold."""

    start: str
    end: str
    tests: tuple[Atom, ...]
    move: Move


def find_circle(lane: Lane) -> tuple[Step, ...] | None:
    """The steps of a circle no test breaks, or None. One too tangled to tell counts as a circle."""
    parts = _parting(lane)
    steps = {name: _steps_from(lane, name) for name in lane.statuses}
    budget = [_MOST_STEPS]
    for number, name in enumerate(steps):
        later = set(list(steps)[number:])
        found = _walk(name, (), (), steps, later, parts, budget)
        if found:
            return found
    return None


def _walk(
    first: str,
    path: tuple[Step, ...],
    held: tuple[Atom, ...],
    steps: dict[str, list[Step]],
    allowed: set[str],
    parts: Callable[[Atom], bool],
    budget: list[int],
) -> tuple[Step, ...] | None:
    """Depth first over statuses not yet on the path, giving up a branch whose tests contradict."""
    here = path[-1].end if path else first
    for step in steps[here]:
        budget[0] -= 1
        if budget[0] < 0:
            return (*path, step)
        if step.end not in allowed:
            continue
        more = tuple(filter(parts, step.tests))
        if any(contradict(a, b) for a in more for b in (*held, *more)):
            continue
        if step.end == first:
            return (*path, step)
        if all(step.end != taken.end for taken in path):
            found = _walk(first, (*path, step), (*held, *more), steps, allowed, parts, budget)
            if found:
                return found
    return None


def _steps_from(lane: Lane, name: str) -> list[Step]:
    """The moves without ``on`` that a case just entered into ``name`` could take at once."""
    entered = {**facts.RESTARTING, "status": name, "queue": lane.statuses[name].queue}
    found: list[Step] = []
    for move in (*lane.statuses[name].moves, *lane.moves):
        if move.on is not None or (move.to == name and not move.again):
            continue
        ways = (w for w in branches(move.when) if not any(_fails(atom, entered) for atom in w))
        found.extend(Step(name, move.to, tests, move) for tests in ways)
    return found


def branches(condition: Condition) -> list[tuple[Atom, ...]]:
    """The condition as alternatives of tests that must all hold; coarser past 64 of them."""
    ways: list[tuple[Atom, ...]] = [()]
    for part in condition.parts:
        options = list(_options(part))
        if len(ways) * len(options) <= _MOST_BRANCHES:
            ways = [(*way, *option) for way in ways for option in options]
    return ways


def _options(part: Atom | AllOf | AnyOf) -> Iterator[tuple[Atom, ...]]:
    if isinstance(part, Atom):
        yield (part,)
    elif isinstance(part, AllOf):
        yield from branches(part)
    else:
        for alternative in part.parts:
            yield from _options(alternative)


def _fails(atom: Atom, entered: dict[str, str | int | bool | None]) -> bool:
    """Whether a test surely fails in a status just entered."""
    if atom.fact == "since.status":
        positive = isinstance(atom.value, Duration) and atom.value.n > 0
        return atom.op in ("at_least", "more_than") and positive
    if atom.fact not in entered or atom.op == "same_as":
        return False
    value = entered[atom.fact]
    if value is None:
        return atom.op not in ("is_not", "none_of", "lacks") and (
            atom.op != "known" or atom.value is True
        )
    return not _holds(atom, value)


def contradict(one: Atom, other: Atom) -> bool:
    """Whether the two tests can never hold of the same fact at the same moment."""
    if one.fact != other.fact or one.in_last != other.in_last:
        return False
    return _excludes(one, other) or _excludes(other, one)


def _excludes(one: Atom, other: Atom) -> bool:
    """Whether ``one`` holding surely makes ``other`` fail."""
    if one.op == "known":
        return one.value is False and _needs_value(other)
    if one.op in ("is", "one_of"):
        return all(not _holds(other, value) for value in _values(one))
    if one.op == "contains":
        return other.op == "lacks" and other.value == one.value
    if one.op in ("at_least", "more_than"):
        return other.op in ("less_than", "at_most") and _apart(one, other)
    return False


def _needs_value(atom: Atom) -> bool:
    return atom.op not in ("is_not", "none_of", "lacks") and atom.value is not False


def _apart(low: Atom, high: Atom) -> bool:
    """Whether everything past ``low`` is past ``high``, too."""
    a, b = low.value, high.value
    if isinstance(a, Duration) and isinstance(b, Duration):
        # At X exactly, "at least X" and "less than X" part; so do "more than" and "at most".
        return surely_at_least(a, b) and (low.op, high.op) != ("at_least", "at_most")
    if _is_number(a) and _is_number(b):
        touching = low.op == "at_least" and high.op == "at_most"
        return a > b if touching else a >= b  # type: ignore[operator]
    return False


def _holds(atom: Atom, value: Scalar) -> bool:
    """Whether a test could hold of a known value; where that cannot be told, it could."""
    wanted = atom.value
    match atom.op:
        case "is":
            return value == wanted
        case "is_not":
            return value != wanted
        case "one_of":
            return value in _values(atom)
        case "none_of":
            return value not in _values(atom)
        case "known":
            return wanted is True
        case "at_least" | "more_than" | "less_than" | "at_most":
            return _ordered(atom.op, value, wanted)
    return True


def _ordered(op: str, value: Scalar, wanted: object) -> bool:
    if not (isinstance(value, int | float) and isinstance(wanted, int | float)):
        return True
    return {
        "at_least": value >= wanted,
        "more_than": value > wanted,
        "less_than": value < wanted,
        "at_most": value <= wanted,
    }[op]


def _values(atom: Atom) -> tuple[Scalar, ...]:
    if isinstance(atom.value, tuple):
        return atom.value
    return () if isinstance(atom.value, Duration) else (atom.value,)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _parting(lane: Lane) -> Callable[[Atom], bool]:
    """Whether a test may be relied on to contradict another one later on the same circle."""
    changing = _changing(lane)
    lists = {name for name, fact in lane.facts.items() if fact.type == "list"}
    lists |= {f"opening.{name}" for name in lists} | {"barrier", "patient.channels"}
    lists |= {"patient.refuses"}

    def parts(atom: Atom) -> bool:
        # One list can share members with two lists that have none in common.
        shared = atom.op == "one_of" and atom.fact in lists
        return facts.steady(atom.fact, changing) and not shared

    return parts


def _changing(lane: Lane) -> frozenset[str]:
    """Facts of this lane that change when a case moves: they are defined by others that do."""
    found: set[str] = set()
    if _depends(found, (rule.when for rule in lane.priority)):
        found.add("tier")
    if _depends(found, (rule.when for rule in lane.classify)):
        found.add("kind")
        if _depends(found, (rule.when for rule in lane.priority)):
            found.add("tier")
    if _depends(found, (item.when for item in lane.checklist)):
        found.add("checklist.missing")
        found |= {f"checklist.overdue_from.{item.owed_by}" for item in lane.checklist}
    # A sleeping task starts the windows' clocks when its status is entered.
    if any(status.task.start for status in lane.statuses.values()):
        found |= {f"until.{name}" for name in lane.windows}
    return frozenset(found)


def _depends(changing: set[str], conditions: Iterable[Condition]) -> bool:
    """Whether one of the conditions tests a fact that moving changes."""
    return any(
        not facts.steady(atom.fact, changing)
        for condition in conditions
        for atom in every_test(condition)
    )


def every_test(condition: Condition | AnyOf) -> Iterator[Atom]:
    """Each test of a condition, however deep."""
    for part in condition.parts:
        if isinstance(part, Atom):
            yield part
        else:
            yield from every_test(part)
