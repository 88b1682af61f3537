"""The course of one case, folded from its decisions: its dates, what it missed, who had to work.

Reads changes as the engine writes them or as they come back from the log (JSON); it decides
nothing. What happened before the frame begins only says how the case stood then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from laneflow.engine.state import Act, Change, Closed, Date, Decision, Escalation, Instant, Task
from laneflow.engine.step import DOCUMENTED
from laneflow.proofs.tally.figures import Answers, Calls, Figures, Frame, Tally

RESPONSES = ("first_attempt", "first_contact")


@dataclass(slots=True)
class _Dated:
    """A task's present date. ``set_at``: since when; ``counted``: its day is in the load."""

    task: Task
    set_at: Instant
    counted: bool = False
    late: bool = False


@dataclass(slots=True)
class _Called:
    """An escalation as it stands. ``told``: when its first rung was; ``counted``: the present."""

    now: Escalation
    told: Instant
    counted: bool = False


@dataclass(slots=True)
class Course:
    """What became of one case so far. Instants are milliseconds; None: not yet.

    ``begun``: its first decision; ``opened``: its trigger's time; ``started``: when its clocks
    began; ``woken``: when time alone last changed it. ``due``: the response windows' dates as they
    were when answered, or now are. ``work``: (person, local day, kind of work) -> how much.
    """

    frame: Frame
    id: str = ""
    lane: str = ""
    tier: str = ""
    location: str = ""
    owner: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    trigger: str = ""
    begun: Instant = 0
    opened: Instant = 0
    started: Instant = 0
    first_attempt: Instant | None = None
    first_contact: Instant | None = None
    scheduled: Instant | None = None
    closed: Closed | None = None
    due: dict[str, Date] = field(default_factory=dict)
    status: str = ""
    wake_at: Instant | None = None
    woken: Instant | None = None
    tasks: int = 0
    attempts: int = 0
    overdue: int = 0
    overdue_ms: int = 0
    calls: dict[str, Calls] = field(default_factory=dict)
    work: dict[tuple[str, int, str], int] = field(default_factory=dict)
    _dated: dict[str, _Dated] = field(default_factory=dict)
    _called: dict[str, _Called] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether anything may still happen to it."""
        return self.closed is None or bool(self._called)

    def take(self, decision: Decision, acts: Mapping[str, Act]) -> None:
        """Fold one decision. ``acts``: those already taken in, by id."""
        kind, key = decision.input[0], decision.input[-1]
        act = acts.get(key) if kind == "act" else None
        if kind == "wake":
            self.woken = decision.at
        for change in decision.changes:
            took = _TAKE.get(change[1])
            if took is not None:
                took(self, change, decision.at, act)
            elif change[0] == "new":
                self.id, self.lane = change[1], change[3]
                self.begun = decision.at

    def end(self) -> None:
        """Settle what still stands at the end of the frame."""
        for dated in self._dated.values():
            self._settle(dated, self.frame.until)
        for called in self._called.values():
            self._tell(called, self.frame.until)

    # what changes ------------------------------------------------------------------------------

    def _word(self, change: Change, at: Instant, act: Act | None) -> None:
        setattr(self, change[1], change[2])

    def _queue(self, change: Change, at: Instant, act: Act | None) -> None:
        if change[2] == "scheduled" and self.scheduled is None:
            self.scheduled = at

    def _close(self, change: Change, at: Instant, act: Act | None) -> None:
        self.closed = _as(change[2], Closed)

    def _window(self, change: Change, at: Instant, act: Act | None) -> None:
        if change[0] == "put" and getattr(self, change[2], None) is None:
            self.due[change[2]] = _as(change[3], Date)

    def _count(self, change: Change, at: Instant, act: Act | None) -> None:
        """A documented contact is its author's; one that a feed brings is the owner's."""
        if change[2] == DOCUMENTED and self.frame.holds(at):
            self.attempts += 1
            self._work(act.by if act is not None else self.owner, at, "contacts")

    def _task(self, change: Change, at: Instant, act: Act | None) -> None:
        self._date("main", None if change[2] is None else _as(change[2], Task), at)

    def _side(self, change: Change, at: Instant, act: Act | None) -> None:
        self._date(change[2], _as(change[3], Task) if change[0] == "put" else None, at)

    def _call(self, change: Change, at: Instant, act: Act | None) -> None:
        rule = change[2]
        held = self._called.get(rule)
        if held is not None:
            self._tell(held, at)
        if change[0] == "del":
            if held is not None:
                self._called.pop(rule)
                self._ended(rule, held.now, at, act)
            return
        now = _as(change[3], Escalation)
        again = held is None or held.now.n != now.n
        told = now.release if held is None or again else held.told
        same = held is not None and not again and held.now.release == now.release
        counted = held is not None and same and held.now.rung == now.rung and held.counted
        self._called[rule] = _Called(now, told, counted)
        if self.frame.holds(at):
            self._note_call(
                self._rule(rule), None if again or held is None else held.now, now, told
            )

    # work and lateness ---------------------------------------------------------------------------

    def _date(self, key: str, task: Task | None, at: Instant) -> None:
        """A task was made, changed or ended: what its former date came to is settled."""
        held = self._dated.pop(key, None)
        if held is not None:
            self._settle(held, at)
        if task is None:
            return
        if held is None or held.task.id != task.id:
            self.tasks += self.frame.holds(at)
            held = None
        same = held is not None and held.task.due.at == task.due.at
        self._dated[key] = (
            _Dated(task, at, held.counted, held.late)
            if held is not None and same
            else _Dated(task, at)
        )

    def _settle(self, dated: _Dated, at: Instant) -> None:
        """Until ``at`` a task kept its date: it may have fallen due, and be overdue since."""
        due, task, frame = dated.task.due.at, dated.task, self.frame
        if task.paused:
            return
        late = min(at, frame.until) - max(due, dated.set_at, frame.since)
        if late > 0:
            self.overdue_ms += late
            if not dated.late and frame.since <= due:
                self.overdue += 1
                dated.late = True
        if not dated.counted and frame.holds(due) and self._day(due) <= self._day(at):
            dated.counted = True
            self._work(self._holder(task), due, "due")

    def _holder(self, task: Task) -> str:
        if task.person or not task.who:
            return task.person or self.owner
        return self.frame.holder(task.who, self.location, self.id)

    def _tell(self, called: _Called, at: Instant) -> None:
        """A call that still stood when its rung was told is somebody's work; one withdrawn before
        is not."""
        now = called.now
        if not called.counted and now.state == "open" and now.release <= at:
            called.counted = True
            if self.frame.holds(now.release):
                person = self.frame.holder(now.role, self.location, self.id)
                self._work(person, now.release, "calls")

    def _note_call(
        self, calls: Calls, before: Escalation | None, now: Escalation, told: Instant
    ) -> None:
        if before is None:
            calls.raised += 1
        elif now.rung > before.rung:
            calls.climbed += 1
        if now.last and not (before is not None and before.last):
            calls.last += 1
        if now.state == "taken" and (before is None or before.state == "open"):
            calls.taken += 1
            calls.took.add((now.taken_at or told) - told)

    def _ended(self, rule: str, held: Escalation, at: Instant, act: Act | None) -> None:
        if self.frame.holds(at):
            answered = held.state == "taken" or (act is not None and act.kind == "resolve")
            calls = self._rule(rule)
            calls.resolved += answered
            calls.withdrawn += not answered

    def _rule(self, rule: str) -> Calls:
        return self.calls.setdefault(rule, Calls())

    def _work(self, person: str, at: Instant, kind: str) -> None:
        key = (person, self._day(at), kind)
        self.work[key] = self.work.get(key, 0) + 1

    def _day(self, at: Instant) -> int:
        return self.frame.day(self.location, at)

    # adding up -----------------------------------------------------------------------------------

    def add_to(self, tally: Tally) -> None:
        """Count the case, once it has ended or the frame has (``end``)."""
        frame = self.frame
        for (person, day, kind), n in self.work.items():
            load = tally.work(person, day)
            setattr(load, kind, getattr(load, kind) + n)
        if self.closed is not None and self.closed.at < frame.since and not self.calls:
            return
        figures = tally.of(self.lane, self.tier)
        self._add_numbers(figures)
        for rule, calls in self.calls.items():
            figures.calls.setdefault(rule, Calls()).merge(calls)
        if self.closed is not None and self.closed.at < frame.since:
            return
        for name in RESPONSES:
            self._answer(getattr(figures, name), getattr(self, name), self.due.get(name))
        base = self.started or self.opened
        if self.scheduled is not None and frame.holds(self.scheduled):
            figures.scheduled.add(self.scheduled - base)
        if self.closed is not None and self.closed.outcome == "completed":
            figures.completed.add(self.closed.at - base)

    def _add_numbers(self, figures: Figures) -> None:
        closed = self.closed
        figures.opened += self.begun >= self.frame.since
        if closed is None or closed.at >= self.frame.since:
            figures.standing += self.begun < self.frame.since
            figures.open += closed is None
        if closed is not None and closed.at >= self.frame.since:
            figures.closed[closed.outcome] = figures.closed.get(closed.outcome, 0) + 1
        figures.tasks += self.tasks
        figures.attempts += self.attempts
        figures.overdue += self.overdue
        figures.overdue_ms += self.overdue_ms

    def _answer(self, answers: Answers, answered: Instant | None, due: Date | None) -> None:
        if answered is not None and answered < self.frame.since:
            return
        if answered is not None:
            start = due.start if due is not None and due.start is not None else self.started
            answers.took.add(answered - (start or self.opened))
        if due is None:
            answers.free += answered is not None
        elif answered is not None:
            answers.in_window += answered <= due.at
            answers.late += answered > due.at
        else:
            self._unanswered(answers, due)

    def _unanswered(self, answers: Answers, due: Date) -> None:
        end = self.frame.until if self.closed is None else self.closed.at
        if due.at <= end:
            answers.late += 1
            answers.never += 1
        elif self.closed is None:
            answers.waiting += 1
        else:
            answers.ended += 1


def _as(value: Any, kind: Any) -> Any:
    """A value of a change, also where it has come back from JSON."""
    return value if isinstance(value, kind) else msgspec.convert(value, kind)


_Take = Callable[[Course, Change, Instant, Act | None], None]
_TAKE: dict[str, _Take] = dict.fromkeys(
    ("tier", "location", "owner", "keys", "trigger", "opened", "started", "status", "wake_at",
     "first_attempt", "first_contact"),
    Course._word,
)  # fmt: skip
_TAKE |= {
    "queue": Course._queue,
    "closed": Course._close,
    "windows": Course._window,
    "counts": Course._count,
    "task": Course._task,
    "side": Course._side,
    "escalations": Course._call,
}
