"""Outages, edited lanes, people who leave: what open cases do then."""

from __future__ import annotations

import gc

from msgspec.structs import replace

from cast import event, lane, live, local, patient, t, when
from laneflow.engine.run import run
from laneflow.lanes.model import (
    Atom,
    Move,
)
from living import Day, due
from small_practice import a_person


def test_an_outage_is_decided_once_as_of_now() -> None:
    day = Day()
    case = day.discharge()
    now = t("2026-09-14 10:00")
    result = run(day.live, day.file, [], now, since=now - 60_000)
    assert {d.at for d in result.decisions} == {now}
    call = result.touched[case.id].escalations["overdue"]
    assert (call.role, local(call.release)) == ("front desk lead", "2026-09-14 10:00")


def test_a_new_holiday_moves_only_the_dates_it_meets() -> None:
    day = Day()
    day.discharge("2026-09-08 09:00")  # due Wednesday the 9th
    before = day.case
    site = day.live.practice.locations["main"]
    shut = replace(site, closures=(("2026-09-09", "2026-09-09", "Water"),))
    later = live(locations={"main": shut}, hash="practice-2")
    result = run(later, day.file, [], t("2026-09-08 12:00"))
    case = result.touched[before.id]
    assert result.decisions[0].input == ("publish", "practice-2")
    assert due(case) == "2026-09-10 17:00"
    assert local(case.untouched and case.untouched.at) == "2026-09-16 17:00"


def test_a_renamed_status_is_followed_and_keeps_its_task() -> None:
    day = Day()
    before = day.discharge()
    base = lane()
    first, *rest = base.statuses.values()
    renamed = replace(first, id="call", was=("first_call",))
    after = lane(
        hash="lane-2", statuses={"call": renamed, **{s.id: s for s in rest}},
        moves=(Move("needs_visit", when=when(Atom("understanding", "is", "understood"))),),
    )  # fmt: skip
    result = run(live(after), day.file, [], t("2026-09-05 09:00"))
    case = result.touched[before.id]
    assert case.task is not None
    assert before.task is not None
    assert (case.status, case.task.id, due(case)) == ("call", before.task.id, due(before))


def test_somebody_who_left_no_longer_owns_a_case() -> None:
    day = Day()
    before = day.discharge()
    people = {**day.live.practice.people, "ana": a_person("ana", "care coordinator", active=False)}
    people["eva"] = a_person("eva", "care coordinator")
    later = live(people=people, hash="practice-2")
    result = run(later, day.file, [], t("2026-09-05 09:00"))
    assert result.touched[before.id].owner == "eva"


def test_a_case_of_a_lane_that_is_not_loaded_waits_and_hangs_nothing() -> None:
    day = Day()
    day.discharge()
    other = live(lane(id="another"))
    result = run(other, day.file, [], t("2026-10-01 09:00"))
    assert result.decisions == []


def test_a_run_leaves_no_circle_for_the_garbage_collector() -> None:
    """A quarter of the time of bulk work went to collecting what reference counts can free."""
    day = Day()
    day.discharge()
    day.note("2026-09-08 10:00")
    gc.collect()
    gc.disable()
    try:
        run(
            day.live,
            day.file,
            [event("symptoms.worsened", "2026-09-08 11:00")],
            t("2026-09-20 09:00"),
        )
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_outreach_goes_on_when_the_rule_that_paused_it_is_published_away() -> None:
    story = [
        event("encounter.discharged", "2026-09-04 10:00"),
        event("symptoms.worsened", "2026-09-04 11:00"),
    ]
    file = run(live(), patient(), story, t("2026-09-04 11:30")).file
    assert next(iter(file.cases.values())).paused
    rules = tuple(rule for rule in lane().escalations if rule.id != "worse")
    edited = live(lane(hash="lane-2", escalations=rules))
    case = next(iter(run(edited, file, [], t("2026-09-04 12:00")).file.cases.values()))
    assert not case.paused
    assert case.task is not None
    assert not case.task.paused
