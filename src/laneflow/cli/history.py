"""Owns ``laneflow history``: what was live, since when, by whom and why; and its files again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session
from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
    from laneflow.store.released import Release

COLUMNS = {"release": "Release", "when": "Since", "by": "By", "why": "Why", "changed": "Changed"}


@click.command()
@click.option("--diff", "diff", metavar="N", type=click.IntRange(min=1),
              help="Line by line, what release N changed.")  # fmt: skip
@click.option("--write", "write", metavar="N DIR", nargs=2, type=(click.IntRange(min=1), Path),
              help="Write the files of release N to the empty or new folder DIR.")  # fmt: skip
@show.as_json
@click.pass_obj
def command(
    session: Session, diff: int | None, write: tuple[int, Path] | None, json_: bool
) -> None:
    """Show every release: since when it was live, who made it so, why, and what it changed."""
    releases = session.app.store.releases()
    if write is not None:
        _write(session, _numbered(releases, write[0]), write[1])
    elif diff is not None:
        _diff(session, releases, diff, json_)
    else:
        _list(session, releases, json_)


def _list(session: Session, releases: list[Release], json_: bool) -> None:
    from laneflow.metrics.releases import changed
    from laneflow.practice.words import iso

    zone = session.app.loaded.practice.time_zone
    before = [*releases[1:], None]
    rows = [
        {
            "release": release.n, "at": iso(release.at, zone), "by": release.by,
            "why": release.why, "live": n == 0, "changed": changed(release, before[n]),
        }
        for n, release in enumerate(releases)
    ]  # fmt: skip
    shown = [row | {"when": show.when(str(row["at"])), "changed": _few(row["changed"])}
             for row in rows]  # fmt: skip
    show.listed(rows, shown, COLUMNS, "Nothing was ever live.", json_)


def _few(paths: object) -> str:
    listed = paths if isinstance(paths, list) else []
    if len(listed) > 3:
        return f"{', '.join(listed[:3])} and {len(listed) - 3} more"
    return ", ".join(listed)


def _diff(session: Session, releases: list[Release], number: int, json_: bool) -> None:
    from laneflow.metrics.releases import diffs

    release = _numbered(releases, number)
    before = next((r for r in releases if r.n == number - 1), None)
    store = session.app.store
    old = store.contents(before.parts) if before else {}
    new = store.contents(release.parts)
    lines = [line for file in diffs(old, new) for line in file.lines]
    if json_:
        show.json({"release": number, "diff": lines})
        return
    for line in lines:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        click.secho(line, fg=colour)
    if not lines:
        click.echo("It changed no file.")


def _write(session: Session, release: Release, folder: Path) -> None:
    from laneflow.work.bringing import write_files

    written = write_files(session.app.store, release.parts, folder)
    click.echo(f"{len(written)} files of release {release.n} are in {folder}.")


def _numbered(releases: list[Release], number: int) -> Release:
    for release in releases:
        if release.n == number:
            return release
    what = f"there is no release {number}"
    raise LaneflowError(Problem("release", 0, 0, what, "`laneflow history` lists them."))
