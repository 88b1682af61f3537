"""The daily digest leaves once a day, also when nobody was there at seven."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

import cast
from laneflow.notify import Message, Result
from laneflow.practice.words import spoken
from laneflow.store.contract import Store
from laneflow.work import digest
from laneflow.work.app import App
from laneflow.work.clock import FixedClock
from laneflow.work.digest import send_digests
from laneflow.work.due import catch_up
from laneflow.work.take_in import take_in

from .conftest import discharge


@pytest.fixture
def got(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """To whom messages went, and for which day."""
    told: list[str] = []

    def send(message: Message) -> Result:
        told.append(message.id.removeprefix("digest/"))
        return Result(True)

    monkeypatch.setattr(digest, "send", send)
    return told


@pytest.fixture
def at(clock: FixedClock, app: App) -> Callable[[str], int]:
    """Sends what is due at a local time, with work for ana in the store."""
    take_in(app, [discharge("p1")])

    def send(text: str) -> int:
        clock.at = cast.t(text)
        return send_digests(app, clock.now())

    return send


def test_not_before_seven_and_once_a_day(at: Callable[[str], int], got: list[str]) -> None:
    counts = [at(f"2026-09-08 {time}") for time in ("06:59", "07:00", "07:01", "12:00", "23:59")]
    assert counts == [0, 1, 0, 0, 0]
    assert [at(f"2026-09-09 {time}") for time in ("00:01", "06:59", "07:00")] == [0, 0, 1]
    assert got == ["ana/2026-09-08", "ana/2026-09-09"]


def test_a_day_that_began_without_a_daemon_is_made_up_for(
    at: Callable[[str], int], got: list[str]
) -> None:
    # Down from Saturday until Tuesday noon: one digest, today's, not one for each day.
    assert [at("2026-09-05 07:00"), at("2026-09-08 12:30"), at("2026-09-08 12:31")] == [1, 1, 0]
    assert got == ["ana/2026-09-05", "ana/2026-09-08"]


def test_work_that_comes_after_the_digest_waits_for_tomorrows(
    app: App, clock: FixedClock, got: list[str]
) -> None:
    assert send_digests(app, clock.now()) == 0
    take_in(app, [discharge("p1")])
    assert send_digests(app, clock.now()) == 0
    clock.at = cast.t("2026-09-05 07:00")
    assert send_digests(app, clock.now()) == 1


def test_a_restart_repeats_nothing(
    new_app: Callable[[str], App], clock: FixedClock, monkeypatch: pytest.MonkeyPatch,
    got: list[str],
) -> None:  # fmt: skip
    """Killed while the second of two messages leaves: after the restart nobody is told twice."""
    before = new_app("one")
    take_in(before, [discharge("p1")])
    for case in list(before.store.cases()):
        assert (case.owner, case.backup) == ("ana", "ben")
    monkeypatch.setattr(
        before.store, "holding", lambda at: {"ana": 1, "ben": 1, "nia": 1}, raising=False
    )
    whole = digest.send

    def killed(message: Message) -> Result:
        if message.to == "ben":
            raise KeyboardInterrupt
        return whole(message)

    monkeypatch.setattr(digest, "send", killed)
    with pytest.raises(KeyboardInterrupt):
        send_digests(before, clock.now())
    monkeypatch.setattr(digest, "send", whole)
    after = new_app("one")
    monkeypatch.setattr(after.store, "holding", lambda at: {"ana": 1, "ben": 1, "nia": 1})
    assert send_digests(after, clock.now()) == 1
    assert got == ["ana/2026-09-04", "nia/2026-09-04"]


def test_a_mark_moves_on_once_and_never_back(store: Store) -> None:
    assert [store.advance("digest/ana", day) for day in (5, 5, 4, 6, 5)] == [
        True, False, False, True, False,
    ]  # fmt: skip
    assert store.advance("digest/ben", 5)
    assert [store.reached(f"digest/{who}") for who in ("ana", "ben", "rosa")] == [6, 5, 0]


def test_of_two_daemons_one_is_first(database: Store) -> None:
    both = Barrier(2)

    def race() -> list[bool]:
        both.wait()
        won = [database.advance("digest/ana", day) for day in range(100)]
        database.close()
        return won

    with ThreadPoolExecutor(2) as threads:
        first, second = (race.result() for race in [threads.submit(race) for _ in range(2)])
    assert not any(a and b for a, b in zip(first, second, strict=True))
    assert first[-1] or second[-1]


def test_most_of_what_stands_on_a_last_rung_is_named_and_the_rest_counted(
    app: App, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies: dict[str, str] = {}

    def send(message: Message) -> Result:
        bodies[message.to] = message.body
        return Result(True)

    monkeypatch.setattr(digest, "send", send)
    monkeypatch.setattr(digest, "MOST", 2)
    take_in(app, [discharge(f"p{n}") for n in range(5)])
    catch_up(app, cast.t("2026-10-20 08:00"))
    standing = app.store.escalations(last=True, state="open")
    assert len(standing) > 5
    clock.at = cast.t("2026-10-20 08:00")
    send_digests(app, clock.now())
    told = bodies["mia"].splitlines()
    assert told[0].startswith(f"{len(standing)} escalations wait to be taken")
    assert told[1:4] == [
        *(
            f"  case {row['case']}, since {spoken(row['opened'], cast.ZONE)}"
            for row in standing[:2]
        ),
        f"  and {len(standing) - 2} more",
    ]
