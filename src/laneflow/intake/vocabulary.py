"""What a practice's events may say: its event types, its facts and their values, its own names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from laneflow.lanes.vocabulary import PATIENT_FACTS, STANDARD_EVENTS, STANDARD_FACTS
from laneflow.practice.model import LoadedPractice

EVENT_TYPES = STANDARD_EVENTS

FACT_TYPES: Mapping[str, str] = {
    **PATIENT_FACTS,
    **{name: kind for name, kind in STANDARD_FACTS.items() if name != "reading.value"},
    "location": "text",
}
"""Standard fact -> its type. ``result.value`` and ``reading.value`` may be a number or text."""

CHOICES: Mapping[str, frozenset[str]] = {
    "referral.urgency": frozenset({"routine", "urgent", "stat"}),
    "referral.direction": frozenset({"incoming", "outgoing"}),
    "appointment.mode": frozenset({"in person", "telehealth"}),
    "encounter.class": frozenset({"inpatient", "emergency", "ambulatory"}),
    "encounter.discharged_to": frozenset({"home", "hospice", "facility"}),
    "encounter.complexity": frozenset({"high", "moderate"}),
    "result.severity": frozenset({"critical", "abnormal"}),
    "authorization.urgency": frozenset({"expedited", "standard"}),
}
"""Standard facts that take one of a few values; a lane may declare more for its practice."""

FACT_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\Z")


@dataclass(frozen=True)
class Vocabulary:
    """What a practice's events may say.

    ``locations`` maps a site's id and name, ``ours`` holds the practice's own names (its own, its
    sites', its people's); both in casefolded form, to recognise them in other systems' records.
    """

    types: frozenset[str] = EVENT_TYPES
    facts: Mapping[str, str] = field(default_factory=lambda: FACT_TYPES)
    choices: Mapping[str, frozenset[str]] = field(default_factory=lambda: CHOICES)
    locations: Mapping[str, str] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()

    @classmethod
    def of(cls, loaded: LoadedPractice) -> Vocabulary:
        """The standard words, the practice's own event types, and the facts its lanes declare.

        A fact on whose type two lanes disagree is not checked.
        """
        practice = loaded.practice
        facts: dict[str, str] = dict(FACT_TYPES)
        choices: dict[str, frozenset[str]] = dict(CHOICES)
        disputed: set[str] = set()
        for lane in loaded.lanes.values():
            for name, fact in lane.facts.items():
                if name not in _FREE and facts.setdefault(name, fact.type) != fact.type:
                    disputed.add(name)
                if name in CHOICES:
                    choices[name] = choices[name] | frozenset(fact.one_of)
        for name in disputed:
            del facts[name]
        sites = {site.name.casefold(): key for key, site in practice.locations.items()}
        names = {practice.name.casefold(), *sites}
        names |= {person.name.casefold() for person in practice.people.values()}
        sites |= {key.casefold(): key for key in practice.locations}
        types = EVENT_TYPES | frozenset(practice.events)
        return cls(types, facts, choices, sites, frozenset(names))


_FREE = ("result.value", "reading.value")
STANDARD = Vocabulary()
