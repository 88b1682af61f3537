"""Laws of explanations on random lanes: what they say of a rule is what the engine then does."""

from __future__ import annotations

import os
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from cast import live, patient
from laneflow.engine.explain.model import Explained
from laneflow.engine.explain.rules import explain_all, explain_rule
from laneflow.engine.run import run
from laneflow.engine.state import Case, Decision, Event, Instant
from laneflow.lanes.model import Lane
from random_lanes import HOUR, Happening, days, lanes, to_input

DAY: Instant = 24 * HOUR
EXAMPLES = settings(
    max_examples=1000 if os.environ.get("LANEFLOW_SOAK") else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ANSWERED = ("visit.completed", "appointment.missed", "patient.called", "symptoms.worsened")


class Played:
    """A random story; ``rests``: its live practice, file and instant after each happening."""

    def __init__(self, lane: Lane, story: list[Happening]) -> None:
        self.live = live(lane)
        self.file = patient(first_name="Rosa")
        self.at = story[-1][1]
        for n, happening in enumerate(story):
            first = next(iter(self.file.cases.values()), None)
            escalation = next(iter(first.escalations), "none") if first else "none"
            item = to_input(n, happening, first.id if first else "nobody", escalation)
            self.file = run(self.live, self.file, [item], happening[1]).file

    @property
    def open_cases(self) -> Iterator[Case]:
        return (case for case in self.file.cases.values() if case.closed is None)


def first_acted(found: Explained, decisions: list[Decision], before: Case) -> Instant | None:
    """When a rule that needs no event first acts: a call for help as its condition rises."""
    held: tuple[str, ...] = before.held
    for decision in decisions:
        if found.kind != "escalation" and any(t.rule == found.name for t in decision.trace):
            return decision.at
        for change in decision.changes:
            if change[:2] == ("set", "held"):
                id_ = found.name.removeprefix("escalations.")
                if found.kind == "escalation" and id_ in change[2] and id_ not in held:
                    return decision.at
                held = change[2]
    return None


FREE = ("move", "close", "escalation")


@EXAMPLES
@given(lanes(), days())
def test_the_next_instant_is_when_it_acts(lane: Lane, story: list[Happening]) -> None:
    """At that instant, decided on its own clock by the whole engine, it acts; just before not."""
    played = Played(lane, story)
    soon = played.at + 90 * DAY
    later = run(played.live, played.file, [], soon)
    for case in played.open_cases:
        decided = [d for d in later.decisions if d.case == case.id]
        for found in explain_all(played.live, case, played.file, played.at):
            if found.kind not in FREE or found.on or found.state in ("in force", "ready"):
                continue
            first = first_acted(found, decided, case)
            assert first == (found.next if found.next and found.next <= soon else None), found


@EXAMPLES
@given(lanes(), days())
def test_what_is_said_to_be_in_force_is(lane: Lane, story: list[Happening]) -> None:
    played = Played(lane, story)
    for case in played.open_cases:
        for found in explain_all(played.live, case, played.file, played.at):
            standing = found.state == "in force"
            if found.kind == "escalation" and not found.on:
                id_ = found.name.removeprefix("escalations.")
                assert found.holds is (id_ in case.held), found
                assert standing is (id_ in case.held and id_ in case.escalations), found
            elif found.kind == "tier" and standing:
                assert found.does == f"make the tier {case.tier}"
            elif found.kind == "several" and found.name.startswith("statuses."):
                assert standing is (found.name == f"statuses.{case.status}")
            if found.ends is not None:
                after = run(played.live, played.file, [], found.ends).touched[case.id]
                again = explain_rule(played.live, after, played.file, found.name, found.ends)
                assert again is not None
                assert again.state != "in force", found


@EXAMPLES
@given(lanes(), days())
def test_a_rule_said_to_act_on_an_event_acts(lane: Lane, story: list[Happening]) -> None:
    """The event comes; a rule that answers it acts exactly where its explanation says so."""
    played = Played(lane, story)
    at = played.at + HOUR
    for case in list(played.open_cases):
        alone = replace(played.file, cases={case.id: case})
        quiet = run(played.live, alone, [], at - 1).file
        for type_ in ANSWERED:
            event = Event("asked", "test", type_, at, "p1", {"case.id": case.id}, at)
            now = quiet.cases.get(case.id)
            if now is None or now.closed is not None:
                continue
            result = run(played.live, quiet, [event], at)
            names = {
                trace.rule
                for decision in result.decisions
                if decision.case == case.id and decision.input[0] == "event"
                for trace in decision.trace
            }
            told = replace(quiet, history=result.file.history, facts=result.file.facts)
            for rule in played.live.lanes[lane.id].by_name.values():
                if getattr(rule.spec, "on", None) != type_ or rule.name.startswith("opens"):
                    continue
                found = explain_rule(played.live, now, told, rule.name, at, given=event)
                assert found is not None
                assert (found.state == "acts") is (rule.name in names), (found, names)
