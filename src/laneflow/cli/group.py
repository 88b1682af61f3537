"""Owns the ``laneflow`` command: its global options, its commands by name, its exit codes."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

from laneflow import __version__
from laneflow.cli.common.session import Session
from laneflow.cli.ctrl_c import key, stopped
from laneflow.errors import LaneflowError, did_you_mean

USER, OURS = 1, 3
"""Exit codes beside 0: the user can put it right; we must."""

COMMANDS = (
    "demo", "init", "check", "lane", "scripts", "prove", "test", "intake", "run", "serve", "queue",
    "case", "note", "task", "item", "event", "promise", "close", "escalation", "unplaced",
    "people", "quarantine", "plan", "publish", "rollback", "history", "replay", "simulate", "why",
    "why-not", "doctor", "audit", "user", "manage", "completion",
)  # fmt: skip


class Commands(click.Group):
    """A group whose commands live in ``laneflow.cli.<name>`` as ``command``, ``_`` for ``-``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"laneflow.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS, "`laneflow --help` lists them all.")
            raise click.UsageError(f'There is no command "{args[0]}". {hint}', ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--practice",
    type=click.Path(path_type=Path),
    default=Path(),
    envvar="LANEFLOW_PRACTICE",
    show_envvar=True,
    help="The practice's folder, the one with practice.yaml in it.  [default: here]",
)
@click.option(
    "--database",
    metavar="URL",
    envvar="LANEFLOW_DATABASE",
    show_envvar=True,
    help="sqlite:///FILE or postgresql://…  [default: .laneflow/laneflow.sqlite3 in the practice]",
)
@click.version_option(__version__, message="laneflow %(version)s")
@click.pass_context
def app(ctx: click.Context, practice: Path, database: str | None) -> None:
    """Run a practice's follow-up lanes until every loop is visibly closed."""
    ctx.obj = Session(practice, database)


def run(args: list[str] | None) -> int:
    """Run one command and return its exit code; people see problems, never a traceback.

    Whatever comes up after Ctrl-C comes up as it is: :mod:`laneflow.cli.ctrl_c` answers it.
    """
    try:
        code = app.main(args, prog_name="laneflow", standalone_mode=False)
    except Exception as error:
        if key.pressed:
            raise
        return _answer(error)
    return code if isinstance(code, int) else 0


def _answer(error: Exception) -> int:
    """What a command says that could not do its work; the exit code."""
    if isinstance(error, click.exceptions.Abort):  # a question met the end of the input
        return stopped()
    if isinstance(error, click.ClickException):
        said = _usage(error)
    elif isinstance(error, LaneflowError):
        said = str(error)
    else:
        return _failed(error)
    click.echo(said, err=True)
    return USER


def _usage(error: click.ClickException) -> str:
    """One line: which command, what is wrong with how it was called, where to read more."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx else "laneflow"
    return f"{path}: {' '.join(error.format_message().split())} (`{path} --help` says how.)"


def _failed(error: Exception) -> int:
    from laneflow.work.report import busy_database, write_report

    busy = busy_database(error)
    if busy:
        click.echo(busy, err=True)
        return USER
    click.echo(
        f"laneflow failed in a way it should not ({type(error).__name__}). What is needed to mend "
        f"it, without patient data, is in {write_report(error, f'command: {_command()}')}",
        err=True,
    )
    return OURS


def _command() -> str:
    """The command's words: options and arguments may hold names, so only the first word stays."""
    return next((word for word in sys.argv[1:] if word in COMMANDS), "unknown")
