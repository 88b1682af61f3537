"""A scenario from the log: counted by hand, with the guesses weighing ten observations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from laneflow.engine.state import Act, Event
from laneflow.lanes.load import load_practice
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.simulate.assumed import assumed
from laneflow.proofs.simulate.guesses import told
from laneflow.proofs.simulate.history import from_history
from laneflow.proofs.simulate.model import Length
from laneflow.proofs.simulate.reading import read_scenario
from laneflow.proofs.simulate.writing import write_scenario

ZONE = ZoneInfo("America/New_York")
START = datetime(2026, 8, 3, 9, tzinfo=ZONE)  # a Monday


@pytest.fixture(scope="module")
def starter() -> LoadedPractice:
    loaded, _ = load_practice(Path(__file__).parents[2])
    assert loaded is not None
    return loaded


def ms(days: float) -> int:
    return round((START + timedelta(days=days)).timestamp() * 1000)


def event(n: int, type_: str, day: float, case: str, fate: str, **data: Any) -> dict[str, Any]:
    facts = {name.replace("__", "."): value for name, value in data.items()}
    given = Event(f"e{n}", "feed", type_, ms(day), f"p{n}", facts, ms(day))
    return {"input": given, "cases": [case], "fate": fate}


def note(n: int, day: float, case: str, outcome: str, **data: Any) -> dict[str, Any]:
    said = {"outcome": outcome, "channel": "phone", **data}
    return {
        "input": Act(f"n{n}", "note", "ana", ms(day), f"p{n}", case, said),
        "cases": [case], "fate": "placed",
    }  # fmt: skip


def discharges() -> Iterator[dict[str, Any]]:
    """Four weeks: two on each Monday, one on each Tuesday; three of four of moderate complexity."""
    n = 0
    for week in range(4):
        for day in (0, 0.1, 1):
            how = "high" if n % 4 == 0 else "moderate"
            yield event(
                n, "encounter.discharged", 7 * week + day, f"c{n}", "opened",
                encounter__complexity=how, encounter__class="inpatient", location="main",
            )  # fmt: skip
            n += 1


def test_an_empty_log_leaves_guesses(starter: LoadedPractice) -> None:
    found, notes = from_history(starter, [], ms(0))
    assert notes == ["The log has no trigger yet: everything below is a guess."]
    assert "arrivals" in found.assumed


def test_arrivals_are_counted_by_weekday(starter: LoadedPractice) -> None:
    found, notes = from_history(starter, list(discharges()), ms(28))
    [arrival] = found.arrivals
    assert arrival.rates == (2, 1, 0, 0, 0, 0, 0)
    assert not arrival.business
    assert dict(arrival.data)["encounter.complexity"] == (("moderate", 0.75), ("high", 0.25))
    assert arrival.locations == (("main", 1.0),)
    assert notes[0] == "From 12 inputs of 28 days."
    assert notes[1] == "encounter.discharged: only 12 seen."
    assert "arrivals" not in found.assumed
    assert "handling" in found.assumed


def test_contact_is_told_by_channel_and_try(starter: LoadedPractice) -> None:
    """80 of 200 first tries: (80 + 10 * 0.45) / 210; none of 4 second tries: 10 * 0.35 / 14."""
    rows = list(discharges())
    rows += [
        note(n, 1, f"c{n}", "reached" if n < 80 else "no answer", understanding="understood")
        for n in range(200)
    ]
    rows += [note(300 + n, 2, f"c{100 + n}", "no answer") for n in range(4)]
    found, notes = from_history(starter, rows, ms(28))
    first, second, _ = (dict(shares) for shares in found.contact["phone"])
    assert first["reached"] == pytest.approx(84.5 / 210, abs=1e-4)
    assert second["reached"] == pytest.approx(3.5 / 14, abs=1e-4)
    assert "Tries by phone: 204 seen." in notes


def test_few_calls_are_said_to_be_few(starter: LoadedPractice) -> None:
    rows = [*discharges(), *(note(n, 1, f"c{n}", "no answer") for n in range(7))]
    _, notes = from_history(starter, rows, ms(28))
    assert "Tries by phone: only 7 seen, so the guess still weighs 10." in notes


def test_what_patients_said(starter: LoadedPractice) -> None:
    rows = list(discharges())
    for n in range(40):
        more: dict[str, Any] = {"understanding": "partly" if n < 10 else "understood"}
        if n < 8:
            more["barrier"] = ["cost"]
        if n < 4:
            more["events"] = [{"type": "patient.declined"}]
        rows.append(note(n, 1, f"c{n}", "reached", **more))
    found, _ = from_history(starter, rows, ms(28))
    assert dict(found.understanding)["partly"] == pytest.approx((10 + 1.5) / 50, abs=1e-3)
    assert found.barriers == (round((8 + 1.5) / 50, 4), (("cost", 1.0),))
    assert found.declines == pytest.approx((4 + 0.2) / 50, abs=1e-4)


def test_what_follows_and_how_soon(starter: LoadedPractice) -> None:
    """20 understood, 10 of them booked: on days 1 to 10, so a tenth to nine tenths is 1 to 9."""
    rows = list(discharges())
    for n in range(20):
        rows.append(note(n, 1, f"c{n}", "reached", understanding="understood"))
        if n < 10:
            rows.append(event(n, "appointment.booked", 2 + n, f"c{n}", "placed"))
    found, notes = from_history(starter, rows, ms(28))
    rule = found.follows[0]
    assert (rule.after, rule.chance) == ("understood", round((10 + 6) / 30, 4))
    assert rule.after_that == Length(1.0, 9.0, "days")
    assert "appointment.booked after understood: 20 waited for." in notes


def test_minutes_count_only_where_the_log_has_them(starter: LoadedPractice) -> None:
    rows = list(discharges())
    rows += [
        event(n, "time.logged", 1, f"c{n}", "placed", time__activity="phone", time__minutes=n + 1)
        for n in range(30)
    ]
    found, notes = from_history(starter, rows, ms(28))
    assert (found.handling["phone"].low, found.handling["phone"].high) == (15.5, 27)
    assert "Minutes by phone: 30 seen." in notes


def test_a_derived_scenario_is_a_file_that_can_be_read(starter: LoadedPractice) -> None:
    rows = [*discharges(), *(note(n, 1, f"c{n}", "reached") for n in range(30))]
    found, notes = from_history(starter, rows, ms(28))
    text = write_scenario(found, notes)
    again = read_scenario(starter, text.encode(), "was.yaml")
    assert again.arrivals[0].rates == found.arrivals[0].rates
    assert "# From 42 inputs of 28 days." in text
    # No patient's name, id or free words: only what conditions ask about.
    assert "p1" not in text.replace("p90", "")


def test_every_guess_is_told_with_its_figure_and_every_trigger_once(
    starter: LoadedPractice,
) -> None:
    scenario = assumed(starter)
    lines = told(scenario)
    assert len(lines) == len(scenario.assumed)
    assert all(any(letter.isdigit() for letter in line) for line in lines)
    arrivals = lines[0].removeprefix("arrivals a week: ").split(", ")
    assert "encounter.discharged 20" in arrivals
    names = [one.rpartition(" ")[0] for one in arrivals]
    assert len(names) == len(set(names))
    assert "declines: 2 % of those reached" in lines
    assert "alarms: 1 % of those reached" in lines
    assert told(replace(scenario, assumed=())) == []
