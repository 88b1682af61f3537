"""Lane tests as they are written: files under lanes/tests read into scenarios, places kept.

A scenario has a start and steps; a step waits, lets one thing happen, and says what to expect.
Times without an offset are local to the scenario's location.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from laneflow.engine.calendar import Calendar
from laneflow.engine.live import Live
from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem, did_you_mean
from laneflow.lanes.durations import parse_duration
from laneflow.lanes.entry import Entry
from laneflow.lanes.model import Duration, Fact
from laneflow.lanes.schema import check_shape
from laneflow.lanes.vocabulary import PATIENT_FACTS, STANDARD_EVENTS, STANDARD_FACTS
from laneflow.lanes.yaml import read

VERBS = (
    "event", "note", "press", "done", "snooze", "assign", "take", "resolve", "item", "confirm",
    "close", "promise",
)  # fmt: skip
"""What may happen in a step, at most one of them."""

_OTHER_FACTS = {"case.id": "text", "patient.id": "text", "location": "text", "reason": "text"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step, reached ``wait`` after the step before it or at ``until``; else no time goes by."""

    entry: Entry
    wait: Duration | None = None
    until: Instant | None = None

    @property
    def verb(self) -> str:
        """What happens in it, or nothing."""
        return next((verb for verb in VERBS if verb in self.entry), "")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One lane test, ready to run. ``patient``: facts known from the start, by full name.

    ``missing`` is a lane it needs that did not load: then it has no steps and is not run.
    """

    entry: Entry
    lane: str
    name: str
    start: Instant = 0
    location: str = ""
    patient: dict[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()
    missing: str = ""


class WrongError(LaneflowError):
    """One thing wrong at one entry of a scenario."""

    def __init__(self, entry: Entry, what: str, hint: str = "") -> None:
        super().__init__(entry.problem(what, hint))


def read_scenarios(
    live: Live, content: bytes, file: str, broken: frozenset[str] = frozenset()
) -> list[Scenario]:
    """The scenarios of one file; ``LaneflowError`` where the file as a whole cannot be read.

    A scenario with mistakes of its own comes with its ``problems`` and without steps; so does one
    that needs a lane of ``broken``, the lanes that are there and did not load.
    """
    document = read(content, file)
    problems = check_shape(document, "lane-test")
    if problems:
        raise LaneflowError(problems)
    top = Entry(document)
    lane = top.text("lane")
    if lane not in live.lanes and lane not in broken:
        hint = did_you_mean(lane, live.lanes, "It is a lane's file name without .yaml.")
        raise WrongError(top["lane"], f'there is no lane "{lane}"', hint)
    return [
        Scenario(test, lane, test.text("name"), missing=missing)
        if (missing := next((one for one in _lanes_of(test, lane) if one in broken), ""))
        else _scenario(live, top, lane, test)
        for test in top.each("tests")
    ]


def _lanes_of(test: Entry, lane: str) -> Iterator[str]:
    """The lanes a test is about: its file's, and those its steps name."""
    yield lane
    for step in test.each("steps"):
        if "lane" in step:
            yield step.text("lane")


def _scenario(live: Live, top: Entry, lane: str, test: Entry) -> Scenario:
    name = test.text("name")
    try:
        place = test.get("location") or top.get("location")
        location = str(place.value) if place else live.default_location
        if place and location not in live.practice.locations:
            hint = did_you_mean(location, live.practice.locations)
            raise WrongError(place, f'there is no location "{location}"', hint)
        calendar = live.calendar(location)
        return Scenario(
            test, lane, name,
            start=instant_at(test["start"], calendar),
            location=location if place else "",
            patient=_patient(top, calendar) | _patient(test, calendar),
            steps=tuple(_step(live, calendar, step) for step in test.each("steps")),
        )  # fmt: skip
    except LaneflowError as error:
        return Scenario(test, lane, name, problems=error.problems)


def _patient(entry: Entry, calendar: Calendar) -> dict[str, Any]:
    known = {name.removeprefix("patient."): type_ for name, type_ in PATIENT_FACTS.items()}
    facts: dict[str, Any] = {}
    for name, value in entry.entries("patient"):
        plain = name.removeprefix("patient.")
        if plain not in known:
            raise WrongError(
                value, f'"{name}" is not known of patients', did_you_mean(plain, known)
            )
        facts[f"patient.{plain}"] = _typed(value, known[plain], calendar)
    return facts


def _step(live: Live, calendar: Calendar, entry: Entry) -> Step:
    verbs = [verb for verb in VERBS if verb in entry]
    if len(verbs) > 1:
        raise WrongError(entry[verbs[1]], f"a step is one thing: {verbs[0]} and {verbs[1]} are two")
    for named in _events_named(entry):
        _known_event(live, named)
    wait, until = None, None
    if "after" in entry:
        wait = parse_duration(entry.text("after"))
        if wait is None:
            raise WrongError(entry["after"], f'"{entry.text("after")}" is not a length of time')
    if "at" in entry:
        until = instant_at(entry["at"], calendar)
    return Step(entry, wait, until)


def _events_named(entry: Entry) -> Iterator[Entry]:
    if "event" in entry:
        yield entry["event"]
    if "press" in entry:
        yield entry["press"]
    if "note" in entry:
        yield from entry["note"].each("events")


def _known_event(live: Live, entry: Entry) -> None:
    known = STANDARD_EVENTS | live.practice.events.keys()
    if entry.value not in known:
        raise WrongError(
            entry, f'there is no event "{entry.value}"', did_you_mean(entry.value, known)
        )


def event_data(live: Live, calendar: Calendar, step: Entry) -> dict[str, Any]:
    """What an event of a step brings, each value as its fact's type says it arrives."""
    known = _fact_types(live)
    data: dict[str, Any] = {}
    for name, value in step.entries("data"):
        if name not in known:
            raise WrongError(value, f'no lane knows the fact "{name}"', did_you_mean(name, known))
        data[name] = _typed(value, known[name], calendar)
    return data


def _fact_types(live: Live) -> dict[str, str]:
    types: dict[str, str] = {**STANDARD_FACTS, **PATIENT_FACTS, **_OTHER_FACTS}
    declared: Iterable[tuple[str, Fact]] = (
        item for compiled in live.lanes.values() for item in compiled.lane.facts.items()
    )
    return types | {name: fact.type for name, fact in declared}


def _typed(entry: Entry, type_: str, calendar: Calendar) -> Any:
    value = entry.value
    if type_ == "yes or no":
        return yes_or_no(entry)
    if type_ == "date and time" and len(str(value)) > len("2026-09-08"):
        return calendar.local(instant_at(entry, calendar)).isoformat()
    if type_ == "text" and not isinstance(value, list | dict):
        return str(value)
    return value


def yes_or_no(entry: Entry) -> bool:
    """``yes``, ``no``, ``true`` or ``false``."""
    if isinstance(entry.value, bool):
        return entry.value
    if entry.value not in ("yes", "no"):
        raise WrongError(entry, f'"{entry.value}" is neither yes nor no')
    return bool(entry.value == "yes")


def instant_at(entry: Entry, calendar: Calendar) -> Instant:
    """The instant of a date and time as written, ``2026-09-08 17:00``; local without an offset."""
    try:
        return calendar.instant(datetime.fromisoformat(str(entry.value)))
    except ValueError:
        hint = "Write it as 2026-09-08 17:00."
        raise WrongError(entry, f'"{entry.value}" is not a date and time', hint) from None


def instant_from(entry: Entry, calendar: Calendar, now: Instant) -> Instant:
    """A date and time as written, the close of business of a date, or a length of time from now."""
    span = parse_duration(str(entry.value))
    if span is not None:
        return calendar.add(now, span)
    midnight = instant_at(entry, calendar)
    return calendar.next_closing(midnight) if len(str(entry.value)) == 10 else midnight
