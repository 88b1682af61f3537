"""Owns how lane tests are told: failures with their line and what was there, coverage, mutants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli.problems import formats
from laneflow.errors import Problem

if TYPE_CHECKING:
    from laneflow.proofs.lanetests.coverage import Covered
    from laneflow.proofs.lanetests.mutants.trial import Tried
    from laneflow.proofs.lanetests.running import TestResult

_WIDTH = 110
_LABEL = 16


class Told:
    """Tells the results of one run of a practice's lane tests to people."""

    def __init__(self, folder: Path, story: bool) -> None:
        self._story = story
        self._lines = cache(lambda file: _lines(folder / file))

    def failure(self, result: TestResult) -> None:
        """One test that failed or was not run, with everything that was not as it says."""
        click.secho(f"{result.outcome}: {result.name or result.file}", bold=True, fg="red")
        for problem in result.failures:
            self._problem(problem)
        click.echo()

    def _problem(self, problem: Problem) -> None:
        place = f"{problem.file}:{problem.line}:{problem.column}" if problem.line else problem.file
        parts = getattr(problem, "parts", ())
        subject = problem.path.partition(".expect.")[2] or problem.path
        click.echo(f"  {place}  {subject if parts else problem.what}".rstrip())
        for label, words in parts:
            click.echo(f"    {label + ' ':<{_LABEL}}{words}")
        self._source(problem)
        if problem.hint:
            click.echo(f"    {problem.hint}")
        story = getattr(problem, "story", ())
        if self._story and story:
            click.echo("    So far:")
            for line in story:
                click.echo(f"      {line}")

    def _source(self, problem: Problem) -> None:
        """The line as it is written, with a caret beneath where it is wrong."""
        line = self.source(problem)
        if not line:
            return
        column = problem.column - 1
        begin = max(0, min(column - 20, len(line) - _WIDTH)) if len(line) > _WIDTH else 0
        number = f"{problem.line:>8} | "
        click.echo(f"{number}{line[begin : begin + _WIDTH]}")
        click.echo(f"{'':>8} | {' ' * (column - begin)}^")

    def source(self, problem: Problem) -> str:
        """The line of the file a problem stands on; empty where there is none."""
        lines = self._lines(problem.file)
        return lines[problem.line - 1] if 0 < problem.line <= len(lines) else ""


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return []


def summary(results: Sequence[TestResult], seconds: float) -> None:
    """How many passed, failed and were not run."""
    counts = dict.fromkeys(("passed", "failed", "not run"), 0)
    for result in results:
        counts[result.outcome] += 1
    told = [f"{n} {how}" for how, n in counts.items() if n or how != "not run"]
    click.echo(f"{', '.join(told)} in {seconds:.1f} s.")


def coverage(found: Iterable[Covered]) -> None:
    """What no test exercises, each at its line, and how much of each lane that leaves."""
    rows = list(found)
    for row in rows:
        for part in row.missed:
            place = f"{part.where.file}:{part.where.line}"
            click.echo(f"{place}  no test exercises {part.what}")
    width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        tried = row.parts - len(row.missed)
        click.echo(f"{row.name:<{width}}  {row.percent:5.1f} %  {tried} of {row.parts}")


def mutants(tried: Sequence[Tried], seconds: float) -> None:
    """The changes that no test noticed, and how many were noticed."""
    for one in tried:
        if one.survived:
            click.echo(f"{one.file}:{one.line}  no test fails when {one.what}")
    alive = sum(one.survived for one in tried)
    click.echo(
        f"{len(tried) - alive} of {len(tried)} changes noticed, {alive} not, in {seconds:.0f} s."
    )


def row(result: TestResult, told: Told) -> dict[str, Any]:
    """One result for programs."""
    return {
        "file": result.file,
        "line": result.line,
        "lane": result.lane,
        "name": result.name,
        "outcome": result.outcome,
        "passed": result.passed,
        "seconds": round(result.seconds, 4),
        "failures": [_failure(problem, told) for problem in result.failures],
    }


def _failure(problem: Problem, told: Told) -> dict[str, Any]:
    return {
        **formats.row(problem),
        "parts": dict(getattr(problem, "parts", ())),
        "story": list(getattr(problem, "story", ())),
        "source": told.source(problem),
    }


def coverage_rows(found: Iterable[Covered]) -> list[dict[str, Any]]:
    """Coverage for programs."""
    return [
        {
            "lane": row.name,
            "parts": row.parts,
            "percent": round(row.percent, 1),
            "missed": [
                {"file": p.where.file, "line": p.where.line, "name": p.name, "what": p.what}
                for p in row.missed
            ],
        }
        for row in found
    ]


def mutant_rows(tried: Iterable[Tried]) -> list[dict[str, Any]]:
    """What became of each mutant, for programs."""
    return [
        {
            "lane": one.lane, "kind": one.kind, "file": one.file, "line": one.line,
            "what": one.what, "noticed": not one.survived, "by": one.noticed_by,
        }
        for one in tried
    ]  # fmt: skip
