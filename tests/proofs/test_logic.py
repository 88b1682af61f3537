"""Known answers, worked by hand: what some case can fulfil, and what none can."""

from __future__ import annotations

import pytest

from laneflow.lanes.model import Condition, Lane
from laneflow.proofs.check.logic import Reasoner
from laneflow.proofs.check.worlds import space_of
from lanes import fixture

pytest.importorskip("z3", reason="the solver is an extra")

FIELDS = """\
checklist:
  - {id: a, label: a, from: hospital, due: 2 days}
  - {id: b, label: b, from: payer, due: 2 days}
periods: {supply: {every: 30 days, starts: program.enrolled}}
classify: [{kind: one, when: {reached: true}}, {kind: two}]
priority: [{tier: urgent, when: {reached: true}}, {tier: high}]
"""
POSSIBLE = """\
{attempts: {at_least: 2, less_than: 3}}
{attempts: {more_than: 2, less_than: 4}}
{reading.value: {more_than: 2, less_than: 3}}
{encounter.complexity: high, tier: urgent}
{appointment.type: {is_not: a, none_of: [b, c], lacks: d}}
{appointment.type: {known: false, is_not: a}}
{appointment.type: {contains: visit, lacks: hospital visit}}
{appointment.type: {is: Office VISIT, contains: visit}}
{referral.tags: {contains: a, lacks: b}}
{referral.tags: {contains: a, none_of: [b]}}
{barrier: {contains: cost, lacks: transportation}}
{since.contact: {at_least: 3 days}}
{since.status: {at_least: 24 hours, less_than: 1 days}}
{since.status: {at_least: 30 days, less_than: 1 months}}
{since.opened: {at_least: 12 months}, since.status: {less_than: 1 hours}}
{until.first_contact: {at_most: 3 days, more_than: 1 days}}
{until.appointment.start: {at_most: 0 days}}
{count.recall.due: {at_least: 3}, any: [{count.recall.due: {less_than: 2, in_last: 9 days}}]}
{count.reading.received: {at_least: 3}, days.reading.received: {less_than: 2, in_last: 30 days}}
{checklist.missing: 2, checklist.overdue_from.hospital: 1, checklist.overdue_from.payer: 1}
{supply.day: {at_least: 31}}
{status: call, queue: new}
{visit.follow_up_by: {at_least: "2026-01-02", at_most: "2026-01-02"}}
{any: [{tier: routine}, {reached: true}]}
{understanding: {none_of: [understood, partly, not understood]}}
"""
IMPOSSIBLE = """\
{attempts: {more_than: 2, less_than: 3}}
{attempts: {less_than: 0}}
{reading.value: {at_least: 3, less_than: 3}}
{encounter.complexity: {none_of: [high, moderate]}}
{tier: routine}
{appointment.type: {known: false, is: a}}
{appointment.type: {contains: hospital visit, lacks: VISIT}}
{appointment.type: {is: Office visit, lacks: visit}}
{referral.tags: {one_of: [a], lacks: a}}
{barrier: {contains: cost, known: false}}
{since.status: {at_least: 27 hours, less_than: 1 days}}
{since.status: {at_least: 32 days, less_than: 1 months}}
{since.opened: {less_than: 3 hours, at_least: 200 minutes}}
{until.first_contact: {at_most: 1 days, more_than: 3 days}}
{until.appointment.start: {at_most: 3 days}, appointment.start: {known: false}}
{appointment.passed: true, appointment.start: {known: false}}
{count.recall.due: {less_than: 3}, any: [{count.recall.due: {at_least: 3, in_last: 9 days}}]}
{days.recall.due: {at_least: 3, in_last: 9 days}, count.recall.due: {at_most: 2, in_last: 2 weeks}}
{checklist.missing: 1, checklist.overdue_from.hospital: 1, checklist.overdue_from.payer: 1}
{checklist.overdue_from.hospital: {at_least: 2}}
{checklist.overdue_from.specialist: {at_least: 1}}
{status: call, queue: scheduled}
{status: {none_of: [call, unreached, booked]}}
{appointment.type: {same_as: opening.appointment.type, known: false}}
{visit.follow_up_by: {more_than: "2026-01-02", less_than: "2026-01-02"}}
{all: [{reached: true}], any: [{reached: false}, {tier: routine}]}
{overdue: true, any: [{overdue: false}]}
"""


def reasoner(when: str) -> tuple[Reasoner, Condition]:
    lane, problems = fixture.compiled(
        f"{FIELDS}escalations:\n  - {{id: asked, text: A, ladder: clinical, when: {when}}}\n"
    )
    assert isinstance(lane, Lane), [str(problem) for problem in problems]
    condition = next(rule.when for rule in lane.escalations if rule.id == "asked")
    of_lane = space_of(lane, fixture.practice(), [condition])
    # No status yet is for triggers and tiers; an escalation has one.
    return Reasoner(of_lane), condition


def somewhere(when: str) -> bool:
    """Whether a condition can hold in some status."""
    found, condition = reasoner(when)
    answers = [found.can_hold(condition, status=status) for status in found.space.statuses]
    assert None not in answers
    return any(answers)


@pytest.mark.parametrize("when", POSSIBLE.splitlines())
def test_some_case_can(when: str) -> None:
    assert somewhere(when)


@pytest.mark.parametrize("when", IMPOSSIBLE.splitlines())
def test_no_case_can(when: str) -> None:
    assert not somewhere(when)


def test_words_too_many_to_combine_are_left_apart() -> None:
    """More than the worlds list one by one: fewer warnings then, never a wrong one."""
    words = ", ".join(f"{{appointment.type: {{contains: word{n}}}}}" for n in range(30))
    assert somewhere(f"{{any: [{words}]}}")
    assert somewhere(f"{{all: [{words}]}}")
