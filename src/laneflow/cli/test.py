"""Owns ``laneflow test``: the lanes' own tests, run by the engine under a clock of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli import show
from laneflow.cli.session import Session

if TYPE_CHECKING:
    from laneflow.proofs.lanetests import TestResult


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE…]")
@show.as_json
@click.pass_obj
def command(session: Session, files: tuple[Path, ...], json_: bool) -> int:
    """Run the lanes' tests: all of lanes/tests, or the files named."""
    loaded, problems = session.load()
    errors = [problem for problem in problems if problem.severity == "error"]
    if loaded is None or errors:
        show.problems(errors)
        click.echo("The practice has to load before its lanes can be tested.", err=True)
        return 1
    from laneflow.proofs.lanetests import run_lane_tests

    results = run_lane_tests(loaded, files or None)
    failed = [result for result in results if not result.passed]
    if json_:
        show.json([_row(result) for result in results])
        return 1 if failed else 0
    for result in failed:
        click.echo(f"failed: {result.name or result.file}")
        for problem in result.failures:
            click.echo(f"  {problem}")
    if not results:
        click.echo("There is no test yet. Write one in lanes/tests.")
        return 0
    click.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed.")
    return 1 if failed else 0


def _row(result: TestResult) -> dict[str, Any]:
    return {
        "file": result.file,
        "line": result.line,
        "lane": result.lane,
        "name": result.name,
        "passed": result.passed,
        "failures": [str(problem) for problem in result.failures],
    }
