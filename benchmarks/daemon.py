"""The daemon among a million open cases: its memory, and how soon it works after its start."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Options, timed
from benchmarks.practice import ROOT, app_at, folder
from benchmarks.stock import DUE, NOW, TURNS, stock
from laneflow.engine.state import Instant
from laneflow.work.care import audit_silence
from laneflow.work.clock import MINUTE

MOST = 60
"""Seconds after which a daemon that has done nothing is given up."""


def measure(options: Options) -> Iterator[Figure]:
    """A real ``laneflow run``: what it holds while it works off a thousand due files."""
    cases = 100_000 if options.quick else 1_000_000
    with folder() as path:
        file = stock(cases, path, options)
        starts, sizes = [], []
        for turn in range(min(options.runs, TURNS)):
            soon, most = _watched(file, NOW + turn * MINUTE, 10 if options.quick else 20)
            starts.append(soon)
            sizes.append(most)
        note = f"process start to the first of {DUE:,} due files decided and written"
        yield Figure(f"daemon: first tick, {cases:,} cases", "s", tuple(starts), 3, True, note)
        note = "the most resident at any time, VmHWM"
        yield Figure(f"daemon: memory, {cases:,} cases", "MB", tuple(sizes), 250, True, note)
        yield _audit(file, cases)


def _watched(file: Path, at: Instant, seconds: float) -> tuple[float, float]:
    """Seconds from a daemon's start to its first work, and the megabytes it came to hold."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    command = [sys.executable, "-m", "benchmarks.set_clock", str(at), "run"]
    here = {
        **os.environ,
        "LANEFLOW_PRACTICE": str(ROOT),
        "LANEFLOW_DATABASE": f"sqlite:///{file}",
    }
    began = time.monotonic()
    daemon = subprocess.Popen(command, cwd=ROOT, env=here, stderr=subprocess.DEVNULL)
    try:
        while connection.execute(_CLOCK).fetchone()[0] < at:
            if daemon.poll() is not None or time.monotonic() - began > MOST:
                raise SystemExit("the daemon did nothing")
            time.sleep(0.01)
        soon = time.monotonic() - began
        time.sleep(seconds)
        return soon, _most_resident(daemon.pid)
    finally:
        daemon.terminate()
        daemon.wait()
        connection.close()


_CLOCK = "SELECT instant FROM laneflow_meta WHERE name = 'clock'"


def _most_resident(pid: int) -> float:
    """Megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) * 1024 / 1e6 if found else 0.0


def _audit(file: Path, cases: int) -> Figure:
    """How long the audit of silence takes, which the daemon does every five minutes."""
    app = app_at(f"sqlite:///{file}", NOW)
    runs = []
    for _ in range(3):
        with timed() as took:
            list(audit_silence(app, NOW))
        runs.append(took.wall)
    app.store.close()
    return Figure(f"daemon: audit of silence, {cases:,} cases", "s", tuple(runs), less=True)
