"""Encounter -> encounter.admitted, encounter.discharged, visit.completed (or patient.deceased)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from laneflow.intake.fhir.appointments import visit_id
from laneflow.intake.fhir.context import Context, Happening
from laneflow.intake.fhir.elements import codes, codings, each, label, obj, text, values, words

CLASSES = {
    "IMP": "inpatient", "ACUTE": "inpatient", "NONAC": "inpatient", "OBSENC": "inpatient",
    "SS": "inpatient", "EMER": "emergency",
    "AMB": "ambulatory", "VR": "ambulatory", "HH": "ambulatory", "FLD": "ambulatory",
}  # fmt: skip
"""HL7 v3 ActEncounterCode -> encounter.class. An observation stay is inpatient: transitional care
starts from it all the same. PRENC (before an admission) is none of these."""

DISPOSITIONS = {
    # http://terminology.hl7.org/CodeSystem/discharge-disposition
    "home": "home", "alt-home": "home", "aadvice": "home", "oth": "home",
    "other-hcf": "facility", "long": "facility", "psy": "facility", "rehab": "facility",
    "snf": "facility", "hosp": "hospice", "exp": "died",
    # National Uniform Billing Committee, patient discharge status (UB-04 field 17)
    "01": "home", "06": "home", "07": "home", "81": "home", "86": "home",
    "02": "facility", "03": "facility", "04": "facility", "05": "facility", "09": "facility",
    "21": "facility", "30": "facility", "43": "facility", "61": "facility", "62": "facility",
    "63": "facility", "64": "facility", "65": "facility", "66": "facility",
    "50": "hospice", "51": "hospice", "20": "died", "40": "died", "41": "died", "42": "died",
    # SNOMED CT
    "306689006": "home", "428361000124107": "hospice", "428371000124100": "hospice",
}  # fmt: skip
"""Discharge disposition code -> encounter.discharged_to, or ``died``. A code not here goes by its
words; without any, the patient went home, as most do and as is safest to assume for a call."""

_BY_WORDS = (
    ("died", re.compile(r"\b(expired|died|deceased|death)\b")),
    ("hospice", re.compile(r"\bhospice\b")),
    ("facility", re.compile(r"\b(nursing|skilled|rehab\w*|facility|hospital|long[- ]term)\b")),
)

_UNDER_WAY = {"arrived", "triaged", "in-progress", "onleave"}
_OVER = {"finished", "completed", "discharged"}


def encounter(context: Context) -> Iterator[Happening]:
    """The stay's beginning and end, or the visit. Planned and cancelled encounters give nothing."""
    resource = context.resource
    status = text(resource.get("status"))
    kind = next((CLASSES[c] for c in _class_codes(resource.get("class")) if c in CLASSES), "")
    if status not in _UNDER_WAY | _OVER or not kind:
        return
    if kind == "inpatient":
        yield from _admitted(context, kind, status)
    if status not in _OVER:
        return
    if kind == "ambulatory":
        yield _visit(context)
    else:
        yield _discharged(context, kind)


def _admitted(context: Context, kind: str, status: str) -> Iterator[Happening]:
    start = obj(context.resource.get("period")).get("start")
    if status in _OVER and context.instant(start) is None:
        return  # a stay that is over and does not say when it began: only its end is news
    time = context.needed("the patient was admitted", start)
    yield Happening("encounter.admitted", time, _patient(context), _stay(context, kind))


def _discharged(context: Context, kind: str) -> Happening:
    resource = context.resource
    time = context.needed("the patient left", obj(resource.get("period")).get("end"))
    went = discharged_to(obj(resource.get("hospitalization")).get("dischargeDisposition"))
    if went == "died":
        return Happening("patient.deceased", time, _patient(context), {"patient.deceased": True})
    facts = _stay(context, kind) | {"encounter.discharged_to": went}
    return Happening("encounter.discharged", time, _patient(context), facts)


def discharged_to(disposition: object) -> str:
    """home, hospice, facility or died, of a discharge disposition; home where nothing is said."""
    for code in (c for _, c, _ in codings(disposition)):
        if code.casefold() in DISPOSITIONS:
            return DISPOSITIONS[code.casefold()]
    said = words(disposition)
    return next((where for where, pattern in _BY_WORDS if pattern.search(said)), "home")


def _stay(context: Context, kind: str) -> dict[str, object]:
    resource = context.resource
    place = next(each(resource.get("location")), {}).get("location")
    facility = context.name_of(resource.get("serviceProvider")) or context.name_of(place)
    return values(
        encounter__id=context.id,
        encounter__class=kind,
        encounter__facility=facility,
        encounter__reason=_reason(context),
    )


def _visit(context: Context) -> Happening:
    resource = context.resource
    time = context.needed("the visit took place", obj(resource.get("period")).get("end"))
    people = [p.get("individual", p.get("actor")) for p in each(resource.get("participant"))]
    places = [p.get("location") for p in each(resource.get("location"))]
    remote = "VR" in _class_codes(resource.get("class"))
    booked = context.id_of(resource.get("appointment"), "Appointment")
    facts = values(
        visit__id=visit_id("Appointment", booked) if booked else visit_id("Encounter", context.id),
        visit__type=label(resource.get("type")).casefold() or ("telehealth" if remote else ""),
        visit__provider=context.name_of(people),
        visit__reason=_reason(context),
        encounter__id=context.id,
        encounter__class="ambulatory",
        appointment__id=booked,
        referral__id=context.id_of(resource.get("basedOn"), "ServiceRequest"),
        location=context.site(*map(context.name_of, places)),
    )
    return Happening("visit.completed", time, _patient(context), facts)


def _reason(context: Context) -> str:
    resource = context.resource
    return label(resource.get("reasonCode")) or context.name_of(resource.get("reasonReference"))


def _patient(context: Context) -> str:
    return context.patient(context.resource.get("subject"), context.resource.get("patient"))


def _class_codes(value: object) -> set[str]:
    return {code.upper() for code in codes(value)}
