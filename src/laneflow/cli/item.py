"""Owns ``laneflow item``: what of a case's checklist has come."""

from __future__ import annotations

import click

from laneflow.cli.common.doing import by_whom, do
from laneflow.cli.common.session import Session


@click.command()
@click.argument("case")
@click.argument("item")
@click.argument("state", type=click.Choice(["received", "partial", "missing", "not needed"]))
@click.option("--note", help="What is to be known about it.")
@by_whom
@click.pass_obj
def command(
    session: Session, case: str, item: str, state: str, note: str | None, by: str, json_: bool
) -> None:
    """Mark ITEM of CASE's checklist as received, partial, missing or not needed."""
    do(session, by, "item", case, {"item": item, "state": state, "note": note}, json_)
