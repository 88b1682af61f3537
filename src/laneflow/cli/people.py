"""Owns ``laneflow people``: who is here, how much they carry, whom it falls to, who is off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.doing import Command, by_whom
from laneflow.cli.common.session import Session

if TYPE_CHECKING:
    from datetime import date

    from laneflow.practice.model import Person
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
    rows = [row | {"soon": [_span(*span) for span in row["soon"]]} for row in found]
    empty = "Nobody is named in practice.yaml."
    show.listed(found, rows, show.used(rows, COLUMNS), empty, json_)


def days(command: Command) -> Command:
    """Whose leave is meant, from which day until which."""
    until = click.option("--until", "last", metavar="DATE", help="The last.  [default: the first]")
    first = click.option("--from", "first", metavar="DATE", required=True, help="The first day.")
    return click.argument("person")(first(until(by_whom(command))))


@command.command()
@days
@click.pass_obj
def off(session: Session, person: str, first: str, last: str | None, by: str, json_: bool) -> None:
    """PERSON is away from one day until another; their work goes to others at once."""
    from laneflow.work.people import leave

    _make(session, leave, person, (first, last or first), by, json_)


@command.command()
@days
@click.pass_obj
def back(session: Session, person: str, first: str, last: str | None, by: str, json_: bool) -> None:
    """PERSON is not away on those days after all."""
    from laneflow.work.people import no_leave

    _make(session, no_leave, person, (first, last or first), by, json_)


def _make(
    session: Session,
    change: Callable[[Person, date, date], Change],
    person: str,
    span: tuple[str, str],
    by: str,
    json_: bool,
) -> None:
    """Make a change live, as the page does, and tell it."""
    from laneflow.work.people import make

    app = session.app
    practice = app.loaded.practice
    whose = practice.people[given.person(practice, person, "PERSON")]
    meant = change(whose, given.day(span[0], "--from"), given.day(span[1], "--until"))
    done = make(app, meant, by=given.person(practice, by, "--by"))
    if json_:
        show.json({"release": done.release, "did": meant.why, "left_out": done.left_out})
        return
    click.echo(f"{meant.why}. It holds from now on (release {done.release}).")
    if done.left_out:
        click.echo(f"practice.yaml could not be changed alike: {done.left_out} Add it there.")


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"
