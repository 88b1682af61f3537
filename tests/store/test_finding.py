"""A patient is found by what a caller says: names, a birth date, a phone number, in any order."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from laneflow.engine.live import Live
from laneflow.engine.merging import merge
from laneflow.engine.run import run
from laneflow.engine.state import Event
from laneflow.store import open_store
from laneflow.store.contract import Store
from laneflow.store.identity import sought, words_of
from small_practice import a_practice
from store.made import DAY, Patient, T, act, event, opened

PEOPLE: dict[str, dict[str, Any]] = {
    "p1": {"first_name": "Elena María", "last_name": "Álvarez García", "birth_date": "1950-03-02",
           "phone": "(555) 010-0111"},
    "p2": {"first_name": "Helen", "last_name": "Alvarez", "birth_date": "1971-12-24",
           "phone": "+1 555 010 1950"},
    "p3": {"first_name": "Sinéad", "last_name": "O'Brien-Łukasz", "birth_date": "1950-11-05"},
}  # fmt: skip


def known(patient: str, at: int = T, **facts: Any) -> Event:
    told = {f"patient.{name}": value for name, value in facts.items()}
    return event(f"{patient}@{at}", patient, at, type="patient.updated", time=at, data=told)


def live() -> Live:
    from laneflow.practice.model import LoadedPractice

    return Live(LoadedPractice(a_practice(), {}, ""))


def tell(store: Store, *events: Event) -> None:
    for given in events:
        file = store.load([given.patient])[given.patient]
        assert store.apply([run(live(), file, [given], given.at)]) == []


@pytest.fixture
def filled(store: Store) -> Store:
    tell(store, *(known(patient, **facts) for patient, facts in PEOPLE.items()))
    return store


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("alvarez", ["p1", "p2"]),
        ("ÁLV", ["p1", "p2"]),
        ("garcia elena", ["p1"]),
        ("maria", ["p1"]),
        ("alvarez 1950", ["p1", "p2"]),  # a year, and the end of a phone number
        ("alvarez 1971", ["p2"]),
        ("3/2/1950", ["p1"]),
        ("2.3.50 alvarez", ["p1"]),
        ("1950-03-02", ["p1"]),
        ("11/05/1950", ["p3"]),
        ("(555) 010-0111", ["p1"]),
        ("555.010.0111", ["p1"]),
        ("+1 (555) 010-0111 x12", ["p1"]),
        ("0111", ["p1"]),
        ("010 1950 hel", ["p2"]),
        ("1971 555 010 1950", ["p2"]),
        ("obrien", ["p3"]),
        ("o’brien, sinead", ["p3"]),
        ("lukasz", ["p3"]),
        ("alvarez smith", []),
        ("a", []),
        ("11", []),
        ("", []),
        ("% _ ' \" \\", []),
    ],
)
def test_a_patient_is_found(filled: Store, typed: str, found: list[str]) -> None:
    assert filled.find_patients(sought(typed), limit=9) == found


def test_many_are_not_all_read(filled: Store) -> None:
    assert len(filled.find_patients(sought("alvarez"), limit=1)) == 1


def test_an_old_name_and_number_find_nobody_any_more(filled: Store) -> None:
    tell(filled, known("p2", T + DAY, last_name="Ferrer", phone="555-222-3333"))
    assert filled.find_patients(sought("helen alvarez"), limit=9) == []
    assert filled.find_patients(sought("helen ferrer 2223333"), limit=9) == ["p2"]


def test_a_merged_patient_is_found_as_the_one_that_stays(filled: Store) -> None:
    told = event("m", "p1", T + 1, type="patient.merged", data={"patient.merged_from": "p2"})
    files = filled.load(["p1", "p2"])
    assert filled.apply(list(merge(live(), files["p1"], files["p2"], told))) == []
    assert filled.find_patients(sought("alvarez"), limit=9) == ["p1"]
    assert filled.find_patients(sought("helen"), limit=9) == [], "the name that stays is Elena"


def test_only_those_with_a_case_at_a_place_are_looked_for(store: Store) -> None:
    for n, place in enumerate(("main", "river", "main")):
        made = opened(store, f"c{n}", f"p{n}", location=place)
        assert made.file.facts == {"patient.first_name": "Rosa"}
    rosa = sought("rosa")
    assert store.find_patients(rosa, limit=9, locations=["main"]) == ["p0", "p2"]
    assert store.find_patients(rosa, limit=9, locations=["main", "river"]) == ["p0", "p1", "p2"]
    assert store.find_patients(rosa, limit=9, locations=[]) == []


def test_notes_come_by_case_the_latest_contact_first(store: Store) -> None:
    made = Patient()
    made.open("c1")
    made.open("c2")
    made.take(act("a1", "note", "c1", T, outcome="left message"), "placed", "c1")
    made.take(act("a2", "note", "c1", T + 9, outcome="reached", told="bring it"), "placed", "c1")
    made.take(act("a3", "note", "c2", T, time=T - DAY, next_step_unclear=True), "placed", "c2")
    store.apply([made.result()])
    found = store.notes(["c1", "c2", "c3"])
    assert [note["act"] for note in found["c1"]] == ["a2", "a1"]
    assert (found["c1"][0]["told"], found["c2"][0]["next_step_unclear"]) == ("bring it", True)
    assert "c3" not in found


def test_names_as_feeds_write_them_make_few_and_short_words() -> None:
    odd = {
        "patient.first_name": "x " * 40,
        "patient.last_name": "y" * 500,
        "patient.phone": 5550111,
    }
    words = words_of(odd)
    assert "p 1110555" in words
    assert max(map(len, words)) == 60
    assert words_of({"patient.first_name": None, "patient.birth_date": "unknown"}) == []


def test_patients_from_before_are_found_after_upgrading(tmp_path: Path) -> None:
    from django.core.management import call_command

    url = f"sqlite:///{tmp_path}/old.sqlite3"
    store = open_store(url)
    tell(store, *(known(patient, **facts) for patient, facts in PEOPLE.items()))
    store.close()
    call_command("migrate", "laneflow", "0008", database=store.alias, verbosity=0)  # type: ignore[attr-defined]
    with closing(sqlite3.connect(tmp_path / "old.sqlite3")) as old:
        body = old.execute("SELECT body FROM laneflow_file WHERE patient = 'p3'").fetchone()[0]
        assert json.loads(body)["facts"]["patient.first_name"] == "Sinéad"
        tables = {row[0] for row in old.execute("SELECT name FROM sqlite_master")}
        assert "laneflow_word" not in tables
    store.close()
    assert open_store(url).find_patients(sought("sinead"), limit=9) == ["p3"]
