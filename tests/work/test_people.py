"""Changes of who is here: the smallest edits, live at once, beside what is unpublished."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cast
from laneflow.errors import LaneflowError
from laneflow.lanes.edit import value_at, with_value
from laneflow.lanes.load import load_practice
from laneflow.practice.model import Person, Practice
from laneflow.starter import lay_out, starter_folder
from laneflow.work import people
from laneflow.work.app import App, open_app
from laneflow.work.clock import FixedClock
from laneflow.work.people import Change

TEXT = (starter_folder() / "practice.yaml").read_text()
MONDAY = date(2026, 9, 14)
FILE = "practice.yaml"


def starter() -> Practice:
    loaded, _ = load_practice(starter_folder())
    assert loaded is not None
    return loaded.practice


PEOPLE = list(starter().people.values())
ANA = PEOPLE[0]
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
weeks = st.sampled_from(["Mo-Fr 08:00-17:00", "Mo,We 09:00-12:00", "Tu 09:00-12:00; Fr off"])


def _leave(person: Person, first: date, length: int) -> tuple[Change, Change]:
    last = first + timedelta(days=length)
    return people.leave(person, first, last), people.no_leave(person, first, last)


there_and_back = st.one_of(
    st.builds(lambda p, d: (people.call_off(p, d), people.come_after_all(p, d)),
              st.sampled_from(PEOPLE), days),
    st.builds(_leave, st.sampled_from(PEOPLE), days, st.integers(0, 30)),
    st.builds(lambda p, n: (people.most_tasks(p, n), people.most_tasks(p, p.most_open_tasks)),
              st.sampled_from(PEOPLE), st.integers(1, 1000)),
    st.builds(lambda p: (people.active(p, False), people.active(p, True)), st.sampled_from(PEOPLE)),
    st.builds(
        lambda p, week: (people.hours(p, "main", week), _hours_as_before(p)),
        st.sampled_from(PEOPLE), weeks),
)  # fmt: skip


def _hours_as_before(person: Person) -> Change:
    was = value_at(TEXT, FILE, ("people", person.id, "works", "main"))
    return people.hours(person, "main", was or "")


@settings(max_examples=50)
@given(there_and_back)
def test_a_change_and_its_undoing_leave_the_file_as_it_was(both: tuple[Change, Change]) -> None:
    """To the byte; and in between one line is another one, and no comment is gone."""
    there, back = both
    edited = there.edit(TEXT)
    assert there.edit(edited) == edited
    if edited != TEXT:
        assert back.edit(edited) == TEXT
    assert edited.count("#") == TEXT.count("#")
    assert len(set(edited.splitlines()) ^ set(TEXT.splitlines())) <= 2


OTHER_HANDS = {
    "a list on lines of its own": (
        "people:\n  ana:\n    call_off:\n      - 2026-09-10  # flu\n"
        "      # more to come\n    roles: [x]\n",
        "people:\n  ana:\n    call_off:\n      - 2026-09-10  # flu\n      - 2026-09-14\n"
        "      # more to come\n    roles: [x]\n",
    ),
    "before a later day": (
        "people:\n  ana:\n    call_off:\n    - 2026-09-20\n",
        "people:\n  ana:\n    call_off:\n    - 2026-09-14\n    - 2026-09-20\n",
    ),
    "a person on one line": (
        "people: {ana: {name: Ana, notify: []}}  # all of us",
        "people: {ana: {name: Ana, call_off: [2026-09-14], notify: []}}  # all of us",
    ),
    "a list over two lines": (
        "people:\n  ana: {call_off: [2026-09-10,  # flu\n      2026-09-20]}\n",
        "people:\n  ana: {call_off: [2026-09-10,  # flu\n      2026-09-14, 2026-09-20]}\n",
    ),
    "an empty list": (
        "people:\n  ana: {call_off: []}\n",
        "people:\n  ana: {call_off: [2026-09-14]}\n",
    ),
    "letters of many languages": (
        "# Grüße 🙂\npeople:\n  ana:\n    name: Inés Łódź 🙂  # ja\n",
        "# Grüße 🙂\npeople:\n  ana:\n    name: Inés Łódź 🙂  # ja\n    call_off: [2026-09-14]\n",
    ),
    "no line end at the end": (
        "people:\n  ana:\n    name: Ana",
        "people:\n  ana:\n    name: Ana\n    call_off: [2026-09-14]",
    ),
}


@pytest.mark.parametrize("hand", OTHER_HANDS)
def test_a_day_is_called_off_in_whatever_hand_the_file_is_written(hand: str) -> None:
    before, after = OTHER_HANDS[hand]
    assert people.call_off(ANA, MONDAY).edit(before) == after


def test_a_comment_behind_what_is_taken_away_stays() -> None:
    edited = people.most_tasks(ANA, None).edit(TEXT)
    assert "    # from so many on, work goes to the backup first" in edited
    assert value_at(edited, FILE, ("people", "ana", "most_open_tasks")) is None


def test_what_cannot_be_edited_safely_is_refused() -> None:
    with pytest.raises(LaneflowError, match=r'there is no "people\.ana"'):
        with_value("people: [1]\n", FILE, ("people", "ana", "active"), False)
    odd = "people:\n  ana: {? call_off : [2026-09-10]}\n"
    with pytest.raises(LaneflowError, match="only a person can edit"):
        people.come_after_all(ANA, date(2026, 9, 10)).edit(odd)


@pytest.mark.parametrize(
    ("made", "field", "said"),
    [
        (lambda: people.leave(ANA, MONDAY, MONDAY - timedelta(1)), "last", "before the first"),
        (lambda: people.most_tasks(ANA, 0), "most", "not from 1"),
        (lambda: people.hours(ANA, "main", "nine to five"), "hours", "cannot be read"),
    ],
)
def test_nonsense_is_told_beside_its_field(
    made: Callable[[], Change], field: str, said: str
) -> None:
    with pytest.raises(LaneflowError) as refused:
        made()
    problem = refused.value.problems[0]
    assert (problem.path, said in problem.what) == (field, True)


# at work -----------------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The starter practice at work on a Monday morning."""
    folder = tmp_path / "practice"
    lay_out(folder)
    clock = FixedClock(cast.t("2026-09-14 10:00"))
    return open_app(folder, f"sqlite:///{tmp_path}/x.sqlite3", clock)


def on_duty(app: App, role: str = "care coordinator") -> list[str]:
    return app.live.calendar("main").on_duty(role, app.clock.now())


def file_of(app: App) -> Path:
    return app.folder / FILE


def test_a_call_off_is_live_at_once_and_after_a_restart(app: App) -> None:
    assert on_duty(app) == ["ana"]
    before = app.release
    done = people.make(app, people.call_off(app.loaded.practice.people["ana"], MONDAY), by="lee")
    assert done.release == app.release == before + 1
    assert (done.left_out, on_duty(app), app.problems) == ("", [], [])
    release = app.store.releases(limit=1)[0]
    assert (release.by, release.why) == ("lee", "Ana Torres called off 2026-09-14")
    row = app.store.audited()[-1]
    assert (row["what"], row["by"], row["object"]) == ("people", "lee", f"release {app.release}")
    again = open_app(app.folder, f"sqlite:///{app.folder.parent}/x.sqlite3", app.clock)
    assert on_duty(again) == []
    assert again.problems == [], "folder and release say the same"


def test_called_off_and_back_the_file_is_as_it_was(app: App) -> None:
    ana = app.loaded.practice.people["ana"]
    before = file_of(app).read_bytes()
    people.make(app, people.call_off(ana, MONDAY), by="lee")
    assert b"call_off: [2026-09-14]" in file_of(app).read_bytes()
    people.make(app, people.come_after_all(ana, MONDAY), by="lee")
    assert file_of(app).read_bytes() == before
    assert on_duty(app) == ["ana"]


def test_other_edits_in_the_folder_stay_unpublished_and_are_kept(app: App) -> None:
    edited = TEXT.replace("phone: 555-0100", "phone: 555-0199")
    file_of(app).write_text(edited)
    people.make(app, people.call_off(app.loaded.practice.people["ana"], MONDAY), by="lee")
    assert app.loaded.practice.phone == "555-0100"
    assert on_duty(app) == []
    text = file_of(app).read_text()
    assert "phone: 555-0199" in text
    assert "call_off: [2026-09-14]" in text
    assert [p.file for p in app.problems] == [FILE], "the phone number is not live yet"


def test_a_broken_file_in_the_folder_holds_no_call_off_back(app: App) -> None:
    broken = TEXT + "people: twice\n"
    file_of(app).write_text(broken)
    done = people.make(app, people.call_off(app.loaded.practice.people["ana"], MONDAY), by="lee")
    assert on_duty(app) == []
    assert "written twice" in done.left_out
    assert file_of(app).read_text() == broken


def test_windows_line_ends_are_kept(app: App) -> None:
    file_of(app).write_bytes(TEXT.replace("\n", "\r\n").encode())
    people.make(app, people.call_off(app.loaded.practice.people["ana"], MONDAY), by="lee")
    content = file_of(app).read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == TEXT.count("\n") + 1


def test_somebody_elses_publishing_in_between_loses_nothing(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = app.loaded.practice.people
    mine = people.publishing.publish_people
    between = [people.call_off(everybody["will"], MONDAY)]

    def meanwhile(*args: object, **more: object) -> int | None:
        if between:
            people.make(app_too, between.pop(), by="dana")
        return mine(*args, **more)  # type: ignore[arg-type]

    app_too = open_app(app.folder, f"sqlite:///{app.folder.parent}/x.sqlite3", app.clock)
    monkeypatch.setattr(people.publishing, "publish_people", meanwhile)
    people.make(app, people.call_off(everybody["ana"], MONDAY), by="lee")
    assert on_duty(app) == []
    assert on_duty(app, "referral coordinator") == ["rosa"]
    assert file_of(app).read_text().count("call_off: [2026-09-14]") == 2


def test_a_file_saved_in_between_is_not_lost(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    real = people.drafts.save
    saved = [1]

    def save(*args: object) -> object:
        if saved:
            saved.pop()
            file_of(app).write_text(TEXT.replace("Ana Torres", "Ana Maria Torres"))
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(people.drafts, "save", save)
    done = people.make(app, people.call_off(app.loaded.practice.people["ana"], MONDAY), by="lee")
    assert done.left_out == ""
    text = file_of(app).read_text()
    assert "Ana Maria Torres" in text
    assert "call_off: [2026-09-14]" in text


def test_whom_the_practice_needs_cannot_leave(app: App) -> None:
    with pytest.raises(LaneflowError) as refused:
        people.make(app, people.active(app.loaded.practice.people["lee"], False), by="dana")
    assert "Jordan Lee is not active any more" in str(refused.value)
    assert on_duty(app, "practice manager") == ["lee"]
    assert file_of(app).read_text() == TEXT


def test_what_is_so_already_makes_no_release(app: App) -> None:
    before = app.release
    with pytest.raises(LaneflowError, match="that is so already"):
        people.make(app, people.most_tasks(app.loaded.practice.people["ana"], 150), by="lee")
    assert app.store.released() == before
