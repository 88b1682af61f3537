"""Owns the formats problems are told in: text, JSON, SARIF, GitHub annotations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from laneflow.cli.common import show
from laneflow.errors import Problem

FORMATS = ("text", "json", "sarif", "github")

format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="text for people, json for programs, sarif for code scanning, github for annotations.",
)
"""The option of the commands that check."""


def report(
    problems: Sequence[Problem], format_: str, folder: Path, unchecked: Sequence[str] = ()
) -> None:
    """Tell ``problems`` in one of FORMATS; ``unchecked``: sentences on what was not checked."""
    if format_ == "sarif":
        from laneflow.cli.problems.sarif import log

        show.json(log(problems, unchecked, _prefix(folder)))
        return
    if format_ == "github":
        from laneflow.cli.problems.github import annotation

        for problem in problems:
            click.echo(annotation(problem, _prefix(folder)))
    elif format_ == "json":
        show.json([row(problem) for problem in problems])
    elif problems:
        from laneflow.cli.problems import text

        text.show(problems, folder)
    for sentence in unchecked:
        click.echo(sentence, err=True)


def _prefix(folder: Path) -> str:
    """The practice folder as seen from where the command runs, as build servers want paths."""
    try:
        inside = folder.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        inside = folder.as_posix()
    return "" if inside == "." else f"{inside}/"


def row(problem: Problem) -> dict[str, Any]:
    """One problem for programs."""
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
