"""Small search for events that open a case of a lane and lead it to a status.

Event data that satisfies a condition is built from the condition's own branches; whether it does is
asked of the engine, never judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from laneflow.engine.live import Live
from laneflow.engine.run import run
from laneflow.engine.state import Act, Case, Event, FileResult, Instant, PatientFile
from laneflow.lanes.circles import branches
from laneflow.lanes.model import Atom, Condition, Duration, Lane
from laneflow.practice.zones import DAY, HOUR

PATIENT = "somebody"
MOST_RUNS = 400
"""How many runs of the engine a search may cost."""

Inputs = tuple[Event | Act, ...]
_WAITS = (DAY, 16 * DAY, 35 * DAY)
_NOTES: tuple[dict[str, Any], ...] = (
    {"outcome": "reached", "understanding": "understood"},
    {"outcome": "reached", "understanding": "not understood"},
    {"outcome": "reached"},
    {"outcome": "no answer", "by": "phone"},
)


def played(live: Live, inputs: Inputs, until: Instant) -> FileResult:
    """The inputs in order over the file of a patient nothing has happened to yet."""
    return run(live, PatientFile(patient=PATIENT), inputs, until)


def openings(live: Live, lane: Lane, at: Instant, location: str, seed: str = "") -> Iterator[Event]:
    """Events that open a case of ``lane``, the lane's own triggers in file order."""
    for number, opening in enumerate(lane.opens):
        for extra in _tiers(lane):
            for way in branches(opening.when):
                data = {**_solved(lane, extra, at), **_solved(lane, way, at)}
                for keys in _keys(lane, opening.on):
                    event = _event(opening.on, at, {**keys, **data, "location": location}, seed)
                    if _opens(live, lane, event):
                        yield event
                        break
            if number + 1 == len(lane.opens) and not lane.priority:
                return


def _tiers(lane: Lane) -> list[tuple[Atom, ...]]:
    """What would put a case in one tier or another, and first nothing at all."""
    return [(), *(way for rule in lane.priority for way in branches(rule.when) if way)]


def _opens(live: Live, lane: Lane, event: Event) -> bool:
    result = played(live, (event,), event.at)
    return any(c.lane == lane.id and c.closed is None for c in result.file.cases.values())


def _keys(lane: Lane, event_type: str) -> Iterator[dict[str, Any]]:
    """The record keys a trigger may carry: those of its own family first, then all of them."""
    names = [key.removeprefix("opening.") for key in lane.one_case_per if key != "patient.id"]
    family = event_type.partition(".")[0]
    mine = [n for n in names if n.startswith(f"{family}.") or not n.endswith(".id")]
    yield dict.fromkeys(mine, "1")
    yield dict.fromkeys(names, "1")


def _event(type_: str, at: Instant, data: dict[str, Any], seed: str = "") -> Event:
    return Event(f"{type_}@{at}{seed}", "prove", type_, at, PATIENT, data, at)


def _solved(lane: Lane, tests: tuple[Atom, ...], at: Instant) -> dict[str, Any]:
    """Data under which the tests of declared and patient facts hold; the rest is left alone."""
    found: dict[str, Any] = {}
    for atom in tests:
        name = atom.fact.removeprefix("opening.").removeprefix("until.")
        if name in lane.facts or (name.startswith("patient.") and ".count." not in name):
            value = _value(lane, name, atom, at)
            if value is not None:
                found[name] = value
    return found


def _value(lane: Lane, name: str, atom: Atom, at: Instant) -> Any:
    """A value that passes one test; None to leave the fact unknown."""
    wanted, declared = atom.value, lane.facts.get(name)
    if declared is not None and declared.type in ("date", "date and time"):
        return None if wanted is False else _iso(at + 10 * DAY)
    values = wanted if isinstance(wanted, tuple) else (wanted,)
    match atom.op:
        case "is" | "one_of" | "contains" | "at_least" | "at_most":
            return None if isinstance(wanted, Duration) else values[0]
        case "more_than" | "less_than":
            step = 1 if atom.op == "more_than" else -1
            return wanted + step if isinstance(wanted, int | float) else None
        case "is_not" | "none_of" if declared is not None:
            return next((v for v in declared.one_of if v not in values), None)
        case "known" if wanted:
            return 1 if declared is not None and declared.type == "number" else "something"
    return None


def _iso(at: Instant) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()


Goal = Callable[[FileResult | None], bool]
"""Asked of every run; None is a run in which the engine gave up."""


def reach(live: Live, lane: Lane, first: Event, goal: Goal) -> Inputs | None:
    """The fewest inputs after ``first`` that lead to ``goal``; None where the search found none."""
    waiting: list[tuple[Inputs, Instant]] = [((first,), first.at)]
    seen: set[tuple[str, str]] = set()
    runs = 0
    while waiting and runs < MOST_RUNS:
        inputs, until = waiting.pop(0)
        runs += 1
        result = _try(live, inputs, until)
        if goal(result):
            return inputs
        case = result and next((c for c in result.file.cases.values() if c.lane == lane.id), None)
        if not case or case.closed is not None or (case.status, case.understanding) in seen:
            continue
        seen.add((case.status, case.understanding))
        later = until + HOUR
        waiting += [((*inputs, item), later) for item in _next(lane, case, later)]
        waiting += [(inputs, until + wait) for wait in _WAITS]
    return None


def _try(live: Live, inputs: Inputs, until: Instant) -> FileResult | None:
    try:
        return played(live, inputs, until)
    except Exception:  # noqa: BLE001 (whatever stops the engine is what is looked for)
        return None


def _next(lane: Lane, case: Case, at: Instant) -> Iterator[Event | Act]:
    """What may happen to a case in its status: events its moves answer, facts, notes."""
    keys = {**case.keys, "case.id": case.id}
    for move in (*lane.statuses[case.status].moves, *lane.moves):
        for way in branches(move.when):
            data = {**_solved(lane, way, at), **keys}
            if move.on is not None:
                yield _event(move.on, at, {**data, **_linked(move.on)})
            elif way:
                type_ = _bringing(move.when)
                yield _event(type_, at, {**data, **_linked(type_)})
    for number, note in enumerate(_NOTES):
        yield Act(f"note{number}@{at}", "note", case.owner, at, PATIENT, case.id, dict(note))
    yield Act(f"done@{at}", "done", case.owner, at, PATIENT, case.id, {"task": "main"})


def _bringing(condition: Condition) -> str:
    """An event type that may bring the facts a move asks for, or be what it counts."""
    for way in branches(condition):
        for atom in way:
            head, _, rest = atom.fact.partition(".")
            if head in ("count", "days"):
                return rest
            if head == "appointment":
                return "appointment.booked"
    return "patient.called"


def _linked(event_type: str) -> dict[str, Any]:
    return {"appointment.id": "1"} if event_type.startswith("appointment.") else {}
