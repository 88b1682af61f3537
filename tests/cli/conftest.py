"""A practice in a temporary folder and the command line over it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from laneflow.cli import main
from laneflow.starter import lay_out

ALMA = {
    "patient.first_name": "Alma",
    "patient.last_name": "Duarte",
    "patient.birth_date": "1950-01-31",
    "patient.language": "en",
    "encounter.id": "e1",
    "encounter.class": "inpatient",
    "encounter.facility": "St. Mary",
    "encounter.discharged_to": "home",
    "location": "main",
}
"""What a discharge says of Alma Duarte, who is sent home."""


@dataclass(frozen=True)
class Answer:
    """What a command said: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Laneflow:
    """The command line in one practice's folder, in this process: a new one takes a second."""

    folder: Path

    def __call__(self, *args: str, stdin: str = "", **env: str) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        given = io.TextIOWrapper(io.BytesIO(stdin.encode()))
        with (
            mock.patch.dict(os.environ, surroundings() | env, clear=True),
            mock.patch.object(sys, "stdin", given),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(list(args))
        return Answer(code, out.getvalue(), err.getvalue())

    def well(self, *args: str, **env: str) -> Answer:
        """The answer of a command that must succeed."""
        answer = self(*args, **env)
        assert answer.code == 0, answer.err + answer.out
        return answer

    def process(self, *args: str, stdin: str = "", **env: str) -> Answer:
        """The answer of a process of its own, as a shell would start it."""
        done = subprocess.run(
            [sys.executable, "-m", "laneflow", *args],
            cwd=self.folder,
            env=surroundings() | env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)


def surroundings() -> dict[str, str]:
    """The environment without our settings or Django's: a developer's own, or other tests'."""
    ours = ("LANEFLOW_", "_LANEFLOW", "DJANGO_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return kept | {"COLUMNS": "120"}


@pytest.fixture
def empty(tmp_path: Path) -> Laneflow:
    """The command line in a folder that holds no practice."""
    return Laneflow(tmp_path)


@pytest.fixture
def practice(tmp_path: Path) -> Laneflow:
    """The command line in a fresh starter practice."""
    lay_out(tmp_path)
    return Laneflow(tmp_path)
