"""How many tasks everybody has that do not sleep: counted along one index."""
# ruff: noqa: RUF012  (how Django writes migrations)

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("laneflow", "0004_release")]

    operations = [
        migrations.RemoveIndex(model_name="task", name="laneflow_task_mine"),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["holder", "tier_rank", "due", "start", "state"],
                name="laneflow_task_mine",
            ),
        ),
    ]
