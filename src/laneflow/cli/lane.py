"""Owns ``laneflow lane``: the lanes listed, a new one begun, one as a page or as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.files import may_write, writing
from laneflow.cli.common.session import Session
from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
    from laneflow.lanes.model import Lane
    from laneflow.lanes.page import Section
    from laneflow.practice.model import LoadedPractice

COLUMNS = {
    "lane": "Lane", "title": "Title", "opens": "Opened by", "owner": "Owner", "backup": "Backup",
    "statuses": "Statuses",
}  # fmt: skip


@click.group()
def command() -> None:
    """List the lanes of the practice's files; begin one; show one as a page or a picture."""


@command.command("list")
@show.as_json
@click.pass_obj
def list_(session: Session, /, json_: bool) -> None:
    """List the lanes: what opens them, and whose they are."""
    rows = [
        {
            "lane": lane.id,
            "title": lane.title,
            "purpose": lane.purpose,
            "opens": list(dict.fromkeys(opening.on for opening in lane.opens)),
            "owner": lane.owner,
            "backup": lane.backup,
            "statuses": len(lane.statuses),
        }
        for lane in _practice(session).lanes.values()
    ]
    show.listed(rows, rows, COLUMNS, "There is no lane yet. Write one in lanes/.", json_)


@command.command()
@click.argument("name")
@click.option("--on", "event", required=True, help="The event that opens a case: visit.completed.")
@click.option("--owner", help="The role that owns its cases.  [default: the practice's backup]")
@click.option("--title", help="What everybody calls it.  [default: NAME in words]")
@click.pass_obj
def new(session: Session, /, name: str, event: str, owner: str | None, title: str | None) -> None:
    """Begin a lane: lanes/NAME.yaml to change, and its first tests; no file is written over."""
    from laneflow.work.new_lane import begin

    practice = _practice(session).practice
    files = begin(session.folder, practice, name, event, owner=owner, title=title)
    click.echo(f"Wrote {' and '.join(files)}. Change them, then run")
    click.echo("  laneflow check")
    click.echo(f"  laneflow test lanes/tests/{name}.yaml")


@command.command("show")
@click.argument("lane")
@click.option(
    "--diagram",
    type=click.Choice(("mermaid", "svg")),
    is_flag=False,
    flag_value="mermaid",
    help="Draw it: as Mermaid text for wikis and Markdown, or as an SVG picture.  [mermaid]",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file; one that ends in .svg gets the picture.",
)
@show.as_json
@click.pass_obj
def show_(
    session: Session, /, lane: str, diagram: str | None, output: Path | None, json_: bool
) -> None:
    """Show LANE, the practice's share in it included: each rule with the line it is written on."""
    may_write(output)
    loaded = _practice(session)
    given.one_of(lane, list(loaded.lanes), "lane", "lane")
    found = loaded.lanes[lane]
    if json_:
        show.json(found)
        return
    if diagram is None and output is not None and output.suffix == ".svg":
        diagram = "svg"
    text = _drawn(found, diagram) if diagram else _page(found, loaded)
    if output is None:
        click.echo(text, nl=False)
        return
    with writing(output):
        output.write_text(text, encoding="utf-8")
    click.echo(f"Written to {output}.")


def _practice(session: Session) -> LoadedPractice:
    loaded, problems = session.load()
    show.problems(problem for problem in problems if problem.severity == "error")
    if loaded is None:
        what = "no lane can be read until this is in order"
        raise LaneflowError(Problem("practice.yaml", 0, 0, what, "Mend the problems above."))
    return loaded


def _drawn(lane: Lane, how: str) -> str:
    from laneflow.lanes.diagram import diagram, mermaid

    if how == "mermaid":
        return mermaid(diagram(lane))
    from laneflow.lanes.drawing import svg

    return svg(diagram(lane))


def _page(lane: Lane, loaded: LoadedPractice) -> str:
    from laneflow.lanes.page import page

    lines = [f"{lane.title} ({lane.file})", lane.purpose]
    for section in page(lane, loaded.practice):
        lines += ["", section.title, *_rows(section, lane.file)]
    return "\n".join(lines) + "\n"


def _rows(section: Section, file: str) -> Sequence[str]:
    """The rows behind their line numbers; what stands in another file has no number here."""
    rows = []
    for row in section.rows:
        own = row.where is not None and row.where.file == file
        number = str(row.where.line) if row.where is not None and own else ""
        rows.append(f"{number:>5}  {'  ' * row.depth}{row.text}")
    return rows
