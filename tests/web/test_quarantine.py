"""Quarantine's pages: bad records seen by operations alone, mended, tried again, set aside."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any

import pytest

from laneflow.engine.state import Event
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, FixedClock
from laneflow.work.take_in import take_in
from laneflow.work.upload import taken_from

from .case_scenes import ELENA, text
from .test_health import EVENT, lines

Clients = Callable[..., Any]
LATE = EVENT | {"time": "2026-09-16T09:00:00-04:00"}
UNDATED = {name: value for name, value in EVENT.items() if name != "time"} | {
    "data": EVENT["data"] | {"patient.first_name": "</textarea><script>alert(1)</script>"}
}


@pytest.fixture
def digest(app: App) -> str:
    """A record without a time, which names its patient in a hostile way."""
    taken_from(app, lines(UNDATED), "olga")
    return str(app.store.bad_records(1)[0]["digest"])


def mended(client: Any, digest: str, record: Any, **more: str) -> Any:
    raw = record if isinstance(record, str) else json.dumps(record)
    return client.post(f"/quarantine/{digest}", {"raw": raw, "take": ""} | more, follow=True)


def test_the_list_says_why_and_nothing_of_what_a_record_says(
    client: Clients, app: App, digest: str
) -> None:
    page = client("olga").get("/quarantine").content.decode()
    assert "upload:1" in page
    assert "time" in page
    assert "alert(1)" not in page
    assert app.store.audited()[-1]["what"] == "intake", "a list without patients leaves no line"


def test_what_it_says_is_shown_safely_and_recorded(client: Clients, app: App, digest: str) -> None:
    page = client("olga").get(f"/quarantine/{digest}").content.decode()
    assert "<script>alert" not in page
    assert "&lt;/textarea&gt;&lt;script&gt;alert(1)" in page
    row = app.store.audited()[-1]
    assert (row["by"], row["what"], row["object"]) == (
        "login olga", "view", f"quarantine {digest}",
    )  # fmt: skip


def test_a_mended_record_is_taken_in_and_dealt_with(client: Clients, app: App, digest: str) -> None:
    said = text(mended(client("olga"), digest, EVENT))
    assert "Taken in." in said
    assert [case.patient for case in app.store.cases()] == ["p1"]
    assert app.store.bad_records(1) == []
    row = app.store.audited()[-1]
    assert row["what"] == "quarantine"
    assert json.loads(row["detail"]) == {"did": "mended and taken in", "new": 1, "known": 0}
    said = text(mended(client("olga"), digest, EVENT))
    assert "dealt with already" in said
    assert len(list(app.store.cases())) == 1


def test_what_is_still_bad_stays_with_what_was_typed(
    client: Clients, app: App, digest: str
) -> None:
    for typed, why in (("{", "JSON"), ("", "nothing in it"), (EVENT | {"time": "noon"}, "time")):
        answer = mended(client("olga"), digest, typed)
        assert answer.status_code == 422
        assert why in text(answer)
        kept = typed if isinstance(typed, str) else json.dumps(typed)
        assert html.escape(kept, quote=True).replace("&#x27;", "&#39;") in answer.content.decode()
    assert len(app.store.bad_records(5)) == 1
    assert not list(app.store.cases())


def test_it_is_tried_again_as_it_is_once_its_time_has_come(
    client: Clients, app: App, clock: FixedClock
) -> None:
    taken_from(app, lines(LATE), "olga")
    (row,) = app.store.bad_records(5)
    olga = client("olga")
    said = text(olga.post("/quarantine/retry", {"record": [row["digest"]]}, follow=True))
    assert "1 is still bad." in said
    clock.at += 2 * DAY
    said = text(client("olga").post("/quarantine/retry", {"record": [row["digest"]]}, follow=True))
    assert "1 record taken in." in said
    assert len(list(app.store.cases())) == 1


def test_what_laneflow_refused_itself_can_be_tried_again(
    client: Clients, app: App, clock: FixedClock
) -> None:
    """Another feed's clock is ahead; its event is kept as laneflow writes events down."""
    ahead = clock.at + HOUR
    take_in(app, [Event("a1", "ehr", "encounter.discharged", ahead, "p1", ELENA, ahead)])
    (row,) = app.store.bad_records(5)
    assert "ahead of the clock" in row["reason"]
    clock.at += 2 * HOUR
    client("olga").post("/quarantine/retry", {"record": [row["digest"]]})
    assert app.store.bad_records(5) == []
    assert [case.patient for case in app.store.cases()] == ["p1"]


def test_a_known_id_with_other_content_is_refused_and_says_so(
    client: Clients, app: App, digest: str
) -> None:
    taken_from(app, lines(EVENT), "olga")
    answer = mended(client("olga"), digest, EVENT | {"subject": "p2"})
    assert "known already, with other content" in text(answer)
    (row,) = app.store.bad_records(5)
    assert row["digest"] != digest, "the mended text has taken its place"
    assert answer.redirect_chain[-1][0] == f"/quarantine/{row['digest']}"


def test_it_is_set_aside_with_a_reason(client: Clients, app: App, digest: str) -> None:
    olga = client("olga")
    address = f"/quarantine/{digest}"
    answer = olga.post(address, {"aside": "", "reason": " "})
    assert answer.status_code == 422
    assert "say why it is not taken in" in text(answer)
    answer = olga.post(address, {"aside": "", "reason": "sent twice by hand"}, follow=True)
    assert "Set aside." in text(answer)
    assert app.store.bad_records(5) == []
    assert json.loads(app.store.audited()[-1]["detail"])["reason"] == "sent twice by hand"
    assert "Dealt with" in text(olga.get(address))


def test_what_does_not_exist_is_not_found(client: Clients, digest: str) -> None:
    assert client("olga").get("/quarantine/nothing").status_code == 404
    assert client("olga").get(f"/quarantine/{digest[:8]}").status_code == 404
    answer = client("olga").post("/quarantine/retry", {"record": ["x" * 500]}, follow=True)
    assert answer.status_code == 200


def test_long_lists_come_in_pages(client: Clients, app: App) -> None:
    taken_from(app, lines(*({"n": n} for n in range(60))), "olga")
    olga = client("olga")
    first = olga.get("/quarantine").content.decode()
    assert "60 bad records" in first
    assert first.count('name="record"') == 50
    after = first.partition("?after=")[2].partition('"')[0]
    assert olga.get(f"/quarantine?after={after}").content.decode().count('name="record"') == 10
