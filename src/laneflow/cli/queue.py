"""Owns ``laneflow queue``: what is to be done, by whom and by when, in the order to do it."""

from __future__ import annotations

from typing import Any

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.session import Session

QUEUES = (
    "new", "waiting on information", "sent", "needs patient action", "scheduled",
)  # fmt: skip

SHOWN = 50
"""Rows a person is shown unless they ask for more."""

COLUMNS = {
    "task": "Task",
    "tier": "Tier",
    "when": "Due",
    "title": "To do",
    "channel": "By",
    "who": "Who",
    "lane": "Lane",
    "queue": "Queue",
}

NOW_AND_THEN = {"also": "Also open", "held": "Held back"}
"""Columns that are shown where there is something to say."""


@click.command()
@click.option("--lane", help="Only this lane's cases.")
@click.option("--location", help="Only this location's cases.")
@click.option("--queue", "queue_", type=click.Choice(QUEUES), help="Only this queue status.")
@click.option("--tier", help="Only this priority tier.")
@click.option("--owner", metavar="PERSON", help="Only what this person owns or covers today.")
@click.option("--due-today", is_flag=True, help="Only what is due today, or was due before.")
@click.option("--overdue", is_flag=True, help="Only what is overdue.")
@click.option("--sleeping", is_flag=True, help="Also what has not started yet, such as recalls.")
@click.option("--limit", type=click.IntRange(min=1),
              help="At most so many.  [default: 50; with --json all]")  # fmt: skip
@click.option("--at", metavar="INSTANT", help="As seen at this instant instead of now.")
@show.as_json
@click.pass_obj
def command(session: Session, /, json_: bool, limit: int | None, **options: Any) -> None:
    """Show the work: overdue and urgent first, then by due date."""
    from laneflow.metrics.queue.rows import queue

    app = session.app
    at = session.instant(options["at"], "--at")
    wanted = _filter(session, options, at)
    if json_:
        show.json(queue(app.store, app.live, at, wanted, limit))
        return
    limit = limit or SHOWN
    items = queue(app.store, app.live, at, wanted, limit + 1)
    rows = [
        item
        | {
            "when": show.when(item["due"]),
            "who": item["doer"] + (f" (for {item['owner']})" if item["covers"] else ""),
            "held": show.held(item),
        }
        for item in items[:limit]
    ]
    columns = COLUMNS | show.used(rows, NOW_AND_THEN)
    show.table(rows, columns, "Nothing is waiting. `laneflow queue --sleeping` shows what will.")
    if len(items) > limit:
        click.echo(f"The first {limit}; --limit shows more.")
    if app.problems:
        click.echo("Files were edited and are not live: see `laneflow plan`.", err=True)


def _filter(session: Session, options: dict[str, Any], at: int) -> Any:
    from laneflow.metrics.queue.rows import Filter

    app = session.app
    practice = app.loaded.practice
    lane = given.one_of(options["lane"], list(app.loaded.lanes), "--lane", "lane")
    location = given.one_of(options["location"], list(practice.locations), "--location", "location")
    tier = given.one_of(options["tier"], list(practice.tiers), "--tier", "tier")
    who = given.person(practice, options["owner"], "--owner") if options["owner"] else ""
    calendar = app.live.calendar(location or next(iter(practice.locations)))
    return Filter(
        lane=lane or "",
        location=location or "",
        queue=options["queue_"] or "",
        tier=tier or "",
        person=who,
        due_by=calendar.next_morning(at) - 1 if options["due_today"] else None,
        overdue=options["overdue"],
        sleeping=options["sleeping"],
    )
