"""ServiceRequest and Task -> what became of a referral, and its report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from laneflow.intake.fhir.context import Context, Happening
from laneflow.intake.fhir.elements import (
    Resource,
    codes,
    each,
    label,
    obj,
    strings,
    text,
    values,
    words,
)  # fmt: skip

ORDERS = {"order", "original-order", "instance-order"}
"""ServiceRequest.intent of a request that somebody is to act on; plans and proposals are not."""

REFERRAL_CODES = {
    "3457005",    # Patient referral (procedure)
    "103696004",  # Patient referral to specialist
    "306206005",  # Referral to service
    "11429006",   # Consultation
    "410606002",  # Social service procedure (Gravity SDOH referrals)
}  # fmt: skip
"""SNOMED CT codes of ServiceRequest.category or .code that say "referral" by themselves."""

_REFERRAL_WORDS = re.compile(r"\b(referral|refer|consult|consultation)\b")
_REFERRAL_PROFILE = re.compile(r"referral|SDOHCC-ServiceRequest|bser", re.IGNORECASE)

URGENCY = {"routine": "routine", "urgent": "urgent", "asap": "urgent", "stat": "stat"}
"""FHIR request priority -> referral.urgency."""

_STANDING = {"active", "on-hold", "completed"}
_ENDED = {"revoked", "entered-in-error"}

TASKS = {
    "requested": "referral.sent",
    "accepted": "referral.acknowledged",
    "in-progress": "referral.acknowledged",
    "rejected": "referral.cancelled",
    "cancelled": "referral.cancelled",
    "failed": "referral.cancelled",
    "entered-in-error": "referral.cancelled",
}
"""Status of a referral Task (Gravity SDOH, IHE 360X) -> event; ``completed`` goes by output."""

_REPORTS = {"DocumentReference", "DiagnosticReport", "Composition", "ClinicalImpression"}


def service_request(context: Context) -> Iterator[Happening]:
    """A referral that stands, or one withdrawn. Orders for tests and treatments give nothing.

    A completed one was a referral all the same: the loop closes on the report, not on a status.
    """
    resource = context.resource
    if is_referral(resource):
        yield from referral(context)


def is_referral(resource: Resource) -> bool:
    """Whether a ServiceRequest sends the patient to somebody else, by category, code or profile."""
    about = [*each(resource.get("category")), *each(resource.get("code"))]
    profiles = strings(obj(resource.get("meta")).get("profile"))
    return (
        bool(codes(about) & REFERRAL_CODES)
        or bool(_REFERRAL_WORDS.search(words(about)))
        or any(_REFERRAL_PROFILE.search(profile) for profile in profiles)
    )


def referral(context: Context, *otherwise: object) -> Iterator[Happening]:
    """The events of a ServiceRequest known to be a referral; ``otherwise`` dates one undated."""
    resource = context.resource
    status = text(resource.get("status"))
    if text(resource.get("intent")) not in ORDERS or resource.get("doNotPerform") is True:
        return
    patient = resource.get("subject")
    authored = resource.get("authoredOn")
    if status in _STANDING:
        time = context.needed("it was made", authored, *otherwise, *context.sent)
        yield Happening("referral.received", time, context.patient(patient), _facts(context))
    elif status in _ENDED:
        time = context.needed("it was withdrawn", *context.sent)
        reason = label(resource.get("statusReason")) or status.replace("-", " ")
        facts = values(referral__id=context.id, referral__reason=reason)
        yield Happening("referral.cancelled", time, context.patient(patient), facts)


def contained_referral(context: Context) -> Iterator[Happening]:
    """The referral inside a claim or explanation of benefit that it was provided under.

    One that is complete and was made out to the very person who made it is how some systems fill
    the field; nobody was referred anywhere, and it gives nothing.
    """
    resource = context.resource
    named = text(obj(resource.get("referral")).get("reference"))
    for inner in each(resource.get("contained")):
        if text(inner.get("resourceType")) != "ServiceRequest":
            continue
        if f"#{text(inner.get('id'))}" != named and not is_referral(inner):
            continue
        if inner.get("status") == "completed" and _to_oneself(inner):
            continue
        period = obj(resource.get("billablePeriod"))
        yield from referral(context.inside(inner), period.get("start"), resource.get("created"))


def _to_oneself(request: Resource) -> bool:
    requester = text(obj(request.get("requester")).get("reference"))
    performers = {text(p.get("reference")) for p in each(request.get("performer"))}
    return performers == {requester}


def _facts(context: Context) -> dict[str, Any]:
    resource = context.resource
    reason = label(resource.get("reasonCode")) or context.name_of(resource.get("reasonReference"))
    sender = context.name_of(resource.get("requester"))
    provider = context.name_of(resource.get("performer"))
    return values(
        referral__id=context.id,
        referral__direction=_direction(context, sender, provider),
        referral__specialty=label(resource.get("performerType")) or label(resource.get("code")),
        referral__urgency=URGENCY.get(text(resource.get("priority")), ""),
        referral__reason=reason,
        referral__provider=provider,
        referral__from=sender,
    )


def _direction(context: Context, sender: str, provider: str) -> str:
    """outgoing from us, incoming to us; unknown where neither or both are the practice's own."""
    ours = context.is_ours(sender), context.is_ours(provider)
    return {(True, False): "outgoing", (False, True): "incoming"}.get(ours, "")


def task(context: Context) -> Iterator[Happening]:
    """What the partner made of a referral. Tasks about anything but a referral give nothing."""
    resource = context.resource
    referral_id = _referral_of(context)
    if not referral_id:
        return
    status = text(resource.get("status"))
    outputs = [o.get("valueReference") for o in each(resource.get("output"))]
    if status == "completed":
        # A partner that is done without sending anything back has answered; the loop stays open.
        event = "report.received" if any(map(obj, outputs)) else "referral.acknowledged"
    elif status in TASKS:
        event = TASKS[status]
    else:
        return
    time = context.needed(
        f"it was {status}", resource.get("lastModified"), *context.sent, resource.get("authoredOn")
    )
    owner = context.name_of(resource.get("owner"))
    facts = values(referral__id=referral_id)
    if event == "report.received":
        facts |= _report(context, outputs) | values(report__provider=owner)
    elif event == "referral.cancelled":
        facts |= values(referral__reason=label(resource.get("statusReason")) or status)
    else:
        facts |= values(referral__provider=owner)
    yield Happening(event, time, context.patient(resource.get("for")), facts)


def _report(context: Context, outputs: list[object]) -> dict[str, Any]:
    targets = [t for o in outputs if (t := context.target(o))]
    report = next((id for kind, id in targets if kind in _REPORTS), context.id)
    document = next((o for o in outputs if (t := context.target(o)) and t[0] in _REPORTS), None)
    kind = label(context.find(document).get("type")) if document else ""
    return values(report__id=report, report__type=kind or "referral outcome")


def _referral_of(context: Context) -> str:
    """The id of the referral a Task fulfils, or empty.

    The task says "fulfill", or the request it is for came along and is a referral.
    """
    resource = context.resource
    for reference in (resource.get("focus"), *each(resource.get("basedOn"))):
        target = context.target(reference)
        if target is None or target[0] != "ServiceRequest":
            continue
        found = context.find(reference)
        if is_referral(found) or (not found and _fulfils(resource)):
            return target[1]
    return ""


def _fulfils(task: Resource) -> bool:
    profiles = strings(obj(task.get("meta")).get("profile"))
    return "fulfill" in codes(task.get("code")) or any("referral" in p.casefold() for p in profiles)
