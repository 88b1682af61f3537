"""Owns ``laneflow task``: one task listed, finished, put off, or handed to somebody."""

from __future__ import annotations

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.doing import by_whom, do, task_key
from laneflow.cli.common.session import Session


@click.group()
def command() -> None:
    """List tasks; finish, put off or hand over the one named TASK as the queue shows it."""


@command.command("list")
@click.argument("case")
@show.as_json
@click.pass_obj
def list_(session: Session, case: str, json_: bool) -> None:
    """List the open tasks of CASE."""
    from laneflow.metrics.case.view import tasks

    app = session.app
    found = tasks(app.store, app.live, session.case(case), app.clock.now())
    columns = {"task": "Task", "title": "To do", "channel": "By", "due": "Due", "doer": "Who"}
    show.listed(found, found, columns, "This case has no open task.", json_)


@command.command()
@click.argument("task")
@by_whom
@click.pass_obj
def done(session: Session, task: str, by: str, json_: bool) -> None:
    """Finish TASK."""
    case, key = task_key(session, task)
    do(session, by, "done", case.id, {"task": key}, json_)


@command.command()
@click.argument("task")
@click.option("--until", required=True, metavar="INSTANT", help="When it is to be done.")
@click.option("--reason", required=True, help="Why it has to wait.")
@by_whom
@click.pass_obj
def snooze(session: Session, task: str, until: str, reason: str, by: str, json_: bool) -> None:
    """Put TASK off, with a reason."""
    case, key = task_key(session, task)
    data = {"task": key, "until": session.instant(until, "--until", end=True), "reason": reason}
    do(session, by, "snooze", case.id, data, json_)


@command.command()
@click.argument("task")
@click.option("--to", "person", metavar="PERSON", help="Who does this one task.")
@click.option("--owner", metavar="PERSON", help="Who owns the case from now on.")
@click.option("--backup", metavar="PERSON", help="Who backs the owner up from now on.")
@by_whom
@click.pass_obj
def assign(
    session: Session,
    task: str,
    person: str | None,
    owner: str | None,
    backup: str | None,
    by: str,
    json_: bool,
) -> None:
    """Hand TASK, or its case, to somebody."""
    case, key = task_key(session, task)
    practice = session.app.loaded.practice
    named = {"person": person, "owner": owner, "backup": backup}
    data = {
        field: given.person(practice, who, f"--{'to' if field == 'person' else field}")
        for field, who in named.items()
        if who
    }
    do(session, by, "assign", case.id, data | ({"task": key} if person else {}), json_)
