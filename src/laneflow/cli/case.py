"""Owns ``laneflow case``: one case on one page, with the words to say."""

from __future__ import annotations

from typing import Any

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session

CHANNELS = ("phone", "sms", "portal", "letter", "fax")


LISTS = {
    "checklist": {
        "item": "Item", "label": "What", "state": "State", "owed_by": "Owed by", "when": "Due",
        "asked": "Asked",
    },
    "barriers": {"barrier": "Barrier", "title": "What", "when": "Since"},
    "promises": {
        "promise": "Promise", "what": "What", "by_whom": "By whom", "when": "By", "kept": "Kept",
    },
}  # fmt: skip


@click.command()
@click.argument("case")
@click.option("--channel", type=click.Choice(CHANNELS), help="Show the script for this channel.")
@click.option("--language", metavar="LANGUAGE", help="Show the script in this language (es).")
@show.as_json
@click.pass_obj
def command(session: Session, case: str, channel: str, language: str, json_: bool) -> None:
    """Show CASE: owner, task, script, checklist, barriers, escalations, and how it came here."""
    from laneflow.metrics.case.view import case_view

    app = session.app
    view = case_view(
        app.store,
        app.live,
        session.case(case),
        app.clock.now(),
        channel=channel or "",
        language=language or "",
    )
    if json_:
        show.json(view)
        return
    _head(view)
    _tasks(view)
    if view["script"]:
        _script(view["script"])
    _lists(view)
    _timeline(view)


def _head(view: dict[str, Any]) -> None:
    name = f", {view['patient_name']}" if view["patient_name"] else ""
    show.title(f"{view['lane_title']}: case {view['case']}")
    show.pairs(
        {
            "Patient": view["patient"] + name,
            "Owner": f"{view['owner_name']} (backup: {view['backup_name']})",
            "Status": f"{view['status'].replace('_', ' ')} ({view['queue']})",
            "Tier": view["tier"] + (f", {view['kind']}" if view["kind"] else ""),
            "Opened": f"{show.when(view['opened'])}: {view['trigger']}",
            "Due": show.when(view["due"]),
            "First attempt by": show.when(view["first_attempt_by"]),
            "First contact by": show.when(view["first_contact_by"]),
            "Closed": f"{show.when(view['closed'])}, {view['outcome']}: {view['reason']}"
            if view["closed"]
            else "",
            "Why here": view["why_here"],
            "Also open": ", ".join(view["patient_also"]),
        }
    )


def _tasks(view: dict[str, Any]) -> None:
    if not view["tasks"]:
        return
    show.title("To do")
    rows = [
        task | {"when": show.when(task["due"]), "held": show.held(task)} for task in view["tasks"]
    ]
    columns = {
        "key": "Task", "title": "What", "channel": "By", "when": "Due", "doer": "Who",
        "covers": "Because",
    }  # fmt: skip
    show.table(rows, columns | show.used(rows, {"held": "Held back"}), "")


def _script(script: dict[str, Any]) -> None:
    language = script["locale"] + (" (there is none in the patient's)" * script["fell_back"])
    show.title(f"Script {script['script']}, {script['channel']}, {language}")
    for part in script["parts"]:
        show.paragraph(part["block"].replace("_", " "), part["text"])
    if not script["parts"] and script["text"]:
        show.paragraph("text", script["text"])
    if script["voicemail"]:
        show.paragraph("voicemail", script["voicemail"])
    for gap in script["gaps"]:
        show.paragraph("gap", gap)


def _lists(view: dict[str, Any]) -> None:
    for key, columns in LISTS.items():
        if view[key]:
            show.title(key.capitalize())
            rows = [
                row | {"when": show.when(row.get("due") or row.get("since") or row.get("by_when"))}
                for row in view[key]
            ]
            show.table(rows, columns, "")
    for held in view["escalations"]:
        show.title(f"Escalation {held['escalation']}: {held['text']}")
        for number, rung in enumerate(held["rungs"], 1):
            here = "→" if number == held["rung"] else " "
            click.echo(f"  {here} {number}. {rung}")
        taken = f"taken by {held['taken_by']}, to be resolved" if held["taken_by"] else "not taken"
        by = f" by {show.when(held['until'])}" if held["until"] else ""
        click.echo(f"  {taken}{by}")


def _timeline(view: dict[str, Any]) -> None:
    show.title("What happened")
    for row in view["timeline"]:
        changed = f". {row['changed']}" if row["changed"] else ""
        click.echo(f"  {show.when(row['at'])}  {row['happened']}{changed}")
