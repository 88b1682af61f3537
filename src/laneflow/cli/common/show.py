"""Owns how answers look: tables for people, JSON for programs, progress on a terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

Row = Mapping[str, Any]

as_json = click.option("--json", "json_", is_flag=True, help="Print JSON, for programs.")
"""The option every command that reads has."""


def json(value: Any) -> None:
    """Print ``value``; lists one object a line, so that both people and diffs can read them."""
    import msgspec

    if isinstance(value, list) and value:
        lines = (msgspec.json.encode(item).decode() for item in value)
        click.echo("[" + ",\n ".join(lines) + "]")
    else:
        click.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def console(*, err: bool = False) -> Console:
    """Where people read: as wide as their terminal, and wide enough for a pipe."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else 160
    return Console(file=stream, width=width, highlight=False, soft_wrap=False)


def table(rows: Sequence[Row], columns: Mapping[str, str], empty: str) -> None:
    """Print ``rows`` with ``columns`` (key: heading); ``empty`` is said instead where none is."""
    from rich.table import Table
    from rich.text import Text

    if not rows:
        click.echo(empty)
        return
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in columns.values():
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        style = "red" if row.get("overdue") is True else None
        drawn.add_row(*(Text(_cell(row.get(key))) for key in columns), style=style)
    console().print(drawn)


def listed(
    found: Sequence[Row],
    rows: Sequence[Row],
    columns: Mapping[str, str],
    empty: str,
    json_: bool,
) -> None:
    """What was found, for programs; for people a table of ``rows``, see ``table``."""
    if json_:
        json(found)
    else:
        table(rows, columns, empty)


def title(text: str) -> None:
    """A heading, with a line before it."""
    click.echo()
    click.secho(text, bold=True)


def pairs(named: Mapping[str, str]) -> None:
    """Name and value on a line each; empty ones are left out."""
    for name, value in named.items():
        if value:
            click.echo(f"  {name + ':':<18}{value}")


def paragraph(name: str, text: str) -> None:
    """A named piece of a script, wrapped, its lines kept."""
    width = min(shutil.get_terminal_size().columns, 100)
    label = f"{name}:"
    for line in text.splitlines() or [""]:
        wrapped = textwrap.wrap(line, width - 22) or [""]
        for piece in wrapped:
            click.echo(f"  {label:<20}{piece}".rstrip())
            label = ""


def when(iso: str | None) -> str:
    """An ISO instant for people: ``Tue 2026-09-08 17:00``; "" for None."""
    return f"{datetime.fromisoformat(iso):%a %Y-%m-%d %H:%M}" if iso else ""


def counted(n: int, what: str) -> str:
    """``1 problem``, ``2,000 problems``."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def used(rows: Sequence[Row], columns: Mapping[str, str]) -> dict[str, str]:
    """Those of ``columns`` in which some row says something."""
    return {key: said for key, said in columns.items() if any(row.get(key) for row in rows)}


def held(row: Row) -> str:
    """Until when and why a task is held back; "" where it is not."""
    return f"until {when(row['hold_until'])}: {row['hold_why']}" if row["hold_until"] else ""


def _cell(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while long work runs, only where a person watches.

    Yields ``advance(n)``. ``total`` None: how much there is is not known beforehand.
    """
    if not sys.stderr.isatty():
        yield lambda n: None
        return
    from rich.progress import Progress

    with Progress(console=console(err=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda n: bar.advance(task, n)


def problems(found: Iterable[object]) -> None:
    """Problems on standard error, one a line."""
    for problem in found:
        click.echo(str(problem), err=True)
