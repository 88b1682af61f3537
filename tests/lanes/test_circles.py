"""No circle of moves gets past the check: compared with trying every value of every fact."""

from __future__ import annotations

from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from laneflow.lanes.circles import contradict, find_circle
from laneflow.lanes.durations import parse_duration
from laneflow.lanes.model import AllOf, AnyOf, Atom, Condition, Lane, Move, Status
from lanes import fixture

NAMES = ("s0", "s1", "s2", "s3")
TEXTS = (None, "a", "b", "c")
NUMBERS = (None, 0, 1, 2, 3)

text_tests = st.one_of(
    st.builds(
        Atom, st.just("visit.type"), st.sampled_from(["is", "is_not"]), st.sampled_from("abc")
    ),
    st.builds(
        Atom,
        st.just("visit.type"),
        st.sampled_from(["one_of", "none_of"]),
        st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True).map(tuple),
    ),
    st.builds(Atom, st.just("visit.type"), st.just("known"), st.booleans()),
)
number_tests = st.builds(
    Atom,
    st.just("reading.value"),
    st.sampled_from(["is", "is_not", "at_least", "less_than", "more_than", "at_most"]),
    st.integers(0, 3),
)
moving_tests = st.one_of(
    st.builds(Atom, st.just("status"), st.sampled_from(["is", "is_not"]), st.sampled_from(NAMES)),
    st.builds(Atom, st.just("reached"), st.just("is"), st.booleans()),
    st.builds(
        Atom, st.just("attempts"), st.sampled_from(["at_least", "at_most"]), st.integers(0, 2)
    ),
    st.builds(Atom, st.just("understanding"), st.sampled_from(["is", "is_not"]), st.just("partly")),
    st.builds(Atom, st.just("overdue"), st.just("is"), st.booleans()),
)
tests = st.one_of(text_tests, number_tests, moving_tests)
parts = st.one_of(tests, st.lists(tests, min_size=1, max_size=3).map(lambda p: AnyOf(tuple(p))))
conditions = st.lists(parts, max_size=3).map(lambda p: AllOf(tuple(p)))
moves = st.builds(
    Move,
    to=st.sampled_from(NAMES),
    on=st.sampled_from([None, None, None, "visit.completed"]),
    when=conditions,
    again=st.booleans(),
)


@st.composite
def lanes(draw: st.DrawFn) -> Lane:
    base = fixture.lane()
    task = base.statuses["unreached"].task
    statuses = {
        name: Status(name, "new", task, tuple(draw(st.lists(moves, max_size=3)))) for name in NAMES
    }
    common = tuple(draw(st.lists(moves, max_size=2)))
    return msgspec.structs.replace(base, statuses=statuses, moves=common)


def holds(condition: Condition | AnyOf, facts: dict[str, Any]) -> bool:
    """What a condition means, said as plainly as possible."""
    every = any if isinstance(condition, AnyOf) else all
    return every(
        test_holds(part, facts) if isinstance(part, Atom) else holds(part, facts)
        for part in condition.parts
    )


def test_holds(atom: Atom, facts: dict[str, Any]) -> bool:
    value, wanted = facts[atom.fact], atom.value
    if atom.op == "known":
        return (value is not None) is wanted
    if value is None:
        return atom.op in ("is_not", "none_of")
    compare = {
        "is": lambda: value == wanted,
        "is_not": lambda: value != wanted,
        "one_of": lambda: value in wanted,
        "none_of": lambda: value not in wanted,
        "at_least": lambda: value >= wanted,
        "less_than": lambda: value < wanted,
        "more_than": lambda: value > wanted,
        "at_most": lambda: value <= wanted,
    }
    return bool(compare[atom.op]())


test_holds.__test__ = False  # type: ignore[attr-defined]  # pytest: it is the reference


def goes_round(lane: Lane) -> bool:
    """Whether some values of the facts let a case move on and on at one instant.

    Facts that moving changes may have any value in each status, save those that start over.
    """
    return any(
        circular(
            {
                name: [
                    move.to
                    for move in (*lane.statuses[name].moves, *lane.moves)
                    if move.on is None and (move.to != name or move.again)
                    if any(
                        holds(
                            move.when,
                            {
                                "visit.type": text, "reading.value": number, "status": name,
                                "reached": False, "attempts": 0, "understanding": None,
                                "overdue": overdue,
                            },
                        )
                        for overdue in (True, False)
                    )
                ]
                for name in NAMES
            }
        )
        for text, number in product(TEXTS, NUMBERS)
    )  # fmt: skip


def circular(graph: dict[str, list[str]]) -> bool:
    left = dict(graph)
    while True:
        ends = [name for name, to in left.items() if not any(t in left for t in to)]
        if not ends:
            return bool(left)
        for name in ends:
            del left[name]


@given(lanes())
def test_every_circle_is_found(lane: Lane) -> None:
    if find_circle(lane) is None:
        assert not goes_round(lane)


@given(st.lists(st.one_of(text_tests, number_tests), min_size=2, max_size=2))
@example([Atom("reading.value", "at_least", 2), Atom("reading.value", "at_most", 2)])
def test_tests_that_contradict_never_both_hold(pair: list[Atom]) -> None:
    one, other = pair
    both = any(
        test_holds(one, facts) and test_holds(other, facts)
        for text, number in product(TEXTS, NUMBERS)
        for facts in [{"visit.type": text, "reading.value": number}]
    )
    assert not (contradict(one, other) and both)
    assert contradict(one, other) == contradict(other, one)


OPENED, VISIT = "since.opened", "until.visit"


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ((OPENED, "at_least", "3 days"), (OPENED, "less_than", "3 days"), True),
        ((OPENED, "at_least", "3 days"), (OPENED, "less_than", "4 days"), False),
        ((OPENED, "at_least", "1 month"), (OPENED, "less_than", "4 weeks"), True),
        ((OPENED, "at_least", "1 month"), (OPENED, "less_than", "30 days"), False),
        ((VISIT, "more_than", "3 days"), (VISIT, "at_most", "72 hours"), False),  # clocks change
        ((VISIT, "more_than", "3 days"), (VISIT, "at_most", "69 hours"), True),
        ((VISIT, "more_than", "3 days"), (VISIT, "at_most", "4 days"), False),
    ],
)
def test_lengths_of_time_apart(
    one: tuple[str, Any, str], other: tuple[str, Any, str], apart: bool
) -> None:
    atoms = [Atom(fact, op, parse_duration(text) or 0) for fact, op, text in (one, other)]
    assert contradict(*atoms) is apart


def test_a_tangle_is_refused_rather_than_searched_for_ever() -> None:
    base = fixture.lane()
    task = base.statuses["unreached"].task
    names = [f"s{n}" for n in range(30)]
    # Every status leads to every other, and only tests of one fact, far down, part them.
    statuses = {
        name: Status(
            name, "new", task,
            tuple(
                Move(to=to, when=AllOf((Atom("reading.value", "is", n),))) for to in names
            ),
        )
        for n, name in enumerate(names)
    }  # fmt: skip
    lane = msgspec.structs.replace(base, statuses=statuses, moves=())
    assert find_circle(lane) is None  # each step contradicts the next, so nothing to search
    loose = {
        name: msgspec.structs.replace(
            s, moves=tuple(msgspec.structs.replace(m, when=AllOf()) for m in s.moves)
        )
        for name, s in statuses.items()
    }
    assert find_circle(msgspec.structs.replace(base, statuses=loose, moves=())) is not None


def test_on_the_day_the_clocks_go_back_24_hours_are_less_than_a_day() -> None:
    """25 hours long: both tests hold in its last hour, so they do not break a circle."""
    found = fixture.load(
        "moves:\n"
        "  - {to: unreached, when: {status: call, since.opened: {at_least: 24 hours}}}\n"
        "  - {to: call, when: {status: unreached, since.opened: {less_than: 1 days}}}\n"
    )[1]
    assert any("round for ever" in problem.what for problem in found)
