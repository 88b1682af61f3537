"""Obligations (a) and (b): every date a lane can set comes, and its moves come to an end.

Also what would stop the engine itself: a task without a date, a status that is not there. The
loader refuses most of these; the proof does not rely on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from laneflow.engine.calendar import Calendar
from laneflow.engine.dates import LONGEST_SLEEP
from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError
from laneflow.lanes.circles import find_circle
from laneflow.lanes.durations import in_words
from laneflow.lanes.model import Atom, Due, Duration, Lane, Where
from laneflow.practice.model import Practice
from laneflow.proofs.prove.model import Failure, Silence
from laneflow.proofs.prove.worst import ladders_of

LONGEST_DAYS = 366
"""A wait longer than a year is no wait: by then whoever set it has forgotten it."""


def names(lane: Lane, practice: Practice) -> Iterator[Failure]:
    """What the engine looks up and would not find; nothing else can be judged where it fails."""
    if not lane.statuses:
        yield _wrong("no-status", "the lane has no status", "Add one with a task.", lane.where)
    if not practice.tiers or not practice.locations:
        yield _wrong("no-place", "the practice has no tiers or no locations", "Add them.")
    if practice.default_ladder not in practice.ladders:
        what = f'the practice\'s ladder "{practice.default_ladder}" is not there'
        yield _wrong("no-ladder", what, "Add it under ladders.", obligation="c")
    for where, name, place in _led_to(lane):
        if name not in lane.statuses:
            what = f'{where} leads to "{name}", which is not a status of the lane'
            yield _wrong("no-status", what, "Name one of its statuses.", place)
    for where, due, place in _dues(lane):
        if due.duration is None and due.window is None and due.anchor is None:
            yield _wrong("no-date", f"{where} has no date", "Say when it is due.", place)
    for name, window in lane.windows.items():
        if not window.by_tier:
            what = f"the window {name} has no length"
            yield _wrong("no-date", what, "Say how long it is.", window.where)


def _led_to(lane: Lane) -> Iterator[tuple[str, str, Where | None]]:
    for index, move in enumerate(lane.moves):
        yield f"moves[{index}]", move.to, move.where
    for status in lane.statuses.values():
        task = status.task
        if task.after_last is not None:
            yield f"statuses.{status.id}.task.after_last", task.after_last, task.where
        for index, move in enumerate(status.moves):
            yield f"statuses.{status.id}.moves[{index}]", move.to, move.where


def _dues(lane: Lane) -> Iterator[tuple[str, Due, Where | None]]:
    for status in lane.statuses.values():
        where, place = f"statuses.{status.id}.task", status.task.where or status.where
        yield f"{where}.due", status.task.due, place
        if status.task.start is not None:
            yield f"{where}.start", status.task.start, place
    for item in lane.checklist:
        yield f"checklist.{item.id}.due", item.due, item.where


def finite(
    lane: Lane, practice: Practice, calendars: dict[str, Calendar], start: Instant, end: Instant
) -> Iterator[Failure]:
    """Every duration leads to a date the calendars know, sleeps are capped, periods take time."""
    for where, span, place in _spans(lane, practice):
        why = _lost(span, calendars, (start, end))
        if why:
            yield _wrong("endless", f"{where}, {in_words(span)}: {why}", "Shorten it.", place)
    for status in lane.statuses.values():
        sleep = status.task.start and status.task.start.duration
        calendar = next(iter(calendars.values()))
        if sleep and calendar.add(start, sleep) > calendar.add(start, LONGEST_SLEEP):
            what = f"statuses.{status.id} sleeps for {in_words(sleep)}"
            hint = f"A case sleeps at most {in_words(LONGEST_SLEEP)}."
            yield _wrong("long-sleep", what, hint, status.task.where or status.where)
    yield from _stopped(lane)


def _stopped(lane: Lane) -> Iterator[Failure]:
    """Time that does not go on: what comes round after no time at all comes round for ever."""
    for period in lane.periods.values():
        if period.every is not None and period.every.n <= 0:
            what = f"the period {period.id} takes no time, so it would end again and again"
            yield _wrong("no-time", what, "Give it some days.", period.where)
    if lane.again_after is not None and lane.again_after.n <= 0:
        what = "again_after takes no time, so a closed case could open again and again"
        yield _wrong("no-time", what, "Give it some days.", lane.where)


def _lost(
    span: Duration, calendars: dict[str, Calendar], moments: tuple[Instant, Instant]
) -> str | None:
    if span.n < 0:
        return "a length of time cannot be less than nothing"
    for calendar in calendars.values():
        for at in moments:
            try:
                calendar.deadline(at, span, at)
            except LaneflowError as error:
                return error.problems[0].what
    return None


def _spans(lane: Lane, practice: Practice) -> Iterator[tuple[str, Duration, Where | None]]:
    """Every duration that sets a date; those that are only tested set none."""
    yield from _within(lane, "", None)
    for ladder in ladders_of(lane, practice).values():
        yield from _within(ladder, f"ladders.{ladder.id}", ladder.where)
    for name in ("longest_wait", "longest_snooze"):
        yield name, getattr(practice, name), Where(practice.file, 0)


def _within(value: Any, path: str, place: Where | None) -> Iterator[tuple[str, Duration, Any]]:
    if isinstance(value, Duration):
        yield path.removeprefix("."), value, place
    elif isinstance(value, Atom | Where):
        return
    elif isinstance(value, msgspec.Struct):
        place = getattr(value, "where", None) or place
        for field in value.__struct_fields__:
            yield from _within(getattr(value, field), f"{path}.{field}", place)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _within(inner, f"{path}.{key}", place)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _within(inner, f"{path}[{index}]", place)


def circle(lane: Lane) -> Iterator[Failure]:
    """Moves without ``on`` that no test keeps from going round at one instant."""
    found = find_circle(lane)
    if found:
        way = " -> ".join([found[0].start, *(step.end for step in found)])
        hint = "Give one of these moves an on, or two of them tests that exclude each other."
        what = f"a case could go round for ever: {way}"
        yield _wrong("circle", what, hint, found[-1].move.where, obligation="b")


def too_long(waits: dict[str, dict[str, Silence]]) -> Iterator[Failure]:
    """Waits that end only after more than a year; each place once, whatever the tier."""
    longest: dict[tuple[str, str], Silence] = {}
    for kinds in waits.values():
        for silence in kinds.values():
            key = silence.kind, silence.where
            if silence.lasts > longest.get(key, silence).lasts or key not in longest:
                longest[key] = silence
    for silence in longest.values():
        days = silence.lasts // 86_400_000
        if days > LONGEST_DAYS:
            what = f"{silence.where} ({silence.what}) calls nobody for {days:,} days"
            yield _wrong("too-long", what, "More than a year is as good as never: shorten it.")


def _wrong(
    code: str, what: str, hint: str, where: Where | None = None, *, obligation: Any = "a"
) -> Failure:
    return Failure(obligation=obligation, code=code, what=what, hint=hint, where=where)
