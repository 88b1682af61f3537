"""Owns calls for help as whoever is called sees them: what, why, the case in short, who next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from laneflow.engine.ladder import ASKED, LAST_RESORT, ladder_of, may_answer
from laneflow.engine.state import Case, Escalation, Instant, PatientFile
from laneflow.lanes.words import condition
from laneflow.metrics.case.view import patient_name
from laneflow.practice import words
from laneflow.practice.model import Person, Practice
from laneflow.practice.names import Names, event_title
from laneflow.store.contract import Store

if TYPE_CHECKING:
    from laneflow.engine.live import Live

Row = dict[str, Any]
Noted = Sequence[Mapping[str, Any]]

MOST = 100
"""Calls on one page; whoever has more than these has other worries than the next page."""


def calls_for(
    store: Store, live: Live, person: Person, locations: frozenset[str], at: Instant
) -> list[Row]:
    """The calls that are a person's to see to: told to a role they hold at these locations, asked
    of them or taken by them, wherever; of the last resort, where that is they. Urgent first.

    Rows as ``call_row`` makes them.
    """
    roles = list(person.roles)
    found = store.escalations(
        limit=MOST, state="open", asked="", role=roles, location=sorted(locations)
    )
    found += store.escalations(limit=MOST, state="open", asked=person.id)
    found += store.escalations(limit=MOST, state="taken", taken_by=person.id)
    if person.id in (live.practice.last_resort, live.practice.on_call):
        found += store.escalations(limit=MOST, state="open", asked="", role=LAST_RESORT)
    return _rows(store, live, person, found, at)


def calls_at(
    store: Store, live: Live, person: Person | None, locations: frozenset[str], at: Instant
) -> list[Row]:
    """All calls for help at these locations, urgent first; rows as ``call_row`` makes them."""
    found = store.escalations(limit=MOST, location=sorted(locations))
    return _rows(store, live, person, found, at)


def calls_of(store: Store, live: Live, case: Case, person: Person | None) -> list[Row]:
    """The calls for help of one case; rows as ``call_row`` makes them."""
    file = store.load([case.patient])[case.patient]
    noted = store.notes([case.id]).get(case.id, ())
    return [call_row(live, file, case, held, noted, person) for held in case.escalations.values()]


def _rows(
    store: Store, live: Live, person: Person | None, found: list[Row], at: Instant
) -> list[Row]:
    ranks = {tier: rank for rank, tier in enumerate(live.practice.tiers)}
    files = store.load(sorted({row["patient"] for row in found}))
    noted = store.notes(sorted({row["case"] for row in found}))
    rows = {}
    for row in found:
        case = files[row["patient"]].cases.get(row["case"])
        held = case.escalations.get(row["rule"]) if case else None
        if case is not None and held is not None:
            told = noted.get(case.id, ())
            rows[case.id, held.rule] = call_row(
                live, files[row["patient"]], case, held, told, person
            )

    def order(row: Row) -> tuple[Any, ...]:
        late = row["until"] is not None and row["until"] <= at
        rank = ranks.get(row["case"].tier, len(ranks))
        return (not late, row["state"] == "taken", rank, row["until"] or row["opened"])

    return sorted(rows.values(), key=order)


def call_row(
    live: Live,
    file: PatientFile,
    case: Case,
    held: Escalation,
    noted: Noted,
    person: Person | None,
) -> Row:
    """One call for help.

    ``case`` (the Case), ``escalation`` (its rule), ``text``, ``because`` (a clause, or ""),
    ``state``, ``role``, ``asked`` and ``taken_by`` (names), ``mine`` (they took it), ``opened``,
    ``told``, ``until`` (instants; None: it stands where nobody is told after), ``rungs`` in words
    with ``rung`` the one it stands on, ``next`` (who is told if it is handed on, "" where nobody
    is left), ``may`` (they may see to it); of the case: ``patient_name``, ``lane_title``,
    ``barriers`` (titles), ``owner`` (name), ``note`` (the last one) and ``told_last`` (the last one
    in which they were told something), each as of ``Store.notes`` or None; ``roles`` whose next
    task the answer may become, and ``people`` to hand it to: (id, name).
    """
    practice = live.practice
    names = Names(live.loaded, case.lane)
    lane = names.spec
    rule = next((r for r in (lane.escalations if lane else ()) if r.id == held.rule), None)
    rungs = [rung.role for rung in ladder_of(practice, lane, held).rungs]
    return {
        "case": case,
        "escalation": held.rule,
        "text": names.escalation(held.rule),
        "because": _because(practice, rule, held, noted),
        "state": held.state,
        "role": held.role,
        "asked": words.name_of(practice, held.asked),
        "taken_by": words.name_of(practice, held.taken_by),
        "mine": person is not None and held.taken_by == person.id,
        "opened": held.opened,
        "told": held.release,
        "until": held.until,
        "rungs": [*rungs, words.name_of(practice, practice.last_resort)],
        "rung": held.rung + 1,
        "next": _next(practice, rungs, held),
        "may": person is not None and may_answer(practice, lane, held, person),
        "patient_name": patient_name(file),
        "lane_title": names.lane,
        "barriers": [names.barrier(key) for key in case.barriers],
        "owner": words.name_of(practice, case.owner),
        "note": noted[0] if noted else None,
        "told_last": next((note for note in noted if note["told"]), None),
        "roles": practice.roles,
        "people": _people(practice, held, person),
    }


def _because(practice: Practice, rule: Any, held: Escalation, noted: Noted) -> str:
    """What made the lane call: its rule read aloud, or whoever asked in a note."""
    if held.rule == ASKED:
        asking = next((note for note in noted if note["escalate"]), None)
        return f"{words.name_of(practice, asking['by'])} asked in a note" if asking else ""
    if rule is None or rule.builtin is not None:
        return ""
    event = [event_title(practice, rule.on)] if rule.on else []
    when = condition(rule.when)
    return " ".join([*event, *([f"when {when}"] if when else [])])


def _next(practice: Practice, rungs: list[str], held: Escalation) -> str:
    if held.rung >= len(rungs):
        return ""
    last = words.name_of(practice, practice.last_resort)
    return rungs[held.rung + 1] if held.rung + 1 < len(rungs) else last


def _people(practice: Practice, held: Escalation, person: Person | None) -> list[tuple[str, str]]:
    already = {held.taken_by, held.asked, person.id if person else ""}
    active = [p for p in practice.people.values() if p.active and p.id not in already]
    return sorted(((p.id, p.name) for p in active), key=lambda one: one[1])
