"""Emergency access: a stated reason opens one case for an hour, and the manager sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from laneflow.accounts.emergency import emergencies, mark_seen
from laneflow.accounts.models import Account, Emergency
from laneflow.work.app import App
from laneflow.work.clock import HOUR, MINUTE, FixedClock

from .case_scenes import discharged

Client = Callable[..., Any]
WHY = "Covering for Maple Street tonight, she is on the line"


@pytest.fixture
def case(app: App) -> str:
    """A case at Maple Street, where ben of Riverside does not work."""
    return discharged(app).id


def audited(app: App) -> list[dict[str, Any]]:
    return [row for row in app.store.audited() if row["what"].startswith("emergency")]


def test_a_case_elsewhere_offers_emergency_access_and_tells_nothing(
    client: Client, case: str
) -> None:
    answer = client("ben").get(f"/cases/{case}")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert f'action="/cases/{case}/emergency"' in page
    assert "Elena" not in page
    assert "Alvarez" not in page


def test_a_reason_opens_the_case_for_an_hour(
    app: App, client: Client, case: str, clock: FixedClock
) -> None:
    ben = client("ben")
    answer = ben.post(f"/cases/{case}/emergency", {"reason": WHY})
    assert (answer.status_code, answer["Location"]) == (303, f"/cases/{case}")
    assert ben.get(f"/cases/{case}").status_code == 200
    for _ in range(5):
        clock.at += 10 * MINUTE
        assert ben.get(f"/cases/{case}").status_code == 200
    clock.at += 10 * MINUTE
    assert ben.get(f"/cases/{case}").status_code == 403
    (row,) = audited(app)
    assert (row["by"], row["object"]) == ("ben", f"case {case}")
    assert json.loads(row["detail"]) == {"reason": WHY, "location": "main"}


def test_it_opens_for_nobody_else(client: Client, case: str) -> None:
    client("ben").post(f"/cases/{case}/emergency", {"reason": WHY})
    assert client("dana").get(f"/cases/{case}").status_code == 403


@pytest.mark.parametrize("reason", ["", "urgent", "   x    x   ", "\n" * 40])
def test_without_a_reason_it_stays_closed(app: App, client: Client, case: str, reason: str) -> None:
    ben = client("ben")
    answer = ben.post(f"/cases/{case}/emergency", {"reason": reason})
    assert answer.status_code == 422
    assert "too short to be a reason" in answer.content.decode()
    assert ben.get(f"/cases/{case}").status_code == 403
    assert not audited(app)


def test_nothing_but_the_reason_is_taken_from_the_form(
    client: Client, case: str, clock: FixedClock
) -> None:
    form = {"reason": WHY, "until": "2099-01-01", "account": "1", "seen_by": "lee", "case": "x"}
    client("ben").post(f"/cases/{case}/emergency", form)
    made = Emergency.objects.get()
    assert (made.account.username, made.case, made.seen_by) == ("ben", case, "")
    assert made.until.timestamp() * 1000 == clock.at + HOUR


@pytest.mark.parametrize(
    ("username", "status"), [("olga", 403), ("aldo", 303), ("ana", 303), ("", 302)]
)
def test_who_may(client: Client, case: str, username: str, status: int) -> None:
    """Operations see no patient whatever they say; who sees the case anyway needs no emergency."""
    answer = client(username).post(f"/cases/{case}/emergency", {"reason": WHY})
    assert answer.status_code == status
    assert not Emergency.objects.exists()


def test_there_is_no_emergency_without_a_case(client: Client, case: str) -> None:
    for id in ("nothing", case[:8]):
        answer = client("ben").post(f"/cases/{id}/emergency", {"reason": WHY})
        assert answer.status_code == 404


def test_a_reason_is_text_wherever_it_is_shown(client: Client, case: str) -> None:
    answer = client("ben").post(f"/cases/{case}/emergency", {"reason": "<b>x</b>"})
    assert "<b>x</b>" not in answer.content.decode()


def test_the_manager_of_the_location_sees_it_and_says_so(
    app: App, client: Client, case: str, clock: FixedClock
) -> None:
    client("ben").post(f"/cases/{case}/emergency", {"reason": WHY})
    assert emergencies(["riverside"], 0) == []
    (seen,) = emergencies(["main"], 0)
    assert (seen["account"], seen["case"], seen["reason"]) == ("ben", case, WHY)
    assert (seen["at"], seen["until"], seen["seen_by"]) == (clock.at, clock.at + HOUR, "")
    lee, ben = (Account.objects.get(username=name) for name in ("lee", "ben"))
    assert mark_seen(app, ben, ["main"], [seen["id"]]) == 0  # nobody looks after their own
    assert mark_seen(app, lee, ["riverside"], [seen["id"]]) == 0
    assert mark_seen(app, lee, ["main"], [seen["id"]]) == 1
    assert mark_seen(app, lee, ["main"], [seen["id"]]) == 0
    assert emergencies(["main"], 0)[0]["seen_by"] == "lee"
    assert emergencies(["main"], clock.at + 1) == []
    assert [row["what"] for row in audited(app)] == ["emergency", "emergency seen"]


def test_one_that_nobody_looked_at_stays_on_the_list(
    client: Client, case: str, clock: FixedClock
) -> None:
    client("ben").post(f"/cases/{case}/emergency", {"reason": WHY})
    assert len(emergencies(["main"], clock.at + 1000 * HOUR)) == 1
