"""Owns where a fact's value came from: the step of the case's log that last changed it."""

from __future__ import annotations

from collections.abc import Iterable

from laneflow.engine.state import Decision
from laneflow.lanes.model import Lane
from laneflow.metrics.case.story import Step, happened
from laneflow.practice.model import LoadedPractice
from laneflow.practice.words import spoken

_SINCE = {
    "opened": "opened", "status": "entered", "progress": "progress", "attempt": "attempt",
    "contact": "contact",
}  # fmt: skip
_OWN = frozenset(
    {"status", "queue", "tier", "kind", "location", "attempts", "failed_attempts", "reached"}
    | {"understanding", "last_outcome", "inbound_calls", "missed_steps", "task_done"}
)
_EVENT_HEADS = ("count.", "days.")

Place = tuple[str, str]
"""A field of the case, and its key: "" for the whole field."""


class Origins:
    """Answers, for one case, how a fact came to be what it is."""

    def __init__(
        self, loaded: LoadedPractice, lane: Lane, steps: Iterable[Step], zone: str
    ) -> None:
        self.loaded, self.lane, self.zone = loaded, lane, zone
        self.steps = list(steps)

    def __call__(self, fact: str) -> str:
        """``so since Tue 8 Sep 2026 17:00 EDT: Ana documented: reached``; "" where untold."""
        place = self._place(fact)
        if place is None:
            return ""
        step = next((s for s in reversed(self.steps) if _changed(s.decision, place)), None)
        if step is None:
            if place[0] == "facts" and self._is_defaulted(place[1]):
                return "its default: no event of this case has brought it"
            return ""
        what = happened(self.loaded, step)
        return f"so since {spoken(step.decision.at, self.zone)}: {what}"

    def _is_defaulted(self, fact: str) -> bool:
        declared = self.lane.facts.get(fact)
        return declared is not None and declared.default is not None

    def _place(self, fact: str) -> Place | None:
        if fact in _OWN:
            return fact, ""
        head, _, rest = fact.partition(".")
        if head == "since":
            return (_SINCE[rest], "") if rest in _SINCE else ("counts", rest)
        if head == "until":
            return ("windows", rest) if rest in self.lane.windows else self._place(rest)
        for start in _EVENT_HEADS:
            if fact.startswith(start):
                return "counts", fact.removeprefix(start)
        if head in ("checklist", "barrier", "appointment"):
            return {"checklist": "items", "barrier": "barriers"}.get(head, "appointments"), ""
        if head in self.lane.periods:
            return "periods", head
        return ("facts", fact) if fact in self.lane.facts else None


def _changed(decision: Decision, place: Place) -> bool:
    field, key = place
    return any(
        change[1] == field and (not key or change[0] == "set" or change[2] == key)
        for change in decision.changes
        if change[0] != "new"
    )
