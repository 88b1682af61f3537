"""Owns ``laneflow check``: everything that is wrong with a practice's files, each at its line."""

from __future__ import annotations

from typing import Any

import click

from laneflow.cli import show
from laneflow.cli.session import Session
from laneflow.errors import Problem


@click.command()
@show.as_json
@click.pass_obj
def command(session: Session, json_: bool) -> int:
    """Check practice.yaml, the lanes and the scripts; no database is needed."""
    loaded, problems = session.load()
    if loaded is not None:
        from laneflow.outreach.check import check_scripts

        problems = [*problems, *check_scripts(loaded)]
    failed = any(problem.severity == "error" for problem in problems)
    if json_:
        show.json([_row(problem) for problem in problems])
        return 1 if failed else 0
    show.problems(problems)
    if failed or loaded is None:
        errors = sum(problem.severity == "error" for problem in problems)
        click.echo(f"{errors} {'problem' if errors == 1 else 'problems'} to put right.", err=True)
        return 1
    practice = loaded.practice
    click.echo(
        f"{practice.name}: {len(loaded.lanes)} lanes, {len(practice.people)} people, "
        f"{len(practice.locations)} locations: nothing to put right."
    )
    return 0


def _row(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "what": problem.what,
        "hint": problem.hint,
    }
