"""A scenario from what happened: the log of inputs, counted, with the guesses as a small weight.

A share that was seen in n cases is (seen + 10 times the guess) / (n + 10): after a few hundred
calls the log decides, after seven the guess still does, and the notes say how many were seen.
("Additive smoothing" with a Dirichlet prior of weight 10.)
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from laneflow.engine.state import Act, Event, Instant
from laneflow.lanes.vocabulary import UNDERSTANDINGS
from laneflow.practice.model import LoadedPractice
from laneflow.practice.zones import DAY, day_to_date, zone
from laneflow.proofs.simulate.assumed import assumed
from laneflow.proofs.simulate.figures import percentile
from laneflow.proofs.simulate.model import (
    UNDERSTOOD,
    Arrival,
    Follow,
    Given,
    Length,
    Minutes,
    Scenario,
    Shares,
)

PRIOR = 10.0
"""How many observations a guess counts for."""

FEW = 20
"""Below so many the notes say that it is little."""

_TRIES = 3  # first, second, later
_PARTNER = "reached partner"
_SOON = 60 * DAY  # what comes later than this after something does not come of it


def from_history(
    loaded: LoadedPractice, rows: Iterable[Mapping[str, Any]], now: Instant
) -> tuple[Scenario, list[str]]:
    """The scenario the log tells, and notes that say how much of it was seen.

    ``rows`` are those of ``Store.inputs`` in the order they were taken in. What the log cannot
    tell (how long work takes, unless ``time.logged`` says so; how partners answer) stays assumed.
    """
    seen = _Seen(zone(loaded.practice.time_zone).local)
    for row in rows:
        seen.take(row)
    guess = assumed(loaded)
    if not seen.triggers:
        return guess, ["The log has no trigger yet: everything below is a guess."]
    days = seen.days(now)
    notes = [f"From {seen.inputs} inputs of {len(days)} days."]
    arrivals = tuple(_arrivals(loaded, seen, days, notes))
    contact = _contact(seen, guess.contact, notes)
    people = _people(loaded, seen, guess, notes)
    follows = tuple(_follow(seen, rule, notes) for rule in guess.follows)
    handling = _handling(seen, guess.handling, notes)
    told = {"arrivals", "contact", "understanding", "barriers", "declines", "follows"}
    told |= {"handling"} if handling != dict(guess.handling) else set()
    scenario = replace(
        guess, title="As it was", arrivals=arrivals, contact=contact, follows=follows,
        handling=handling, assumed=tuple(p for p in guess.assumed if p not in told), **people,
    )  # fmt: skip
    return scenario, notes


@dataclass(slots=True)
class _Seen:
    """The log, counted. ``cases``: case -> what happened in it -> when, in order."""

    local: Any
    inputs: int = 0
    triggers: dict[str, list[Event]] = field(default_factory=dict)
    tries: dict[tuple[str, int], Counter[str]] = field(default_factory=dict)
    understood: Counter[str] = field(default_factory=Counter)
    barriers: Counter[str] = field(default_factory=Counter)
    reached: int = 0
    with_barrier: int = 0
    declined: int = 0
    cases: dict[str, dict[str, list[Instant]]] = field(default_factory=dict)
    minutes: dict[str, list[float]] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)

    def take(self, row: Mapping[str, Any]) -> None:
        """Count one row of the log."""
        given, cases = row["input"], row["cases"]
        self.inputs += 1
        if isinstance(given, Act):
            if given.kind == "note":
                self._note(given.data, given.case, given.data.get("time") or given.at)
            elif given.kind == "event":
                self._happened([given.case], str(given.data.get("type")), given.at)
            return
        if row["fate"] == "opened":
            self.triggers.setdefault(given.type, []).append(given)
        self._happened(cases, given.type, given.time)
        if given.type == "contact.documented":
            said = {name.removeprefix("contact."): value for name, value in given.data.items()}
            self._note(said, next(iter(cases), ""), given.time)
        elif given.type == "time.logged":
            self._logged(given)

    def _note(self, said: Mapping[str, Any], case: str, at: Instant) -> None:
        outcome = said.get("outcome") or ""
        for pressed in said.get("events", ()):
            type_ = pressed if isinstance(pressed, str) else pressed.get("type", "")
            self._happened([case], type_, at)
            self.declined += type_ == "patient.declined"
        if not outcome or outcome == _PARTNER:
            return
        number = min(self.failed[case], _TRIES - 1)
        channel = said.get("channel") or "phone"
        self.tries.setdefault((channel, number), Counter())[outcome] += 1
        if outcome != "reached":
            self.failed[case] += 1
            return
        self.failed[case] = 0
        self.reached += 1
        self._happened([case], "reached", at)
        self._understood(said, case, at)

    def _understood(self, said: Mapping[str, Any], case: str, at: Instant) -> None:
        how = said.get("understanding")
        if how in UNDERSTANDINGS:
            self.understood[how] += 1
            if how == UNDERSTOOD:
                self._happened([case], UNDERSTOOD, at)
        named = said.get("barrier") or []
        barriers = [named] if isinstance(named, str) else list(named)
        self.barriers.update(barriers)
        self.with_barrier += bool(barriers)

    def _happened(self, cases: Iterable[str], what: str, at: Instant) -> None:
        for case in cases:
            if case:
                self.cases.setdefault(case, {}).setdefault(what, []).append(at)

    def _logged(self, event: Event) -> None:
        activity, minutes = event.data.get("time.activity"), event.data.get("time.minutes")
        if activity and isinstance(minutes, int | float) and minutes > 0:
            self.minutes.setdefault(str(activity), []).append(float(minutes))

    def days(self, now: Instant) -> range:
        """The local days the triggers cover, up to yesterday; at least one."""
        first = min(self.local(event.time) // DAY for events in self.triggers.values()
                    for event in events)  # fmt: skip
        return range(first, max(first + 1, self.local(now) // DAY))


def _arrivals(
    loaded: LoadedPractice, seen: _Seen, days: range, notes: list[str]
) -> Iterator[Arrival]:
    weekdays = Counter(day_to_date(day).weekday() for day in days)
    for type_, events in sorted(seen.triggers.items()):
        many = Counter(day_to_date(seen.local(e.time) // DAY).weekday() for e in events)
        mo, tu, we, th, fr, sa, su = (many[d] / max(1, weekdays[d]) for d in range(7))
        only = "only " if len(events) < FEW else ""
        notes.append(f"{type_}: {only}{len(events)} seen.")
        places = Counter(
            str(e.data["location"])
            for e in events
            if e.data.get("location") in loaded.practice.locations
        )
        yield Arrival(
            type_, (mo, tu, we, th, fr, sa, su), business=False,
            data=tuple(_data(loaded, events)), locations=_whole(places),
        )  # fmt: skip


def _data(loaded: LoadedPractice, events: list[Event]) -> Iterator[tuple[str, Given]]:
    """What the triggers brought, of the facts that have a few values or are dates ahead.

    Text that is free is kept where it was there at all, as a word: conditions ask whether it is
    known. Names, ids and everything of the patient stay out.
    """
    facts = {n: f for lane in loaded.lanes.values() for n, f in lane.facts.items()}
    for name, fact in facts.items():
        values = [e.data[name] for e in events if e.data.get(name) not in (None, "")]
        if not values or name.endswith(".id"):
            continue
        if fact.type in ("date", "date and time"):
            ahead = _ahead(loaded, name, events)
            if ahead is not None:
                yield name, ahead
        elif fact.one_of:
            shares = _whole(Counter(str(value) for value in values if value in fact.one_of))
            if shares:
                yield name, shares
        elif fact.type == "text" and name.endswith((".type", ".service", ".name", ".class")):
            yield name, _whole(Counter(map(str, values)).most_common(12))
        elif fact.type == "text" and 2 * len(values) >= len(events):
            yield name, "as in the record"


def _ahead(loaded: LoadedPractice, name: str, events: list[Event]) -> Length | None:
    from laneflow.engine.instants import instant_of

    place = loaded.practice.time_zone
    days = []
    for event in events:
        at = instant_of(event.data.get(name), place)
        if at is not None and at > event.time:
            days.append((at - event.time) / DAY)
    return _tenth_to_tenth(days) if days else None


def _contact(
    seen: _Seen, guess: Mapping[str, tuple[Shares, ...]], notes: list[str]
) -> dict[str, tuple[Shares, ...]]:
    found = dict(guess)
    for channel in sorted({channel for channel, _ in seen.tries}):
        if channel not in guess:
            continue
        usual = guess[channel]
        tries = [seen.tries.get((channel, n), Counter()) for n in range(_TRIES)]
        total = sum(sum(one.values()) for one in tries)
        notes.append(f"Tries by {channel}: {_so_many(total, 'seen')}.")
        found[channel] = tuple(
            _smoothed(one, usual[min(n, len(usual) - 1)]) for n, one in enumerate(tries)
        )
    return found


def _people(
    loaded: LoadedPractice, seen: _Seen, guess: Scenario, notes: list[str]
) -> dict[str, Any]:
    """What patients who were reached said."""
    notes.append(f"Patients reached: {_so_many(seen.reached, 'seen')}.")
    known = {name for lane in loaded.lanes.values() for name in lane.barriers}
    named = Counter({name: n for name, n in seen.barriers.items() if name in known})
    chance = _share(seen.with_barrier, seen.reached, guess.barriers[0])
    return {
        "understanding": _normal(_smoothed(seen.understood, guess.understanding)),
        "barriers": (chance, _whole(named)),
        "declines": _share(seen.declined, seen.reached, guess.declines),
    }


def _follow(seen: _Seen, rule: Follow, notes: list[str]) -> Follow:
    """How often what the rule expects came after what it waits for, and how soon."""
    if rule.every is not None:
        return rule
    comes: Counter[str] = Counter()
    delays: list[float] = []
    before = 0
    for happened in seen.cases.values():
        for at in happened.get(rule.after, ())[:1]:
            before += 1
            first = _first_after(happened, rule, at)
            if first is not None:
                comes[first[1]] += 1
                delays.append((first[0] - at) / DAY)
    if not before:
        return rule
    names = " or ".join(name for name, _ in rule.comes)
    notes.append(f"{names} after {rule.after}: {_so_many(before, 'waited for')}.")
    if len(rule.comes) > 1:
        return replace(rule, comes=_smoothed(comes, rule.comes, before))
    length = _tenth_to_tenth(delays) if len(delays) >= 5 else rule.after_that
    return replace(rule, chance=_share(len(delays), before, rule.chance), after_that=length)


def _first_after(
    happened: Mapping[str, list[Instant]], rule: Follow, at: Instant
) -> tuple[Instant, str] | None:
    found = []
    for name, _ in rule.comes:
        times = sorted(happened.get(name, ()))
        index = bisect_right(times, at)
        if index < len(times) and times[index] <= at + _SOON:
            found.append((times[index], name))
    return min(found, default=None)


def _handling(seen: _Seen, guess: Mapping[str, Minutes], notes: list[str]) -> dict[str, Minutes]:
    """Handling times where ``time.logged`` names one of them as its activity."""
    found = dict(guess)
    for kind, minutes in sorted(seen.minutes.items()):
        if kind in guess and len(minutes) >= FEW:
            ordered = sorted(minutes)
            p50, p90 = percentile(ordered, 50) or 1.0, percentile(ordered, 90) or 1.0
            found[kind] = Minutes(p50, p90, skewed=p90 > p50)
            notes.append(f"Minutes by {kind}: {len(minutes)} seen.")
    if found == dict(guess):
        notes.append("How long work takes is not in the log: those minutes are a guess.")
    return found


# counting ----------------------------------------------------------------------------------------


def _so_many(n: int, what: str) -> str:
    return f"{n} {what}" if n >= FEW else f"only {n} {what}, so the guess still weighs {PRIOR:.0f}"


def _share(seen: int, of: int, guess: float) -> float:
    return round(min(1.0, (seen + PRIOR * guess) / (of + PRIOR)), 4)


def _smoothed(seen: Mapping[str, int], guess: Shares, of: int | None = None) -> Shares:
    total = sum(seen.values()) if of is None else of
    usual = dict(guess)
    return tuple(
        (name, share)
        for name in dict.fromkeys((*usual, *seen))
        if name != "no answer" and (share := _share(seen.get(name, 0), total, usual.get(name, 0.0)))
    )


def _normal(shares: Shares) -> Shares:
    """The same shares, adding up to 1 as they will be written."""
    return _whole(dict(shares))


def _whole(counts: Mapping[str, float] | list[tuple[str, int]]) -> Shares:
    """Counts as shares that add up to 1 to the thousandth of a percent."""
    pairs = list(counts.items()) if isinstance(counts, Mapping) else counts
    total = sum(n for _, n in pairs)
    if not total:
        return ()
    ordered = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    shares = [(name, round(n / total, 5)) for name, n in ordered]
    rest = round(1 - sum(share for _, share in shares[1:]), 5)
    return ((shares[0][0], rest), *shares[1:])


def _tenth_to_tenth(days: list[float]) -> Length:
    """From the tenth to the ninetieth of a hundred, in days; never shorter than a tenth of one."""
    ordered = sorted(days)
    low, high = (percentile(ordered, p) or 0.0 for p in (10, 90))
    return Length(round(low, 1), max(round(high, 1), round(low, 1), 0.1), "days")
