"""Owns the command line: one file per command, each imported only when it is called."""

from __future__ import annotations

from laneflow.cli.ctrl_c import key


def main(args: list[str] | None = None) -> int:
    """Run one command (the process's own arguments, or these) and return its exit code."""

    def command() -> int:
        from laneflow.cli.group import run  # here, so that Ctrl-C is heard while it is loaded

        return run(args)

    return key.heard(command)


__all__ = ["main"]
