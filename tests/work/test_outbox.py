"""Notices leave at least once, to whoever is there; what is over never leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import cast
from laneflow.engine.state import Event
from laneflow.notify import Message, Result
from laneflow.practice.model import LoadedPractice
from laneflow.work import digest, outbox
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import HOUR, MINUTE, FixedClock
from laneflow.work.due import catch_up
from laneflow.work.outbox import Sent, send_waiting
from laneflow.work.take_in import take_in
from small_practice import a_person

from .conftest import FRIDAY, discharge


class Receiver:
    """Takes messages, or refuses them while it is down."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.down = False

    def __call__(self, message: Message) -> Result:
        if self.down:
            return Result(False, "nobody answers")
        self.got.append(message)
        return Result(True)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Stands in for every way out."""
    taking = Receiver()
    monkeypatch.setattr(outbox, "send", taking)
    monkeypatch.setattr(digest, "send", taking)
    return taking


@pytest.fixture
def case(app: App) -> str:
    """A case whose patient feels worse: the nurse is to be told at once."""
    take_in(app, [discharge("p1", **{"patient.first_name": "Secretname"})])
    take_in(app, [Event("w", "ehr", "symptoms.worsened", FRIDAY, "p1")])
    return next(app.store.cases()).id


def test_whoever_is_asked_by_name_is_told_even_from_the_last_rung(
    app: App, case: str, receiver: Receiver
) -> None:
    on = {"escalation": "worse", "reason": "she knows her"}
    for by in ("nia", "pat"):  # up the ladder, to the last resort
        act(app, by=by, kind="hand_on", case=case, data=on)
    act(app, by="mia", kind="hand_on", case=case, data=on | {"to": "ana"})
    send_waiting(app)
    assert [message.to for message in receiver.got] == ["ana"], "what went before is over"


def test_a_notice_says_case_and_kind_and_nothing_of_the_patient(
    app: App, case: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANEFLOW_URL", "https://lanes.example/")
    assert send_waiting(app) == Sent(sent=1)
    (message,) = receiver.got
    assert message.to == "nia"
    assert message.subject == f"An escalation waits for you to take it (case {case})"
    assert message.body.splitlines() == [
        "An escalation waits for you to take it.",
        f"Case {case}",
        "Since Fri 4 Sep 2026 10:00 EDT",
        "Take it by Fri 4 Sep 2026 10:30 EDT",
        f"https://lanes.example/cases/{case}",
    ]
    assert "Secretname" not in message.body + message.subject
    assert "worse" not in (message.body + message.subject).lower()
    assert send_waiting(app) == Sent()


def test_an_escalation_that_was_taken_tells_nobody_any_more(
    app: App, case: str, receiver: Receiver
) -> None:
    act(app, by="nia", kind="take", case=case, data={"escalation": "worse"})
    assert send_waiting(app) == Sent(withdrawn=1)
    assert receiver.got == []


def test_a_rung_the_ladder_has_left_is_not_told_late(
    app: App, case: str, receiver: Receiver, clock: FixedClock
) -> None:
    clock.at += 31 * MINUTE
    catch_up(app, clock.at)
    assert send_waiting(app) == Sent(sent=1, withdrawn=1)
    assert [message.to for message in receiver.got] == ["pat"]


def test_a_failing_receiver_backs_off_and_is_told_once_it_answers(
    app: App, case: str, receiver: Receiver, clock: FixedClock
) -> None:
    receiver.down = True
    assert send_waiting(app) == Sent(failed=1)
    assert send_waiting(app) == Sent()
    clock.at += 2 * MINUTE
    assert send_waiting(app) == Sent(failed=1)
    receiver.down = False
    clock.at += 5 * MINUTE
    assert send_waiting(app) == Sent(sent=1)
    assert len(receiver.got) == 1


def test_a_sender_that_died_leaves_its_claim_to_the_next(
    app: App, case: str, receiver: Receiver, clock: FixedClock
) -> None:
    assert len(app.store.claim(clock.at, 10, outbox.LEASE)) == 1
    assert send_waiting(app) == Sent()
    clock.at += outbox.LEASE
    assert send_waiting(app) == Sent(sent=1)


def test_whoever_is_on_leave_is_covered_at_the_time_of_sending(
    app: App, case: str, receiver: Receiver
) -> None:
    practice = app.loaded.practice
    away = a_person("nia", "nurse", leave=(("2026-09-01", "2026-09-30"),))
    people = {**practice.people, "nia": away, "zoe": a_person("zoe", "nurse")}
    app.loaded = LoadedPractice(cast.practice(people=people), app.loaded.lanes, ".")
    send_waiting(app)
    assert [message.to for message in receiver.got] == ["zoe"]


def test_one_way_out_that_works_is_enough(
    app: App, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def send(message: Message) -> Result:
        tried.append(message.address)
        return Result(message.address == "log", "no server")

    monkeypatch.setattr(outbox, "send", send)
    monkeypatch.setenv("PAGER", "json://pager.example")
    nia = a_person("nia", "nurse", notify=("pager", "line"))
    channels = {"pager": "env:PAGER", "line": "log"}
    practice = cast.practice(channels=channels)
    people = {**practice.people, "nia": nia}
    practice = cast.practice(channels=channels, people=people)
    app.loaded = LoadedPractice(practice, app.loaded.lanes, ".")
    assert send_waiting(app) == Sent(sent=1)
    assert tried == ["json://pager.example", "log"]


def test_the_digest_names_what_nobody_has_taken(
    app: App, case: str, receiver: Receiver, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANEFLOW_URL", "https://lanes.example/")
    clock.at += 3 * HOUR
    catch_up(app, clock.at)
    assert digest.send_digests(app, clock.at) > 0
    bodies = {message.to: message.body for message in receiver.got}
    for person in ("pat", "mia"):
        assert f"  case {case}, since Fri 4 Sep 2026" in bodies[person]
        assert f"https://lanes.example/cases/{case}" in bodies[person]
        assert "\nhttps://lanes.example/escalations\n" in bodies[person]
    assert bodies["ana"] == "1 task is open in your name.\nhttps://lanes.example/"
    assert "ben" not in bodies
