"""The past as the log tells it: what is explained of an instant is what was explained at it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from cast import lane, practice
from laneflow.engine.explain.events import explain_event
from laneflow.engine.explain.model import Explained
from laneflow.engine.explain.rules import explain_all
from laneflow.engine.explain.wakes import why_it_wakes
from laneflow.engine.run import run
from laneflow.engine.state import Act, Event, Instant, PatientFile
from laneflow.lanes.model import Lane
from laneflow.metrics.why.event import why_event
from laneflow.metrics.why.then import case_then, file_then
from laneflow.practice.model import LoadedPractice
from laneflow.store.memory import MemoryStore
from laneflow.work.app import App
from random_lanes import Happening, days, lanes, to_input

EXAMPLES = settings(
    max_examples=300 if os.environ.get("LANEFLOW_SOAK") else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Moment:
    """What was known and said at an instant of a story, while it was the present."""

    at: Instant
    case: str
    file: PatientFile
    said: list[Explained]


class Told:
    """A story kept in a store; ``moments``: what was explained on the way."""

    def __init__(self, lane: Lane, story: list[Happening], *, explaining: bool = False) -> None:
        self.explaining = explaining
        loaded = LoadedPractice(practice(), {lane.id: lane}, ".")
        self.store = MemoryStore()
        self.app = App(Path(), self.store, loaded)
        self.moments: dict[Instant, list[Moment]] = {}
        self.fates: list[tuple[Event, PatientFile]] = []
        for n, happening in enumerate(story):
            self._play(n, happening)

    def _play(self, n: int, happening: Happening) -> None:
        file = self.store.load(["p1"])["p1"]
        first = next(iter(file.cases.values()), None)
        escalation = next(iter(first.escalations), "none") if first else "none"
        item = to_input(n, happening, first.id if first else "nobody", escalation)
        at = happening[1]
        quiet = run(self.app.live, file, [], at - 1)
        self.store.apply([quiet])
        if isinstance(item, Event):
            self.fates.append((item, quiet.file))
        result = run(self.app.live, quiet.file, [item], at)
        assert self.store.apply([result]) == []
        self.moments[at] = [self._moment(case, result.file, at) for case in result.file.cases]

    def _moment(self, case: str, file: PatientFile, at: Instant) -> Moment:
        if not self.explaining:
            return Moment(at, case, file, [])
        trigger = case_then(self.app, case, at).trigger
        found = explain_all(self.app.live, file.cases[case], file, at, trigger)
        return Moment(at, case, file, found)


@EXAMPLES
@given(lanes(), days(most=6))
def test_the_past_is_explained_as_it_was_when_it_was_the_present(
    random: Lane, story: list[Happening]
) -> None:
    told = Told(random, story, explaining=True)
    for moments in told.moments.values():
        for moment in moments:
            then = case_then(told.app, moment.case, moment.at)
            found = explain_all(then.live, then.case, then.file, then.at, then.trigger)
            assert found == moment.said


@EXAMPLES
@given(lanes(), days())
def test_the_file_of_then_is_rebuilt_from_its_inputs(random: Lane, story: list[Happening]) -> None:
    told = Told(random, story)
    for moments in told.moments.values():
        for moment in moments:
            file = file_then(told.store, told.app.live, "p1", moment.at)
            assert (file.facts, file.history) == (moment.file.facts, moment.file.history)
            assert (file.newest, file.earlier) == (moment.file.newest, moment.file.earlier)


@EXAMPLES
@given(lanes(), days())
def test_an_event_asked_about_again_meets_the_same_fate(
    random: Lane, story: list[Happening]
) -> None:
    told = Told(random, story)
    rows = {row["id"]: row for row in told.store.inputs() if row["kind"] == "event"}
    for event, file in told.fates:
        row = rows[event.id]
        found = why_event(told.app, row)
        assert found.unknown == ()
        assert (found.judged.fate, found.judged.why) == (row["fate"], row["why"])
        assert found.judged == explain_event(told.app.live, file, event)
        went = {asked.case for asked in found.judged.cases if asked.went}
        assert {*went, *found.judged.opened} <= set(row["cases"])
        opening = [asked for asked in found.judged.lanes if asked.kind in ("opens", "reopens")]
        assert len(opening) == len(found.judged.opened)


@EXAMPLES
@given(lanes(), days())
def test_every_wake_has_a_reason(random: Lane, story: list[Happening]) -> None:
    told = Told(random, story)
    file = told.store.load(["p1"])["p1"]
    for case in file.cases.values():
        assert bool(why_it_wakes(told.app.live, case, file)) is (case.wake_at is not None), case


def test_a_button_pressed_with_a_note_is_part_of_the_history() -> None:
    """A note that pressed a button counts in the patient's history, as it did when it was taken."""
    told = Told(lane(), [("encounter.discharged", 1_787_922_000_000, {})])
    case = next(iter(told.store.load(["p1"])["p1"].cases))
    at = 1_787_925_600_000
    act = Act(
        "a1", "note", "ana", at, "p1", case, {"outcome": "reached", "events": ["patient.called"]}
    )
    result = run(told.app.live, told.store.load(["p1"])["p1"], [act], at)
    told.store.apply([result])
    file = file_then(told.store, told.app.live, "p1", at)
    assert file.history == result.file.history
    assert file.history["patient.called"] == [at]
