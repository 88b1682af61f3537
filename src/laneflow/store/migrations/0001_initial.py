"""The tables as they began."""
# ruff: noqa: RUF012  (how Django writes migrations)

import django.db.models.deletion
from django.db import migrations, models

import laneflow.store.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Audit",
            fields=[
                ("n", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", laneflow.store.fields.InstantField()),
                ("by", models.TextField()),
                ("what", models.TextField()),
                ("object", models.TextField()),
                ("detail", models.TextField()),
                ("hash", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Meta",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("instant", laneflow.store.fields.InstantField(null=True)),
                ("number", models.BigIntegerField(null=True)),
                ("words", models.TextField(db_default="", default="")),
            ],
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("patient", models.TextField()),
                ("lane", models.TextField()),
                ("status", models.TextField()),
                ("queue", models.TextField()),
                ("tier", models.TextField()),
                ("tier_rank", models.SmallIntegerField()),
                ("kind", models.TextField()),
                ("owner", models.TextField()),
                ("backup", models.TextField()),
                ("location", models.TextField()),
                ("opened", laneflow.store.fields.InstantField()),
                ("entered", laneflow.store.fields.InstantField()),
                ("progress", laneflow.store.fields.InstantField()),
                ("touched", laneflow.store.fields.InstantField()),
                ("due", laneflow.store.fields.InstantField(null=True)),
                ("wake_at", laneflow.store.fields.InstantField(null=True)),
                ("closed_at", laneflow.store.fields.InstantField(null=True)),
                ("outcome", models.TextField()),
                ("reason", models.TextField()),
                ("seq", models.BigIntegerField()),
                ("live", models.BooleanField()),
                ("watched", models.BooleanField()),
                ("call", laneflow.store.fields.InstantField(null=True)),
                ("last_rung", models.BooleanField()),
                ("body", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["patient"], name="laneflow_case_patient"),
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["lane", "status"],
                        name="laneflow_case_standing",
                    ),
                    models.Index(
                        condition=models.Q(("watched", True)),
                        fields=["owner", "call"],
                        name="laneflow_case_watched",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("at", laneflow.store.fields.InstantField()),
                ("input_kind", models.TextField()),
                ("input_source", models.TextField()),
                ("input_key", models.TextField()),
                ("lane_hash", models.TextField()),
                ("practice_hash", models.TextField()),
                ("engine", models.TextField()),
                ("changes", models.TextField()),
                ("notices", models.TextField()),
                ("trace", models.TextField()),
                ("choices", models.TextField()),
                (
                    "case",
                    models.ForeignKey(
                        db_column="case",
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="laneflow.case",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="File",
            fields=[
                ("patient", models.TextField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("at", laneflow.store.fields.InstantField()),
                ("wake_at", laneflow.store.fields.InstantField(null=True)),
                ("urgency", models.SmallIntegerField()),
                ("body", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("wake_at__isnull", False)),
                        fields=["urgency", "wake_at", "patient"],
                        name="laneflow_file_due",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Input",
            fields=[
                ("n", models.BigAutoField(primary_key=True, serialize=False)),
                ("source", models.TextField()),
                ("key", models.TextField()),
                ("kind", models.TextField()),
                ("type", models.TextField()),
                ("patient", models.TextField()),
                ("time", laneflow.store.fields.InstantField()),
                ("at", laneflow.store.fields.InstantField()),
                ("fate", models.TextField()),
                ("cases", models.TextField()),
                ("why", models.TextField()),
                ("digest", models.TextField()),
                ("body", models.TextField()),
            ],
            options={
                "indexes": [models.Index(fields=["patient"], name="laneflow_input_patient")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "key"), name="laneflow_input_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Quarantine",
            fields=[
                ("digest", models.TextField(primary_key=True, serialize=False)),
                ("source", models.TextField()),
                ("file", models.TextField()),
                ("line", models.BigIntegerField()),
                ("reason", models.TextField()),
                ("raw", models.TextField()),
                ("at", laneflow.store.fields.InstantField()),
                ("mended_at", laneflow.store.fields.InstantField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("mended_at__isnull", True)),
                        fields=["at"],
                        name="laneflow_quarantine_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Unplaced",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "source",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("source", models.TextField()),
                ("key", models.TextField()),
                ("patient", models.TextField()),
                ("type", models.TextField()),
                ("at", laneflow.store.fields.InstantField()),
                ("why", models.TextField()),
                ("lanes", models.TextField()),
                ("candidates", models.TextField()),
                ("owner", models.TextField()),
                ("due", laneflow.store.fields.InstantField()),
                ("state", models.TextField()),
                ("body", models.TextField()),
                ("settled_by", models.TextField(db_default="", default="")),
                ("settled_at", laneflow.store.fields.InstantField(null=True)),
                ("settled_reason", models.TextField(db_default="", default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["due"],
                        name="laneflow_unplaced_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                ("n", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("hash", models.TextField()),
                ("content", models.BinaryField()),
                ("live", models.BooleanField()),
                ("at", laneflow.store.fields.InstantField()),
                ("by", models.TextField()),
            ],
            options={
                "indexes": [models.Index(fields=["hash"], name="laneflow_version_hash")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("live", True)),
                        fields=("kind", "name"),
                        name="laneflow_version_live",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case",
                        "rule",
                        "n",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("rule", models.TextField()),
                ("n", models.BigIntegerField()),
                ("opened", laneflow.store.fields.InstantField()),
                ("rung", models.SmallIntegerField()),
                ("role", models.TextField()),
                ("release", laneflow.store.fields.InstantField()),
                ("until", laneflow.store.fields.InstantField(null=True)),
                ("last", models.BooleanField()),
                ("because", models.TextField()),
                ("state", models.TextField()),
                ("taken_by", models.TextField()),
                ("taken_at", laneflow.store.fields.InstantField(null=True)),
                ("ended", laneflow.store.fields.InstantField(null=True)),
                ("ended_by", models.TextField()),
                (
                    "case",
                    models.ForeignKey(
                        db_column="case",
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="laneflow.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["open", "taken"])),
                        fields=["role", "release"],
                        name="laneflow_escalation_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "act", "case", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("act", models.TextField()),
                ("patient", models.TextField()),
                ("by", models.TextField()),
                ("at", laneflow.store.fields.InstantField()),
                ("time", laneflow.store.fields.InstantField()),
                ("task", models.TextField()),
                ("outcome", models.TextField()),
                ("with_whom", models.TextField()),
                ("channel", models.TextField()),
                ("barrier", models.TextField()),
                ("understanding", models.TextField()),
                ("told", models.TextField()),
                ("next_action", models.TextField()),
                ("by_whom", models.TextField()),
                ("by_when", laneflow.store.fields.InstantField(null=True)),
                ("escalate", models.BooleanField()),
                ("next_step_unclear", models.BooleanField()),
                (
                    "case",
                    models.ForeignKey(
                        db_column="case",
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="laneflow.case",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["case", "time"], name="laneflow_note_case")],
            },
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("n", models.BigIntegerField()),
                ("kind", models.TextField()),
                ("key", models.TextField()),
                ("role", models.TextField()),
                ("person", models.TextField()),
                ("release", laneflow.store.fields.InstantField()),
                ("next_try", laneflow.store.fields.InstantField()),
                ("state", models.TextField()),
                ("lease", laneflow.store.fields.InstantField(null=True)),
                ("tries", models.BigIntegerField(db_default=0, default=0)),
                ("sent_at", laneflow.store.fields.InstantField(null=True)),
                ("detail", models.TextField(db_default="", default="")),
                (
                    "case",
                    models.ForeignKey(
                        db_column="case",
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="laneflow.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["next_try"],
                        name="laneflow_outbox_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("case", "seq", "n"), name="laneflow_outbox_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.TextField()),
                ("key", models.TextField()),
                ("source", models.TextField()),
                ("who", models.TextField()),
                ("person", models.TextField()),
                ("holder", models.TextField()),
                ("to", models.TextField()),
                ("due", laneflow.store.fields.InstantField()),
                ("start", laneflow.store.fields.InstantField(null=True)),
                ("snoozed", laneflow.store.fields.InstantField(null=True)),
                ("channel", models.TextField()),
                ("script", models.TextField()),
                ("do", models.TextField()),
                ("attempt", models.BigIntegerField()),
                ("paused", models.BooleanField()),
                ("opened", laneflow.store.fields.InstantField()),
                ("tier_rank", models.SmallIntegerField()),
                ("state", models.TextField()),
                ("ended", laneflow.store.fields.InstantField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        db_column="case",
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="laneflow.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["tier_rank", "due"],
                        name="laneflow_task_all",
                    ),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["holder", "tier_rank", "due"],
                        name="laneflow_task_mine",
                    ),
                ],
            },
        ),
    ]
