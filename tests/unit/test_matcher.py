"""durable-rules against a matcher of four lines of Python: the same answers, in one session."""

from __future__ import annotations

import resource
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cast import lane, live
from laneflow.engine.live import Live
from laneflow.engine.matcher import Matcher, Rule, identity, walk
from laneflow.lanes.model import AllOf, AnyOf, Atom

ATOMS = [Atom(f"fact{n}", "is", value) for n in range(6) for value in (True, 1)]
NUMBERS = {identity(atom): n for n, atom in enumerate(ATOMS)}
SENTINELS = ("first", "second", "third")

atoms = st.sampled_from(ATOMS)
parts = st.recursive(
    atoms,
    lambda inner: (
        st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
conditions = st.builds(AllOf, st.lists(parts, max_size=3).map(tuple))
asked_under = st.none() | st.frozensets(st.sampled_from(SENTINELS), min_size=1)


@st.composite
def rule_sets(draw: st.DrawFn) -> list[Rule]:
    """Up to twelve rules in file order."""
    drawn = draw(st.lists(st.tuples(conditions, asked_under), min_size=1, max_size=12))
    return [Rule(n, when, sentinels) for n, (when, sentinels) in enumerate(drawn)]


def holds(part: Atom | AllOf | AnyOf, true: int) -> bool:
    """The reference: what a condition means."""
    if isinstance(part, Atom):
        return bool(true >> NUMBERS[identity(part)] & 1)
    every = all if isinstance(part, AllOf) else any
    return every(holds(inner, true) for inner in part.parts)


def reference(rules: list[Rule], sentinel: str, true: int) -> tuple[int, ...]:
    return tuple(
        rule.index
        for rule in rules
        if (rule.sentinels is None or sentinel in rule.sentinels) and holds(rule.when, true)
    )


@given(
    rule_sets(),
    st.lists(
        st.tuples(st.sampled_from(SENTINELS), st.integers(0, 2 ** len(ATOMS) - 1)), max_size=8
    ),
)
def test_the_engine_agrees_with_the_reference(
    rules: list[Rule], questions: list[tuple[str, int]]
) -> None:
    """Question after question in one session: nothing of the one before answers the next."""
    matcher = Matcher(rules, NUMBERS)
    for sentinel, true in questions:
        assert matcher._ask(sentinel, true) == reference(rules, sentinel, true)
        assert matcher.match(sentinel, true) == reference(rules, sentinel, true)
    matcher.close()


def test_equal_values_of_different_kinds_are_different_tests() -> None:
    yes, one = Atom("fact0", "is", True), Atom("fact0", "is", 1)
    assert identity(yes) != identity(one)
    assert [atom.value for atom in walk(AllOf((yes, AnyOf((one,)))))] == [True, 1]


def test_two_threads_on_one_ruleset_are_refused() -> None:
    matcher = Matcher([Rule(0, AllOf((ATOMS[0],)), None)], NUMBERS)
    caught: list[str] = []

    def ask() -> None:
        try:
            matcher.match("first", 1)
        except RuntimeError as error:
            caught.append(str(error))

    other = threading.Thread(target=ask)
    other.start()
    other.join()
    assert caught == ["a matcher belongs to the thread that made it"]
    assert matcher.match("first", 1) == (0,)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux reports it")
def test_asking_leaves_no_memory_behind() -> None:
    """A session per case would cost hundreds of megabytes here."""
    rules = [Rule(n, AllOf((ATOMS[n % 12], ATOMS[(n * 5 + 1) % 12])), None) for n in range(40)]
    matcher = Matcher(rules, NUMBERS)

    def work(rounds: int) -> None:
        for true in range(rounds):
            matcher._ask("first", true % 4096)

    work(2_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work(40_000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 8_000, f"{grown} KiB more after 40,000 questions"


def test_a_new_version_keeps_the_matchers_of_lanes_that_are_the_same() -> None:
    """A ruleset that was asked leaves 560 KB behind: only a changed lane gets a new one."""
    one, two = lane(id="one"), lane(id="two")
    before = live(one, two)
    changed = lane(id="two", title="Changed", hash="lane-2")
    loaded = replace(before.loaded, lanes={"one": one, "two": changed})
    after = Live(loaded, before=before)
    assert after.lanes["one"] is before.lanes["one"]
    assert after.lanes["two"] is not before.lanes["two"]
