"""Notices leave at least once, and none is dropped."""

from __future__ import annotations

import pytest

from laneflow.engine.state import Instant, Notice
from laneflow.store.contract import Store
from laneflow.store.outbox import back_off
from store.made import HOUR, T, opened

MINUTE: Instant = 60_000


@pytest.fixture
def waiting(store: Store) -> Store:
    """Two notices: one for now, one for later."""
    made = opened(store)
    made.decide(
        notices=[
            Notice(0, "escalation", "overdue", "nurse", T),
            Notice(1, "task", "main", "", T + HOUR, "ana"),
        ]
    )
    store.apply([made.result()])
    return store


def ids(store: Store, at: Instant) -> list[str]:
    return [row["id"] for row in store.claim(at, 10, 5 * MINUTE)]


def test_a_notice_is_claimed_when_its_time_has_come_and_by_one_only(waiting: Store) -> None:
    assert ids(waiting, T - 1) == []
    assert ids(waiting, T) == ["c1/2/0"]
    assert ids(waiting, T) == []


def test_a_lease_that_ran_out_is_claimed_again(waiting: Store) -> None:
    assert ids(waiting, T) == ["c1/2/0"]
    assert ids(waiting, T + 5 * MINUTE - 1) == []
    (row,) = waiting.claim(T + 5 * MINUTE, 10, MINUTE)
    assert (row["id"], row["tries"]) == ("c1/2/0", 2)


@pytest.mark.parametrize("state", ["sent", "withdrawn"])
def test_what_has_left_stays_away(waiting: Store, state: str) -> None:
    ids(waiting, T)
    waiting.settle({"c1/2/0": (state, "by mail")}, T)
    assert ids(waiting, T + HOUR) == ["c1/2/1"]
    waiting.settle({"c1/2/0": ("failed", "a slow sender comes back")}, T)
    assert ids(waiting, T + 9 * HOUR) == ["c1/2/1"]


def test_what_failed_backs_off_and_comes_again(waiting: Store) -> None:
    at = T
    for tries in range(1, 12):
        assert ids(waiting, at) == ["c1/2/0"]
        waiting.settle({"c1/2/0": ("failed", "no route\0")}, at)
        wait = back_off(tries)
        assert ids(waiting, at + wait - 1) in ([], ["c1/2/1"])
        at += wait
        waiting.settle({"c1/2/1": ("sent", "")}, at)
    assert back_off(1) == MINUTE
    assert back_off(2) == 2 * MINUTE
    assert back_off(1000) == HOUR


def test_the_longest_waiting_leave_first_and_in_parts(waiting: Store) -> None:
    assert [row["id"] for row in waiting.claim(T + HOUR, 1, HOUR)] == ["c1/2/0"]
    assert [row["id"] for row in waiting.claim(T + HOUR, 1, HOUR)] == ["c1/2/1"]
    assert waiting.claim(T + HOUR, 1, HOUR) == []
