"""Owns events no case could be named for, as whoever places them sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from laneflow.engine.state import Case, Event, Instant, PatientFile
from laneflow.lanes.words import plain
from laneflow.metrics.case.view import patient_name
from laneflow.practice import words
from laneflow.practice.names import Names, event_title
from laneflow.store.contract import Store

if TYPE_CHECKING:
    from laneflow.engine.live import Live

Row = dict[str, Any]


def to_place(
    store: Store, live: Live, locations: frozenset[str], person: str, at: Instant
) -> list[Row]:
    """The events to be placed by somebody who works at these locations, by due date.

    An event belongs where it says; else where its patient's cases are; one that belongs nowhere
    is everybody's to place, and one that ``person`` owns is theirs. Rows as ``_row`` makes them.
    """
    found = store.unplaced()
    files = store.load(sorted({row["patient"] for row in found}))
    places = {row["patient"]: places_of(live, files[row["patient"]]) for row in found}
    mine = [
        row
        for row in found
        if row["owner"] == person
        or not (where := _belongs(live, row["event"], places[row["patient"]]))
        or where & locations
    ]
    return [_row(live, files[row["patient"]], row, locations, at) for row in mine]


def places_of(live: Live, file: PatientFile) -> frozenset[str]:
    """The locations a patient belongs to: where they are at home, where their cases are or were.

    Empty for one who belongs nowhere: they are anybody's to see to.
    """
    cases = {case.location for case in file.cases.values()}
    cases |= {ended.location for ended in file.ended.values()}
    known = {str(file.facts.get("patient.location") or ""), *cases}
    return frozenset(known & live.practice.locations.keys())


def _belongs(live: Live, event: Event, patients: frozenset[str]) -> frozenset[str]:
    named = str(event.data.get("location") or "")
    return frozenset({named}) if named in live.practice.locations else patients


def _row(live: Live, file: PatientFile, row: Row, locations: frozenset[str], at: Instant) -> Row:
    """One event: source, id, title (its type in words), happened, arrived, why, patient_name,
    birth_date, owner (name), due, overdue, said (what it says: (name, value)), location;
    ``cases``: the patient's open ones here, each with whether it is a candidate; ``elsewhere``:
    how many are open at other locations; ``lanes`` it could open a case in, with ``missing``,
    the keys that takes.
    """
    event: Event = row["event"]
    open_cases = [case for case in file.cases.values() if case.closed is None]
    here = [case for case in open_cases if case.location in locations]
    return {
        "source": row["source"],
        "id": row["id"],
        "title": event_title(live.practice, event.type),
        "happened": event.time,
        "arrived": row["at"],
        "why": row["why"],
        "patient_name": patient_name(file),
        "birth_date": str(file.facts.get("patient.birth_date") or ""),
        "owner": words.name_of(live.practice, row["owner"]),
        "due": row["due"],
        "overdue": row["due"] <= at,
        "said": [
            (plain(name.replace(".", ": ")), value)
            for name, value in sorted(event.data.items())
            if not name.startswith("patient.")
        ],
        "location": str(event.data.get("location") or (here[0].location if here else "")),
        "cases": [_candidate(live, case, row["candidates"]) for case in here],
        "elsewhere": len(open_cases) - len(here),
        "lanes": [
            found
            for lane in row["lanes"]
            if (found := opens_in(live, lane, event.data)) is not None
        ],
    }


def _candidate(live: Live, case: Case, candidates: tuple[str, ...]) -> Row:
    return {
        "case": case.id,
        "lane_title": Names(live.loaded, case.lane).lane,
        "status": case.status,
        "opened": case.opened,
        "owner": words.name_of(live.practice, case.owner),
        "location": case.location,
        "keys": [
            (plain(key.replace(".", ": ")), value)
            for key, value in case.keys.items()
            if key != "patient.id" and value
        ],
        "candidate": case.id in candidates,
    }


def opens_in(live: Live, lane: str, said: Mapping[str, Any]) -> Row | None:
    """A lane somebody could open a case in, and what that takes; None where it opens none.

    lane, lane_title, ``missing``: the keys (name, label) that are not among what was ``said``; and
    ``one_of``: of which of them one is enough, because each kind of record has its own.
    """
    compiled = live.lanes.get(lane)
    if compiled is None:
        return None
    names = [name.removeprefix("opening.") for name in compiled.lane.one_case_per]
    keys = [name for name in names if name != "patient.id"]
    missing = [name for name in keys if said.get(name) is None]
    records = frozenset(compiled.extra_keys)
    if not records <= frozenset(missing):  # it names its record
        missing = [name for name in missing if name not in records]
    return {
        "lane": lane,
        "lane_title": compiled.lane.title,
        "missing": [(name, plain(name.replace(".", ": "))) for name in missing],
        "one_of": [name for name in missing if name in records] if len(records) > 1 else [],
    }
