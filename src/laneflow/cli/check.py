"""Owns ``laneflow check``: everything that is wrong with a practice's files, each at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from laneflow.cli.common import show
from laneflow.cli.common.session import Session
from laneflow.cli.problems.formats import format_option, report

if TYPE_CHECKING:
    from laneflow.proofs.check import Checked


@click.command()
@format_option
@click.option("--strict", is_flag=True, help="Warnings fail, too.")
@show.as_json
@click.pass_obj
def command(session: Session, format_: str, strict: bool, json_: bool) -> int:
    """Check practice.yaml, the lanes, their tests and the scripts; no database is needed.

    Exits 1 where something must be put right. Warnings alone are no failure unless --strict.
    """
    session.need_practice()
    from laneflow.proofs.check import check_practice
    from laneflow.work.clock import Clock
    from laneflow.work.garbage import rarely_collected

    with rarely_collected():
        checked = check_practice(session.folder, now=Clock().now())
    failed = bool(checked.errors) or (strict and bool(checked.problems))
    chosen = "json" if json_ else format_
    report(checked.problems, chosen, session.folder, checked.unchecked)
    if chosen == "text":
        _sum_up(checked)
    return 1 if failed or checked.loaded is None else 0


def _sum_up(checked: Checked) -> None:
    """One line for people after the problems."""
    errors = len(checked.errors)
    warnings = len(checked.problems) - errors
    more = f", {show.counted(warnings, 'warning')}" if warnings else ""
    if checked.loaded is None or errors:
        click.echo(f"{show.counted(errors, 'problem')} to put right{more}.", err=True)
        return
    practice = checked.loaded.practice
    click.echo(
        f"{practice.name}: {len(checked.loaded.lanes)} lanes, {len(practice.people)} people, "
        f"{len(practice.locations)} locations: nothing to put right{more}."
    )
