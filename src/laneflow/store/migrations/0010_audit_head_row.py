"""On SQLite, no other mark takes the row in which the head of the audit trail stands.

``INSERT OR REPLACE`` and ``UPDATE OR REPLACE`` name a row by its number, and what was there goes
without asking the triggers of 0007. A later migration that makes the table anew has to run
``guard`` again.
"""
# ruff: noqa: RUF012  (how Django writes migrations)

from typing import Any

from django.db import migrations

KEPT = "the audit trail''s head stays in its row"
THERE = "EXISTS (SELECT 1 FROM laneflow_meta WHERE name = 'audit' AND rowid = NEW.rowid)"

SQLITE = (
    f"""CREATE TRIGGER laneflow_audit_head_row BEFORE INSERT ON laneflow_meta
    WHEN NEW.name <> 'audit' AND {THERE}
    BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
    f"""CREATE TRIGGER laneflow_audit_head_place BEFORE UPDATE ON laneflow_meta
    WHEN OLD.rowid <> NEW.rowid AND (OLD.name = 'audit' OR {THERE})
    BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
)


def guard(apps: Any, editor: Any) -> None:
    """Have the database refuse whatever would take that row."""
    if editor.connection.vendor == "sqlite":
        with editor.connection.cursor() as cursor:
            for sql in SQLITE:
                cursor.execute(sql)


def unguard(apps: Any, editor: Any) -> None:
    """As before."""
    if editor.connection.vendor == "sqlite":
        with editor.connection.cursor() as cursor:
            for name in ("laneflow_audit_head_row", "laneflow_audit_head_place"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("laneflow", "0009_patient_search")]

    operations = [migrations.RunPython(guard, unguard, elidable=False)]
