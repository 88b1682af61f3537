"""Owns ``laneflow event``: a task's button pressed, such as a kept visit, from the command line."""

from __future__ import annotations

import click

from laneflow.cli.common.doing import by_whom, do
from laneflow.cli.common.session import Session


@click.command()
@click.argument("case")
@click.argument("type_", metavar="TYPE")
@by_whom
@click.pass_obj
def command(session: Session, case: str, type_: str, by: str, json_: bool) -> None:
    """Record that TYPE happened in CASE, such as visit.completed or patient.declined."""
    do(session, by, "event", case, {"type": type_}, json_)
