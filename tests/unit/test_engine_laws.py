"""Laws of the engine on random lanes and days: nothing silent, nothing lost, nothing twice."""

from __future__ import annotations

import os

import msgspec
from hypothesis import HealthCheck, given, settings

from cast import live, patient
from laneflow.engine.decide import decide
from laneflow.engine.fold import fold
from laneflow.engine.run import run
from laneflow.engine.state import Act, Case, Decision, Event, FileResult, Instant, PatientFile
from laneflow.lanes.model import Lane
from laneflow.proofs.silence import silent
from random_lanes import HOUR, Happening, days, lanes, to_input

DAY: Instant = 24 * HOUR
# Each law on 300 lanes in the ordinary run; `make soak` asks for more.
EXAMPLES = settings(
    max_examples=3000 if os.environ.get("LANEFLOW_SOAK") else 300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Story:
    """A random story played to its end, keeping every result on the way."""

    def __init__(self, lane: Lane, story: list[Happening]) -> None:
        self.live = live(lane)
        self.file = patient(first_name="Rosa")
        self.results: list[FileResult] = []
        self.inputs: list[Event | Act] = []
        self.cases: dict[str, Case] = {}
        for n, happening in enumerate(story):
            self.play([self.next_input(n, happening)], happening[1])
        self.end = story[-1][1]

    def next_input(self, n: int, happening: Happening) -> Event | Act:
        first = next(iter(self.file.cases.values()), None)
        escalation = next(iter(first.escalations), "none") if first else "none"
        item = to_input(n, happening, first.id if first else "nobody", escalation)
        self.inputs.append(item)
        return item

    def play(self, inputs: list[Event | Act], until: Instant) -> FileResult:
        result = run(self.live, self.file, inputs, until)
        self.file = result.file
        self.results.append(result)
        self.cases.update(result.touched)
        return result

    @property
    def decisions(self) -> list[Decision]:
        return [d for r in self.results for d in r.decisions]


@EXAMPLES
@given(lanes(), days())
def test_what_holds_of_every_story(lane: Lane, story: list[Happening]) -> None:
    """Five laws of one story: to draw and play it takes longer than to look at it."""
    played = Story(lane, story)
    deciding_twice_changes_nothing(played)
    one_by_one_is_the_same_as_all_at_once(played)
    the_file_that_was_given_is_not_changed(played)
    no_live_case_is_silent(played)
    a_case_folded_from_its_log_is_the_case(played)


def deciding_twice_changes_nothing(played: Story) -> None:
    for result in played.results:
        for case in result.file.cases.values():
            compiled = played.live.lanes[case.lane]
            again, decision = decide(played.live, compiled, case, result.file, result.file.at)
            assert decision is None, decision.changes
            assert again == case


def one_by_one_is_the_same_as_all_at_once(played: Story) -> None:
    at_once = run(played.live, patient(first_name="Rosa"), played.inputs, played.end)
    assert at_once.file.cases == played.file.cases
    assert at_once.file.history == played.file.history
    assert at_once.decisions == played.decisions


def the_file_that_was_given_is_not_changed(played: Story) -> None:
    before: PatientFile = played.file
    kept = msgspec.json.encode(before)
    cases = msgspec.json.encode(before.cases)
    run(played.live, before, [], played.end + 30 * DAY)
    assert msgspec.json.encode(before) == kept
    assert msgspec.json.encode(before.cases) == cases


def no_live_case_is_silent(played: Story) -> None:
    """Nor on any of the thirty days after, which are played."""
    for days_on in range(30):
        at = played.end + days_on * DAY + 5 * HOUR
        played.play([], at)
        for case in played.file.cases.values():
            why = silent(case, played.live, at)
            assert why is None, why


def a_case_folded_from_its_log_is_the_case(played: Story) -> None:
    folded: dict[str, Case] = {}
    for decision in played.decisions:
        written = msgspec.json.decode(msgspec.json.encode(decision), type=Decision)
        folded[decision.case] = fold(folded.get(decision.case), written)
    assert folded == played.cases


@EXAMPLES
@given(lanes(), days(most=8))
def test_waking_equals_polling(lane: Lane, story: list[Happening]) -> None:
    """Between two wakes nothing is there to decide, at any hour; at a wake everything is done."""
    played = Story(lane, story)
    now = played.end
    for hour in range(1, 24 * 12):
        at = now + hour * HOUR + 7 * 60_000
        played.play([], at)
        for case in played.file.cases.values():
            compiled = played.live.lanes[case.lane]
            _, decision = decide(played.live, compiled, case, played.file, at)
            assert decision is None, (decision.changes, decision.trace)


@EXAMPLES
@given(lanes(), days(most=6))
def test_if_nobody_acts_somebody_is_called(lane: Lane, story: list[Happening]) -> None:
    """After 50 days without an act every open case has called for help."""
    played = Story(lane, story)
    wakes = [c.task.start.at for c in played.file.cases.values() if c.task and c.task.start]
    asleep = max(wakes, default=played.end)
    until = max(played.end, asleep) + 50 * DAY
    played.play([], until)
    for case in played.file.cases.values():
        if case.closed is None and not (
            case.task and case.task.start and case.task.start.at > until - 50 * DAY
        ):
            assert any(e.state == "open" and e.last for e in case.escalations.values()), case
