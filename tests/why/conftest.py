"""The shipped practice, one patient of it, and what is said of them at an instant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cast import t
from laneflow.engine.state import Act, Event
from laneflow.lanes.load import load_practice
from laneflow.metrics.why.event import find_event, tell_event, why_event
from laneflow.metrics.why.origins import Origins
from laneflow.metrics.why.rule import why_not
from laneflow.metrics.why.telling import tell, tell_judged
from laneflow.metrics.why.then import case_then
from laneflow.practice.model import LoadedPractice
from laneflow.store.memory import MemoryStore
from laneflow.work.app import App
from laneflow.work.clock import FixedClock
from laneflow.work.deciding import When, work

ROOT = Path(__file__).parents[2]
ZONE = "America/New_York"

REPLAY = When(until=None, pause=False)


class Desk:
    """A store with the shipped lanes; events and acts at the times they are given."""

    def __init__(self, loaded: LoadedPractice) -> None:
        self.clock = FixedClock(t("2026-09-04 18:30"))
        self.app = App(ROOT, MemoryStore(), loaded, self.clock)
        self.n = 0

    def event(self, type_: str, time: str, patient: str = "p1", came: str = "", **data: Any) -> str:
        """An event of ``time`` that comes then, or at ``came``; its id."""
        self.n += 1
        facts = {name.replace("__", "."): value for name, value in data.items()}
        at = t(came or time)
        event = Event(f"e{self.n}", "ehr", type_, t(time), patient, facts, at)
        work(self.app, {patient: [event]}, REPLAY)
        return event.id

    def act(self, kind: str, time: str, by: str = "ana", **data: Any) -> None:
        """What a person did about the first open case."""
        self.n += 1
        act = Act(f"a{self.n}", kind, by, t(time), "p1", self.case, data)
        work(self.app, {"p1": [act]}, REPLAY)

    def wait(self, until: str) -> None:
        """Nothing happens until then."""
        work(self.app, {patient: [] for patient in ("p1",)}, When(until=t(until)))

    @property
    def case(self) -> str:
        """The first case of p1."""
        return next(iter(self.app.store.cases(open_only=False, patient="p1"))).id

    def why_not(self, rule: str, at: str) -> str:
        """What is said of a rule at an instant."""
        then = case_then(self.app, self.case, t(at))
        found = why_not(self.app, then, rule)
        lane = then.live.lanes[then.case.lane].lane
        came = Origins(then.live.loaded, lane, then.steps, ZONE)
        lines = tell(found.now, ZONE, came)
        if found.last is not None:
            lines += ["When it last came:", *tell_judged(found.last, ZONE)]
        return "\n".join(lines)

    def why(self, event: str) -> str:
        """What is said of an event."""
        row = find_event(self.app, event)
        assert row is not None
        return "\n".join(tell_event(why_event(self.app, row)))


@pytest.fixture(scope="session")
def shipped() -> LoadedPractice:
    """The starter practice and its eight lanes."""
    loaded, problems = load_practice(ROOT)
    assert loaded is not None
    assert [p for p in problems if p.severity == "error"] == []
    return loaded


@pytest.fixture
def desk(shipped: LoadedPractice) -> Desk:
    """A desk to which nothing has come yet."""
    return Desk(shipped)


@pytest.fixture
def home(desk: Desk) -> Desk:
    """Alma was sent home on a Friday evening before Labor Day."""
    desk.event(
        "encounter.discharged", "2026-09-04 18:30", location="main", encounter__id="e1",
        encounter__discharged_to="home", encounter__class="inpatient",
    )  # fmt: skip
    return desk
