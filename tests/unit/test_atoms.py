"""Tests of counts: what never happened is none, and a count may be held against another."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cast import event, lane, live, patient, t, when
from laneflow.engine.atoms import Truth, compile_atom
from laneflow.engine.facts import View
from laneflow.engine.run import run
from laneflow.engine.state import Case, Instant
from laneflow.lanes.model import Atom, Duration, Fact

NOW = t("2026-09-11 12:00")
CALLED = ("2026-09-09 09:00", "2026-09-09 15:00", "2026-09-10 09:00")
WINDOW = Duration(2, "days")


def asked(atom: Atom, at: Instant = NOW, **facts: object) -> Truth:
    """A test of a case whose patient called three times, twice on one day."""
    small = lane(facts={"wanted.calls": Fact("number"), "wanted.word": Fact("text")})
    counts = {"patient.called": tuple(map(t, CALLED))}
    told = {name.replace("__", "."): (value, NOW) for name, value in facts.items()}
    case = Case(id="c", patient="p1", lane=small.id, counts=counts, facts=told)
    calendar = live(small).calendar("main")
    return compile_atom(atom, small)(View(small, case, patient(), calendar, at))


@pytest.mark.parametrize("name", ["patient.called", "visit.completed"])
@pytest.mark.parametrize("head", ["count.", "days.", "patient.count."])
def test_a_count_is_always_known(head: str, name: str) -> None:
    """``known: true`` had meant "exactly one"."""
    assert asked(Atom(head + name, "known", True)) == (True, None)
    assert asked(Atom(head + name, "known", False)) == (False, None)


@pytest.mark.parametrize(
    ("atom", "truth"),
    [
        (Atom("count.patient.called", "same_as", "wanted.calls"), True),
        (Atom("wanted.calls", "same_as", "count.patient.called"), True),
        (Atom("days.patient.called", "same_as", "wanted.calls"), False),
        (Atom("wanted.calls", "same_as", "days.patient.called"), False),
        (Atom("count.patient.called", "same_as", "days.patient.called"), False),
        (Atom("count.visit.completed", "same_as", "days.visit.completed"), True),
        (Atom("count.patient.called", "same_as", "wanted.word"), False),
        (Atom("count.patient.called", "same_as", "encounter.facility"), False),
    ],
)
def test_a_count_against_another_fact(atom: Atom, truth: bool) -> None:
    assert asked(atom, wanted__calls=3, wanted__word="three")[0] is truth


def test_it_says_when_the_equality_ends() -> None:
    """Two of the three lie within two days; the earlier of them leaves on the 11th at 15:00."""
    atom = Atom("count.patient.called", "same_as", "wanted.calls", in_last=WINDOW)
    assert asked(atom, wanted__calls=2) == (True, t("2026-09-11 15:00"))
    assert asked(atom, t("2026-09-11 15:00"), wanted__calls=2)[0] is False
    assert asked(atom, t("2026-09-11 15:00"), wanted__calls=1)[0] is True


def test_a_lane_with_such_tests_decides() -> None:
    """Whoever makes a lane past the loader gets an answer, never an exception."""
    twice = when(
        Atom("count.patient.called", "known", True),
        Atom("count.patient.called", "same_as", "inbound_calls"),
    )
    first = lane()
    odd = replace(first, closes=tuple(replace(c, when=twice) for c in first.closes if c.on))
    result = run(live(odd), patient(), [event("encounter.discharged", "2026-09-04 09:00")], NOW)
    assert [case.closed for case in result.file.cases.values()] == [None]
