"""DocumentReference -> report.received for a consult note, item.received for an awaited paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

from laneflow.intake.fhir.context import Context, Happening
from laneflow.intake.fhir.elements import codes, each, label, obj, text, values, words

CONSULT_NOTES = {"11488-4", "34104-0", "51845-6", "51853-0"}
"""LOINC document types of a consultant's answer: of any kind, hospital, outpatient, inpatient."""

ITEMS = {
    "18842-5": ("summary", "discharge summary"),
    "28655-9": ("summary", "discharge summary"),
    "34105-7": ("summary", "discharge summary"),
    "10160-0": ("med_list", "medication list"),
    "10183-2": ("med_list", "medication list"),
    "75311-1": ("med_list", "medication list"),
    "57133-1": ("records", "referral note"),
}
"""LOINC document type -> (item.id, item.name); the ids are those of the shipped checklists."""

_CONSULT_WORDS = re.compile(r"\b(consult|consultation) (note|report|letter)\b")


def document_reference(context: Context) -> Iterator[Happening]:
    """A document that has arrived and stands. Kinds nobody waits for give nothing."""
    resource = context.resource
    if text(resource.get("status")) != "current" or resource.get("docStatus") == "preliminary":
        return
    kind = resource.get("type")
    loinc = codes(kind)
    item = next((ITEMS[code] for code in sorted(loinc) if code in ITEMS), None)
    consult = bool(loinc & CONSULT_NOTES) or bool(_CONSULT_WORDS.search(words(kind)))
    if item is None and not consult:
        return
    attachment = obj(obj(resource.get("content")).get("attachment"))
    time = context.needed(
        "it was written", resource.get("date"), attachment.get("creation"), *context.sent
    )
    around = obj(resource.get("context"))
    related = [*each(around.get("related")), *each(resource.get("basedOn"))]
    sender = context.name_of(resource.get("custodian")) or context.name_of(resource.get("author"))
    links = values(
        referral__id=context.id_of(related, "ServiceRequest"),
        encounter__id=context.id_of(around.get("encounter"), "Encounter"),
    )
    patient = context.patient(resource.get("subject"))
    if consult:
        facts = values(
            report__id=context.id,
            report__type=label(kind) or "consult note",
            report__provider=context.name_of(resource.get("author")),
            report__specialty=label(around.get("practiceSetting")),
        )
        yield Happening("report.received", time, patient, facts | links)
    elif item is not None:
        facts = values(item__id=item[0], item__name=item[1], item__from=sender)
        yield Happening("item.received", time, patient, facts | links)
