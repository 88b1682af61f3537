"""Owns ``laneflow escalation``: calls for help listed, taken, and answered."""

from __future__ import annotations

from typing import Any

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.doing import by_whom, do
from laneflow.cli.common.session import Session

COLUMNS = {
    "case": "Case",
    "escalation": "Escalation",
    "text": "What",
    "state": "State",
    "role": "With",
    "person": "Person",
    "when": "Answer by",
    "lane": "Lane",
    "owner": "Owner",
}


@click.group()
def command() -> None:
    """List calls for help; take one, answer it, or hand it on."""


@command.command("list")
@click.option("--role", help="Only what stands with this role.")
@click.option("--lane", help="Only this lane's cases.")
@show.as_json
@click.pass_obj
def list_(session: Session, /, json_: bool, **filters: str | None) -> None:
    """List what nobody has answered yet, the oldest first."""
    from laneflow.metrics.calls.lists import escalations

    app = session.app
    wanted = {name: value for name, value in filters.items() if value}
    found = escalations(app.store, app.loaded, app.clock.now(), **wanted)
    rows = [row | {"when": show.when(row["until"])} for row in found]
    show.listed(found, rows, COLUMNS, "Nobody is calling for help.", json_)


@command.command()
@click.argument("case")
@click.argument("escalation")
@by_whom
@click.pass_obj
def take(session: Session, case: str, escalation: str, by: str, json_: bool) -> None:
    """Take ESCALATION of CASE: you answer for it from now on."""
    do(session, by, "take", case, {"escalation": escalation}, json_)


@command.command("hand-on")
@click.argument("case")
@click.argument("escalation")
@click.option("--reason", required=True, help="Why somebody else has to see to it.")
@click.option("--to", metavar="PERSON", help="Whom to ask; the next rung if not given.")
@click.option("--back", is_flag=True, help="Give back what you took: its own rung is told again.")
@by_whom
@click.pass_obj
def hand_on(
    session: Session,
    case: str,
    escalation: str,
    reason: str,
    to: str | None,
    back: bool,
    by: str,
    json_: bool,
) -> None:
    """Hand ESCALATION of CASE on: to the next rung, to somebody by name, or back."""
    if to and back:
        raise click.UsageError("--to and --back do not go together.")
    data: dict[str, Any] = {"escalation": escalation, "reason": reason}
    if to:
        data["to"] = given.person(session.app.loaded.practice, to, "--to")
    do(session, by, "hand_on", case, data | ({"back": True} if back else {}), json_)


@command.command()
@click.argument("case")
@click.argument("escalation")
@click.option("--answer", required=True, help="What was decided.")
@click.option("--next", "next_", metavar="TEXT", help="What somebody has to do now.")
@click.option("--role", metavar="ROLE", help="Whose task that is; the case's owner if not given.")
@click.option("--due", metavar="INSTANT", help="By when.")
@by_whom
@click.pass_obj
def resolve(
    session: Session,
    case: str,
    escalation: str,
    answer: str,
    next_: str | None,
    role: str | None,
    due: str | None,
    by: str,
    json_: bool,
) -> None:
    """Answer ESCALATION of CASE; an answer may become somebody's next task."""
    data: dict[str, Any] = {"escalation": escalation, "answer": answer}
    if next_:
        task: dict[str, Any] = {"do": next_, "role": role}
        if due:
            task["due"] = session.instant(due, "--due", end=True)
        data["next_task"] = {key: value for key, value in task.items() if value}
    elif role or due:
        raise click.UsageError("--role and --due go with --next, which says what is to be done.")
    do(session, by, "resolve", case, data, json_)
