"""Plan, publish and roll back from the pages: what was seen is what goes live, or nothing does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from laneflow.web import jobs
from laneflow.web.pages.lanes import publishing
from laneflow.work import drafts
from laneflow.work.app import App
from laneflow.work.publishing import propose
from laneflow.work.publishing import publish as publish_now
from patience import wait_for

from .case_scenes import discharges

Client = Callable[..., Any]
LANE = "lanes/discharge-outreach.yaml"


def edit(app: App, old: str, new: str, name: str = LANE) -> None:
    draft = drafts.opened(app.folder, name)
    assert old in draft.text
    drafts.save(app.folder, name, draft.text.replace(old, new), draft.digest)


def renamed(app: App) -> None:
    """The status cases are in gets another name: they move."""
    first = app.loaded.lanes["discharge-outreach"].first_status
    text = drafts.opened(app.folder, LANE).text
    edit(app, f"\n  {first}:\n", f"\n  ring:\n    was: [{first}]\n")
    text = drafts.opened(app.folder, LANE).text
    for mention in (
        f"[{first},",
        f", {first},",
        f", {first}]",
        f"[{first}]",
        f": {first}}}",
        f": {first},",
    ):
        text = text.replace(mention, mention.replace(first, "ring"))
    text = text.replace("was: [ring]", f"was: [{first}]")
    drafts.save(app.folder, LANE, text, drafts.opened(app.folder, LANE).digest)
    tests = app.folder / "lanes" / "tests" / "discharge-outreach.yaml"
    tests.write_text(tests.read_text().replace(first, "ring"))


def worked_out(client: Any, address: str = "/plan") -> str:
    """The plan's page once it is worked out."""
    assert client.post(address).status_code == 302
    return settled(client)


def settled(client: Any, address: str = "/plan") -> str:
    wait_for(lambda: "Working it out" not in client.get(address).content.decode())
    return str(client.get(address).content.decode())


def plan_id(page: str) -> str:
    return page.split('name="plan" value="')[1].split('"')[0]


def test_the_plan_tells_what_happens_to_whom(app: App, client: Client) -> None:
    discharges(app)
    renamed(app)
    page = worked_out(client("lee"))
    assert "3 of 3 open cases would be changed" in page
    assert "Moved to another status" in page
    case = next(iter(app.store.cases()))
    assert f'/cases/{case.id}"' in page
    assert "Elena0 Alvarez" in page
    assert "Make it live" not in page
    shown = [row for row in app.store.audited() if row["what"] == "view"]
    assert shown[-1]["by"] == "lee"
    assert app.store.released() == 1


def test_cases_out_of_sight_are_counted_not_named(app: App, client: Client) -> None:
    discharges(app, 2, "main")
    discharges(app, 2, "riverside")
    renamed(app)
    page = worked_out(client("dana"))  # Riverside's manager
    assert "4 of 4 open cases" in page
    for case in app.store.cases():
        assert (case.id in page) == (case.location == "riverside")
    assert "and 2 more" in page


def test_what_was_planned_is_published_and_cases_move(app: App, client: Client) -> None:
    discharges(app)
    renamed(app)
    lee = client("lee")
    page = worked_out(lee)
    unsaid = lee.post("/publish", {"plan": plan_id(page), "why": "  "})
    assert unsaid.status_code == 422
    assert app.store.released() == 1
    answer = lee.post("/publish", {"plan": plan_id(page), "why": "A better word"})
    assert answer.headers["Location"] == "/history/2"
    release = app.store.releases()[0]
    assert (release.by, release.why) == ("lee", "A better word")
    told = lee.get("/history/2").content.decode()
    assert "A better word" in told
    assert "+  ring:" in told
    assert "A better word" in lee.get("/history").content.decode()
    from laneflow.work.due import tick

    tick(app)
    assert {case.status for case in app.store.cases()} == {"ring"}


def test_an_edit_made_since_is_not_published_unseen(app: App, client: Client) -> None:
    edit(app, "title: Discharge outreach", "title: Home safe")
    lee = client("lee")
    page = worked_out(lee)
    edit(app, "title: Home safe", "title: Something else")
    answer = lee.post("/publish", {"plan": plan_id(page), "why": "x"}, follow=True)
    assert "changed since this plan was made" in answer.content.decode()
    assert app.store.released() == 1
    assert "Something else" in settled(lee)  # the new plan


def test_somebody_elses_release_is_not_undone_unseen(app: App, client: Client) -> None:
    edit(app, "title: Discharge outreach", "title: Home safe")
    lee = client("lee")
    page = worked_out(lee)
    publish_now(app, propose(app), by="dana", why="mine first")
    lee.post("/publish", {"plan": plan_id(page), "why": "x"})
    assert [release.by for release in app.store.releases()] == ["dana", "first start"]


def test_a_plan_is_its_askers_own(app: App, client: Client) -> None:
    edit(app, "title: Discharge outreach", "title: Home safe")
    page = worked_out(client("lee"))
    answer = client("dana").post("/publish", {"plan": plan_id(page), "why": "x"}, follow=True)
    assert "not kept any more" in answer.content.decode()
    assert app.store.released() == 1


def test_errors_refuse_with_the_fix_and_a_way_there(app: App, client: Client) -> None:
    edit(app, "queue: ", "quee: ")
    page = worked_out(client("lee"))
    assert "unknown entry &quot;quee&quot;" in page
    assert f"/edit/file/{LANE}?line=" in page
    assert 'name="why"' not in page


def test_failing_lane_tests_are_passed_over_only_when_said(app: App, client: Client) -> None:
    tests = app.folder / "lanes" / "tests" / "discharge-outreach.yaml"
    tests.write_text(tests.read_text().replace("closed: completed", "closed: unsuccessful", 1))
    edit(app, "title: Discharge outreach", "title: Home safe")
    lee = client("lee")
    page = worked_out(lee)
    assert 'name="untested"' in page
    assert 'name="force"' not in page
    refused = lee.post("/publish", {"plan": plan_id(page), "why": "now"})
    assert refused.status_code == 422
    assert 'value="now"' in refused.content.decode()
    lee.post("/publish", {"plan": plan_id(page), "why": "now", "untested": "on"})
    assert app.store.releases()[0].why.startswith("now [in spite of: ")


def test_too_much_at_once_is_forced_only_when_said(app: App, client: Client) -> None:
    limits = "publishing: {at_once: {escalations: 1, contacts: 1}}\nname: Maple Street"
    edit(app, "name: Maple Street Family", f"{limits} Family", "practice.yaml")
    publish_now(app, propose(app), by="lee", why="limits")
    discharges(app, 4, complexity="low")  # due tomorrow
    edit(app, "high: 1 business day, routine", "high: same day, routine")
    lee = client("lee")
    page = worked_out(lee)
    assert 'name="force"' in page
    assert "--force" not in page
    given = {"plan": plan_id(page), "why": "now"}
    assert lee.post("/publish", given).status_code == 422
    given |= {"force": "on", "untested": "on"}
    assert lee.post("/publish", given).status_code == 302
    assert "too-much-at-once" in app.store.releases()[0].why


def test_a_former_release_comes_back_with_its_files(app: App, client: Client) -> None:
    before = drafts.opened(app.folder, LANE).text
    edit(app, "title: Discharge outreach", "title: Home safe")
    publish_now(app, propose(app), by="lee", why="new name")
    lee = client("lee")
    page = worked_out(lee, "/history/1/rollback")
    assert "Make release 1 live again" in page
    answer = lee.post("/publish", {"plan": plan_id(page), "why": "the old name", "files": "on"})
    assert answer.headers["Location"] == "/history/3"
    assert app.loaded.lanes["discharge-outreach"].title == "Discharge outreach"
    assert drafts.opened(app.folder, LANE).text == before
    assert "(back to release 1)" in app.store.releases()[0].why


def test_releases_are_compared_and_their_files_kept(app: App, client: Client) -> None:
    for title in ("One", "Two"):
        old = app.loaded.lanes["discharge-outreach"].title
        edit(app, f"title: {old}", f"title: {title}")
        publish_now(app, propose(app), by="lee", why=title)
    lee = client("lee")
    assert "-title: One" in lee.get("/history/3").content.decode()
    assert "-title: Discharge outreach" in lee.get("/history/3?against=1").content.decode()
    file = lee.get(f"/history/2/files/{LANE}")
    assert b"title: One" in file.content
    assert file["Content-Disposition"].startswith("attachment")
    assert lee.get("/history/9").status_code == 404
    assert lee.get("/history/2/files/../practice.yaml").status_code == 404


def test_a_plan_is_given_up(app: App, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    began = []

    def endless(app: App, account: Any, job: jobs.Job, to: int | None) -> None:
        began.append(job)
        while True:
            job.say("Still at it")
            time.sleep(0.01)

    monkeypatch.setattr(publishing, "work_out", endless)
    lee = client("lee")
    lee.post("/plan")
    wait_for(lambda: began)
    assert "Working it out" in lee.get("/plan").content.decode()
    assert "Working it out" not in client("dana").get("/plan").content.decode()
    lee.post("/plan", {"do": "stop"})
    wait_for(lambda: began[0].finished)
    assert "Working it out" not in lee.get("/plan").content.decode()


def test_work_that_fails_says_so_without_saying_what(
    app: App, client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("Elena Alvarez")

    monkeypatch.setattr(publishing, "work_out", broken)
    page = worked_out(client("lee"))
    assert "Something went wrong on our side" in page
    assert "Elena" not in page
    assert "Elena" not in "".join(capsys.readouterr())


def test_work_lost_with_a_restart_is_told(app: App, client: Client) -> None:
    answer = client("lee").get("/plan", headers={"X-Laneflow-Poll": "1", "HX-Request": "true"})
    assert "The work was lost" in answer.content.decode()


def test_a_lane_is_tested_and_proven(app: App, client: Client) -> None:
    lee = client("lee")
    assert lee.post("/lanes/telehealth-readiness/try").status_code == 302
    page = settled(lee, "/lanes/telehealth-readiness/try")
    assert "Proven: no case of this lane can be forgotten." in page
    assert "passed" in page
    assert ">failed<" not in page
