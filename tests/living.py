"""A patient's file living through a few days, dates worked out by hand.

The practice is in New York, open Mon-Fri 08:00-17:00; Monday 2026-09-07 is Labor Day.
"""

from __future__ import annotations

from typing import Any

from cast import act, event, live, local, patient, t
from laneflow.engine.run import run
from laneflow.engine.state import Act, Case, Event, FileResult, Instant, PatientFile


class Day:
    """A patient's file living through a few days."""

    def __init__(self, *lanes: Any, file: PatientFile | None = None, **practice: Any) -> None:
        self.live = live(*lanes, **practice)
        self.file = file or patient(first_name="Rosa")
        self.results: list[FileResult] = []
        self.cases: dict[str, Case] = {}

    def take(self, *inputs: Event | Act, until: Instant | None = None) -> FileResult:
        result = run(self.live, self.file, inputs, until or inputs[-1].at)
        self.file = result.file
        self.results.append(result)
        self.cases.update(result.touched)
        return result

    def wait(self, until: str) -> FileResult:
        return self.take(until=t(until))

    def discharge(self, at: str = "2026-09-04 18:30", **data: Any) -> Case:
        self.take(event("encounter.discharged", at, **data))
        return self.case

    def note(self, at: str, outcome: str = "no answer", **data: Any) -> Case:
        self.take(act("note", at, self.case.id, outcome=outcome, **data))
        return self.case

    @property
    def case(self) -> Case:
        return list(self.cases.values())[-1]

    @property
    def fates(self) -> list[str]:
        return [i.fate for r in self.results for i in r.inputs]


def due(case: Case) -> str | None:
    assert case.task is not None
    return local(case.task.due.at)
