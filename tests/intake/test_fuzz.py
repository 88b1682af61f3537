"""Whatever is sent, reading gives events and bad records: it never raises, never loses count."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from laneflow.engine.state import Event
from laneflow.intake import Bad, Summary, read
from laneflow.intake.fhir import MEANINGS

json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=6),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
CODES = (
    "finished active completed final booked fulfilled noshow cancelled current accepted order IMP "
    "EMER AMB H AA preauthorization queued complete fulfill 103696004 18842-5 Patient/p "
    "urn:uuid:1 ServiceRequest/r #a Appointment/a 2026-03-02T10:00:00Z 2026-03-02 home exp A1"
)
FIELDS = (
    "id status class subject patient for period meta code category type intent priority authoredOn "
    "start end participant actor reference coding display text value system given family name "
    "telecom address communication language use created outcome focus output valueReference "
    "interpretation component valueQuantity effectiveDateTime issued contained referral basedOn "
    "hospitalization dischargeDisposition serviceProvider location extension url valueCode item "
    "adjudication lastUpdated lastModified deceasedBoolean deceasedDateTime birthDate requester "
    "performer device statusHistory content attachment context related entry resource fullUrl"
)
words = st.sampled_from(CODES.split())
elements = st.recursive(
    st.one_of(words, words, st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(FIELDS.split()), inner, max_size=4),
    ),
    max_leaves=12,
)
resources = st.builds(
    lambda kind, fields: {"resourceType": kind} | fields,
    st.sampled_from([*MEANINGS, "Bundle", "Goal"]),
    st.dictionaries(st.sampled_from(FIELDS.split()), elements, max_size=14),
)


def settled(*records: bytes) -> list[Event | Bad]:
    summary = Summary()
    found = list(read(BytesIO(b"\n".join(records)), now=1785000000000, summary=summary))
    for one in found:
        if isinstance(one, Bad):
            assert one.reason
            assert "\n" not in one.reason + one.hint
            one.raw.encode()
        else:
            assert one.id
            assert one.patient
            assert all(isinstance(v, (str, int, float, list)) for v in one.data.values())
            assert msgspec.json.decode(msgspec.json.encode(one), type=Event) == one
    assert sum(summary.events.values()) + summary.bad == len(found)
    return found


@settings(max_examples=300, deadline=None)
@given(json_values)
def test_any_json(value: Any):
    settled(msgspec.json.encode(value) if _fits(value) else b"0")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=4))
def test_any_bytes(records: list[bytes]):
    settled(*records)


@settings(max_examples=600, deadline=None)
@given(resources)
def test_any_resource(resource: dict[str, Any]):
    raw = msgspec.json.encode(resource)
    assert settled(raw) == settled(raw)


def _fits(value: Any) -> bool:
    try:
        msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):
        return False
    return True
