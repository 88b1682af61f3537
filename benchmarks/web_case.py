"""What a case's page costs a server that has 100,000 open cases, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from benchmarks.figures import Figure, Options
from benchmarks.pages import databases, figure, looked_at
from benchmarks.practice import app_at, events
from benchmarks.staff import Input, rehearsed
from benchmarks.stock import DAYS, MORNING, NOW
from benchmarks.web_queue import PERSON
from laneflow.engine.run import run
from laneflow.engine.state import PatientFile

SHOWN = 12
"""Different cases that are looked at, in turns."""

PATIENTS, PLACE = 100, "main"
"""How many patients come with all their history, and where the person works."""

PARTS = {
    "case": "",
    "case, another script": "/script?channel=sms&language=es",
    "case, why": "/why",
}


def measure(options: Options) -> Iterator[Figure]:
    """The page as it opens, its script switched, its why; each with its row in the access log."""
    for url, called in databases(options):
        shown = whole_cases(url, PATIENTS)[:SHOWN]
        paths = [f"/cases/{case}{part}" for case in shown for part in PARTS.values()]
        found = looked_at(url, PERSON, paths, 3 if options.quick else 10)
        for name, part in PARTS.items():
            times = [took for case in shown for took in found[f"/cases/{case}{part}"]]
            yield figure(f"{name} on {called}", times)


def whole_cases(url: str, patients: int) -> list[str]:
    """Open cases with all their history: those of the stock have kept little of theirs."""
    app = app_at(url, NOW)
    by_patient: dict[str, list[Input]] = {}
    named = [replace(e, patient=f"whole-{e.patient}") for e in events(patients, DAYS)]
    for given in rehearsed(app.live, named, MORNING):
        by_patient.setdefault(given.patient, []).append(given)
    results = [
        run(app.live, PatientFile(patient=patient), inputs, MORNING)
        for patient, inputs in by_patient.items()
    ]
    app.store.apply(results, clock=NOW)
    files = app.store.load(list(by_patient))
    cases = [case for file in files.values() for case in file.cases.values()]
    found = [case.id for case in cases if case.closed is None and case.location == PLACE]
    app.store.close()
    app.forget_live()
    return found
