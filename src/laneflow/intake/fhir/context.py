"""What a resource is read in: its Bundle, the practice's zone and sites, what references mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from laneflow.engine.state import Instant
from laneflow.intake.fhir.elements import Resource, each, label, obj, strings, text
from laneflow.intake.records import Unclear
from laneflow.intake.times import EARLIEST, LATEST, instant_of, moment_of
from laneflow.practice.zones import Zone

_REFERENCE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([^/?#\s]+)(?:/_history/[^/]+)?\Z")
_MOST_READ = 1000  # resources of a Bundle kept decoded; a Bundle may hold a million


@dataclass(frozen=True, slots=True)
class Happening:
    """What a resource says happened: an event but for its id and source."""

    type: str
    time: Instant
    patient: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one reading has in common: the zone of dates without time, the practice's names.

    ``sites`` and ``ours`` are as in Vocabulary.
    """

    zone: Zone
    sites: Mapping[str, str] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()


class Bundle:
    """The resources that came together, found by fullUrl and by ``Type/id``."""

    def __init__(self, timestamp: object = None) -> None:
        self.timestamp = timestamp
        self._raw: dict[str, bytes | memoryview | msgspec.Raw] = {}
        self._read: dict[str, Resource] = {}
        self._names: dict[str, tuple[str, str]] = {}

    def add(self, raw: msgspec.Raw, full_url: str, kind: str, id: str) -> None:
        """Make a resource findable; ``id`` may be empty."""
        for name in (full_url, f"{kind}/{id}" if id else ""):
            if name:
                self._raw.setdefault(name, raw)
                self._names.setdefault(name, (kind, id))

    def name(self, reference: str) -> tuple[str, str] | None:
        """(type, id) of the resource under this fullUrl or ``Type/id``, if it is here."""
        return self._names.get(reference)

    def find(self, reference: str) -> Resource:
        """The resource under this fullUrl or ``Type/id``; empty if it is not here."""
        if reference not in self._raw:
            return {}
        if reference not in self._read:
            if len(self._read) >= _MOST_READ:
                self._read.clear()
            self._read[reference] = obj(msgspec.json.decode(self._raw[reference]))
        return self._read[reference]


class Context:
    """One resource with everything around it.

    ``id`` is stable: the resource's own, else that of its urn, else (``nameless``) of its content.
    """

    def __init__(
        self,
        resource: Resource,
        kind: str,
        id: str,
        bundle: Bundle,
        around: Surroundings,
        *,
        nameless: bool = False,
    ) -> None:
        self.resource, self.kind, self.id, self.nameless = resource, kind, id, nameless
        self._bundle, self._around = bundle, around

    def inside(self, contained: Resource) -> Context:
        """The context of a resource contained in this one."""
        kind, id = text(contained.get("resourceType")), text(contained.get("id"))
        return Context(contained, kind, f"{self.id}#{id}", self._bundle, self._around)

    # references ----------------------------------------------------------------------------
    def target(self, reference: object) -> tuple[str, str] | None:
        """(type, id) a Reference points to; None where that cannot be told."""
        written = text(obj(reference).get("reference"))
        if not written or written.startswith("#"):
            return None
        here = self._bundle.name(written)
        if here is not None:
            return here if here[1] else None
        found = _REFERENCE.match(written)
        return (found.group(1), found.group(2)) if found else None

    def id_of(self, references: object, kind: str) -> str:
        """The id of the first of some References to point to a resource of this kind, or empty."""
        for reference in each(references):
            target = self.target(reference)
            if target and target[0] == kind:
                return target[1]
        return ""

    def find(self, reference: object) -> Resource:
        """The resource a Reference points to if it came along, contained or in the Bundle."""
        written = text(obj(reference).get("reference"))
        if written.startswith("#"):
            inner = each(self.resource.get("contained"))
            return next((r for r in inner if f"#{text(r.get('id'))}" == written), {})
        found = self._bundle.find(written)
        if not found:
            target = self.target(reference)
            found = self._bundle.find("/".join(target)) if target else {}
        return found

    def name_of(self, references: object, *kinds: str) -> str:
        """What the first fitting Reference points to is called: display, else the target's name."""
        for reference in each(references):
            written = text(reference.get("reference"))
            if kinds and not any(kind in written for kind in kinds):
                found = self.find(reference)
                if text(found.get("resourceType")) not in kinds:
                    continue
            name = text(reference.get("display")) or self._called(self.find(reference))
            if name:
                return name
        return ""

    def patient(self, *references: object) -> str:
        """The patient's id; raises Unclear where it cannot be told."""
        for reference in references:
            id = self.id_of(reference, "Patient")
            if id:
                return id
        reason = f"which patient this {self.kind} is about cannot be told"
        raise Unclear(reason, "Send a reference such as Patient/123, or the Patient with it.")

    def site(self, *names: str) -> str:
        """The practice's location of the first of these names that is one, or empty."""
        sites = self._around.sites
        return next((sites[n.casefold()] for n in names if n.casefold() in sites), "")

    def is_ours(self, name: str) -> bool:
        """Whether a name is the practice's, one of its sites' or one of its people's."""
        return name.casefold() in self._around.ours

    # times ---------------------------------------------------------------------------------
    def instant(self, *written: object) -> Instant | None:
        """The first of these FHIR times that names a day or an instant."""
        for one in written:
            found = instant_of(one, self._around.zone)
            if found is not None:
                return found
        return None

    def needed(self, what: str, *written: object) -> Instant:
        """Like ``instant``, but raises Unclear: without it nobody knows when ``what`` happened."""
        found = self.instant(*written)
        if found is not None:
            return found
        if any(map(text, written)):
            reason = f"this {self.kind} says when {what}, but not as a day or an instant"
            raise Unclear(reason, "Write 2026-03-09, or 2026-03-09T14:30:00-04:00 with its offset.")
        raise Unclear(f"this {self.kind} does not say when {what}", "Send at least the day.")

    @property
    def sent(self) -> tuple[object, object]:
        """When the resource last changed: its own word, else the Bundle's; either may be absent."""
        return obj(self.resource.get("meta")).get("lastUpdated"), self._bundle.timestamp

    def moment(self, written: object) -> str | None:
        """A date and time with offset in one spelling; None if it is not one or cannot be."""
        found = moment_of(written)
        return found.isoformat() if found is not None and EARLIEST <= found < LATEST else None

    # words ---------------------------------------------------------------------------------
    def _called(self, found: Resource) -> str:
        name = found.get("name")
        if isinstance(name, str):
            return text(name)
        human = obj(name)
        if not human:
            if "practitioner" in found:
                return self.name_of(found["practitioner"])
            return label(found.get("code"))
        given = human.get("given")
        parts = [
            *strings(human.get("prefix"))[:1],
            *(strings(given)[:1]),
            text(human.get("family")),
        ]
        return " ".join(filter(None, parts)) or text(human.get("text"))


def at_latest(known: Instant, *limits: Instant | None) -> Instant:
    """``known`` or the earliest of the limits, whichever came first."""
    return min([known, *(limit for limit in limits if limit is not None)])
