"""FHIR R4 resources and Bundles become events; what each resource means is one module each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from laneflow.engine.state import Event, Instant
from laneflow.intake.cloudevents import NOT_JSON, has_nul, out_of_time, unreadable
from laneflow.intake.fhir.appointments import appointment
from laneflow.intake.fhir.authorizations import claim, claim_response
from laneflow.intake.fhir.context import Bundle, Context, Happening, Surroundings
from laneflow.intake.fhir.documents import document_reference
from laneflow.intake.fhir.elements import Resource, text
from laneflow.intake.fhir.encounters import encounter
from laneflow.intake.fhir.patients import patient
from laneflow.intake.fhir.programs import episode_of_care
from laneflow.intake.fhir.referrals import contained_referral, service_request, task
from laneflow.intake.fhir.results import diagnostic_report, observation
from laneflow.intake.records import Unclear
from laneflow.intake.times import AHEAD, LATEST, to_instant
from laneflow.intake.vocabulary import Vocabulary
from laneflow.practice.zones import zone

MEANINGS: Mapping[str, Callable[[Context], Iterator[Happening]]] = {
    "Appointment": appointment,
    "Claim": claim,
    "ClaimResponse": claim_response,
    "DiagnosticReport": diagnostic_report,
    "DocumentReference": document_reference,
    "Encounter": encounter,
    "EpisodeOfCare": episode_of_care,
    "ExplanationOfBenefit": contained_referral,
    "Observation": observation,
    "Patient": patient,
    "ServiceRequest": service_request,
    "Task": task,
}
"""Resource type -> what it means for lanes. Other types are counted as not relevant."""

_DEEPEST_BUNDLE = 5
_LONGEST_ID = 100


class _Head(msgspec.Struct):
    resourceType: Any = None  # noqa: N815 - FHIR's own name
    id: Any = None


class _BundleHead(msgspec.Struct):
    timestamp: Any = None
    entry: Any = None


class _Entries(msgspec.Struct):
    entry: list[msgspec.Raw] | None = None


class _Entry(msgspec.Struct):
    fullUrl: Any = None  # noqa: N815 - FHIR's own name
    resource: msgspec.Raw = msgspec.Raw(b"")


_HEAD = msgspec.json.Decoder(_Head)
_BUNDLE = msgspec.json.Decoder(_Entries)
_STAMP = msgspec.json.Decoder(_BundleHead)
_ENTRY = msgspec.json.Decoder(_Entry)
_ENCODER = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Failed:
    """A resource that could not be taken in, with its own bytes."""

    unclear: Unclear
    raw: bytes
    source: str


def type_of(raw: bytes) -> str | None:
    """The resourceType of one JSON object, None if it has none; raises what msgspec does."""
    kind = _HEAD.decode(raw).resourceType
    return kind if isinstance(kind, str) else None


class Mapper:
    """Turns resources into events under one vocabulary, zone, feed name and clock.

    ``not_relevant`` is counted up by resource type. Of one resource in one state the events are
    always the same, ids included, whichever file it lies in.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        now: Instant | None,
        time_zone: str,
        feed: str,
        not_relevant: Counter[str],
    ) -> None:
        self._around = Surroundings(zone(time_zone), vocabulary.locations, vocabulary.ours)
        self._latest = to_instant(LATEST) if now is None else now + AHEAD
        self._source = f"fhir:{feed}"
        self._not_relevant = not_relevant

    def events(self, raw: bytes) -> Iterator[Event | Failed]:
        """The events of one resource or Bundle."""
        yield from self._resource(raw, "", Bundle(), 0)

    def _resource(
        self, raw: bytes, full_url: str, bundle: Bundle, depth: int
    ) -> Iterator[Event | Failed]:
        try:
            kind = type_of(raw)
            if kind == "Bundle":
                yield from self._bundle(raw, depth)
                return
            meaning = MEANINGS.get(kind or "")
            if meaning is None or kind is None:
                self._not_relevant[(kind or "no type")[:64]] += 1
                return
            if has_nul(raw):
                raise Unclear("it holds a NUL character", "Remove \\u0000 from its texts.")
            resource: Resource = msgspec.json.decode(raw)
            context = self._context(resource, kind, full_url, bundle)
            found = [self._event(context, one) for one in meaning(context)]
        except NOT_JSON as error:
            yield Failed(unreadable(error), raw, self._source)
            return
        except Unclear as unclear:
            yield Failed(unclear, raw, self._source)
            return
        if not found:
            self._not_relevant[kind] += 1
        yield from found

    def _bundle(self, raw: bytes, depth: int) -> Iterator[Event | Failed]:
        if depth > _DEEPEST_BUNDLE:
            raise Unclear("Bundles are nested too deeply", "Send the inner ones by themselves.")
        bundle = Bundle(_STAMP.decode(raw).timestamp)
        entries: list[tuple[str, msgspec.Raw]] = []
        for one in _BUNDLE.decode(raw).entry or []:
            try:
                entry = _ENTRY.decode(one)
                if not bytes(entry.resource):
                    continue  # a deletion or a response: nothing is said of any resource
                head = _HEAD.decode(entry.resource)
            except NOT_JSON as error:
                yield Failed(unreadable(error), bytes(one), self._source)
                continue
            full_url, kind, id = text(entry.fullUrl), text(head.resourceType), text(head.id)
            bundle.add(entry.resource, full_url, kind, id or _of_url(full_url))
            entries.append((full_url, entry.resource))
        for full_url, resource in entries:
            yield from self._resource(bytes(resource), full_url, bundle, depth + 1)

    def _context(self, resource: Resource, kind: str, full_url: str, bundle: Bundle) -> Context:
        id = text(resource.get("id")) or _of_url(full_url)
        if 0 < len(id) <= _LONGEST_ID:
            return Context(resource, kind, id, bundle, self._around)
        made = hashlib.blake2b(_ENCODER.encode(resource), digest_size=12).hexdigest()
        return Context(resource, kind, made, bundle, self._around, nameless=True)

    def _event(self, context: Context, one: Happening) -> Event:
        if one.time > self._latest:
            raise Unclear(*out_of_time(one.time, self._latest))
        said = _ENCODER.encode((one.type, one.time, one.patient, one.data))
        digest = hashlib.blake2b(said, digest_size=8).hexdigest()
        id = f"{context.kind}/{context.id}/{one.type}/{digest}"
        return Event(id, self._source, one.type, one.time, one.patient, one.data)


def _of_url(full_url: str) -> str:
    """The id in a fullUrl: ``urn:uuid:x`` -> x, ``https://…/Patient/7`` -> 7."""
    if full_url.startswith("urn:"):
        return full_url.rpartition(":")[2]
    return full_url.rpartition("/")[2] if "/" in full_url else ""
