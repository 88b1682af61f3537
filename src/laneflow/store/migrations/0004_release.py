"""Releases: what was made live together, when, by whom and why."""
# ruff: noqa: RUF012  (how Django writes migrations)

from django.db import migrations, models

import laneflow.store.fields


class Migration(migrations.Migration):
    dependencies = [("laneflow", "0003_among_a_million")]

    operations = [
        migrations.CreateModel(
            name="Release",
            fields=[
                ("n", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", laneflow.store.fields.InstantField()),
                ("by", models.TextField()),
                ("why", models.TextField()),
                ("parts", models.TextField()),
            ],
        ),
    ]
