"""When a case opens, how urgent it is, and which other it replaces."""

from __future__ import annotations

from msgspec.structs import replace

from cast import event, lane, local, t
from laneflow.lanes.model import (
    Opening,
)
from living import Day, due


def test_a_discharge_on_friday_evening_is_called_by_tuesday_after_labor_day() -> None:
    case = Day().discharge()
    assert (case.status, case.tier, case.owner, case.backup) == (
        "first_call", "high", "ana", "ben",
    )  # fmt: skip
    assert due(case) == "2026-09-08 17:00"
    assert local(case.windows["first_contact"].at) == "2026-09-09 17:00"


def test_high_complexity_is_urgent_and_called_the_same_day() -> None:
    case = Day().discharge("2026-09-03 10:00", encounter__complexity="high")
    assert (case.tier, due(case)) == ("urgent", "2026-09-03 17:00")


def test_a_trigger_older_than_thirty_days_is_recorded_and_opens_nothing() -> None:
    day = Day()
    old = replace(event("encounter.discharged", "2026-07-01 09:00"), at=t("2026-09-01 09:00"))
    day.take(old)
    assert (day.fates, day.cases) == (["too_old"], {})
    assert day.file.history["encounter.discharged"] == [t("2026-07-01 09:00")]


def test_a_new_discharge_replaces_the_open_case_and_names_it() -> None:
    day = Day()
    first = day.discharge(encounter__id="E1")
    second = day.discharge("2026-09-10 09:00", encounter__id="E2")
    assert second.id != first.id
    assert second.previous == first.id
    closed = day.cases[first.id].closed
    assert closed is not None
    assert (closed.outcome, closed.reason) == (
        "cancelled", "Replaced by a newer event of the same kind",
    )  # fmt: skip


def test_the_same_discharge_told_again_with_more_detail_replaces_nothing() -> None:
    day = Day()
    first = day.discharge(encounter__id="E1")
    again = day.discharge("2026-09-04 18:30", encounter__id="E1", encounter__complexity="high")
    assert again.id == first.id
    assert again.tier == "urgent"


def test_after_a_close_only_a_later_event_opens_again() -> None:
    day = Day()
    first = day.discharge()
    day.take(event("visit.completed", "2026-09-10 10:00"))
    late = replace(event("encounter.discharged", "2026-09-09 10:00"), at=t("2026-09-11 09:00"))
    day.take(late)
    assert len(day.cases) == 1
    day.take(event("encounter.discharged", "2026-09-12 10:00"))
    assert day.case.previous == first.id


def test_a_stricter_tier_pulls_dates_in_and_a_milder_one_pushes_none_out() -> None:
    update = (Opening("encounter.discharged"),)
    day = Day(lane(opens=update))
    day.discharge("2026-09-03 10:00")
    day.take(event("encounter.discharged", "2026-09-03 11:00", encounter__complexity="high"))
    assert local(day.case.windows["first_attempt"].at) == "2026-09-03 17:00"
    day.take(event("encounter.discharged", "2026-09-03 12:00", encounter__complexity="moderate"))
    assert day.case.tier == "high"
    assert local(day.case.windows["first_attempt"].at) == "2026-09-03 17:00"
