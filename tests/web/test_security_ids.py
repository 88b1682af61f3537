"""Numbers and names of what is somebody else's, put where one's own belongs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from laneflow.accounts.emergency import open_in_emergency
from laneflow.accounts.models import Account, Emergency
from laneflow.engine.state import Case, Event
from laneflow.web import jobs
from laneflow.web.pages.lanes.planned import KIND
from laneflow.work.app import App
from laneflow.work.take_in import take_in
from patience import wait_for

from .case_scenes import discharged, now, text

Client = Callable[..., Any]

NONE = (
    "do-0", "DO-", "0", "-1", "do", "%25", "' OR 1=1 --", "do-*", "\u202e", "a" * 2_000, "..",
    "%00", "do-23n6dj3eo6is%00", "do-23n6dj3eo6is ", "None", "{id}",
)  # fmt: skip
"""What is no case's number."""


@pytest.fixture
def elsewhere(app: App) -> Case:
    """A case of Riverside's, which Ana of Maple Street does not see."""
    return discharged(app, "p9", location="riverside", patient__last_name="Hidden")


@pytest.mark.parametrize("end", ["", "/why", "/letter", "/script", "/together"])
def test_only_a_cases_whole_number_finds_it(app: App, client: Client, end: str) -> None:
    case = discharged(app)
    ana = client("ana")
    for said in (*NONE, case.id[:-1], case.id.upper(), f"{case.id}x"):
        answer = ana.get(f"/cases/{said}{end}")
        assert answer.status_code == (400 if "%00" in said else 404), said
        assert "Traceback" not in answer.content.decode()


@pytest.mark.parametrize(
    "end", ["note", "done", "snooze", "assign", "item", "event", "promise", "close", "confirm",
            "take", "answer", "hand-on", "together"],
)  # fmt: skip
def test_nothing_is_done_to_a_case_one_does_not_see(
    app: App, client: Client, elsewhere: Case, end: str
) -> None:
    form = {
        "seen": str(elsewhere.seq), "outcome": "no answer", "channel": "phone", "task": "main",
        "person": "ana", "owner": "ana", "claim": "1", "type": "patient.called",
        "state": "received",
    }  # fmt: skip
    ana = client("ana")
    for headers in ({}, {"HX-Request": "true"}):
        answer = ana.post(f"/cases/{elsewhere.id}/{end}", form, headers=headers)
        assert answer.status_code == 403
        assert "Hidden" not in text(answer)
        assert ana.post(f"/cases/{elsewhere.id[:-1]}/{end}", form).status_code == 404
    assert now(app, elsewhere) == elsewhere


def test_a_call_for_several_reasons_is_written_on_no_case_of_anybody_else(
    app: App, client: Client, elsewhere: Case
) -> None:
    mine = discharged(app)
    form = {
        "outcome": "no answer", "channel": "phone", f"{elsewhere.id}.about": "1",
        f"{elsewhere.id}.seen": str(elsewhere.seq),
    }  # fmt: skip
    answer = client("ana").post(f"/cases/{mine.id}/together", form)
    assert answer.status_code == 422
    assert "Hidden" not in text(answer)
    assert (now(app, mine), now(app, elsewhere)) == (mine, elsewhere)


def test_a_preview_shows_no_case_of_another_location(
    app: App, client: Client, elsewhere: Case
) -> None:
    answer = client("lee").post("/lanes/preview/discharge/first-call", {"case": elsewhere.id})
    assert answer.status_code == 422
    assert "Hidden" not in text(answer)


def test_lists_and_files_are_narrowed_to_ones_own_whatever_is_asked(
    app: App, client: Client, elsewhere: Case
) -> None:
    for who, where in (
        ("ana", "/?whose=all&location=riverside"), ("ana", "/?whose=ben"), ("ana", "/?tab=closed"),
        ("ana", "/cases?location=riverside"), ("ana", "/cases?owner=ben"),
        ("ana", "/escalations?all=1"), ("ana", f"/cases?after=0.{elsewhere.id}"),
        ("lee", "/cases.csv?location=riverside"), ("lee", "/cases.csv?location=*"),
        ("lee", "/today?location=riverside"),
    ):  # fmt: skip
        page = client(who).get(where).content.decode()
        assert "Hidden" not in page, where
        assert elsewhere.id not in page.replace(where, ""), where


def test_an_event_of_another_location_is_not_placed(app: App, client: Client) -> None:
    at = app.clock.now()
    said = {"patient.first_name": "Max", "patient.last_name": "Hidden", "location": "riverside",
            "referral.specialty": "cardiology"}  # fmt: skip
    take_in(app, [Event("nokey", "fax", "referral.received", at, "p9", said, at)])
    mine = discharged(app)
    ana = client("ana")
    assert "Hidden" not in text(ana.get("/unplaced"))
    for what in ("attach", "open", "dismiss"):
        form = {"source": "fax", "id": "nokey", "case": mine.id, "reason": "no", "lane": mine.lane}
        answer = ana.post(f"/unplaced/{what}", form)
        assert answer.status_code == 422
        assert "Hidden" not in text(answer)
    assert len(list(app.store.unplaced())) == 1


def test_an_emergency_of_another_location_is_not_looked_at(
    app: App, client: Client, elsewhere: Case
) -> None:
    ana = Account.objects.get(username="ana")
    made = open_in_emergency(app, ana, elsewhere, "She is on the line and cannot wait")
    lee = client("lee")
    lee.post("/emergencies", {"id": str(made.pk)})
    assert Emergency.objects.get(pk=made.pk).seen_by == ""
    assert elsewhere.id not in lee.get("/emergencies").content.decode()


@pytest.fixture
def job(app: App) -> jobs.Job:
    """A plan of Lee's."""
    begun = jobs.begin(KIND, Account.objects.get(username="lee").pk, lambda job: "a plan")
    wait_for(lambda: begun.finished)
    return begun


def test_a_plan_is_whose_it_is(client: Client, job: jobs.Job) -> None:
    dana = Account.objects.get(username="dana")
    assert jobs.found(job.id, KIND, dana.pk) is None
    answer = client("dana").post("/publish", {"plan": job.id, "why": "mine now"}, follow=True)
    assert "not kept any more" in text(answer)
    client("dana").post("/plan", {"do": "stop"})
    assert jobs.found(job.id, KIND, job.account) is job


@pytest.mark.parametrize("number", ["0", "999", "1" * 30])
def test_a_release_that_is_none(client: Client, number: str) -> None:
    lee = client("lee")
    assert lee.get(f"/history/{number}").status_code == 404
    assert lee.get(f"/history/{number}/files/practice.yaml").status_code == 404
    assert lee.post(f"/history/{number}/rollback").status_code in (302, 404)
    assert "Traceback" not in lee.get("/plan").content.decode()


@pytest.mark.parametrize(
    "file", ["../practice.yaml", "/etc/passwd", "lanes/../practice.yaml",
             ".laneflow/laneflow.sqlite3", "practice.yaml\r\nX: 1"],
)  # fmt: skip
def test_a_release_has_no_other_files(client: Client, file: str) -> None:
    answer = client("lee").get(f"/history/1/files/{file}")
    assert answer.status_code in (301, 404)


def test_a_files_name_breaks_no_header(client: Client) -> None:
    answer = client("lee").get("/history/1/files/lanes/discharge-outreach.yaml")
    kept = answer["Content-Disposition"]
    assert kept == 'attachment; filename="release-1-lanes-discharge-outreach.yaml"'
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_nobody_ends_anothers_sessions(app: App, client: Client) -> None:
    from allauth.usersessions.models import UserSession

    inside = client("ben")
    inside.get("/")
    theirs = [str(one.pk) for one in UserSession.objects.all()]
    client("ana").post("/account/sessions/", {"session": theirs, "id": theirs, "pk": theirs})
    assert inside.get("/").status_code == 200


def test_nobody_takes_anothers_security_key(client: Client) -> None:
    from allauth.mfa.models import Authenticator

    ben = Account.objects.get(username="ben")
    key = Authenticator.objects.create(user=ben, type=Authenticator.Type.WEBAUTHN, data={})
    ana = client("ana")
    where = "/account/second-factor/webauthn/keys"
    ana.post(f"{where}/{key.pk}/remove/")
    ana.post(f"{where}/{key.pk}/edit/", {"name": "mine"})
    assert Authenticator.objects.filter(pk=key.pk, user=ben).exists()


def test_a_managers_word_counts_at_their_own_location_only(app: App, client: Client) -> None:
    before = app.store.released()
    for what in ("call-off", "leave", "hours", "most", "left", "back", "comes", "no-leave"):
        form = {"first": "2026-09-15", "last": "2026-09-16", "most": "1", "sure": "1",
                "location": "riverside", "hours": "Mo 08:00-09:00"}  # fmt: skip
        assert client("lee").post(f"/people/ben/{what}", form).status_code == 403
    assert app.store.released() == before
