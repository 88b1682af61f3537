"""What the day's figures are counted by stands in columns, and indexes hold all of it."""
# ruff: noqa: RUF012  (how Django writes migrations)

import json
from typing import Any

from django.db import migrations, models

import laneflow.store.fields

PAGE = 500


def fill(apps: Any, editor: Any) -> None:
    """Take the new columns of cases that are there already out of their bodies."""
    table = apps.get_model("laneflow", "Case").objects.using(editor.connection.alias)
    last = ""
    while page := list(table.filter(id__gt=last).order_by("id").values_list("id", "body")[:PAGE]):
        for id_, body in page:
            table.filter(id=id_).update(**columns(json.loads(body)))
        last = page[-1][0]


def columns(case: dict[str, Any]) -> dict[str, Any]:
    """The new columns of one case; a date is a list that begins with its instant."""
    task, side = case.get("task"), case.get("side", {}).values()
    dues = [part["due"][0] for part in side]
    if task and not task.get("paused"):
        dues.append(task["due"][0])
    states = [held.get("state", "open") for held in case.get("escalations", {}).values()]
    barriers = sorted(case.get("barriers", {}))
    by = case.get("windows", {}).get("first_attempt")
    return {
        "overdue_at": min(dues, default=None),
        "untaken": states.count("open"),
        "barriers": json.dumps(barriers, separators=(",", ":"), ensure_ascii=False)
        if barriers
        else "",
        "respond_by": by[0] if by else None,
        "responded": case.get("first_attempt"),
    }


class Migration(migrations.Migration):
    dependencies = [("laneflow", "0005_awake")]

    operations = [
        migrations.AddField("case", "overdue_at", laneflow.store.fields.InstantField(null=True)),
        migrations.AddField("case", "untaken", models.SmallIntegerField(default=0, db_default=0)),
        migrations.AddField("case", "barriers", models.TextField(default="", db_default="")),
        migrations.AddField("case", "respond_by", laneflow.store.fields.InstantField(null=True)),
        migrations.AddField("case", "responded", laneflow.store.fields.InstantField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=models.Q(("watched", True)),
                fields=[
                    "location",
                    "lane",
                    "queue",
                    "owner",
                    "barriers",
                    "tier",
                    "status",
                    "untaken",
                    "overdue_at",
                    "progress",
                    "id",
                    "closed_at",
                    "watched",
                ],
                name="laneflow_case_figures",
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=[
                    "opened",
                    "location",
                    "lane",
                    "respond_by",
                    "responded",
                    "closed_at",
                    "id",
                ],
                name="laneflow_case_opened",
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["closed_at", "location", "lane", "id"],
                name="laneflow_case_closed",
            ),
        ),
    ]
