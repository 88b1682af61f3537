"""Which cases an input opens, replaces or brings back; what a close sets going."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from laneflow.engine.compiled import CompiledLane, Numbered
from laneflow.engine.live import Live
from laneflow.engine.opening import keys_of, location_of, open_case, triggered
from laneflow.engine.replacing import close_replaced
from laneflow.engine.route import Fit, as_case, fit, key_of, record_name, remember
from laneflow.engine.state import Case, Ended, Event, Instant, PatientFile
from laneflow.lanes.model import Opening

if TYPE_CHECKING:
    from laneflow.engine.arrive import Arrivals


class Verdict(NamedTuple):
    """What a lane makes of an event that could open a case in it.

    ``kind``: opens, reopens, or why not: no trigger (none of the lane's fits it, and nothing is to
    be brought back), deceased, too old, no key, open (its case is), closed since, stands back.
    """

    lane: str
    kind: str
    rule: Numbered[Opening] | None = None
    keys: dict[str, str] | None = None
    ended: Ended | None = None


NO_KEY = "a trigger without the lane's key"
_FATES = {
    "too old": ("too_old", "a trigger this old opens nothing"),
    "no key": ("unplaced", NO_KEY),
    "closed since": ("recorded", "it happened before its case was closed"),
    "stands back": ("held", "an open case of another lane has it"),
}


class Openings:
    """The beginnings and ends of cases in one patient's file, on behalf of its arrivals."""

    def __init__(self, arrivals: Arrivals) -> None:
        self.arrivals = arrivals
        self.live: Live = arrivals.live
        self.file: PatientFile = arrivals.file

    def replaced_by(self, event: Event) -> frozenset[str]:
        """Close the open cases that this trigger replaces; their ids."""
        gone = set()
        for compiled in self.live.opened_by(event.type):
            if all(case.lane != compiled.lane.id for case in self.file.cases.values()):
                continue
            rule, keys = self._trigger(compiled, event)
            case = keys and self.open_with(compiled, keys)
            if rule is None or not case or rule.spec.if_open != "replace":
                continue
            record = record_name(event)
            if record in event.data and case.opening.get(record) == event.data[record]:
                continue  # the same discharge, told again or corrected
            after, decision = close_replaced(self.live, compiled, case, self.file, event, rule.name)
            self.arrivals.keep(case, after, decision)
            gone.add(case.id)
        return frozenset(gone)

    def _trigger(
        self, compiled: CompiledLane, event: Event
    ) -> tuple[Numbered[Opening] | None, dict[str, str] | None]:
        rule = triggered(self.live, compiled, event, self.file, event.at)
        if rule is None or self._too_old(rule.spec, event):
            return None, None
        return rule, keys_of(compiled, event, self.file.patient)

    def _too_old(self, opening: Opening, event: Event) -> bool:
        calendar = self.live.calendar(location_of(self.live, event, self.file))
        return event.time < calendar.subtract(event.at, opening.stale_after)

    def open_with(self, compiled: CompiledLane, keys: dict[str, str]) -> Case | None:
        for case in self.file.cases.values():
            if case.lane == compiled.lane.id and case.keys == keys and case.closed is None:
                return case
        return None

    def open(
        self, event: Event, went: list[str], asked: list[Verdict] | None = None
    ) -> tuple[list[str], str, str]:
        """Open what the event triggers or brings back: ids, else its fate and why.

        ``asked`` is given what each lane made of it.
        """
        opened: list[str] = []
        fate, why = (
            ("unplaced", self.arrivals.unplaced[-1].why) if self._is_unplaced(event) else ("", "")
        )
        for compiled in self.live.opened_by(event.type):
            verdict = self.judge(compiled, event, [*went, *opened])
            if asked is not None:
                asked.append(verdict)
            case = self._follow(compiled, event, verdict)
            if case is not None:
                opened.append(case)
            elif verdict.kind in _FATES:
                fate, why = _FATES[verdict.kind]
        return opened, fate, why

    def _is_unplaced(self, event: Event) -> bool:
        return bool(self.arrivals.unplaced) and self.arrivals.unplaced[-1].event.id == event.id

    def judge(self, compiled: CompiledLane, event: Event, went: list[str]) -> Verdict:
        """What a lane makes of an event; ``went``: the cases it has gone to already."""
        lane = compiled.lane.id
        rule = triggered(self.live, compiled, event, self.file, event.at)
        if self.file.facts.get("patient.deceased"):
            return Verdict(lane, "deceased", rule)
        if rule is None:
            ended = self._to_reopen(compiled, event)
            return Verdict(lane, "reopens" if ended else "no trigger", ended=ended)
        if self._too_old(rule.spec, event):
            return Verdict(lane, "too old", rule)
        keys = keys_of(compiled, event, self.file.patient)
        if keys is None:
            return Verdict(lane, "no key", rule)
        if self.open_with(compiled, keys) is not None:
            return Verdict(lane, "open", rule, keys)
        ended = self.file.ended.get(key_of(lane, keys))
        if ended is not None and ended.at >= event.time and ended.id not in went:
            return Verdict(lane, "closed since", rule, keys, ended)
        if self._stands_back(rule.spec, went):
            return Verdict(lane, "stands back", rule, keys)
        return Verdict(lane, "opens", rule, keys, ended)

    def _follow(self, compiled: CompiledLane, event: Event, verdict: Verdict) -> str | None:
        """Do what a verdict says; the case it opened."""
        ended, keys = verdict.ended, verdict.keys
        if verdict.kind == "opens" and keys is not None:
            return self.opened(compiled, event, keys, verdict.rule, ended)
        if verdict.kind == "reopens" and ended is not None:
            return self.opened(compiled, event, ended.keys, None, ended, successor=True)
        if verdict.kind == "no key":
            self.arrivals.set_aside(event, NO_KEY, compiled, [])
        elif verdict.kind == "stands back":
            self.file.held.append((compiled.lane.id, event))
        return None

    def _stands_back(self, opening: Opening, went: list[str]) -> bool:
        cases = (self.file.cases.get(id_) for id_ in went)
        return any(c is not None and c.lane in opening.unless_open for c in cases)

    def opened(
        self,
        compiled: CompiledLane,
        event: Event,
        keys: dict[str, str],
        rule: Numbered[Opening] | None,
        ended: Ended | None,
        *,
        successor: bool = False,
        by: str = "opened by hand",
    ) -> str:
        case, decision = open_case(
            self.live, compiled, event, keys, self.file, max(event.at, self.file.at),
            rule=rule, previous=ended, successor=successor, by=by,
        )  # fmt: skip
        self.arrivals.keep(None, case, decision)
        return case.id

    def _to_reopen(self, compiled: CompiledLane, event: Event) -> Ended | None:
        """The closed case that comes back as its own successor, where ``reopens`` says so."""
        reopens = compiled.lane.reopens
        if reopens is None or event.type not in reopens.on:
            return None
        fits = [
            (ended, how)
            for ended in self.file.ended.values()
            if ended.lane == compiled.lane.id
            and (how := self._belongs(compiled, ended, event)) != "no"
            and not self.open_with(compiled, ended.keys)
        ]
        carried = [ended for ended, how in fits if how == "carried"]
        chosen = carried or [ended for ended, _ in fits]
        return chosen[0] if len(chosen) == 1 else None

    def _belongs(self, compiled: CompiledLane, ended: Ended, event: Event) -> Fit:
        """Whether an event may bring a closed case back; a finished one only when it is named."""
        assert compiled.lane.reopens is not None
        calendar = self.live.calendar(ended.location)
        if not ended.at < event.time <= calendar.add(ended.at, compiled.lane.reopens.within):
            return "no"
        if event.data.get("case.id") == ended.id:
            return "carried"
        if event.type in self.live.patient_wide or ended.outcome == "completed":
            return "no"
        return fit(compiled, as_case(ended, self.file.patient), event, self.file, calendar)

    def open_again(self, lane: str, event: Event, at: Instant) -> None:
        """Open the next round of a lane that starts ``again_after`` a close."""
        compiled = self.live.lanes.get(lane)
        self.arrivals.dirty = True
        if compiled is None or self.file.facts.get("patient.deceased"):
            return
        keys = keys_of(compiled, event, self.file.patient)
        if keys is None or self.open_with(compiled, keys) is not None:
            return
        ended = self.file.ended.get(key_of(lane, keys))
        self.opened(compiled, replace(event, at=at), keys, None, ended, by="again_after")

    def closed(self, case: Case) -> None:
        """What a close sets going: its memory, the next round, triggers it had held back."""
        self.file.ended[key_of(case.lane, case.keys)] = remember(case)
        compiled = self.live.lanes[case.lane]
        if compiled.lane.again_after is not None:
            self._plan_again(compiled, case)
        waiting = [h for h in self.file.held if self._waits_for(h[0], case.lane)]
        for held in waiting:
            self.file.held.remove(held)
            if case.closed is not None and case.closed.outcome != "completed":
                self._reconsider(*held)

    def _plan_again(self, compiled: CompiledLane, case: Case) -> None:
        assert compiled.lane.again_after is not None
        assert case.closed is not None
        at = self.live.calendar(case.location).add(case.closed.at, compiled.lane.again_after)
        data = {**case.opening, **case.keys}
        source, _, id_ = case.trigger.partition("\n")
        type_ = compiled.lane.opens[0].on if compiled.lane.opens else "opened"
        event = Event(f"{id_}#{case.closed.at}", source, type_, at, case.patient, data, at)
        self.file.again.append((at, case.lane, event))

    def _waits_for(self, lane: str, closed: str) -> bool:
        compiled = self.live.lanes.get(lane)
        return compiled is not None and any(closed in o.unless_open for o in compiled.lane.opens)

    def _reconsider(self, lane: str, event: Event) -> None:
        compiled = self.live.lanes[lane]
        keys = keys_of(compiled, event, self.file.patient)
        if keys is None or self.file.facts.get("patient.deceased"):
            return
        if self.open_with(compiled, keys) is None:
            ended = self.file.ended.get(key_of(lane, keys))
            late = replace(event, at=max(event.at, self.file.at))
            rule = triggered(self.live, compiled, late, self.file, late.at)
            self.opened(compiled, late, keys, rule, ended)
