"""Owns ``laneflow check``: everything that is wrong with a practice's files, each at its line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli import show
from laneflow.cli.session import Session
from laneflow.errors import Problem

if TYPE_CHECKING:
    from laneflow.proofs.check import Checked

FORMATS = ("text", "json", "sarif", "github")


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="text for people, json for programs, sarif for code scanning, github for annotations.",
)
@click.option("--strict", is_flag=True, help="Warnings fail, too.")
@show.as_json
@click.pass_obj
def command(session: Session, format_: str, strict: bool, json_: bool) -> int:
    """Check practice.yaml, the lanes, their tests and the scripts; no database is needed.

    Exits 1 where something must be put right. Warnings alone are no failure unless --strict.
    """
    session.need_practice()
    from laneflow.proofs.check import check_practice

    checked = check_practice(session.folder)
    failed = bool(checked.errors) or (strict and bool(checked.problems))
    _report(checked, "json" if json_ else format_, session.folder)
    return 1 if failed or checked.loaded is None else 0


def _report(checked: Checked, format_: str, folder: Path) -> None:
    if format_ == "text":
        _tell(checked, folder)
    elif format_ == "sarif":
        from laneflow.cli.problems.sarif import log

        show.json(log(checked.problems, checked.unchecked, _prefix(folder)))
    elif format_ == "github":
        from laneflow.cli.problems.github import annotation

        for problem in checked.problems:
            click.echo(annotation(problem, _prefix(folder)))
    else:
        show.json([_row(problem) for problem in checked.problems])
    if format_ in ("json", "github"):
        for sentence in checked.unchecked:
            click.echo(sentence, err=True)


def _tell(checked: Checked, folder: Path) -> None:
    """For people: each problem with its line, then one line that sums up."""
    if checked.problems:
        from laneflow.cli.problems import text

        text.show(checked.problems, folder)
    for sentence in checked.unchecked:
        click.echo(sentence, err=True)
    errors = len(checked.errors)
    warnings = len(checked.problems) - errors
    counted = f", {_counted(warnings, 'warning')}" if warnings else ""
    if checked.loaded is None or errors:
        click.echo(f"{_counted(errors, 'problem')} to put right{counted}.", err=True)
        return
    practice = checked.loaded.practice
    click.echo(
        f"{practice.name}: {len(checked.loaded.lanes)} lanes, {len(practice.people)} people, "
        f"{len(practice.locations)} locations: nothing to put right{counted}."
    )


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _prefix(folder: Path) -> str:
    """The practice folder as seen from where the command runs, as build servers want paths."""
    try:
        inside = folder.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        inside = folder.as_posix()
    return "" if inside == "." else f"{inside}/"


def _row(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "code": problem.code,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "what": problem.what,
        "hint": problem.hint,
    }
