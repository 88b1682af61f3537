"""Owns a patient's open reasons side by side: what to mind before one call, what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from laneflow.engine.doers import patients_zone, refuses, ways
from laneflow.engine.state import OPEN_ITEM, Case, Instant, PatientFile, Task
from laneflow.metrics.case.choices import offered
from laneflow.metrics.case.script import minded, script_view
from laneflow.metrics.case.view import patient_name
from laneflow.outreach.prompt import title_for
from laneflow.practice import words
from laneflow.practice.contact import LOOK_BACK, courtesy
from laneflow.practice.model import Person
from laneflow.practice.names import Names
from laneflow.store.contract import Store

if TYPE_CHECKING:
    from laneflow.engine.live import Live

Row = dict[str, Any]

SAID = ("reason", "next_step")
"""The parts of a script that one call has to say of each of its reasons."""


def together(
    store: Store,
    live: Live,
    file: PatientFile,
    cases: Sequence[Case],
    person: Person | None,
    at: Instant,
) -> Row:
    """One patient and these open cases of theirs.

    Of the patient: patient_name, birth_date, phone, language, caregiver; what to mind before
    contacting them: ``zone``, ``clock``, ``awake``, ``today``, ``week``, ``capped``, ``hours``,
    ``cap`` as of ``script_view.minded``, ``refused`` and ``ways`` (channels), ``deceased``.
    ``cases``: rows as ``_row`` makes them, what is due first at the top.
    """
    contacts = store.contacts([file.patient], at - LOOK_BACK).get(file.patient, [])
    noted = store.notes([case.id for case in cases])
    zone = patients_zone(live, file, cases[0])
    stands = courtesy(live.practice, zone, contacts, at)
    a_day, a_week = live.practice.contact_cap
    known = ("birth_date", "phone", "language", "caregiver")
    rows = [_row(live, file, case, contacts, noted.get(case.id, ()), person, at) for case in cases]
    return {
        "patient_name": patient_name(file),
        **{name: str(file.facts.get(f"patient.{name}") or "") for name in known},
        **stands._asdict(),
        "zone": zone,
        "hours": live.practice.contact_hours,
        "cap": live.practice.contact_cap,
        "capped": stands.today >= a_day or stands.week >= a_week,
        "refused": list(file.facts.get("patient.refuses") or ()),
        "ways": ways(file),
        "deceased": bool(file.facts.get("patient.deceased")),
        "cases": sorted(rows, key=lambda row: row["due"] or at),
    }


def _row(
    live: Live,
    file: PatientFile,
    case: Case,
    contacts: Sequence[Instant],
    noted: Sequence[Row],
    person: Person | None,
    at: Instant,
) -> Row:
    """One reason to call: ``case``, lane_title, title, due, channel, partner (it is toward another
    office), say ((line, only for whoever speaks) of the script), gaps (what the script lacks),
    missing (of the checklist: label, owed_by), barriers (titles), promised (open promises: what,
    by_when), note and told_last as of ``helping.call_row``, hold_until and hold_why, and ``may`` as
    ``offered``.
    """
    task, names = case.task, Names(live.loaded, case.lane)
    waits = minded(live, file, case, task, at, contacts) if task else None
    return {
        "case": case,
        "lane_title": names.lane,
        "title": title_for(live.loaded, case, file.facts, task, at) if task else "",
        "due": task.due.at if task else None,
        "channel": task.channel if task else "",
        "partner": bool(task and task.to),
        **_script(live, file, case, task, person, at),
        "missing": _missing(live, case),
        "barriers": [names.barrier(key) for key in case.barriers],
        "promised": [p for p in case.promises.values() if p.kept is None],
        "note": noted[0] if noted else None,
        "told_last": next((note for note in noted if note["told"]), None),
        "hold_until": waits["hold_until"] if waits else None,
        "hold_why": waits["hold_why"] if waits else "",
        "refused": bool(task and not task.to and refuses(file, task.channel)),
        "may": offered(live, case, person),
    }


def _script(
    live: Live,
    file: PatientFile,
    case: Case,
    task: Task | None,
    person: Person | None,
    at: Instant,
) -> Row:
    """What a call says of this reason; nothing where its task has no script to say."""
    found = (
        script_view(
            live, file, case, task, at, channel="phone", speaker=person.id if person else ""
        )
        if task and not task.to
        else None
    )
    steps = found["steps"] if found else []
    return {
        "locale": found["locale"] if found else "",
        "say": [line for step in steps if step["block"] in SAID for line in step["lines"]],
        "gaps": found["gaps"] if found else [],
    }


def _missing(live: Live, case: Case) -> list[tuple[str, str]]:
    compiled = live.lanes.get(case.lane)
    items = {item.id: item for item in compiled.lane.checklist} if compiled else {}
    parties = live.practice.parties
    return [
        (items[key].label, parties.get(items[key].owed_by, items[key].owed_by))
        for key, state in case.items.items()
        if state.state in OPEN_ITEM and key in items
    ]


def called_about(store: Store, live: Live, file: PatientFile, cases: Sequence[Case]) -> list[Row]:
    """What an inbound call is likely to be about: each case with what they were last told.

    Each: case, lane_title, title of its status's queue, owner (name), due, told_last, note,
    promised (the next promise still open), or None.
    """
    noted = store.notes([case.id for case in cases])
    rows = []
    for case in cases:
        told = noted.get(case.id, ())
        promised = sorted(
            (p for p in case.promises.values() if p.kept is None), key=lambda p: p.by_when
        )
        rows.append(
            {
                "case": case,
                "lane_title": Names(live.loaded, case.lane).lane,
                "owner": words.name_of(live.practice, case.owner),
                "due": case.task.due.at if case.task else None,
                "note": told[0] if told else None,
                "told_last": next((note for note in told if note["told"]), None),
                "promised": promised[0] if promised else None,
            }
        )
    return sorted(rows, key=lambda row: (row["case"].closed is not None, -row["case"].opened))
