"""What machines ask: alive, ready, figures; and what none of them ever tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from laneflow.web.pages import probes
from laneflow.work.app import App
from laneflow.work.clock import DAY, MINUTE, FixedClock
from laneflow.work.due import tick
from laneflow.work.heart import Heart

from .case_scenes import discharged

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def _counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "FRESH", 0.0)


def test_it_is_alive_whatever_the_database_says(client: Callable[..., Any], app: App) -> None:
    app.store.close()
    answer = client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["alive"] is True
    assert client().post("/healthz").status_code == 405


def test_it_is_ready_while_a_daemon_is_awake(
    client: Callable[..., Any], app: App, clock: FixedClock
) -> None:
    answer = client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False, "why": ["no daemon looks at what is due: it never has"],
    }  # fmt: skip
    Heart(app.store).beat(clock.at)
    assert client().get("/readyz").json() == {"ready": True, "why": []}
    clock.at += 3 * MINUTE
    answer = client().get("/readyz")
    assert (answer.status_code, answer.json()["why"]) == (
        503, ["no daemon looks at what is due: not for 180 seconds"],
    )  # fmt: skip


def test_it_is_not_ready_with_old_tables(client: Callable[..., Any], app: App) -> None:
    app.store.change("DELETE FROM django_migrations WHERE name = '0007_audit_triggers'")
    answer = client().get("/readyz")
    assert answer.status_code == 503
    assert "tables" in answer.json()["why"][0]


def test_it_is_not_ready_without_a_database(
    client: Callable[..., Any], app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def away() -> bool:
        raise OperationalError("connection to 10.0.0.7 refused")

    monkeypatch.setattr(app.store, "up_to_date", away)
    answer = client().get("/readyz")
    assert (answer.status_code, answer.json()["why"]) == (503, ["the database does not answer"])


def figures(answer: Any) -> dict[str, float]:
    lines = (line for line in answer.content.decode().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_figures_follow_the_store(client: Callable[..., Any], app: App, clock: FixedClock) -> None:
    assert figures(client().get("/metrics"))["laneflow_daemon_awake"] == 0
    discharged(app)
    Heart(app.store).beat(clock.at)
    found = figures(client().get("/metrics"))
    assert found["laneflow_up"] == 1
    assert found["laneflow_daemon_awake"] == 1
    assert found["laneflow_silent_cases"] == 0
    assert found['laneflow_open_cases{lane="discharge-outreach"}'] == 1
    clock.at += 5 * DAY
    tick(app)
    later = figures(client().get("/metrics"))
    assert later["laneflow_overdue_tasks"] > 0
    assert later["laneflow_overdue_tasks"] == app.store.vitals(clock.at)["overdue"]
    assert later["laneflow_daemon_awake"] == 0


def test_requests_are_timed_by_the_pages_name(client: Callable[..., Any], app: App) -> None:
    client("ana").get("/")
    client("ana").get("/cases/alma-duarte")
    client("ana").get("/nowhere/alma-duarte")
    text = client().get("/metrics").content.decode()
    assert 'laneflow_request_seconds_count{method="GET",route="queue",status="200"}' in text
    assert 'route="none",status="404"' in text
    assert "alma" not in text


def test_figures_name_no_patient(client: Callable[..., Any], app: App) -> None:
    case = discharged(app)
    client("ana").get(f"/cases/{case.id}")
    text = client().get("/metrics").content.decode()
    assert 'route="case"' in text
    for named in ("Elena", "Alvarez", "p1", case.id):
        assert named not in text


def test_figures_are_for_this_machine_or_who_holds_the_token(client: Callable[..., Any]) -> None:
    assert client().get("/metrics").status_code == 200
    assert client(**ELSEWHERE).get("/metrics").status_code == 403
    for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
        assert client(headers={name: "1.2.3.4"}).get("/metrics").status_code == 403, name
    bearer = {"Authorization": "Bearer a long enough token"}
    assert client(headers=bearer, **ELSEWHERE).get("/metrics").status_code == 403
    assert client(headers={"Authorization": "Bearer "}, **ELSEWHERE).get(
        "/metrics").status_code == 403  # fmt: skip
    with override_settings(LANEFLOW_METRICS_TOKEN="a long enough token"):
        assert client(headers=bearer, **ELSEWHERE).get("/metrics").status_code == 200
        wrong = {"Authorization": "Bearer another token"}
        assert client(headers=wrong, **ELSEWHERE).get("/metrics").status_code == 403


def test_figures_are_not_counted_again_for_each_scrape(
    client: Callable[..., Any], app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    client().get("/metrics")
    monkeypatch.setattr(probes, "FRESH", 60.0)
    counted: list[int] = []
    monkeypatch.setattr(probes, "vitals", lambda app: counted.append(1))
    client().get("/metrics")
    client().get("/metrics")
    assert not counted
