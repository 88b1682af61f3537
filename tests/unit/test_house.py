"""The house rules that no linter knows: layers, one clock, modules that say what they own."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "laneflow"
MODULES = sorted(SOURCE.rglob("*.py"))
WRITTEN = [m for m in MODULES if "migrations" not in m.parts]


def name(module: Path) -> str:
    return module.relative_to(SOURCE).as_posix()


def test_imports_point_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache", "--config", ROOT / "pyproject.toml"],
        cwd=ROOT / "src",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", WRITTEN, ids=name)
def test_module_says_what_it_owns(module: Path) -> None:
    assert ast.get_docstring(ast.parse(module.read_text("utf-8"))), "no docstring"


@pytest.mark.parametrize("module", WRITTEN, ids=name)
def test_module_is_short_enough_to_read(module: Path) -> None:
    assert len(module.read_text("utf-8").splitlines()) <= 420


CLOCK = re.compile(r"\b(time\.time(_ns)?|datetime\.(now|utcnow|today)|date\.today)\(")


def test_one_clock() -> None:
    """Everything else is handed the time, so that yesterday can be run again."""
    askers = {name(m) for m in WRITTEN if CLOCK.search(m.read_text("utf-8"))}
    assert askers <= {"work/clock.py"}
