"""People: who is away and who stands in; changes shown before they are made, and live at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from msgspec.structs import replace

import busy_day
from laneflow.accounts import logins
from laneflow.metrics.people import moves, roster
from laneflow.metrics.queue.rows import queue
from laneflow.store.wanted import Wanted
from laneflow.work import people
from laneflow.work.app import App
from laneflow.work.clock import FixedClock
from laneflow.work.due import catch_up
from web_cast import PASSWORD

Client = Callable[..., Any]
MONDAY = date(2026, 9, 14)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def ask(client: Any, address: str, **given: str) -> Any:
    return client.post(f"/people/{address}", given)


def do(client: Any, address: str, **given: str) -> Any:
    answer = ask(client, address, sure="1", **given)
    assert answer.status_code == 303, text_of(answer)[:2000]
    return client.get(answer["Location"])


def doers(app: App, owner: str) -> set[str]:
    rows = queue(app.store, app.live, app.clock.now())
    return {row["doer"] for row in rows if row["owner"] == owner and row["key"] == "main"}


def test_a_call_off_is_shown_first_and_then_others_do_the_work(app: App, client: Client) -> None:
    busy_day.fill(app)
    lee = client("lee")
    assert "ana" in doers(app, "ana")
    before = app.release

    shown = text_of(ask(lee, "ana/call-off"))
    assert "Ana Torres called off 2026-09-14" in shown
    told = re.search(r"(\d+) tasks are done by others: (.*?) \.", shown)
    assert told is not None, shown[:3000]
    assert app.store.released() == before, "nothing is done before it is confirmed"

    assert "It holds from now on" in text_of(do(lee, "ana/call-off"))
    assert "ana" not in doers(app, "ana")
    page = text_of(lee.get("/people"))
    assert "Ana Torres called off" in page
    assert told[0] in page, "who stands in now is who was said to"
    assert "called off" in text_of(lee.get("/people/ana"))

    do(lee, "ana/comes", first="2026-09-14")
    assert "ana" in doers(app, "ana")
    assert "Everybody who works today is here" in text_of(lee.get("/people"))


def test_who_it_moves_to_is_who_does_it_then(app: App, client: Client) -> None:
    busy_day.fill(app)
    at = app.clock.now()
    change = people.call_off(app.loaded.practice.people["ana"], MONDAY)
    after = people.proposed(app, change).edited.loaded.practice
    told = moves(app.store, app.live, app.loaded.practice, after, "ana", at)
    counted = _by_doer(app, "ana")
    people.make(app, change, by="lee")
    now = _by_doer(app, "ana")
    assert told.moved == counted["ana"] > 0
    assert dict(told.to) == {who: n for who, n in now.items() if who != "ana"}


def _by_doer(app: App, holder: str) -> dict[str, int]:
    """Who does what is in somebody's own queue."""
    tasks = {row["task"] for row in app.store.tasks(holder=holder)}
    rows = queue(app.store, app.live, app.clock.now())
    found: dict[str, int] = {}
    for row in rows:
        if row["task"] in tasks:
            found[row["doer"]] = found.get(row["doer"], 0) + 1
    return found


def test_leave_hours_and_the_most_tasks(app: App, client: Client) -> None:
    lee = client("lee")
    page = text_of(do(lee, "will/leave", first="2026-10-01", last="2026-10-02"))
    assert "1 October 2026 – 2 October 2026" in page
    assert app.loaded.practice.people["will"].leave == (("2026-10-01", "2026-10-02"),)
    do(lee, "will/no-leave", first="2026-10-01", last="2026-10-02")
    do(lee, "will/most", most="80")
    do(lee, "will/hours", location="main", hours="Mo-Th 08:00-16:00")
    will = app.loaded.practice.people["will"]
    assert (will.leave, will.most_open_tasks) == ((), 80)
    assert {shift[0] for shift in will.shifts} == {0, 1, 2, 3}
    text = (app.folder / "practice.yaml").read_text()
    assert "works: {main: Mo-Th 08:00-16:00}" in text
    who_did_what = [(release.by, release.why) for release in app.store.releases(limit=2)]
    assert who_did_what[0] == ("lee", "Will Hayes works at main: Mo-Th 08:00-16:00")


def test_what_is_wrong_is_said_beside_its_field_and_nothing_changes(
    app: App, client: Client
) -> None:
    lee, before = client("lee"), app.release
    for address, given, said in (
        ("ana/leave", {"first": "2026-10-02", "last": "2026-10-01"}, "the last day is before"),
        ("ana/leave", {"first": "soon", "last": "2026-10-01"}, "there is no such day"),
        ("ana/leave", {"first": "9999-12-31", "last": "9999-12-31"}, "there is no such day"),
        ("ana/most", {"most": "many"}, "this is not a number"),
        ("ana/most", {"most": "0"}, "this is not from 1 to 100,000"),
        ("ana/hours", {"location": "main", "hours": "whenever"}, "these hours cannot be read"),
        ("ana/hours", {"location": "riverside", "hours": "Mo 08:00-09:00"}, "not one of your"),
        ("lee/left", {}, "Jordan Lee is not active any more"),
    ):
        answer = ask(lee, address, sure="1", **given)
        assert (answer.status_code, said in text_of(answer)) == (422, True), address
        for value in given.values():
            assert address == "ana/hours" or value in answer.content.decode()
    assert app.store.released() == before


def test_only_managers_and_only_of_the_persons_location(app: App, client: Client) -> None:
    assert [client(who).get("/people").status_code for who in ("ana", "nora", "olga", "lee")] == [
        403, 403, 403, 200,
    ]  # fmt: skip
    assert ask(client("ana"), "will/call-off", sure="1").status_code == 403
    assert ask(client("lee"), "ben/call-off", sure="1").status_code == 403, "works at Riverside"
    assert ask(client("dana"), "ben/call-off").status_code == 200
    assert ask(client("lee"), "nobody/call-off").status_code == 404
    assert ask(client("lee"), "ana/promote").status_code == 404
    assert client("lee").get("/people/ben").status_code == 200
    assert app.loaded.practice.people["ben"].call_offs == ()


def test_a_page_asked_by_mouse_alone_changes_nothing(app: App, client: Client) -> None:
    assert client("lee").get("/people/ana/call-off").status_code == 405


def test_a_week_with_leave_a_holiday_and_lunch(app: App, clock: FixedClock) -> None:
    """Labor Day closes; Pam is on leave in the week of the 21st; lunch is not worked."""
    practice = app.loaded.practice
    labor = {row["person"].id: row for row in _roster(app, date(2026, 9, 7))}
    assert labor["ana"]["minutes"] == 4 * (9 * 60 - 30)
    assert labor["ana"]["days"][0]["closed"]
    leave = {row["person"].id: row for row in _roster(app, date(2026, 9, 21))}
    assert leave["pam"]["minutes"] == 0
    assert [day["away"] for day in leave["pam"]["days"]] == ["leave"] * 5 + ["", ""]
    assert leave["rosa"]["places"] == ("main", "riverside")
    assert list(leave) == list(practice.people)


def _roster(app: App, monday: date) -> list[dict[str, Any]]:
    return roster(app.loaded.practice, {}, app.clock.now(), monday)


def test_a_broken_folder_is_told_and_holds_nothing_back(app: App, client: Client) -> None:
    file = app.folder / "practice.yaml"
    file.write_text(file.read_text() + "people: twice\n")
    page = text_of(do(client("lee"), "ana/call-off"))
    assert "could not be changed alike" in page
    assert app.loaded.practice.people["ana"].call_offs == ("2026-09-14",)


def test_somebody_leaves_and_comes_back(app: App, client: Client) -> None:
    busy_day.fill(app)
    lee = client("lee")
    owned = app.store.listed_count(_owned(app, "will"), app.clock.now())
    shown = text_of(ask(lee, "will/left"))
    assert f"{owned} open case" in shown
    do(lee, "will/left")
    app.clock.sleep(60_000)
    catch_up(app, app.clock.now())
    assert app.store.listed_count(_owned(app, "will"), app.clock.now()) == 0
    assert "No longer here" in text_of(lee.get("/people"))
    do(lee, "will/back")
    assert app.loaded.practice.people["will"].active


def test_whoever_left_is_logged_out_at_once_and_kept_out(app: App, client: Client) -> None:
    lee, will = client("lee"), client("will")
    assert will.get("/").status_code == 200
    do(lee, "will/left")
    assert will.get("/")["Location"].startswith("/account/login/")
    login = {"login": "will", "password": PASSWORD}
    assert client("").post("/account/login/", login)["Location"] == "/account/inactive/"
    do(lee, "will/back")
    assert client("").post("/account/login/", login)["Location"] == "/"


def test_who_is_no_longer_in_the_file_is_kept_out(app: App, client: Client) -> None:
    will, aldo = client("will"), client("aldo")
    practice = app.loaded.practice
    people = {id_: one for id_, one in practice.people.items() if id_ != "will"}
    app.loaded = replace(app.loaded, practice=replace(practice, people=people))
    assert will.get("/")["Location"].startswith("/account/login/")
    login = {"login": "will", "password": PASSWORD}
    assert client("").post("/account/login/", login)["Location"] == "/account/inactive/"
    assert aldo.get("/cases").status_code == 200, "who never was in it stays"
    assert {one["username"] for one in logins.listed(app) if one["left"]} == {"will"}


def _owned(app: App, who: str) -> Wanted:
    return Wanted(locations=frozenset(app.loaded.practice.locations), owner=who)
