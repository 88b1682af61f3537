"""What a scenario takes for granted, in words: each guess with its figure, one a line."""

from __future__ import annotations

from collections.abc import Mapping

from laneflow.proofs.simulate.amounts import length_in_words, plain, shown
from laneflow.proofs.simulate.model import Arrival, Follow, Partner, Scenario, Shares


def told(scenario: Scenario) -> list[str]:
    """The parts of ``scenario`` that are guesses, in its own order; [] where none is."""
    chance, after = scenario.calls_back
    phone = scenario.contact.get("phone", ())
    lines = {
        "arrivals": "arrivals a week: " + _arrivals(scenario.arrivals),
        "contact": "contact by phone: "
        + ", ".join(shown(dict(one).get("reached", 0.0)) for one in phone)
        + " reached at the first, second, later try",
        "calls_back": f"calls back: {shown(chance)} of those left a message, "
        f"in {length_in_words(after)}",
        "understanding": f"understanding: {_shares(scenario.understanding)}",
        "barriers": f"barriers: {shown(scenario.barriers[0])} of those reached",
        "declines": f"declines: {shown(scenario.declines)} of those reached",
        "alarms": f"alarms: {shown(scenario.alarms)} of those reached",
        "gives_up": f"gives up: after {scenario.gives_up} tries in a row that reached nobody",
        "finished": f"finished at the first go: {shown(scenario.finished)} of work without a call",
        "buttons": "buttons, by weight: "
        + ", ".join(f"{name} {plain(many)}" for name, many in scenario.buttons.items()),
        "follows": "follows: " + "; ".join(map(_follow, scenario.follows)),
        "partners": "; ".join(f"partners: {_partner(*one)}" for one in scenario.partners.items()),
        "handling": "handling times in minutes: "
        + ", ".join(f"{kind} {plain(time.low)}" for kind, time in scenario.handling.items()),
        "available": "time for this work: "
        + ", ".join(f"{name} {shown(share)}" for name, share in scenario.available.items())
        + " of the working day",
    }
    return [lines[name] for name in scenario.assumed]


def _arrivals(arrivals: tuple[Arrival, ...]) -> str:
    """Each trigger once, with all that comes of it."""
    weekly: dict[str, float] = {}
    for one in arrivals:
        weekly[one.on] = weekly.get(one.on, 0.0) + sum(one.rates)
    return ", ".join(f"{name} {many:.0f}" for name, many in weekly.items())


def _shares(shares: Shares | Mapping[str, float]) -> str:
    return ", ".join(f"{name} {shown(share)}" for name, share in dict(shares).items())


def _follow(follow: Follow) -> str:
    names = " or ".join(name for name, _ in follow.comes)
    if len(follow.comes) > 1:
        names = _shares(follow.comes)
    often = f" every {length_in_words(follow.every)}" if follow.every else ""
    chance = f" {shown(follow.chance)}" if follow.chance < 1 else ""
    return f"{names} after {follow.after}{chance}{often}"


def _partner(name: str, partner: Partner) -> str:
    return (
        f"{name} answer {shown(partner.answers)} of times asked, "
        f"in {length_in_words(partner.takes)}, {shown(partner.unasked)} unasked"
    )
