"""Owns ``laneflow init``: a new practice folder, laid out from the starter practice."""

from __future__ import annotations

from pathlib import Path

import click

from laneflow.errors import LaneflowError, Problem


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def command(folder: Path) -> None:
    """Start a practice in DIR: eight lanes, their scripts and tests, ready to change."""
    from laneflow.starter import lay_out

    try:
        written = lay_out(folder)
    except FileExistsError as error:
        there = Path(error.args[0])
        raise LaneflowError(
            Problem(
                str(there), 0, 0, "is there already", "`laneflow init` never writes over a file."
            )
        ) from None
    except OSError as error:
        what = error.strerror or "cannot be written"
        raise LaneflowError(Problem(str(folder), 0, 0, what.lower())) from error
    click.echo(f"Wrote {len(written)} files into {folder}.")
    click.echo(f"Next: put your people and hours into {folder / 'practice.yaml'}, then run")
    click.echo(f"  laneflow --practice {folder} check")
