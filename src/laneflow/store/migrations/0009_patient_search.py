"""Patients are found by words of their name, their birth date and their phone number; an escalation
may have been handed on to somebody by name."""
# ruff: noqa: RUF012  (how Django writes migrations)

import json
from typing import Any

from django.db import migrations, models

from laneflow.store.identity import words_of

PAGE = 500


def fill(apps: Any, editor: Any) -> None:
    """The words of the patients who are there already."""
    alias = editor.connection.alias
    files = apps.get_model("laneflow", "File").objects.using(alias)
    word = apps.get_model("laneflow", "Word")
    last = ""
    while page := list(
        files.filter(patient__gt=last).order_by("patient").values_list("patient", "body")[:PAGE]
    ):
        word.objects.using(alias).bulk_create(
            word(patient=patient, word=known.replace("\0", ""))
            for patient, body in page
            for known in words_of(json.loads(body).get("facts", {}))
        )
        last = page[-1][0]


class Migration(migrations.Migration):
    dependencies = [("laneflow", "0008_queue")]

    operations = [
        migrations.AddField("escalation", "asked", models.TextField(default="", db_default="")),
        migrations.CreateModel(
            name="Word",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "patient",
                        "word",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("patient", models.TextField()),
                ("word", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["word", "patient"],
                        name="laneflow_word_begins",
                        opclasses=["text_pattern_ops", "text_ops"],
                    )
                ],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
