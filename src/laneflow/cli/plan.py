"""Owns ``laneflow plan``: what publishing the edits would do, before anything is live."""

from __future__ import annotations

from typing import Any

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.session import Session
from laneflow.cli.telling import planned


@click.command()
@click.option("--lane", "lanes", multiple=True, help="Only this lane's cases; may be repeated.")
@click.option("--all", "all_", is_flag=True, help="Name every case, not a few of each kind.")
@click.option("--at", metavar="INSTANT", help="As if published at this instant instead of now.")
@show.as_json
@click.pass_obj
def command(
    session: Session, lanes: tuple[str, ...], all_: bool, at: str | None, json_: bool
) -> int:
    """Show what publishing the edited files would do to today's open cases.

    Nothing is changed. Exit code 1 where `laneflow publish` would refuse; publishing runs the
    changed lanes' tests and proves them, too.
    """
    from laneflow.work.planning import EXAMPLES, lost_statuses, plan, read_edited
    from laneflow.work.publishing import look_over, too_much

    app = session.app
    known = sorted(app.loaded.lanes)
    chosen = [given.one_of(lane, known, "--lane", "lane") for lane in lanes] or None
    edited = read_edited(app.folder)
    instant = session.instant(at, "--at") if at else None
    total = len(app.store.followed(known))
    told: Any = planned.Stream(app.loaded.practice.time_zone) if json_ else None
    with show.progress("Looking at open cases", total) as advance:
        found = plan(
            app, edited, instant, lanes=None if chosen is None else [c for c in chosen if c],
            examples=0 if json_ else 10**9 if all_ else EXAMPLES,
            each=told.effect if json_ else lambda effect: None, seen=advance,
        )  # fmt: skip
    errors, warnings = look_over(app.folder, edited)
    refusals = [*errors, *lost_statuses(app, edited.loaded, edited.unread), *too_much(app, found)]
    if json_:
        told.end(found, refusals)
    else:
        planned.tell(app, found, refusals)
        if warnings:
            things = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
            click.echo(f"\n`laneflow check` has {things} about these files.")
    return 1 if refusals else 0
