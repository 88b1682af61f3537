"""Indexes for a million cases: counting live ones, the audit of silence, sleeping tasks."""
# ruff: noqa: RUF012  (how Django writes migrations)

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("laneflow", "0002_note_patient")]

    operations = [
        migrations.RemoveIndex(model_name="case", name="laneflow_case_standing"),
        migrations.RemoveIndex(model_name="case", name="laneflow_case_watched"),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("live", True)),
                fields=["lane", "status", "live"],
                name="laneflow_case_standing",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("watched", True)),
                fields=["owner", "last_rung", "call", "watched"],
                name="laneflow_case_watched",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("start__isnull", False), ("state", "open")),
                fields=["start"],
                name="laneflow_task_sleeping",
            ),
        ),
    ]
