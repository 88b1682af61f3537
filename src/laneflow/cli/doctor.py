"""Owns ``laneflow doctor``: is the promise kept, is the store whole, is the daemon awake."""

from __future__ import annotations

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session


@click.command()
@click.option("--at", metavar="INSTANT", help="Judge silence at this instant, not the last tick.")
@click.option("--all", "all_", is_flag=True, help="Rebuild every open case from the log.")
@show.as_json
@click.pass_obj
def command(session: Session, at: str | None, all_: bool, json_: bool) -> int:
    """Check that no case is silent, that the store agrees with its log, that work is being done."""
    from laneflow.metrics.doctor import examine

    app = session.app
    with show.progress("Looking at open cases", None) as advance:
        found = examine(
            app.store,
            app.live,
            app.problems,
            app.clock.now(),
            at=session.instant(at, "--at") if at else None,
            every_case=all_,
            seen=advance,
        )
    if json_:
        show.json(found)
        return 0 if found.well else 1
    click.echo(f"{found.open_cases} open cases, {found.silent} silent (as of {found.at}).")
    click.echo(f"{found.rebuilt} of them rebuilt from the log and compared.")
    for problem in found.problems:
        click.echo(f"{problem.severity}: {problem.what}. {problem.hint}".rstrip())
    if not found.problems:
        click.echo("All is well.")
    return 0 if found.well else 1
