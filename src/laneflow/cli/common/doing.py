"""Owns doing something to a case from the command line: who does it, and what it led to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from laneflow.cli.common import given, show
from laneflow.cli.common.session import Session
from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
    from laneflow.engine.state import Case
    from laneflow.work.actions import Outcome

Command = TypeVar("Command", bound=Callable[..., Any])

who = click.option(
    "--by",
    metavar="PERSON",
    envvar="LANEFLOW_BY",
    show_envvar=True,
    required=True,
    help="Who does it: a person's id or name in practice.yaml.",
)
"""The option that says who acts."""


def by_whom(command: Command) -> Command:
    """The options of every command that changes a case: ``--by`` and ``--json``."""
    return who(show.as_json(command))


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
    tell(outcome, json_)


def tell(outcome: Outcome, json_: bool) -> None:
    """What an act led to, case by case, in words."""
    if json_:
        rows = [{"case": c.id, "changed": outcome.said.get(c.id, [])} for c in outcome.cases]
        show.json(rows)
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
