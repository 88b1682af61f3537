"""Patient -> patient.updated with what is known of the person, patient.deceased, patient.merged."""

from __future__ import annotations

import re
from collections.abc import Iterator

from laneflow.intake.fhir.context import Context, Happening
from laneflow.intake.fhir.elements import Resource, codings, each, obj, strings, text, values
from laneflow.intake.records import Unclear

UNDATED = "1900-01-01T00:00:00Z"
"""When an undated Patient without a birth date was so: before everything else that is known."""

_BIRTH_DATE = re.compile(r"(1[89]|2\d)\d\d(-\d\d(-\d\d)?)?\Z")  # may be a year or a month, too
_NAME_ORDER = {"official": 0, "usual": 1, "": 2}
_PHONE_ORDER = {"mobile": 0, "home": 1, "": 2, "work": 3}


def patient(context: Context) -> Iterator[Happening]:
    """What is known of the patient, dated by the record's last change.

    A record that carries no such date is dated to the patient's birth: it then never overrides
    what a dated one said, and is there before anything else happens. A record that another one
    has replaced says only that: what it tells of the person is no longer to be used.
    """
    person = context.resource
    if context.nameless:
        raise Unclear("this Patient has no id", "Send its id; other records refer to it.")
    born = person.get("birthDate")
    time = context.needed("it was so", *context.sent, born, UNDATED)
    death = person.get("deceasedDateTime")
    dead = bool(text(death)) or person.get("deceasedBoolean") is True
    known = _facts(person) | ({"patient.deceased": dead} if dead else {})
    site = context.site(context.name_of(person.get("managingOrganization")))
    known |= values(patient__location=site)
    merged = _merged(context)
    if all(stays == context.id for stays, _ in merged):
        yield Happening("patient.updated", time, context.id, known)
    for stays, goes in merged:
        when = context.needed("the records were merged", *context.sent, born, UNDATED)
        yield Happening("patient.merged", when, stays, {"patient.merged_from": goes})
    if dead:
        # The event the engine acts on; the date of death if it is known, else the record's.
        yield Happening(
            "patient.deceased",
            context.needed("the patient died", death, *context.sent, born, UNDATED),
            context.id,
            {"patient.deceased": True},
        )


def _merged(context: Context) -> list[tuple[str, str]]:
    """(the record that stays, the one that goes) of each merger that ``link`` tells of.

    Told from either side: ``replaced-by`` on the record that goes, ``replaces`` on the one that
    stays (FHIR R4, LinkType). ``refer`` and ``seealso`` merge nothing.
    """
    found = []
    for link in each(context.resource.get("link")):
        target = context.target(link.get("other"))
        if target is None or target[0] != "Patient" or target[1] == context.id:
            continue
        if text(link.get("type")) in ("replaced-by", "replace"):  # DSTU2's word for the same
            found.append((target[1], context.id))
        elif text(link.get("type")) == "replaces":
            found.append((context.id, target[1]))
    return found


def _facts(person: Resource) -> Resource:
    name = _best(person.get("name"), _NAME_ORDER)
    given = strings(name.get("given"))
    birth = person.get("birthDate")
    return values(
        patient__first_name=given[0] if given else "",
        patient__middle_name=" ".join(given[1:]),
        patient__last_name=text(name.get("family")),
        patient__birth_date=birth if _BIRTH_DATE.match(text(birth)) else "",
        patient__sex=text(person.get("gender")),
        patient__language=_language(person),
        **_reach(person),
    )


def _language(person: Resource) -> str:
    """The preferred language's short BCP 47 form: ``es`` of ``es-MX``."""
    spoken = sorted(each(person.get("communication")), key=lambda c: c.get("preferred") is not True)
    for communication in spoken:
        for _, code, _ in codings(communication.get("language")):
            short = code.replace("_", "-").split("-")[0].casefold()
            if 2 <= len(short) <= 3 and short.isalpha():
                return short
    return ""


def _reach(person: Resource) -> Resource:
    """How the patient can be reached.

    ``patient.channels`` rules out only what the record rules out: without a mobile number there is
    no SMS; FHIR says nothing of a portal account, so that stays open.
    """
    points = [t for t in each(person.get("telecom")) if text(t.get("value")) and not _past(t)]
    phones = [t for t in points if text(t.get("system")) in ("phone", "sms")]
    phone = min(phones, key=_phone_rank, default={})
    mobile = any(t.get("use") == "mobile" or t.get("system") == "sms" for t in phones)
    email = next((text(t.get("value")) for t in points if t.get("system") == "email"), "")
    address = _address(person)
    channels = [
        *(["phone"] if phone else []),
        *(["sms"] if mobile else []),
        "portal",
        *(["letter"] if address else []),
    ]
    return {
        "patient__phone": text(phone.get("value")),
        "patient__email": email,
        "patient__address": address,
        "patient__channels": channels if points or address else [],
    }


def _phone_rank(point: Resource) -> tuple[int, int]:
    rank = point.get("rank")
    order = _PHONE_ORDER.get(text(point.get("use")), 4)
    return (order, rank if isinstance(rank, int) else 99)


def _address(person: Resource) -> str:
    homes = [a for a in each(person.get("address")) if not _past(a)]
    homes.sort(key=lambda a: a.get("use") != "home")
    for home in homes:
        written = text(home.get("text"))
        if written:
            return written
        place = " ".join(filter(None, (text(home.get("state")), text(home.get("postalCode")))))
        parts = [*strings(home.get("line")), text(home.get("city")), place]
        if parts[:-2] or parts[-2]:
            return ", ".join(filter(None, parts))
    return ""


def _best(items: object, order: dict[str, int]) -> Resource:
    """The current one of the best ``use``; a past one only where there is no other."""
    found = [i for i in each(items) if text(i.get("family")) or strings(i.get("given"))]
    return min(found, key=lambda i: (_past(i), order.get(text(i.get("use")), 3)), default={})


def _past(element: Resource) -> bool:
    """Whether the sender has marked it as no longer in use."""
    return element.get("use") == "old" or bool(text(obj(element.get("period")).get("end")))
