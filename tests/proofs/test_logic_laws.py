"""What check calls impossible never happens: its worlds allow all that the engine can see."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cast import lane, live, patient, practice
from laneflow.engine.compiled import CompiledLane, Found
from laneflow.engine.facts import View
from laneflow.engine.matcher import identity, walk
from laneflow.engine.run import run
from laneflow.lanes.durations import surely_at_least
from laneflow.lanes.model import AllOf, Condition, Duration, Lane
from laneflow.proofs.check import logic
from laneflow.proofs.check.logic import Reasoner
from laneflow.proofs.check.worlds import Space, key_of, space_of
from random_lanes import HOUR, NAMES, Happening, conditions, days, lanes, to_input

pytest.importorskip("z3", reason="the solver is an extra")

PRACTICE = practice()
LAWS = settings(
    max_examples=2000 if os.environ.get("LANEFLOW_SOAK") else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def conditions_of(lane: Lane) -> list[Condition]:
    """Every condition of a random lane but its triggers'."""
    moves = [*lane.moves, *(move for s in lane.statuses.values() for move in s.moves)]
    rules = [*lane.priority, *lane.closes, *lane.escalations, *lane.checklist, *moves]
    return [rule.when for rule in rules if rule.when.parts]


class Watch:
    """Looks over the engine's shoulder: which tests were true, whenever it looked at a case."""

    def __init__(self, lane: Lane) -> None:
        self.conditions = conditions_of(lane)
        self.space = space_of(lane, PRACTICE, self.conditions)
        self.atoms = {key_of(a): a for c in self.conditions for a in walk(c)}
        self.seen: set[int] = set()

    def play(self, lane: Lane, story: list[Happening]) -> None:
        real = CompiledLane.look

        def look(compiled: CompiledLane, view: View, sentinel: str) -> Found:
            if not sentinel.startswith("$o"):  # triggers and "ours" are judged of an event
                self.seen.add(self.truth(compiled, view))
            return real(compiled, view, sentinel)

        with mock.patch.object(CompiledLane, "look", look):
            ready, file = live(lane), patient(first_name="Rosa")
            for n, happening in enumerate(story):
                case = next(iter(file.cases.values()), None)
                escalation = next(iter(case.escalations), "none") if case else "none"
                item = to_input(n, happening, case.id if case else "nobody", escalation)
                file = run(ready, file, [item], happening[1]).file
            run(ready, file, [], story[-1][1] + 20 * 24 * HOUR)

    def truth(self, compiled: CompiledLane, view: View) -> int:
        tests = compiled._tests
        return sum(
            self.space.bit(atom) for atom in self.atoms.values() if tests[identity(atom)](view)[0]
        )


@LAWS
@given(lanes(), days(most=8))
def test_every_moment_of_a_case_is_one_of_the_worlds(lane: Lane, story: list[Happening]) -> None:
    watch = Watch(lane)
    watch.play(lane, story)
    assert watch.seen
    for mask in watch.seen:
        told = [a.fact for a in watch.atoms.values() if mask & watch.space.bit(a)]
        assert watch.space.allows(mask), told


@LAWS
@given(lanes(), days(most=8))
def test_what_can_never_hold_never_holds(lane: Lane, story: list[Happening]) -> None:
    """Each condition, each two of them at once, and each without another."""
    watch = Watch(lane)
    watch.play(lane, story)
    reasoner = Reasoner(watch.space)
    pairs = list(itertools.product(watch.conditions[:6], repeat=2))
    both = [AllOf((*one.parts, *other.parts)) for one, other in pairs]
    never = [c for c in (*watch.conditions, *both) if reasoner.can_hold(c) is False]
    hidden = [(a, b) for a, b in pairs if a != b and reasoner.can_hold(a, [b]) is False]
    for mask in watch.seen:
        columns = [mask >> n & 1 for n in range(len(watch.space.numbers))]
        for condition in never:
            assert not watch.space.holds(condition, columns, 1)
        for one, other in hidden:
            held = watch.space.holds(one, columns, 1)
            assert not held or watch.space.holds(other, columns, 1)


def worlds(space: Space) -> Iterator[int] | None:
    """Every world of a small space, by brute force."""
    size = 1
    for variable in space.variables.values():
        size *= len(variable.options)
    if size > 4000:
        return None
    names = list(space.variables)
    return (
        sum(option.mask for option in chosen)
        for chosen in itertools.product(*(space.variables[n].options for n in names))
        if all(
            not chosen[names.index(a)].known or chosen[names.index(b)].known for a, b in space.links
        )
    )


@LAWS
@given(conditions(NAMES), conditions(NAMES), st.booleans())
def test_the_answer_is_that_of_trying_every_world(one: AllOf, other: AllOf, solver: bool) -> None:
    """With the solver always, without it never a wrong one."""
    space = space_of(FOUR, PRACTICE, [one, other])
    every = worlds(space)
    if every is None:
        return
    expected = {(False, False): False, (True, False): False}
    for mask in every:
        columns = [mask >> n & 1 for n in range(len(space.numbers))]
        holds = bool(space.holds(one, columns, 1))
        expected[False, False] |= holds
        expected[True, False] |= holds and not space.holds(other, columns, 1)
    with mock.patch.object(logic, "solver_is_there", return_value=solver):
        reasoner = Reasoner(space)
        plain, apart = reasoner.can_hold(one), reasoner.can_hold(one, [other])
    if solver:
        assert (plain, apart) == (expected[False, False], expected[True, False])
    else:
        assert plain in (None, expected[False, False])
        assert apart in (None, expected[True, False])


LENGTHS = st.builds(
    Duration, st.integers(0, 60), st.sampled_from(("minutes", "hours", "days", "weeks", "months"))
)
FOUR = lane(
    statuses={name: replace(lane().statuses["first_call"], id=name) for name in NAMES}, moves=()
)


@given(
    st.builds(
        Duration,
        st.integers(0, 400),
        st.sampled_from(("minutes", "hours", "days", "weeks", "months")),
    ),
    st.builds(
        Duration,
        st.integers(0, 400),
        st.sampled_from(("minutes", "hours", "days", "weeks", "months")),
    ),
    st.integers(0, 3 * 365 * 24),
)
def test_a_length_within_another_is_so_on_every_day_of_the_calendar(
    one: Duration, other: Duration, hour: int
) -> None:
    calendar = live(lane()).calendar("main")
    if surely_at_least(other, one):
        start = 1_767_225_600_000 + hour * HOUR  # from 2026 on, changes of the clocks included
        assert calendar.add(start, one) <= calendar.add(start, other)
        assert calendar.subtract(start, one) >= calendar.subtract(start, other)
