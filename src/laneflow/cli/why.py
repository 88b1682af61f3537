"""Owns ``laneflow why``: what led a case, or an event, to where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session
from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
    from typing import Any


@click.command()
@click.argument("case")
@click.option("--at", metavar="INSTANT", help="What was known at this instant; default now.")
@click.option("--last", is_flag=True, help="Only the last thing that happened.")
@click.option("--full", is_flag=True, help="Every step, with who was assigned and why each date.")
@click.option("--event", is_flag=True, help="CASE is an event: its id, or SOURCE#ID.")
@show.as_json
@click.pass_obj
def command(
    session: Session, case: str, at: str | None, last: bool, full: bool, event: bool, json_: bool
) -> None:
    """Explain CASE: what happened, which rule on which line acted, what it saw, what comes next.

    Given an event instead (its id, or SOURCE#ID), say why it was left unplaced, held stale, or
    opened nothing: every case and lane it could have reached, with the tests that failed.
    """
    row = _event(session, case, asked=event)
    if row is not None:
        _tell_event(session, row, full=full, json_=json_)
        return
    _tell_case(session, case, at, last=last, full=full, json_=json_)


def _event(session: Session, named: str, *, asked: bool) -> dict[str, Any] | None:
    """The event's row in the log; None where a case is meant. Raises where it is neither."""
    from laneflow.metrics.why.event import find_event

    if not asked and session.app.store.case(named) is not None:
        return None
    found = find_event(session.app, named) if named else None
    if found is None:
        what = f'no event "{named}" was taken in'
        hint = "Give the id it was sent with, or SOURCE#ID; `laneflow unplaced list` shows some."
        if not asked:
            what = f'no case, or more than one, begins with "{named}", and no event is called so'
            hint = "`laneflow queue` shows the open cases, `laneflow unplaced list` some events."
        raise LaneflowError(Problem("event" if asked else "case", 0, 0, what, hint))
    return found


def _tell_event(session: Session, row: dict[str, Any], *, full: bool, json_: bool) -> None:
    from laneflow.metrics.why.event import tell_event, why_event

    found = why_event(session.app, row)
    if json_:
        show.json(found)
        return
    for line in tell_event(found, full=full):
        click.echo(line)
    for unknown in found.unknown:
        click.echo(unknown, err=True)


def _tell_case(
    session: Session, case: str, at: str | None, *, last: bool, full: bool, json_: bool
) -> None:
    from msgspec.structs import replace

    from laneflow.metrics.why.case import tell_case, why_case
    from laneflow.metrics.why.then import case_then

    found_case = session.case(case)
    then = case_then(session.app, found_case.id, session.instant(at, "--at", end=True))
    found = why_case(then)
    if last:
        found = replace(found, steps=found.steps[-1:])
    if json_:
        show.json(found)
        return
    for line in tell_case(found, full=full):
        click.echo(line)
    for unknown in found.unknown:
        click.echo(unknown, err=True)
