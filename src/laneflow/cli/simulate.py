"""Owns ``laneflow simulate``: can these people meet these windows?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli.common import show
from laneflow.cli.common.files import may_write, write_csv, writing
from laneflow.cli.common.session import Session
from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
    from laneflow.practice.model import LoadedPractice
    from laneflow.proofs.simulate.figures import Line, Report
    from laneflow.proofs.simulate.model import Scenario
    from laneflow.proofs.simulate.playing import Played
    from laneflow.proofs.simulate.verdict import Verdict

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("scenario", required=False, type=_FILE, metavar="[FILE]")
@click.option(
    "--from-history",
    is_flag=True,
    help="Take arrivals and what patients answer from the practice's own log.",
)
@click.option(
    "--write-scenario",
    type=_FILE,
    metavar="FILE",
    help="Write the scenario to FILE to be edited, and play nothing.",
)
@click.option("--example", is_flag=True, help="Print a scenario of this practice to begin with.")
@click.option(
    "--what-if",
    "what_if",
    multiple=True,
    metavar="TEXT",
    help='Once more with other people: "one more nurse on Mo,Tu", "without luz".',
)
@click.option("--weeks", type=click.IntRange(1, 104), help="Weeks that count.  [default: 8]")
@click.option(
    "--runs", type=click.IntRange(1, 1000), help="How often they are played.  [default: 20]"
)
@click.option("--seed", type=click.IntRange(0), help="Where chance begins.  [default: 1]")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes to play in; the results are the same.  [default: one a processor]",
)
@click.option(
    "--target",
    type=click.FloatRange(1, 100),
    default=95.0,
    metavar="PERCENT",
    help="The share of first responses to be in their window.  [default: 95]",
)
@click.option(
    "--csv",
    "csv_",
    type=_FILE,
    metavar="FILE",
    help="Write every run's lanes and tiers to FILE, its days to FILE-days.",
)
@click.option(
    "--chart",
    type=_FILE,
    metavar="FILE",
    help="Draw first responses to FILE (SVG), the waiting work to FILE-days.",
)
@show.as_json
@click.pass_obj
def command(
    session: Session,
    /,
    scenario: Path | None,
    write_scenario: Path | None,
    csv_: Path | None,
    chart: Path | None,
    json_: bool,
    **options: Any,
) -> int:
    """Play weeks of this practice by chance: can these people meet these windows?

    FILE is a scenario (see --example). Without one, and without --from-history, everything about
    patients is a guess, which is said.
    """
    loaded = _loaded(session)
    plan, notes = _scenario(session, loaded, scenario, options)
    plan = _as_asked(loaded, plan, options)
    if options["example"] or write_scenario is not None:
        _write(plan, notes, write_scenario)
        return 0
    from laneflow.proofs.simulate.figures import report
    from laneflow.proofs.simulate.verdict import verdict

    for file in (csv_, chart):
        may_write(file, _beside(file) if file else None)
    played, seconds = _play(loaded, plan, options["workers"])
    reports = [report(one, plan.weeks) for one in played]
    said = verdict(loaded, reports[0], reports[1:], options["target"] / 100)
    if csv_ is not None:
        _csv(csv_, played)
    if chart is not None:
        _charts(loaded, chart, reports)
    if json_:
        show.json(_plain(plan, notes, reports, said))
    else:
        _show(loaded, plan, notes, reports, said, seconds)
        for file in (csv_, chart):
            if file is not None:
                click.echo(f"Written: {file} and {_beside(file)}.")
    return 0  # "no" is an answer, not a mistake; programs read it as ``meets``


def _loaded(session: Session) -> LoadedPractice:
    loaded, problems = session.load()
    errors = [problem for problem in problems if problem.severity == "error"]
    if loaded is None or errors:
        raise LaneflowError(errors)
    if not loaded.lanes:
        raise LaneflowError(Problem("lanes", 0, 0, "there is no lane to simulate yet"))
    return loaded


def _scenario(
    session: Session, loaded: LoadedPractice, file: Path | None, options: dict[str, Any]
) -> tuple[Scenario, list[str]]:
    """The scenario to play, and what is to be said of where it comes from."""
    from laneflow.proofs.simulate.assumed import assumed

    if file is not None and options["from_history"]:
        what = "a scenario file and --from-history cannot both say what comes"
        hint = "Write the history down with --from-history --write-scenario FILE, then edit it."
        raise LaneflowError(Problem("--from-history", 0, 0, what, hint))
    if file is not None:
        from laneflow.proofs.simulate.reading import read_scenario

        return read_scenario(loaded, _content(file), file.name), []
    if options["from_history"]:
        from laneflow.proofs.simulate.history import from_history

        app = session.app
        return from_history(loaded, app.store.inputs(), app.clock.now())
    return assumed(loaded), []


def _content(file: Path) -> bytes:
    from laneflow.lanes.traps import too_big
    from laneflow.lanes.yaml import MOST_BYTES

    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise too_big(file.name, size, MOST_BYTES)
        return file.read_bytes()
    except OSError as error:
        hint = "`laneflow simulate --example` prints one to begin with."
        what = f"cannot be read: {(error.strerror or 'unknown').lower()}"
        raise LaneflowError(Problem(str(file), 0, 0, what, hint)) from None


def _as_asked(loaded: LoadedPractice, plan: Scenario, options: dict[str, Any]) -> Scenario:
    from laneflow.proofs.simulate.staffing import with_what_if

    given = {key: options[key] for key in ("weeks", "runs", "seed") if options[key] is not None}
    return with_what_if(replace(plan, **given), loaded.practice, options["what_if"])


def _write(plan: Scenario, notes: Sequence[str], file: Path | None) -> None:
    from laneflow.proofs.simulate.writing import write_scenario

    text = write_scenario(plan, notes)
    if file is None:
        click.echo(text, nl=False)
        return
    with writing(file), file.open("x", encoding="utf-8") as stream:
        stream.write(text)
    for note in notes:
        click.echo(note)
    click.echo(f"Written: {file}. Edit it, then: laneflow simulate {file}")


def _play(
    loaded: LoadedPractice, plan: Scenario, workers: int | None
) -> tuple[list[Played], float]:
    import os
    import time

    from laneflow.proofs.simulate.playing import simulate
    from laneflow.work.clock import Clock

    zone = loaded.practice.time_zone
    today = _today(Clock().now(), zone)
    began = time.perf_counter()
    many = plan.runs * (1 + len(plan.what_if))
    done = 0
    with show.progress("Playing", many) as advance:

        def told(count: int) -> None:
            nonlocal done
            advance(count - done)
            done = count

        played = simulate(
            loaded, plan, today=today, workers=workers or os.cpu_count() or 1, progress=told
        )
    return played, time.perf_counter() - began


def _today(now: int, zone: str) -> Any:
    from laneflow.practice.zones import zone as zone_named

    return zone_named(zone).date(now)


# for people --------------------------------------------------------------------------------------


def _show(
    loaded: LoadedPractice,
    plan: Scenario,
    notes: Sequence[str],
    reports: Sequence[Report],
    said: Verdict,
    seconds: float,
) -> None:
    click.secho(said.sentences[0], bold=True)
    for sentence in said.sentences[1:]:
        click.echo(sentence)
    for report in reports:
        heading = f"{report.name[:1].upper()}{report.name[1:]}" if report.name else plan.title
        _show_report(loaded, heading, report)
    _show_ground(plan, notes, reports, seconds)


def _show_report(loaded: LoadedPractice, heading: str, report: Report) -> None:
    show.title(f"{heading}: first responses, by lane and tier")
    columns = {
        "lane": "Lane", "tier": "Tier", "opened": "Opened", "answered": "Tried in window",
        "reached": "Reached in window", "took": "Hours to first try (50, 90, 95 % within)",
        "overdue": "Overdue at the end", "calls": "Calls for help a week",
    }  # fmt: skip
    rows = [_lane_row(loaded, line) for line in report.lines]
    show.table(rows, columns, "Nothing came.")
    show.title(f"{heading}: people")
    columns = {"name": "Who", "role": "Role", "busy": "Busy", "days": "By day",
               "waiting": "Things waiting (50, 90, 95 % of the time at most)"}  # fmt: skip
    show.table([_person_row(one) for one in report.people], columns, "Nobody is on duty.")


def _lane_row(loaded: LoadedPractice, line: Line) -> dict[str, Any]:
    from laneflow.proofs.simulate.verdict import share

    lane = loaded.lanes.get(line.lane)
    return {
        "lane": lane.title if lane else line.lane,
        "tier": line.tier,
        "opened": _number(line.opened.median),
        "answered": share(line.answered),
        "reached": share(line.reached),
        "took": ", ".join("–" if m is None else f"{m / 60:.1f}" for m in line.took),
        "overdue": _number(line.overdue.median),
        "calls": _number(line.calls_a_week.median),
    }


def _person_row(one: Any) -> dict[str, Any]:
    from laneflow.proofs.simulate.verdict import percent

    return {
        "name": one.name,
        "role": ", ".join(one.roles),
        "busy": percent(one.busy),
        "days": ", ".join(f"{day[:2]} {percent(busy)}" for day, busy in one.by_day.items()),
        "waiting": ", ".join(map(str, one.waiting)),
    }


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")


def _show_ground(
    plan: Scenario, notes: Sequence[str], reports: Sequence[Report], seconds: float
) -> None:
    from laneflow.proofs.simulate.guesses import told

    click.echo()
    guesses = told(plan)
    if guesses:
        click.echo("Guessed, for want of your own figures (`--from-history`, or a scenario file):")
        for guess in guesses:
            click.echo(f"  {guess}")
    for note in notes:
        click.echo(note)
    decisions = sum(report.decisions for report in reports)
    arrived = sum(report.arrived for report in reports)
    click.echo(
        f"{show.counted(plan.runs, 'run')} of {show.counted(plan.weeks, 'week')}, "
        f"seed {plan.seed}: "
        f"{arrived:,} triggers, {decisions:,} decisions in {seconds:.1f} s "
        f"({decisions / max(seconds, 0.001):,.0f} a second). "
        "Medians over the runs; in brackets what nine of ten lie between."
    )


# for programs ------------------------------------------------------------------------------------


def _plain(
    plan: Scenario, notes: Sequence[str], reports: Sequence[Report], said: Verdict
) -> dict[str, Any]:
    from laneflow.proofs.simulate.figures import plain

    return {
        "meets": said.meets,
        "verdict": said.text,
        "scenario": plan.plain(),
        "assumed": list(plan.assumed),
        "notes": list(notes),
        "staffings": [plain(report) for report in reports],
    }


def _csv(file: Path, played: Sequence[Played]) -> None:
    from laneflow.proofs.simulate.rows import DAY_COLUMNS, LANE_COLUMNS, day_rows, lane_rows

    write_csv(file, LANE_COLUMNS, lane_rows(played))
    write_csv(_beside(file), DAY_COLUMNS, day_rows(played))


def _charts(loaded: LoadedPractice, file: Path, reports: Sequence[Report]) -> None:
    from laneflow.metrics.simulated import answered_chart, waiting_chart

    with writing(file):
        file.write_bytes(answered_chart(loaded, reports))
        _beside(file).write_bytes(waiting_chart(reports))


def _beside(file: Path) -> Path:
    """``out.csv`` -> ``out-days.csv``."""
    return file.with_name(f"{file.stem}-days{file.suffix}")
