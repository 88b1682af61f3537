"""Who covers for the owner says their own name; help is still asked of the owner."""

from __future__ import annotations

from pathlib import Path

import pytest

from cast import t
from laneflow.engine.state import Event
from laneflow.metrics.case.view import case_view
from laneflow.work.app import open_app
from laneflow.work.clock import FixedClock
from laneflow.work.take_in import take_in
from outreach.cast import PATIENT, ROOT


@pytest.mark.parametrize(
    ("day", "speaker"),
    [("2026-12-21 10:00", "Ana Torres"), ("2026-12-29 10:00", "Fay Lindgren")],
    ids=["the owner is here", "the owner is on leave"],
)
def test_the_case_shown_is_spoken_by_who_does_it(tmp_path: Path, day: str, speaker: str) -> None:
    now = t(day)
    app = open_app(ROOT, f"sqlite:///{tmp_path}/db.sqlite3", FixedClock(now))
    data = PATIENT | {"encounter.facility": "St. Mary", "location": "main"}
    take_in(app, [Event("1", "ehr", "encounter.discharged", now, "p1", data)])
    (case,) = app.store.cases(lane="discharge-outreach")
    script = case_view(app.store, app.live, case, now)["script"]
    assert script["text"].startswith(f"Hello, this is {speaker} from Maple Street")
    assert "ask for Ana Torres" in script["text"]
    app.store.close()
