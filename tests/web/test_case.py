"""The case page: everything a person needs to work a case, for those who may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from laneflow.engine.state import Case, Event
from laneflow.work.app import App
from laneflow.work.take_in import take_in

from .case_scenes import body, discharged, text


def test_whoever_works_there_sees_all_of_it(app: App, client: Callable[..., Any]) -> None:
    case = discharged(app)
    answer = client("ana").get(f"/cases/{case.id}")
    page = text(answer)
    assert answer.status_code == 200
    for said in (
        "Elena Alvarez", "1961-04-12", "555-0111", "p1", "Discharge outreach", "Maple Street",
        "Ana Torres", "Fay Lindgren", "Confirm who they are", "Hello, this is Ana Torres",
        "Save the note", "discharge summary", "Nobody has called for help.",
    ):  # fmt: skip
        assert said in page, said
