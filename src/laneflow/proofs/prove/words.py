"""A proof in a manager's words: how long, why, and which closed days make it so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from laneflow.engine.state import Instant
from laneflow.practice.hours import why_closed
from laneflow.practice.model import Practice
from laneflow.practice.words import local, spoken
from laneflow.practice.zones import DAY, MINUTE
from laneflow.proofs.prove.model import Silence

KINDS = {
    "task": "a task is missed",
    "ladder": "a rung does not answer",
    "taken": "whoever took an escalation does nothing",
    "untouched": "nobody documents anything",
    "promise": "a promised date",
    "snooze": "a task put off",
}
"""What has to be missed for each kind of wait."""


def how_long(lasts: Instant) -> str:
    """A wait for people.

    >>> how_long(3 * DAY + 15 * HOUR + 30 * MINUTE)
    '3 days 15 h 30 min'
    """
    minutes = -(-lasts // MINUTE)  # a moment over counts as the minute it is in
    days, rest = divmod(minutes, DAY // MINUTE)
    parts = [(days, "day" if days == 1 else "days"), (rest // 60, "h"), (rest % 60, "min")]
    said = " ".join(f"{n} {unit}" for n, unit in parts if n)
    return said or "at once"


def because(silence: Silence, practice: Practice) -> str:
    """Which date, from when to when, and the closed days in between."""
    moments = silence.since, silence.due, silence.called
    since, due, called = (spoken(at, silence.zone) for at in moments)
    told = "told then" if due == called else f"told {called}"
    text = f"{silence.where}: {silence.what}. Last act {since}, due {due}, {told}"
    closed = ", ".join(_closed(silence, practice))
    place = f" at {silence.location}" if len(practice.locations) > 1 else ""
    return f"{text}{place}{f' ({closed})' if closed else ''}"


def iso(silence: Silence, at: Instant) -> str:
    """An instant of a silence as ISO 8601 in its location's time."""
    return local(at, silence.zone).isoformat(timespec="minutes")


def _closed(silence: Silence, practice: Practice) -> Iterator[str]:
    """The weekdays in between on which the location is closed, and why."""
    location = practice.locations[silence.location]
    day: date = local(silence.since, silence.zone).date()
    while day <= local(silence.called, silence.zone).date():
        why = why_closed(location, day) if day.weekday() < 5 else None
        if why:
            yield f"{why} {day:%m-%d}"
        day += timedelta(days=1)
