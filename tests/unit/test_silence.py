"""When a case is silent: nobody is called about it, and nobody stands called."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from laneflow.engine.state import Case, Closed, Date, Escalation, Task
from laneflow.proofs.silence import ALLOWED_LAG, next_call, silent
from small_practice import a_person, a_practice

LIVE: Any = SimpleNamespace(
    practice=a_practice(a_person("ana", "nurse"), a_person("max", "nurse", active=False))
)
DUE = 1_000_000_000


def a_case(*, due: int | None = DUE, untouched: int | None = None, **given: Any) -> Case:
    task = due and Task(
        id="c/1", key="main", source="status:new", do="Call", due=Date(due), opened=0
    )
    held = untouched and Date(untouched)
    usual = {"id": "c", "patient": "p", "lane": "l", "owner": "ana"}
    return Case(**(usual | {"task": task or None, "untouched": held or None} | given))


def a_call(until: int | None, **given: Any) -> dict[str, Escalation]:
    usual = {"rule": "late", "n": 1, "opened": 0, "rung": 0, "role": "nurse", "release": 0}
    return {"late": Escalation(**(usual | {"until": until} | given))}


def test_a_case_with_a_call_to_come_is_not_silent() -> None:
    assert silent(a_case(), LIVE, DUE - 1) is None
    assert silent(a_case(due=None, untouched=DUE), LIVE, DUE - 1) is None
    assert silent(a_case(due=None, escalations=a_call(DUE)), LIVE, DUE - 1) is None


def test_a_call_that_was_not_made_is_silence_once_the_lag_is_over() -> None:
    assert silent(a_case(), LIVE, DUE + ALLOWED_LAG - 1) is None
    assert "was not" in str(silent(a_case(), LIVE, DUE + ALLOWED_LAG))
    later = a_case(untouched=DUE * 2, escalations=a_call(DUE * 2))
    assert "was not" in str(silent(later, LIVE, DUE + ALLOWED_LAG)), "the least of them counts"


def test_a_date_already_decided_calls_nobody_again() -> None:
    overdue = a_case(at=DUE, escalations=a_call(DUE * 3), untouched=DUE * 2)
    assert next_call(overdue) == DUE * 2
    assert silent(overdue, LIVE, DUE + ALLOWED_LAG) is None
    assert "no date" in str(silent(a_case(at=DUE), LIVE, DUE + 1))


def test_a_paused_task_calls_nobody_and_owes_no_call() -> None:
    case = a_case(escalations=a_call(DUE * 2, state="taken"), untouched=DUE * 3)
    assert case.task is not None
    case.task = msgspec.structs.replace(case.task, paused=True)
    assert next_call(case) == DUE * 2
    assert silent(case, LIVE, DUE * 2) is None


def test_a_case_without_any_date_is_silent() -> None:
    assert "no date" in str(silent(a_case(due=None), LIVE, 0))


@pytest.mark.parametrize("owner", ["max", "nobody", ""])
def test_an_owner_who_is_not_there_is_silence(owner: str) -> None:
    assert "not active" in str(silent(a_case(owner=owner), LIVE, 0))


def test_an_untaken_last_rung_stands() -> None:
    standing = a_call(None, last=True)
    assert silent(a_case(escalations=standing), LIVE, DUE * 9) is None
    taken = a_call(DUE + 1, last=True, state="taken")
    assert silent(a_case(escalations=taken), LIVE, DUE * 9) is not None


def test_a_closed_case_is_live_only_while_an_escalation_is_untaken() -> None:
    closed = {"closed": Closed("completed", "seen", DUE, "closes[0]"), "at": DUE}
    assert silent(a_case(**closed), LIVE, DUE * 9) is None
    assert silent(a_case(**closed, escalations=a_call(1, state="taken")), LIVE, DUE * 9) is None
    assert silent(a_case(**closed, escalations=a_call(DUE * 2)), LIVE, DUE * 9) is not None
    assert silent(a_case(**closed, escalations=a_call(DUE * 2)), LIVE, DUE + 1) is None
    forgotten = a_case(**closed, escalations=a_call(None), untouched=DUE * 2)
    assert silent(forgotten, LIVE, DUE + 1) is not None, "a closed case's own dates call nobody"
