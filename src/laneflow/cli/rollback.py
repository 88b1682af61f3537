"""Owns ``laneflow rollback``: a former release is live again, and the files are told apart."""

from __future__ import annotations

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.doing import who
from laneflow.cli.common.session import Session
from laneflow.cli.telling import planned


@click.command()
@click.argument("release", type=click.IntRange(min=1), required=False)
@who
@click.option("--why", required=True, metavar="TEXT", help="Why; it stays in the history.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--dry-run", is_flag=True, help="Only show what it would do, and whether it may.")
@click.option("--force", is_flag=True,
              help="Also where too many cases are called or contacted at once.")  # fmt: skip
@click.option("--files", is_flag=True,
              help="Bring the folder's files back, too; what they were is kept aside.")  # fmt: skip
@show.as_json
@click.pass_obj
def command(
    session: Session,
    release: int | None,
    by: str,
    why: str,
    yes: bool,
    dry_run: bool,
    force: bool,
    files: bool,
    json_: bool,
) -> int:
    """Make a former RELEASE live again, as a new one: the one before, if none is named.

    Nothing is deleted, and your files stay as they are unless you say --files.
    """
    from laneflow.work.publishing import former, propose, rollback

    app = session.app
    person = given.person(app.loaded.practice, by, "--by")
    wanted, edited = former(app, release)
    with planned.steps(app) as (say, seen):
        proposal = propose(app, edited, say=say, seen=seen)
    standing = proposal.left(force=force)
    if not planned.agreed(app, proposal.plan, standing, dry_run=dry_run, yes=yes, json_=json_):
        return 1 if standing else 0
    number = rollback(app, wanted, proposal, by=person, why=why, force=force)
    if files:
        _files(session, wanted.parts)
    planned.done(number, json_, f"Release {wanted.n} is live again, as release {number}.")
    if not json_:
        _tell_files(session, wanted.n)
    return 0


def _files(session: Session, parts: dict[tuple[str, str], str]) -> None:
    from laneflow.work.bringing import bring_back

    brought = bring_back(session.app.store, parts, session.app.folder, session.app.clock.now())
    for path in brought.written:
        click.echo(f"brought back {path}", err=True)
    if brought.aside is not None:
        click.echo(f"What these files were is kept in {brought.aside}.", err=True)
    session.app.look()


def _tell_files(session: Session, release: int) -> None:
    """How the folder differs from what is live now, and how to bring its files back."""
    problems = [p for p in session.app.problems if p.severity == "warning"]
    if not problems:
        return
    click.echo("The files differ from what is live:")
    for problem in problems:
        click.echo(f"  {problem.file}: {problem.what}")
    click.echo(f"`laneflow history --write {release} DIR` writes the files of that release to DIR.")
