"""Owns ``laneflow people``: who is here, how much they carry, whom it falls to, who is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.doing import who
from laneflow.cli.common.session import Session

if TYPE_CHECKING:
    from laneflow.work.people import Change

COLUMNS = {
    "name": "Who",
    "roles": "Roles",
    "locations": "Locations",
    "tasks": "Tasks",
    "most": "At most",
    "today": "Today",
    "soon": "Away soon",
    "covered_by": "Whose work goes to",
}

day = click.DateTime(["%Y-%m-%d"])
"""A date as an option takes it."""


@click.group()
def command() -> None:
    """List who works here, with what they carry, and say who is off and back."""


@command.command("list")
@show.as_json
@click.pass_obj
def list_(session: Session, json_: bool) -> None:
    """List everybody: roles, locations, tasks, who is away now or within a week, who covers."""
    from laneflow.metrics.people import overview

    app = session.app
    found = overview(app.store, app.live, app.clock.now())
    if json_:
        show.json(found)
        return
    rows = [row | {"soon": [_span(*span) for span in row["soon"]]} for row in found]
    show.table(rows, show.used(rows, COLUMNS), "Nobody is named in practice.yaml.")


@command.command()
@click.argument("person")
@click.option("--from", "first", type=day, required=True, help="The first day they are away.")
@click.option("--until", "last", type=day, help="The last day.  [default: the first]")
@who
@click.pass_obj
def off(session: Session, person: str, first: Any, last: Any, by: str) -> None:
    """PERSON is away from one day until another; their work goes to others at once."""
    from laneflow.work.people import leave

    practice = session.app.loaded.practice
    known = practice.people[given.person(practice, person, "PERSON")]
    start, end = first.date(), (last or first).date()
    _make(session, leave(known, start, end), by)


@command.command()
@click.argument("person")
@click.option("--from", "first", type=day, required=True, help="The first day of that leave.")
@click.option("--until", "last", type=day, help="Its last day.  [default: the first]")
@who
@click.pass_obj
def back(session: Session, person: str, first: Any, last: Any, by: str) -> None:
    """PERSON is not away on those days after all."""
    from laneflow.work.people import no_leave

    practice = session.app.loaded.practice
    known = practice.people[given.person(practice, person, "PERSON")]
    start, end = first.date(), (last or first).date()
    _make(session, no_leave(known, start, end), by)


def _make(session: Session, change: Change, by: str) -> None:
    """Make a change live, as the page does, and tell it."""
    from laneflow.work.people import make

    app = session.app
    done = make(app, change, by=given.person(app.loaded.practice, by, "--by"))
    click.echo(f"{change.why}. It holds from now on (release {done.release}).")
    if done.left_out:
        click.echo(f"practice.yaml could not be changed alike: {done.left_out} Add it there.")


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"
