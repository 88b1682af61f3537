"""What is wrong with a script is told before it is live, at its line, with a hint."""

from __future__ import annotations

import shutil
from pathlib import Path

from click.testing import CliRunner

from laneflow.cli.check import command
from laneflow.cli.common.session import Session
from laneflow.lanes.model import Fact, Where
from laneflow.outreach.check import check_scripts
from outreach.cast import ROOT, a_lane, a_practice, a_status


def problems(
    folder: Path, script: str | None = "call", do: str = "Call", **files: str
) -> list[str]:
    """What check says of a lane with one task and one fact, ``visit.reason``."""
    (folder / "scripts").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "scripts" / f"{name.replace('_', '.')}.j2").write_text(text)
    lane = a_lane(
        facts={"visit.reason": Fact()},
        checklist=(),
        barriers={},
        statuses={"first": a_status(do, script, "phone")},
        where=Where("lanes/any.yaml", 4, 1),
    )
    loaded = a_practice(folder, lane, languages=("en",))
    return [str(problem) for problem in check_scripts(loaded)]


def test_a_good_script_has_no_problem(tmp_path: Path) -> None:
    text = "{% for item in checklist.missing %}{{ item }}{% endfor %}{{ opening.visit.reason }}"
    assert problems(tmp_path, call_phone=text) == []


def test_a_fact_that_no_lane_declares(tmp_path: Path) -> None:
    said = problems(tmp_path, call_phone="Hi\n{{ visit.raeson }} {{ patient.first_nam }}")
    assert said == [
        'scripts/call.phone.j2:2:4: unknown fact "visit.raeson". Did you mean "visit.reason"?',
        'scripts/call.phone.j2:2:23: unknown fact "patient.first_nam". '
        'Did you mean "patient.first_name"?',
    ]


def test_a_fact_in_the_base_counts_too(tmp_path: Path) -> None:
    said = problems(tmp_path, base="{{ nothing.here }}", call_phone='{% extends "base.j2" %}')
    assert said == [
        'scripts/base.j2:1:4: unknown fact "nothing.here". Declare it under facts: in the lane.'
    ]


def test_a_script_that_does_not_compile(tmp_path: Path) -> None:
    said = problems(tmp_path, call_phone="one\n{{ patient.first_name|uper }}")
    assert said == ['scripts/call.phone.j2:2:23: unknown filter "uper". Did you mean "upper"?']


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    said = problems(tmp_path, "cal", call_phone="Hi")
    assert said == [
        'scripts: there is no script "cal". Did you mean "call"?',
        "scripts/call.phone.j2: warning: no lane uses this script. "
        'Name it in a lane as "script: call", or delete it.',
    ]


def test_a_channel_that_is_not_written(tmp_path: Path) -> None:
    assert problems(tmp_path, call_sms="Hi") == [
        'scripts: script "call" is not written for phone. Write scripts/call.phone.j2.'
    ]


def test_the_command_tells_it(tmp_path: Path) -> None:
    for name in ("lanes", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "practice.yaml", tmp_path)
    letter = tmp_path / "scripts" / "noshow" / "recover.letter.j2"
    letter.write_text("{{ patient.first_nam }}")
    result = CliRunner().invoke(command, [], obj=Session(tmp_path, None), standalone_mode=False)
    assert result.return_value == 1
    said = result.output.splitlines()
    first = next(n for n, line in enumerate(said) if line.startswith("scripts/"))
    assert said[first : first + 3] == [
        'scripts/noshow/recover.letter.j2:1:4: unknown fact "patient.first_nam". '
        'Did you mean "patient.first_name"?',
        "    1 | {{ patient.first_nam }}",
        "      |    ^^^^^^^^^^^^^^^^^",
    ]


def test_a_title_is_checked_at_its_task(tmp_path: Path) -> None:
    said = problems(tmp_path, None, "Call {{ patient.firstname }}")
    assert said == [
        'lanes/any.yaml:4:1 do: unknown fact "patient.firstname". '
        'Did you mean "patient.first_name"?'
    ]
    assert problems(tmp_path, None, "Call {{ patient") == [
        "lanes/any.yaml:4:1 do: unexpected end of template, expected 'end of print statement'"
    ]


def test_one_title_in_two_lanes_is_judged_by_the_facts_of_each(tmp_path: Path) -> None:
    title = "Call about {{ visit.reason }}"
    knows, does_not = (
        a_lane(
            id=name,
            facts=facts,
            checklist=(),
            barriers={},
            statuses={"first": a_status(title, None, "phone")},
            where=Where(f"lanes/{name}.yaml", 7, 1),
        )
        for name, facts in (("knows", {"visit.reason": Fact()}), ("does-not", {}))
    )
    loaded = a_practice(tmp_path, knows)
    loaded.lanes[does_not.id] = does_not
    assert [str(problem) for problem in check_scripts(loaded)] == [
        'lanes/does-not.yaml:7:1 do: unknown fact "visit.reason". '
        "Declare it under facts: in the lane."
    ]
