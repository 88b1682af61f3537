"""A database from before is migrated, and holds what a store of today would have written."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.core.management import call_command

from laneflow.engine.state import Closed
from laneflow.store.contract import Store
from laneflow.store.database import DatabaseStore

from .made import DAY, Patient, T, escalation, put, task

TASKS = "SELECT * FROM laneflow_task WHERE state = 'open' ORDER BY id"
CASES = "SELECT * FROM laneflow_case ORDER BY id"
WORDS = "SELECT patient, word FROM laneflow_word ORDER BY patient, word"
CALLS = 'SELECT * FROM laneflow_escalation ORDER BY "case", rule, n'
HELD = (TASKS, CASES, WORDS, CALLS)

PATIENTS: dict[str, dict[str, Any]] = {
    "p1": {"patient.first_name": "Sinéad", "patient.last_name": "O'Brien-Łukasz",
           "patient.birth_date": "1950-11-05", "patient.phone": "(555) 010-0111",
           "patient.language": "es_MX", "patient.time_zone": "America/Denver"},
    "p2": {"patient.last_name": "Alvarez", "patient.language": "EN"},
    "p3": {},
}  # fmt: skip


def write(store: Store) -> None:
    """Patients with open cases, tasks of several kinds, barriers, calls for help, closed cases."""
    for n, (patient, facts) in enumerate(PATIENTS.items()):
        made, one, two = Patient(patient), f"c{n}", f"d{n}"
        side = task(one, 2, "items:hospital", T + 2 * DAY, who="nurse")
        claimed = task(one, 3, "barrier:cost", T + DAY, person="eve", to="hospital")
        made.open(one, location=f"place{n}", queue="sent", lane=f"lane-{n}")
        made.decide(put("side", side.key, side), put("side", claimed.key, claimed), case=one)
        made.decide(put("barriers", "cost", T), put("barriers", "fear", T), case=one)
        made.decide(put("escalations", "overdue", escalation()), case=one)
        made.open(two, owner="dan", backup="cal")
        for by, case in (("ana", two), ("", f"e{n}")):
            if not by:
                made.open(case)
            closed = Closed("completed", "Seen", T + DAY, "closes[0]", by)
            made.set(case, T + DAY, closed=closed, task=None)
        result = made.result()
        result.file.facts.clear()
        result.file.facts.update(facts)
        result.renamed = bool(facts)
        assert store.apply([result]) == []


def held(store: DatabaseStore) -> dict[str, list[dict[str, Any]]]:
    return {sql: store.dicts(sql, []) for sql in HELD}


def migrate(store: DatabaseStore, to: str = "") -> None:
    call_command("migrate", "laneflow", *([to] if to else []), database=store.alias, verbosity=0)


def test_what_was_written_before_reads_as_if_written_today(
    database: DatabaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("0008_queue", "0009_patient_search"):  # more than one page of each
        monkeypatch.setattr(import_module(f"laneflow.store.migrations.{number}"), "PAGE", 2)
    write(database)
    today = held(database)
    assert all(today.values())
    migrate(database, "0007")
    assert "laneflow_word" not in database.connection.introspection.table_names()
    migrate(database)
    assert held(database) == today
