"""Owns what may be done to a case, and by whom: what forms offer before the rules are asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from laneflow.engine.state import Case
from laneflow.lanes.model import Lane
from laneflow.metrics.queue.rows import task_of
from laneflow.practice.coverage import holders
from laneflow.practice.model import Person, Practice
from laneflow.practice.names import event_title

if TYPE_CHECKING:
    from laneflow.engine.live import Live

_OURS_TO_KNOW = frozenset(
    {"contact.documented", "patient.merged", "patient.updated", "item.received"}
)
"""Events that are documented in other ways than by saying that they happened."""


def offered(live: Live, case: Case, person: Person | None, task: str = "main") -> dict[str, Any]:
    """What forms about a case offer to a person; ``task`` is the key of the one worked on.

    ``buttons`` and ``heard``: (event type, title), those of the status and whatever else its lane
    listens to; of a closed case only what may bring it back. ``barriers``: (id, title).
    ``by_hand``: outcomes a case may be closed with, each with who may (roles) and whether they
    may. ``confirming``: closes that wait for a yes, likewise, with their number and whether a
    reason is asked. ``ladders``, ``parties``: (key, label). ``people``: (id, name), those who
    usually do this task first, in two lists.
    """
    practice = live.practice
    compiled = live.lanes.get(case.lane)
    lane = compiled.lane if compiled else None
    status = lane.statuses.get(case.status) if lane else None
    buttons = status.task.buttons if status else ()
    heard = (compiled.listens if compiled else frozenset()) - _OURS_TO_KNOW - set(buttons)
    if case.closed is not None:
        buttons, heard = (lane.reopens.on if lane and lane.reopens else ()), frozenset()
    return {
        "buttons": titled(practice, buttons),
        "heard": sorted(titled(practice, heard), key=lambda one: one[1]),
        "barriers": [(b.id, b.title) for b in (lane.barriers if lane else {}).values()],
        "by_hand": _by_hand(lane, person),
        "confirming": _confirming(practice, lane, case, person),
        "ladders": list(practice.ladders),
        "parties": list(practice.parties.items()),
        "people": _people(practice, lane, case, task),
    }


def titled(practice: Practice, types: Iterable[str]) -> list[tuple[str, str]]:
    """Event types, each with what people call it."""
    return [(type_, event_title(practice, type_)) for type_ in types]


def _by_hand(lane: Lane | None, person: Person | None) -> list[dict[str, Any]]:
    found: dict[str, dict[str, None]] = {}
    for close in lane.closes if lane else ():
        if close.by_hand:
            found.setdefault(close.outcome, {}).update(dict.fromkeys(close.by_hand))
    held = set(person.roles) if person else set()
    return [
        {"outcome": outcome, "roles": list(roles), "may": not held.isdisjoint(roles)}
        for outcome, roles in found.items()
    ]


def _confirming(
    practice: Practice, lane: Lane | None, case: Case, person: Person | None
) -> list[dict[str, Any]]:
    rows = []
    for name in case.confirming if lane else ():
        number = int(name.removeprefix("closes[").removesuffix("]"))
        close = lane.closes[number] if lane and number < len(lane.closes) else None
        if close is None:
            continue
        roles = list(dict.fromkeys([close.confirm, practice.manager_role])) if close.confirm else []
        may = not roles or bool(person and set(roles) & set(person.roles))
        rows.append(
            {
                "close": number, "outcome": close.outcome, "roles": roles, "may": may,
                "reason": close.reason or "", "ask": close.ask,
                "file": close.where.file if close.where else "",
                "line": close.where.line if close.where else 0,
            }
        )  # fmt: skip
    return rows


def _people(
    practice: Practice, lane: Lane | None, case: Case, task: str
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    about = task_of(case, task)
    role = (about.who if about else "") or (lane.owner if lane else "")
    usual = [person.id for person in holders(practice, role, case.location)] if role else []
    active = sorted(
        (person.name, person.id) for person in practice.people.values() if person.active
    )
    named = [(id_, name) for name, id_ in active]
    return [p for p in named if p[0] in usual], [p for p in named if p[0] not in usual]
