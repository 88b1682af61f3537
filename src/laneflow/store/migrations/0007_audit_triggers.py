"""The audit trail is only ever added to, which the database itself sees to; indexes to search it.

A later migration that makes one of these tables anew, as Django does on SQLite to change a column,
has to run ``guard`` again: triggers go with their table.
"""
# ruff: noqa: RUF012, S608  (how Django writes migrations; the SQL is all in this file)

from typing import Any

from django.db import migrations, models

ONLY_ADDED = "the audit trail is only ever added to"
FORWARD = "the audit trail''s head only moves on, to a row that is there"

SQLITE = (
    f"""CREATE TRIGGER laneflow_audit_next BEFORE INSERT ON laneflow_audit
    WHEN NEW.n <> (SELECT COALESCE(MAX(n), 0) + 1 FROM laneflow_audit)
    BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED}'); END""",
    f"""CREATE TRIGGER laneflow_audit_kept BEFORE UPDATE ON laneflow_audit
    BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED}'); END""",
    f"""CREATE TRIGGER laneflow_audit_whole BEFORE DELETE ON laneflow_audit
    BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED}'); END""",
    # What is there already is left as it is, also by INSERT OR REPLACE.
    """CREATE TRIGGER laneflow_audit_one_head BEFORE INSERT ON laneflow_meta
    WHEN NEW.name = 'audit' AND EXISTS (SELECT 1 FROM laneflow_meta WHERE name = 'audit')
    BEGIN SELECT RAISE(IGNORE); END""",
    f"""CREATE TRIGGER laneflow_audit_head_moves BEFORE UPDATE ON laneflow_meta
    WHEN (OLD.name = 'audit' OR NEW.name = 'audit') AND NOT (OLD.name = NEW.name
      AND NEW.number > OLD.number
      AND EXISTS (SELECT 1 FROM laneflow_audit WHERE n = NEW.number AND hash = NEW.words))
    BEGIN SELECT RAISE(ABORT, '{FORWARD}'); END""",
    f"""CREATE TRIGGER laneflow_audit_head_stays BEFORE DELETE ON laneflow_meta
    WHEN OLD.name = 'audit'
    BEGIN SELECT RAISE(ABORT, '{FORWARD}'); END""",
)

POSTGRESQL = (
    f"""CREATE FUNCTION laneflow_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' AND NEW.n = (SELECT COALESCE(MAX(n), 0) + 1 FROM laneflow_audit) THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION '{ONLY_ADDED}';
    END $$""",
    f"""CREATE FUNCTION laneflow_audit_head_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT 1 FROM laneflow_meta WHERE name = 'audit') THEN
          RETURN NULL;
        END IF;
        RETURN NEW;
      END IF;
      IF TG_OP = 'UPDATE' THEN
        IF OLD.name = NEW.name AND NEW.number > OLD.number AND EXISTS (
          SELECT 1 FROM laneflow_audit WHERE n = NEW.number AND hash = NEW.words) THEN
          RETURN NEW;
        END IF;
      END IF;
      RAISE EXCEPTION '{FORWARD}';
    END $$""",
    """CREATE TRIGGER laneflow_audit_rows BEFORE INSERT OR UPDATE OR DELETE ON laneflow_audit
    FOR EACH ROW EXECUTE FUNCTION laneflow_audit_guard()""",
    """CREATE TRIGGER laneflow_audit_whole BEFORE TRUNCATE ON laneflow_audit
    FOR EACH STATEMENT EXECUTE FUNCTION laneflow_audit_guard()""",
    """CREATE TRIGGER laneflow_audit_one_head BEFORE INSERT ON laneflow_meta
    FOR EACH ROW WHEN (NEW.name = 'audit') EXECUTE FUNCTION laneflow_audit_head_guard()""",
    """CREATE TRIGGER laneflow_audit_head_moves BEFORE UPDATE ON laneflow_meta
    FOR EACH ROW WHEN (OLD.name = 'audit' OR NEW.name = 'audit')
    EXECUTE FUNCTION laneflow_audit_head_guard()""",
    """CREATE TRIGGER laneflow_audit_head_stays BEFORE DELETE ON laneflow_meta
    FOR EACH ROW WHEN (OLD.name = 'audit') EXECUTE FUNCTION laneflow_audit_head_guard()""",
    """CREATE TRIGGER laneflow_audit_head_whole BEFORE TRUNCATE ON laneflow_meta
    FOR EACH STATEMENT EXECUTE FUNCTION laneflow_audit_head_guard()""",
)


def guard(apps: Any, editor: Any) -> None:
    """Have the database refuse whatever does not add to the end of the trail."""
    vendor = editor.connection.vendor
    with editor.connection.cursor() as cursor:
        for sql in SQLITE if vendor == "sqlite" else POSTGRESQL:
            cursor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("laneflow", "0006_figures")]

    operations = [
        migrations.AddIndex(
            model_name="audit", index=models.Index(fields=["at"], name="laneflow_audit_at")
        ),
        migrations.AddIndex(
            model_name="audit", index=models.Index(fields=["by", "n"], name="laneflow_audit_by")
        ),
        migrations.AddIndex(
            model_name="audit",
            index=models.Index(
                condition=models.Q(("object", ""), _negated=True),
                fields=["object", "n"],
                name="laneflow_audit_object",
            ),
        ),
        migrations.RunPython(guard, elidable=False),
    ]
