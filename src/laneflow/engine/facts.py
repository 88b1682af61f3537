"""What a fact's name means: one getter per name, over one view of a case at one instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from laneflow.engine.calendar import Calendar
from laneflow.engine.instants import instant_of
from laneflow.engine.state import OPEN_ITEM, Case, Instant, PatientFile
from laneflow.lanes.model import Lane
from laneflow.practice.zones import DAY, FIRST_YEAR, LAST_YEAR

# Dates a case can be timed by: well inside the years business time is known for, so that what is
# counted from them is, too. A year further off is a slip of the pen, and as good as unknown.
_EARLIEST = (FIRST_YEAR + 1 - 1970) * 366 * DAY
_LATEST = (LAST_YEAR - 10 - 1970) * 365 * DAY

ENDED_STATES = frozenset({"completed", "missed", "cancelled"})


class View:
    """What a test may look at: the case, its patient's file, the calendar, the instant.

    ``data`` is the event being judged where there is no case yet (triggers, ``ours``).
    """

    __slots__ = ("at", "calendar", "case", "data", "file", "lane", "tz")

    def __init__(
        self,
        lane: Lane,
        case: Case,
        file: PatientFile,
        calendar: Calendar,
        at: Instant,
        data: dict[str, Any] | None = None,
    ) -> None:
        self.lane, self.case, self.file, self.calendar, self.at = lane, case, file, calendar, at
        self.data = data
        self.tz = calendar.location.time_zone


Getter = Callable[[View], Any]
Times = Callable[[View], Sequence[Instant]]


def next_appointment(case: Case) -> dict[str, Any] | None:
    """The earliest linked appointment not yet completed, missed or cancelled."""
    if not case.appointments:
        return None
    standing = [a for a in case.appointments.values() if a["state"] not in ENDED_STATES]
    if len(standing) < 2:
        return standing[0] if standing else None
    return min(standing, key=lambda a: (str(a.get("appointment.start", "~")), a["appointment.id"]))


def getter(name: str, lane: Lane) -> Getter:
    """The getter of a fact that is not a time test: returns its value, None where unknown."""
    if name in _FIELDS:
        return _FIELDS[name]
    if name == "location":
        return lambda v: v.case.location
    if name == "appointment.passed":
        return _appointment_passed
    head, _, rest = name.partition(".")
    if head == "opening":
        return _opening(rest, lane)
    if head == "patient" and not rest.startswith("count."):
        return _patient(rest)
    if head == "checklist":
        return (
            _missing
            if rest == "missing"
            else _overdue_from(rest.removeprefix("overdue_from."), lane)
        )
    if head in lane.periods:
        return _period(head, rest)
    if head == "appointment":
        return _appointment(name, lane)
    return _declared(name, lane)


def is_scalar(name: str, lane: Lane) -> bool:
    """Whether a fact's value is never a list."""
    if name in _FIELDS:
        return name != "barrier"
    declared = lane.facts.get(name.removeprefix("opening."))
    return declared is not None and declared.type != "list"


def times_of(name: str) -> Times | None:
    """The sorted event times behind a ``count.`` or ``days.`` fact; None for any other fact."""
    if name.startswith("patient.count."):
        event = name.removeprefix("patient.count.")
        return lambda v: v.file.history.get(event, ())
    for head in ("count.", "days."):
        if name.startswith(head):
            event = name.removeprefix(head)
            return lambda v: v.case.counts.get(event, ())
    return None


def anchor_of(name: str, lane: Lane) -> Callable[[View], Instant | None]:
    """The instant behind ``since.<what>`` or ``until.<what>``, None where unknown."""
    head, _, what = name.partition(".")
    if head == "until":
        return moment(what, lane)
    if what in _SINCE:
        return _SINCE[what]

    def since(view: View) -> Instant:
        times = view.case.counts.get(what)
        return times[-1] if times else view.case.opened

    return since


def moment(name: str, lane: Lane) -> Callable[[View], Instant | None]:
    """The instant a window or a date fact names."""
    if name in lane.windows:

        def window(view: View) -> Instant | None:
            date = view.case.windows.get(name)
            return date.at if date else None

        return window
    get = getter(name, lane)

    def fact(view: View) -> Instant | None:
        value = get(view)
        at = None if value is None else instant_of(value, view.tz)
        return at if at is None or _EARLIEST <= at < _LATEST else None

    return fact


def _declared(name: str, lane: Lane) -> Getter:
    declared = lane.facts.get(name)
    default = declared.default if declared else None

    def get(view: View) -> Any:
        if view.data is not None and name in view.data:
            return view.data[name]
        held = view.case.facts.get(name)
        return default if held is None else held[0]

    return get


def _appointment(name: str, lane: Lane) -> Getter:
    declared = lane.facts.get(name)
    default = declared.default if declared else None

    def get(view: View) -> Any:
        if view.data is not None and name in view.data:
            return view.data[name]
        appointment = next_appointment(view.case)
        if appointment is None:
            return None
        return appointment.get(name, default)

    return get


def _opening(name: str, lane: Lane) -> Getter:
    declared = lane.facts.get(name)
    default = declared.default if declared else None

    def get(view: View) -> Any:
        value = view.case.opening.get(name)
        if value is None and view.data is not None and not view.case.opening:
            value = view.data.get(name)  # a trigger being judged is its own opening
        return default if value is None else value

    return get


def _patient(what: str) -> Getter:
    name = f"patient.{what}"
    if what == "age":
        return lambda v: v.case.opening.get(name)
    if what == "id":
        return lambda v: v.file.patient
    if what == "deceased":
        return lambda v: bool(v.file.facts.get(name, False))
    return lambda v: v.file.facts.get(name)


def _missing(view: View) -> int:
    return sum(item.state in OPEN_ITEM for item in view.case.items.values())


def _overdue_from(party: str, lane: Lane) -> Getter:
    owed = frozenset(item.id for item in lane.checklist if item.owed_by == party)

    def get(view: View) -> int:
        late = 0
        for key, item in view.case.items.items():
            due = item.due
            if key in owed and due is not None and due.at <= view.at and item.state in OPEN_ITEM:
                late += 1
        return late

    return get


def _appointment_passed(view: View) -> bool | None:
    appointment = next_appointment(view.case)
    start = appointment and instant_of(appointment.get("appointment.start"), view.tz)
    return None if not start else start <= view.at


def _period(period: str, what: str) -> Getter:
    kind, _, name = what.partition(".")

    def get(view: View) -> Any:
        span = view.case.periods.get(period)
        if span is None:
            return None
        start, end = span
        local = view.calendar.zone.local
        if what == "day":
            return local(view.at) // DAY - local(start) // DAY + 1
        if kind == "days_with":
            times = view.case.counts.get(name, ())
            return len({local(t) // DAY for t in times if start <= t < end})
        return sum(n for t, n in view.case.amounts.get(name, ()) if start <= t < end)

    return get


def is_late(view: View) -> bool:
    """Whether the first attempt or the first contact is past its window and still not made."""
    case, at = view.case, view.at
    attempt, contact = case.windows.get("first_attempt"), case.windows.get("first_contact")
    return (attempt is not None and attempt.at <= at and case.first_attempt is None) or (
        contact is not None and contact.at <= at and case.first_contact is None
    )


def is_overdue(view: View) -> bool:
    """Whether any task of the case is past its due date and not paused or asleep."""
    since = overdue_from(view.case)
    return since is not None and since <= view.at


def overdue_from(case: Case) -> Instant | None:
    """From when on a case is overdue if nobody acts; None where no task of it has such a date."""
    dates = [side.due.at for side in case.side.values()]
    if case.task is not None and not case.task.paused:
        dates.append(case.task.due.at)
    return min(dates, default=None)


def _progress(view: View) -> Instant:
    """Progress, or the day the case or its task wakes: what sleeps does not stall."""
    case = view.case
    asleep = case.task.start.at if case.task is not None and case.task.start is not None else 0
    return max(case.progress, case.started, asleep)


_SINCE: dict[str, Callable[[View], Instant | None]] = {
    "opened": lambda v: v.case.opened,
    "status": lambda v: v.case.entered,
    "progress": _progress,
    "attempt": lambda v: v.case.attempt,
    "contact": lambda v: v.case.contact,
}

_FIELDS: dict[str, Getter] = {
    "status": lambda v: v.case.status or None,
    "queue": lambda v: v.case.queue or None,
    "tier": lambda v: v.case.tier or None,
    "kind": lambda v: v.case.kind or None,
    "attempts": lambda v: v.case.attempts,
    "failed_attempts": lambda v: v.case.failed_attempts,
    "reached": lambda v: v.case.reached,
    "understanding": lambda v: v.case.understanding or None,
    "last_outcome": lambda v: v.case.last_outcome or None,
    "inbound_calls": lambda v: v.case.inbound_calls,
    "missed_steps": lambda v: v.case.missed_steps,
    "task_done": lambda v: v.case.task_done,
    "barrier": lambda v: tuple(v.case.barriers),
    "overdue": is_overdue,
    "first_response_late": is_late,
}
