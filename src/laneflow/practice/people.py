"""One person of practice.yaml: roles, shifts, lunch, leave, languages."""

from __future__ import annotations

from laneflow.lanes.entry import Entry
from laneflow.lanes.scope import Scope
from laneflow.practice.model import Person
from laneflow.practice.places import days, span_of_days
from laneflow.practice.week import parse_span, parse_week


def person(name: str, entry: Entry, scope: Scope, root: Entry) -> Person:
    """A person; ``root`` is the whole of practice.yaml, for its locations, channels, languages."""
    lunch = entry.get("lunch")
    channels = [n for n, _ in root.entries("notify")]
    notify = tuple(str(e.value) for e in entry.each("notify"))
    for channel in entry.each("notify"):
        if channel.value not in channels:
            scope.unknown(channel, "notification channel", channels, "Add it under notify.")
    languages = tuple(str(e.value) for e in entry.each("languages"))
    return Person(
        id=name,
        name=entry.text("name"),
        roles=tuple(str(e.value) for e in entry.each("roles")),
        shifts=_shifts(entry, scope, root),
        lunch=_lunch(lunch, scope) if lunch is not None else None,
        leave=tuple(span_of_days(e, scope) for e in entry.each("leave")),
        call_offs=days(entry, "call_off", scope),
        languages=languages or (str(root.value["languages"][0]),),
        most_open_tasks=entry.value.get("most_open_tasks"),
        active=bool(entry.value.get("active", True)),
        notify=notify,
        where=entry.where,
    )


def _shifts(entry: Entry, scope: Scope, root: Entry) -> tuple[tuple[int, str, str, str], ...]:
    locations = [name for name, _ in root.entries("locations")]
    shifts: list[tuple[int, str, str, str]] = []
    for location, hours in entry.entries("works"):
        if location not in locations:
            named = Entry(hours.document, hours.path, location)
            scope.unknown(named, "location", locations)
        week = parse_week(str(hours.value))
        if week is None:
            hint = "Write for example Mo-Fr 08:00-17:00, or Mo-Th 08:00-17:00; Fr 08:00-12:00."
            scope.wrong(
                hours, f'the hours "{hours.value}" cannot be read', hint, code="hours-unreadable"
            )
        shifts.extend((day, location, start, end) for day, start, end in week or ())
    return tuple(shifts)


def _lunch(entry: Entry, scope: Scope) -> tuple[str, str] | None:
    span = parse_span(str(entry.value))
    if span is None:
        what = f'"{entry.value}" is not from a time to a later one'
        scope.wrong(entry, what, "Write for example 08:00-17:00.", code="times-backwards")
    return span
