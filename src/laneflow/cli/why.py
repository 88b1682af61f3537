"""Owns ``laneflow why``: which rule, on which line of which file, because of which facts."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import click

from laneflow.cli import show
from laneflow.cli.session import Session


@click.command()
@click.argument("case")
@click.option("--at", metavar="INSTANT", help="What was known at this instant; default now.")
@click.option("--last", is_flag=True, help="Only the last thing that happened.")
@show.as_json
@click.pass_obj
def command(session: Session, case: str, at: str | None, last: bool, json_: bool) -> None:
    """Explain CASE: what happened, which rule acted, where it is written, what it saw."""
    from laneflow.metrics.story import why

    found = session.case(case)
    until = session.instant(at, "--at", end=True) if at else None
    rows = why(session.app.store, session.app.loaded.practice, found.id, until)
    if last and rows:
        rows = [row for row in rows if row["seq"] == rows[-1]["seq"]]
    if json_:
        show.json(rows)
        return
    _tell(rows)


def _tell(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("Nothing had been decided about this case by then.")
    for _, group in groupby(rows, key=lambda row: row["seq"]):
        found = list(group)
        click.echo(f"{found[0]['at'][:16].replace('T', ' ')}  {found[0]['happened']}")
        for row in found:
            place = f" ({row['file']}:{row['line']})" if row["file"] else ""
            did = f": {row['did']}" if row["did"] else ""
            click.echo(f"    {row['rule']}{place}{did}")
            if row["because"]:
                click.echo(f"        because {row['because']}")
