"""Owns the people of a measured practice: what they document, as acts ready to be taken in."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any

from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import Act, Case, Event, Instant, PatientFile, Task
from laneflow.work.clock import HOUR

Input = Event | Act

DONE = 0.7
"""The share of tasks and calls for help that somebody sees to in time; the rest escalate."""


class Staff:
    """Everybody who works here. The same chance gives the same acts on the same cases."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._seen: set[tuple[Any, ...]] = set()
        self._made = 0

    def acts(self, file: PatientFile, now: Instant) -> list[Act]:
        """What will be done about whatever is new in a patient's cases; later than ``now``."""
        found: list[Act] = []
        for case in file.cases.values():
            if case.task is not None and case.closed is None and not case.task.paused:
                found += self._task(case, case.task, now)
            for task in case.side.values():
                found += self._task(case, task, now)
            for rule, held in case.escalations.items():
                if self._new(case.id, rule, held.n, held.state, held.rung):
                    kind = "take" if held.state == "open" else "resolve"
                    data = {"escalation": rule, "answer": "Call today"}
                    at = max(now, held.release) + 2 * HOUR
                    found += self._act(case, kind, at, data)
        return found

    def _task(self, case: Case, task: Task, now: Instant) -> list[Act]:
        """A note on the main task, side tasks ticked off, within the hours before it is due."""
        if not self._new(case.id, task.key, task.id, task.attempt, task.round, task.due.at):
            return []
        early = int(self._chance.random() * 6 * HOUR)
        at = max(now + 1, task.due.at - early)
        if task.key != "main":
            return self._act(case, "done", at, {"task": task.key})
        return self._act(case, "note", at, self._said(task, at))

    def _said(self, task: Task, at: Instant) -> dict[str, Any]:
        chance = self._chance
        data: dict[str, Any] = {"channel": task.channel or "phone"}
        if task.to:
            return data | {"outcome": "reached partner"}
        if chance.random() < 0.45:
            return data | {"outcome": chance.choice(["no answer", "left message", "busy"])}
        data |= {"outcome": "reached", "with_whom": "patient"}
        data["understanding"] = chance.choice(["understood", "understood", "partly"])
        if chance.random() < 0.15:
            data["barrier"] = chance.choice(["transportation", "work schedule", "cost"])
        if chance.random() < 0.3:
            data |= {"next_action": "Call again", "by_whom": "us", "by_when": at + 48 * HOUR}
        return data

    def _act(self, case: Case, kind: str, at: Instant, data: dict[str, Any]) -> list[Act]:
        if self._chance.random() > DONE:
            return []
        self._made += 1
        return [Act(f"act-{self._made}", kind, case.owner, at, case.patient, case.id, data)]

    def _new(self, *what: Any) -> bool:
        if what in self._seen:
            return False
        self._seen.add(what)
        return True


def rehearsed(live: Live, events: Iterable[Event], end: Instant) -> list[Input]:
    """The events with what people did about them, each at its own instant, in that order.

    Found by deciding it all once; deciding the same inputs again leads to the same cases.
    """
    staff, files = Staff(2), {}
    said: list[Input] = []
    coming: list[tuple[Instant, int, Input]] = [
        (event.time, n, at_its_time(event)) for n, event in enumerate(events)
    ]
    number = len(coming)
    heapify(coming)
    while coming:
        at, _, given = heappop(coming)
        file = files.get(given.patient) or PatientFile(patient=given.patient)
        files[given.patient] = file = run(live, file, [given], at).file
        said.append(given)
        for act in staff.acts(file, at):
            if act.at < end:
                number += 1
                heappush(coming, (act.at, number, act))
    return said


def at_its_time(event: Event) -> Event:
    """The event as taken in at the very time it happened."""
    return Event(
        event.id, event.source, event.type, event.time, event.patient, event.data, event.time
    )
