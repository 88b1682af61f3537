"""Owns the report of an unexpected failure: enough to mend it, and nothing about a patient."""

from __future__ import annotations

import os
import platform
import re
import tempfile
import traceback
from hashlib import blake2b
from pathlib import Path

from laneflow import __version__
from laneflow.work.clock import Clock, iso


def write_report(error: BaseException, doing: str, folder: Path | None = None) -> Path:
    """Write where ``error`` came from to a new file, readable by its owner only; return its path.

    The error's message is left out, and so are arguments and values: they may name a patient.
    ``doing`` says at what it failed, without any either. ``folder``: None for a temporary one.
    """
    handle, name = tempfile.mkstemp(prefix=_stamped(), suffix=".txt", dir=folder, text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(_lines(error, doing)) + "\n")
    return Path(name)


def write_once(error: BaseException, doing: str, folder: Path) -> Path:
    """As ``write_report``, but what fails again at the same place has its one report already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    named = blake2b("\n".join(_lines(error, doing)).encode(), digest_size=4).hexdigest()
    if known := next(folder.glob(f"*-{named}.txt"), None):
        return known
    written = write_report(error, doing, folder)
    return written.rename(folder / f"{_stamped()}{named}.txt")


def place(error: BaseException) -> dict[str, str]:
    """What a log may say of an error: its kind and place, no value that could name a patient."""
    trace, where = error.__traceback__, ""
    while trace is not None:
        where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return {"error": type(error).__name__, "place": where}


def _stamped() -> str:
    stamp = re.sub(r"\W", "", iso(Clock().now())[:19])
    return f"laneflow-report-{stamp}Z-"


def _lines(error: BaseException, doing: str) -> list[str]:
    lines = [
        f"laneflow {__version__}, Python {platform.python_version()}, {platform.platform()}",
        doing,
    ]
    link: BaseException | None = error
    while link is not None:
        lines += ["", f"{type(link).__module__}.{type(link).__qualname__}"]
        for frame in traceback.extract_tb(link.__traceback__):
            lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}")
        link = link.__cause__ or link.__context__
    return lines


def busy_database(error: BaseException) -> str | None:
    """One line where the database is locked, full or away: the surroundings' fault, not ours."""
    if type(error).__name__ != "OperationalError":
        return None
    reason = str(error).strip().splitlines()[0] if str(error).strip() else "it does not answer"
    hint = "Is it running, and has the disk room?"
    if "locked" in reason:
        hint = "Another laneflow is writing to it; try again in a moment."
    return f"database: {reason}. {hint}"
