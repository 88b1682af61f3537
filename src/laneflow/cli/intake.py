"""Owns ``laneflow intake``: what other systems sent, taken in once, each bad record named."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session

if TYPE_CHECKING:
    from laneflow.engine.state import Event
    from laneflow.intake import Bad, Summary
    from laneflow.work.app import App
    from laneflow.work.take_in import TakenIn

MOST_SHOWN = 20
"""Bad records named on the screen; all of them are in quarantine."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--replay", is_flag=True, help="Take each event in at the time it happened.")
@click.option(
    "--feed", default="r4", show_default=True, metavar="NAME", help="The FHIR system's name."
)
@show.as_json
@click.pass_obj
def command(session: Session, paths: tuple[str, ...], replay: bool, feed: str, json_: bool) -> None:
    """Take in events: CloudEvents or FHIR R4 from files, folders, or - for standard input.

    A bad record goes to quarantine and stops nothing; taking the same file in again changes
    nothing.
    """
    from laneflow.intake import Summary
    from laneflow.work.take_in import take_in

    app = session.app
    summary = Summary()
    bad: list[Bad] = []
    records = _watched(_records(app, paths, replay, feed, summary), bad)
    with show.progress("Taking in", None) as advance:
        counted = 0

        def step(taken: TakenIn) -> None:
            nonlocal counted
            advance(taken.read - counted)
            counted = taken.read

        taken = take_in(app, records, replay=replay, progress=step)
    for record in bad[:MOST_SHOWN]:
        click.echo(f"quarantined: {record}", err=True)
    if len(bad) > MOST_SHOWN:
        click.echo(f"… and {len(bad) - MOST_SHOWN} more", err=True)
    if json_:
        show.json(_counts(taken, summary))
        return
    _tell(taken, summary)


def _records(
    app: App, paths: tuple[str, ...], replay: bool, feed: str, summary: Summary
) -> Iterator[Event | Bad]:
    from laneflow.intake import Vocabulary, read

    now = app.clock.now()
    vocabulary = Vocabulary.of(app.loaded)
    readings = (
        read(
            path,
            now=now,
            vocabulary=vocabulary,
            time_zone=app.loaded.practice.time_zone,
            feed=feed,
            summary=summary,
        )
        for path in paths
    )
    return chain.from_iterable(readings)


def _watched(records: Iterator[Event | Bad], bad: list[Bad]) -> Iterator[Event | Bad]:
    from laneflow.intake import Bad

    for record in records:
        if isinstance(record, Bad):
            bad.append(record)
        yield record


def _counts(taken: TakenIn, summary: Summary) -> dict[str, Any]:
    return {
        "files": summary.files,
        "records": summary.records,
        "read": taken.read,
        "new": taken.new,
        "duplicates": taken.duplicates,
        "quarantined": taken.quarantined,
        "cases_opened": taken.cases,
        "unplaced": taken.unplaced,
        "too_old": taken.too_old,
    }


def _tell(taken: TakenIn, summary: Summary) -> None:
    click.echo(
        f"{summary.records} records from {summary.files} files: {taken.new} new events, "
        f"{taken.duplicates} known already, {taken.quarantined} quarantined."
    )
    click.echo(f"{taken.cases} cases opened.")
    if taken.unplaced:
        click.echo(f"{taken.unplaced} events are unplaced: see `laneflow unplaced`.")
    if taken.too_old:
        click.echo(f"{taken.too_old} triggers were too old to open a case; they are recorded.")
