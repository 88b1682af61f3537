"""Claim and ClaimResponse -> authorization.requested, .pended, .approved, .denied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from laneflow.intake.fhir.context import Context, Happening
from laneflow.intake.fhir.elements import Resource, codes, each, label, obj, text, values
from laneflow.intake.records import Unclear

REVIEWS = {
    "A1": "authorization.approved",  # certified in total
    "A2": "authorization.approved",  # certified in part
    "A6": "authorization.approved",  # modified
    "A3": "authorization.denied",    # not certified
    "A4": "authorization.pended",
    "CT": "authorization.pended",    # contact the payer
}  # fmt: skip
"""X12 306 action code (Da Vinci PAS ``reviewAction``) -> event."""

_WORST_FIRST = ("authorization.denied", "authorization.pended", "authorization.approved")
_DEEPEST = 4


def claim(context: Context) -> Iterator[Happening]:
    """A prior authorization asked of a payer. Bills, drafts and cancelled requests give nothing."""
    resource = context.resource
    if resource.get("use") != "preauthorization" or resource.get("status") != "active":
        return
    time = context.needed("it was asked for", resource.get("created"), *context.sent)
    stat = "stat" in codes(resource.get("priority"))
    facts = values(
        authorization__id=context.id,
        authorization__service=_service(context),
        authorization__payer=context.name_of(resource.get("insurer")),
        authorization__urgency="expedited" if stat else "standard",
        referral__id=context.id_of(resource.get("referral"), "ServiceRequest"),
    )
    patient = context.patient(resource.get("patient"))
    yield Happening("authorization.requested", time, patient, facts)


def claim_response(context: Context) -> Iterator[Happening]:
    """The payer's answer to a prior authorization.

    It is about the Claim it names; where it names none, about itself. Drafts count, as payers
    answer "queued" with them.
    """
    resource = context.resource
    if resource.get("use") != "preauthorization":
        return
    if text(resource.get("status")) not in ("active", "draft"):
        return
    time = context.needed("the payer answered", resource.get("created"), *context.sent)
    request = resource.get("request")
    asked = context.id_of(request, "Claim") or text(
        obj(obj(request).get("identifier")).get("value")
    )
    facts = values(
        authorization__id=asked or context.id,
        authorization__payer=context.name_of(resource.get("insurer")),
        authorization__reason=text(resource.get("disposition")) or _notes(resource),
    )
    patient = context.patient(resource.get("patient"))
    yield Happening(_answer(resource), time, patient, facts)


def _answer(resource: Resource) -> str:
    """What the payer decided; raises Unclear where an answer is complete and does not say."""
    outcome = text(resource.get("outcome"))
    if outcome != "complete":
        # queued, partial, or an error at the payer's: there is no decision yet.
        return "authorization.pended"
    given = {REVIEWS[code] for code in _reviews(resource) if code in REVIEWS}
    for event in _WORST_FIRST:
        if event in given:
            return event
    if text(resource.get("preAuthRef")):
        return "authorization.approved"
    reason = "this ClaimResponse does not say whether it approves or denies"
    raise Unclear(reason, "Send preAuthRef when approved, or the PAS reviewAction.")


def _reviews(resource: Resource) -> Iterator[str]:
    """Every review action code, of the whole or of an item's adjudication."""
    yield from _extended(resource, 0)
    for item in (*each(resource.get("item")), *each(resource.get("addItem"))):
        for adjudication in each(item.get("adjudication")):
            yield from _extended(adjudication, 0)


def _extended(element: Resource, depth: int) -> Iterator[str]:
    for extension in each(element.get("extension")):
        if "eviewAction" in text(extension.get("url")):
            yield text(extension.get("valueCode"))
            yield from codes(extension.get("valueCodeableConcept"))
        if depth < _DEEPEST:
            yield from _extended(extension, depth + 1)


def _service(context: Context) -> str:
    """What is asked for: the items' words, else those of the order the claim stands on."""
    resource = context.resource
    items = [label(item.get("productOrService")) for item in each(resource.get("item"))]
    named = ", ".join(dict.fromkeys(filter(None, items)))
    if named:
        return named
    prescription = obj(resource.get("prescription"))
    references = [e.get("valueReference") for e in each(prescription.get("extension"))]
    for reference in (prescription, *references):
        order: dict[str, Any] = context.find(reference)
        words = label(order.get("code")) or label(order.get("codeCodeableConcept"))
        if words:
            return words
    return ""


def _notes(resource: Resource) -> str:
    return " ".join(filter(None, (text(n.get("text")) for n in each(resource.get("processNote")))))
