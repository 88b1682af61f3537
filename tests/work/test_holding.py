"""What the queue holds back, so that a patient is not contacted too early, late or often."""

from __future__ import annotations

from typing import Any

import cast
from laneflow.engine.state import Event
from laneflow.metrics.queue.rows import queue
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.clock import HOUR, FixedClock
from laneflow.work.take_in import take_in

from .conftest import discharge


def waiting(app: App) -> list[dict[str, Any]]:
    items = queue(app.store, app.live, app.clock.now())
    return [item for item in items if item["key"] == "main"]


def note(app: App, patient: str, **data: Any) -> None:
    (case,) = app.store.cases(patient=patient)
    again = {"next_action": "Call again", "by_whom": "us", "by_when": cast.t("2026-09-07 10:00")}
    act(app, by="ana", kind="note", case=case.id, data={"outcome": "left message", **again, **data})


def test_a_contact_today_lets_the_others_go_first(app: App, clock: FixedClock) -> None:
    take_in(app, [discharge("p1"), discharge("p2")])
    note(app, "p1", channel="phone")
    clock.at += HOUR
    first, second = waiting(app)
    assert (first["patient"], first["due"], first["hold_until"]) == (
        "p2", "2026-09-08T17:00:00-04:00", None,
    )  # fmt: skip
    assert (second["patient"], second["due"]) == ("p1", "2026-09-07T10:00:00-04:00")
    assert second["hold_until"] == "2026-09-05T08:00:00-04:00"
    assert second["hold_why"] == "contacted once in 7 days; at most 1 a day and 3 a week"
    (only,) = queue(app.store, app.live, clock.at, limit=1)
    assert (only["patient"], only["key"]) != ("p1", "main")
    clock.at = cast.t("2026-09-05 08:00")
    assert [item["hold_until"] for item in waiting(app)] == [None, None]


def test_a_letter_and_an_attempt_due_today_are_no_reason_to_wait(app: App) -> None:
    take_in(app, [discharge("p1"), discharge("p2")])
    note(app, "p1", channel="letter")
    note(app, "p2", channel="phone", next_action="", by_whom="", by_when=None)
    held = {item["patient"]: (item["due"], item["hold_until"]) for item in waiting(app)}
    assert held["p1"] == ("2026-09-07T10:00:00-04:00", None)
    # The lane's second attempt, four business hours later: never past its window.
    assert held["p2"] == ("2026-09-04T14:00:00-04:00", None)


def test_an_urgent_case_is_never_held(app: App) -> None:
    take_in(app, [discharge("p1", **{"encounter.complexity": "high"})])
    note(app, "p1", channel="phone")
    (item,) = waiting(app)
    assert (item["tier"], item["hold_until"]) == ("urgent", None)


def test_a_time_zone_that_does_not_exist_means_the_practices_own(app: App) -> None:
    take_in(app, [discharge("p1", **{"patient.time_zone": "Mars/Olympus"})])
    assert [item["hold_until"] for item in waiting(app)] == [None]


def test_the_same_contact_in_two_cases_counts_once(app: App) -> None:
    other = cast.lane(id="other", hash="lane-2", file="lanes/other.yaml")
    app.loaded = type(app.loaded)(app.loaded.practice, {**app.loaded.lanes, "other": other}, ".")
    event = Event("e1", "ehr", "encounter.discharged", app.clock.now(), "p1", {})
    take_in(app, [event])
    cases = [case.id for case in app.store.cases()]
    act(app, by="ana", kind="note", case=cases, data={"outcome": "no answer", "channel": "phone"})
    assert {len(times) for times in app.store.contacts(["p1"], 0).values()} == {1}
    assert sorted((item["lane"], item["also"]) for item in waiting(app)) == [
        ("discharge-outreach", ["other"]), ("other", ["discharge-outreach"]),
    ]  # fmt: skip
