"""The queue is read and counted along indexes: a task's row tells whose work it is and where."""
# ruff: noqa: RUF012  (how Django writes migrations)

import json
from typing import Any

from django.db import migrations, models

PAGE = 500
OF_CASE = ("owner", "backup", "lane", "location", "queue", "barriers")


def fill(apps: Any, editor: Any) -> None:
    """Take the new columns of what is there already out of the cases and the patients' files."""
    alias = editor.connection.alias
    cases = apps.get_model("laneflow", "Case").objects.using(alias)
    files = apps.get_model("laneflow", "File").objects.using(alias)
    tasks = apps.get_model("laneflow", "Task").objects.using(alias)
    last = ""
    while page := list(cases.filter(id__gt=last).order_by("id")[:PAGE]):
        known = {f.patient: f.body for f in files.filter(patient__in={c.patient for c in page})}
        for case in page:
            if case.closed_at is None:
                facts = json.loads(known.get(case.patient, "{}")).get("facts", {})
                new = {name: getattr(case, name) for name in OF_CASE} | of_patient(facts)
                tasks.filter(case=case.id, state="open").update(**new)
            elif by := (json.loads(case.body).get("closed") or {}).get("by"):
                cases.filter(id=case.id).update(closed_by=by)
        last = page[-1].id


def of_patient(facts: dict[str, Any]) -> dict[str, str]:
    """The patient's language without its country, and their time zone."""
    language = str(facts.get("patient.language") or "").replace("_", "-")
    return {
        "language": language.split("-")[0].lower(),
        "zone": str(facts.get("patient.time_zone") or ""),
    }


def words() -> Any:
    return models.TextField(default="", db_default="")


class Migration(migrations.Migration):
    dependencies = [("laneflow", "0007_audit_triggers")]

    operations = [
        migrations.RemoveIndex("task", "laneflow_task_mine"),
        migrations.AddField("case", "closed_by", words()),
        migrations.AddField("task", "owner", words()),
        migrations.AddField("task", "backup", words()),
        migrations.AddField("task", "lane", words()),
        migrations.AddField("task", "location", words()),
        migrations.AddField("task", "queue", words()),
        migrations.AddField("task", "barriers", words()),
        migrations.AddField("task", "language", words()),
        migrations.AddField("task", "zone", words()),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["owner", "closed_at", "id"],
                name="laneflow_case_closed_of",
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=models.Q(
                    ("closed_at__isnull", False), models.Q(("closed_by", ""), _negated=True)
                ),
                fields=["closed_by", "closed_at", "id", "owner", "location"],
                name="laneflow_case_closed_by",
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=models.Q(("state", "open")),
                fields=[
                    "owner", "tier_rank", "due", "start", "who", "person", "holder", "queue",
                    "location", "backup", "lane", "language", "state",
                ],
                name="laneflow_task_mine",
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=models.Q(("state", "open")),
                fields=[
                    "location", "queue", "holder", "start", "due", "lane", "language", "barriers",
                    "state",
                ],
                name="laneflow_task_counted",
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=models.Q(
                    ("person", ""), ("state", "open"), models.Q(("who", ""), _negated=True)
                ),
                fields=[
                    "who", "tier_rank", "due", "start", "location", "language", "queue", "owner",
                    "state", "person",
                ],
                name="laneflow_task_role",
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=models.Q(("state", "open"), models.Q(("person", ""), _negated=True)),
                fields=["person", "tier_rank", "due", "start", "queue", "owner", "state"],
                name="laneflow_task_claimed",
            ),
        ),
    ]  # fmt: skip
