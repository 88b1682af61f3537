"""How a case ends, who may end it, and how it comes back."""

from __future__ import annotations

from cast import act, event, lane
from laneflow.lanes.model import (
    Duration,
    Opening,
    Reopen,
)
from living import Day


def test_a_decline_without_a_reason_asks_for_one_before_it_closes() -> None:
    day = Day()
    case = day.discharge()
    day.take(event("patient.declined", "2026-09-08 10:00"))
    assert day.case.closed is None
    assert day.case.side["confirm:1"].do == "Confirm closing as unsuccessful, with the reason"
    day.take(act("confirm", "2026-09-08 10:05", case.id, close=1, yes=True, reason="moved away"))
    closed = day.cases[case.id].closed
    assert closed is not None
    assert (closed.outcome, closed.reason, closed.by) == ("unsuccessful", "moved away", "ana")


def test_only_the_roles_the_lane_names_close_by_hand() -> None:
    day = Day()
    case = day.discharge()
    closing = {"outcome": "unsuccessful", "reason": "wrong person"}
    day.take(act("close", "2026-09-08 10:00", case.id, by="ana", **closing))
    assert day.case.closed is None
    day.take(act("close", "2026-09-08 10:05", case.id, by="nia", **closing))
    assert day.cases[case.id].closed is not None


def test_a_close_that_needs_a_yes_leaves_the_case_where_it_is() -> None:
    day = Day()
    case = day.discharge("2026-09-04 18:30")
    day.wait("2026-10-05 09:00")
    ask = day.case.side["confirm:3"]
    assert (ask.who, day.case.closed) == ("practice manager", None)
    day.take(act("confirm", "2026-10-05 10:00", case.id, by="mia", close=3, yes=False))
    day.wait("2026-10-20 09:00")
    assert "confirm:3" not in day.case.side, "a no is not asked again while nothing changed"


def test_a_death_closes_every_case_and_nothing_opens_after_it() -> None:
    recall = lane(id="recall", opens=(Opening("recall.due"),), closes=())
    day = Day(lane(), recall)
    day.take(
        event("encounter.discharged", "2026-09-04 18:30"), event("recall.due", "2026-09-05 09:00")
    )
    day.take(event("patient.deceased", "2026-09-06 09:00"))
    assert {c.closed.outcome for c in day.cases.values() if c.closed} == {"cancelled"}
    assert day.file.cases == {}
    assert day.file.wake_at is None
    day.take(event("encounter.discharged", "2026-09-08 09:00"))
    assert len(day.cases) == 2


def test_a_given_up_case_comes_back_as_its_own_successor() -> None:
    day = Day(lane(reopens=Reopen(("appointment.booked",), Duration(30, "days"))))
    case = day.discharge(encounter__facility="St. Mary")
    day.take(event("patient.declined", "2026-09-08 10:00", reason="too busy"))
    day.take(event("appointment.booked", "2026-09-20 10:00", appointment__id="A1"))
    assert day.case.previous == case.id
    assert day.case.opening["encounter.facility"] == "St. Mary"
    assert day.case.facts["encounter.facility"][0] == "St. Mary"
