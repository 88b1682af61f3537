"""Owns doing something to a case from the command line: who does it, and what it led to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from laneflow.cli import given, show
from laneflow.cli.session import Session
from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
    from laneflow.engine.state import Case

Command = TypeVar("Command", bound=Callable[..., Any])

_by = click.option(
    "--by",
    "by",
    metavar="PERSON",
    envvar="LANEFLOW_BY",
    show_envvar=True,
    required=True,
    help="Who does it: a person's id or name in practice.yaml.",
)


def by_whom(command: Command) -> Command:
    """The options of every command that changes a case: ``--by`` and ``--json``."""
    return _by(show.as_json(command))


def do(
    session: Session,
    by: str,
    kind: str,
    case: str | Sequence[str],
    data: Mapping[str, Any],
    json_: bool,
) -> None:
    """Do it through the one door, and tell what changed; refusals are raised, one line each."""
    from laneflow.work.actions import act

    app = session.app
    outcome = act(
        app, by=given.person(app.loaded.practice, by, "--by"), kind=kind, case=case, data=data
    )
    if json_:
        show.json([{"case": case.id, "changed": outcome.said.get(case.id, [])}
                   for case in outcome.cases])  # fmt: skip
        return
    for changed in outcome.cases:
        click.echo(f"case {changed.id}")
        for sentence in outcome.said.get(changed.id, ["Written down."]):
            click.echo(f"  {sentence}")


def task_key(session: Session, name: str) -> tuple[Case, str]:
    """The case and the key of a task named as the queue shows it, or by its case alone (main)."""
    beginning, slash, _ = name.rpartition("/")
    case = session.case(beginning if slash else name)
    if not slash:
        return case, "main"
    tasks = [("main", case.task), *case.side.items()]
    for key, task in tasks:
        if task is not None and task.id == name:
            return case, key
    hint = "`laneflow case` shows the open ones."
    raise LaneflowError(Problem("task", 0, 0, f"there is no open task {name}", hint))
