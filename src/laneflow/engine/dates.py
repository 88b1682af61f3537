"""Dates of a case: resolved from what the lane says, followed when what they are tied to moves."""

from __future__ import annotations

from laneflow.engine.state import Date, Instant
from laneflow.engine.step import Step
from laneflow.lanes.model import Due, Duration

SOON = Duration(1, "business hours")
NEXT_DAY = Duration(1, "business days")  # where a date must be and nothing says which
LONGEST_SLEEP = Duration(24, "months")  # a mistyped year must not put a case to sleep for good


def dated(step: Step, start: Instant, span: Duration) -> Date:
    """``start`` + ``span`` as a deadline that remembers both."""
    at = step.calendar.deadline(start, span, step.at)
    return Date(at, start, span.n, span.unit)


def resolve(step: Step, due: Due, base: Instant) -> Date:
    """The date a lane's ``due`` means now; ``base`` is where a bare duration starts.

    A date tied to a fact that is not known is one business day away, and follows once it is.
    """
    if due.duration is not None:
        return dated(step, base, due.duration)
    name = due.window or due.anchor
    assert name is not None
    span = due.by or Duration(0, "minutes")
    return _tied(step, name, span, due.side, base)


def sleeps_until(step: Step, start: Due) -> Date:
    """When a task starts: a plain instant, neither moved out of closed time nor out of the past.

    At most ``LONGEST_SLEEP`` from now: what sleeps is called by nobody, so every sleep ends.
    """
    latest = step.calendar.add(step.at, LONGEST_SLEEP)
    if start.duration is not None:
        at = min(step.calendar.add(step.at, start.duration), latest)
        return Date(at, step.at, start.duration.n, start.duration.unit)
    name = start.window or start.anchor
    assert name is not None
    span = start.by or Duration(0, "minutes")
    known = step.compiled.moment(name, step.view)
    if known is None:
        return Date(step.at, None, span.n, span.unit, name, start.side)
    shift = step.calendar.subtract if start.side == "before" else step.calendar.add
    return Date(min(shift(known, span), latest), known, span.n, span.unit, name, start.side)


def _tied(step: Step, name: str, span: Duration, side: str, base: Instant) -> Date:
    known = step.compiled.moment(name, step.view)
    if known is None:
        at = step.calendar.deadline(base, NEXT_DAY, step.at)
    elif side == "before":
        at = step.calendar.snap(step.calendar.subtract(known, span), step.at)
    else:
        at = step.calendar.deadline(known, span, step.at)
    return Date(at, known, span.n, span.unit, name, side)


def followed(step: Step, date: Date) -> Date:
    """The date again, after the fact or window it is tied to has moved; itself where it has not."""
    if date.anchor is None:
        return date
    known = step.compiled.moment(date.anchor, step.view)
    if known is None or known == date.start:
        return date
    return _tied(step, date.anchor, _span(date), date.side, step.at)


def redated(step: Step, date: Date) -> Date:
    """The date again under a changed calendar: the same span from the same start.

    A date that has passed stays: no publishing forgives what is late. One whose span has passed,
    so that it was set an hour ahead of its setting, is not put off by another hour.
    """
    if not date.unit or date.start is None or date.at <= step.at:
        return date
    shift = step.calendar.subtract if date.side == "before" else step.calendar.add
    plain = shift(date.start, _span(date))
    at = step.calendar.snap(plain, step.at)
    if plain <= step.at:
        at = min(at, date.at)
    return Date(at, date.start, date.n, date.unit, date.anchor, date.side)


def _span(date: Date) -> Duration:
    return Duration(date.n, date.unit)  # type: ignore[arg-type]


def set_windows(step: Step, base: Instant) -> None:
    """Set the response windows that start with the case (``base``: its trigger, or its waking)."""
    for name, window in step.lane.windows.items():
        if window.start is None:
            step.draft.put("windows", name, _window(step, name, base))


def start_windows(step: Step, event_type: str, at: Instant) -> None:
    """Set the windows that start with an event; not before the case has a tier to set them by."""
    if not step.case.tier:
        return
    for name, window in step.lane.windows.items():
        if window.start == event_type:
            step.draft.put("windows", name, _window(step, name, at))


def tighten_windows(step: Step) -> None:
    """After a change of tier: a stricter tier pulls dates in, no tier pushes them out."""
    for name, held in step.case.windows.items():
        if name in step.lane.windows and held.start is not None:
            date = _window(step, name, held.start)
            if date.at < held.at:
                step.draft.put("windows", name, date)


def _window(step: Step, name: str, base: Instant) -> Date:
    spans = step.lane.windows[name].by_tier
    tier = step.case.tier
    span = spans.get(tier) or next(iter(spans.values()))
    return dated(step, base, span)
