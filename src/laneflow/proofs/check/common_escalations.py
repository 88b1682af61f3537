"""The practice's common escalations, seen over all lanes that keep them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from laneflow.errors import Problem
from laneflow.lanes.model import EscalationRule, Lane
from laneflow.lanes.yaml import Document
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.check.logic import Reasoner
from laneflow.proofs.check.worlds import space_of


def find_common_dead(loaded: LoadedPractice, document: Document) -> Iterator[Problem]:
    """A warning for each escalation of practice.yaml that could be raised in no lane at all.

    In one lane it may well be idle: not every lane waits for a hospital.
    """
    for i, written in enumerate(document.data.get("escalations", ())):
        rule = next((r for r in loaded.practice.escalations if r.id == written["id"]), None)
        keeping = [lane for lane in loaded.lanes.values() if rule and _keeps(lane, rule)]
        if rule is None or not rule.when.parts or not keeping:
            continue
        if all(_never(lane, rule, loaded) for lane in keeping):
            what = "this can never hold in any lane"
            hint = "Change the test, or leave the escalation out."
            path = ("escalations", i, "when")
            found = document.problem(path, what, hint, code="never-holds")
            yield replace(found, severity="warning")


def _keeps(lane: Lane, rule: EscalationRule) -> bool:
    """Whether the lane has the rule as practice.yaml words it."""
    return any(own.id == rule.id and own.when == rule.when for own in lane.escalations)


def _never(lane: Lane, rule: EscalationRule, loaded: LoadedPractice) -> bool:
    space = space_of(lane, loaded.practice, [rule.when])
    return Reasoner(space).can_hold(rule.when) is False
