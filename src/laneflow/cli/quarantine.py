"""Owns ``laneflow quarantine``: bad records, listed, shown, taken in again or set aside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session
from laneflow.cli.user import by_whom, who
from laneflow.errors import LaneflowError

if TYPE_CHECKING:
    from laneflow.work.app import App

COLUMNS = {
    "digest": "Record",
    "at": "Since",
    "source": "Source",
    "place": "Where",
    "reason": "Why",
}
PAGE = 500
named = click.argument("record", metavar="RECORD")


@click.group()
def command() -> None:
    """Deal with records that could not be taken in: RECORD is the beginning of one's number."""


@command.command("list")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1),
              help="How many to list.")  # fmt: skip
@show.as_json
@click.pass_obj
def list_(session: Session, limit: int, json_: bool) -> None:
    """List bad records, oldest first: why, and where each came from."""
    rows = [_shown(session.app, row) for row in session.app.store.bad_records(limit)]
    if json_:
        show.json(rows)
        return
    short = [row | {"digest": row["digest"][:12], "at": show.when(row["at"])} for row in rows]
    show.table(short, COLUMNS, "Quarantine is empty.")
    left = session.app.store.vitals(session.app.clock.now())["quarantined"] - len(rows)
    if left > 0:
        click.echo(f"… and {left} more")


@command.command("show")
@named
@who
@click.pass_obj
def show_(session: Session, record: str, by: str | None) -> None:
    """Print a bad record as it came. It may name a patient: that it was looked at is recorded."""
    from laneflow.work.quarantine import found

    app = session.app
    row = found(app, record)
    about = f"quarantine {row['digest']}"
    app.store.audit(
        {"at": app.clock.now(), "by": by_whom(app, by), "what": "view", "object": about}
    )
    click.echo(row["raw"])


@command.command("retry")
@click.argument("records", metavar="RECORD…", nargs=-1)
@click.option("--all", "all_", is_flag=True, help="Every bad record, as after mending a lane.")
@who
@click.pass_obj
def retry(session: Session, records: tuple[str, ...], all_: bool, by: str | None) -> int:
    """Take bad records in again. What still cannot be read stays where it is."""
    from laneflow.work.quarantine import again, found

    if all_ == bool(records):
        raise click.UsageError("Say which records, or --all.")
    app = session.app
    doer = by_whom(app, by)
    rows = _all(app) if all_ else (found(app, record) for record in records)
    mended = failed = 0
    for row in rows:
        try:
            done = again(app, row, doer)
        except LaneflowError as error:
            why = [str(error)]
        else:
            mended += done.mended
            why = done.why
        if why:
            failed += 1
            click.echo(f"{row['digest'][:12]}: {why[0]}", err=True)
    click.echo(f"{show.counted(mended, 'record')} taken in, {failed} still bad.")
    return 1 if failed else 0


@command.command("dismiss")
@named
@click.option("--reason", required=True, help="Why it is not taken in.")
@who
@click.pass_obj
def dismiss(session: Session, record: str, reason: str, by: str | None) -> None:
    """Set a bad record aside for good: it is kept, and not asked about again."""
    from laneflow.work.quarantine import found, set_aside

    app = session.app
    row = found(app, record)
    set_aside(app, row, by_whom(app, by), reason)
    click.echo(f"Set aside: {row['digest'][:12]}.")


def _all(app: App) -> Iterator[dict[str, Any]]:
    after = None
    while page := app.store.bad_records(PAGE, after):
        after = page[-1]
        yield from filter(None, (app.store.bad_record(row["digest"]) for row in page))


def _shown(app: App, row: dict[str, Any]) -> dict[str, Any]:
    from laneflow.practice import words

    place = f"{row['file']}:{row['line']}" if row["line"] else row["file"]
    return row | {"at": words.iso(row["at"], app.loaded.practice.time_zone), "place": place}
