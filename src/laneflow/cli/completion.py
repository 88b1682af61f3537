"""Owns ``laneflow completion``: the shell's own words for completing ours."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for a shell, to be sourced from its start-up file."""
    from click.shell_completion import get_completion_class

    from laneflow.cli.group import app

    found = get_completion_class(shell)
    assert found is not None, shell
    click.echo(found(app, {}, "laneflow", "_LANEFLOW_COMPLETE").source())
