"""What is assumed where neither history nor a scenario says it: round guesses, each one named.

None of these numbers was measured. They make the lanes' own triggers come at a plain rate and
patients answer about as often as offices tell; a manager is to put theirs in their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from laneflow.lanes.model import AllOf, AnyOf, Atom, Lane, Opening
from laneflow.lanes.vocabulary import family
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.simulate.model import (
    OTHERS,
    Arrival,
    Follow,
    Given,
    Length,
    Minutes,
    Partner,
    Scenario,
    Shares,
)

A_WEEK = 10.0
"""How many of each trigger come in a week."""

_USUAL = 0.7  # the share of a fact's default value, where it has one

_PAST = ("appointment.missed", "appointment.cancelled")  # their date lies behind

CONTACT: dict[str, tuple[Shares, ...]] = {
    "phone": (
        (("reached", 0.45), ("left message", 0.33), ("wrong number", 0.02)),
        (("reached", 0.35), ("left message", 0.38), ("wrong number", 0.02)),
        (("reached", 0.25), ("left message", 0.4), ("wrong number", 0.02)),
    ),
    "sms": ((("left message", 0.95),),),
    "portal": ((("left message", 0.95),),),
    "letter": ((("left message", 0.95),),),
    "fax": ((("left message", 0.95),),),
}
HANDLING = {
    "phone": Minutes(6, 14, skewed=True),
    "sms": Minutes(2, 3),
    "portal": Minutes(3, 5),
    "letter": Minutes(4, 6),
    "fax": Minutes(4, 6),
    "patient calls": Minutes(6, 12, skewed=True),
    "partner": Minutes(8, 18, skewed=True),
    "checklist": Minutes(6, 12, skewed=True),
    "barrier": Minutes(10, 25, skewed=True),
    "inside": Minutes(4, 10, skewed=True),
    "confirm": Minutes(3, 3),
    "escalation": Minutes(8, 20, skewed=True),
}
FOLLOWS = (
    Follow(
        "understood", (("appointment.booked", 1.0),), 0.6, Length(0, 2, "days"),
        data=(("appointment.start", Length(3, 14, "days")),),
    ),
    Follow(
        "appointment.booked",
        (("visit.completed", 0.8), ("appointment.missed", 0.12), ("appointment.cancelled", 0.08)),
        at="appointment.start",
    ),
    Follow("visit.completed", (("report.received", 1.0),), 0.8, Length(5, 15, "days")),
    Follow("referral.sent", (("referral.acknowledged", 1.0),), 0.6, Length(1, 3, "days")),
    Follow(
        "program.enrolled", (("reading.received", 1.0),), 0.8, every=Length(1, 1, "days"),
    ),
    Follow(
        "program.enrolled", (("time.logged", 1.0),), 1.0, every=Length(7, 7, "days"),
        data=(("time.minutes", 6.0), ("time.licensed", True)),
    ),
)  # fmt: skip
"""What comes by itself. It is heard only in lanes that take notice of it."""

BUTTONS = {
    "authorization.approved": 8.0, "authorization.denied": 1.0, "authorization.pended": 1.0,
    "visit.completed": 5.0, "appointment.missed": 1.0, "report.concern": 0.2, "step.done": 4.0,
    "education.needed": 0.2, "link.failed": 0.1, "patient.declined": 0.2, "program.withdrawn": 0.2,
}  # fmt: skip


def assumed(loaded: LoadedPractice) -> Scenario:
    """The scenario of a practice about which nothing is known but its lanes."""
    practice = loaded.practice
    return Scenario(
        title="Guesses only",
        arrivals=tuple(arrivals(loaded)),
        contact=CONTACT,
        calls_back=(0.15, Length(1, 3, "days")),
        understanding=(("understood", 0.8), ("partly", 0.15), ("not understood", 0.05)),
        barriers=(0.15, ()),
        declines=0.02,
        alarms=0.01,
        gives_up=12,
        finished=0.85,
        buttons=BUTTONS,
        follows=FOLLOWS,
        partners={OTHERS: Partner(0.6, Length(1, 3, "days"), 0.3)},
        handling=HANDLING,
        available={practice.manager_role: 0.25, OTHERS: 0.6},
        assumed=PARTS,
    )


PARTS = (
    "arrivals", "contact", "calls_back", "understanding", "barriers", "declines", "alarms",
    "gives_up", "finished", "buttons", "follows", "partners", "handling", "available",
)  # fmt: skip
"""The parts of a scenario that are guesses unless somebody gives them."""


def arrivals(loaded: LoadedPractice) -> Iterator[Arrival]:
    """Ten a week of each lane's triggers.

    Of several events that tell of the same kind of record the first counts, and those with a
    condition of their own: a feed that reports only the sending is no second referral.
    """
    seen: set[tuple[str, tuple[tuple[str, Given], ...]]] = set()
    for lane in loaded.lanes.values():
        families: set[str] = set()
        for opening in lane.opens:
            head = family(opening.on)
            again = head in families and not opening.when.parts
            families.add(head)
            data = data_for(lane, opening)
            if not again and (head, data) not in seen:
                seen.add((head, data))
                yield Arrival(
                    opening.on, _week(A_WEEK), weekly=True, data=data, locations=_even(loaded)
                )


def _week(many: float) -> tuple[float, float, float, float, float, float, float]:
    day = many / 5
    return day, day, day, day, day, 0.0, 0.0


def _even(loaded: LoadedPractice) -> Shares:
    places = list(loaded.practice.locations)
    return tuple((place, 1 / len(places)) for place in places) if len(places) > 1 else ()


def data_for(lane: Lane, opening: Opening) -> tuple[tuple[str, Given], ...]:
    """What a trigger brings so that it opens a case, and what sorts the lane's cases into tiers.

    The trigger's own dates lie ahead; of a fact's few values its default comes most often.
    """
    found: dict[str, Given] = {}
    for name, fact in lane.facts.items():
        if family(name) != family(opening.on):
            continue
        if fact.type in ("date", "date and time"):
            if not opening.on.endswith(_PAST):
                found[name] = Length(5, 30, "days")
        elif fact.one_of:
            found[name] = _spread(fact.one_of, fact.default)
    for atom in _asked(opening.when):
        value = _meets(atom)
        if value is not None:
            found[atom.fact.removeprefix("opening.")] = value
        elif atom.op == "known":
            found.pop(atom.fact, None)
    return tuple(found.items())


def _spread(values: Iterable[str], usual: object) -> Shares:
    names = list(values)
    if usual not in names or len(names) == 1:
        return tuple((name, 1 / len(names)) for name in names)
    rest = round((1 - _USUAL) / (len(names) - 1), 6)
    return tuple((name, _USUAL if name == usual else rest) for name in names)


def _meets(atom: Atom) -> Given | None:
    """A value that passes a test, where one can be named."""
    if atom.op in ("is", "contains") and isinstance(atom.value, str | int | float | bool):
        return atom.value
    if atom.op == "one_of" and isinstance(atom.value, tuple):
        return tuple((str(value), 1 / len(atom.value)) for value in atom.value)
    return "as asked for" if atom.op == "known" and atom.value is True else None


def _asked(condition: AllOf | AnyOf | Atom) -> Iterator[Atom]:
    """The tests a condition needs passed: all of them, of an ``any`` the first."""
    if isinstance(condition, Atom):
        yield condition
        return
    parts = condition.parts if isinstance(condition, AllOf) else condition.parts[:1]
    for part in parts:
        yield from _asked(part)
