"""People's documented acts under other lanes: which still fit the case as it would have stood."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from laneflow.engine.live import Live
from laneflow.engine.state import ON_CALLS, Act, Case, Decision, PatientFile
from laneflow.lanes.model import Close, Lane
from laneflow.proofs.tally.course import Course

NO_CASE = "there would have been no such case"
CLOSED = "its case would have been closed by then"
ELSEWHERE = "its case would have stood in another status"
NO_TASK = "its task would not have been there"
NO_CALL = "nobody would have called for help"
NO_CLOSE = "the lane does not let it be closed so"
NO_ITEM = "the checklist does not have it"
NO_PROMISE = "that promise would not have been made"
NOBODY = "whom it names does not work there"
FOUND = "the event would have found its case by itself"


class Done(NamedTuple):
    """An act as it was done: the status its case stood in, and what of the case it changed: the
    fields, and for keyed ones also (field, key)."""

    status: str
    changed: frozenset[object]

    @classmethod
    def of(cls, status: str, decision: Decision) -> Done:
        """What a decision that answered an act says."""
        fields = {change[1] for change in decision.changes}
        keyed = {(c[1], c[2]) for c in decision.changes if c[0] in ("put", "del")}
        return cls(status, frozenset(fields | keyed))


@dataclass(slots=True)
class Stood:
    """How things stood in fact: ``cases`` by id as folded from the log, ``done``: the acts some
    case answered, by id, ``after_wake``: inputs, as decisions name them, that came after their
    case had woken at that very instant."""

    cases: Mapping[str, Course] = field(default_factory=dict)
    done: Mapping[str, Done] = field(default_factory=dict)
    after_wake: Container[tuple[str, ...]] = frozenset()

    def did(self, act: Act) -> bool:
        """Whether an act came to what it was meant for."""
        done = self.done.get(act.id)
        if done is None:
            return False
        data, key = act.data, act.data.get("task", "main")
        meant: dict[str, object] = {
            "take": ("escalations", data.get("escalation")),
            "resolve": ("escalations", data.get("escalation")),
            "hand_on": ("escalations", data.get("escalation")),
            "item": ("items", data.get("item")),
            "promise": ("promises", data.get("promise")),
            "close": "closed",
            "confirm": ("side", f"confirm:{data.get('close')}"),
        }
        if act.kind in ("note", "done", "snooze") and key != "main":
            return ("side", key) in done.changed
        return act.kind not in meant or meant[act.kind] in done.changed


def refit(
    live: Live, before: Live, file: PatientFile, act: Act, stood: Stood, unplaced: set[str]
) -> tuple[Act | None, str]:
    """``act`` as it would be done under ``live``, and why it no longer fits, as a clause, or "".

    ``file`` is the patient's at that instant, ``unplaced`` the events ("source\0id") that had
    found no case. An act follows its case to the one that stands in its place: the same lane and
    keys. One whose case is not open is still given, for the buttons pressed with it. An act that
    came to nothing then is no loss now.
    """
    if act.kind == "place":
        return _placed(act, file, unplaced)
    case = file.cases.get(act.case) or _in_its_place(file, stood.cases.get(act.case))
    did = act.id in stood.done
    compiled = live.lanes.get(case.lane) if case is not None else None
    if case is None or compiled is None:
        return act, NO_CASE if did else ""
    if case.closed is not None and act.kind not in ON_CALLS:
        return act, CLOSED if did else ""
    if case.id != act.case:
        act = msgspec.structs.replace(act, case=case.id)
    old = before.lanes.get(case.lane)
    fits = _fits(live, compiled.lane, old.lane if old else None, case, act, stood)
    if isinstance(fits, str):
        return (None, fits) if stood.did(act) else (act, "")
    return fits, ""


def _in_its_place(file: PatientFile, real: Course | None) -> Case | None:
    if real is None:
        return None
    found = (c for c in file.cases.values() if c.lane == real.lane and c.keys == real.keys)
    return next(found, None)


def _fits(
    live: Live, lane: Lane, old: Lane | None, case: Case, act: Act, stood: Stood
) -> Act | str:
    """The act as the open case would take it, or why it would not."""
    data, kind = act.data, act.kind
    if kind in ("note", "done", "snooze"):
        return _task_fits(lane, case, act, stood)
    if kind in ON_CALLS:
        return act if data.get("escalation") in case.escalations else NO_CALL
    if kind == "assign":
        named = [data[key] for key in ("owner", "backup", "person") if data.get(key)]
        return act if all(map(live.is_active, named)) else NOBODY
    if kind == "item":
        return act if data.get("item") in case.items else NO_ITEM
    if kind == "promise":
        return act if data.get("promise") in case.promises else NO_PROMISE
    if kind == "close":
        allowed = any(c.by_hand and c.outcome == data.get("outcome") for c in lane.closes)
        return act if allowed else NO_CLOSE
    if kind == "confirm":
        return _confirm_fits(lane, old, case, act)
    return act


def _task_fits(lane: Lane, case: Case, act: Act, stood: Stood) -> Act | str:
    """A contact happened whatever status it happened in; a finished task was that status's own."""
    key = act.data.get("task", "main")
    if key != "main":
        return act if key in case.side else NO_TASK
    done = stood.done.get(act.id)
    if act.kind == "note" or done is None or done.status == case.status:
        return act
    status = lane.statuses.get(case.status)
    return act if status is not None and done.status in status.was else ELSEWHERE


def _confirm_fits(lane: Lane, old: Lane | None, case: Case, act: Act) -> Act | str:
    """The same close may have another number in the lane as it is now."""
    number = _renumbered(act.data.get("close"), old.closes if old else (), lane.closes)
    if number is None or f"confirm:{number}" not in case.side:
        return NO_TASK
    return msgspec.structs.replace(act, data={**act.data, "close": number})


def _renumbered(number: object, old: tuple[Close, ...], new: tuple[Close, ...]) -> int | None:
    if not isinstance(number, int) or not 0 <= number < len(old):
        return None
    meant = _meaning(old[number])
    same = [n for n, close in enumerate(new) if _meaning(close) == meant]
    return number if number in same else next(iter(same), None)


def _meaning(close: Close) -> Close:
    return msgspec.structs.replace(close, where=None)


def _placed(act: Act, file: PatientFile, unplaced: set[str]) -> tuple[Act | None, str]:
    """Placing an event by hand makes sense only where it found no case by itself."""
    event = act.data.get("event") or {}
    name = f"{event.get('source')}\0{event.get('id')}"
    if name not in unplaced:
        return None, FOUND
    return (act, "") if not act.case or act.case in file.cases else (None, NO_CASE)
