"""Cases to look at, and how tests read pages."""

from __future__ import annotations

import html
import re
from typing import Any

from laneflow.engine.state import Case, Event, Instant
from laneflow.work.actions import act
from laneflow.work.app import App
from laneflow.work.take_in import take_in

ELENA: dict[str, Any] = {
    "location": "main",
    "patient.first_name": "Elena",
    "patient.last_name": "Alvarez",
    "patient.birth_date": "1961-04-12",
    "patient.phone": "555-0111",
}


def discharge(at: Instant, patient: str = "p1", **facts: Any) -> Event:
    """Elena leaves General Hospital; ``patient__phone="555"`` says another fact of her."""
    said = {**ELENA, "encounter.facility": "General Hospital", "encounter.id": f"e-{patient}"}
    data = said | {name.replace("__", "."): value for name, value in facts.items()}
    return Event(f"e-{patient}", "ehr", "encounter.discharged", at, patient, data, at)


def discharged(app: App, patient: str = "p1", **facts: Any) -> Case:
    """Elena is home from General Hospital; her case at Maple Street is Ana's."""
    take_in(app, [discharge(app.clock.now(), patient, **facts)])
    (case,) = app.store.cases(patient=patient, lane="discharge-outreach")
    return case


def discharges(app: App, number: int = 3, location: str = "main", complexity: str = "high") -> None:
    """So many people come home from hospital at once: Elena0, Elena1 and so on."""
    now = app.clock.now()
    told = {"location": location, "encounter.complexity": complexity}
    names = ({"patient.first_name": f"Elena{n}"} for n in range(number))
    take_in(
        app, [discharge(now, f"{location}-{n}", **told, **name) for n, name in enumerate(names)]
    )


def to(app: App, case: Case, person: str) -> Case:
    """The case belongs to this person."""
    data = {"owner": person} | ({"backup": "lee"} if case.backup == person else {})
    if case.owner != person:
        act(app, by="lee", kind="assign", case=case.id, data=data)
    return now(app, case)


def now(app: App, case: Case) -> Case:
    """The case as it is now."""
    found = app.store.case(case.id)
    assert found is not None
    return found


def body(answer: Any) -> str:
    """The page as it was sent."""
    return str(answer.content.decode())


def text(answer: Any) -> str:
    """What somebody reads of a page, its spaces as one."""
    plain = re.sub(r"<[^>]+>", " ", body(answer))
    return " ".join(html.unescape(plain).split())


def form(answer: Any, address: str, number: int = 0) -> dict[str, Any]:
    """The hidden fields of a page's form that is sent to an address."""
    forms = re.findall(rf'<form[^>]*action="{re.escape(address)}".*?</form>', body(answer), re.S)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', forms[number])
    return {name: html.unescape(value) for name, value in hidden}
