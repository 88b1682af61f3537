"""The live practice, ready to decide: compiled lanes, calendars, who owns what."""

from __future__ import annotations

from collections.abc import Mapping

from laneflow.engine.calendar import Calendar
from laneflow.engine.compiled import PATIENT_WIDE, CompiledLane
from laneflow.engine.starts import Starts
from laneflow.lanes.model import Lane
from laneflow.practice.coverage import choose, holders
from laneflow.practice.model import LoadedPractice


class Live:
    """One published practice. Its matchers and calendars belong to the thread that made it."""

    def __init__(
        self, loaded: LoadedPractice, starts: Starts | None = None, before: Live | None = None
    ) -> None:
        """``before`` is this thread's Live of another version: lanes that are the same are kept."""
        kept: dict[str, CompiledLane] = before.lanes if before is not None else {}
        self.loaded = loaded
        self.starts = starts or Starts()
        self.practice = loaded.practice
        self.lanes: dict[str, CompiledLane] = {
            id_: kept[id_] if id_ in kept and kept[id_].lane == lane else CompiledLane(lane)
            for id_, lane in loaded.lanes.items()
        }
        if before is not None:
            before.close(but=self.lanes)
        own = (event.type for event in self.practice.events.values() if event.patient_wide)
        self.patient_wide = PATIENT_WIDE | frozenset(own)
        self._calendars: dict[str, Calendar] = {}
        self._everywhere: dict[str, tuple[Calendar, ...]] = {}
        self._ladders = {
            (lane.id, rule.id): rule.ladder
            for lane in loaded.lanes.values()
            for rule in lane.escalations
        }
        self._holders: dict[tuple[str, str], list[str]] = {}
        self.default_location = next(iter(self.practice.locations))
        self.key_facts = frozenset(k for c in self.lanes.values() for k in c.extra_keys)
        # A lane that stands back for others is asked last, so that it sees what they opened.
        by_trigger = sorted(
            self.lanes.values(),
            key=lambda c: (any(o.unless_open for o in c.lane.opens), c.lane.id),
        )
        self._opened_by: dict[str, list[CompiledLane]] = {}
        for compiled in by_trigger:
            reopening = compiled.lane.reopens.on if compiled.lane.reopens else ()
            for event in {*(o.on for o in compiled.lane.opens), *reopening}:
                self._opened_by.setdefault(event, []).append(compiled)

    def calendar(self, location: str) -> Calendar:
        """The calendar of a location; of the first one where it is not known."""
        held = self._calendars.get(location)
        if held is None:
            known = location if location in self.practice.locations else self.default_location
            held = self._calendars[location] = Calendar(
                self.practice, self.practice.locations[known]
            )
        return held

    def calendars(self, location: str) -> tuple[Calendar, ...]:
        """The calendars of all locations, this one's first: who is at work, and where."""
        held = self._everywhere.get(location)
        if held is None:
            here = self.calendar(location)
            every = map(self.calendar, self.practice.locations)
            others = (c for c in every if c.location.id != here.location.id)
            held = self._everywhere[location] = (here, *others)
        return held

    def opened_by(self, event_type: str) -> list[CompiledLane]:
        """The lanes an event opens or reopens; those that stand back for others last."""
        return self._opened_by.get(event_type, [])

    def ladder_of(self, lane: Lane, rule: str) -> str:
        """The name of the ladder an escalation of a lane climbs."""
        return self._ladders.get((lane.id, rule), self.practice.default_ladder)

    def assign(self, role: str, location: str, case: str, other_than: str = "") -> str:
        """The person who fills a role for a case: stable, whatever order cases come in."""
        held = self._holders.get((role, location))
        if held is None:
            found = holders(self.practice, role, location)
            held = self._holders[role, location] = [person.id for person in found]
        return choose(held, case, other_than) or self.practice.last_resort

    def is_active(self, person: str) -> bool:
        """Whether a person still works here."""
        held = self.practice.people.get(person)
        return held is not None and held.active

    def close(self, but: Mapping[str, CompiledLane] | None = None) -> None:
        """Give the matchers' memory back, but for lanes that are used on."""
        for id_, compiled in self.lanes.items():
            if but is None or but.get(id_) is not compiled:
                compiled.close()
