"""Owns why a date is what it is: from what, how long after, and what closed time made of it."""

from __future__ import annotations

from laneflow.engine.live import Live
from laneflow.engine.state import Case, Date, Task
from laneflow.lanes.durations import in_words
from laneflow.lanes.model import Duration
from laneflow.lanes.words import plain
from laneflow.practice.words import spoken


def why_due(live: Live, case: Case, task: Task, zone: str) -> str:
    """Why a task is due when it is."""
    if task.snoozed is not None and task.snoozed == task.due.at:
        return "somebody put it off, or promised it, for then"
    said = why_date(live, case, task.due, zone)
    window = case.windows.get(task.due.anchor or "")
    if window is None or window.start is None:
        return said
    return f"{said}; that window is {_window(live, case, task.due.anchor or '', window, zone)}"


def _window(live: Live, case: Case, name: str, date: Date, zone: str) -> str:
    spec = live.lanes[case.lane].lane.windows.get(name)
    of_tier = f" (tier {case.tier})" if spec is not None and _differs(spec.by_tier) else ""
    return f"{why_date(live, case, date, zone)}{of_tier}"


def _differs(spans: dict[str, Duration]) -> bool:
    return len(set(spans.values())) > 1


def why_date(live: Live, case: Case, date: Date, zone: str) -> str:
    """One date as a clause: ``2 business days after Fri 4 Sep 2026 18:30 EDT``."""
    if not date.unit:
        return "somebody chose it"
    span = Duration(date.n, date.unit)  # type: ignore[arg-type]
    if date.anchor is not None and date.start is None:
        return f"{plain(date.anchor)} is not known yet; one business day meanwhile"
    assert date.start is not None
    start = spoken(date.start, zone)
    if date.anchor is not None:
        start = f"{plain(date.anchor)} ({start})"
    if span.unit == "same day":
        said = f"the same day as {start}"
    else:
        said = f"{in_words(span)} {date.side} {start}" if date.n else f"it follows {start}"
    return said + _moved(live, case, date, span, zone)


def _moved(live: Live, case: Case, date: Date, span: Duration, zone: str) -> str:
    """What closed time, or being past already, made of it."""
    assert date.start is not None
    calendar = live.calendar(case.location)
    shift = calendar.subtract if date.side == "before" else calendar.add
    plain = shift(date.start, span)
    if plain == date.at:
        return ""
    told = f"; {spoken(plain, zone)} "
    if date.at < plain:
        return told + "is closed time, so the closing before it"
    if calendar.snap(plain, date.start) == plain:
        return told + "had passed when it was set, so soon after that"
    return told + "is closed time, and the closing before it had passed, so the next one"
