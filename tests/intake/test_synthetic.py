"""The synthetic practice: the same every time, in order, and something for every lane."""

from __future__ import annotations

from laneflow.intake import Bad, read
from laneflow.intake.synthetic import generate, write_jsonl

START = 1772427600000  # 2026-03-02T00:00-05:00, a Monday
DAY = 86_400_000


def test_the_same_seed_gives_the_same_practice():
    first = list(generate(50, START, 30, seed=7))
    assert first == list(generate(50, START, 30, seed=7))
    assert first != list(generate(50, START, 30, seed=8))


def test_events_come_in_order_of_time_and_have_their_own_ids():
    events = list(generate(400, START, 60, seed=7))
    assert [e.time for e in events] == sorted(e.time for e in events)
    assert START <= events[0].time <= events[-1].time < START + 60 * DAY
    assert len({e.id for e in events}) == len(events)
    assert len({e.patient for e in events}) == 400


def test_every_trigger_of_the_eight_lanes_occurs():
    events = list(generate(1000, START, 60, seed=7))
    seen = {e.type for e in events}
    assert seen >= {
        "referral.received", "visit.completed", "appointment.missed", "encounter.discharged",
        "authorization.requested", "appointment.booked", "recall.due", "program.enrolled",
        "result.abnormal", "reading.received",
    }  # fmt: skip
    assert any(e.data.get("appointment.mode") == "telehealth" for e in events)
    assert {e.data.get("program.name") for e in events} >= {"ccm", "rpm"}
    assert {e.data.get("patient.language") for e in events} >= {"en", "es"}


def test_nothing_of_an_appointment_comes_before_its_booking():
    booked: dict[str, int] = {}
    for event in generate(500, START, 90, seed=3):
        id = event.data.get("appointment.id")
        if event.type == "appointment.booked":
            booked[id] = event.time
        elif id is not None:
            assert booked[id] <= event.time


def test_what_is_written_is_read_back_unchanged(tmp_path):
    events = list(generate(100, START, 30, seed=7))
    file = tmp_path / "practice.jsonl"
    assert write_jsonl(events, file) == len(events)
    back = list(read(file, now=START + 31 * DAY))
    assert [str(b) for b in back if isinstance(b, Bad)] == []
    assert back == events
