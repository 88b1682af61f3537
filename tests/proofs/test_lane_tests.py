"""Lane tests: what passes, and exactly what is said, and where, about what does not."""

# ruff: noqa: E501 (a row of a table reads best on one line)
from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from calls_practice import OPENED, loaded_calls, write_calls
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.lanetests.running import TestResult, run_lane_tests


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedPractice:
    folder = tmp_path_factory.mktemp("practice")
    write_calls(folder)
    return loaded_calls(folder)


def played(loaded: LoadedPractice, content: str) -> list[TestResult]:
    file = Path(loaded.folder) / "lanes" / "tests" / "calls.yaml"
    file.write_text(content)
    return run_lane_tests(loaded, file)


def steps(loaded: LoadedPractice, *lines: str, start: str = "2026-09-04 18:30") -> list[str]:
    """What is said of one test of these steps; the first of them stands on line 6."""
    body = "".join(f"      - {line}\n" for line in lines)
    (result,) = played(
        loaded,
        f"lane: calls\ntests:\n  - name: it\n    start: {start}\n    steps:\n{body}",
    )
    return [str(failure) for failure in result.failures]


def said(failures: list[str]) -> str:
    """The one thing said, without where and without what the engine did last."""
    (failure,) = failures
    return failure.split(": ", 1)[1].split(". Last")[0]


def test_a_story_told_right_passes(loaded: LoadedPractice) -> None:
    (result,) = played(
        loaded,
        f"""\
lane: calls
patient: {{first_name: Rosa}}
tests:
  - name: nobody answers over the Labor Day weekend
    start: 2026-09-04 18:30
    steps:
      - {OPENED}
      - expect:
          status: call
          queue: new
          tier: routine
          kind: plain
          owner: ana
          backup: desk
          task: {{do: Call Rosa, due: 2026-09-08 17:00, by: phone, who: owner, attempt: 1}}
          windows: {{visit: 2026-09-18 17:00}}
          checklist: {{letter: missing}}
          side: {{"items:hospital": {{due: 2026-09-09, to: hospital}}}}
          escalations: none
          cases: 1
          unplaced: 0
          reached: no
      - {{after: 88 hours, note: {{outcome: no answer, by: phone}}}}
      - {{expect: {{failed_attempts: 1, task: {{by: letter, due: 2026-09-09 17:00}}}}}}
      - {{at: 2026-09-09 17:00, expect: {{overdue: yes, escalations: [overdue], silent: no}}}}
""",
    )
    assert result.passed, [str(failure) for failure in result.failures]
    assert (result.file, result.line, result.lane) == ("lanes/tests/calls.yaml", 4, "calls")
    assert result.name == "nobody answers over the Labor Day weekend"


def test_a_difference_is_told_at_its_place_with_what_the_engine_did(
    loaded: LoadedPractice,
) -> None:
    (failure,) = steps(loaded, OPENED, "{expect: {task: {due: 2026-09-07 12:00}}}")
    assert failure == (
        "lanes/tests/calls.yaml:7:31 tests[0].steps[1].expect.task.due: expected task.due to be "
        "2026-09-07 12:00 (Mon), got 2026-09-08 17:00 (Tue). "
        "Last: opened in calls, by opens[0] (lanes/calls.yaml:6)."
    )


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("status: agreed", "expected status to be agreed, got call"),
        ("queue: sent", "expected queue to be sent, got new"),
        ("tier: urgent", "expected tier to be urgent, got routine"),
        ("kind: odd", "expected kind to be odd, got plain"),
        ("owner: ben", "expected owner to be ben, got ana"),
        ("backup: nurse", "expected backup to be nurse, got ben"),
        ("open: no", "expected open to be no, got yes"),
        ("closed: completed", "expected closed to be completed, got no"),
        ("cases: 2", "expected cases to be 2, got 1"),
        ("opened: 0", "expected opened to be 0, got 1"),
        ("unplaced: 1", "expected unplaced to be 1, got 0"),
        ("silent: yes", "expected silent to be yes, got no"),
        ("paused: yes", "expected paused to be yes, got no"),
        ("task: none", "expected task to be none, got Call Alex"),
        ("task: {do: Write}", "expected task.do to be Write, got Call Alex"),
        ("task: {by: sms}", "expected task.by to be sms, got phone"),
        ("task: {who: nurse}", "expected task.who to be nurse, got owner"),
        ("task: {script: a/b}", "expected task.script to be a/b, got none"),
        ("task: {to: hospital}", "expected task.to to be hospital, got none"),
        ("task: {attempt: 2}", "expected task.attempt to be 2, got 1"),
        ("task: {start: 2026-09-09}", "expected task.start to be 2026-09-09, got none"),
        ("task: {due: 2026-09-09}", "expected task.due to be 2026-09-09 (Wed), got 2026-09-08 17:00 (Tue)"),
        ("task: {due: none}", "expected task.due to be none, got 2026-09-08 17:00 (Tue)"),
        ("windows: {visit: 2026-09-18 12:00}", "expected windows.visit to be 2026-09-18 12:00 (Fri), got 2026-09-18 17:00 (Fri)"),
        ("windows: {vist: 2026-09-18}", 'calls has no window "vist". Did you mean "visit"?'),
        ("checklist: {letter: received}", "expected checklist.letter to be received, got missing"),
        ("checklist: {lettr: received}", 'calls has no checklist item "lettr". Did you mean "letter"?'),
        ("side: {exclude: ['items:hospital']}", "expected side to exclude items:hospital, got items:hospital"),
        ("side: {'barrier:cost': {who: nurse}}", "expected side.barrier:cost, but there is none. There is items:hospital."),
        ("side: {'items:hospital': none}", "expected side.items:hospital to be none, got Ask the hospital for: letter"),
        ("barriers: [cost]", "expected barriers to be cost and nothing else, got none"),
        ("escalations: {include: [overdue]}", "expected escalations to include overdue, got none"),
        ("escalation: {worse: {rung: 1}}", "expected escalation.worse, but it is not open. Open: none."),
        ("attempts: 1", "expected attempts to be 1, got 0"),
        ("reached: yes", "expected reached to be yes, got no"),
        ("understanding: partly", "expected understanding to be partly, got none"),
        ("referral.urgency: stat", "expected referral.urgency to be stat, got routine"),
        ("count.visit.completed: 1", "expected count.visit.completed to be 1, got 0"),
        ("atempts: 1", '"atempts" is not a fact of calls. Did you mean "attempts"?'),
        ("stauts: call", '"stauts" is not a fact of calls. Did you mean "status"?'),
        ("until.visit: 3 days", "until.visit is a length of time, and only tested. Expect a date: windows, or the task's due."),
        ("promises: {p1: kept}", "expected promises.p1 to be kept, got none"),
        ("case: {referral.id: r9}", "no case of calls is this one"),
    ],
)  # fmt: skip
def test_every_expectation_can_fail(loaded: LoadedPractice, expect: str, told: str) -> None:
    assert said(steps(loaded, OPENED, f"{{expect: {{{expect}}}}}")) == told


def test_what_people_do(loaded: LoadedPractice) -> None:
    assert not steps(
        loaded,
        OPENED,
        "{note: {outcome: left message, by: phone, barrier: cost, next_action: She calls back,"
        " by_whom: patient, by_when: 2026-09-10 12:00}}",
        "{expect: {barriers: [cost], promises: {p1: open}, task: {due: 2026-09-10 12:00}}}",
        "{promise: p1, kept: no}",
        "{expect: {promises: {p1: not kept}, missed_steps: 1}}",
        "{done: 'barrier:cost', expect: {barriers: none, side: {exclude: ['barrier:cost']}}}",
        "{assign: {owner: ben, backup: ana}, expect: {owner: Ben Okafor, backup: coordinator}}",
        "{item: letter, state: partial, expect: {checklist: {letter: partial}}}",
        "{item: letter, expect: {checklist.missing: 0}}",
        "{snooze: 2 business days, reason: Away, expect: {task: {due: 2026-09-09 17:00}}}",
        "{note: {outcome: reached, by: phone}, expect: {status: agreed, reached: no}}",
        "{at: 2026-09-15 09:00, press: patient.declined}",
        "{expect: {open: yes, side: {'confirm:1': {who: practice manager}}}}",
        "{confirm: 1, reason: Has her own doctor}",
        "{expect: {closed: unsuccessful, reason: Has her own doctor, cases: 0, opened: 1}}",
    )


def test_an_escalation_is_climbed_taken_and_resolved(loaded: LoadedPractice) -> None:
    assert not steps(
        loaded,
        OPENED,
        "{press: symptoms.worsened}",
        "{expect: {paused: yes, escalation: {worse: {role: nurse, rung: 1, state: open}}}}",
        "{after: 4 business hours, expect: {escalation: {worse: {role: practice manager, last: yes}}}}",
        "{take: Feels worse, as: lee}",
        "{expect: {escalation: {worse: {state: taken, taken_by: lee, until: 2026-09-09 17:00}}}}",
        "{resolve: worse, answer: Seen, next_task: {do: Call again, who: nurse, due: 1 business day}}",
        "{expect: {escalations: {exclude: [worse]}, side: {'answer:worse:1': {who: nurse}}}}",
        "{close: cancelled, as: practice manager, reason: Mistake}",
        "{expect: {closed: cancelled, reason: Mistake}}",
    )


def test_of_several_open_cases_one_is_named(loaded: LoadedPractice) -> None:
    two = (OPENED, "{event: referral.received, data: {referral.id: r2, referral.urgency: stat}}")
    assert "2 cases of calls are open" in said(steps(loaded, *two, "{expect: {tier: urgent}}"))
    assert not steps(
        loaded,
        *two,
        "{case: {referral.id: r2}, note: {outcome: reached, by: phone}}",
        "{expect: {case: {referral.id: r2}, tier: urgent, status: agreed}}",
        "{case: {referral.id: r1}, event: patient.declined}",
        "{expect: {case: {referral.id: r1}, side: {'confirm:1': {who: practice manager}}}}",
        "{expect: {case: {referral.id: r2}, side: {exclude: ['confirm:1']}}}",
    )


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("{event: referral.recieved}", 'there is no event "referral.recieved". Did you mean "referral.received"?'),
        ("{event: visit.completed, data: {referal.id: r1}}", 'no lane knows the fact "referal.id". Did you mean "referral.id"?'),
        ("{press: visit.compleded}", 'there is no event "visit.compleded". Did you mean "visit.completed"?'),
        ("{note: {outcome: reached}, take: worse}", "a step is one thing: note and take are two"),
        ("{take: worse}", 'there is no open escalation "worse"'),
        ("{item: lettre}", 'there is no item of the checklist "lettre". Did you mean "letter"?'),
        ("{done: 'barrier:cost'}", 'there is no open task "barrier:cost". There is main or items:hospital.'),
        ("{confirm: 1}", "closes[1] does not wait for a yes. Waiting: none."),
        ("{close: completed}", 'calls does not close as "completed" by hand. By hand it closes as cancelled.'),
        ("{assign: {owner: anna}}", 'nobody is called "anna". Did you mean "ana"?'),
        ("{done: main, as: nurze}", '"nurze" is neither a person nor a role. Did you mean "nurse"?'),
        ("{at: 2026-09-01 09:00}", "the step before this one is later, 2026-09-04 18:30 (Fri)"),
        ("{at: 2026-13-01 09:00}", '"2026-13-01 09:00" is not a date and time. Write it as 2026-09-08 17:00.'),
        ("{event: visit.completed, time: 2026-09-09 09:00}", "an event cannot have happened in the future"),
        ("{lane: cals}", 'there is no lane "cals"'),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be(loaded: LoadedPractice, step: str, told: str) -> None:
    assert said(steps(loaded, OPENED, step[:-1] + ", expect: {cases: 1}}")) == told


def test_nothing_can_be_done_to_a_case_that_is_not_there(loaded: LoadedPractice) -> None:
    assert "there is no case to do this to" in said(steps(loaded, "{done: main}"))
    told = said(steps(loaded, "{event: referral.received}", "{expect: {status: call}}"))
    assert told.startswith("expected a case of calls, but there is none. The last input was")


def test_a_silent_case_fails_a_test_that_did_not_ask(loaded: LoadedPractice) -> None:
    people = loaded.practice.people
    gone = {**people, "ben": replace(people["ben"], active=False)}
    practice = replace(loaded.practice, people=gone)
    without = LoadedPractice(practice=practice, lanes=loaded.lanes, folder=loaded.folder)
    told = said(steps(without, OPENED, "{assign: {owner: ben}}"))
    assert told == 'the case in calls is silent: its owner, "ben", is not active in practice.yaml'


def test_tests_of_one_file_know_nothing_of_each_other(loaded: LoadedPractice) -> None:
    test = (
        f"  - {{name: it, start: 2026-09-04 18:30, steps: [{OPENED}, {{expect: {{opened: 1}}}}]}}\n"
    )
    assert [r.passed for r in played(loaded, "lane: calls\ntests:\n" + test * 2)] == [True, True]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("lane: cals\ntests: [{name: a, start: 2026-09-04, steps: [{expect: {cases: 0}}]}]\n", 'there is no lane "cals"'),
        ("lane: calls\ntest: []\n", 'unknown entry "test"'),
        ("lane: calls\ntests: [{name: a, start: 2026-09-04, steps: [{evnt: visit.completed}]}]\n", 'Did you mean "event"?'),
        ("lane: [calls\n", "lanes/tests/calls.yaml:"),
        ("lane: calls\ntests: [{name: a, start: tomorrow, steps: [{expect: {cases: 0}}]}]\n", '"tomorrow" is not a date and time'),
        ("lane: calls\nlocation: mian\ntests: [{name: a, start: 2026-09-04, steps: [{expect: {cases: 0}}]}]\n", 'there is no location "mian". Did you mean "main"?'),
        ("lane: calls\npatient: {first_nam: R}\ntests: [{name: a, start: 2026-09-04, steps: [{expect: {cases: 0}}]}]\n", 'Did you mean "first_name"?'),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_fails_with_the_reason(
    loaded: LoadedPractice, content: str, told: str
) -> None:
    (result,) = played(loaded, content)
    assert not result.passed
    assert told in "\n".join(map(str, result.failures))


def test_a_file_that_is_not_there_fails(loaded: LoadedPractice) -> None:
    (result,) = run_lane_tests(loaded, [Path(loaded.folder) / "lanes" / "tests" / "nowhere.yaml"])
    assert "cannot be read (No such file or directory)" in str(result.failures[0])
    assert (result.file, result.passed) == ("lanes/tests/nowhere.yaml", False)


def test_all_files_of_the_practice_are_run_in_order(loaded: LoadedPractice) -> None:
    test = f"lane: calls\ntests: [{{name: NAME, start: 2026-09-04, steps: [{OPENED}]}}]\n"
    folder = Path(loaded.folder) / "lanes" / "tests"
    for name in ("b", "a", "calls"):
        (folder / f"{name}.yaml").write_text(test.replace("NAME", name))
    assert [result.name for result in run_lane_tests(loaded)] == ["a", "b", "calls"]
