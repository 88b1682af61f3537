"""Releases: what goes live does so whole, once, and is kept."""

from __future__ import annotations

import threading

import pytest

from laneflow.store.contract import Store
from laneflow.store.released import Name, Part, Release
from store.made import T

ONE, TWO, WORDS = ("lane", "one"), ("lane", "two"), ("script", "a/b.sms.j2")


def parts(**hashes: str) -> dict[Name, Part]:
    """Lanes by name, each with its hash for a content."""
    return {("lane", name): Part(hash_, hash_.encode() + b"\0") for name, hash_ in hashes.items()}


def test_nothing_was_released_yet(store: Store) -> None:
    assert (store.released(), store.releases(), store.live()) == (0, [], {})


def test_a_release_makes_exactly_its_parts_live(store: Store) -> None:
    assert store.release(parts(one="h1", two="h9"), T, "ana", "first", after=0) == 1
    words = {WORDS: Part("s1", "¡Hola!".encode())}
    assert store.release(parts(one="h2") | words, T + 1, "ben", "shorter\0", after=1) == 2
    assert store.live() == {ONE: "h2", WORDS: "s1"}
    assert store.released() == 2
    assert store.releases() == [
        Release(2, T + 1, "ben", "shorter", {ONE: "h2", WORDS: "s1"}),
        Release(1, T, "ana", "first", {ONE: "h1", TWO: "h9"}),
    ]
    assert store.releases(limit=1)[0].n == 2


def test_what_was_live_is_kept(store: Store) -> None:
    store.release(parts(one="h1", two="h9"), T, "ana", "", after=0)
    store.release(parts(one="h2"), T + 1, "ana", "", after=1)
    was = store.releases()[-1].parts
    assert store.contents(was) == {ONE: b"h1\0", TWO: b"h9\0"}
    assert (store.version("h1"), store.version("h3")) == (b"h1\0", None)


def test_a_version_can_come_back(store: Store) -> None:
    for n, hash_ in enumerate(("h1", "h2", "h1")):
        assert store.release(parts(one=hash_), T + n, "ana", "", after=n) == n + 1
    assert store.live() == {ONE: "h1"}
    assert [(row["hash"], row["live"], row["at"]) for row in store.versions("lane", "one")] == [
        ("h1", True, T + 2), ("h2", False, T + 1), ("h1", False, T),
    ]  # fmt: skip


def test_the_same_meaning_at_other_lines_is_a_version_of_its_own(store: Store) -> None:
    store.release({ONE: Part("h1", b"line 3")}, T, "ana", "", after=0)
    store.release({ONE: Part("h1", b"line 7")}, T, "ana", "", after=1)
    assert store.version("h1") == b"line 7"
    assert store.live() == {ONE: "h1"}


def test_who_comes_second_changes_nothing(store: Store) -> None:
    assert store.release(parts(one="h1"), T, "ana", "", after=0) == 1
    assert store.release(parts(one="h2"), T, "ben", "", after=0) is None
    assert store.release(parts(one="h2"), T, "ben", "", after=2) is None
    assert store.live() == {ONE: "h1"}
    assert store.counts()["release"] == 1


def test_of_many_publishers_at_once_one_wins(database: Store) -> None:
    won: list[int | None] = []
    ready = threading.Barrier(4)

    def publish(n: int) -> None:
        ready.wait()
        won.append(database.release(parts(one=f"h{n}"), T, "ana", "", after=0))
        database.close()

    threads = [threading.Thread(target=publish, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won, key=str) == [1, None, None, None]
    assert len(database.live()) == len(database.releases()) == 1


def test_a_release_that_fails_half_way_never_was(store: Store) -> None:
    store.release(parts(one="h1"), T, "ana", "", after=0)

    def fails() -> None:
        with store.transaction():
            assert store.release(parts(two="h2"), T, "ben", "", after=1) == 2
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert (store.released(), store.live()) == (1, {ONE: "h1"})
    assert store.contents({TWO: "h2"}) == {}
