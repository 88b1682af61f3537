"""What people call whatever has an id: events, lanes, statuses, escalations, items, barriers."""

from __future__ import annotations

from dataclasses import dataclass

from laneflow.lanes.model import Lane
from laneflow.lanes.vocabulary import EVENT_TITLES
from laneflow.lanes.words import plain
from laneflow.practice.model import LoadedPractice, Practice
from laneflow.practice.words import name_of

SOURCES = {"ehr": "the EHR", "synthetic": "the demo", "demo": "the demo"}
FHIR = "fhir:"
"""How feeds are called that come from the practice's own records, and the demo's."""
_OURS = {"us": "us", "patient": "the patient"}


def event_title(practice: Practice, type_: str) -> str:
    """An event type in the practice's own words, else the standard ones, else as it reads aloud."""
    own = practice.events.get(type_)
    if own is not None and own.title:
        return own.title
    return EVENT_TITLES.get(type_) or plain(type_.replace(".", " ")).capitalize()


def source_title(source: str) -> str:
    """Who an event comes from; a feed of the practice's own records is ``the EHR``."""
    return SOURCES["ehr"] if source.startswith(FHIR) else SOURCES.get(source, source)


def party_title(practice: Practice, party: str) -> str:
    """Whoever owes something, by what the practice calls them: ``the hospital``, ``us``."""
    return practice.parties.get(party) or _OURS.get(party, party)


@dataclass(frozen=True, slots=True)
class Names:
    """What a lane and its practice call things; what neither knows (any longer) as it reads."""

    loaded: LoadedPractice
    lane_id: str

    @property
    def practice(self) -> Practice:
        return self.loaded.practice

    @property
    def spec(self) -> Lane | None:
        """The lane, None where it is not live (any longer)."""
        return self.loaded.lanes.get(self.lane_id)

    @property
    def lane(self) -> str:
        """The lane's title."""
        return self.spec.title if self.spec else self.lane_id

    def event(self, type_: str) -> str:
        """See ``event_title``."""
        return event_title(self.practice, type_)

    def escalation(self, rule: str) -> str:
        """What an escalation is about."""
        rules = self.spec.escalations if self.spec else ()
        return next((each.text for each in rules if each.id == rule), plain(rule))

    def item(self, key: str) -> str:
        """What an item of the checklist is."""
        items = self.spec.checklist if self.spec else ()
        return next((each.label for each in items if each.id == key), plain(key))

    def barrier(self, key: str) -> str:
        """What stands in the way."""
        known = (self.spec.barriers if self.spec else self.practice.barriers).get(key)
        return known.title if known and known.title else plain(key)

    def party(self, key: str) -> str:
        """Who owes or promises something: an office, us, the patient, or a person by name."""
        return self.practice.parties.get(key) or name_of(self.practice, key)
