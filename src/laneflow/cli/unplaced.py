"""Owns ``laneflow unplaced``: events no case was named for, attached, opened or dismissed."""

from __future__ import annotations

from typing import Any

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.doing import tell, who
from laneflow.cli.common.session import Session

COLUMNS = {
    "source": "Source",
    "id": "Id",
    "type": "Type",
    "patient": "Patient",
    "why": "Why",
    "candidates": "Could belong to",
    "owner": "Owner",
    "when": "Due",
}


@click.group()
def command() -> None:
    """List events no case could be named for, and say where the one from SOURCE with ID belongs."""


@command.command("list")
@show.as_json
@click.pass_obj
def list_(session: Session, json_: bool) -> None:
    """List what is unplaced, with who sees to it and by when."""
    from laneflow.metrics.calls.lists import unplaced

    app = session.app
    found = unplaced(app.store, app.loaded, app.clock.now())
    rows = [row | {"when": show.when(row["due"])} for row in found]
    show.listed(found, rows, COLUMNS, "Every event found its case.", json_)


@command.command()
@click.argument("source")
@click.argument("id_", metavar="ID")
@click.argument("case")
@who
@show.as_json
@click.pass_obj
def attach(session: Session, source: str, id_: str, case: str, by: str, json_: bool) -> None:
    """Give the event to CASE."""
    from laneflow.work.unplaced import attach

    person = given.person(session.app.loaded.practice, by, "--by")
    tell(attach(session.app, by=person, event=(source, id_), case=case), json_)


@command.command("open")
@click.argument("source")
@click.argument("id_", metavar="ID")
@click.option(
    "--fact", "facts", multiple=True, required=True, metavar="NAME=VALUE",
    help="What the event lacked, such as referral.id=R-17; again for more.",
)  # fmt: skip
@who
@show.as_json
@click.pass_obj
def open_(
    session: Session, source: str, id_: str, facts: tuple[str, ...], by: str, json_: bool
) -> None:
    """Complete the event with what it lacked, and take it in again."""
    from laneflow.work.unplaced import open_case

    person = given.person(session.app.loaded.practice, by, "--by")
    cases = open_case(session.app, by=person, event=(source, id_), data=_facts(facts))
    if json_:
        show.json([{"case": case} for case in cases])
        return
    click.echo(f"It belongs to {', '.join(cases)} now.")


def _facts(pairs: tuple[str, ...]) -> dict[str, Any]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise click.BadParameter(f'"{pair}" is not NAME=VALUE.', param_hint="--fact")
        found[name] = value
    return found


@command.command()
@click.argument("source")
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, help="Why it needs no case.")
@who
@click.pass_obj
def dismiss(session: Session, source: str, id_: str, reason: str, by: str) -> None:
    """Take the event off the list, with a reason."""
    from laneflow.work.unplaced import dismiss

    person = given.person(session.app.loaded.practice, by, "--by")
    dismiss(session.app, by=person, event=(source, id_), reason=reason)
    click.echo("Dismissed.")
