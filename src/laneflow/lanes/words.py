"""The language read aloud: conditions, dates and lengths of time as a person would say them."""

from __future__ import annotations

from typing import Any

from laneflow.lanes.durations import in_words
from laneflow.lanes.model import AllOf, AnyOf, Atom, Condition, Due, Duration, Window

TESTS = {
    "is": "is",
    "is_not": "is not",
    "one_of": "is one of",
    "none_of": "is none of",
    "contains": "contains",
    "lacks": "lacks",
    "at_least": "is at least",
    "less_than": "is less than",
    "more_than": "is more than",
    "at_most": "is at most",
    "same_as": "is the same as",
}
"""Every test but ``known`` as a verb."""


def plain(identifier: str) -> str:
    """``first_call`` as it is said: ``first call``."""
    return identifier.replace("_", " ")


def capital(text: str) -> str:
    """A text as it begins a sentence."""
    return text[:1].upper() + text[1:]


def atom(test: Atom) -> str:
    """One test: ``attempts is at least 3``, ``count.reading.received is 0 in the last 7 days``."""
    last = f" in the last {in_words(test.in_last)}" if test.in_last else ""
    return f"{clause(test.fact, test.op, test.value)}{last}"


def clause(fact: str, op: str, wanted: Any) -> str:
    """A test as a clause: ``attempts is at least 3``, ``appointment.start is not known``."""
    if op == "known":
        return f"{fact} is {'known' if wanted else 'not known'}"
    return f"{fact} {TESTS.get(op, op)} {value(wanted)}"


def value(of: Any) -> str:
    """What a fact is or is compared with: ``yes``, ``3``, ``cost or transport``, ``unknown``.

    A length of time may be as the log keeps it, too: a mapping of ``n`` and ``unit``.
    """
    if of is None:
        return "unknown"
    if isinstance(of, bool):
        return "yes" if of else "no"
    if isinstance(of, dict) and of.keys() == {"n", "unit"}:
        of = Duration(**of)
    if isinstance(of, Duration):
        return in_words(of)
    if isinstance(of, (list, tuple)):
        return " or ".join(map(value, of)) or "none"
    return str(of)


def condition(when: Condition | AnyOf) -> str:
    """A whole condition; "" for the one that always holds.

    ``any`` inside ``all`` is put in brackets, so that it reads only one way.
    """
    parts = [_part(part) for part in when.parts]
    return (" or " if isinstance(when, AnyOf) else " and ").join(parts)


def happens(on: str | None, when: Condition) -> str:
    """What makes a rule act: ``on visit.completed when kind is hospital``."""
    said = condition(when)
    pieces = [f"on {on}" if on else "", f"when {said}" if said else ""]
    return " ".join(filter(None, pieces))


def due(spec: Due) -> str:
    """When something is due: ``the window first_attempt``, ``1 business day after visit``."""
    if spec.window is not None:
        return f"the window {spec.window}"
    if spec.duration is not None:
        return "the same day" if spec.duration.n == 0 else f"within {in_words(spec.duration)}"
    if spec.by is None or (spec.by.n == 0 and spec.by.unit != "same day"):
        return f"at {spec.anchor}"
    return f"{in_words(spec.by)} {spec.side} {spec.anchor}"


def window(spec: Window) -> str:
    """A window over its tiers: ``urgent same day, high 1 business day, from the trigger``."""
    tiers = ", ".join(f"{tier} {in_words(length)}" for tier, length in spec.by_tier.items())
    return f"{tiers}, from {spec.start or 'the trigger'}"


def _part(part: Atom | AllOf | AnyOf) -> str:
    if isinstance(part, Atom):
        return atom(part)
    said = condition(part)
    return f"({said})" if len(part.parts) > 1 else said
