"""Simulate against what is known beforehand: queueing theory, sums, the same for the same seed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import msgspec
import pytest

from cast import lane, practice
from laneflow.lanes.model import Close, Due, Duration, Status, TaskSpec, TierRule
from laneflow.practice.model import LoadedPractice, Location
from laneflow.proofs.simulate.assumed import FOLLOWS
from laneflow.proofs.simulate.figures import report
from laneflow.proofs.simulate.model import OTHERS, Arrival, Minutes, Partner, Scenario, Staffing
from laneflow.proofs.simulate.model import Length as Span
from laneflow.proofs.simulate.playing import Played, simulate
from laneflow.proofs.simulate.staffing import what_if
from laneflow.proofs.simulate.verdict import verdict
from small_practice import a_person

MONDAY = date(2026, 8, 3)  # four weeks without a holiday follow
EVERY_KIND = (
    "phone", "sms", "portal", "letter", "fax", "patient calls", "partner", "checklist", "barrier",
    "inside", "confirm", "escalation",
)  # fmt: skip
NIGHT_AND_DAY = tuple((day, "main", "00:00", "00:00") for day in range(7))


def desk(**more: Any) -> LoadedPractice:
    """One coordinator and a lane with one task that nobody is called for: it is done, and over."""
    step = TaskSpec("Do it", Due(duration=Duration(30, "days")), done="visit.completed")
    one = lane(
        statuses={"work": Status("work", "new", step)}, moves=(), barriers={},
        escalations=(), closes=(Close("completed", on="visit.completed"),),
        priority=(TierRule("routine"),), windows={},
    )  # fmt: skip
    return LoadedPractice(practice(**more), {one.id: one}, ".")


def phones() -> LoadedPractice:
    """The cast's own lane: calls, with windows, tiers and escalations."""
    one = lane()
    return LoadedPractice(practice(), {one.id: one}, ".")


def scenario(arrival: Arrival, minutes: float = 30, **more: Any) -> Scenario:
    """Work that always takes so long and is always finished at once, by people who do only that."""
    given: dict[str, Any] = {
        "arrivals": (arrival,), "weeks": 4, "warm_up": 0, "runs": 1,
        "handling": dict.fromkeys(EVERY_KIND, Minutes(minutes, minutes)),
        "partners": {OTHERS: Partner(1.0, Span(1, 1, "days"), 0.0)},
        "contact": {
            "phone": ((("reached", 0.5), ("left message", 0.3)),),
            "letter": ((("left message", 1.0),),),
        },
        "understanding": (("understood", 0.9), ("partly", 0.1)),
    }  # fmt: skip
    return Scenario(**(given | more))


def a_day(n: float, *, evenly: bool = False, every: bool = False) -> Arrival:
    rates = (n,) * 7 if every else (n, n, n, n, n, 0.0, 0.0)
    return Arrival("encounter.discharged", rates, business=not every, evenly=evenly)


def play(loaded: LoadedPractice, plan: Scenario, **more: Any) -> list[Played]:
    return simulate(loaded, plan, today=MONDAY, **more)


def busy(played: Played, person: str) -> float:
    return next(one.busy for one in report(played, 4).people if one.person == person)


# known answers -----------------------------------------------------------------------------------


def test_nine_half_hours_a_day_keep_one_person_busy_for_half_of_nine_hours() -> None:
    [played] = play(desk(), scenario(a_day(9, evenly=True)))
    assert busy(played, "ana") == pytest.approx(0.5)
    assert busy(played, "ben") == 0
    figures = played.runs[0].tally.lanes["discharge-outreach"]["routine"]
    # 20 business days, one at a time, none waits: each takes its half hour.
    assert (figures.opened, figures.closed) == (180, {"completed": 180})
    assert figures.completed.percentiles(1, 50, 99) == [30, 30, 30]


def test_a_share_of_the_day_stretches_the_work() -> None:
    plan = scenario(a_day(9, evenly=True), available={"care coordinator": 0.5})
    [played] = play(desk(), plan)
    assert busy(played, "ana") == pytest.approx(1.0)
    figures = played.runs[0].tally.lanes["discharge-outreach"]["routine"]
    assert figures.completed.percentiles(50) == [60]


def test_waits_are_those_of_queueing_theory() -> None:
    """M/D/1, open day and night: 32 a day of half an hour each.

    Pollaczek-Khinchine: busy 2/3, mean wait 2/3 * 30 / (2 * 1/3) = 30 minutes, so 60 in all.
    """
    site = Location(id="main", name="Main", time_zone="America/New_York", hours="24/7")
    people = {p.id: p for p in (a_person("ana", "care coordinator", shifts=NIGHT_AND_DAY),)}
    rest = {id_: p for id_, p in practice().people.items() if id_ != "ana"}
    loaded = desk(locations={"main": site}, people={**people, **rest})
    [played] = play(loaded, scenario(a_day(32, every=True), weeks=7, warm_up=1, runs=2))
    assert busy(played, "ana") == pytest.approx(2 / 3, rel=0.04)
    spreads = [run.tally.lanes["discharge-outreach"]["routine"].completed for run in played.runs]
    mean = sum(s.minutes for s in spreads) / sum(s.n for s in spreads)
    assert mean == pytest.approx(60, rel=0.1)


def test_too_much_work_fills_the_day_and_piles_up() -> None:
    """30 half hours a day against 9 hours: 18 are done, 12 a day or 60 a week are left."""
    [played] = play(desk(), scenario(a_day(30, evenly=True)))
    found = report(played, 4)
    assert busy(played, "ana") == pytest.approx(1.0, abs=0.01)
    assert found.growth == pytest.approx(60, rel=0.05)
    waiting = [day.waiting for day in played.runs[0].days if day.arrived]
    assert waiting == sorted(waiting)
    assert waiting[-1] == pytest.approx(240, abs=5)


def test_nothing_comes_and_nothing_is_done() -> None:
    [played] = play(desk(), scenario(a_day(0)))
    assert played.runs[0].tally.lanes == {}
    assert all(day.acts == day.worked == day.open == 0 for day in played.runs[0].days)
    said = verdict(played.loaded, report(played, 4))
    assert said.meets is None
    assert said.text == "Too few cases came to tell. Let more weeks go by, or more runs."


def test_nobody_works_on_leave_or_at_lunch() -> None:
    away = Staffing(away=(("ana", (("2026-08-03", "2026-08-07"),)),))
    [played] = play(desk(), scenario(a_day(9, evenly=True), staffing=away))
    ana, ben = played.runs[0].people["ana"], played.runs[0].people["ben"]
    hour = 3_600_000
    assert sum(ana.duty) == 15 * 9 * hour
    assert sum(ana.worked) == 15 * 9 * hour / 2
    assert sum(ben.worked) == 5 * 9 * hour / 2  # the backup stands in for the week


def test_the_first_day_that_counts_is_the_one_said() -> None:
    [played] = play(desk(), scenario(a_day(9, evenly=True), start=date(2026, 7, 6), weeks=1))
    days = played.runs[0].days
    assert [days[0].date, days[-1].date, len(days)] == ["2026-07-06", "2026-07-12", 7]


def test_a_holiday_is_no_business_day_and_counts_as_a_sunday() -> None:
    """In the week of Independence Day (kept on Friday 3 July in 2026)."""
    week: dict[str, Any] = {"start": date(2026, 6, 29), "weeks": 1}
    [played] = play(desk(), scenario(a_day(2, evenly=True), **week))
    assert [day.arrived for day in played.runs[0].days] == [2, 2, 2, 2, 0, 0, 0]
    rates = (2.0, 2.0, 2.0, 2.0, 2.0, 0.0, 5.0)
    seven = Arrival("encounter.discharged", rates, business=False, evenly=True)
    [played] = play(desk(), scenario(seven, **week))
    assert [day.arrived for day in played.runs[0].days] == [2, 2, 2, 2, 5, 0, 5]


# laws --------------------------------------------------------------------------------------------


@cache
def phone_runs() -> list[Played]:
    """Calls for three weeks with one more coordinator and without, two times each."""
    loaded = phones()
    more = what_if(loaded.practice, "one more care coordinator")
    plan = scenario(a_day(22), 18, runs=2, weeks=3, what_if=(("one more", more),))
    return play(loaded, plan)


def test_more_people_are_never_worse_for_the_same_patients() -> None:
    base, more = phone_runs()
    for one, other in zip(base.runs, more.runs, strict=True):
        assert [d.arrived for d in one.days] == [d.arrived for d in other.days]
        for tier in ("urgent", "high"):
            before = one.tally.lanes["discharge-outreach"].get(tier)
            after = other.tally.lanes["discharge-outreach"].get(tier)
            if before is None or after is None or before.first_attempt.kept is None:
                continue
            assert after.opened == before.opened
            assert (after.first_attempt.kept or 0) >= before.first_attempt.kept
    assert report(more, 3).growth <= report(base, 3).growth


def test_the_sums_agree() -> None:
    for played in phone_runs():
        for run in played.runs:
            tiers = run.tally.lanes["discharge-outreach"].values()
            assert sum(day.notes for day in run.days) == sum(f.attempts for f in tiers)
            assert 200 < sum(day.contacts for day in run.days) <= sum(day.notes for day in run.days)
            assert sum(day.arrived for day in run.days) == sum(f.opened for f in tiers)
            closed = sum(sum(f.closed.values()) for f in tiers)
            assert sum(f.opened for f in tiers) == closed + sum(f.open for f in tiers)
            at_work = sum(sum(busy.worked) for busy in run.people.values())
            assert at_work == sum(day.worked for day in run.days)
            late = sum(run.overdue.get("discharge-outreach", {}).values())
            assert late == run.days[-1].overdue


def test_the_same_seed_gives_the_same_whatever_the_workers() -> None:
    plan = scenario(a_day(6), 12, runs=2, weeks=1)
    alone, apart = play(phones(), plan), play(phones(), plan, workers=2)
    assert _plain(alone) == _plain(apart)
    assert _plain(play(phones(), plan)) == _plain(alone)
    other = play(phones(), replace(plan, seed=2))
    assert _plain(other) != _plain(alone)
    first, second = alone[0].runs
    assert msgspec.to_builtins(first.tally) != msgspec.to_builtins(second.tally)


def _plain(played: list[Played]) -> Any:
    return [[msgspec.to_builtins(run) for run in one.runs] for one in played]


def test_progress_is_told_run_by_run() -> None:
    told: list[int] = []
    play(desk(), scenario(a_day(1), runs=3, weeks=1), progress=told.append)
    assert told == [1, 2, 3]


# the answer --------------------------------------------------------------------------------------


def test_the_answer_names_the_bottleneck_and_what_would_change() -> None:
    base, more = phone_runs()
    said = verdict(base.loaded, report(base, 3), [report(more, 3)])
    assert said.meets is False
    assert said.sentences[0].startswith("No: first responses in their window are ")
    assert "The bottleneck is the care coordinator: Ana (care coordinator) is busy " in said.text
    assert said.sentences[-1].startswith("One more brings high first responses in their window ")


def test_what_chance_alone_would_do_is_no_change() -> None:
    base, _ = phone_runs()
    figures = report(base, 3)
    again = replace(figures, name="one more doctor")
    said = verdict(base.loaded, figures, [again]).sentences[-1]
    share_ = r"\d+ % \(\d+–\d+ %\)|\d+ %"
    assert re.match(
        rf"One more doctor makes no clear difference to high first responses in their window: "
        rf"({share_}) as is, \1 then; the busiest is then Ana at \d+ %\.$",
        said,
    )


def test_the_answer_is_yes_where_all_is_in_time() -> None:
    plan = scenario(a_day(3, evenly=True), 5, follows=FOLLOWS, warm_up=6)
    [played] = play(phones(), plan)
    said = verdict(played.loaded, report(played, 4))
    assert said.sentences[0] == "Yes: at least 100 % of first responses are in their window."
    assert said.sentences[1].startswith("Nobody is a bottleneck: the busiest, ")
    assert said.meets is True
    assert verdict(played.loaded, report(played, 4), target=1.01).meets is False


def test_a_yes_says_of_what_it_cannot_speak() -> None:
    """A tier in which few came and fewer were in time had been left out of a Yes, unsaid."""
    plan = scenario(a_day(3, evenly=True), 5, follows=FOLLOWS, warm_up=6)
    [played] = play(phones(), plan)
    figures = report(played, 4)
    line = figures.lines[0]
    rare = replace(line, tier="routine", judged=7, answered=replace(line.answered, median=0.5))
    said = verdict(played.loaded, replace(figures, lines=[*figures.lines, rare]))
    assert said.meets is True
    assert said.sentences[1].startswith("Too few came to tell in ")
    assert "(routine), where fewer were in their window" in said.sentences[1]


def test_a_full_list_keeps_somebody_from_working() -> None:
    """Ana may hold two open tasks, and more than two wait for a later day: Ben does the work."""
    loaded = phones()
    people = dict(loaded.practice.people)
    people["ana"] = msgspec.structs.replace(people["ana"], most_open_tasks=2)
    full = msgspec.structs.replace(
        loaded, practice=msgspec.structs.replace(loaded.practice, people=people)
    )
    [played] = play(full, scenario(a_day(6), 5))
    [sentence] = [s for s in verdict(full, report(played, 4)).sentences if "most_open_tasks" in s]
    assert sentence.startswith("Ana has 2 open tasks or more ")
    assert sentence.endswith("raise most_open_tasks in practice.yaml.")


def test_tasks_that_sleep_do_not_fill_a_list() -> None:
    """Two a day, each asleep for five days and done soon after: hardly ever two awake at once."""
    loaded = desk()
    [work] = loaded.lanes.values()
    status = work.statuses["work"]
    asleep = msgspec.structs.replace(status.task, start=Due(duration=Duration(5, "days")))
    statuses = {"work": msgspec.structs.replace(status, task=asleep)}
    people = {
        id_: msgspec.structs.replace(one, most_open_tasks=2)
        for id_, one in loaded.practice.people.items()
    }
    small = msgspec.structs.replace(
        loaded,
        practice=msgspec.structs.replace(loaded.practice, people=people),
        lanes={work.id: msgspec.structs.replace(work, statuses=statuses)},
    )
    [played] = play(small, scenario(a_day(2, evenly=True), 5))
    assert max(one.full for one in report(played, 4).people) < 0.05
