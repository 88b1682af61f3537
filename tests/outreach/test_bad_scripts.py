"""One bad script each in ``bad/``: what is said of it, at which place, with which hint."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from laneflow.outreach.lint.linting import lint_scripts
from outreach.cast import ROOT, a_lane, a_practice, a_status

BAD = Path(__file__).parent / "bad"
SCRIPTS = sorted(path.name for path in BAD.glob("*.j2"))


def said_of(folder: Path, name: str) -> list[str]:
    """What is said of one script of ``bad/``, in a practice that has the shipped bases."""
    stem, channel, *locale = name.removesuffix(".j2").split(".")
    script = f"partner/{stem}" if stem.startswith("partner-") else stem
    shutil.copytree(ROOT / "scripts" / "_base", folder / "scripts" / "_base")
    there = folder / "scripts" / f"{script}.{'.'.join([channel, *locale])}.j2"
    there.parent.mkdir(exist_ok=True)
    shutil.copy(BAD / name, there)
    status = a_status("Call", script, channel)
    practice = a_practice(
        folder, a_lane(statuses={"first": status}, barriers={}), languages=(*locale, "en")[:1]
    )
    return [str(problem) for problem in lint_scripts(practice, [script]).problems]


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_said_of_it(tmp_path: Path, name: str) -> None:
    expected = (BAD / name).with_suffix(".txt").read_text(encoding="utf-8")
    assert "\n".join(said_of(tmp_path, name)) + "\n" == expected


def test_there_is_a_bad_script_for_every_rule() -> None:
    assert len(SCRIPTS) >= 40
    assert {".es." in name for name in SCRIPTS} == {True, False}
