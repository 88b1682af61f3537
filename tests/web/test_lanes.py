"""Lanes: read, edited in place, checked while they are written, previewed; what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from laneflow.lanes.load import load_lane
from laneflow.work import drafts
from laneflow.work.app import App

Client = Callable[..., Any]
LANE = "lanes/discharge-outreach.yaml"


def text_of(app: App, name: str = LANE) -> str:
    return (app.folder / name).read_text(encoding="utf-8")


def opened(app: App, name: str = LANE) -> dict[str, str]:
    """What the editor's form holds once it is opened."""
    draft = drafts.opened(app.folder, name)
    return {"file": name, "text": draft.text, "seen": draft.digest}


def shown(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


# reading -----------------------------------------------------------------------------------------


def test_the_list_has_every_lane_with_its_state(app: App, client: Client) -> None:
    page = shown(client("lee").get("/lanes"))
    for lane in app.loaded.lanes.values():
        assert lane.title in page
    assert "not live yet" not in page
    (app.folder / LANE).write_text(
        text_of(app).replace("title: Discharge", "title: Home: Discharge")
    )
    page = shown(client("lee").get("/lanes"))
    assert "edited, not live yet" in page
    assert "1 problem" in page  # a second colon: not YAML


def test_a_lane_reads_in_sentences_with_its_lines(app: App, client: Client) -> None:
    page = shown(client("lee").get("/lanes/discharge-outreach"))
    lane = app.loaded.lanes["discharge-outreach"]
    assert lane.purpose in page
    assert "first attempt" in page
    line = lane.statuses[lane.first_status].where.line  # type: ignore[union-attr]
    assert f"?line={line}#" in page


def test_what_is_live_is_shown_until_the_edits_are_asked_for(app: App, client: Client) -> None:
    (app.folder / LANE).write_text(
        text_of(app).replace("title: Discharge outreach", "title: Home safe")
    )
    live = shown(client("lee").get("/lanes/discharge-outreach"))
    assert "<h1>Discharge outreach</h1>" in live
    assert "Show the edits" in live
    assert "<h1>Home safe</h1>" in shown(client("lee").get("/lanes/discharge-outreach?as=edited"))
    # Who may not edit sees what is live, whatever they ask for.
    assert "<h1>Discharge outreach</h1>" in shown(
        client("ana").get("/lanes/discharge-outreach?as=edited")
    )


def test_the_picture_is_one_and_runs_nothing(client: Client) -> None:
    answer = client("ana").get("/lanes/discharge-outreach/diagram.svg")
    assert answer["Content-Type"].startswith("image/svg+xml")
    assert b"<svg" in answer.content
    assert "script" not in answer["Content-Security-Policy"]


def test_the_picture_is_in_the_readers_language(client: Client) -> None:
    ana = client("ana")
    ana.post("/language", {"language": "es", "next": "/"})
    picture = shown(ana.get("/lanes/discharge-outreach/diagram.svg"))
    for spanish in ("caso nuevo", "después del último intento", "al llegar", "en espera de"):
        assert spanish in picture
    assert "first call" in picture, "what the practice calls its statuses stays"
    assert "new case" not in picture


@pytest.mark.parametrize("who", ["ana", "nora", "patel", "olga", "aldo"])
@pytest.mark.parametrize(
    "address",
    ["/edit/lane/discharge-outreach", "/edit/practice",
     "/edit/script/discharge/first-call.phone.j2", "/plan", "/history",
    "/history/1", "/lanes/discharge-outreach/try",
     "/lanes/preview/discharge/first-call"],
)  # fmt: skip
def test_only_managers_edit_and_publish(client: Client, who: str, address: str) -> None:
    assert client(who).get(address).status_code == 403


def test_a_lane_is_begun_from_the_page(app: App, client: Client) -> None:
    lee = client("lee")
    given = {"name": "Ear check", "on": "visit.completed", "owner": "nurse", "title": ""}
    answer = lee.post("/lanes/new", given)
    assert answer.status_code == 302
    assert "title: Ear check" in text_of(app, "lanes/ear-check.yaml")
    assert "not live" in shown(lee.get("/lanes"))
    again = lee.post("/lanes/new", given)
    assert again.status_code == 422
    assert "is there already" in shown(again)
    assert 'value="Ear check"' in shown(again)
    assert lee.post("/lanes/new", given | {"name": "../../x"}).status_code == 422


@pytest.mark.parametrize("title", ["Ears: part 2", 'Say "ah"', "Half #1", "Yes", "100%", "C:\\x"])
def test_a_lanes_title_is_words_whatever_they_are(app: App, client: Client, title: str) -> None:
    given = {"name": "ear-check", "on": "visit.completed", "owner": "nurse", "title": title}
    assert client("lee").post("/lanes/new", given).status_code == 302
    lane, problems = load_lane(
        text_of(app, "lanes/ear-check.yaml"), "lanes/ear-check.yaml", app.loaded.practice
    )
    assert lane is not None
    assert (lane.title, problems) == (title, [])


def test_a_script_that_nests_deeper_than_anybody_reads_is_told_not_failed_on(
    app: App, client: Client
) -> None:
    text = "{{ " + "1+" * 2_000 + "1 }}"
    form = {"file": "scripts/barrier/coverage.phone.j2", "text": text}
    answer = client("lee").post("/edit/check", form)
    assert answer.status_code == 200
    assert "nests too deep" in answer.json()["html"]


# editing -----------------------------------------------------------------------------------------


def test_saving_writes_the_file_and_nothing_is_live(app: App, client: Client) -> None:
    (app.folder / LANE).chmod(0o640)
    before = app.store.released()
    form = opened(app)
    changed = form["text"].replace("title: Discharge outreach", "title: Safe at home")
    answer = client("lee").post(
        "/edit/lane/discharge-outreach",
        form | {"text": changed.replace("\n", "\r\n"), "do": "save"},
    )
    assert answer.status_code == 302
    assert text_of(app) == changed
    assert (app.folder / LANE).stat().st_mode & 0o777 == 0o640
    assert app.store.released() == before
    assert app.loaded.lanes["discharge-outreach"].title == "Discharge outreach"
    edits = [row for row in app.store.audited() if row["what"] == "edit"]
    assert [(row["by"], row["object"]) for row in edits] == [("lee", LANE)]


def test_what_somebody_else_saved_is_not_overwritten(app: App, client: Client) -> None:
    mine = opened(app)
    theirs = mine["text"].replace("title: Discharge outreach", "title: Theirs")
    (app.folder / LANE).write_text(theirs)
    mine["text"] = mine["text"].replace("title: Discharge outreach", "title: Mine")
    answer = client("lee").post("/edit/lane/discharge-outreach", mine | {"do": "save"})
    page = shown(answer)
    assert answer.status_code == 409
    assert text_of(app) == theirs
    assert "-title: Theirs" in page
    assert "+title: Mine" in page
    assert "title: Mine" in page.split("<textarea")[1]
    # They have seen both, and decide for theirs.
    again = re.search(r'name="seen" value="(\w+)"', page)
    assert again is not None
    client("lee").post(
        "/edit/lane/discharge-outreach", mine | {"seen": again.group(1), "do": "save"}
    )
    assert "title: Mine" in text_of(app)


def test_without_javascript_check_shows_what_is_wrong_and_keeps_the_text(
    app: App, client: Client
) -> None:
    form = opened(app)
    form["text"] = form["text"].replace("queue: ", "quee: ", 1)
    page = shown(client("lee").post("/edit/lane/discharge-outreach", form | {"do": "check"}))
    assert "unknown entry &quot;quee&quot;" in page
    assert "quee: " in page.split("<textarea")[1]
    assert "quee: " not in text_of(app)


def test_the_live_check_tells_lines_and_saves_nothing(app: App, client: Client) -> None:
    form = opened(app)
    wrong = form["text"].replace("queue: ", "quee: ", 1)
    line = wrong[: wrong.index("quee:")].count("\n") + 1
    told = client("lee").post("/edit/check", form | {"text": wrong}).json()
    assert [mark["line"] for mark in told["marks"] if "quee" in mark["text"]] == [line]
    assert f'data-line="{line}"' in told["html"]
    assert client("lee").post("/edit/check", form).json()["marks"] == []
    assert text_of(app) == form["text"]


def test_a_name_missing_elsewhere_is_told_as_elsewhere(app: App, client: Client) -> None:
    form = opened(app, "practice.yaml")
    form["text"] = form["text"].replace("\n  clinical now:", "\n  clinical soon:", 1)
    told = client("lee").post("/edit/check", form).json()
    assert "In other files" in told["html"]
    assert "clinical now" in told["html"]


def test_a_script_is_linted_as_it_is_written(app: App, client: Client) -> None:
    name = "scripts/discharge/first-call.phone.j2"
    form = opened(app, name)
    assert client("lee").post("/edit/check", form).json()["marks"] == []
    form["text"] = form["text"].replace("{% block", "{{ patient.frist_name }}{% block", 1)
    told = client("lee").post("/edit/check", form).json()
    assert any("patient.frist_name" in mark["text"] for mark in told["marks"])


def test_edits_are_thrown_away_and_kept_aside(app: App, client: Client) -> None:
    live = text_of(app)
    (app.folder / LANE).write_text("title: gone wrong\n")
    form = opened(app)
    answer = client("lee").post("/edit/discard", {"file": LANE, "seen": "0" * 64}, follow=True)
    assert "somebody else changed this file" in shown(answer)
    client("lee").post("/edit/discard", {"file": LANE, "seen": form["seen"]})
    assert text_of(app) == live
    kept = list((app.folder / ".laneflow" / "replaced").rglob("discharge-outreach.yaml"))
    assert [file.read_text() for file in kept] == ["title: gone wrong\n"]


def test_a_file_that_was_never_live_is_taken_away(app: App, client: Client) -> None:
    name = "scripts/discharge/first-call.fax.j2"
    client("lee").post(
        f"/edit/script/{name.removeprefix('scripts/')}", {"text": "Hello", "seen": "", "do": "save"}
    )
    assert text_of(app, name) == "Hello"
    client("lee").post("/edit/discard", {"file": name, "seen": opened(app, name)["seen"]})
    assert not (app.folder / name).exists()


# completion --------------------------------------------------------------------------------------


def words(client: Any, text: str, name: str = LANE) -> list[str]:
    """What is offered at the ``|``."""
    before = text[: text.index("|")]
    asked = {
        "file": name, "text": text.replace("|", "", 1), "line": before.count("\n") + 1,
        "column": len(before.rsplit("\n", 1)[-1]),
    }  # fmt: skip
    return [each["word"] for each in client.post("/edit/words", asked).json()["words"]]


def test_keys_facts_and_names_are_offered_where_they_belong(client: Client) -> None:
    lee = client("lee")
    assert {"title:", "statuses:"} <= set(words(lee, "|"))
    assert {"patient.language:", "tier:", "any:"} <= set(words(lee, "moves:\n  - {to: a, when: {|"))
    assert words(lee, "moves:\n  - {to: a, when: {tier: |") == ["urgent", "high", "routine"]
    assert "encounter.discharged" in words(lee, "opens:\n  - on: |")
    assert "nurse" in words(lee, "owner: {role: |")
    assert words(lee, "statuses:\n  a:\n  b:\nmoves:\n  - {to: |") == ["a", "b"]
    assert "discharge/first-call" in words(lee, "statuses:\n  a:\n    task:\n      script: |")
    assert "clinical now" in words(lee, "escalations:\n  - {id: x, ladder: |")
    assert "2 business days" in words(lee, "again_after: |")
    assert {"first_attempt", "mine"} <= set(
        words(lee, "windows:\n  mine: 1 day\nstatuses:\n  a:\n    task: {due: |")
    )
    assert "ana" in words(lee, "on_call: |", "practice.yaml")
    assert "patient.first_name" in words(lee, "Hello {{ |", "scripts/discharge/first-call.phone.j2")


# preview -----------------------------------------------------------------------------------------


def test_a_script_sounds_as_it_is_edited(app: App, client: Client) -> None:
    page = shown(client("lee").get("/lanes/preview/discharge/first-call?channel=phone&language=es"))
    assert 'lang="es"' in page
    form = opened(app, "scripts/discharge/first-call.phone.j2")
    form["text"] = form["text"].replace("{% block reason %}", "{% block reason %}Zanzibar. ", 1)
    assert "Zanzibar" in form["text"]
    assert "Zanzibar" in shown(client("lee").post("/lanes/preview/discharge/first-call", form))
    assert "Zanzibar" not in text_of(app, form["file"])
