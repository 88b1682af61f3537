"""Owns what is done for a caller who has no case: the call written down, a case opened by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from laneflow.engine.route import family_of
from laneflow.engine.state import Act, Event, Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.model import Lane
from laneflow.work.act_rules import LONGEST
from laneflow.work.actions import audit, person_of
from laneflow.work.app import App
from laneflow.work.deciding import When, work
from laneflow.work.unplaced import known_lane, open_with

CALLED = "patient.called"
"""The event that is an inbound call; it reaches every open case of the patient by itself."""
BY_HAND = "by hand"
"""The source of what a person at the practice has typed in."""


def record_call(
    app: App,
    *,
    by: str,
    patient: str,
    about: str,
    unclear: bool = False,
    id: str,
    at: Instant | None = None,
) -> None:
    """Write down that a patient called, without a case; the same ``id`` twice is done once.

    ``about``: what they wanted and were told; ``unclear``: because the next step was unclear.
    Raises LaneflowError where nothing is said, or too much.
    """
    person, about = person_of(app, by, "event"), about.strip()
    if not about or len(about) > LONGEST:
        what = f"this is longer than {LONGEST} characters" if about else "this is missing"
        raise _wrong(what, "Say what they wanted, and what they were told.", "about")
    if app.store.known([("act", id)]):
        return
    at = app.clock.now() if at is None else at
    said = {"call.about": about} | ({"call.next_step_unclear": True} if unclear else {})
    given = Act(id, "event", person.id, at, patient, data={"type": CALLED, "data": said})
    worked = work(app, {patient: [given]}, When.live(at))
    if worked.failed:
        raise RuntimeError(f"the call could not be written down: {worked.failed[patient]}")
    audit(app, given)


def open_by_hand(
    app: App,
    *,
    by: str,
    patient: str,
    lane: str,
    keys: Mapping[str, Any],
    told: Mapping[str, Any] | None = None,
    id: str,
    at: Instant | None = None,
) -> str:
    """Open a case for a patient nothing came in for; its id, the same for the same ``id``.

    ``keys`` are the lane's keys and the ``location``; ``told`` what was learned of the patient
    (``patient.…`` facts). Raises LaneflowError where there is no such lane, or the lane already
    has an open case with these keys.
    """
    person = person_of(app, by, "place")
    known_lane(app, lane)
    at = app.clock.now() if at is None else at
    type_ = _trigger(app.loaded.lanes[lane], keys)
    event = Event(id, BY_HAND, type_, at, patient, dict(keys), at)
    if (known := _opened_before(app, event)) is not None:
        return known
    learned = [
        Event(f"{id}/patient", BY_HAND, "patient.updated", at, patient, dict(facts), at)
        for facts in (told,)
        if facts
    ]
    return open_with(app, event, lane, by=person.id, at=at, told=learned)[0]


def _trigger(lane: Lane, said: Iterable[str]) -> str:
    """The lane's trigger that is about a record that was named, else its first."""
    about = {family_of(name) for name in said}
    types = [opening.on for opening in lane.opens]
    return next((type_ for type_ in types if family_of(type_) in about), (*types, "opened")[0])


def _opened_before(app: App, event: Event) -> str | None:
    """The case that this very event has opened already."""
    trigger = f"{event.source}\n{event.id}"
    cases = app.store.cases(open_only=False, patient=event.patient)
    return next((case.id for case in cases if case.trigger == trigger), None)


def _wrong(what: str, hint: str, path: str) -> LaneflowError:
    return LaneflowError(Problem("call", 0, 0, what, hint, path))
