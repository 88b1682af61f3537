"""``laneflow check`` as people, editors and build servers see it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from cli.conftest import Laneflow, surroundings
from laneflow.cli.problems.github import annotation
from laneflow.cli.problems.kinds import KINDS
from laneflow.cli.problems.sarif import log
from laneflow.cli.problems.text import excerpt
from laneflow.errors import Problem

ROOT = Path(__file__).parents[2]


def marked(tmp_path: Path, line: str, column: int, width: int = 100) -> list[str]:
    """What is shown of a problem at ``column`` of a file's second line."""
    (tmp_path / "a.yaml").write_text(f"first\n{line}\nlast\n", "utf-8")
    found = excerpt(Problem("a.yaml", 2, column, "wrong"), tmp_path, width)
    return [click.unstyle(row) for row in found]


@pytest.mark.parametrize(
    ("line", "column", "shown", "marks"),
    [
        ("  on: visit.complet", 7, "  on: visit.complet", "      ^^^^^^^^^^^^^"),
        ("  - {to: a, when: {b: c}}", 13, "  - {to: a, when: {b: c}}", "            ^^^^"),
        ("do: 'Call, then wait' # x", 5, "do: 'Call, then wait' # x", "    ^^^^^^^^^^^^^^^^^"),
        ("who: front desk # x", 6, "who: front desk # x", "     ^^^^^^^^^^"),
        ("\tqueue: new", 2, "    queue: new", "    ^^^^^"),
        ("a:\tb", 4, "a:    b", "      ^"),
        ("名前: 看護師", 5, "名前: 看護師", "      ^^^^^^"),
        ("cafe\u0301: bad", 8, "cafe\u0301: bad", "      ^^^"),
        ("  - {a: b}", 3, "  - {a: b}", "  ^"),
        ("short", 9, "short", "     ^"),
    ],
)
def test_the_word_is_underlined(
    tmp_path: Path, line: str, column: int, shown: str, marks: str
) -> None:
    assert marked(tmp_path, line, column) == [f"    2 | {shown}", f"      | {marks}"]


def test_a_long_line_is_cut_around_the_word(tmp_path: Path) -> None:
    line = "when: {" + "a: b, " * 60 + "wrong: here, " + "a: b, " * 60 + "}"
    source, marks = marked(tmp_path, line, line.index("wrong") + 1, width=80)
    assert len(source) <= 80
    assert source.startswith("    2 | …")
    assert source.endswith("…")
    at = marks.index("^")
    assert source[at : at + marks.count("^")] == "wrong"


def test_nothing_is_shown_of_a_file_as_a_whole_or_one_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"PK\x03\x04\xff\xfe")
    assert excerpt(Problem("a.yaml", 0, 0, "a Word file"), tmp_path) == []
    assert excerpt(Problem("a.yaml", 1, 1, "a Word file"), tmp_path) == []
    assert excerpt(Problem("gone.yaml", 3, 1, "wrong"), tmp_path) == []


def break_a_lane(practice: Laneflow) -> None:
    lane = practice.folder / "lanes" / "discharge-outreach.yaml"
    lane.write_text(lane.read_text("utf-8").replace("as: completed", "as: complete", 1), "utf-8")


def test_people_see_the_line_and_programs_a_list(practice: Laneflow) -> None:
    break_a_lane(practice)
    answer = practice("check")
    headline, source, marks, *_, last = answer.err.splitlines()
    assert headline.startswith("lanes/discharge-outreach.yaml:145:10 closes[0].as: ")
    assert headline.endswith('Did you mean "completed"?')
    assert source.strip().startswith("145 |   - {as: complete, when:")
    assert marks.strip() == "|          ^^^^^^^^"
    assert last == "1 problem to put right."
    found = practice("check", "--json").json
    assert found == practice("check", "--format", "json").json
    assert found[0]["code"] == "unknown-word"
    assert (found[0]["line"], found[0]["column"]) == (145, 10)


def test_no_colour_where_nobody_watches(practice: Laneflow) -> None:
    break_a_lane(practice)
    assert "\x1b" not in practice("check").err


def test_warnings_fail_only_where_that_is_asked(practice: Laneflow) -> None:
    (practice.folder / "scripts" / "discharge" / "nobody.phone.j2").write_text("Hello", "utf-8")
    answer = practice("check")
    assert answer.code == 0
    assert "nothing to put right" in answer.out
    assert "warning" in answer.out
    assert practice("check", "--strict").code == 1


def test_annotations_of_github(practice: Laneflow) -> None:
    break_a_lane(practice)
    answer = practice("check", "--format", "github")
    assert answer.code == 1
    assert answer.out.startswith(
        "::error file=lanes/discharge-outreach.yaml,line=145,col=10,title=laneflow unknown-word::"
        'closes[0].as: "complete" is not known here. Did you mean "completed"?\n'
    )


def test_what_github_reads_as_its_own_is_escaped() -> None:
    problem = Problem("a,b:c.yaml", 1, 2, "50%\nmore", path="x", severity="warning", code="k")
    assert annotation(problem) == (
        "::warning file=a%2Cb%3Ac.yaml,line=1,col=2,title=laneflow k::x: 50%25%0Amore"
    )


def test_sarif_has_what_the_standard_requires(practice: Laneflow) -> None:
    """OASIS SARIF 2.1.0: 3.13 log, 3.14 run, 3.19 driver, 3.27 result, 3.49 rule, 3.58 notes."""
    break_a_lane(practice)
    (practice.folder / "lanes" / "hurt.yaml").write_text("", "utf-8")
    told = json.loads(practice("check", "--format", "sarif").out)
    assert told["version"] == "2.1.0"
    (run,) = told["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "laneflow"
    assert run["results"]
    for result in run["results"]:
        rule = driver["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] != ""
        assert rule["shortDescription"]["text"].endswith(".")
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning")
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert not place["artifactLocation"]["uri"].startswith("/")
        if "region" in place:
            assert place["region"]["startLine"] >= 1
            assert place["region"]["startColumn"] >= 1
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True


def test_sarif_says_what_was_not_checked_and_escapes_paths() -> None:
    told = log([Problem("lanes/a b.yaml", 0, 0, "wrong", code="k")], ["No solver."], "my practice/")
    (run,) = told["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "my%20practice/lanes/a%20b.yaml"}}
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "No solver."


def test_the_hook_for_pre_commit_runs(practice: Laneflow) -> None:
    """https://pre-commit.com/#creating-new-hooks names what a hook must and may say."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert hook["id"] == "laneflow-check"
    assert hook["language"] == "python"
    assert hook["pass_filenames"] is False
    assert hook.keys() <= {
        "id", "name", "description", "entry", "language", "files", "pass_filenames",
    }  # fmt: skip
    files = [p.relative_to(practice.folder).as_posix() for p in practice.folder.rglob("*")]
    import re

    caught = {name for name in files if re.search(hook["files"], name)}
    assert {"practice.yaml", "lanes/discharge-outreach.yaml"} <= caught
    assert "scripts/discharge/first-call.phone.j2" in caught
    assert not any("schemas/" in name for name in caught)
    command, *arguments = shlex.split(hook["entry"])
    assert command == "laneflow"
    done = subprocess.run(
        [sys.executable, "-m", command, *arguments],
        cwd=practice.folder,
        env=surroundings(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_each_kind_has_one_plain_sentence() -> None:
    for code, sentence in KINDS.items():
        assert code == code.lower().replace(" ", "-")
        assert sentence.endswith("."), code
        assert len(sentence) <= 100, code
