"""Owns ``laneflow scripts``: what is said to patients and partners, checked, rendered, shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from laneflow.cli.common import show
from laneflow.cli.common.files import may_write, writing
from laneflow.cli.common.session import Session
from laneflow.cli.problems.formats import format_option, report
from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
    from laneflow.outreach.lint.linting import Linted
    from laneflow.outreach.lint.samples import Sample, Sampler
    from laneflow.outreach.prompt import Prompt
    from laneflow.practice.model import LoadedPractice

CHANNELS = ("phone", "sms", "portal", "letter", "fax")


@click.group()
def command() -> None:
    """Check what scripts say, render one, or show them all."""


@command.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
@format_option
@click.option("--strict", is_flag=True, help="Warnings fail, too.")
@show.as_json
@click.pass_obj
def check(session: Session, names: tuple[str, ...], format_: str, strict: bool, json_: bool) -> int:
    """Check all scripts, or those named (discharge/first-call), on a sample of every branch.

    Told are: private facts in voicemails and text messages, an opening that does not say why,
    what and who, missing teach-back, identity, questions or clinical boundary, hard or long
    sentences, empty phrases, long text messages, missing translations, words never said.
    Exits 1 where something must be put right.
    """
    linted, unchecked = _linted(session, names)
    chosen = "json" if json_ else format_
    report(linted.problems, chosen, session.folder, unchecked)
    errors = sum(problem.severity == "error" for problem in linted.problems)
    warnings = len(linted.problems) - errors
    if chosen == "text":
        samples = sum(len(sampled.samples) for sampled in linted.sampled)
        click.echo(
            f"{len(linted.sampled)} scripts, {samples} samples: "
            f"{show.counted(errors, 'problem')} to put right, {show.counted(warnings, 'warning')}.",
            err=bool(errors),
        )
    return 1 if errors or (strict and warnings) else 0


@command.command()
@click.argument("name")
@click.option("--language", metavar="CODE", help="The language.  [default: the practice's first]")
@click.option("--channel", type=click.Choice(CHANNELS), help="[default: the first written]")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="FACT=VALUE",
    help="Suppose this of the case; VALUE may be unknown.",
)
@click.option("--case", "case_", metavar="CASE", help="Say it of this case, not a made-up one.")
@click.option("--branches", is_flag=True, help="A sample of every branch, with what it supposes.")
@show.as_json
@click.pass_obj
def render(
    session: Session, /, name: str, language: str | None, channel: str | None,
    given: tuple[str, ...], case_: str | None, branches: bool, json_: bool,
) -> None:  # fmt: skip
    """Render script NAME (discharge/first-call) as it stands in the folder, of a made-up patient.

    NAME may also be a file, such as discharge/first-call.phone.es.j2.
    """
    if case_ and (given or branches):
        raise click.UsageError("--case says it of a real case: leave out --set and --branches.")
    if given and branches:
        raise click.UsageError("--branches supposes what each branch needs: leave out --set.")
    from laneflow.metrics.preview import file_of, said_of, sampler_of

    loaded = _loaded(session)
    sampler = sampler_of(loaded)
    file = file_of(loaded, sampler, name, language, channel)
    if case_:
        app = session.app
        said = said_of(loaded, app.store, session.case(case_), file, app.clock.now())
        _show_prompt(said, json_)
        return
    if branches:
        sampled = sampler.sample(file)
        if sampled.problems:
            raise LaneflowError(sampled.problems)
        _show_samples(sampled.samples, json_, many=True)
        return
    supposed = dict(_supposed(sampler, file, each) for each in given)
    _show_samples([sampler.render(file, supposed)], json_, many=False)


@command.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option(
    "--html",
    "html_",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="Write one page to read or print instead.",
)
@show.as_json
@click.pass_obj
def preview(session: Session, names: tuple[str, ...], html_: Path | None, json_: bool) -> None:
    """Show all scripts, or those named, in every language, with samples, grades and problems."""
    from laneflow.outreach.lint import gallery

    if html_ is not None:
        may_write(_page(html_), makes_folders=True)
    linted, _ = _linted(session, names)
    practice = _loaded(session).practice
    found = gallery.entries(linted, practice.languages[0])
    if json_:
        show.json([
            {
                "file": entry.name,
                "title": entry.title,
                "measures": entry.measures,
                "problems": [str(problem) for problem in entry.problems],
                "samples": [_row(sample) for sample in entry.samples],
            }
            for entry in found
        ])  # fmt: skip
    elif html_ is not None:
        page = _written(html_, gallery.html(found, practice.name))
        click.echo(f"{page}: {show.counted(len(found), 'script')}.")
    else:
        click.echo_via_pager(f"{line}\n" for line in gallery.text(found))


def _linted(session: Session, names: tuple[str, ...]) -> tuple[Linted, tuple[str, ...]]:
    """What is wrong with the scripts, and what could not be looked at, a sentence each."""
    loaded, problems = _read(session)
    from laneflow.lanes.load import every_lane_read
    from laneflow.outreach.lint.linting import lint_scripts
    from laneflow.proofs.check import LANE_LEFT_OUT

    every_lane = every_lane_read(problems)
    with show.progress("Scripts", None) as advance:
        linted = lint_scripts(loaded, names, advance, every_lane=every_lane)
    return linted, () if every_lane else (LANE_LEFT_OUT,)


def _loaded(session: Session) -> LoadedPractice:
    return _read(session)[0]


def _read(session: Session) -> tuple[LoadedPractice, list[Problem]]:
    """The folder's practice and its problems; LaneflowError where practice.yaml does not load."""
    loaded, problems = session.load()
    if loaded is None:
        raise LaneflowError(p for p in problems if p.severity == "error")
    return loaded, problems


def _supposed(sampler: Sampler, file: str, given: str) -> tuple[str, Any]:
    fact, equals, text = given.partition("=")
    if not equals:
        raise click.UsageError(f'--set {given}: write FACT=VALUE, such as "kind=critical".')
    return fact.strip(), sampler.suppose(file, fact.strip(), text.strip())


def _show_prompt(prompt: Prompt, json_: bool) -> None:
    if json_:
        from laneflow.metrics.case.script import script_row

        show.json(script_row(prompt))
        return
    click.echo(prompt.text)
    if prompt.voicemail:
        click.echo(f"Voicemail: {prompt.voicemail}")
    for gap in prompt.gaps:
        click.echo(f"Missing: {gap}", err=True)


def _show_samples(samples: Iterable[Sample], json_: bool, *, many: bool) -> None:
    from laneflow.outreach.lint import gallery

    listed = list(samples)
    if json_:
        rows = [_row(sample) for sample in listed]
        show.json(rows if many else rows[0])
        return
    for number, sample in enumerate(listed, 1):
        if many:
            click.secho(f"-- {number} of {len(listed)}: {gallery.assumed(sample)}", bold=True)
        for line in gallery.lines(sample):
            click.echo(line)
        if many:
            click.echo()


def _row(sample: Sample) -> dict[str, Any]:
    from laneflow.outreach.lint import gallery

    blocks = dict.fromkeys(piece.block for piece in sample.pieces if piece.block)
    return {
        "file": sample.name,
        "script": sample.script,
        "channel": sample.channel,
        "locale": sample.locale,
        "assumed": gallery.assumed(sample),
        "parts": [{"block": b, "text": sample.block(b)} for b in blocks if b != "voicemail"],
        "text": sample.text,
        "voicemail": sample.voicemail,
        "gaps": list(sample.gaps),
    }


def _page(path: Path) -> Path:
    """The file meant: in a folder, scripts.html."""
    return path if path.suffix in (".html", ".htm") else path / "scripts.html"


def _written(path: Path, page: str) -> Path:
    """Write ``page`` whole or not at all."""
    file = _page(path)
    half = file.with_name(f".{file.name}.half")
    with writing(file, "Name another place."):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            half.write_text(page, encoding="utf-8")
            half.replace(file)
        finally:
            half.unlink(missing_ok=True)
    return file
