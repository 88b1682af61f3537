"""Changes of a case: the one way a case becomes the next one, live or rebuilt from its log."""

from __future__ import annotations

import copy
from bisect import insort
from collections.abc import Iterable
from typing import Any, get_args, get_type_hints

import msgspec

from laneflow.engine.state import Case, Change, Decision

_TYPES = get_type_hints(Case)
# What a keyed field's entry, and an "add"ed item of it, must be once read back from JSON.
_ENTRY = {name: get_args(kind)[1] for name, kind in _TYPES.items() if str(kind).startswith("dict[")}
_ITEM = {name: get_args(kind)[0] for name, kind in _ENTRY.items() if str(kind).startswith("tuple[")}

# Fields no test of the lane language reads: changing them asks no rule again.
_UNSEEN = frozenset(
    {
        "backup", "confirming", "escalations", "held", "owner", "previous", "promises", "raised",
        "tasks_made", "touched", "trigger", "untouched", "visited", "wake_at",
    }
)  # fmt: skip

_TIES = frozenset({"appointments", "facts", "windows"})


class Draft:
    """A case being decided: applies changes to its own copy and keeps them in order.

    A change that changes nothing is not recorded, so a decision without changes is no decision.
    """

    __slots__ = ("_owned", "case", "changes", "news", "ties")

    def __init__(self, case: Case) -> None:
        self.case = copy.copy(case)
        self.changes: list[Change] = []
        self.news = 0  # changes that some fact of the lane language could see
        self.ties = 0  # changes to what dates may be tied to
        self._owned: set[str] = set()

    def owns(self, field: str) -> bool:
        """Whether a keyed field has been changed in this draft."""
        return field in self._owned

    def _record(self, field: str, change: Change) -> None:
        self.changes.append(change)
        if field not in _UNSEEN:
            self.news += 1
            if field in _TIES:
                self.ties += 1

    def set(self, field: str, value: Any) -> None:
        """Replace a field."""
        if getattr(self.case, field) != value:
            setattr(self.case, field, value)
            self._owned.discard(field)
            self._record(field, ("set", field, value))

    def put(self, field: str, key: str, value: Any) -> None:
        """Replace one entry of a keyed field."""
        entries = self._own(field)
        if key not in entries or entries[key] != value:
            entries[key] = value
            self._record(field, ("put", field, key, value))

    def add(self, field: str, key: str, item: Any) -> None:
        """Insert an item into the sorted tuple kept under a key."""
        entries = self._own(field)
        held = entries.get(key, ())
        if not held or held[-1] <= item:
            entries[key] = (*held, item)
        else:
            items = list(held)
            insort(items, item)
            entries[key] = tuple(items)
        self._record(field, ("add", field, key, item))

    def drop(self, field: str, key: str) -> None:
        """Remove one entry of a keyed field, if it is there."""
        if key in getattr(self.case, field):
            del self._own(field)[key]
            self._record(field, ("del", field, key))

    def _own(self, field: str) -> dict[str, Any]:
        entries: dict[str, Any] = getattr(self.case, field)
        if field not in self._owned:
            entries = dict(entries)
            setattr(self.case, field, entries)
            self._owned.add(field)
        return entries


def fold(case: Case | None, decision: Decision) -> Case:
    """The case after ``decision``; ``case`` is the one before it, None for an opening."""
    changes: Iterable[Change] = decision.changes
    if case is None:
        (_, id_, patient, lane), *changes = changes
        case = Case(id=id_, patient=patient, lane=lane)
    draft = Draft(case)
    for change in changes:
        _redo(draft, change)
    stamp(draft.case, decision)
    return draft.case


def stamp(case: Case, decision: Decision) -> None:
    """Mark on the case which decision made it."""
    case.seq, case.at = decision.seq, decision.at
    case.lane_hash, case.practice_hash = decision.lane_hash, decision.practice_hash


def _redo(draft: Draft, change: Change) -> None:
    op, field, *rest = change
    if op == "set":
        draft.set(field, msgspec.convert(rest[0], _TYPES[field]))
    elif op == "put":
        draft.put(field, rest[0], msgspec.convert(rest[1], _ENTRY[field]))
    elif op == "add":
        draft.add(field, rest[0], msgspec.convert(rest[1], _ITEM[field]))
    else:
        draft.drop(field, rest[0])
