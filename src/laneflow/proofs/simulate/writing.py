"""A scenario as a file that a manager can edit: what was guessed says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from laneflow.lanes.durations import in_words
from laneflow.practice.model import Person
from laneflow.practice.week import Shift
from laneflow.proofs.simulate.amounts import length_in_words, minutes_in_words, shown
from laneflow.proofs.simulate.model import (
    OTHERS,
    Arrival,
    Follow,
    Given,
    Length,
    Scenario,
    Shares,
    Staffing,
)
from laneflow.proofs.simulate.reading import WEEK

_SCHEMA = "# yaml-language-server: $schema=../schemas/scenario.schema.json"
_GUESSED = "What says it is a guess was seen nowhere: put your own figures in its place."
_ABOUT = {
    "arrivals": "What comes, and how often.",
    "contact": "What comes of trying to reach a patient: the first try, the second, all after it.",
    "calls_back": "Patients who answer a message.",
    "understanding": "What patients who were reached have understood.",
    "barriers": "What stands in the way of patients who were reached.",
    "follows": "What happens by itself after something else.",
    "partners": "How other offices, and the patient, answer when asked for something.",
    "handling": "How long one piece of work keeps somebody busy.",
    "available": "How much of their working day people have for this work.",
    "staffing": "Who is there, other than practice.yaml says.",
    "what_if": "The same weeks once more, with other people.",
}


def write_scenario(scenario: Scenario, notes: Iterable[str] = ()) -> str:
    """The YAML of a scenario; ``notes`` are told at its head. Reading it gives the same again."""
    guessed = [_GUESSED] if scenario.assumed else []
    lines = [_SCHEMA, "#", *(f"# {note}" for note in (*notes, *guessed)), ""]
    for key, value in _parts(scenario):
        about = _ABOUT.get(key, "")
        guess = "A guess." if key in scenario.assumed else ""
        comment = " ".join(text for text in (about, guess) if text)
        lines += ["", f"# {comment}"] if comment else []
        lines.append(_yaml(key, value))
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def _yaml(key: str, value: Any) -> str:
    """One entry: what holds nothing deeper on one line, in the way people write it by hand."""
    plain = not isinstance(value, dict | list)
    text: str = yaml.safe_dump(
        {key: value}, sort_keys=False, allow_unicode=True, width=98,
        default_flow_style=False if plain else None,
    )  # fmt: skip
    return text.rstrip("\n").replace("'on':", "on:")


def _parts(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    yield "title", scenario.title
    if scenario.start is not None:
        yield "from", scenario.start.isoformat()
    for key in ("weeks", "warm_up", "seed", "runs"):
        yield key, getattr(scenario, key)
    yield "arrivals", [_arrival(one) for one in scenario.arrivals]
    yield "contact", {channel: _tries(tries) for channel, tries in scenario.contact.items()}
    chance, length = scenario.calls_back
    yield "calls_back", {"chance": shown(chance), "in": length_in_words(length)}
    yield "understanding", _shares(scenario.understanding)
    yield "barriers", _barriers(*scenario.barriers)
    for key in ("declines", "alarms", "finished"):
        yield key, shown(getattr(scenario, key))
    yield "gives_up", scenario.gives_up
    if scenario.buttons:
        yield "buttons", {name: _number(many) for name, many in scenario.buttons.items()}
    yield "follows", [_follow(one) for one in scenario.follows]
    partners = {
        name: {
            "answers": shown(one.answers),
            "in": length_in_words(one.takes),
            "unasked": shown(one.unasked),
        }
        for name, one in scenario.partners.items()
    }
    yield "partners", partners
    yield "handling", {name: minutes_in_words(time) for name, time in scenario.handling.items()}
    yield "available", _available(scenario.available)
    yield "ahead", in_words(scenario.ahead)
    if scenario.staffing != Staffing():
        yield "staffing", _staffing(scenario.staffing)
    if scenario.what_if:
        yield "what_if", [{"name": name, **_staffing(one)} for name, one in scenario.what_if]


def _available(available: Mapping[str, float]) -> Any:
    if set(available) == {OTHERS}:
        return shown(available[OTHERS])
    return {name: shown(share) for name, share in available.items()}


def _shares(shares: Shares) -> dict[str, str]:
    return {name: shown(share) for name, share in shares}


def _tries(tries: tuple[Shares, ...]) -> Any:
    return [_shares(one) for one in tries] if len(tries) > 1 else _shares(tries[0])


def _barriers(chance: float, which: Shares) -> dict[str, Any]:
    return {"chance": shown(chance), **({"which": _shares(which)} if which else {})}


def _arrival(arrival: Arrival) -> dict[str, Any]:
    found: dict[str, Any] = {"on": arrival.on}
    if not arrival.business:
        found["by_weekday"] = {
            day: _number(rate) for day, rate in zip(WEEK, arrival.rates, strict=True) if rate
        } or {"Mo": 0}
    elif arrival.weekly:
        found["a_week"] = _number(arrival.rates[0] * 5)
    else:
        found["a_day"] = _number(arrival.rates[0])
    if arrival.evenly:
        found["evenly"] = True
    if arrival.data:
        found["data"] = _data(arrival.data)
    for key, shares in (("locations", arrival.locations), ("times", arrival.times)):
        if shares:
            found[key] = _shares(shares)
    return found


def _follow(follow: Follow) -> dict[str, Any]:
    found: dict[str, Any] = {"after": follow.after}
    single = len(follow.comes) == 1 and follow.comes[0][1] == 1
    found["comes"] = follow.comes[0][0] if single else _shares(follow.comes)
    if follow.chance < 1:
        found["chance"] = shown(follow.chance)
    if follow.after_that is not None:
        found["in"] = length_in_words(follow.after_that)
    if follow.at:
        found["at"] = follow.at
    if follow.every is not None:
        found["every"] = length_in_words(follow.every)
    if follow.data:
        found["data"] = _data(follow.data)
    if follow.lanes:
        found["lanes"] = list(follow.lanes)
    return found


def _data(data: tuple[tuple[str, Given], ...]) -> dict[str, Any]:
    return {name: _given(value) for name, value in data}


def _given(value: Given) -> Any:
    if isinstance(value, Length):
        return {"ahead": length_in_words(value)}
    if isinstance(value, tuple):
        return _shares(value)
    return _number(value) if isinstance(value, float) else value


def _number(value: float) -> float | int:
    rounded = round(value, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def _staffing(staffing: Staffing) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if staffing.add:
        found["add"] = {person.id: _person(person) for person in staffing.add}
    if staffing.away:
        found["away"] = {
            name: [{"from": first, "to": last} for first, last in spans]
            for name, spans in staffing.away
        }
    if staffing.without:
        found["without"] = list(staffing.without)
    return found


def _person(person: Person) -> dict[str, Any]:
    works: dict[str, list[Shift]] = {}
    for day, place, start, end in person.shifts:
        works.setdefault(place, []).append((day, start, end))
    found: dict[str, Any] = {
        "name": person.name,
        "roles": list(person.roles),
        "works": {place: _week(shifts) for place, shifts in works.items()},
    }
    if person.lunch:
        found["lunch"] = "-".join(person.lunch)
    found["languages"] = list(person.languages)
    if person.most_open_tasks is not None:
        found["most_open_tasks"] = person.most_open_tasks
    return found


def _week(shifts: list[Shift]) -> str:
    """Shifts as practice.yaml writes them: ``Mo 08:00-12:00,13:00-17:00; Tu 08:00-17:00``."""
    days: dict[int, list[str]] = {}
    for day, start, end in shifts:
        days.setdefault(day, []).append(f"{start}-{end}")
    return "; ".join(f"{WEEK[day]} {','.join(spans)}" for day, spans in sorted(days.items()))
