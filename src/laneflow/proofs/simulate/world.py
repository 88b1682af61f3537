"""The world outside the practice: what arrives, and what comes by itself in a case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

from laneflow.engine.calendar import Calendar
from laneflow.engine.compiled import CompiledLane
from laneflow.engine.instants import instant_of
from laneflow.engine.live import Live
from laneflow.engine.state import Case, Event, Instant
from laneflow.lanes.model import Fact
from laneflow.lanes.vocabulary import family
from laneflow.practice.zones import DAY, HOUR, MINUTE, days_from_epoch
from laneflow.proofs.simulate.amounts import later
from laneflow.proofs.simulate.chance import Chance, how_many
from laneflow.proofs.simulate.model import Arrival, Follow, Given, Length, Scenario
from laneflow.proofs.simulate.reading import fact_types

SOURCE = "simulation"
_SUNDAY = 6
_VISIT = 30 * MINUTE  # from an appointment's time until its outcome is known
_OFFICE = (8 * HOUR, 17 * HOUR)  # when something comes on a day on which the place is closed


@dataclass(frozen=True, slots=True)
class Comes:
    """An event on its way to a case; ``rule`` is the place of its rule in ``follows``, or -1."""

    at: Instant
    case: str
    type: str
    data: dict[str, Any]
    rule: int = -1


class World:
    """What comes from outside in one run. ``key`` is the run's own, from seed and number."""

    def __init__(self, live: Live, scenario: Scenario, key: str) -> None:
        self._live, self._scenario, self._key = live, scenario, key
        self._facts = fact_types(live.loaded)
        self._hears: dict[tuple[str, str], bool] = {}

    # arrivals ----------------------------------------------------------------------------------

    def arrivals(self, since: Instant, until: Instant) -> Iterator[tuple[Event, Chance]]:
        """Every trigger from ``since`` until ``until``, each of a patient of its own.

        The order is that of the scenario and the days; the caller sorts by time.
        """
        calendar = self._live.calendar(self._live.default_location)
        first, last = (days_from_epoch(calendar.local_date(at)) for at in (since, until))
        for number, arrival in enumerate(self._scenario.arrivals):
            owed = 0.0
            for day in range(first, last + 1):
                mean = self._mean(arrival, day, calendar)
                if arrival.evenly:
                    owed += mean
                    many = floor(owed + 1e-9)
                    owed -= many
                else:
                    many = how_many(f"{self._key}:{number}:{day}", mean)
                for n in range(many):
                    patient = f"s{number}-{day}-{n}"
                    chance = Chance(self._key, patient)
                    event = self._trigger(arrival, patient, chance, day, (n + 0.5) / many)
                    if since <= event.time < until:
                        yield event, chance

    def _mean(self, arrival: Arrival, day: int, calendar: Calendar) -> float:
        date = calendar.local_date(calendar.zone.instant(day * DAY))
        if calendar.is_business_day(date):
            return arrival.rates[date.weekday()]
        if arrival.business:
            return 0.0
        return arrival.rates[date.weekday() if date.weekday() > 4 else _SUNDAY]

    def _trigger(
        self, arrival: Arrival, patient: str, chance: Chance, day: int, even: float
    ) -> Event:
        place = chance.one_of("place", arrival.locations) if arrival.locations else ""
        calendar = self._live.calendar(place or self._live.default_location)
        u = even if arrival.evenly else chance.draw("time")
        at = _time(arrival, calendar, chance, day, u)
        data = self._filled(arrival.data, chance, calendar, at)
        if place:
            data["location"] = place
        self._name_records(arrival.on, patient, data)
        return Event(f"{patient}-0", SOURCE, arrival.on, at, patient, data, at)

    def _name_records(self, event: str, name: str, data: dict[str, Any]) -> None:
        """Give the record an event is about an id of its own, unless it has one."""
        record = f"{family(event)}.id"
        if record in self._facts:
            data.setdefault(record, name)

    def _filled(
        self,
        given: Sequence[tuple[str, Given]],
        chance: Chance,
        calendar: Calendar,
        at: Instant,
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in given:
            if isinstance(value, Length):
                found[name] = self._ahead(value, self._facts[name], chance, calendar, at, name)
            elif isinstance(value, tuple):
                found[name] = chance.one_of(f"data:{name}", value, value[-1][0])
            else:
                found[name] = value
        return found

    def _ahead(
        self,
        length: Length,
        fact: Fact,
        chance: Chance,
        calendar: Calendar,
        at: Instant,
        name: str,
    ) -> str:
        """A date so far ahead, as events write it; a time of day in the location's hours."""
        when = later(calendar, at, length, chance.draw(f"data:{name}"))
        if fact.type == "date":
            return calendar.local_date(when).isoformat()
        open_ = calendar.next_open(when) // MINUTE * MINUTE
        return calendar.local(open_).isoformat()

    # what follows ------------------------------------------------------------------------------

    def hears(self, compiled: CompiledLane, event: str) -> bool:
        """Whether a lane takes notice of an event."""
        key = (compiled.lane.id, event)
        known = self._hears.get(key)
        if known is None:
            head, lane = family(event), compiled.lane
            dated = head == "appointment" and "appointment.start" in lane.facts
            known = self._hears[key] = event in compiled.listens or head in lane.ours or dated
        return known

    def follows(
        self, case: Case, after: str, at: Instant, chance: Chance, busy: set[int]
    ) -> Iterator[Comes]:
        """What comes of ``after`` (an event, reached, understood) in a case, each on its way.

        ``busy``: rules that have something on its way to this case already.
        """
        for index, rule in enumerate(self._scenario.follows):
            if rule.after != after or (rule.lanes and case.lane not in rule.lanes):
                continue
            happens = chance.happens(f"follow:{index}", rule.chance) or rule.every is not None
            if not happens or index in busy:
                continue
            comes = self._coming(index, rule, case, at, chance)
            if comes is not None:
                yield comes

    def again(self, comes: Comes, case: Case, chance: Chance) -> tuple[bool, Comes | None]:
        """Of a rule with ``every``: whether it happens this time, and when it comes next."""
        rule = self._scenario.follows[comes.rule]
        if rule.every is None:
            return True, None
        happens = chance.happens(f"again:{comes.rule}", rule.chance)
        return happens, self._coming(comes.rule, rule, case, comes.at, chance)

    def _coming(
        self, index: int, rule: Follow, case: Case, at: Instant, chance: Chance
    ) -> Comes | None:
        compiled = self._live.lanes[case.lane]
        event = chance.one_of(f"comes:{index}", rule.comes)
        if not event or not self.hears(compiled, event):
            return None
        if event == "appointment.booked" and _booked_ahead(case):
            return None
        calendar = self._live.calendar(case.location)
        when, linked = self._when(index, rule, case, calendar, at, chance)
        if when is None:
            return None
        data = self._filled(rule.data, chance, calendar, max(when, at)) | linked
        if rule.every is None:
            data["case.id"] = case.id
            self._name_records(event, f"{case.id}-{event}-{when}", data)
        return Comes(when, case.id, event, data, index)

    def _when(
        self, index: int, rule: Follow, case: Case, calendar: Calendar, at: Instant, chance: Chance
    ) -> tuple[Instant | None, dict[str, Any]]:
        """When it comes, and the ids that tie it to the appointment it waited for."""
        if rule.at:
            return _on_the_date(rule.at, case, calendar)
        length = rule.every or rule.after_that
        if length is None:
            return at, {}
        return later(calendar, at, length, chance.draw(f"when:{index}")), {}


def _booked_ahead(case: Case) -> bool:
    return any(a["state"] == "booked" for a in case.appointments.values())


def _on_the_date(
    name: str, case: Case, calendar: Calendar
) -> tuple[Instant | None, dict[str, Any]]:
    zone = calendar.location.time_zone
    for id_, appointment in reversed(case.appointments.items()):
        if appointment["state"] == "booked" and name in appointment:
            when = instant_of(appointment[name], zone)
            return (when + _VISIT if when else None), {"appointment.id": id_}
    held = case.facts.get(name)
    when = instant_of(held[0], zone) if held else None
    return (when + _VISIT if when else None), {}


def _time(arrival: Arrival, calendar: Calendar, chance: Chance, day: int, u: float) -> Instant:
    """When on a local day something comes: in the hours given, or while the location is open."""
    midnight, next_midnight = (calendar.zone.instant(d * DAY) for d in (day, day + 1))
    if arrival.times:
        span = chance.one_of("hours", arrival.times, arrival.times[-1][0])
        start, end = (_clock(text) for text in span.split("-"))
        return calendar.zone.instant(day * DAY + start + round((end - start) * u))
    open_ms = calendar.open_ms(midnight, next_midnight)
    if open_ms:
        return calendar.add_open(midnight, max(1, round(open_ms * u)))
    return calendar.zone.instant(day * DAY + _OFFICE[0] + round((_OFFICE[1] - _OFFICE[0]) * u))


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE
