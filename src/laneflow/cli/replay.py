"""Owns ``laneflow replay``: a past period under the edited lanes, beside what happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.files import may_write
from laneflow.cli.common.session import Session
from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
    from laneflow.engine.state import Event
    from laneflow.intake import Bad
    from laneflow.practice.model import LoadedPractice
    from laneflow.proofs.replay import Beside
    from laneflow.work.replaying import Plan
    from laneflow.work.stories import Raw

PERIOD = 30 * 24 * 3_600_000
"""What is replayed where no beginning is given, in milliseconds."""

HAPPENED = "what happened"


@click.command()
@click.option("--from", "from_", metavar="DATE", help="Begin here.  [default: 30 days before --to]")
@click.option("--to", metavar="DATE", help="End here, that day included.  [default: the latest]")
@click.option(
    "--events",
    multiple=True,
    metavar="FILE",
    help="Replay these events (a file, a folder, or -) instead of the practice's own log: the "
    "live lanes beside the edited ones, with nobody acting. Begins with the first event.",
)
@click.option(
    "--against",
    metavar="RELEASE",
    help="Hold it against these lanes run again, a release's number or `live`, "
    "instead of what happened.",
)
@click.option("--lane", metavar="LANE", help="Show this lane only, tier by tier.")
@click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="Processes.  [default: one a core]"
)
@click.option(
    "--csv",
    "csv_",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write every figure to a CSV file: by lane, tier, rule, person and day.",
)
@show.as_json
@click.pass_obj
def command(
    session: Session,
    from_: str | None,
    to: str | None,
    events: tuple[str, ...],
    against: str | None,
    lane: str | None,
    workers: int | None,
    csv_: Path | None,
    json_: bool,
) -> None:
    """Show a past period as it would have been under the edited lanes, beside what happened.

    Response times, what was overdue, calls for help, everybody's load, and the cases that would
    have gone another way. Nothing is changed. It cannot know what patients and staff would have
    done: it takes what they did, when they did it.
    """
    from laneflow.cli.telling import replayed

    may_write(csv_)
    edited = _edited(session)
    lane = given.one_of(lane, _lanes(session, edited), "--lane", "lane")
    before, named = _held_against(session, against, files=bool(events))
    if events:
        plan, stories, total = _from_files(session, before, edited, events, from_, to)
    else:
        plan, stories, total = _from_log(session, before, edited, against, from_, to)
    beside = _run(plan, stories, workers, total)
    if csv_ is not None:
        replayed.write_csv(beside, csv_)
    zone = edited.practice.time_zone
    if json_:
        show.json(replayed.as_data(beside, plan.since, plan.until, zone, named, lane))
    else:
        replayed.tell(beside, plan.since, plan.until, zone, named, lane, files=bool(events))


def _edited(session: Session) -> LoadedPractice:
    loaded, problems = session.load()
    errors = [problem for problem in problems if problem.severity == "error"]
    if loaded is None or errors:
        raise LaneflowError(errors)
    return loaded


def _lanes(session: Session, edited: LoadedPractice) -> list[str]:
    return sorted({*edited.lanes, *session.app.loaded.lanes})


def _held_against(
    session: Session, against: str | None, *, files: bool
) -> tuple[LoadedPractice, str]:
    """The practice the edited one is held against, and what that side is called."""
    app = session.app
    if against in (None, "live"):
        return app.loaded, "the live lanes" if files or against else HAPPENED
    from laneflow.work.versions import live_practice

    releases = {str(release.n): release for release in app.store.releases()}
    if against not in releases:
        what = f'there is no release "{against}"'
        raise LaneflowError(
            Problem("--against", 0, 0, what, "`laneflow history` lists them; or say live.")
        )
    return live_practice(app.store, app.folder, releases[against]), f"release {against}"


def _from_log(
    session: Session,
    before: LoadedPractice,
    edited: LoadedPractice,
    against: str | None,
    from_: str | None,
    to: str | None,
) -> tuple[Plan, Iterator[Raw], int | None]:
    from laneflow.work.replaying import Plan
    from laneflow.work.stories import logged

    store = session.app.store
    latest = store.latest()
    if latest is None:
        hint = "Take events in first, or give a file of them with --events."
        raise LaneflowError(Problem("replay", 0, 0, "nothing has happened yet", hint))
    until = latest + 1 if to is None else min(session.instant(to, "--to", end=True), latest + 1)
    since = until - PERIOD if from_ is None else session.instant(from_, "--from")
    _in_order(since, until)
    total = store.counts()["input"]
    return Plan(before, edited, since, until, against is not None), logged(store), total


def _from_files(
    session: Session,
    before: LoadedPractice,
    edited: LoadedPractice,
    events: tuple[str, ...],
    from_: str | None,
    to: str | None,
) -> tuple[Plan, Iterator[Raw], int | None]:
    from laneflow.work.replaying import Plan
    from laneflow.work.stories import Files

    with show.progress("Reading", None) as advance:
        files = Files(_records(session, edited, events), advance)
    if files.bad:
        click.echo(f"{files.bad} records could not be read and are left out.", err=True)
    if files.first is None or files.last is None:
        hint = "Name a file of CloudEvents or FHIR R4, as `laneflow intake` reads them."
        raise LaneflowError(Problem(" ".join(events), 0, 0, "there are no events in it", hint))
    since = files.first if from_ is None else session.instant(from_, "--from")
    until = files.last + 1 if to is None else session.instant(to, "--to", end=True)
    _in_order(since, until)
    return Plan(before, edited, since, until), files.stories(), files.events


def _records(
    session: Session, edited: LoadedPractice, paths: tuple[str, ...]
) -> Iterator[Event | Bad]:
    from laneflow.intake import Vocabulary, read

    vocabulary = Vocabulary.of(edited)
    for path in paths:
        yield from read(path, vocabulary=vocabulary, time_zone=edited.practice.time_zone)


def _in_order(since: int, until: int) -> None:
    if since >= until:
        what = "the period is empty: it ends before it begins"
        raise LaneflowError(Problem("--from", 0, 0, what, "Give an earlier --from."))


def _run(plan: Plan, stories: Iterator[Raw], workers: int | None, total: int | None) -> Beside:
    from laneflow.work.replaying import replay

    with show.progress("Replaying", total) as advance:
        return replay(plan, stories, workers, advance)
