"""Owns ``laneflow audit``: is the trail whole, and the trail for whoever must read it elsewhere."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session
from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
    from laneflow.store.contract import Store


@click.group()
def command() -> None:
    """Check and hand out the audit trail: who did and looked at what."""


@command.command("verify")
@click.option(
    "--seal", metavar="NUMBER:HASH", help="One that was noted before: is that row still the same?"
)
@show.as_json
@click.pass_obj
def verify(session: Session, seal: str | None, json_: bool) -> int:
    """Check that no row of the audit trail was changed, added, moved or taken away.

    Exits with 1, and tells the first row that is not as it was written. Prints the seal of the last
    one: noted elsewhere, it shows later whether somebody has written the whole trail anew.
    """
    store = session.app.store
    with show.progress("Checking the audit trail", store.audit_head()[0]) as advance:
        broken = store.verify_audit(advance)
    if broken is None and seal:
        broken = _unsealed(store, seal)
    n, hash_ = store.audit_head()
    if json_:
        show.json({"rows": n, "first_broken": broken, "seal": f"{n}:{hash_}"})
    elif broken is None:
        click.echo(f"All {n} rows are as they were written. Seal: {n}:{hash_}")
    else:
        click.echo(f"The audit trail was tampered with: row {broken} is not as written.", err=True)
    return 0 if broken is None else 1


@command.command("export")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl",
              show_default=True, help="JSON lines, or CSV for a spreadsheet.")  # fmt: skip
@click.option("--since", metavar="INSTANT", help="Only what was done at or after it.")
@click.option("--until", metavar="INSTANT", help="Only what was done before it.")
@click.pass_obj
def export(session: Session, form: str, since: str | None, until: str | None) -> None:
    """Print the audit trail, the oldest row first, one a line."""
    store = session.app.store
    first = session.instant(since, "--since") if since else None
    last = session.instant(until, "--until", end=True) if until else None
    rows = (
        row
        for row in _all(store)
        if (first is None or row["at"] >= first) and (last is None or row["at"] < last)
    )
    _jsonl(rows) if form == "jsonl" else _csv(rows)


def _unsealed(store: Store, seal: str) -> int | None:
    """The row a seal was made of, where it is not the same any more."""
    number, _, hash_ = seal.partition(":")
    if not number.isdecimal() or not hash_:
        what = f'"{seal}" is no seal'
        raise LaneflowError(Problem("--seal", 0, 0, what, "`laneflow audit verify` prints one."))
    rows = store.audited(after=int(number) - 1, limit=1) if int(number) else []
    return None if rows and rows[0]["hash"] == hash_ else int(number)


def _all(store: Store) -> Iterator[dict[str, Any]]:
    last = 0
    while page := store.audited(after=last):
        yield from page
        last = page[-1]["n"]


def _jsonl(rows: Iterable[dict[str, Any]]) -> None:
    import msgspec

    for row in rows:
        click.echo(msgspec.json.encode(row | {"at": _utc(row)}).decode())


def _csv(rows: Iterable[dict[str, Any]]) -> None:
    from laneflow.metrics.cases import plain

    writer = csv.writer(sys.stdout)
    writer.writerow(("n", "at", "by", "what", "object", "detail", "hash"))
    for row in rows:
        writer.writerow([plain(str(value)) for value in (row | {"at": _utc(row)}).values()])


def _utc(row: dict[str, Any]) -> str:
    from laneflow.work.clock import iso

    return iso(row["at"])
