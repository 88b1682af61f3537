"""Owns ``laneflow promise``: whether what a patient was promised was done."""

from __future__ import annotations

import click

from laneflow.cli.common.doing import by_whom, do
from laneflow.cli.common.session import Session


@click.command()
@click.argument("case")
@click.argument("promise")
@click.argument("kept", type=click.Choice(["kept", "broken"]))
@by_whom
@click.pass_obj
def command(session: Session, case: str, promise: str, kept: str, by: str, json_: bool) -> None:
    """Record PROMISE of CASE as kept or broken; `laneflow case` names the promises."""
    do(session, by, "promise", case, {"promise": promise, "kept": kept == "kept"}, json_)
