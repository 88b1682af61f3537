"""Owns the people and the patient of the demo: who does what in its week, through the one door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from laneflow.engine.state import Case, Event, Instant
from laneflow.errors import LaneflowError
from laneflow.metrics.queue.rows import Filter, queue
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, MINUTE, iso

ELENA = "elena-alvarez"
LANE = "discharge-outreach"
AT_ONCE = 2
"""Tasks the practice works off in half an hour."""


@dataclass(slots=True)
class Rehearsal:
    """A week in which Elena, home from the hospital, is first forgotten and then looked after.

    ``days`` are the instants at which the practice opens on six business days; everybody else's
    events come from the synthetic practice, and the staff work them off by chance.
    """

    app: App
    days: list[Instant]
    chance: Random
    _put_by: set[str] = field(default_factory=set)

    def events(self) -> Iterator[Event]:
        """What the hospital and the front desk send about Elena."""
        first, _, third, _, fifth, _ = self.days
        link = {"encounter.id": "elena-1"}
        yield _event(first - HOUR, "patient.updated", {
            "patient.first_name": "Elena", "patient.last_name": "Alvarez",
            "patient.birth_date": "1951-03-02", "patient.language": "en",
            "patient.phone": "555-0142", "patient.channels": ["phone", "sms", "letter"],
        })  # fmt: skip
        yield _event(first + HOUR, "encounter.discharged", link | {
            "encounter.class": "inpatient", "encounter.facility": "Riverbend Medical Center",
            "encounter.discharged_to": "home", "location": "main",
        })  # fmt: skip
        for number, item in enumerate(("summary", "med_list"), 1):
            at = third + 3 * HOUR + number * MINUTE
            yield _event(at, "item.received", link | {"item.id": item})
        visit = {"appointment.id": "elena-2", "appointment.type": "hospital follow-up"}
        yield _event(third + 7 * HOUR, "appointment.booked", visit | {
            "appointment.start": iso(fifth + 2 * HOUR), "location": "main",
        })  # fmt: skip
        yield _event(fifth + 3 * HOUR, "visit.completed", visit | {"visit.id": "elena-3"})

    def work(self, now: Instant) -> None:
        """What people do at ``now``, the practice being open."""
        self._elena(now)
        self._calls(now)
        self._queue(now)

    def _elena(self, now: Instant) -> None:
        """Nobody calls for two days, nor answers the call for help at once; then all goes well."""
        case = next(self.app.store.cases(patient=ELENA, lane=LANE), None)
        third, fourth = self.days[2:4]
        if case is None or now < third + 5 * HOUR:
            return
        self._answer(case, now)
        if now >= third + 6 * HOUR and case.status == "first_call":
            data = {"outcome": "reached", "channel": "phone", "with_whom": "patient"}
            said = {"understanding": "understood", "told": "Come and see us this week"}
            self._do(case.owner, case, "note", now, data | said)
        check = case.items.get("med_check")
        if now >= fourth and check is not None and check.state == "missing":
            nurse = self._somebody("nurse", case, now)
            self._do(nurse, case, "item", now, {"item": "med_check", "state": "received"})

    def _answer(self, case: Case, now: Instant) -> None:
        """Whoever stands on the rung takes what is open and answers what is taken."""
        for rule, held in case.escalations.items():
            if held.state == "taken":
                answer = {"escalation": rule, "answer": "Call today; I stand by for questions"}
                self._do(held.taken_by, case, "resolve", now, answer)
                return
            person = self._somebody(held.role, case, now)
            self._do(person, case, "take", now, {"escalation": rule})
            return

    def _calls(self, now: Instant) -> None:
        """Other people's escalations are answered after an hour or two."""
        for row in self.app.store.escalations():
            case = self.app.store.case(row["case"])
            if case and case.patient != ELENA and now - row["release"] > 2 * HOUR:
                self._answer(case, now)
                return

    def _queue(self, now: Instant) -> None:
        """The next tasks of the queue, by whoever does them today."""
        wanted = Filter(due_by=now + 2 * DAY)
        tasks = queue(self.app.store, self.app.live, now, wanted, limit=30)
        theirs = (t for t in tasks if t["patient"] != ELENA and not t["hold_until"])
        mine = (t for t in theirs if t["task"] not in self._put_by)
        for task, _ in zip(mine, range(AT_ONCE), strict=False):
            self._attempt(task, now)

    def _attempt(self, task: dict[str, Any], now: Instant) -> None:
        case = self.app.store.case(task["case"])
        if case is None:
            return
        if task["key"] == "main":
            said = self._note(task, now)
        else:
            said = self._do(task["doer"], case, "done", now, {"task": task["key"]})
        if not said:
            self._put_by.add(task["task"])

    def _note(self, task: dict[str, Any], now: Instant) -> bool:
        """Somebody calls; what comes of it is chance. Toward a partner there is an answer."""
        case = self.app.store.case(task["case"])
        held = case.task if case else None
        if case is None or held is None:
            return False
        outcome = self.chance.choice(["reached", "reached", "no answer", "left message"])
        data: dict[str, Any] = {"outcome": outcome, "channel": task["channel"] or "phone"}
        if held.to:
            data["outcome"] = "reached partner"
        elif outcome == "reached":
            fate = self.chance.choice(["understood", "understood", "partly"])
            data |= {"understanding": fate, "with_whom": "patient"}
            if self.chance.random() < 0.2:
                data["barrier"] = self.chance.choice(["transportation", "work schedule", "cost"])
        return self._do(task["doer"], case, "note", now, data) or self._do(
            task["doer"], case, "note", now, data | self._promise(case, now)
        )

    def _promise(self, case: Case, now: Instant) -> dict[str, Any]:
        """What a note must add where its lane does not say what comes next."""
        calendar = self.app.live.calendar(case.location)
        when = calendar.next_closing(calendar.next_morning(now))
        return {"next_action": "Call again", "by_whom": case.owner, "by_when": when}

    def _do(self, by: str, case: Case, kind: str, now: Instant, data: dict[str, Any]) -> bool:
        """Do it, unless the practice's own rules refuse it."""
        try:
            act(self.app, by=by, kind=kind, case=case.id, data=data, at=now)
        except LaneflowError:
            return False
        return True

    def _somebody(self, role: str, case: Case, now: Instant) -> str:
        """Who with this role is on duty, else the last resort."""
        people = self.app.live.calendar(case.location).on_duty(role, now)
        return people[0] if people else self.app.loaded.practice.last_resort


def _event(at: Instant, type_: str, data: dict[str, Any]) -> Event:
    return Event(f"demo-{at}-{type_}", "demo", type_, at, ELENA, data)
