"""What became of an event and why: the cases it could have gone to, the lanes it could have opened.

The event is taken in once more, by the engine itself, into a copy of the file as it met it; what is
told is what the engine judged on the way.
"""

from __future__ import annotations

import copy
from typing import Any

import msgspec
from msgspec.structs import replace

from laneflow.engine.arrive import Arrivals
from laneflow.engine.calendar import Calendar
from laneflow.engine.compiled import CompiledLane
from laneflow.engine.explain.asking import part_of
from laneflow.engine.explain.model import Note, Part
from laneflow.engine.facts import View
from laneflow.engine.live import Live
from laneflow.engine.opening import location_of
from laneflow.engine.openings import Verdict
from laneflow.engine.route import HOW_IT_FITS, family_of, how_it_fits, record_of
from laneflow.engine.starts import Starts
from laneflow.engine.state import Case, Event, Instant, PatientFile
from laneflow.engine.step import DOCUMENTED
from laneflow.lanes.durations import in_words
from laneflow.lanes.model import Opening


class CaseAsked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A case that was open when the event came. ``went``: it was given the event.

    ``how``: one of ``route.HOW_IT_FITS``; ``condition``: the lane's ``ours``, where that decided.
    """

    case: str
    lane: str
    went: bool
    how: str
    why: str
    condition: Part | None = None


class TriggerAsked(msgspec.Struct, frozen=True, omit_defaults=True):
    """One ``opens`` of a lane that answers the event, and its condition as the event met it."""

    name: str
    holds: bool
    condition: Part
    file: str = ""
    line: int = 0


class LaneAsked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a lane made of the event. ``kind``: one of ``openings.Verdict``'s."""

    lane: str
    kind: str
    why: Note
    triggers: tuple[TriggerAsked, ...] = ()


class ExplainedEvent(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What became of an event. ``newer``: of what instant the news was that made it stale."""

    source: str
    id: str
    type: str
    time: Instant
    at: Instant
    patient: str
    fate: str
    why: str
    opened: tuple[str, ...] = ()
    newer: Instant | None = None
    record: str = ""
    cases: tuple[CaseAsked, ...] = ()
    lanes: tuple[LaneAsked, ...] = ()
    heard_by: tuple[str, ...] = ()


def explain_event(live: Live, file: PatientFile, event: Event) -> ExplainedEvent:
    """Why ``event`` went where it went; ``file`` is the patient's as it was before it. Pure."""
    dry = copy.copy(live)
    dry.starts = Starts()
    arrivals = Arrivals(dry, _copy(file, event.at))
    verdicts: list[Verdict] = []
    arrivals.take(event, verdicts)
    taken = arrivals.inputs[0]
    stale = taken.fate == "stale"
    record = record_of(event) or ""
    open_cases = [] if stale else [c for c in file.cases.values() if c.closed is None]
    met = replace(_copy(arrivals.file, event.at), cases=dict(file.cases), ended=dict(file.ended))
    return ExplainedEvent(
        source=event.source, id=event.id, type=event.type, time=event.time, at=event.at,
        patient=event.patient, fate=taken.fate, why=taken.why,
        opened=tuple(c for c in taken.cases if c not in file.cases),
        newer=file.newest.get(record) if stale else None, record=record if stale else "",
        cases=tuple(_case(live, case, event, met, taken.cases) for case in open_cases),
        lanes=tuple(_lane(live, verdict, event, met) for verdict in verdicts),
        heard_by=tuple(
            lane for lane, compiled in live.lanes.items() if event.type in compiled.listens
        ),
    )  # fmt: skip


def _copy(file: PatientFile, at: Instant) -> PatientFile:
    mine = copy.copy(file)
    for field in ("facts", "history", "newest", "ended", "cases"):
        setattr(mine, field, dict(getattr(file, field)))
    for field in ("earlier", "held", "again"):
        setattr(mine, field, list(getattr(file, field)))
    mine.at = max(at, file.at)
    return mine


# cases --------------------------------------------------------------------------------------------

_WHY_FITS = {
    "names it": "the event names this case",
    "names another": "the event names another case",
    "linked": "the case is linked to the event's appointment",
    "unheard": "its lane does not listen to {type}",
    "other item": "its checklist has no such item",
    "same keys": "the event carries the case's {keys}",
    "other keys": "the event carries another {keys}",
    "linked elsewhere": "the event's appointment is linked to another case",
    "not ours": "`ours` of its lane does not hold for the event",
    "ours": "`ours` of its lane holds for the event",
    "ours, no key": "it might be: `ours` holds, but the event carries no {keys}",
    "no key": "it might be: the event carries no {keys}",
    "only by key": "the event carries no {keys}, and its lane does not listen to {type}",
    "the patient's": "its lane has one case per patient",
    "everybody": "{type} concerns the patient: every open case learns of it",
    "unnamed": "the event does not say which case it is about",
    "only one": "it is the patient's only open case",
}


def _case(
    live: Live, case: Case, event: Event, file: PatientFile, given: tuple[str, ...]
) -> CaseAsked:
    compiled, went = live.lanes.get(case.lane), case.id in given
    if compiled is None:
        return CaseAsked(case.id, case.lane, went, "unheard", "its lane is not live")
    how = _how(compiled, case, event, file, live, went=went)
    keys = " or ".join(compiled.extra_keys) or "key"
    why = _WHY_FITS[how].format(type=event.type, keys=keys)
    return CaseAsked(
        case.id, case.lane, went, how, why, _ours(compiled, case, event, file, live, how)
    )


def _how(
    compiled: CompiledLane, case: Case, event: Event, file: PatientFile, live: Live, *, went: bool
) -> str:
    if event.type in live.patient_wide or event.type == "patient.updated":
        return "everybody"
    how = how_it_fits(compiled, case, event, file, live.calendar(case.location))
    if event.type in ("patient.declined", DOCUMENTED) and "names" not in how:
        alone = sum(other.closed is None for other in file.cases.values()) == 1
        if not went:
            return "unnamed"
        return how if HOW_IT_FITS[how] == "carried" and not alone else "only one"
    return how


def _ours(
    compiled: CompiledLane, case: Case, event: Event, file: PatientFile, live: Live, how: str
) -> Part | None:
    """The lane's ``ours`` for the event's family, where it was asked."""
    family = family_of(event.type)
    if how not in ("not ours", "ours", "ours, no key") or family not in compiled.ours:
        return None
    view = View(compiled.lane, case, file, live.calendar(case.location), event.at, event.data)
    return part_of(compiled, compiled.condition(compiled.ours[family]), view)


# lanes --------------------------------------------------------------------------------------------


def _lane(live: Live, verdict: Verdict, event: Event, file: PatientFile) -> LaneAsked:
    compiled = live.lanes[verdict.lane]
    location = location_of(live, event, file)
    calendar = live.calendar(location)
    view = View(compiled.lane, compiled.no_case, file, calendar, event.at, event.data)
    triggers = []
    for rule in compiled.opened_by.get(event.type, []):
        condition = part_of(compiled, compiled.condition(rule), view)
        place = compiled.place(rule)
        triggers.append(TriggerAsked(rule.name, condition.holds, condition, *place))
    spec: Any = verdict.rule.spec if verdict.rule is not None else None
    why = _why(live, compiled, verdict, event, file, spec)
    return LaneAsked(verdict.lane, verdict.kind, why, tuple(triggers))


def _why(
    live: Live,
    compiled: CompiledLane,
    verdict: Verdict,
    event: Event,
    file: PatientFile,
    spec: Opening | None,
) -> Note:
    kind, ended = verdict.kind, verdict.ended
    calendar = live.calendar(location_of(live, event, file))
    if kind == "too old" and spec is not None:
        since = calendar.subtract(event.at, spec.stale_after)
        span = in_words(spec.stale_after)
        return Note(kind, f"it is older than stale_after ({span}, back to {{at}})", since)
    if kind == "closed since" and ended is not None:
        says = f"it happened before its case {ended.id} was closed on {{at}}"
        return Note(kind, says, ended.at)
    if kind == "no key":
        return Note(kind, f"it carries no {' or '.join(compiled.extra_keys)}")
    if kind == "stands back" and spec is not None:
        lanes = " or ".join(spec.unless_open)
        return Note(kind, f"unless_open: an open case of {lanes} was given the same event")
    if kind == "no trigger":
        return _no_trigger(live, compiled, event, file, calendar)
    return Note(kind, _WHY_LANE[kind])


_WHY_LANE = {
    "opens": "it opens a case",
    "reopens": "it brings a closed case back",
    "deceased": "the patient has died",
    "open": "a case with these keys is open already; the event only updates it",
}


def _no_trigger(
    live: Live, compiled: CompiledLane, event: Event, file: PatientFile, calendar: Calendar
) -> Note:
    """Why no trigger of the lane fits, and why nothing of it is brought back."""
    reopens = compiled.lane.reopens
    if reopens is None or event.type not in reopens.on:
        return Note("no trigger", "the `when` of its triggers does not hold")
    ended = [e for e in file.ended.values() if e.lane == compiled.lane.id]
    if not ended:
        return Note("no trigger", "it has no closed case to bring back")
    latest = max(ended, key=lambda one: one.at)
    until = calendar.add(latest.at, reopens.within)
    if event.time > until:
        return Note("no trigger", f"its case {latest.id} could be brought back until {{at}}", until)
    if event.time <= latest.at:
        says = f"it happened before the case {latest.id} was closed on {{at}}"
        return Note("no trigger", says, latest.at)
    if latest.outcome == "completed" or event.type in live.patient_wide:
        says = f"{event.type} brings the case {latest.id} back only where it names it"
        return Note("no trigger", says)
    return Note("no trigger", "no closed case of it, or more than one, fits the event")
