"""No patient's fact can reach a notice: all of them are marks, and no mark is found in any."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from laneflow.engine.state import Event, Instant
from laneflow.lanes.load import load_practice
from laneflow.lanes.vocabulary import PATIENT_FACTS, STANDARD_FACTS
from laneflow.notify import Message, Result
from laneflow.starter import lay_out
from laneflow.store import open_store
from laneflow.work import digest, outbox, versions
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, FixedClock
from laneflow.work.due import catch_up
from laneflow.work.take_in import take_in

from .conftest import FRIDAY

MARK = "Zq"
TEXTS = {
    name: f"{MARK}{n:03}{MARK}"
    for n, (name, kind) in enumerate(sorted((STANDARD_FACTS | PATIENT_FACTS).items()))
    if kind == "text" and name not in ("patient.time_zone", "patient.location")
}
LANES = {
    "discharge-outreach": ("encounter.discharged", {
        "encounter.class": "inpatient", "encounter.discharged_to": "home",
    }),
    "referral-follow-up": ("referral.received", {"referral.direction": "incoming"}),
    "prior-authorization-status": ("authorization.pended", {}),
}  # fmt: skip


@pytest.fixture
def starter(tmp_path: Path) -> App:
    """The starter practice on a Friday, with an empty database."""
    folder = tmp_path / "maple"
    lay_out(folder)
    loaded, _ = load_practice(folder)
    assert loaded is not None
    store = open_store(f"sqlite:///{tmp_path}/notices.sqlite3")
    parts = versions.parts_of(loaded, versions.texts_in(folder))
    store.release(parts, FRIDAY, "test", "", after=0)
    return App(folder, store, loaded, FixedClock(FRIDAY))


def test_no_fact_of_a_patient_reaches_a_notice_or_a_log_line(
    starter: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three lanes, every text fact a mark, notes in free text; a fortnight in which nobody acts."""
    got: list[Message] = []

    def receive(message: Message) -> Result:
        got.append(message)
        return Result(True)

    monkeypatch.setattr(outbox, "send", receive)
    monkeypatch.setattr(digest, "send", receive)
    monkeypatch.setenv("LANEFLOW_URL", "https://lanes.example")
    patient = f"{MARK}patient"
    with capture_logs() as logs:
        for n, (type_, data) in enumerate(LANES.values()):
            take_in(starter, [event(f"{MARK}{n}", type_, FRIDAY, patient, TEXTS | data)])
        case = next(case for case in starter.store.cases() if case.lane == "discharge-outreach")
        note = {"outcome": "left message", "channel": "phone", "told": f"{MARK} told"}
        act(starter, by="ana", kind="note", case=case.id, data=note)
        take_in(starter, [event(f"{MARK}w", "symptoms.worsened", FRIDAY, patient, TEXTS)])
        take_in(starter, [event(f"{MARK}u", "visit.completed", FRIDAY + HOUR, patient, {})])
        for day in range(1, 15):
            starter.clock.at = FRIDAY + day * DAY  # type: ignore[attr-defined]
            catch_up(starter, starter.clock.now())
            outbox.send_waiting(starter)
            digest.send_digests(starter, starter.clock.now())
    assert {case.lane for case in starter.store.cases()} >= set(LANES)
    said = {message.subject.partition(" (")[0].partition(",")[0] for message in got}
    assert said >= {"An escalation waits for you to take it", "Your day"}
    assert [m for m in got if MARK in m.subject + m.body + m.id + m.address] == []
    assert MARK not in json.dumps(logs, default=str)


def event(id_: str, type_: str, at: Instant, patient: str, data: dict[str, str]) -> Event:
    return Event(id_, f"{MARK}ehr", type_, at, patient, data, at)
