"""The one door: who may do what, what a note must say, and what came of it in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import cast
from laneflow.engine.state import Case, Event
from laneflow.errors import LaneflowError
from laneflow.lanes.model import Due, Duration, Item
from laneflow.work.actions import CHANGED, Outcome, act
from laneflow.work.app import App
from laneflow.work.clock import DAY, HOUR, FixedClock
from laneflow.work.due import catch_up
from laneflow.work.take_in import take_in
from small_practice import a_person

from .conftest import FRIDAY, discharge

NewApp = Callable[..., App]


@pytest.fixture
def case(app: App) -> Case:
    """An open case of p1."""
    take_in(app, [discharge("p1")])
    return next(app.store.cases())


def problems(app: App, case: Case, kind: str, by: str = "ana", **data: Any) -> list[str]:
    """What is wrong with an act; it must leave everything as it was."""
    before = app.store.counts()
    with pytest.raises(LaneflowError) as refused:
        act(app, by=by, kind=kind, case=case.id, data=data)
    assert app.store.counts() == before
    return [str(problem) for problem in refused.value.problems]


def does(app: App, case: Case, kind: str, by: str = "ana", **data: Any) -> Outcome:
    return act(app, by=by, kind=kind, case=case.id, data=data)


# who -----------------------------------------------------------------------------------------


def test_somebody_unknown_is_asked_who_they_are(app: App, case: Case) -> None:
    assert problems(app, case, "note", by="anna", outcome="busy") == [
        'note: nobody here is called "anna". Did you mean "ana"?'
    ]


def test_somebody_who_left_can_do_nothing(new_app: NewApp, app: App, case: Case) -> None:
    practice = app.loaded.practice
    gone = {**practice.people, "ana": a_person("ana", "care coordinator", active=False)}
    app.loaded = type(app.loaded)(cast.practice(people=gone), app.loaded.lanes, ".")
    assert problems(app, case, "note", outcome="busy") == ["note: Ana no longer works here"]


def test_an_unknown_case_or_kind_is_named(app: App, case: Case) -> None:
    with pytest.raises(LaneflowError, match='there is no case "nope"'):
        act(app, by="ana", kind="note", case="nope", data={})
    with pytest.raises(LaneflowError, match=r'nobody can "notes" a case\. Did you mean'):
        act(app, by="ana", kind="notes", case=case.id, data={})


# notes ---------------------------------------------------------------------------------------


def test_a_voicemail_sets_the_next_attempt_the_lane_gives(app: App, case: Case) -> None:
    outcome = does(app, case, "note", outcome="left message")
    (after,) = outcome.cases
    assert (after.attempts, after.task and after.task.attempt) == (1, 1)
    assert outcome.said == {case.id: ["Next by phone: due Fri 4 Sep 2026 14:00 EDT."]}
    assert app.store.counts()["note"] == 1


def test_a_note_that_does_not_say_how_was_by_the_tasks_channel(app: App, case: Case) -> None:
    does(app, case, "note", outcome="left message")
    (row,) = [dict(r) for r in app.store.inputs() if r["kind"] == "act"]
    assert row["input"].data["channel"] == "phone"


def test_the_change_and_its_audit_row_are_written_together(
    app: App, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise OSError("no more room")

    monkeypatch.setattr("laneflow.work.actions.audit", fails)
    with pytest.raises(OSError, match="no more room"):
        does(app, case, "note", outcome="left message")
    assert app.store.case(case.id) == case


def test_reaching_the_patient_without_what_they_understood_is_no_note(app: App, case: Case) -> None:
    assert problems(app, case, "note", outcome="reached") == [
        "note understanding: what the patient understood is missing. "
        "Say understood, partly or not understood."
    ]


def test_a_note_after_which_nothing_is_said_to_happen_is_refused(app: App, case: Case) -> None:
    expected = [
        "note next_action: nothing says what happens next. "
        "Add the next promised action, who does it and by when."
    ]
    assert problems(app, case, "note", outcome="reached", understanding="partly") == expected
    promise = {"next_action": "send the plan again", "by_when": FRIDAY + 3 * DAY}
    outcome = does(app, case, "note", outcome="reached", understanding="partly", **promise)
    assert outcome.cases[0].promises["p1"].by_when == FRIDAY + 3 * DAY


def test_a_note_that_moves_the_case_needs_no_date(app: App, case: Case) -> None:
    outcome = does(app, case, "note", outcome="reached", understanding="understood")
    assert outcome.cases[0].status == "needs_visit"
    assert 'Now in status "needs visit".' in outcome.said[case.id]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"outcome": "voicemail"}, 'note outcome: "voicemail" is not known here. Say reached, '),
        ({}, "note outcome: the outcome is missing. Say reached, left message"),
        ({"outcome": "busy", "barrier": "costs"}, 'note barrier: "costs" is not known here. Did'),
        ({"outcome": "busy", "events": ["symptoms.worse"]}, 'note events: "symptoms.worse" is not'),
        ({"outcome": "busy", "task": "side"}, 'note task: "side" is not known here. Say main.'),
        ({"outcome": "busy", "next_action": "call"}, "note by_when: by when is missing."),
        ({"outcome": "busy", "by_when": FRIDAY + DAY}, "note next_action: the next action is"),
        (
            {"outcome": "busy", "next_action": "call", "by_when": FRIDAY - 1},
            "note by_when: the date has passed already",
        ),
        (
            {"outcome": "busy", "next_action": "call", "by_when": FRIDAY + 60 * DAY},
            "note by_when: the date is further ahead than the longest wait of 30 days",
        ),
        ({"outcome": "busy", "time": FRIDAY + HOUR}, "note time: a contact cannot have happened"),
        ({"outcome": "busy", "escalate": "nobody"}, 'note escalate: "nobody" is not known here.'),
    ],
)
def test_what_a_note_gets_wrong_is_said_in_one_line(
    app: App, case: Case, data: dict[str, Any], problem: str
) -> None:
    (said,) = problems(app, case, "note", **data)
    assert said.startswith(problem)


def test_everything_wrong_with_a_note_is_said_at_once(app: App, case: Case) -> None:
    assert len(problems(app, case, "note", outcome="x", barrier="y", escalate="z")) == 3


def test_a_button_pressed_in_a_note_is_an_event_of_the_case(app: App, case: Case) -> None:
    data = {"outcome": "left message", "events": ["symptoms.worsened"], "barrier": "cost"}
    outcome = does(app, case, "note", **data)
    assert "worse" in outcome.cases[0].escalations
    assert 'Escalated: "Feels worse" to the nurse.' in outcome.said[case.id]
    assert any(
        line.startswith('Also the task about the barrier "cost": due ')
        for line in outcome.said[case.id]
    )


def test_one_note_for_several_cases_is_written_for_all_or_none(new_app: NewApp) -> None:
    app = new_app("two", one_case_per=("encounter.id",))
    take_in(app, [discharge("p1", n, **{"encounter.id": f"E{n}"}) for n in range(2)])
    cases = [case.id for case in app.store.cases()]
    outcome = act(app, by="ana", kind="note", case=cases, data={"outcome": "no answer"})
    assert sorted(case.id for case in outcome.cases) == sorted(cases)
    assert all(case.failed_attempts == 1 for case in app.store.cases())
    with pytest.raises(LaneflowError):
        act(app, by="ana", kind="done", case=cases, data={"task": "nothing"})
    assert app.store.counts()["note"] == 2


def test_cases_of_two_patients_are_never_in_one_note(app: App, case: Case) -> None:
    take_in(app, [discharge("p2")])
    cases = [found.id for found in app.store.cases()]
    with pytest.raises(LaneflowError, match="not of one patient"):
        act(app, by="ana", kind="note", case=cases, data={"outcome": "no answer"})


# two people, twice ---------------------------------------------------------------------------


def test_the_second_of_two_saves_never_overwrites_silently(app: App, case: Case) -> None:
    act(app, by="ana", kind="note", case=case.id, data={"outcome": "busy"}, seen=case.seq)
    with pytest.raises(LaneflowError, match="somebody has worked on this case since"):
        act(app, by="ben", kind="note", case=case.id, data={"outcome": "busy"}, seen=case.seq)
    assert app.store.counts()["note"] == 1


def test_what_laneflow_itself_did_meanwhile_is_no_conflict(
    app: App, case: Case, clock: FixedClock
) -> None:
    clock.at += 6 * DAY
    catch_up(app, clock.at)
    act(app, by="ana", kind="note", case=case.id, data={"outcome": "busy"}, seen=case.seq)


def test_the_same_act_sent_twice_is_done_once(app: App, case: Case) -> None:
    for _ in range(2):
        outcome = act(
            app, by="ana", kind="note", case=case.id, data={"outcome": "busy"}, id="click-1"
        )
    assert outcome.cases[0].attempts == 1
    assert app.store.counts()["note"] == 1


def test_what_is_written_between_reading_and_writing_is_decided_upon(
    app: App, new_app: NewApp, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, apply = new_app("one"), app.store.apply

    def late(*args: Any, **more: Any) -> list[str]:
        monkeypatch.undo()
        act(other, by="ben", kind="note", case=case.id, data={"outcome": "no answer"})
        return apply(*args, **more)

    monkeypatch.setattr(app.store, "apply", late)
    outcome = does(app, case, "note", outcome="no answer")
    assert outcome.cases[0].failed_attempts == 2


def test_every_act_is_in_the_audit_trail_without_what_was_said(app: App, case: Case) -> None:
    does(app, case, "note", outcome="left message", told="your biopsy is back")
    (row,) = app.store.audited()
    assert (row["by"], row["what"], row["object"]) == ("ana", "note", f"case {case.id}")
    assert "biopsy" not in row["detail"]
    assert app.store.verify_audit() is None


# the other acts ------------------------------------------------------------------------------


def test_snoozing_needs_a_reason_and_has_a_limit(app: App, case: Case) -> None:
    assert problems(app, case, "snooze", until=FRIDAY + DAY) == [
        "snooze reason: the reason is missing. Say why it has to wait."
    ]
    (said,) = problems(app, case, "snooze", until=FRIDAY + 20 * DAY, reason="on holiday")
    assert said.startswith("snooze until: the date is further ahead than the longest snooze")
    outcome = does(app, case, "snooze", until=FRIDAY + 4 * DAY, reason="asked for Tuesday")
    assert outcome.cases[0].task is not None
    assert outcome.cases[0].task.due.at == FRIDAY + 4 * DAY


def test_handing_over_takes_an_active_person(app: App, case: Case) -> None:
    (said,) = problems(app, case, "assign", owner="anna")
    assert said.startswith('assign owner: "anna" is not known here. Did you mean "ana"?')
    (same,) = problems(app, case, "assign", owner="ben")
    assert same.startswith("assign backup: owner and backup would be the same person")
    outcome = does(app, case, "assign", owner="nia")
    assert outcome.said[case.id] == ["The owner is Nia."]


def test_an_escalation_is_taken_and_resolved_by_whom_it_calls(
    app: App, case: Case, clock: FixedClock
) -> None:
    take_in(app, [Event("w", "ehr", "symptoms.worsened", FRIDAY, "p1")])
    (said,) = problems(app, case, "take", escalation="worse")
    assert said.startswith("take: Ana may not take this escalation. It takes a nurse, provider")
    taken = does(app, case, "take", by="nia", escalation="worse")
    assert taken.said[case.id][0].startswith('Nia has taken "Feels worse". Resolve it by Fri')
    assert problems(app, case, "take", by="pat", escalation="worse") == [
        "take escalation: Nia has taken it already"
    ]
    (blank,) = problems(app, case, "resolve", by="nia", escalation="worse")
    assert blank.startswith("resolve answer: the answer is missing")
    nobodys = {"do": "Book today", "role": "care cordinator"}
    (said,) = problems(
        app, case, "resolve", by="nia", escalation="worse", answer="see today", next_task=nobodys
    )
    assert (
        said
        == 'resolve role: "care cordinator" is not known here. Did you mean "care coordinator"?'
    )
    answer = {"answer": "see today", "next_task": nobodys | {"role": "care coordinator"}}
    resolved = does(app, case, "resolve", by="nia", escalation="worse", **answer)
    assert not resolved.cases[0].escalations
    assert any(task.do == "Book today" for task in resolved.cases[0].side.values())


def test_an_escalation_is_handed_on_with_a_reason_and_to_somebody(app: App, case: Case) -> None:
    take_in(app, [Event("w", "ehr", "symptoms.worsened", FRIDAY, "p1")])
    on = {"escalation": "worse", "by": "nia"}
    assert problems(app, case, "hand_on", **on) == [
        "hand_on reason: the reason is missing. Say why somebody else has to see to it."
    ]
    (said,) = problems(app, case, "hand_on", **on, reason="x", to="nobody")
    assert said.startswith('hand_on to: "nobody" is not known here.')
    (said,) = problems(app, case, "hand_on", **on, reason="x", back=True)
    assert said == "hand_on to: nobody has taken it, so nobody can give it back"
    asked = does(app, case, "hand_on", **on, reason="she knows her", to="ana")
    assert asked.said[case.id] == ['"Feels worse" is handed on to Ana.']
    assert does(app, case, "take", escalation="worse").said[case.id][0].startswith("Ana has taken")
    up = does(app, case, "hand_on", escalation="worse", reason="a question of dose")
    assert up.said[case.id] == ['"Feels worse" is handed on to the provider.']
    does(app, case, "hand_on", by="pat", escalation="worse", reason="away")
    (said,) = problems(app, case, "hand_on", by="pat", escalation="worse", reason="away")
    assert said == "hand_on to: nobody stands further up. Name a person to hand it to."


def test_closing_by_hand_takes_the_role_the_lane_names_and_a_reason(app: App, case: Case) -> None:
    given = {"outcome": "unsuccessful", "reason": "moved away"}
    assert problems(app, case, "close", **given) == [
        "close: Ana may not close it as unsuccessful. It takes a nurse."
    ]
    (blank,) = problems(app, case, "close", by="nia", outcome="unsuccessful")
    assert blank.startswith("close reason: the reason is missing")
    (other,) = problems(app, case, "close", by="nia", outcome="completed", reason="x")
    assert other.startswith('close outcome: "completed" is not known here.')
    outcome = does(app, case, "close", by="nia", **given)
    assert outcome.said[case.id] == ["Closed as unsuccessful: moved away."]


def test_a_closed_case_takes_no_more_notes(app: App, case: Case) -> None:
    does(app, case, "close", by="nia", outcome="unsuccessful", reason="moved away")
    (said,) = problems(app, case, "note", outcome="busy")
    assert said.startswith("note: the case is closed")


def test_a_close_that_needs_a_yes_waits_for_the_one_who_may_say_it(
    app: App, case: Case, clock: FixedClock
) -> None:
    clock.at += 40 * DAY
    catch_up(app, clock.at)
    index = 3
    (said,) = problems(app, case, "confirm", by="ana", close=index, yes=True, reason="lost")
    assert said == "confirm: Ana may not confirm this close. It takes a practice manager."
    (none,) = problems(app, case, "confirm", by="mia", close=0, yes=True)
    assert none == "confirm close: no such close waits for a yes"
    assert problems(app, case, "confirm", by="mia", close=index) == [
        "confirm yes: yes or no is missing"
    ]
    outcome = does(app, case, "confirm", by="mia", close=index, yes=True, reason="cannot be found")
    assert outcome.said[case.id] == ["Closed as unsuccessful: cannot be found."]


# several acts in one go ----------------------------------------------------------------------


def test_what_is_done_besides_is_done_with_it(new_app: NewApp) -> None:
    summary = Item("summary", "discharge summary", "hospital", Due(duration=Duration(2, "days")))
    app = new_app("items", checklist=(summary,))
    take_in(app, [discharge("p1")])
    case = next(app.store.cases())
    act(
        app, by="ana", kind="note", case=case.id, id="n1",
        data={"outcome": "no answer"}, also=[("item", {"item": "summary", "state": "received"})],
    )  # fmt: skip
    now = app.store.case(case.id)
    assert now is not None
    assert (now.attempts, now.items["summary"].state) == (1, "received")
    assert [row["id"] for row in app.store.inputs(patient="p1")] == ["p1-0", "n1", "n1/1"]


def test_where_one_of_several_acts_is_wrong_none_is_done(app: App, case: Case) -> None:
    before = app.store.counts()
    with pytest.raises(LaneflowError) as refused:
        act(
            app, by="ana", kind="note", case=case.id,
            data={"outcome": "sang"}, also=[("item", {"item": "summary", "state": "received"})],
        )  # fmt: skip
    assert [problem.path for problem in refused.value.problems] == ["outcome", "item"]
    assert app.store.counts() == before


def test_what_is_written_down_has_its_limit(app: App, case: Case) -> None:
    assert problems(app, case, "note", outcome="no answer", told="a" * 4_001) == [
        "note told: this is longer than 4000 characters"
    ]


def test_a_note_is_by_a_channel_that_exists(app: App, case: Case) -> None:
    (wrong,) = problems(app, case, "note", outcome="no answer", channel="pigeon")
    assert wrong.startswith('note channel: "pigeon" is not known here. Say phone, sms,')


def test_a_button_somebody_pressed_is_something_done_since(app: App, case: Case) -> None:
    does(app, case, "event", by="nia", type="symptoms.worsened")
    with pytest.raises(LaneflowError) as refused:
        act(app, by="ana", kind="note", case=case.id, data={"outcome": "busy"}, seen=case.seq)
    assert [problem.code for problem in refused.value.problems] == [CHANGED]
