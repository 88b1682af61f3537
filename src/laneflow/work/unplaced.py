"""The unplaced list: events no case could be named for, until a person says where they belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from laneflow.engine.state import Act, Case, Event, Instant
from laneflow.errors import LaneflowError, Problem, did_you_mean, listing
from laneflow.work.act_rules import LONGEST
from laneflow.work.actions import Outcome, audit, do, find_cases, person_of
from laneflow.work.app import App
from laneflow.work.deciding import When, key_of, work

Named = tuple[str, str]
"""An event by its source and id."""


def attach(app: App, *, by: str, event: Named, case: str, at: Instant | None = None) -> Outcome:
    """Give an unplaced event to a case of the same patient.

    Raises LaneflowError where it is not on the list, or the case is closed or of another patient.
    """
    person = person_of(app, by, "place")
    (held, _), at = _held(app, event), app.clock.now() if at is None else at
    (found,) = find_cases(app, "place", [case])
    with app.store.transaction():
        _settle(app, event, "attached", person.id, at)
        return do(app, person, [_place(held, person.id, at, case=found)])


def open_case(
    app: App,
    *,
    by: str,
    event: Named,
    lane: str = "",
    data: Mapping[str, Any] | None = None,
    at: Instant | None = None,
) -> tuple[str, ...]:
    """Open a case from an unplaced event, completed by ``data`` where it lacked a key; its id.

    ``lane`` may be left out where the event could only be one lane's. Raises LaneflowError where
    it is not on the list, or the lane already has a case with these keys.
    """
    person = person_of(app, by, "place")
    held, lanes = _held(app, event)
    lane = lane or (lanes[0] if len(lanes) == 1 else "")
    known_lane(app, lane, lanes)
    at = app.clock.now() if at is None else at
    _not_too_long(data or {})
    completed = msgspec.structs.replace(held, data={**held.data, **(data or {})})
    with app.store.transaction():
        _settle(app, event, "opened", person.id, at)
        opened = open_with(app, completed, lane, by=person.id, at=at)
        if not opened:
            raise _refused("no case was opened", "Its patient's cases, or the lane, just changed.")
    return opened


def open_with(
    app: App, event: Event, lane: str, *, by: str, at: Instant, told: Sequence[Event] = ()
) -> tuple[str, ...]:
    """Open a case in a lane from an event, as a person's act; the ids of what was opened.

    ``told`` is taken in before it: what else is known of the patient. Raises LaneflowError where
    the lane already has an open case with these keys.
    """
    if _is_open(app, lane, event):
        hint = "What it is about belongs to that one."
        raise _refused(f"{lane} already has an open case with these keys", hint)
    given = _place(event, by, at, lane=lane)
    with app.store.transaction():  # the case and its audit row: both or neither
        worked = work(app, {event.patient: [*told, given]}, When.live(at))
        if worked.failed:
            raise RuntimeError(f"the event could not be placed: {worked.failed[event.patient]}")
        inputs = (taken for result in worked.written for taken in result.inputs)
        mine = (taken for taken in inputs if key_of(taken.input) == ("act", given.id))
        opened = [case for taken in mine for case in taken.cases]
        for case in opened:
            audit(app, msgspec.structs.replace(given, case=case))
    return tuple(opened)


def known_lane(app: App, lane: str, among: Sequence[str] = ()) -> None:
    """Raises LaneflowError where there is no such lane; ``among`` are those it may be."""
    if lane not in app.loaded.lanes:
        hint = did_you_mean(lane, app.loaded.lanes, f"Say {listing(among or app.loaded.lanes)}.")
        raise _refused(f'there is no lane "{lane}"' if lane else "the lane is missing", hint)


def dismiss(app: App, *, by: str, event: Named, reason: str, at: Instant | None = None) -> None:
    """Take an event off the list that needs no case, for a reason."""
    person = person_of(app, by, "dismiss")
    (held, _), at = _held(app, event), app.clock.now() if at is None else at
    if not reason.strip():
        raise _refused("the reason is missing", "Say why no case needs it.")
    _not_too_long({"reason": reason})
    given = Act(f"dismiss/{held.source}/{held.id}", "dismiss", person.id, at, held.patient)
    with app.store.transaction():
        _settle(app, event, "dismissed", person.id, at, reason)
        audit(app, given)


def _settle(app: App, event: Named, fate: str, by: str, at: Instant, reason: str = "") -> None:
    """Take the event off the list before anything is done with it: of two people, one does."""
    if not app.store.settle_unplaced(event, fate, by, at, reason):
        raise _gone()


def _not_too_long(said: Mapping[str, Any]) -> None:
    if any(len(str(value)) > LONGEST for value in said.values()):
        raise _refused(f"this is longer than {LONGEST} characters", "Say it in fewer words.")


def _place(event: Event, by: str, at: Instant, *, case: Case | None = None, lane: str = "") -> Act:
    data: dict[str, Any] = {"event": msgspec.to_builtins(event)}
    if lane:
        data["lane"] = lane
    id_ = f"place/{event.source}/{event.id}/{at}"
    return Act(id_, "place", by, at, event.patient, case.id if case else "", data)


def _is_open(app: App, lane: str, event: Event) -> bool:
    keys = (case.keys for case in app.store.cases(lane=lane, patient=event.patient))
    said = {**event.data, "patient.id": event.patient}
    return any(all(str(said.get(key)) == value for key, value in one.items()) for one in keys)


def _held(app: App, event: Named) -> tuple[Event, tuple[str, ...]]:
    """The event itself, and the lanes it might belong to."""
    for row in app.store.unplaced():
        if (row["source"], row["id"]) == event:
            return row["event"], tuple(row["lanes"])
    raise _gone()


def _gone() -> LaneflowError:
    return _refused("this event is not on the list", "Somebody may have dealt with it already.")


def _refused(what: str, hint: str) -> LaneflowError:
    return LaneflowError(Problem("unplaced", 0, 0, what, hint))
