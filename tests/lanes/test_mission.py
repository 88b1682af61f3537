"""What the practice model names, and the shipped lanes that do it: dropping one shows here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from laneflow.engine.state import Case, Event
from laneflow.errors import LaneflowError
from laneflow.lanes.load import load_practice
from laneflow.lanes.model import EscalationRule, Lane
from laneflow.practice.model import LoadedPractice
from laneflow.starter import starter_folder
from laneflow.store.memory import MemoryStore
from laneflow.work.act_rules import OUTCOMES as ACCEPTED
from laneflow.work.act_rules import UNDERSTANDING
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import DAY, FixedClock
from laneflow.work.take_in import take_in

DISCHARGE, MISSED = "discharge-outreach", "missed-appointment-recovery"
MONITORING, POST_VISIT = "monitoring-engagement", "post-visit-follow-up"
RECALL, PRIOR_AUTH = "preventive-recall", "prior-authorization-status"
REFERRAL, TELEHEALTH = "referral-follow-up", "telehealth-readiness"
ALL = {DISCHARGE, MISSED, MONITORING, POST_VISIT, RECALL, PRIOR_AUTH, REFERRAL, TELEHEALTH}

TRIGGERS = {
    "new referral": ("referral.received", REFERRAL),
    "completed consultation or visit": ("visit.completed", POST_VISIT),
    "missed appointment": ("appointment.missed", MISSED),
    "hospital discharge": ("encounter.discharged", DISCHARGE),
    "prior authorization asked for": ("authorization.requested", PRIOR_AUTH),
    "pending prior authorization": ("authorization.pended", PRIOR_AUTH),
    "abnormal result that needs a next step": ("result.abnormal", POST_VISIT),
    "recall interval reached": ("recall.due", RECALL),
    "enrollment in a program": ("program.enrolled", MONITORING),
    "telehealth visit ahead": ("appointment.booked", TELEHEALTH),
}

BARRIERS = {
    "fear": True, "confusion": True, "transportation": True, "work_schedule": True,
    "technology": True, "language": True, "cost": True, "low_urgency": False, "phone_tag": False,
    "insurance": True,
}  # fmt: skip
"""barrier -> whether it calls for a task of its own"""

ESCALATIONS: dict[str, tuple[tuple[str, str, set[str]], ...]] = {
    "worsening symptoms": (("worse", "symptoms.worsened", ALL),),
    "repeated failed contact": (("unreachable", "failed_attempts", ALL - {RECALL}),),
    "repeatedly missed essential steps": (("repeatedly_missed", "missed_steps", ALL),),
    "urgent referral delay": (("urgent_delay", "since.opened", {REFERRAL}),),
    "medication confusion": (("medicines", "medication.confusion", ALL),),
    "discharge concern": (("concern", "discharge.concern", {DISCHARGE}),),
    "overdue first response": (("first_response_late", "first_response_late", ALL),),
    "stalled without documented action": (
        ("stalled", "since.progress", ALL), ("untouched", "untouched", ALL),
    ),
    "partner office not acknowledging": (
        ("not_acknowledged", "until.acknowledge", {REFERRAL}),
        ("hospital_silent", "checklist.overdue_from.hospital", {DISCHARGE}),
        ("decision_late", "since.authorization.sent", {PRIOR_AUTH}),
        ("partner_silent", "checklist.overdue_from.specialist", ALL - {DISCHARGE, PRIOR_AUTH}),
    ),
}  # fmt: skip
"""kind -> (rule id, the event, fact or built-in that drives it, the lanes that have it)"""

HELPERS = {"nurse", "provider", "practice manager"}

QUEUES = {
    "new": ALL,
    "waiting on information": ALL - {MISSED},
    "sent": {REFERRAL, PRIOR_AUTH},
    "needs patient action": ALL,
    "scheduled": ALL - {PRIOR_AUTH},
}
"""queue status -> lanes that use it; the sixth, closed, is what every close leads to"""

CHANNELS = {
    "phone": ALL,
    "sms": ALL,
    "portal": ALL - {DISCHARGE, MISSED},
    "letter": ALL - {TELEHEALTH},
}

PARTNERS = {
    DISCHARGE: {"hospital"},
    PRIOR_AUTH: {"payer"},
    RECALL: {"specialist"},
    REFERRAL: {"specialist", "referring"},
}

OUTCOMES = (
    "reached", "left message", "no answer", "wrong number", "busy", "refused",
    "not a good time", "reached partner",
)  # fmt: skip


@cache
def practice() -> LoadedPractice:
    loaded, problems = load_practice(starter_folder())
    assert loaded is not None
    assert problems == []
    return loaded


def lanes() -> dict[str, Lane]:
    return practice().lanes


def using(uses: Any) -> set[str]:
    return {lane.id for lane in lanes().values() if uses(lane)}


def test_the_eight_lanes_are_there() -> None:
    assert set(lanes()) == ALL


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_each_trigger_opens_its_lane(trigger: str) -> None:
    event, lane = TRIGGERS[trigger]
    assert event in {opening.on for opening in lanes()[lane].opens}


@pytest.mark.parametrize("barrier", BARRIERS)
def test_each_barrier_is_known_in_every_lane(barrier: str) -> None:
    assert using(lambda lane: barrier in lane.barriers) == ALL
    found = practice().practice.barriers[barrier]
    assert (found.task is not None and bool(found.task.script)) is BARRIERS[barrier]


@pytest.mark.parametrize("kind", ESCALATIONS)
def test_each_kind_of_escalation_is_raised_and_reaches_who_can_help(kind: str) -> None:
    for rule, driver, expected in ESCALATIONS[kind]:
        assert using(lambda lane, r=rule, d=driver: _driven(lane, r, d)) == expected, rule
        for lane in expected:
            found = _rule(lanes()[lane], rule)
            assert found is not None
            rungs = practice().practice.ladders[found.ladder].rungs
            assert {rung.role for rung in rungs} & HELPERS, (lane, rule)


def _rule(lane: Lane, rule: str) -> EscalationRule | None:
    return next((found for found in lane.escalations if found.id == rule), None)


def _driven(lane: Lane, rule: str, driver: str) -> bool:
    found = _rule(lane, rule)
    if found is None:
        return False
    return driver in (found.on, found.builtin) or driver in _facts(found.when)


def _facts(condition: Any) -> set[str]:
    if hasattr(condition, "parts"):
        return {fact for part in condition.parts for fact in _facts(part)}
    return {condition.fact}


@pytest.mark.parametrize("queue", QUEUES)
def test_each_queue_status_is_used(queue: str) -> None:
    used = using(lambda lane: any(status.queue == queue for status in lane.statuses.values()))
    assert used == QUEUES[queue]


@pytest.mark.parametrize("outcome", ["completed", "unsuccessful", "cancelled"])
def test_every_lane_can_end_each_way(outcome: str) -> None:
    assert using(lambda lane: any(close.outcome == outcome for close in lane.closes)) == ALL


def test_whatever_did_not_succeed_ends_with_a_reason() -> None:
    silent = [
        (lane.id, close)
        for lane in lanes().values()
        for close in lane.closes
        if close.outcome != "completed" and not close.ask and not close.reason
    ]
    assert silent == []
    assert using(lambda lane: any(close.by_hand and close.ask for close in lane.closes)) == ALL


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_channel_to_the_patient_is_used(channel: str) -> None:
    def uses(lane: Lane) -> bool:
        tasks = [status.task for status in lane.statuses.values()]
        return any(channel == attempt.by for task in tasks for attempt in task.attempts)

    assert using(uses) == CHANNELS[channel]


def test_partner_offices_are_written_to() -> None:
    found: dict[str, set[str]] = {}
    for lane in lanes().values():
        tasks = [status.task for status in lane.statuses.values()]
        asked = {task.to for task in tasks if task.to and task.script}
        asked |= {item.owed_by for item in lane.checklist if item.chase and item.chase.script}
        asked -= {"us", "patient"}
        if asked:
            found[lane.id] = asked
    assert found == PARTNERS


# The note ----------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path: Path) -> App:
    clock = FixedClock(1_788_789_600_000)  # Monday 2026-09-07 10:00 in New York
    return App(tmp_path, MemoryStore(), practice(), clock)


def case_of(app: App, patient: str = "p1") -> Case:
    data = {"encounter.id": "e1", "encounter.class": "inpatient", "encounter.discharged_to": "home"}
    at = app.clock.now()
    take_in(app, [Event(patient, "ehr", "encounter.discharged", at, patient, data)])
    return next(iter(app.store.cases(patient=patient)))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_may_be_noted(app: App, outcome: str) -> None:
    case = case_of(app)
    understood = {"understanding": "understood"} if outcome == "reached" else {}
    about = {"task": "items:hospital"} if outcome == "reached partner" else {}
    data = {"outcome": outcome, "channel": "phone", **understood, **about}
    act(app, by="ana", kind="note", case=case.id, data=data)
    now = app.store.case(case.id)
    assert now is not None
    assert now.last_outcome == outcome
    assert set(OUTCOMES) == set(ACCEPTED)


@pytest.mark.parametrize("barrier", BARRIERS)
def test_each_barrier_may_be_noted_and_calls_for_its_task(app: App, barrier: str) -> None:
    case = case_of(app)
    act(app, by="ana", kind="note", case=case.id, data={"outcome": "refused", "barrier": barrier})
    now = app.store.case(case.id)
    assert now is not None
    assert list(now.barriers) == [barrier]
    assert (f"barrier:{barrier}" in now.side) is BARRIERS[barrier]


@pytest.mark.parametrize("understanding", UNDERSTANDING)
def test_a_note_keeps_every_field(app: App, understanding: str) -> None:
    case = case_of(app)
    by_when = app.clock.now() + 3 * DAY
    data = {
        "outcome": "reached", "with_whom": "caregiver", "channel": "phone", "barrier": "cost",
        "understanding": understanding, "told": "Take it with food", "next_action": "Call again",
        "by_whom": "patient", "by_when": by_when, "escalate": True, "next_step_unclear": True,
        "events": ["discharge.concern"],
    }  # fmt: skip
    act(app, by="ana", kind="note", case=case.id, data=data)
    (kept,) = [given for _, given in app.store.log(case.id) if getattr(given, "kind", "") == "note"]
    assert kept is not None
    assert kept.data == data
    now = app.store.case(case.id)
    assert now is not None
    assert now.first_contact == app.clock.now()
    (promise,) = now.promises.values()
    assert (promise.what, promise.by_whom, promise.by_when) == ("Call again", "patient", by_when)
    assert "concern" in now.escalations
    assert len(now.escalations) == 2, "the concern, and the help that was asked for"


def test_what_came_in_and_what_is_missing_is_noted_too(app: App) -> None:
    case = case_of(app)
    for state in ("partial", "received", "missing", "not needed"):
        data = {"item": "summary", "state": state}
        act(app, by="ana", kind="item", case=case.id, data=data)
        now = app.store.case(case.id)
        assert now is not None
        assert now.items["summary"].state == state


def test_a_voicemail_alone_is_no_note_and_an_end_needs_a_reason(app: App) -> None:
    case = case_of(app)
    with pytest.raises(LaneflowError, match="what the patient understood is missing"):
        act(app, by="ana", kind="note", case=case.id, data={"outcome": "reached"})
    with pytest.raises(LaneflowError, match="reason is missing"):
        act(app, by="nora", kind="close", case=case.id, data={"outcome": "unsuccessful"})
    data = {"outcome": "unsuccessful", "reason": "Moved away"}
    act(app, by="nora", kind="close", case=case.id, data=data)
    now = app.store.case(case.id)
    assert now is not None
    assert now.closed is not None
    assert (now.closed.outcome, now.closed.reason) == ("unsuccessful", "Moved away")
