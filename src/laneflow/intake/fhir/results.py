"""Observation and DiagnosticReport -> result.abnormal, reading.received, report.received."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from laneflow.intake.fhir.context import Context, Happening
from laneflow.intake.fhir.elements import (
    Resource,
    codes,
    codings,
    each,
    label,
    number,
    obj,
    text,
    values,
    words,
)  # fmt: skip
from laneflow.intake.fhir.referrals import is_referral

CRITICAL = {"AA", "HH", "LL", "HU", "LU"}
ABNORMAL = {"A", "H", "L", "HX", "LX", ">", "<", "AC"}
"""HL7 ObservationInterpretation codes -> result.severity. Above them all: HU and LU, far out."""

_WORDS = (
    ("critical", re.compile(r"\b(critical|panic)\b")),
    ("abnormal", re.compile(r"\b(abnormal|high|low)\b")),
)
_FINAL = {"final", "amended", "corrected", "appended"}

READINGS = {
    "85354-9": "blood pressure", "55284-4": "blood pressure", "8480-6": "blood pressure",
    "29463-7": "weight", "3141-9": "weight", "8867-4": "heart rate", "9279-1": "breathing rate",
    "59408-5": "oxygen", "2708-6": "oxygen", "8310-5": "temperature",
    "2339-0": "glucose", "41653-7": "glucose", "15074-8": "glucose",
}  # fmt: skip
"""LOINC code of a home reading -> reading.type."""

_SYSTOLIC, _DIASTOLIC = "8480-6", "8462-4"
_CONSULT_NOTES = {"11488-4", "34104-0", "51845-6", "51853-0"}
_LABORATORY = {"LAB", "CH", "HM", "MB", "laboratory", "RAD", "imaging"}


def observation(context: Context) -> Iterator[Happening]:
    """A reading sent from the patient's home, or a result somebody must act on. Others: nothing."""
    resource = context.resource
    if text(resource.get("status")) not in _FINAL:
        return
    severity = severity_of(resource)
    if _is_reading(resource):
        yield Happening("reading.received", *_when_who(context), _reading(context))
        severity = severity if severity == "critical" else ""
    if severity:
        yield Happening("result.abnormal", *_when_who(context), _result(context, severity))


def diagnostic_report(context: Context) -> Iterator[Happening]:
    """The answer to a referral, or a result whose flagged observations are inside the report."""
    resource = context.resource
    if text(resource.get("status")) not in _FINAL:
        return
    referral_id = _answers(context)
    if referral_id or codes(resource.get("code")) & _CONSULT_NOTES:
        time, patient = _when_who(context, issued_first=True)
        facts = values(
            report__id=context.id,
            report__type=label(resource.get("code")),
            report__provider=context.name_of(resource.get("performer")),
            report__specialty=label(resource.get("category")),
            referral__id=referral_id,
        )
        yield Happening("report.received", time, patient, facts)
    inside = [r for r in each(resource.get("contained")) if r.get("resourceType") == "Observation"]
    flags = {severity_of(r) for r in inside}
    severity = next((s for s in ("critical", "abnormal") if s in flags), "")
    if severity:
        time, patient = _when_who(context, issued_first=True)
        yield Happening("result.abnormal", time, patient, _result(context, severity))


def severity_of(resource: Resource) -> str:
    """critical, abnormal or nothing, by the interpretation of the whole and of its components."""
    parts = [resource, *each(resource.get("component"))]
    flags = [flag for part in parts for flag in each(part.get("interpretation"))]
    found = {code.upper() for code in codes(flags)}
    if found & CRITICAL:
        return "critical"
    if found & ABNORMAL:
        return "abnormal"
    if found:
        return ""
    said = words(flags)
    return next((name for name, pattern in _WORDS if pattern.search(said)), "")


def _when_who(context: Context, *, issued_first: bool = False) -> tuple[int, str]:
    resource = context.resource
    taken = resource.get("effectiveDateTime")
    period = obj(resource.get("effectivePeriod"))
    written = [taken, resource.get("effectiveInstant"), period.get("end"), period.get("start")]
    issued = resource.get("issued")
    order = [issued, *written] if issued_first else [*written, issued]
    time = context.needed("it was taken", *order, *context.sent)
    return time, context.patient(resource.get("subject"))


def _result(context: Context, severity: str) -> dict[str, Any]:
    resource = context.resource
    code = next((code for _, code, _ in codings(resource.get("code")) if code), "")
    return values(
        result__id=context.id,
        result__name=label(resource.get("code")),
        result__code=code,
        result__severity=severity,
        result__value=_value(resource),
    )


def _value(resource: Resource) -> str:
    """The value as words, with its unit."""
    quantity = obj(resource.get("valueQuantity"))
    amount = number(quantity.get("value"))
    if amount is not None:
        unit = text(quantity.get("unit")) or text(quantity.get("code"))
        return f"{text(quantity.get('comparator'))}{amount:g} {unit}".strip()
    return text(resource.get("valueString")) or label(resource.get("valueCodeableConcept"))


def _answers(context: Context) -> str:
    """The id of the referral a report answers.

    Of a request that did not come along nothing is known but that this answers it; a laboratory
    or imaging report then answers an order, not a referral.
    """
    resource = context.resource
    for reference in each(resource.get("basedOn")):
        target = context.target(reference)
        if target is None or target[0] != "ServiceRequest":
            continue
        found = context.find(reference)
        if is_referral(found) or (not found and not codes(resource.get("category")) & _LABORATORY):
            return target[1]
    return ""


def _is_reading(resource: Resource) -> bool:
    """Whether this came from home: a vital sign or glucose, by a device, outside any visit."""
    if obj(resource.get("encounter")) or not obj(resource.get("device")):
        return False
    vital = "vital-signs" in codes(resource.get("category"))
    return vital or bool(codes(resource.get("code")) & READINGS.keys())


def _reading(context: Context) -> dict[str, Any]:
    resource = context.resource
    kinds = [READINGS[c] for _, c, _ in codings(resource.get("code")) if c in READINGS]
    quantity = obj(resource.get("valueQuantity"))
    parts = {
        code: obj(part.get("valueQuantity"))
        for part in each(resource.get("component"))
        for code in codes(part.get("code"))
    }
    if not quantity:
        quantity = parts.get(_SYSTOLIC, {})
    return values(
        reading__id=context.id,
        reading__type=kinds[0] if kinds else label(resource.get("code")).casefold(),
        reading__value=number(quantity.get("value")),
        reading__unit=text(quantity.get("unit")) or text(quantity.get("code")),
        reading__diastolic=number(parts.get(_DIASTOLIC, {}).get("value")),
    )
