"""Chance: the distributions it promises, and draws that do not depend on each other's order."""

from __future__ import annotations

from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laneflow.proofs.simulate.chance import Chance, how_many
from laneflow.proofs.simulate.model import Minutes


def test_a_skewed_time_has_its_median_and_its_p90() -> None:
    chance = Chance("test")
    drawn = [chance.minutes("call", Minutes(6, 14, skewed=True)) for _ in range(4000)]
    assert median(drawn) == pytest.approx(6, rel=0.05)
    assert mean(minutes > 14 for minutes in drawn) == pytest.approx(0.1, abs=0.015)


def test_a_time_between_two_is_even() -> None:
    chance = Chance("test")
    drawn = [chance.minutes("call", Minutes(4, 8)) for _ in range(4000)]
    assert min(drawn) >= 4
    assert max(drawn) < 8
    assert mean(drawn) == pytest.approx(6, rel=0.02)


@pytest.mark.parametrize("rate", [0.4, 6.0, 1200.0])
def test_arrivals_are_poisson(rate: float) -> None:
    """Its mean and its variance are both the rate."""
    drawn = [how_many(f"day {n}", rate) for n in range(1500)]
    assert mean(drawn) == pytest.approx(rate, rel=0.1)
    variance = mean((n - mean(drawn)) ** 2 for n in drawn)
    assert variance == pytest.approx(rate, rel=0.15)


@given(st.lists(st.sampled_from(["call", "barrier", "handling"]), max_size=30))
def test_a_draw_depends_only_on_what_it_decides(asked: list[str]) -> None:
    """Whatever is asked between, the third call of a patient has the same luck."""
    alone, among = Chance(1, "p1"), Chance(1, "p1")
    calls = [alone.draw("call") for _ in range(len(asked) + 1)]
    found = [among.draw(what) for what in [*asked, "call"]]
    mixed = [luck for what, luck in zip([*asked, "call"], found, strict=True) if what == "call"]
    assert mixed == calls[: len(mixed)]


def test_patients_have_luck_of_their_own() -> None:
    assert Chance(1, "p1").draw("call") != Chance(1, "p2").draw("call")
    assert Chance(1, "p1").draw("call") != Chance(2, "p1").draw("call")


@given(st.lists(st.floats(0, 5), min_size=1, max_size=6))
def test_one_among_several_is_always_one_of_them(weights: list[float]) -> None:
    names = [str(n) for n in range(len(weights))]
    assert Chance("x", *weights).among("button", names, weights) in names
