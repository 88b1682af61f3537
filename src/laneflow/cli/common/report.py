"""Owns the report of an unexpected failure: enough to mend it, and nothing about a patient."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import traceback
from pathlib import Path

from laneflow import __version__
from laneflow.work.clock import Clock, iso


def write_report(error: BaseException, folder: Path | None = None) -> Path:
    """Write where ``error`` came from to a new file, readable by its owner only; return its path.

    The error's message is left out, and so are arguments and values: they may name a patient.
    """
    stamp = re.sub(r"\W", "", iso(Clock().now())[:19])
    handle, name = tempfile.mkstemp(
        prefix=f"laneflow-report-{stamp}Z-", suffix=".txt", dir=folder, text=True
    )
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(_lines(error)) + "\n")
    return Path(name)


def _lines(error: BaseException) -> list[str]:
    lines = [
        f"laneflow {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: {_command()}",
    ]
    link: BaseException | None = error
    while link is not None:
        lines += ["", f"{type(link).__module__}.{type(link).__qualname__}"]
        for frame in traceback.extract_tb(link.__traceback__):
            lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}")
        link = link.__cause__ or link.__context__
    return lines


def _command() -> str:
    """The command's words: options and arguments may hold names, so only the first word stays."""
    from laneflow.cli.group import COMMANDS

    return next((word for word in sys.argv[1:] if word in COMMANDS), "unknown")


def busy_database(error: BaseException) -> str | None:
    """One line where the database is locked, full or away: the surroundings' fault, not ours."""
    if type(error).__name__ != "OperationalError":
        return None
    reason = str(error).strip().splitlines()[0] if str(error).strip() else "it does not answer"
    hint = "Is it running, and has the disk room?"
    if "locked" in reason:
        hint = "Another laneflow is writing to it; try again in a moment."
    return f"database: {reason}. {hint}"
