"""Health: what operations sees of the daemon, what waits and fails; taking a file of events in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from laneflow.work import upload
from laneflow.work.app import App
from laneflow.work.backup import backup
from laneflow.work.clock import DAY, HOUR, FixedClock, iso
from laneflow.work.heart import Heart
from laneflow.work.outbox import send_waiting

from .case_scenes import discharged, text

Clients = Callable[..., Any]

EVENT = {
    "specversion": "1.0", "id": "1", "source": "ehr", "type": "encounter.discharged",
    "time": "2026-09-14T09:00:00-04:00", "subject": "p1",
    "data": {"location": "main", "encounter.id": "e1", "patient.first_name": "Elena"},
}  # fmt: skip


def sent(client: Any, content: bytes, name: str = "events.jsonl") -> Any:
    return client.post("/health/intake", {"file": SimpleUploadedFile(name, content)}, follow=True)


def lines(*records: Any) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


@pytest.mark.parametrize("who", ["ana", "nora", "lee", "aldo"])
def test_it_is_for_operations(client: Clients, who: str) -> None:
    for address in ("/health", "/quarantine", "/quarantine/digest-1"):
        assert client(who).get(address).status_code == 403, address
    assert sent(client(who), lines(EVENT)).status_code == 403


def test_it_says_when_nobody_looks_at_what_is_due(
    client: Clients, app: App, clock: FixedClock
) -> None:
    said = text(client("olga").get("/health"))
    assert "none ever ran on this database" in said
    assert "laneflow run --serve" in said
    Heart(app.store).beat(clock.at)
    said = text(client("olga").get("/health"))
    assert "awake" in said
    assert "laneflow run --serve" not in said
    clock.at += HOUR
    discharged(app)
    clock.at += 4 * DAY
    said = text(client("olga").get("/health"))
    assert "not seen" in said
    lag = (clock.at - (app.store.next_wake() or 0)) // 60_000
    assert f"{lag} min the oldest due work has waited" in said


def test_it_says_what_cannot_be_sent(client: Clients, app: App, clock: FixedClock,
                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from laneflow.notify import Result
    from laneflow.work import outbox

    discharged(app)
    monkeypatch.setattr(outbox, "send", lambda message: Result(ok=False, detail="no route"))
    clock.at += 3 * DAY
    from laneflow.work.due import tick

    tick(app)
    assert send_waiting(app).failed > 0
    said = text(client("olga").get("/health"))
    assert "no route" in said
    assert "tried once" in said


def test_it_knows_the_latest_backup(client: Clients, app: App, clock: FixedClock) -> None:
    assert "There is none yet" in text(client("olga").get("/health"))
    assert app.store.file is not None
    made = backup(app.store.file, app.store.file.parent / "backups", clock.at)
    said = text(client("olga").get("/health"))
    assert made.name in said
    assert iso(clock.at)[:10] in made.name


def test_it_says_what_is_wrong_in_the_files_and_what_runs(client: Clients, app: App) -> None:
    said = text(client("olga").get("/health"))
    assert "every live lane is proven" in said
    assert "SQLite 3." in said
    assert "Live release 1" in said
    lane = app.folder / "lanes" / "discharge-outreach.yaml"
    lane.write_text(lane.read_text("utf-8").replace("title:", "titel:", 1), "utf-8")
    said = text(client("olga").get("/health"))
    assert "lanes/discharge-outreach.yaml" in said
    assert "What is live keeps running" in said


def test_it_names_no_patient(client: Clients, app: App) -> None:
    discharged(app)
    said = client("olga").get("/health").content.decode()
    for named in ("Elena", "Alvarez", "p1<"):
        assert named not in said


def test_a_file_is_taken_in_once(client: Clients, app: App) -> None:
    olga = client("olga")
    said = text(sent(olga, lines(EVENT)))
    assert "1 record read: 1 new, 0 known already, 0 in quarantine. 1 case opened." in said
    said = text(sent(olga, lines(EVENT)))
    assert "1 record read: 0 new, 1 known already, 0 in quarantine. 0 cases opened." in said
    row = app.store.audited()[-1]
    assert (row["by"], row["what"]) == ("login olga", "intake")
    assert "events.jsonl" not in row["detail"], "a file's name may name a patient"


def test_what_is_bad_of_a_file_goes_to_quarantine(client: Clients, app: App) -> None:
    said = text(sent(client("olga"), lines(EVENT, EVENT | {"id": "2", "time": "yesterday"})))
    assert "2 records read: 1 new, 0 known already, 1 in quarantine." in said
    (row,) = app.store.bad_records(5)
    assert row["line"] == 2


HOSTILE = {
    "nothing": b"",
    "blank lines": b"\n\n\n",
    "an executable": b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40,
    "a bomb of brackets": b"[" * 200_000,
    "a zip": b"PK\x03\x04" + b"\x00" * 5_000,
    "lines of rubbish": b"<script>alert(1)</script>\n" * 5_000,
    "XML that names a file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>\n',
    "a number beyond all": b'{"specversion":"1.0","id":' + b"9" * 5_000 + b"}\n",
    "half a character": b'{"specversion": "1.0", "id": "\xff\xfe"}\n',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_harms_nothing(client: Clients, app: App, what: str) -> None:
    answer = sent(client("olga"), HOSTILE[what], "<img src=x onerror=alert(1)>.jsonl")
    assert answer.status_code in (200, 422)
    assert not list(app.store.cases())
    page = answer.content.decode()
    assert "<script>alert" not in page
    assert "onerror=alert" not in page
    assert "root:" not in page
    assert len(app.store.bad_records(1_000)) <= upload.MOST_BAD
    for row in app.store.bad_records(5):
        shown = client("olga").get(f"/quarantine/{row['digest']}").content.decode()
        assert "<script>alert" not in shown


def test_a_file_of_mostly_rubbish_is_refused_whole(client: Clients, app: App) -> None:
    answer = sent(client("olga"), lines(EVENT) + b"nonsense\n" * 300)
    assert answer.status_code == 422
    assert "more than 200 of its records cannot be read: nothing was taken in" in text(answer)
    assert not app.store.bad_records(5)
    assert not list(app.store.cases())


def test_a_huge_file_is_refused_with_a_clear_page(client: Clients, app: App) -> None:
    answer = sent(client("olga"), b" " * (upload.LARGEST + 1))
    assert answer.status_code == 422
    assert "the file is larger than 5 MB" in text(answer)
    answer = sent(client("olga"), b" " * (17 * 1024 * 1024))
    assert answer.status_code == 413
    assert "This is too much at once" in text(answer)


def test_no_file_at_all_is_told(client: Clients) -> None:
    answer = client("olga").post("/health/intake", {})
    assert answer.status_code == 422
    assert "no file was chosen" in text(answer)


def test_without_the_forms_token_nothing_is_taken_in(client: Clients, app: App) -> None:
    assert sent(client("olga", enforce_csrf_checks=True), lines(EVENT)).status_code == 403
    assert not list(app.store.cases())


def test_in_a_browser_a_file_is_taken_in_and_what_was_bad_is_found(
    visit: Callable[..., Any], app: App, tmp_path: Any
) -> None:
    Heart(app.store).beat(app.clock.now())
    discharged(app)
    page = visit("olga")
    page.goto("/health")
    file = tmp_path / "events.jsonl"
    file.write_bytes(lines(EVENT | {"subject": "p2", "id": "9"}, {"id": "8"}))
    page.set_input_files("#file", str(file))
    page.get_by_role("button", name="Take in").click()
    page.wait_for_selector(".message")
    assert "1 new" in page.inner_text("#messages")
    page.goto("/quarantine")
    page.get_by_role("link", name="specversion").click()
    page.get_by_role("heading", name="Bad record").wait_for()
