"""EpisodeOfCare -> program.enrolled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from laneflow.intake.fhir.context import Context, Happening
from laneflow.intake.fhir.elements import codes, each, label, obj, text, values, words

_NAMES = (
    ("ccm", re.compile(r"\b(ccm|chronic care( management)?)\b")),
    ("rpm", re.compile(r"\b(rpm|remote (patient|physiologic\w*) monitoring)\b")),
)


def episode_of_care(context: Context) -> Iterator[Happening]:
    """The beginning of an active program, from the day it was first active."""
    resource = context.resource
    if resource.get("status") != "active":
        return
    past = [p for p in each(resource.get("statusHistory")) if p.get("status") == "active"]
    began = [obj(p.get("period")).get("start") for p in past]
    started = obj(resource.get("period")).get("start")
    time = context.needed("it began", *began, started)
    facts = values(
        program__id=context.id, program__name=_name(resource.get("type")), program__status="active"
    )
    yield Happening("program.enrolled", time, context.patient(resource.get("patient")), facts)


def _name(kind: object) -> str:
    """ccm or rpm where the type says so, else the type in the sender's words."""
    said = " ".join((words(kind), *codes(kind))).casefold()
    known = next((name for name, pattern in _NAMES if pattern.search(said)), "")
    return known or label(kind) or text(next(iter(sorted(codes(kind))), ""))
