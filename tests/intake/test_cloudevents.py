"""One CloudEvent: what is taken, what is refused, and in which words."""

from __future__ import annotations

import json
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laneflow.engine.state import Event
from laneflow.intake import Bad, Vocabulary, read

NOON_ON_MARCH_2 = 1772470800000  # 2026-03-02T12:00:00-05:00


def test_an_event_is_taken_as_it_was_sent(taken, sent):
    events, bad = taken(sent())
    assert bad == []
    assert events == [
        Event(
            id="evt-1",
            source="ehr/scheduling",
            type="appointment.booked",
            time=1772460900000,  # 2026-03-02T14:15:00Z
            patient="p7",
            data={"appointment.id": "a1", "appointment.start": "2026-03-09T14:30:00-04:00"},
        )
    ]


def test_nested_data_is_the_same_as_dotted(taken, sent):
    nested = {"encounter": {"id": "e1", "facility": "St. Mary"}, "patient": {"portal": True}}
    dotted = {"encounter.id": "e1", "encounter.facility": "St. Mary", "patient.portal": True}
    ((one,), _), ((other,), _) = taken(sent(data=nested)), taken(sent(data=dotted))
    assert one.data == dotted
    assert one == other


def test_null_says_nothing_and_yes_is_true(taken, sent):
    ((event,), _) = taken(
        sent(data={"visit.reason": None, "time.licensed": "yes", "x.y": ["a", 2]})
    )
    assert event.data == {"time.licensed": True, "x.y": ["a", 2]}


def test_other_attributes_and_no_data_are_fine(taken, sent):
    events, bad = taken(sent(data=None, traceparent="00-0af", datacontenttype="application/json"))
    assert (events[0].data, bad) == ({}, [])


@pytest.mark.parametrize(
    ("changes", "reason", "hint"),
    [
        ({"id": None}, "id is missing", "Add it: one id per event, never used again."),
        ({"subject": None}, "subject is missing", "Add it: the patient's id, as text."),
        ({"subject": ""}, "subject is empty", "Give the patient's id, as text."),
        (
            {"subject": 17},
            "subject is not what it must be",
            "It must be the patient's id, as text.",
        ),
        ({"id": "x" * 201}, "id is longer than 200 characters", "Send a shorter one."),
        ({"specversion": "0.3"}, 'specversion is not "1.0"', "laneflow reads CloudEvents 1.0."),
        (
            {"type": "appointment.boked"},
            'unknown event type "appointment.boked"',
            'Did you mean "appointment.booked"?',
        ),
        (
            {"time": "2026-03-02T09:15:00"},
            "time has no offset",
            "Write with its offset, such as 2026-03-09T14:30:00-04:00.",
        ),
        ({"time": "0000-01-01T00:00:00Z"}, "time is not what it must be", None),
        ({"time": "yesterday"}, "time is not what it must be", None),
        (
            {"time": "2076-01-01T00:00:00Z"},
            "it lies ahead of now",
            "Events are sent when they have happened; check the clock.",
        ),
        (
            {"time": "1066-10-14T00:00:00Z"},
            "it lies before the year 1900",
            "Check the time's year.",
        ),
        ({"data": [1]}, "data is not what it must be", "It must be an object of facts."),
        (
            {"data": {"appointment.start": "2026-03-09"}},
            "data.appointment.start is not a date and time with an offset",
            "Write it as 2026-03-09T14:30:00-04:00.",
        ),
        (
            {"data": {"patient.birth_date": "2026-02-30"}},
            "data.patient.birth_date is not a date",
            "Write it as 2026-03-09.",
        ),
        (
            {"data": {"time.minutes": "20"}},
            "data.time.minutes is not a number",
            "Write a number, without quotes.",
        ),
        ({"data": {"referral.id": 12}}, "data.referral.id is not text", "Put it in quotes."),
        (
            {"data": {"encounter.class": "emergancy"}},
            "data.encounter.class is not one of its values",
            'Did you mean "emergency"?',
        ),
        (
            {"data": {"patient.channels": "phone"}},
            "data.patient.channels is not a list",
            'Write it as ["phone", "letter"].',
        ),
        (
            {"data": {"visit": {"id": "1"}, "visit.id": "2"}},
            "data.visit.id is given twice",
            "Keep one of the two.",
        ),
        ({"data": {"Visit Reason": "x"}}, "data has a fact whose name is not one", None),
        ({"data": {"x.y": 2**60}}, "data.x.y is too large a number", None),
        ({"data": {"x.y": "n\x00l"}}, "it holds a NUL character", None),
        (
            {"data": {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}},
            "data is nested too deeply",
            None,
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(taken, sent, changes, reason, hint):
    event = {k: v for k, v in (sent() | changes).items() if v is not None}
    events, (bad,) = taken(event, now=NOON_ON_MARCH_2)
    assert events == []
    assert bad.reason == reason
    assert hint is None or bad.hint == hint
    assert "\n" not in str(bad)
    assert bad.line == 1
    assert "\x00" not in bad.raw


def test_five_minutes_ahead_is_a_clock_and_six_is_a_mistake(taken, sent):
    five, six = sent(time="2026-03-02T12:05:00-05:00"), sent(time="2026-03-02T12:05:01-05:00")
    events, bad = taken(five, six, now=NOON_ON_MARCH_2)
    assert len(events) == len(bad) == 1
    assert bad[0].reason == "it lies ahead of now"


def test_reasons_hold_no_values_of_the_record(taken, sent):
    """A name typed into the wrong field must not end up in a log."""
    wrong = [
        sent(data={"referral.urgency": "ask Maria Secretname"}),
        sent(data={"patient.birth_date": "Secretname"}),
        sent(time="Secretname"),
        sent(data={"Secretname": {}}),
        b'{"specversion":"1.0","subject":"Secretname" oops}',
    ]
    _, bad = taken(*wrong)
    assert len(bad) == len(wrong)
    assert not any("Secretname" in str(one) for one in bad)


def test_a_practice_adds_its_own_types_and_values(taken, sent):
    words = Vocabulary(
        types=frozenset({"ride.arranged"}),
        facts={"ride.cost": "number"},
        choices={},
    )
    event = sent(type="ride.arranged", data={"ride.cost": 12.5})
    assert len(taken(event, vocabulary=words)[0]) == 1
    assert taken(event)[1][0].reason == 'unknown event type "ride.arranged"'


# The JSON Schema is the contract other systems are given; reading must agree with it --------

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "event.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)

names = st.from_regex(r"[a-z][a-z0-9_]{0,8}(\.[a-z][a-z0-9_]{0,8})?", fullmatch=True)
odd_names = st.sampled_from(["", "A.b", "a..b", "a b", ".a", "a.", "é", "x" * 101])
scalars = st.one_of(
    st.text(max_size=12),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)
plain = st.one_of(scalars, st.none(), st.lists(scalars, max_size=3), st.just("x" * 10_001))
strange = st.one_of(
    plain, st.lists(st.one_of(st.none(), st.lists(scalars, max_size=1)), max_size=2)
)
data = st.recursive(
    st.dictionaries(st.one_of(names, names, odd_names), strange, max_size=3),
    lambda inner: st.dictionaries(names, inner, max_size=2),
    max_leaves=3,
)
short = st.one_of(st.text(min_size=1, max_size=10), st.sampled_from(["", "x" * 200, "x" * 201]))
wrong = st.one_of(st.none(), st.integers(), st.lists(st.text(max_size=2), max_size=1))
good_times = st.datetimes(
    min_value=datetime(1901, 1, 1),  # noqa: DTZ001 - written as UTC below
    max_value=datetime(2199, 1, 1),  # noqa: DTZ001
).map(lambda moment: moment.isoformat() + "+00:00")
times = st.one_of(
    good_times,
    st.sampled_from(
        ["2026-03-02", "2026-03-02T09:15:00", "2026-13-02T09:15:00Z", "2026-03-02T25:00:00Z", "now"]
    ),
)
attributes: dict[str, st.SearchStrategy[Any]] = {
    "specversion": st.sampled_from(["1.0", "1.0", "1.0", "0.3", "1"]),
    "id": short,
    "source": short,
    "type": st.just("appointment.booked"),
    "time": times,
    "subject": short,
}


def good() -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "s",
        "type": "appointment.booked",
        "time": "2026-03-02T09:15:00Z",
        "subject": "p",
    }


@st.composite
def maybe_events(draw: st.DrawFn) -> dict[str, Any]:
    """An event with one or two things about it changed, for better or worse."""
    event = good()
    for name in draw(st.lists(st.sampled_from([*attributes, "data", "extra"]), max_size=2)):
        kind = draw(st.sampled_from(["ours", "ours", "wrong", "missing"]))
        if name == "extra":
            event["extra"] = draw(plain)
        elif kind == "missing":
            event.pop(name, None)
        elif kind == "wrong":
            event[name] = draw(wrong)
        else:
            event[name] = draw(data if name == "data" else attributes[name])
    return event


LOOSE = Vocabulary(types=frozenset({"appointment.booked"}), facts={}, choices={})


@settings(max_examples=600, deadline=None)
@given(maybe_events())
def test_reading_agrees_with_the_published_schema(event):
    raw = msgspec.json.encode(event)
    (found,) = read(BytesIO(raw), vocabulary=LOOSE)
    valid = VALIDATOR.is_valid(json.loads(raw))
    twice = isinstance(found, Bad) and found.reason.endswith("is given twice")
    assert isinstance(found, Event) == valid or twice, (found, event)
