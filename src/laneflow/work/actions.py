"""The one door through which people change things: permission, decision, audit, once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from laneflow.engine.state import ON_CALLS, Act, Case, FileResult, Instant, PatientFile
from laneflow.errors import LaneflowError, Problem, did_you_mean, listing
from laneflow.lanes.model import Lane
from laneflow.practice.model import Person
from laneflow.work.act_rules import CHECKS, Asked, left_open, problems_of
from laneflow.work.app import App
from laneflow.work.deciding import TRIES, When, decide
from laneflow.work.words import changes

CHANGED = "changed-since"
"""The code of the refusal of an act on a case that somebody has worked on meanwhile."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to: the cases as they are now, and what changed, case by case, in words."""

    cases: tuple[Case, ...]
    said: dict[str, list[str]]


def act(
    app: App,
    *,
    by: str,
    kind: str,
    case: str | Sequence[str] = "",
    data: Mapping[str, Any] | None = None,
    apart: Mapping[str, Mapping[str, Any]] | None = None,
    also: Sequence[tuple[str, Mapping[str, Any]]] = (),
    at: Instant | None = None,
    seen: int | Mapping[str, int] | None = None,
    id: str | None = None,
) -> Outcome:
    """Do what a person asks, or say in one line each what keeps it from being done.

    ``by`` is a person of practice.yaml; ``kind`` and ``data`` are those of ``state.Act``; for
    events on the unplaced list see ``work.unplaced``. ``case`` is an id or its beginning; several
    cases of one patient get the same act and are written together, each with what ``apart`` says
    of it (by case id) besides. ``also`` are further acts, kind and data, done right after it on the
    first of the cases: all together or none of them. ``seen`` is the ``seq`` of the case that the
    person was looking at (of several, by case id): where somebody has acted on it since, nothing
    is done, and the problem's code is ``CHANGED``. The same ``id`` twice is done once.

    Raises LaneflowError with every problem; then nothing was changed.
    """
    person = person_of(app, by, kind)
    for one in (kind, *(other for other, _ in also)):
        if one not in CHECKS:
            hint = did_you_mean(one, CHECKS, f"Say {listing(CHECKS)}.")
            raise _refused(one, f'nobody can "{one}" a case', hint)
    found = find_cases(app, kind, [case] if isinstance(case, str) else list(case))
    when = app.clock.now() if at is None else at
    said = [(one, kind, {**(data or {}), **(apart or {}).get(one.id, {})}) for one in found]
    said += [(found[0], other, dict(more)) for other, more in also]
    first = id or uuid.uuid4().hex
    acts = [
        Act(
            id=first + (f"/{n}" if n else ""),
            kind=verb,
            by=person.id,
            at=when,
            patient=one.patient,
            case=one.id,
            data=_said(verb, what, one),
        )
        for n, (one, verb, what) in enumerate(said)
    ]
    return do(app, person, acts, seen)


def _said(kind: str, data: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """What was said, less what was left empty; a note is by its task's channel unless it says."""
    said = {key: value for key, value in data.items() if value not in (None, "")}
    if kind == "note" and "channel" not in said:
        key = said.get("task", "main")
        task = case.task if key == "main" else case.side.get(key)
        if task is not None and task.channel:
            said["channel"] = task.channel
    return said


def do(
    app: App, person: Person, acts: Sequence[Act], seen: int | Mapping[str, int] | None = None
) -> Outcome:
    """Decide and write acts of one person on one patient, upon what was written meanwhile."""
    patient = acts[0].patient
    for _ in range(TRIES):
        if app.store.known([("act", act.id) for act in acts]):
            return _as_it_is(app, acts)
        file = app.store.load([patient])[patient]
        app.follow()
        asked = [_asked(app, file, person, act, seen) for act in acts]
        _raise(_by_case([(one.case.id, problems_of(one)) for one in asked]))
        result = decide(app.live, file, acts, When.live(max(acts[0].at, file.at)))
        after = [result.touched.get(one.case.id, one.case) for one in asked]
        left = [left_open(one, now) for one, now in zip(asked, after, strict=True)]
        _raise(_by_case([(one.case.id, p) for one, p in zip(asked, left, strict=True)]))
        with app.store.transaction():  # the change and its audit row: both or neither
            lost = app.store.apply([result], clock=result.file.at)
            for given in () if lost else acts:
                audit(app, given)
        if not lost:
            return _outcome(app, file, result, after)
    raise RuntimeError(f"the file changed under {TRIES} decisions in a row")


def person_of(app: App, by: str, kind: str) -> Person:
    people = app.loaded.practice.people
    person = people.get(by)
    if person is None:
        active = [p.id for p in people.values() if p.active]
        hint = did_you_mean(by, active, f"Say {listing(active)}.")
        raise _refused(kind, f'nobody here is called "{by}"', hint)
    if not person.active:
        raise _refused(kind, f"{person.name} no longer works here")
    return person


def find_cases(app: App, kind: str, names: Sequence[str]) -> list[Case]:
    found: dict[str, Case] = {}
    for name in names:
        case = app.store.case(name) if name else None
        if case is None:
            raise _refused(kind, f'there is no case "{name}"' if name else "no case is named")
        found[case.id] = case
    if len({case.patient for case in found.values()}) > 1:
        raise _refused(kind, "the cases are not of one patient", "Document each patient apart.")
    return list(found.values())


def _asked(
    app: App,
    file: PatientFile,
    person: Person,
    given: Act,
    looked: int | Mapping[str, int] | None,
) -> Asked:
    case = file.cases.get(given.case) or app.store.case(given.case)
    lane = app.loaded.lanes.get(case.lane) if case else None
    if case is None or lane is None:
        raise _refused(given.kind, "the case or its lane is not there any more")
    if case.closed and not _may_follow_close(given, file, lane):
        raise _refused(given.kind, "the case is closed", "Only its escalation is left to resolve.")
    seen = looked.get(case.id) if isinstance(looked, Mapping) else looked
    if seen is not None and case.seq != seen and _acted_since(app, case, seen):
        what = "somebody has worked on this case since you opened it"
        hint = "Look at it again; nothing of yours was saved."
        raise LaneflowError(Problem(given.kind, 0, 0, what, hint, code=CHANGED, case=case.id))
    calendar = app.live.calendar(case.location)
    return Asked(
        app.loaded.practice, person, given.kind, given.data, given.at, case, lane, calendar.add
    )


def _may_follow_close(given: Act, file: PatientFile, lane: Lane) -> bool:
    """A closed case takes answers to its escalations, and what may bring it back."""
    if given.kind in ON_CALLS:
        return given.case in file.cases
    pressed = [given.data.get("type"), *given.data.get("events", ())]
    reopening = lane.reopens.on if lane.reopens else ()
    return given.kind in ("note", "event") and any(event in reopening for event in pressed)


def _acted_since(app: App, case: Case, seen: int) -> bool:
    """Whether a person did something to it; a button pressed is decided as an event of theirs."""
    return any(
        decision.seq > seen and (isinstance(given, Act) or decision.input[:2] == ("event", "act"))
        for decision, given in app.store.log(case.id)
    )


def _outcome(app: App, file: PatientFile, result: FileResult, named: Sequence[Case]) -> Outcome:
    cases = {case.id: case for case in (*named, *result.touched.values())}
    said = {id: changes(app.loaded, file.cases.get(id), case) for id, case in cases.items()}
    return Outcome(tuple(cases.values()), {id: words for id, words in said.items() if words})


def _as_it_is(app: App, acts: Sequence[Act]) -> Outcome:
    """The outcome of acts that were done before: nothing changes again."""
    cases = (app.store.case(act.case) for act in acts)
    return Outcome(tuple(case for case in cases if case is not None), {})


def audit(app: App, given: Act) -> None:
    detail = msgspec.json.encode({"act": given.id, "fields": sorted(given.data)}).decode()
    app.store.audit(
        {
            "at": given.at,
            "by": given.by,
            "what": given.kind,
            "object": f"case {given.case}" if given.case else f"patient {given.patient}",
            "detail": detail,
        }
    )


def _refused(kind: str, what: str, hint: str = "") -> LaneflowError:
    return LaneflowError(Problem(kind, 0, 0, what, hint))


def _by_case(found: Sequence[tuple[str, Sequence[Problem]]]) -> list[Problem]:
    """The problems of acts on several cases; what is not wrong with all of them names its case."""
    cases = {case for case, _ in found}
    having = {p: {case for case, those in found if p in those} for _, those in found for p in those}
    return [
        problem if having[problem] == cases else replace(problem, case=case)
        for case, those in found
        for problem in those
    ]


def _raise(problems: Sequence[Problem]) -> None:
    if problems:
        raise LaneflowError(list(dict.fromkeys(problems)))
