"""Owns ``laneflow test``: the lanes' own tests, run by the engine under a clock of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli.common import show
from laneflow.cli.common.files import may_write, writing
from laneflow.cli.common.session import Session
from laneflow.cli.lanetests import telling
from laneflow.cli.lanetests.chosen import Chosen
from laneflow.errors import LaneflowError

if TYPE_CHECKING:
    from laneflow.practice.model import LoadedPractice
    from laneflow.proofs.lanetests.coverage import Covered
    from laneflow.proofs.lanetests.mutants.trial import Tried
    from laneflow.proofs.lanetests.running import TestResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for on the command line, beside which tests."""

    fail_fast: bool
    verbose: bool
    coverage: bool
    cover_at_least: float | None
    mutate: bool
    mutants: int | None
    seed: int
    jobs: int
    junit: Path | None
    json: bool


@click.command()
@click.argument("names", nargs=-1, metavar="[LANE|FILE…]")
@click.option(
    "-k",
    "pattern",
    metavar="WORDS",
    help="Only tests whose name has these words in it; * stands for anything.",
)
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first test that fails.")
@click.option("-v", "--verbose", is_flag=True, help="Tell of each failure what happened before it.")
@click.option("--coverage", is_flag=True, help="Tell what of the lanes no test exercises.")
@click.option(
    "--cover-at-least",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail where tests exercise less of a lane than this.",
)
@click.option(
    "--mutate",
    is_flag=True,
    help="Change the lanes in many small ways: does a test fail each time?",
)
@click.option(
    "--mutants",
    type=click.IntRange(1),
    metavar="N",
    help="With --mutate: try only so many changes, drawn at random.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="With --mutants: draws the same ones again.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="one per core",
    metavar="N",
    help="With --mutate: how many processes share the work.",
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the results as JUnit XML, for a build server.",
)
@click.option(
    "--watch", is_flag=True, help="Stay, and run again what a change of a file may concern."
)
@show.as_json
@click.pass_obj
def command(
    session: Session, /, names: tuple[str, ...], pattern: str | None, watch: bool, json_: bool,
    **given: Any,
) -> int:  # fmt: skip
    """Run the lanes' tests: all of lanes/tests, or those of the lanes, files or folders named."""
    asked = Asked(json=json_, **given)
    if watch:
        _fits_watching(asked)
        from laneflow.cli.lanetests.watching import watch_tests

        return watch_tests(session, names, pattern, asked.verbose)
    may_write(asked.junit)
    loaded = _load(session, quiet=json_)
    chosen = Chosen.of(loaded, names, pattern)
    began = time.perf_counter()
    results = _run(loaded, chosen, asked)
    seconds = time.perf_counter() - began
    if asked.junit is not None:
        _write_junit(asked.junit, results)
    told = telling.Told(session.folder, asked.verbose)
    if not json_:
        for result in results:
            if not result.passed:
                told.failure(result)
        if not results:
            click.echo("There is no such test yet. Tests are written in lanes/tests.")
        else:
            telling.summary(results, seconds)
    return _after(loaded, chosen, asked, results, told)


def _fits_watching(asked: Asked) -> None:
    if asked.json or asked.junit or asked.mutate or asked.coverage or asked.cover_at_least:
        raise click.UsageError("--watch goes with no other option than -k and -v.")


def _load(session: Session, *, quiet: bool) -> LoadedPractice:
    """The practice with the lanes that load; what is wrong with the others is told."""
    loaded, problems = session.load()
    errors = [problem for problem in problems if problem.severity == "error"]
    if loaded is None:
        raise LaneflowError(errors)
    if not quiet:
        show.problems(errors)
    return loaded


def _run(loaded: LoadedPractice, chosen: Chosen, asked: Asked) -> list[TestResult]:
    from laneflow.proofs.lanetests.running import run_lane_tests

    with show.progress("Testing", None) as advance:
        return run_lane_tests(
            loaded,
            chosen.files,
            wanted=chosen.wants,
            stop_at_first=asked.fail_fast,
            done=lambda result: advance(1),
        )


def _write_junit(path: Path, results: Sequence[TestResult]) -> None:
    from laneflow.cli.lanetests.junit import write

    with writing(path):
        write(path, results)


def _after(
    loaded: LoadedPractice, chosen: Chosen, asked: Asked, results: list[TestResult],
    told: telling.Told,
) -> int:  # fmt: skip
    """Coverage and mutants where they were asked for, and the exit code."""
    failed = any(not result.passed for result in results)
    answer: dict[str, Any] = {"tests": [telling.row(result, told) for result in results]}
    if asked.coverage or asked.cover_at_least is not None:
        found = _covered(loaded, chosen, results)
        answer["coverage"] = telling.coverage_rows(found)
        if not asked.json:
            telling.coverage(found)
        failed |= _too_little(found, asked)
    if asked.mutate:
        began = time.perf_counter()
        tried = _mutated(loaded, chosen, asked, results)
        answer["mutants"] = telling.mutant_rows(tried)
        if not asked.json:
            telling.mutants(tried, time.perf_counter() - began)
    if asked.json:
        show.json(answer)
    return 1 if failed else 0


def _covered(loaded: LoadedPractice, chosen: Chosen, results: list[TestResult]) -> list[Covered]:
    from laneflow.proofs.lanetests.coverage import covered

    touched = {key for result in results if result.passed for key in result.touched}
    return [row for row in covered(loaded, touched) if chosen.covers(row.name)]


def _too_little(found: list[Covered], asked: Asked) -> bool:
    least = asked.cover_at_least
    short = [row.name for row in found if least is not None and row.percent < least]
    if short and not asked.json:
        click.echo(f"Under {least:g} %: {', '.join(short)}.")
    return bool(short)


def _mutated(
    loaded: LoadedPractice, chosen: Chosen, asked: Asked, results: list[TestResult]
) -> list[Tried]:
    """Try the changes of the chosen lanes; a bar on the terminal while that lasts."""
    from laneflow.proofs.lanetests.mutants.trial import drawn, try_mutants

    numbers = drawn(loaded, chosen.lanes, asked.mutants, asked.seed)
    with show.progress("Changing the lanes", len(numbers)) as advance:
        return try_mutants(
            loaded,
            results,
            numbers,
            processes=asked.jobs,
            files=chosen.files,
            done=lambda tried: advance(1),
        )
