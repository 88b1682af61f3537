"""Owns ``laneflow publish``: the edited files go live, after a look at what that does."""

from __future__ import annotations

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.doing import who
from laneflow.cli.common.session import Session
from laneflow.cli.telling import planned


@click.command()
@who
@click.option("--why", required=True, metavar="TEXT", help="Why; it stays in the history.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--dry-run", is_flag=True, help="Only show what it would do, and whether it may.")
@click.option(
    "--force",
    is_flag=True,
    help="Also past the limits on what happens at once, or where a proof fails.",
)
@click.option("--untested", is_flag=True, help="Also where a lane's own tests fail.")
@show.as_json
@click.pass_obj
def command(
    session: Session,
    by: str,
    why: str,
    yes: bool,
    dry_run: bool,
    force: bool,
    untested: bool,
    json_: bool,
) -> int:
    """Make the edited practice.yaml, lanes and scripts live, all at once.

    First the files are checked, the changed lanes' tests run, the lanes proven, and the plan shown.
    """
    from laneflow.work.publishing import propose, publish

    app = session.app
    person = given.person(app.loaded.practice, by, "--by")
    with planned.steps(app) as (say, seen):
        proposal = propose(app, untested=untested, say=say, seen=seen)
    standing = proposal.left(force=force, untested=untested)
    if not planned.agreed(app, proposal.plan, standing, dry_run=dry_run, yes=yes, json_=json_):
        return 1 if standing else 0
    number = publish(app, proposal, by=person, why=why, force=force, untested=untested)
    told = f"Release {number} is live. A running daemon takes it up within seconds."
    planned.done(number, json_, told)
    return 0
