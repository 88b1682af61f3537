"""Today's figures: counted by hand in a small story, and each the length of the list behind it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from msgspec.structs import replace

import busy_day
from cast import t
from laneflow.engine.state import Event
from laneflow.metrics.gaps import gaps
from laneflow.metrics.kept import FRESH, STALE, Kept, kept_for
from laneflow.work import people
from laneflow.work.app import App
from laneflow.work.clock import FixedClock
from laneflow.work.due import catch_up
from laneflow.work.take_in import take_in

LINK = re.compile(r'<a[^>]*href="(/cases\?[^"]*|/cases)"[^>]*>(.*?)</a>', re.S)
LENGTH = re.compile(r"<strong>(\d+) cases?</strong>")


def figures(page: str) -> list[tuple[str, int]]:
    """Every number that is a link to a list of cases: the list's address, the number."""
    found = []
    for address, inside in LINK.findall(page):
        numbers = re.findall(r"\d+", re.sub(r"<[^>]*>", " ", inside))
        if numbers:
            found.append((unescape(address), int(numbers[0])))
    return found


def page_of(client: Any, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def length(client: Any, address: str) -> int:
    found = LENGTH.search(page_of(client, address))
    assert found is not None, address
    return int(found[1])


def event(n: int, type_: str, patient: str, at: str, **data: Any) -> Event:
    made = {f"{k.replace('__', '.')}": v for k, v in data.items()}
    return Event(f"e{n}", "feed", type_, t(at), patient, made, t(at))


def test_every_figure_is_the_length_of_the_list_behind_it(
    app: App, client: Callable[..., Any]
) -> None:
    """For managers of either location, of both, and narrowed to one."""
    busy_day.fill(app)
    for who, query in (("lee", ""), ("dana", ""), ("lee", "?location=main")):
        manager = client(who)
        shown = [
            *figures(page_of(manager, f"/today{query}")),
            *figures(page_of(manager, f"/today/days{query}")),
        ]
        wrong = {
            address: (number, found)
            for address, number in shown
            if (found := length(manager, address)) != number
        }
        assert wrong == {}
        assert len(shown) > 80
        assert sum(number > 0 for _, number in shown) > (10 if who == "lee" else 3)


def test_a_small_story_counted_by_hand(
    app: App, clock: FixedClock, client: Callable[..., Any]
) -> None:
    monday = "2026-09-14 08:30"
    take_in(app, [
        event(n, "encounter.discharged", patient, monday, location=place)
        for n, (patient, place) in enumerate((("p1", "main"), ("p2", "main"), ("p3", "riverside")))
    ])  # fmt: skip
    clock.sleep(t("2026-09-18 16:00") - clock.now())
    catch_up(app, clock.now())
    lee, dana = page_of(client("lee"), "/today"), page_of(client("dana"), "/today")
    assert number(lee, "open") == 2
    assert number(dana, "open") == 1
    assert number(lee, "overdue") == 2
    assert number(lee, "silent") == number(dana, "silent") == 0
    late = dict(figures(lee))
    assert (
        late["/cases?lane=discharge-outreach&response=late&state=any&opened_from=2026-09-14"] == 2
    )


def test_a_silent_case_is_seen_at_once(app: App, client: Callable[..., Any]) -> None:
    """Somebody leaves; until their cases have other owners, nobody would be called about them."""
    busy_day.fill(app)
    grace = app.loaded.practice.people["grace"]
    people.make(app, people.active(grace, False), by="lee")
    lee = client("lee")
    quiet = number(page_of(lee, "/today"), "silent")
    assert quiet == length(lee, "/cases?silent=1") > 0
    assert number(page_of(client("dana"), "/today"), "silent") == 0
    catch_up(app, app.clock.now() + 60_000)
    assert number(page_of(lee, "/today"), "silent") == length(lee, "/cases?silent=1") == 0


def number(page: str, label: str) -> int:
    found = re.search(rf'<span class="figure">(\d+)</span> {label}</a>', page)
    assert found is not None, label
    return int(found[1])


def test_only_managers_see_today(client: Callable[..., Any], app: App) -> None:
    said = {who: client(who).get("/today").status_code for who in ("ana", "nora", "lee", "aldo")}
    assert said == {"ana": 403, "nora": 403, "lee": 200, "aldo": 403}


def test_a_location_one_does_not_work_for_shows_nothing(
    app: App, client: Callable[..., Any]
) -> None:
    busy_day.fill(app)
    assert number(page_of(client("lee"), "/today?location=riverside"), "open") == 0
    assert length(client("lee"), "/cases?location=riverside") == 0
    assert length(client("ana"), "/cases?location=riverside&state=any") == 0


def test_who_is_away_leaves_a_gap_that_is_told(app: App) -> None:
    """There is one nurse at Maple Street; while she is away, nobody."""
    loaded = app.loaded
    monday = date(2026, 9, 14)
    usual = gaps(loaded, {"main"}, monday)
    nora = replace(loaded.practice.people["nora"], call_offs=("2026-09-15",))
    people = loaded.practice.people | {"nora": nora}
    without = replace(loaded, practice=replace(loaded.practice, people=people))
    more = [gap for gap in gaps(without, {"main"}, monday) if gap not in usual]
    assert {gap["day"] for gap in more} == {date(2026, 9, 15)}
    assert {(gap["roles"], tuple(gap["away"])) for gap in more} == {(("nurse",), ("nora",))}
    assert gaps(without, {"riverside"}, monday) == gaps(loaded, {"riverside"}, monday)
    assert all(monday <= gap["day"] < date(2026, 9, 28) for gap in usual)


def test_the_chart_is_a_picture_with_words(app: App, client: Callable[..., Any]) -> None:
    busy_day.fill(app)
    answer = client("lee").get("/today/days.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    svg = answer.content.decode()
    assert "<script" not in svg
    assert "cases were opened" in svg


@pytest.mark.parametrize(
    ("chosen", "when"),
    [("", "@media screen and (prefers-color-scheme: dark)"), ("dark", "@media screen {")],
)
def test_the_chart_is_dark_where_the_page_is(
    app: App, client: Callable[..., Any], chosen: str, when: str
) -> None:
    busy_day.fill(app)
    lee = client("lee")
    lee.cookies["laneflow_theme"] = chosen
    assert when in lee.get("/today/days.svg").content.decode()
    lee.cookies["laneflow_theme"] = "light"
    assert "@media" not in lee.get("/today/days.svg").content.decode()


def test_figures_that_are_slow_to_count_are_kept_for_seconds(
    app: App, clock: FixedClock, monkeypatch: Any
) -> None:
    busy_day.fill(app)
    monkeypatch.setattr("laneflow.metrics.kept.QUICK", 0.0)
    kept = Kept()
    at = clock.now()
    first = kept.counted(app, at)
    assert kept.counted(app, at + FRESH - 1) is first
    assert kept.counted(app, at + STALE).at == at + STALE, "too old to be shown to anybody"
    assert kept.counted(app, at).at == at, "the clock went back"


def test_old_figures_are_shown_as_old_and_counted_behind(
    app: App, clock: FixedClock, client: Callable[..., Any], monkeypatch: Any
) -> None:
    busy_day.fill(app)
    monkeypatch.setattr("laneflow.metrics.kept.QUICK", 0.0)
    lee, kept = client("lee"), kept_for(app)
    assert "this moment" in page_of(lee, "/today")
    clock.sleep(FRESH)
    old = page_of(lee, "/today")
    assert "Figures as of 10:00:00; being counted anew" in old
    assert 'hx-get="/today"' in old, "the page asks again by itself"
    kept.settle()
    new = page_of(lee, "/today")
    assert "Figures as of 10:00:10, this moment" in new
    assert "hx-get" not in new.split('id="figures"')[1].split(">")[0]


def test_figures_that_are_quick_to_count_are_never_old(app: App, clock: FixedClock) -> None:
    kept = Kept()
    assert [kept.counted(app, clock.now() + n).at for n in (0, 1, 2)] == [
        clock.now(), clock.now() + 1, clock.now() + 2,
    ]  # fmt: skip
