"""An input reaches a patient's file: stale or not, which cases, which lanes it opens."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from laneflow.engine.calendar import Calendar
from laneflow.engine.compiled import CompiledLane
from laneflow.engine.dates import NEXT_DAY
from laneflow.engine.decide import decide
from laneflow.engine.live import Live
from laneflow.engine.opening import keys_of, location_of
from laneflow.engine.openings import Openings, Verdict
from laneflow.engine.route import (
    about_appointment,
    fit,
    is_stale,
    key_of,
    note_barrier,
    note_earlier,
    note_history,
    note_patient,
    pressed_event,
    pressed_in,
)
from laneflow.engine.state import (
    Act,
    Case,
    Decision,
    Event,
    PatientFile,
    Taken,
    Unplaced,
)
from laneflow.engine.step import DOCUMENTED
from laneflow.practice.coverage import assign


class Arrivals:
    """What one run over one file has taken in and decided so far."""

    def __init__(self, live: Live, file: PatientFile) -> None:
        self.live, self.file = live, file
        self.decisions: list[Decision] = []
        self.inputs: list[Taken] = []
        self.unplaced: list[Unplaced] = []
        self.touched: dict[str, Case] = {}
        self.dirty = False  # something changed that no decision shows

    @property
    def openings(self) -> Openings:
        """The beginnings and ends of its cases. Made anew: to hold it would be a circle, and a run
        whose objects form no circle is freed at once, without the garbage collector."""
        return Openings(self)

    # events --------------------------------------------------------------------------------------

    def take(self, event: Event, asked: list[Verdict] | None = None) -> None:
        """Take one event in and log what became of it; ``asked``: see ``Openings.open``."""
        note_patient(self.file, event)
        stale = is_stale(self.file, event)
        note_history(self.file, event)
        if stale:
            self._log(event, "stale", (), "newer news of the same record came first")
            return
        note_earlier(self.file, event, self.live.key_facts)
        replaced = self.openings.replaced_by(event)
        went = self._deliver(event, skip=replaced)
        opened, fate, why = self.openings.open(event, [*went, *sorted(replaced)], asked)
        if opened:
            self._log(event, "opened", (*went, *opened), why)
        elif went:
            self._log(event, "placed" if fate != "held" else "held", tuple(went), why)
        else:
            self._log(event, fate or "recorded", (), why)

    def _log(self, item: Event | Act, fate: str, cases: tuple[str, ...], why: str = "") -> None:
        self.inputs.append(Taken(item, fate, cases, why))

    def _deliver(self, event: Event, skip: frozenset[str] = frozenset()) -> list[str]:
        """Give the event to every open case it belongs to; their ids."""
        cases = [c for c in self._destinations(event) if c.id not in skip]
        primary = self._primary(event, cases)
        for case in cases:
            self.decide(case, event=event, primary=primary in (None, case.id))
        return [case.id for case in cases]

    def _destinations(self, event: Event) -> list[Case]:
        open_cases = [c for c in self.file.cases.values() if c.closed is None]
        if event.type in self.live.patient_wide or event.type == "patient.updated":
            return open_cases
        if event.type in ("patient.declined", DOCUMENTED):
            return self._named(event, open_cases)
        found: list[Case] = []
        for lane in dict.fromkeys(case.lane for case in open_cases):
            compiled = self.live.lanes.get(lane)
            if compiled is not None:
                found += self._in_lane(compiled, event, open_cases)
        return found

    def _in_lane(self, compiled: CompiledLane, event: Event, cases: list[Case]) -> list[Case]:
        """The lane's cases an event goes to; several that merely might fit make it unplaced."""
        fits = [
            (fit(compiled, case, event, self.file, self._calendar(case)), case)
            for case in cases
            if case.lane == compiled.lane.id
        ]
        carried = [case for how, case in fits if how == "carried"]
        lacking = [case for how, case in fits if how == "lacks"]
        if carried or len(lacking) == 1:
            return carried or lacking
        if lacking:
            self.set_aside(event, "several open cases fit", compiled, lacking)
        return []

    def _named(self, event: Event, cases: list[Case]) -> list[Case]:
        """A note or a decline names its case; unnamed it counts only where one case is open."""
        named = [c for c in cases if event.data.get("case.id") == c.id]
        if named or "case.id" in event.data:
            return named
        keyed = [c for c in cases if self._shares_key(c, event)]
        if keyed or len(cases) <= 1:
            return keyed or cases
        self.set_aside(event, "it does not say which case it is about", None, cases)
        return []

    def _shares_key(self, case: Case, event: Event) -> bool:
        extra = self.live.lanes[case.lane].extra_keys if case.lane in self.live.lanes else ()
        linked = event.data.get("appointment.id") in case.appointments
        return linked or any(str(event.data.get(k, "")) == case.keys.get(k) for k in extra)

    def _primary(self, event: Event, cases: list[Case]) -> str | None:
        """The one case in which a patient-wide event calls for help; None: in each that asks.

        The case it names, else the most urgent, then the oldest, of those whose lane has a rule.
        """
        if event.type not in self.live.patient_wide:
            return None
        named = event.data.get("case.id")
        if named is not None and any(c.id == named for c in cases):
            return str(named)
        tiers = self.live.practice.tiers
        asking = [c for c in cases if self._calls_on(c, event.type)]
        first = min(asking, key=lambda c: (tiers.index(c.tier), c.opened, c.id), default=None)
        return first.id if first else ""

    def _calls_on(self, case: Case, event_type: str) -> bool:
        compiled = self.live.lanes.get(case.lane)
        return compiled is not None and any(r.spec.on == event_type for r in compiled.escalations)

    def _calendar(self, case: Case) -> Calendar:
        return self.live.calendar(case.location)

    def set_aside(
        self, event: Event, why: str, compiled: CompiledLane | None, cases: list[Case]
    ) -> None:
        """An owned, dated item of the unplaced list: nothing is guessed."""
        practice, file = self.live.practice, self.file
        location = location_of(self.live, event, file)
        lanes = (compiled.lane.id,) if compiled else tuple(sorted({c.lane for c in cases}))
        if any(u.event.id == event.id and u.event.source == event.source for u in self.unplaced):
            return
        owner = assign(practice, practice.default_backup, location, f"{event.source}{event.id}")
        due = self.live.calendar(location).deadline(event.at, NEXT_DAY, event.at)
        candidates = tuple(c.id for c in cases)
        self.unplaced.append(Unplaced(event, why, lanes, candidates, owner, due))

    # acts ----------------------------------------------------------------------------------------

    def act(self, act: Act) -> None:
        """Take a person's act in, then the buttons pressed with it, each as its own event."""
        if act.kind == "place":
            self._place(act)
            return
        case = self.file.cases.get(act.case)
        pressed = pressed_in(act)
        if case is None and not pressed:
            self._log(act, "recorded", (), "its case is no longer open")
            return
        self._log(act, "placed", (act.case,) if act.case else ())
        if case is not None and act.kind != "event":
            note_barrier(self.file, act)
            self.decide(case, act=act)
            pressed += self._finished(case, act)
        for n, (type_, data) in enumerate(pressed):
            self._press(act, n, type_, data)

    def _press(self, act: Act, n: int, type_: str, data: dict[str, Any]) -> None:
        """A button is an event that names its case; it opens and closes like any other."""
        event = pressed_event(act, n, type_, data)
        note_patient(self.file, event)
        note_history(self.file, event)
        event = about_appointment(event, self.file.cases.get(act.case))
        self.openings.open(event, self._deliver(event))

    def _finished(self, case: Case, act: Act) -> list[tuple[str, dict[str, Any]]]:
        """``done:`` of a task that was just finished is the event it stands for."""
        if act.kind != "done" or act.data.get("task", "main") != "main" or case.closed:
            return []
        compiled = self.live.lanes.get(case.lane)
        status = compiled and compiled.lane.statuses.get(case.status)
        return [(status.task.done, {})] if status and status.task.done else []

    def _place(self, act: Act) -> None:
        """An unplaced event was given to a case, or opens one in a lane, by a person."""
        event = msgspec.convert(act.data["event"], Event)
        event = replace(event, at=act.at)
        case = self.file.cases.get(act.case)
        if case is not None:
            self._log(act, "placed", (case.id,))
            self.decide(case, event=event)
            return
        compiled = self.live.lanes.get(act.data.get("lane", ""))
        keys = compiled and keys_of(compiled, event, self.file.patient)
        if compiled is None or self.openings.open_with(compiled, keys or {}):
            self._log(act, "recorded", (), "there is no such case")
            return
        keys = keys or {
            k: self.file.patient if k == "patient.id" else f"{event.source}#{event.id}"
            for k in compiled.lane.one_case_per
        }
        ended = self.file.ended.get(key_of(compiled.lane.id, keys))
        self._log(act, "opened", (self.openings.opened(compiled, event, keys, None, ended),))

    # decisions -----------------------------------------------------------------------------------

    def decide(
        self,
        case: Case,
        *,
        event: Event | None = None,
        act: Act | None = None,
        primary: bool = True,
    ) -> None:
        """One decision of one case, kept if it changed anything."""
        compiled = self.live.lanes.get(case.lane)
        if compiled is None:
            return
        at = max(self.file.at, case.at, event.at if event else act.at if act else 0)
        after, decision = decide(
            self.live, compiled, case, self.file, at, event=event, act=act, primary=primary
        )
        self.keep(case, after, decision)

    def latest(self, case: str) -> Case:
        """A case as it now is."""
        return self.file.cases.get(case) or self.touched[case]

    def keep(self, before: Case | None, after: Case, decision: Decision | None) -> None:
        """Keep a decision; a case that closed leaves the file once nothing of it is unresolved."""
        if decision is None:
            return
        self.decisions.append(decision)
        self.touched[after.id] = after
        self.file.cases[after.id] = after
        if after.closed is None:
            return
        if before is None or before.closed is None:
            self.openings.closed(after)
        if not after.escalations:
            del self.file.cases[after.id]
