"""``laneflow test`` as people and build servers see it."""

# ruff: noqa: E501 (what is said is compared as it is said)
from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from calls_practice import LANE, OPENED, write_calls, write_tests
from cli.conftest import Laneflow, surroundings


@pytest.fixture
def calls(tmp_path: Path) -> Laneflow:
    """The command line in the little practice of calls."""
    write_calls(tmp_path)
    return Laneflow(tmp_path)


def failing(calls: Laneflow, *expects: str) -> str:
    """What is said of a test with these expectations, without the time it took."""
    write_tests(calls.folder, ("it", OPENED, *(f"{{expect: {{{each}}}}}" for each in expects)))
    answer = calls("test")
    assert answer.code == 1
    return answer.out.rpartition(" in ")[0]


def test_a_date_that_differs(calls: Laneflow) -> None:
    assert (
        failing(calls, "task: {due: 2026-09-07 12:00}")
        == """\
failed: it
  lanes/tests/calls.yaml:7:31  task.due
    expected        2026-09-07 12:00 (Mon)
    got             2026-09-08 17:00 (Tue)
    it is           1 day 5 hours too late
       7 |       - {expect: {task: {due: 2026-09-07 12:00}}}
         |                               ^
    Last: opened in calls, by opens[0] (lanes/calls.yaml:6).

0 passed, 1 failed"""
    )


def test_lists_that_differ(calls: Laneflow) -> None:
    told = failing(
        calls,
        "escalations: {include: [overdue, worse], exclude: [untouched]}",
        "side: {is: [main]}",
    )
    assert (
        told
        == """\
failed: it
  lanes/tests/calls.yaml:7:43  escalations.include[0]
    should include  overdue, worse
    there           none
       7 |       - {expect: {escalations: {include: [overdue, worse], exclude: [untouched]}}}
         |                                           ^
    Last: opened in calls, by opens[0] (lanes/calls.yaml:6).
  lanes/tests/calls.yaml:8:31  side.is[0]
    missing         main
    not expected    items:hospital
    there           items:hospital
       8 |       - {expect: {side: {is: [main]}}}
         |                               ^
    Last: opened in calls, by opens[0] (lanes/calls.yaml:6).

0 passed, 1 failed"""
    )


def test_the_story_so_far_is_told_when_asked_for(calls: Laneflow) -> None:
    steps = (
        OPENED,
        "{after: 88 hours, note: {outcome: no answer, by: phone}}",
        "{after: 2 business days, expect: {status: agreed}}",
    )
    write_tests(calls.folder, ("it", *steps))
    assert "So far" not in calls("test").out
    assert (
        """\
    So far:
      2026-09-04 18:30 (Fri)  referral.received: tier is routine, by priority[1] (lanes/calls.yaml:9); kind is plain, by classify[0] (lanes/calls.yaml:8); opened in calls, by opens[0] (lanes/calls.yaml:6)
      2026-09-08 10:30 (Tue)  note (no answer): the task is due 2026-09-09 17:00 (Wed)
      2026-09-09 17:00 (Wed)  time passed: called for help, by escalations.overdue
      2026-09-10 12:00 (Thu)  time passed: nobody in time, told practice manager, by escalations.overdue
"""
        in calls("test", "-v").out
    )


def test_which_tests_are_run(calls: Laneflow) -> None:
    write_tests(calls.folder, ("one thing", OPENED), ("another thing", OPENED))
    write_tests(calls.folder, ("a third", OPENED), name="more")

    def names(*args: str) -> list[str]:
        return [row["name"] for row in calls.well("test", "--json", *args).json["tests"]]

    assert names() == ["one thing", "another thing", "a third"]
    assert names("calls") == names()
    assert names("lanes/tests/more.yaml") == ["a third"]
    assert names("-k", "THING") == ["one thing", "another thing"]
    assert names("-k", "a*thi") == ["another thing", "a third"]
    assert "There is no such test yet." in calls.well("test", "-k", "nothing like it").out
    answer = calls("test", "cals")
    assert answer.code == 1
    assert answer.err == (
        'cals: there is neither a lane nor a file of this name. Did you mean "calls"?\n'
    )


def test_the_first_failure_may_be_the_last_test(calls: Laneflow) -> None:
    wrong = ("wrong", OPENED, "{expect: {cases: 0}}")
    write_tests(calls.folder, ("right", OPENED), wrong, ("never run", OPENED))
    told = calls("test", "-x", "--json")
    assert told.code == 1
    assert [(row["name"], row["outcome"]) for row in told.json["tests"]] == [
        ("right", "passed"), ("wrong", "failed"),
    ]  # fmt: skip
    failure = told.json["tests"][1]["failures"][0]
    assert failure["parts"] == {"expected": "0", "got": "1"}
    assert failure["source"] == "      - {expect: {cases: 0}}"
    assert failure["path"] == "tests[1].steps[1].expect.cases"


def test_a_broken_lane_stops_only_its_own_tests(calls: Laneflow) -> None:
    (calls.folder / "lanes" / "other.yaml").write_text(LANE.replace("Calls", "Other"))
    write_tests(calls.folder, ("of calls", OPENED), ("of both", OPENED, "{lane: other}"))
    other = write_tests(calls.folder, ("of other", OPENED), name="other")
    other.write_text(other.read_text().replace("lane: calls", "lane: other"))
    calls.well("test")
    (calls.folder / "lanes" / "other.yaml").write_text(LANE.replace("queue: new", "queue: nwe"))
    answer = calls("test")
    assert answer.code == 1
    assert answer.err.startswith("lanes/other.yaml:")
    assert "1 passed, 0 failed, 2 not run" in answer.out
    assert "not run: of other\n" in answer.out
    assert "not run, for lanes/other.yaml did not load" in answer.out
    rows = calls("test", "--json").json["tests"]
    assert {row["name"]: row["outcome"] for row in rows} == {
        "of calls": "passed", "of both": "not run", "of other": "not run",
    }  # fmt: skip


def test_junit_is_well_formed_whatever_a_test_is_called(calls: Laneflow) -> None:
    write_tests(calls.folder, ("right", OPENED), ("it & <you>", OPENED, "{expect: {tier: odd}}"))
    (calls.folder / "lanes" / "tests" / "zz.yaml").write_text("lane: [\n")
    assert calls("test", "--junit", "out.xml").code == 1
    root = Xml.parse(calls.folder / "out.xml").getroot()
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "3", "2")
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert set(cases) == {"right", "it & <you>", "lanes/tests/zz.yaml"}
    assert cases["right"].find("failure") is None
    failed = cases["it & <you>"]
    assert (failed.get("classname"), failed.get("file"), failed.get("line")) == (
        "calls", "lanes/tests/calls.yaml", "7",
    )  # fmt: skip
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message") == "expected tier to be odd, got routine"
    assert (failure.text or "").startswith("lanes/tests/calls.yaml:11:")
    assert calls("test", "--junit", "no/such/folder.xml").err.startswith(
        "no/such/folder.xml: cannot"
    )


def test_junit_leaves_out_what_xml_cannot_hold(tmp_path: Path) -> None:
    from laneflow.cli.lanetests.junit import write
    from laneflow.errors import Problem
    from laneflow.proofs.lanetests.running import TestResult

    odd = "bell \x07 null \x00 lone \ud800 tab \t emoji 😀"
    write(tmp_path / "x.xml", [TestResult("a", odd, 1, failures=(Problem("a", 1, 1, odd),))])
    (case,) = Xml.parse(tmp_path / "x.xml").getroot().iter("testcase")
    assert case.get("name") == "bell \ufffd null \ufffd lone \ufffd tab \t emoji 😀"


def test_coverage_may_be_asked_for(calls: Laneflow) -> None:
    write_tests(calls.folder, ("it", OPENED))
    told = calls.well("test", "--coverage").out
    assert "lanes/calls.yaml:12  no test exercises letter: received\n" in told
    assert "calls           23.8 %  5 of 21\n" in told
    assert calls.well("test", "--cover-at-least", "0").code == 0
    short = calls("test", "--cover-at-least", "30")
    assert short.code == 1
    assert short.out.endswith("Under 30 %: calls, practice.yaml.\n")
    rows = calls("test", "--cover-at-least", "30", "--json").json["coverage"]
    assert [(row["lane"], row["percent"]) for row in rows] == [
        ("calls", 23.8), ("practice.yaml", 0.0),
    ]  # fmt: skip


def test_changes_nobody_notices_are_told(calls: Laneflow) -> None:
    write_tests(calls.folder, ("it", OPENED, "{expect: {cases: 1}}"))
    told = calls.well("test", "--mutate", "--jobs", "1").out
    assert "lanes/calls.yaml:12  no test fails when nobody asks for letter\n" in told
    assert "referral.received opens no case" not in told
    assert " changes noticed, " in told
    rows = calls.well("test", "--mutate", "--mutants", "5", "--jobs", "1", "--json").json["mutants"]
    assert len(rows) == 5


def test_watching_runs_what_a_change_concerns_and_stops_at_ctrl_c(calls: Laneflow) -> None:
    """A process of its own, as in a shell: its first run, a change of a test, a change of a lane."""
    write_tests(calls.folder, ("it", OPENED), ("too", OPENED))
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "laneflow", "test", "--watch"],
        cwd=calls.folder, env=surroundings() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as watching:  # fmt: skip
        assert watching.stdout is not None
        assert watching.stderr is not None
        try:
            assert watching.stdout.readline().endswith("all tests\n")
            assert watching.stdout.readline().startswith("2 passed, 0 failed")
            write_tests(calls.folder, ("of more", OPENED), name="more")
            assert watching.stdout.readline().endswith("lanes/tests/more.yaml changed\n")
            assert watching.stdout.readline().startswith("1 passed, 0 failed")
            write_calls(
                calls.folder,
                LANE.replace(
                    "{as: completed, on: visit.completed}", "{as: completed, on: report.received}"
                ),
            )
            heading = watching.stdout.readline()
            assert "lanes/calls.yaml" in heading
            assert watching.stdout.readline().startswith("3 passed, 0 failed")
        finally:
            watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=10) == 130
        assert "Traceback" not in watching.stderr.read()


def test_watching_goes_alone(calls: Laneflow) -> None:
    answer = calls("test", "--watch", "--mutate")
    assert answer.code == 1
    assert "--watch goes with no other option than -k and -v." in answer.err
