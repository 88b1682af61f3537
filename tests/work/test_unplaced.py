"""Unplaced events: attached, opened or dismissed by a person, once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from laneflow.engine.state import Event
from laneflow.errors import LaneflowError
from laneflow.work.app import App
from laneflow.work.take_in import take_in
from laneflow.work.unplaced import attach, dismiss, open_case

from .conftest import FRIDAY, discharge

KEYED = {"one_case_per": ("encounter.id",)}
LOOSE = ("ehr", "loose")


@pytest.fixture
def app(new_app: Callable[..., App]) -> App:
    """A lane that counts cases by encounter; two are open, and a discharge names none."""
    app = new_app("one", **KEYED)
    take_in(app, [discharge("p1", n, **{"encounter.id": f"E{n}"}) for n in (1, 2)])
    facts = {"encounter.facility": "X"}
    loose = Event("loose", "ehr", "encounter.discharged", FRIDAY, "p1", facts)
    assert take_in(app, [loose]).unplaced == 1
    return app


def test_an_unplaced_event_is_owned_and_dated(app: App) -> None:
    (row,) = app.store.unplaced()
    assert row["owner"] in app.loaded.practice.people
    assert row["due"] > FRIDAY


def test_attaching_gives_the_event_to_the_case(app: App) -> None:
    case = next(app.store.cases())
    outcome = attach(app, by="ana", event=LOOSE, case=case.id)
    assert outcome.cases[0].facts["encounter.facility"][0] == "X"
    assert app.store.unplaced() == []
    with pytest.raises(LaneflowError, match="not on the list"):
        attach(app, by="ana", event=LOOSE, case=case.id)


def test_it_never_goes_to_another_patient(app: App) -> None:
    take_in(app, [discharge("p2", **{"encounter.id": "E3"})])
    other = next(app.store.cases(patient="p2"))
    with pytest.raises(LaneflowError, match="another patient"):
        attach(app, by="ana", event=LOOSE, case=other.id)
    assert len(app.store.unplaced()) == 1


def test_opening_completes_it_and_opens_its_case(app: App) -> None:
    (opened,) = open_case(app, by="ana", event=LOOSE, data={"encounter.id": "E7"})
    case = app.store.case(opened)
    assert case is not None
    assert case.keys == {"encounter.id": "E7"}
    assert app.store.unplaced() == []


def test_opening_what_is_open_already_is_refused(app: App) -> None:
    with pytest.raises(LaneflowError, match="already has an open case with these keys"):
        open_case(app, by="ana", event=LOOSE, data={"encounter.id": "E1"})
    with pytest.raises(LaneflowError, match=r'there is no lane "calls"\. Say disch'):
        open_case(app, by="ana", event=LOOSE, lane="calls", data={"encounter.id": "E7"})
    assert len(app.store.unplaced()) == 1


def test_dismissing_needs_a_reason(app: App) -> None:
    with pytest.raises(LaneflowError, match="the reason is missing"):
        dismiss(app, by="ana", event=LOOSE, reason=" ")
    dismiss(app, by="ana", event=LOOSE, reason="sent twice by the hospital")
    assert app.store.unplaced() == []
    assert [row["what"] for row in app.store.audited()] == ["dismiss"]
