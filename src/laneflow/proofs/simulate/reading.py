"""A scenario file as it is written: YAML into a Scenario, every problem at its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from laneflow.errors import LaneflowError, Problem, did_you_mean, listing
from laneflow.lanes.durations import parse_duration
from laneflow.lanes.entry import Entry
from laneflow.lanes.model import Fact
from laneflow.lanes.schema import check_shape
from laneflow.lanes.vocabulary import PATIENT_FACTS, STANDARD_EVENTS, STANDARD_FACTS, family
from laneflow.lanes.yaml import read
from laneflow.practice.model import LoadedPractice
from laneflow.practice.week import parse_span
from laneflow.proofs.simulate import amounts
from laneflow.proofs.simulate.assumed import assumed
from laneflow.proofs.simulate.model import (
    OTHERS,
    REACHED,
    UNDERSTOOD,
    Arrival,
    Follow,
    Given,
    Length,
    Minutes,
    Partner,
    Scenario,
    Shares,
)
from laneflow.proofs.simulate.staffing import read_staffing

WEEK = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_OTHER_FACTS = ("location", "reason", "patient.id")


def read_scenario(loaded: LoadedPractice, content: bytes, file: str) -> Scenario:
    """The scenario of one file against a practice; parts left out are those of ``assumed``.

    Raises LaneflowError with every problem: of its shape, or of the names and sums in it.
    """
    document = read(content, file)
    problems = check_shape(document, "scenario")
    if problems:
        raise LaneflowError(sorted(problems, key=lambda problem: problem.order))
    reader = _Reader(loaded, Entry(document), [])
    scenario = reader.scenario()
    if reader.problems:
        raise LaneflowError(sorted(set(reader.problems), key=lambda problem: problem.order))
    return scenario


@dataclass(slots=True)
class _Reader:
    """One file whose shape has been checked; ``problems`` are gathered on the way."""

    loaded: LoadedPractice
    top: Entry
    problems: list[Problem]

    def scenario(self) -> Scenario:
        """The scenario: what is written, upon what is assumed."""
        top, guess = self.top, assumed(self.loaded)
        given = {key: part for key, part in self._parts(guess) if key in top}
        left = tuple(name for name in guess.assumed if name not in top)
        return replace(guess, **(self._frame() | given), assumed=left)

    def _frame(self) -> dict[str, Any]:
        top = self.top
        found: dict[str, Any] = {
            key: top.value[key]
            for key in ("weeks", "warm_up", "seed", "runs", "gives_up")
            if key in top
        }
        found["title"] = top.text("title", "A scenario")
        if "from" in top:
            found["start"] = self._date(top["from"])
        if "ahead" in top:
            found["ahead"] = parse_duration(top.text("ahead"))
        return found

    def _parts(self, guess: Scenario) -> Iterator[tuple[str, Any]]:
        """Each part that is written, compiled."""
        top = self.top
        yield "arrivals", tuple(self._arrival(entry) for entry in top.each("arrivals"))
        tries = {name: self._tries(entry) for name, entry in top.entries("contact")}
        yield "contact", {**guess.contact, **tries}
        yield "calls_back", self._calls_back(guess)
        yield "understanding", self._whole("understanding")
        yield "barriers", self._barriers()
        for key in ("declines", "alarms", "finished"):
            yield key, amounts.percent(top.text(key, "0 %"))
        yield "buttons", {name: float(e.value) for name, e in self._buttons()}
        yield "follows", tuple(self._follow(entry) for entry in top.each("follows"))
        yield "partners", self._partners(guess)
        times = {name: self._handling(entry) for name, entry in top.entries("handling")}
        yield "handling", {**guess.handling, **times}
        yield "available", self._available()
        staffing = top.get("staffing")
        if staffing is not None:
            yield "staffing", read_staffing(self.loaded.practice, staffing, self.problems)
        yield (
            "what_if",
            tuple(
                (entry.text("name"), read_staffing(self.loaded.practice, entry, self.problems))
                for entry in top.each("what_if")
            ),
        )

    # what comes --------------------------------------------------------------------------------

    def _arrival(self, entry: Entry) -> Arrival:
        self._event(entry["on"], opens=True)
        rates = [key for key in ("a_day", "a_week", "by_weekday") if key in entry]
        if len(rates) != 1:
            what = (
                "how often is not said" if not rates else f"{rates[0]} and {rates[1]} both say it"
            )
            self._wrong(entry, what, "Write one of a_day, a_week and by_weekday.", at_value=False)
            return Arrival(entry.text("on"), (0.0,) * 7)
        plain = Arrival(
            on=entry.text("on"),
            rates=_rates(entry[rates[0]], rates[0]),
            business=rates[0] != "by_weekday",
            weekly=rates[0] == "a_week",
            evenly=bool(entry.value.get("evenly", False)),
            data=tuple(self._data(entry)),
            times=self._times(entry),
        )
        places = entry.get("locations")
        if places is None:
            return plain
        known = self.loaded.practice.locations
        for name, place in places.named():
            if name not in known:
                self._unknown(place, f'there is no location "{name}"', name, known)
        return replace(plain, locations=self._sum(places, whole=True))

    def _times(self, entry: Entry) -> Shares:
        times = entry.get("times")
        if times is None:
            return ()
        for name, span in times.named():
            if parse_span(name) is None:
                self._wrong(span, f'"{name}" is not from a time to a later one', at_value=False)
        return self._sum(times, whole=True)

    def _data(self, entry: Entry) -> Iterator[tuple[str, Given]]:
        known = fact_types(self.loaded)
        for name, value in entry.entries("data"):
            if name not in known:
                self._unknown(value, f'no lane knows the fact "{name}"', name, known)
                continue
            yield name, self._given(value, known[name])

    def _given(self, entry: Entry, fact: Fact) -> Given:
        value = entry.value
        dated = fact.type in ("date", "date and time")
        if isinstance(value, dict) and "ahead" in value:
            if not dated:
                self._wrong(entry, f"this fact is {fact.type}, not a date")
            return self._length(entry["ahead"])
        if dated:
            self._wrong(entry, "this fact is a date", "Write for example {ahead: 3 to 14 days}.")
        shares = self._sum(entry, whole=True) if isinstance(value, dict) else ()
        for name in [name for name, _ in shares] if shares else [value]:
            if fact.one_of and name not in fact.one_of:
                hint = did_you_mean(str(name), fact.one_of, f"It can be {listing(fact.one_of)}.")
                self._wrong(entry, f'"{name}" is not a value of this fact', hint)
        return shares or value

    def _follow(self, entry: Entry) -> Follow:
        after, comes = entry.text("after"), entry["comes"]
        if after not in (REACHED, UNDERSTOOD):
            self._event(entry["after"], also=(REACHED, UNDERSTOOD))
        if isinstance(comes.value, dict):
            for name, share in comes.named():
                self._event(Entry(share.document, share.path, name))
            events = self._sum(comes)
        else:
            self._event(comes)
            events = ((str(comes.value), 1.0),)
        ways = [key for key in ("in", "at", "every") if key in entry]
        if len(ways) > 1:
            self._wrong(entry[ways[1]], f"{ways[0]} and {ways[1]} cannot both say when")
        if "at" in entry:
            self._date_fact(entry["at"])
        for lane in entry.each("lanes"):
            if lane.value not in self.loaded.lanes:
                lanes = self.loaded.lanes
                self._unknown(lane, f'there is no lane "{lane.value}"', str(lane.value), lanes)
        return Follow(
            after, events,
            chance=amounts.percent(entry.text("chance", "100 %")),
            after_that=self._length(entry["in"]) if "in" in entry else None,
            at=entry.text("at"),
            every=self._every(entry["every"]) if "every" in entry else None,
            data=tuple(self._data(entry)),
            lanes=tuple(str(lane.value) for lane in entry.each("lanes")),
        )  # fmt: skip

    def _every(self, entry: Entry) -> Length:
        length = self._length(entry)
        if length.low <= 0:
            self._wrong(entry, "without a distance it would never end", "Write at least 1 hour.")
        return length

    def _date_fact(self, entry: Entry) -> None:
        known = fact_types(self.loaded)
        name = str(entry.value)
        if name not in known:
            self._unknown(entry, f'no lane knows the fact "{name}"', name, known)
        elif known[name].type not in ("date", "date and time"):
            self._wrong(entry, f"this fact is {known[name].type}, not a date")

    # what comes of it --------------------------------------------------------------------------

    def _tries(self, entry: Entry) -> tuple[Shares, ...]:
        return tuple(self._sum(one) for one in entry.listed())

    def _calls_back(self, guess: Scenario) -> tuple[float, Length]:
        entry = self.top.get("calls_back")
        if entry is None:
            return guess.calls_back
        length = self._length(entry["in"]) if "in" in entry else guess.calls_back[1]
        return amounts.percent(entry.text("chance")), length

    def _barriers(self) -> tuple[float, Shares]:
        entry = self.top.get("barriers")
        if entry is None:
            return 0.0, ()
        which = entry.get("which")
        known = {name for lane in self.loaded.lanes.values() for name in lane.barriers}
        for name, share in which.named() if which else ():
            if name not in known:
                self._unknown(share, f'no lane knows the barrier "{name}"', name, known)
        shares = self._sum(which, whole=True) if which else ()
        return amounts.percent(entry.text("chance")), shares

    def _buttons(self) -> Iterator[tuple[str, Entry]]:
        for name, entry in self.top.entries("buttons"):
            self._event(Entry(entry.document, entry.path, name))
            yield name, entry

    def _partners(self, guess: Scenario) -> dict[str, Partner]:
        parties = {*self.loaded.practice.parties, "patient", OTHERS}
        found = dict(guess.partners)
        for name, entry in self.top.entries("partners"):
            if name not in parties:
                self._unknown(entry, f'there is no party "{name}"', name, parties)
            usual = guess.partners[OTHERS]
            found[name] = Partner(
                amounts.percent(entry.text("answers", amounts.shown(usual.answers))),
                self._length(entry["in"]) if "in" in entry else usual.takes,
                amounts.percent(entry.text("unasked", amounts.shown(usual.unasked))),
            )
        return found

    # people ------------------------------------------------------------------------------------

    def _handling(self, entry: Entry) -> Minutes:
        if not isinstance(entry.value, dict):
            return Minutes(*self._ordered(entry, amounts.minutes(str(entry.value))))
        median, p90 = amounts.minutes(entry.text("median")), amounts.minutes(entry.text("p90"))
        if median[0] <= 0 or p90[1] < median[0]:
            self._wrong(entry["p90"], "the p90 is less than the median, or nothing")
            return Minutes(1, 1)
        return Minutes(median[0], p90[1], skewed=True)

    def _available(self) -> dict[str, float]:
        entry = self.top.get("available")
        if entry is None:
            return {}
        if not isinstance(entry.value, dict):
            return {OTHERS: self._some(entry)}
        people = self.loaded.practice.people
        known = {OTHERS, *people, *(role for p in people.values() for role in p.roles)}
        found: dict[str, float] = {}
        for name, share in entry.named():
            if name not in known:
                what = f'"{name}" is neither a person nor a role'
                self._unknown(share, what, name, known)
            found[name] = self._some(share)
        return {OTHERS: 1.0, **found} if OTHERS not in found else found

    def _some(self, entry: Entry) -> float:
        share = amounts.percent(str(entry.value))
        if share <= 0:
            hint = "Name whoever has no time for it under staffing: without."
            self._wrong(entry, "with no time at all nothing would ever be done", hint)
        return share

    # numbers and names -------------------------------------------------------------------------

    def _whole(self, key: str) -> Shares:
        entry = self.top.get(key)
        return self._sum(entry, whole=True) if entry else ()

    def _sum(self, entry: Entry, *, whole: bool = False) -> Shares:
        shares = tuple((name, amounts.percent(str(e.value))) for name, e in entry.named())
        total = sum(share for _, share in shares)
        if total > 1.0005 or (whole and total < 0.9995):
            wanted = "add up to 100 %" if whole else "be at most 100 %"
            what = f"these add up to {amounts.shown(total)}"
            self._wrong(entry, what, f"They have to {wanted}.", at_value=False)
        return shares

    def _length(self, entry: Entry) -> Length:
        length = amounts.length(str(entry.value))
        return replace(length, **_named(self._ordered(entry, (length.low, length.high))))

    def _ordered(self, entry: Entry, span: tuple[float, float]) -> tuple[float, float]:
        if span[0] > span[1]:
            self._wrong(entry, f'"{entry.value}" goes from more to less')
        return span

    def _date(self, entry: Entry) -> date | None:
        try:
            return date.fromisoformat(str(entry.value))
        except ValueError:
            self._wrong(entry, f'there is no day "{entry.value}"')
            return None

    def _event(self, entry: Entry, also: tuple[str, ...] = (), *, opens: bool = False) -> None:
        known = {*STANDARD_EVENTS, *self.loaded.practice.events, *also}
        name = str(entry.value)
        if name not in known:
            self._unknown(entry, f'there is no event "{name}"', name, known)
        elif opens and name not in triggers(self.loaded):
            hint = f"Triggers are {listing(sorted(triggers(self.loaded)))}."
            self._wrong(entry, f'"{name}" opens no case in any lane', hint)

    def _unknown(self, entry: Entry, what: str, name: str, known: Any) -> None:
        names = sorted(known)
        few = f"There are: {listing(names)}." if len(names) <= 12 else ""
        at_value = entry.path[-1] != name  # else it is the name of an entry that is not known
        self._wrong(entry, what, did_you_mean(name, names, few), at_value=at_value)

    def _wrong(self, entry: Entry, what: str, hint: str = "", *, at_value: bool = True) -> None:
        self.problems.append(entry.problem(what, hint, at_value=at_value))


def triggers(loaded: LoadedPractice) -> set[str]:
    """The events that open a case in some lane."""
    return {opening.on for lane in loaded.lanes.values() for opening in lane.opens}


def fact_types(loaded: LoadedPractice) -> dict[str, Fact]:
    """Every fact an event may bring: those of the lanes, of patients, and the standard ones."""
    found = {name: Fact(type_) for name, type_ in {**STANDARD_FACTS, **PATIENT_FACTS}.items()}
    found |= {name: Fact() for name in _OTHER_FACTS}
    for lane in loaded.lanes.values():
        for name, fact in lane.facts.items():
            if family(name) != "patient":
                found[name] = fact
    return found


def _rates(entry: Entry, key: str) -> tuple[float, float, float, float, float, float, float]:
    if key == "by_weekday":
        mo, tu, we, th, fr, sa, su = (float(entry.value.get(day, 0)) for day in WEEK)
        return mo, tu, we, th, fr, sa, su
    day = float(entry.value) / (5 if key == "a_week" else 1)
    return day, day, day, day, day, 0.0, 0.0


def _named(span: tuple[float, float]) -> dict[str, Any]:
    return {"low": span[0], "high": span[1]}
