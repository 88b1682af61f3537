"""People come home from hospital, at one location or the other: what tests of lanes act upon."""

from __future__ import annotations

from laneflow.engine.state import Event
from laneflow.work.app import App
from laneflow.work.take_in import take_in


def discharges(app: App, number: int = 3, location: str = "main", complexity: str = "high") -> None:
    """So many people come home from hospital."""
    now = app.clock.now()
    take_in(app, [
        Event(
            f"{location}{n}", "ehr", "encounter.discharged", now, f"{location}-{n}",
            {
                "encounter.facility": "General Hospital", "location": location,
                "patient.first_name": f"Elena{n}", "patient.last_name": "Alvarez",
                "encounter.id": f"{location}{n}", "patient.phone": "555-0111",
                "encounter.complexity": complexity,
            },
            now,
        )
        for n in range(number)
    ])  # fmt: skip
