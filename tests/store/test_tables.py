"""Django's models and the raw writes agree on every table, column and value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import models as django_models
from django.db.models import Max

from laneflow.engine.state import Closed, Date, Instant, Notice
from laneflow.settings import setup
from laneflow.store.database import DatabaseStore
from laneflow.store.rows import derive
from laneflow.store.tables import KEYS, TABLES
from store.made import DAY, HOUR, Patient, T, act, drop, escalation, event, put, task

LATER = {
    "n", "settled_by", "settled_at", "settled_reason", "lease", "tries", "sent_at", "detail",
}  # fmt: skip
"""Columns that the database fills in, or that are written when the row is dealt with."""


def model(table: str) -> Any:
    from django.apps import apps

    return next(
        m for m in apps.get_app_config("laneflow").get_models() if m._meta.db_table == table
    )


def moment(at: Instant | None) -> datetime | None:
    return None if at is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)


def everything() -> list[Any]:
    """Results that fill every table, with and without every optional value."""
    made = Patient()
    made.take(event("e1"), "opened", "c1")
    made.open(kind="no-show", tier="urgent")
    made.open("c2", wake_at=None, task=None, untouched=None)
    made.decide(
        ("set", "task", task("c1", 2, start=Date(T + 5), snoozed=T + 6, person="nia", paused=True)),
        put("side", "cost", task("c1", 3, "cost")),
        put("escalations", "overdue", escalation(taken_by="nia", taken_at=T, state="taken")),
        put("escalations", "worse", escalation("worse", until=None, last=True)),
        notices=[Notice(0, "escalation", "overdue", "nurse", T, "nia")],
    )
    made.decide(drop("escalations", "worse"), drop("side", "cost"), at=T + 3)
    made.set("c2", closed=Closed("unsuccessful", "moved away", T + 9, "closes[1]"))
    made.take(act("a1", "note", "c1", outcome="reached", by_when=T + DAY, escalate=True), "placed")
    made.take(act("a2", "note", "c2", time=T - HOUR), "placed")
    made.unplaced(event("e2"))
    return [made.result()]


def test_models_declare_the_columns_that_are_written(tmp_path: Path) -> None:
    setup(f"sqlite:///{tmp_path}/unused.sqlite3")
    for row, table in TABLES.items():
        columns = [field.column for field in model(table)._meta.concrete_fields]
        assert set(row._fields) | LATER >= set(columns), table
        assert set(columns) >= set(row._fields), table


def test_what_is_written_raw_is_what_the_orm_reads_and_finds(database: DatabaseStore) -> None:
    results = everything()
    batch = derive(results, {})
    assert database.apply(results) == []
    written = [row for rows in (getattr(batch, name) for name in batch.__slots__) for row in rows]
    seen = set()
    for row in written:
        if type(row) not in TABLES:
            continue
        seen.add(type(row))
        objects = model(TABLES[type(row)]).objects.using(database.alias)
        _agree(objects, row)
    assert seen == set(TABLES), "every table was written"


def _agree(objects: Any, row: Any) -> None:
    fields = {field.column: field for field in objects.model._meta.concrete_fields}
    keys = {fields[name].attname: getattr(row, name) for name in KEYS[type(row)]}
    found = objects.get(**keys)
    for name, value in row._asdict().items():
        field = fields[name]
        is_instant = type(field).__name__ == "InstantField"
        expected = moment(value) if is_instant else value
        assert getattr(found, field.attname) == expected, (type(row), name)
        this = objects.filter(**keys)
        if value is None:
            assert this.filter(**{f"{field.attname}__isnull": True}).exists(), (type(row), name)
            continue
        assert this.filter(**{field.attname: expected}).exists(), (type(row), name)
        if is_instant:
            assert this.filter(**{f"{field.attname}__lte": expected}).exists(), (type(row), name)
            assert not this.filter(**{f"{field.attname}__lt": expected}).exists(), (type(row), name)


def test_instants_are_compared_and_counted_as_instants(database: DatabaseStore) -> None:
    database.apply(everything())
    cases = model("laneflow_case").objects.using(database.alias)
    assert cases.aggregate(last=Max("closed_at"))["last"] == moment(T + 9)
    berlin = timezone(timedelta(hours=2))
    assert cases.filter(opened__lte=moment(T).astimezone(berlin)).count() == 2  # type: ignore[union-attr]
    assert cases.filter(opened__range=(T, T + 1), wake_at__gt=T).count() == 1
    assert cases.filter(closed_at__in=[moment(T + 9)]).get().id == "c2"


def test_an_instant_needs_an_offset(tmp_path: Path) -> None:
    from laneflow.store.fields import InstantField

    setup(f"sqlite:///{tmp_path}/unused.sqlite3")
    field = InstantField(name="at")
    aware = datetime(2026, 9, 4, 18, 30, 0, 123_999, tzinfo=UTC)
    assert field.get_prep_value(aware) == 1_788_546_600_123
    assert field.to_python("2026-09-04T14:30:00-04:00") == datetime(2026, 9, 4, 18, 30, tzinfo=UTC)
    assert field.to_python(None) is None
    with pytest.raises(ValueError, match="aware datetime"):
        field.get_prep_value(aware.replace(tzinfo=None))
    with pytest.raises(ValueError, match="aware datetime"):
        field.get_prep_value(True)
    for nonsense in ("yesterday", "2026-09-04T14:30:00", aware.replace(tzinfo=None)):
        with pytest.raises(ValidationError):
            field.to_python(nonsense)


def test_the_migrations_make_the_models(database: DatabaseStore) -> None:
    call_command("makemigrations", "laneflow", check=True, dry_run=True, verbosity=0)
    call_command("check", databases=[database.alias])


def test_every_index_has_a_name_of_its_own(tmp_path: Path) -> None:
    setup(f"sqlite:///{tmp_path}/unused.sqlite3")
    named = [
        entry.name
        for table in TABLES.values()
        for entry in (*model(table)._meta.indexes, *model(table)._meta.constraints)
    ]
    assert len(named) == len(set(named))
    assert all(isinstance(entry, str) and entry.startswith("laneflow_") for entry in named)
    assert issubclass(model("laneflow_case"), django_models.Model)


def test_who_holds_how_much_is_counted_along_one_index(sqlite_store: DatabaseStore) -> None:
    """Before every batch of notices and every queue: among a million cases, too."""
    asked: list[tuple[str, list[Any]]] = []
    rows = sqlite_store.rows

    def noted(sql: str, parameters: Any = ()) -> Any:
        asked.append((sql, list(parameters)))
        return rows(sql, parameters)

    sqlite_store.rows = noted  # type: ignore[method-assign]
    sqlite_store.holding(T)
    [(sql, parameters)] = asked
    [(*_, how)] = rows(f"EXPLAIN QUERY PLAN {sql}", parameters)
    assert how == "SCAN laneflow_task USING COVERING INDEX laneflow_task_counted"
