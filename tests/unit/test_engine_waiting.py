"""What others owe, counts of a period, and cases that sleep until their day."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from cast import TIERS, call_task, event, lane, live, local, patient, t, when
from laneflow.engine.run import run
from laneflow.engine.starts import Starts
from laneflow.engine.state import PatientFile
from laneflow.lanes.model import (
    Atom,
    Chase,
    Due,
    Duration,
    EscalationRule,
    Fact,
    Item,
    Move,
    Opening,
    Period,
    Status,
    TaskSpec,
    Window,
)
from living import Day, due


def test_a_party_that_owes_an_item_is_chased_until_it_comes() -> None:
    item = Item(
        "summary", "discharge summary", "hospital", Due(duration=Duration(2, "business days")),
        chase=Chase(Duration(1, "business days"), "partner/records-request"),
    )  # fmt: skip
    day = Day(lane(checklist=(item,)))
    case = day.discharge("2026-09-08 09:00")
    side = case.side["items:hospital"]
    assert (side.to, side.script, local(side.due.at)) == (
        "hospital", "partner/records-request", "2026-09-09 17:00",
    )  # fmt: skip
    case = day.note("2026-09-09 10:00", "left message", task="items:hospital")
    assert local(case.side["items:hospital"].due.at) == "2026-09-10 17:00"
    assert case.items["summary"].asked == 1
    day.take(event("item.received", "2026-09-10 09:00", item__id="summary"))
    assert day.case.items["summary"].state == "received"
    assert "items:hospital" not in day.case.side


def test_a_period_ends_with_its_own_event_before_its_counts_restart() -> None:
    few = when(Atom("supply.days_with.reading.received", "less_than", 2))
    day = Day(
        lane(
            periods={"supply": Period("supply", Duration(10, "days"), "encounter.discharged")},
            escalations=(
                *lane().escalations,
                EscalationRule("few", "Too few readings", "standard", on="supply.ended", when=few),
            ),
        )
    )
    day.discharge("2026-09-01 09:00")
    for n, at in enumerate(("2026-09-02 09:00", "2026-09-02 20:00", "2026-09-12 09:00")):
        day.take(event("reading.received", at, reading__id=f"G{n}"))
    assert "few" in day.case.escalations, "two readings of one day are one day with readings"
    assert [local(x) for x in day.case.periods["supply"]] == [
        "2026-09-11 09:00",
        "2026-09-21 09:00",
    ]


def sleeper() -> Status:
    return Status(
        "first_call", "new",
        TaskSpec("Invite", Due(window="first_attempt"), starts_at_most=2,
                 start=Due(anchor="recall.due", by=Duration(7, "days"), side="before")),
    )  # fmt: skip


def recall() -> Any:
    return lane(
        id="recall", opens=(Opening("recall.due"),), facts={"recall.due": Fact("date")},
        priority=(), closes=(), statuses={"first_call": sleeper()}, moves=(),
        windows={"first_attempt": Window(dict.fromkeys(TIERS, Duration(2, "business days")))},
    )  # fmt: skip


def test_a_recall_sleeps_for_months_and_wakes_on_the_day() -> None:
    day = Day(recall())
    day.take(event("recall.due", "2026-01-05 09:00", recall__due="2026-09-16"))
    assert day.case.task is not None
    assert day.case.task.start is not None
    assert local(day.case.task.start.at) == "2026-09-09 00:00"
    assert due(day.case) == "2026-09-11 17:00"
    result = day.wait("2026-09-11 16:59")
    assert result.decisions == []
    day.wait("2026-09-11 17:00")
    assert "overdue" in day.case.escalations


def test_starts_are_spread_over_days() -> None:
    at = {n: Day(recall(), file=PatientFile(patient=n)) for n in ("a", "b", "c", "d", "e")}
    shared = Starts()
    starts = []
    for name, day in at.items():
        day.live.starts = shared
        day.take(event("recall.due", "2026-01-05 09:00", patient=name, recall__due="2026-09-16"))
        assert day.case.task is not None
        assert day.case.task.start is not None
        starts.append((local(day.case.task.start.at) or "")[:10])
    assert starts == ["2026-09-09"] * 2 + ["2026-09-10"] * 2 + ["2026-09-11"]


def test_what_sleeps_until_its_day_does_not_stall() -> None:
    stalled = EscalationRule(
        "stalled", "Nothing moved", "standard",
        when=when(Atom("since.progress", "at_least", Duration(14, "days"))),
    )  # fmt: skip
    day = Day(replace(recall(), escalations=(stalled, *recall().escalations)))
    day.take(event("recall.due", "2026-01-05 09:00", recall__due="2026-09-16"))
    day.wait("2026-09-22 12:00")
    assert "stalled" not in day.case.escalations
    day.wait("2026-09-23 12:00")
    assert "stalled" in day.case.escalations


def test_a_reason_says_one_day_as_people_do() -> None:
    stalled = EscalationRule(
        "stalled", "Nothing moved", "standard",
        when=when(Atom("since.progress", "at_least", Duration(1, "days"))),
    )  # fmt: skip
    day = Day(lane(escalations=(stalled, *lane().escalations)))
    day.discharge("2026-09-08 09:00")
    result = day.wait("2026-09-09 09:00")
    (told,) = (t for d in result.decisions for t in d.trace if t.rule == "escalations.stalled")
    assert told.tests[0][:3] == ("since.progress", "at_least", "1 day")


def test_a_case_that_leaves_the_status_it_slept_in_sleeps_no_longer() -> None:
    """Found on random lanes: its windows stayed where the sleep would have ended."""
    asleep = Status(
        "first_call", "new",
        TaskSpec("Later", Due(window="first_attempt"), start=Due(duration=Duration(7, "weeks"))),
        moves=(Move("unreached", on="patient.called"),),
    )  # fmt: skip
    day = Day(lane(statuses={**lane().statuses, "first_call": asleep}))
    day.discharge("2026-09-08 09:00")
    assert local(day.case.windows["first_attempt"].at) == "2026-10-28 17:00"
    day.take(event("patient.called", "2026-09-09 09:00"))
    assert local(day.case.windows["first_attempt"].at) == "2026-09-10 17:00"
    day.wait("2026-09-10 17:00")
    assert "late" in day.case.escalations


@pytest.mark.parametrize(
    ("start", "wakes"),
    [
        ("2027-01-01T10:00", "2027-01-01 10:00"),
        ("2126-09-10T10:00", "2028-09-04 11:00"),  # two years are the longest sleep
        ("9999-12-31T10:00", None),  # no date anybody could keep: it is as good as unknown
    ],
)
def test_a_mistyped_year_puts_no_case_to_sleep_for_good(start: str, wakes: str | None) -> None:
    sleeps = Due(anchor="appointment.start", by=Duration(0, "days"), side="before")
    base = lane()
    booked = base.statuses["booked"]
    asleep = replace(booked, task=replace(booked.task, start=sleeps))
    made = replace(
        base,
        statuses={**base.statuses, "booked": asleep},
        moves=(Move("booked", on="appointment.booked"),),
    )
    result = run(
        live(made),
        patient(),
        [
            event("encounter.discharged", "2026-09-04 10:00"),
            event(
                "appointment.booked",
                "2026-09-04 11:00",
                appointment__id="A",
                appointment__start=start,
            ),
        ],
        t("2026-09-04 12:00"),
    )
    case = next(iter(result.file.cases.values()))
    assert case.status == "booked"
    assert case.task is not None
    assert case.task.start is not None
    assert local(case.task.start.at) == (wakes or "2026-09-04 11:00")
    assert case.untouched is not None
    assert case.untouched.at > case.task.start.at


def test_what_a_sleeping_case_waits_for_is_asked_for_from_when_it_wakes_early() -> None:
    """Its clocks start when it leaves the status it slept in: those of its checklist, too."""
    asleep = TaskSpec(
        "Wait", Due(duration=Duration(1, "days")), start=Due(duration=Duration(9, "days"))
    )
    papers = Item(
        "papers", "papers", "hospital", Due(duration=Duration(4, "days")),
        chase=Chase(Duration(2, "hours")),
    )  # fmt: skip
    sleeping = Status("asleep", "new", asleep, moves=(Move("call", on="visit.completed"),))
    call = Status("call", "new", call_task(after_last=None))
    statuses = {"asleep": sleeping, "call": call}
    day = Day(lane(statuses=statuses, moves=(), closes=(), checklist=(papers,)))
    assert local(day.discharge("2026-09-01 09:00").items["papers"].due.at) == "2026-09-14 09:00"
    day.take(event("visit.completed", "2026-09-02 09:00"))
    # Four days end on Sunday, Sep 6; the closing before it is Friday's.
    assert local(day.case.items["papers"].due.at) == "2026-09-04 17:00"
    assert local(day.case.side["items:hospital"].due.at) == "2026-09-02 11:00"
