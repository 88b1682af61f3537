"""Two records of one person: their cases, history and whatever still arrives come together."""

from __future__ import annotations

from laneflow.engine.fold import fold
from laneflow.engine.state import Case, Event
from laneflow.work.app import App
from laneflow.work.clock import FixedClock
from laneflow.work.take_in import take_in

from .conftest import FRIDAY, discharge

HOUR = 3_600_000


def merged(n: int = 1, stays: str = "rosa", goes: str = "r-2") -> Event:
    at = FRIDAY + n * HOUR
    return Event(f"m{n}", "ehr", "patient.merged", at, stays, {"patient.merged_from": goes})


def both_open(app: App, clock: FixedClock) -> None:
    take_in(app, [discharge("rosa"), discharge("r-2")])
    clock.at = FRIDAY + HOUR


def test_the_record_that_stays_takes_over_the_open_case(app: App, clock: FixedClock) -> None:
    take_in(app, [discharge("r-2")])
    before = next(iter(app.store.cases()))
    clock.at = FRIDAY + HOUR
    take_in(app, [merged()])
    (after,) = app.store.cases()
    assert (after.id, after.patient, after.keys) == (before.id, "rosa", {"patient.id": "rosa"})
    assert (after.owner, after.task, after.wake_at) == (before.owner, before.task, before.wake_at)
    assert app.store.load(["rosa"])["rosa"].history["encounter.discharged"] == [FRIDAY]


def test_two_cases_in_one_place_both_stay_open(app: App, clock: FixedClock) -> None:
    both_open(app, clock)
    take_in(app, [merged()])
    assert {c.patient for c in app.store.cases()} == {"rosa"}
    assert len(list(app.store.cases())) == 2


def test_what_still_arrives_for_the_old_record_finds_its_way(app: App, clock: FixedClock) -> None:
    take_in(app, [discharge("r-2")])
    clock.at = FRIDAY + HOUR
    visit = Event("v1", "ehr", "visit.completed", FRIDAY + HOUR, "r-2", {})
    take_in(app, [merged(), visit])
    assert list(app.store.cases()) == []
    assert [row["patient"] for row in app.store.inputs() if row["id"] == "v1"] == ["rosa"]


def test_a_merger_told_twice_is_taken_in_once(app: App, clock: FixedClock) -> None:
    both_open(app, clock)
    take_in(app, [merged()])
    kept = list(app.store.cases())
    assert take_in(app, [merged()]).duplicates == 1
    clock.at = FRIDAY + 2 * HOUR
    assert take_in(app, [merged(2)]).new == 1
    assert list(app.store.cases()) == kept


def test_a_moved_case_is_still_what_its_log_says(app: App, clock: FixedClock) -> None:
    both_open(app, clock)
    take_in(app, [merged()])
    for case in app.store.cases():
        folded: Case | None = None
        for decision, _ in app.store.log(case.id):
            folded = fold(folded, decision)
        assert folded == case
