"""Owns ``laneflow manage``: Django's own management commands, on the practice's site."""

from __future__ import annotations

import click

from laneflow.cli.common.session import Session
from laneflow.errors import LaneflowError, Problem

NOT_HERE = {
    "runserver": "Use `laneflow serve`: Django's own server is not made for patients' data.",
    "testserver": "Use `laneflow demo` for a practice to try things on.",
    "flush": "What happened stays on record. To begin anew, take another database.",
    "sqlflush": "What happened stays on record. To begin anew, take another database.",
    "createsuperuser": "Accounts are made with `laneflow user add`.",
    "changepassword": "Use `laneflow user reset`.",
}
"""Django's commands that would do harm, and what to do instead."""


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="COMMAND …")
@click.pass_obj
def command(session: Session, arguments: tuple[str, ...]) -> None:
    """Run one of Django's management commands, such as `check --deploy`.

    `laneflow manage help` lists them.
    """
    from django.core.management import ManagementUtility

    from laneflow.cli.serve import configure

    if arguments and arguments[0] in NOT_HERE:
        what = f"{arguments[0]} is not to be used on a practice"
        raise LaneflowError(Problem("manage", 0, 0, what, NOT_HERE[arguments[0]]))
    configure(session)
    ManagementUtility(["laneflow manage", *arguments]).execute()
