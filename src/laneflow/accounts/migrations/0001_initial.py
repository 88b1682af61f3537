"""The tables of people who log in, and the cache that rate limits are counted in."""
# ruff: noqa: RUF012  (how Django writes migrations)

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.core.management import call_command
from django.db import migrations, models

import laneflow.store.fields


def make_cache(apps: Any, editor: Any) -> None:
    """The cache's table: Django makes it by a command only."""
    call_command(
        "createcachetable", "laneflow_cache", database=editor.connection.alias, verbosity=0
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                ("username", models.TextField(unique=True)),
                ("name", models.TextField()),
                ("person", models.TextField(blank=True, db_default="", default="")),
                ("roles", models.JSONField(default=list)),
                ("locations", models.JSONField(default=None, null=True)),
                ("single_sign_on", models.TextField(blank=True, db_default="", default="")),
                ("is_active", models.BooleanField(db_default=True, default=True)),
                ("demo", models.BooleanField(db_default=False, default=False)),
                ("created", laneflow.store.fields.InstantField(db_default=0, default=0)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("digest", models.TextField(primary_key=True, serialize=False)),
                ("made", laneflow.store.fields.InstantField()),
                ("until", laneflow.store.fields.InstantField()),
                ("used", laneflow.store.fields.InstantField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Emergency",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("case", models.TextField()),
                ("patient", models.TextField()),
                ("location", models.TextField()),
                ("reason", models.TextField()),
                ("at", laneflow.store.fields.InstantField()),
                ("until", laneflow.store.fields.InstantField()),
                ("seen_by", models.TextField(blank=True, db_default="", default="")),
                ("seen_at", laneflow.store.fields.InstantField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="emergencies",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "case", "until"], name="accounts_emergency_of")
                ],
            },
        ),
        migrations.RunPython(make_cache, migrations.RunPython.noop),
    ]
