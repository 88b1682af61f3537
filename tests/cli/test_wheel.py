"""The wheel: a practice can be started from it, with no checkout in sight."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from cli.conftest import surroundings

ROOT = Path(__file__).resolve().parents[2]


def run(*args: str | Path, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        args, cwd=cwd, env=os.environ | surroundings() | env, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_starter_practice_ships_inside_the_wheel(tmp_path: Path) -> None:
    from_here = "from hatchling.build import build_wheel; import sys; build_wheel(sys.argv[1])"
    run(sys.executable, "-c", from_here, tmp_path, cwd=ROOT)
    (wheel,) = tmp_path.glob("laneflow-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    started = (sys.executable, "-m", "laneflow")
    path = str(site)
    code = "import laneflow; print(laneflow.__file__)"
    assert run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=path).startswith(path)
    run(*started, "init", "maple", cwd=tmp_path, PYTHONPATH=path)
    checked = run(*started, "--practice", "maple", "check", cwd=tmp_path, PYTHONPATH=path)
    assert "8 lanes" in checked
    for part in ("practice.yaml", "lanes/tests", "scripts/_base", "schemas/lane.schema.json"):
        assert (tmp_path / "maple" / part).exists()
