"""Every command shown in the README and in docs/ works, in the order it is shown.

A YAML block that names a file (```yaml lanes/x.yaml) is what the reader is told to write there; one
that names a key, too (```yaml lanes/x.yaml opens) takes that key's place in the file, or is added.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import surroundings
from laneflow.starter import lay_out

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^( *)```(console|yaml [^\n]+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
EVENT = (
    '{"specversion": "1.0", "id": "1", "source": "ehr", "type": "encounter.discharged",'
    ' "time": "2026-09-04T18:30:00-04:00", "subject": "p1", "data": {"patient.first_name": "Rosa",'
    ' "encounter.id": "e1", "encounter.discharged_to": "home"}}\n'
)


def commands(page: Path) -> list[str]:
    """The commands of a page, and a command for each file it has the reader write."""
    found: list[str] = []
    for indent, kind, block in BLOCK.findall(page.read_text("utf-8")):
        lines = [line.removeprefix(indent) for line in block.splitlines()]
        if kind == "console":
            found += [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        else:
            text = "\n".join(lines) + "\n"
            found.append(shlex.join([sys.executable, WRITE, *kind.split()[1:], text]))
    return found


WRITE = str(Path(__file__).with_name("written.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_works(page: Path, tmp_path: Path) -> None:
    shown = commands(page)
    if page.name != "README.md":
        lay_out(tmp_path)
    shim = tmp_path / "bin" / "laneflow"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m laneflow "$@"\n')
    shim.chmod(0o755)
    for folder in (tmp_path, tmp_path / "maple"):
        folder.mkdir(exist_ok=True)
        (folder / "events.jsonl").write_text(EVENT)
    script = "set -e\n" + "\n".join(f"echo {shlex.quote('$ ' + c)}\n{c}" for c in shown)
    env = surroundings()
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=env | {"PATH": f"{shim.parent}:{env['PATH']}"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_readme_shows_commands() -> None:
    assert len(commands(ROOT / "README.md")) >= 8


def test_every_command_is_written_about() -> None:
    from laneflow.cli.group import COMMANDS

    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    missing = [name for name in COMMANDS if f"laneflow {name}" not in text]
    assert not missing


def test_every_setting_is_written_about() -> None:
    source = ROOT / "src" / "laneflow"
    names = re.compile(r"LANEFLOW_[A-Z_]+[A-Z]")
    used = {
        name for file in source.rglob("*.py") for name in names.findall(file.read_text("utf-8"))
    }
    told = set(names.findall((ROOT / "docs" / "operations.md").read_text("utf-8")))
    assert used - told - NOT_SETTINGS == set()


NOT_SETTINGS = {"LANEFLOW_COMPLETE"}
"""click's own."""
