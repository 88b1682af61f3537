"""Ctrl-C, at any moment of any long command: it leaves at once, and nothing is half done."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from cast import t
from cli.conftest import Laneflow, surroundings
from laneflow.intake.synthetic import generate, write_jsonl
from laneflow.starter import lay_out
from whole_store import whole_store

PATIENT = 20.0
"""Seconds after which a command that was interrupted should long have left."""

LEAVING = -signal.SIGINT
"""How a process ends that was interrupted when it had finished, as Python was shutting down."""

FIRST = 0.8
"""Seconds after the start at which a command is first interrupted; then later, or sooner where it
had finished by then."""

LONG = {
    "check": ["--practice", "many", "check"],
    "prove": ["prove", "--days", "3660"],
    "test": ["test"],
    "mutants": ["test", "--mutate", "--jobs", "2"],
    "plan": ["plan"],
    "replay": ["replay", "--workers", "2"],
    "simulate": ["simulate", "--workers", "2"],
    "scripts": ["scripts", "check"],
    "preview": ["scripts", "preview", "--html", "words.html"],
    "publish": ["publish", "--by", "lee", "--why", "Sooner", "--yes"],
    "intake": ["intake", "--replay", "more.jsonl"],
    "catching up": ["run", "--until", "2027-06-30"],
}


CHANGES = {"publish", "intake", "catching up"}
"""Those that write into the database."""


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice with some weeks behind it, an edit not yet live, and a file to take in."""
    folder = tmp_path_factory.mktemp("interrupted")
    lay_out(folder)
    events = list(generate(150, t("2026-08-03 09:00"), 42, seed=5))
    half = len(events) // 2
    write_jsonl(events[:half], folder / "events.jsonl")
    write_jsonl(events[half:], folder / "more.jsonl")
    Laneflow(folder).well("intake", "--replay", "events.jsonl")
    lane = folder / "lanes" / "discharge-outreach.yaml"
    text = lane.read_text("utf-8")
    lay_out(folder / "many")
    for n in range(60):
        (folder / "many" / "lanes" / f"discharge-{n}.yaml").write_text(text, "utf-8")
    edited = text.replace(
        "first_contact: {urgent: 2 business days", "first_contact: {urgent: 1 day"
    )
    assert edited != text
    lane.write_text(edited, "utf-8")
    return folder


@pytest.mark.parametrize("name", LONG)
def test_a_command_that_is_interrupted_leaves_nothing_half_done(
    name: str, practice: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "practice"
    shutil.copytree(practice, folder)
    before, releases, held = files(folder), released(folder), whole_store(database(folder))
    stopped, seconds = 0, FIRST
    for attempt in range(4):
        scratch = tmp_path / f"scratch-{attempt}"
        scratch.mkdir()
        code, said, left_behind = interrupted(folder, scratch, seconds, LONG[name])
        stopped += code == 130
        seconds = seconds * 1.7 if code == 130 else seconds / 2
        assert code in (0, 1, 130, LEAVING), said
        assert "Traceback" not in said
        assert code != 130 or said.rstrip().endswith("Stopped."), said
        assert left_behind == []
        assert sorted(path.name for path in scratch.rglob("*") if path.is_file()) == []
        assert released(folder) in (releases, releases + 1)
    assert stopped, "it was over before anybody could interrupt it"
    after = files(folder)
    assert {file: after.get(file) for file in before} == before
    if name not in CHANGES:
        assert whole_store(database(folder)) == held
        return
    laneflow = Laneflow(folder)
    laneflow.well("run", "--until", "2027-06-30")
    doctor = laneflow.well("doctor", "--all", "--json").json
    assert doctor["silent"] == 0
    assert doctor["rebuilt"] == doctor["open_cases"]


def interrupted(
    folder: Path, scratch: Path, seconds: float, args: list[str]
) -> tuple[int, str, list[int]]:
    """Start a command, press Ctrl-C after so long; its exit code, what it said, who outlived it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "laneflow", *args],
        cwd=folder,
        env=surroundings() | {"TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(seconds)
    family = children(process.pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of it
    try:
        _, said = process.communicate(timeout=PATIENT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    gone = time.monotonic() + 2
    while time.monotonic() < gone and any(map(is_there, family)):
        time.sleep(0.05)
    return process.returncode, said, [child.pid for child in family if is_there(child)]


def children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def is_there(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def files(folder: Path) -> dict[str, str]:
    """Every file of the practice but the database's own, by its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".laneflow" not in path.parts
    }


def database(folder: Path) -> Path:
    return folder / ".laneflow" / "laneflow.sqlite3"


def released(folder: Path) -> int:
    """How many releases there are."""
    with closing(sqlite3.connect(database(folder))) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM laneflow_release").fetchone()[0])
