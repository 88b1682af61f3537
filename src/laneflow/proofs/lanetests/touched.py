"""What a run of the engine touched: the parts of lanes by the names that traces give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from laneflow.engine.ladder import ASKED
from laneflow.engine.live import Live
from laneflow.engine.state import Act, Case, Change, Decision, Event, FileResult, Taken

Key = tuple[str, str]
"""A lane's id (empty: practice.yaml's own) and a part's name, as a trace names it."""

OPENED, REPLACED = "opened in ", "closed as "
PRACTICE = ""


@dataclass(slots=True)
class Recorder:
    """Collects which parts of the lanes the runs over one patient's file touched.

    Everything is read from what the engine hands back: traces, changes and fates.
    """

    live: Live
    touched: set[Key] = field(default_factory=set)

    def take(self, before: Mapping[str, Case], held: int, result: FileResult) -> None:
        """Add what one run touched; ``before``: the cases as they were, ``held``: held triggers."""
        types = dict(event_types(result.inputs))
        where = {id_: case.status for id_, case in before.items()}
        for decision in result.decisions:
            case = result.touched.get(decision.case) or before[decision.case]
            where[case.id] = self._decision(decision, case, where.get(case.id, ""), types)
        for taken in result.inputs:
            self._pressed(taken, result, before)
        for lane, event in result.file.held[held:]:
            self._stood_back(lane, event.type)

    def _decision(
        self, decision: Decision, case: Case, status: str, types: Mapping[str, str]
    ) -> str:
        """What one decision touched; the status the case stands in after it."""
        lane = case.lane
        for trace in decision.trace:
            rule = trace.rule
            if rule == "reopens":
                rule = f"reopens.on[{types.get(decision.input[-1], '')}]"
            elif rule.startswith("opens[") and trace.did.startswith(REPLACED):
                rule += ".if_open"
            elif trace.did == "asked for a yes":
                rule += ".asked"
            self.touched.add((lane, rule))
        for change in decision.changes:
            if change[:2] == ("set", "status"):
                status = change[2]
            self.touched.update(self._change(case, status, change))
        return status

    def _change(self, case: Case, status: str, change: Change) -> Iterator[Key]:
        op, name, *rest = change
        if op == "set" and name == "status":
            yield case.lane, f"statuses.{rest[0]}"
        elif op == "set" and name == "task" and rest[0] is not None:
            task = rest[0]
            yield case.lane, f"statuses.{status}.task.attempts[{task.attempt}]"
            if task.round:
                yield case.lane, f"statuses.{status}.task.every"
        elif op == "put":
            yield from self._put(case, str(name), str(rest[0]), rest[1])

    def _put(self, case: Case, name: str, key: str, value: Any) -> Iterator[Key]:
        if name == "escalations":
            yield from self._rung(case, key, value)
        elif name == "items":
            state = value.state
            yield case.lane, f"checklist.{key}.{state}"
            if value.asked and state == "missing":
                yield case.lane, f"checklist.{key}.chase"
        elif name == "side" and key.startswith("barrier:"):
            barrier = key.removeprefix("barrier:")
            yield case.lane, f"barriers.{barrier}"
            if self.live.practice.barriers.get(barrier) == self._barrier(case, barrier):
                yield PRACTICE, f"barriers.{barrier}"
        elif name == "windows":
            yield case.lane, f"windows.{key}"

    def _barrier(self, case: Case, barrier: str) -> object:
        return self.live.lanes[case.lane].lane.barriers.get(barrier)

    def _rung(self, case: Case, rule: str, value: Any) -> Iterator[Key]:
        """A rung somebody was told on, or the answer to it."""
        live = self.live
        because, state = value.because, value.state
        asked = because if rule == ASKED else live.ladder_of(live.lanes[case.lane].lane, rule)
        ladder = asked if asked in live.practice.ladders else live.practice.default_ladder
        yield case.lane, f"escalations.{rule}"
        yield PRACTICE, f"ladders.{ladder}"
        if state == "taken":
            yield PRACTICE, f"ladders.{ladder}.resolve_within"
        else:
            yield PRACTICE, f"ladders.{ladder}.rungs[{value.rung}]"

    def _pressed(self, taken: Taken, result: FileResult, before: Mapping[str, Case]) -> None:
        act = taken.input
        if not isinstance(act, Act):
            return
        case = result.touched.get(act.case) or before.get(act.case)
        if case is not None:
            self.touched.update((case.lane, f"buttons.{type_}") for type_ in _pressed(act))

    def _stood_back(self, lane: str, event_type: str) -> None:
        for number, opening in enumerate(self.live.lanes[lane].lane.opens):
            if opening.on == event_type and opening.unless_open:
                self.touched.add((lane, f"opens[{number}].unless_open"))


def event_types(inputs: Iterable[Taken]) -> Iterator[tuple[str, str]]:
    """Event id and type of every event, those pressed by people included."""
    for taken in inputs:
        if isinstance(taken.input, Event):
            yield taken.input.id, taken.input.type
        else:
            for n, type_ in enumerate(_pressed(taken.input)):
                yield f"{taken.input.id}#{n}", type_


def _pressed(act: Act) -> list[str]:
    if act.kind == "event":
        return [act.data["type"]]
    return [e if isinstance(e, str) else e["type"] for e in act.data.get("events", ())]
