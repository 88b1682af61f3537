"""Events go in once, whatever is sent again, and nothing bad stops the rest."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

import cast
from laneflow.engine.state import Event
from laneflow.intake import Bad
from laneflow.work import deciding
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, MINUTE, FixedClock
from laneflow.work.take_in import CHUNK, take_in
from whole_store import whole_store

from .conftest import FRIDAY, discharge

NewApp = Callable[..., App]


def history() -> list[Event]:
    """Three weeks of twelve patients: discharges, visits, worsening, admissions."""
    chance = random.Random(7)
    kinds = [
        "encounter.discharged", "encounter.discharged", "visit.completed", "symptoms.worsened",
        "patient.called", "encounter.admitted", "patient.declined",
    ]  # fmt: skip
    return [
        Event(
            f"e{n}",
            "ehr",
            chance.choice(kinds),
            FRIDAY - 21 * DAY + n * 7 * HOUR + chance.randrange(HOUR),
            f"p{chance.randrange(12)}",
        )
        for n in range(70)
    ]


def in_order(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.time)


def stored(app: App, tmp_path: Path, name: str) -> dict[str, list[dict[str, object]]]:
    return whole_store(tmp_path / f"{name}.sqlite3")


@pytest.mark.parametrize("replay", [True, False])
def test_one_by_one_in_a_batch_twice_or_shuffled_make_the_same_store(
    new_app: NewApp, tmp_path: Path, replay: bool
) -> None:
    events = in_order(history())
    take_in(new_app("batch"), events, replay=replay)
    one_by_one, twice, shuffled = new_app("single"), new_app("twice"), new_app("shuffled")
    for event in events:
        take_in(one_by_one, [event], replay=replay)
    take_in(twice, events + events, replay=replay)
    again = take_in(twice, events, replay=replay)
    patients = sorted({event.patient for event in events}, reverse=True)
    take_in(
        shuffled,
        [event for patient in patients for event in events if event.patient == patient],
        replay=replay,
    )
    expected = stored(one_by_one, tmp_path, "batch")
    assert expected["case"]
    assert stored(one_by_one, tmp_path, "single") == expected
    assert stored(twice, tmp_path, "twice") == expected
    assert stored(shuffled, tmp_path, "shuffled") == expected
    assert (again.new, again.duplicates) == (0, len(events))


def test_replay_takes_each_event_in_when_it_happened_in_whatever_order_it_is_read(
    app: App, new_app: NewApp, tmp_path: Path
) -> None:
    events = history()
    random.Random(1).shuffle(events)
    take_in(app, events, replay=True)
    assert all(row["input"].at == row["input"].time for row in app.store.inputs())
    take_in(new_app("sorted"), in_order(events), replay=True)
    assert stored(app, tmp_path, "one") == stored(app, tmp_path, "sorted")


def test_what_falls_due_between_replayed_events_is_decided_on_its_own_day(app: App) -> None:
    friday = cast.t("2026-08-14 10:00")
    late = Event("late", "ehr", "patient.called", friday + 20 * DAY, "p1")
    take_in(app, [discharge("p1", at=friday), late], replay=True)
    (case,) = app.store.cases()
    wakes = [decision.at for decision, given in app.store.log(case.id) if given is None]
    assert case.task is not None
    assert wakes[0] == case.task.due.at == cast.t("2026-08-17 17:00")


def test_a_known_id_with_other_content_is_quarantined_and_changes_nothing(app: App) -> None:
    take_in(app, [discharge("p1")])
    (before,) = app.store.cases()
    taken = take_in(app, [discharge("p1", at=FRIDAY - HOUR), discharge("p2")])
    assert (taken.new, taken.conflicts, taken.quarantined) == (1, 1, 1)
    assert app.store.case(before.id) == before
    (row,) = app.store.quarantined()
    assert row["reason"] == "known already, with other content"


def test_the_same_id_with_other_content_in_one_batch_is_a_conflict_too(app: App) -> None:
    taken = take_in(app, [discharge("p1"), discharge("p1", at=FRIDAY - 1)])
    assert (taken.new, taken.conflicts) == (1, 1)


@pytest.mark.parametrize("replay", [True, False])
def test_an_event_ahead_of_the_clock_is_quarantined(app: App, replay: bool) -> None:
    soon, ahead = FRIDAY + 4 * MINUTE, FRIDAY + 50 * 365 * DAY
    events = [discharge("p1", at=soon), discharge("p2", at=ahead)]
    taken = take_in(app, events, replay=replay)
    assert (taken.new, taken.quarantined) == (1, 1)
    assert app.store.quarantined()[0]["reason"] == "dated ahead of the clock"


def test_bad_records_go_to_quarantine_once_and_the_rest_goes_in(app: App) -> None:
    bad = Bad("ehr", "feed.jsonl", 2, "the date makes no sense", "Write it as ISO.", "{", "d1")
    for _ in range(2):
        taken = take_in(app, [bad, discharge("p1")])
    assert (taken.read, taken.quarantined, taken.duplicates) == (2, 1, 1)
    (row,) = app.store.quarantined()
    assert (row["file"], row["line"], row["raw"]) == ("feed.jsonl", 2, "{")
    assert row["reason"] == "the date makes no sense. Write it as ISO."


def test_a_file_the_engine_fails_on_is_kept_and_stops_no_other(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = deciding.run

    def failing(live, file, *rest):  # type: ignore[no-untyped-def]
        if file.patient == "p2":
            raise ZeroDivisionError
        return decide(live, file, *rest)

    monkeypatch.setattr(deciding, "run", failing)
    taken = take_in(app, [discharge(f"p{n}") for n in range(4)])
    assert (taken.new, taken.quarantined) == (3, 1)
    assert sorted(case.patient for case in app.store.cases()) == ["p0", "p1", "p3"]
    (row,) = app.store.quarantined()
    assert "laneflow failed on it: ZeroDivisionError" in row["reason"]
    monkeypatch.undo()
    assert take_in(app, [discharge("p2")]).new == 1


def test_two_writers_at_once_lose_nothing_and_do_nothing_twice(
    new_app: NewApp, tmp_path: Path
) -> None:
    events = in_order(history())
    take_in(new_app("alone"), events)
    apps = [new_app("both") for _ in range(2)]
    threads = [
        threading.Thread(target=lambda app=app: [take_in(app, [event]) for event in events])
        for app in apps
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    both, alone = (whole_store(tmp_path / f"{name}.sqlite3") for name in ("both", "alone"))
    assert len(both["input"]) == len(events)
    assert both["case"] == alone["case"]


def test_progress_tells_what_is_safe_on_disk(app: App, clock: FixedClock) -> None:
    seen: list[tuple[int, int]] = []

    def counted(taken: object) -> None:
        seen.append((taken.new, app.store.counts()["input"]))  # type: ignore[attr-defined]

    take_in(app, (discharge(f"p{n}") for n in range(CHUNK + 500)), progress=counted)
    assert seen == [(CHUNK, CHUNK), (CHUNK + 500, CHUNK + 500)]


def test_reading_stops_nothing_that_was_read_before(app: App) -> None:
    def breaking() -> Iterator[Event]:
        yield from (discharge(f"p{n}") for n in range(CHUNK))
        raise OSError("the network drive went away")

    with pytest.raises(OSError, match="went away"):
        take_in(app, breaking())
    assert app.store.counts()["case"] == CHUNK
