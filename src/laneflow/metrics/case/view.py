"""Owns the view of one case: everything a person needs to work it, on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from laneflow.engine.state import OPEN_ITEM, Case, Escalation, Instant, PatientFile
from laneflow.lanes.durations import in_words
from laneflow.metrics.case import story
from laneflow.metrics.case.script import minded, script_view
from laneflow.metrics.case.words import did_in_words
from laneflow.metrics.queue.rows import also_open, item, task_of
from laneflow.practice import words
from laneflow.practice.contact import LOOK_BACK
from laneflow.practice.model import LoadedPractice
from laneflow.practice.names import Names
from laneflow.store.contract import Store

if TYPE_CHECKING:
    from laneflow.engine.live import Live


def case_view(
    store: Store,
    live: Live,
    case: Case,
    at: Instant,
    *,
    channel: str = "",
    language: str = "",
    task: str = "main",
    speaker: str = "",
    load: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """One case, whole: flat fields, and lists of flat rows under tasks, checklist, barriers,
    promises, escalations, ladder (of each escalation), open_cases (the patient's others),
    timeline.

    ``script`` is the prompt of the task with the key ``task``, see ``script_view``; ``channel``
    and ``language`` ask for another than the attempt's and the patient's. ``speaker`` is the
    person id of whoever says it, else whoever does the task. ``minded``: see ``script_view``.
    ``load``: how much everybody has to do, where it is known already.
    """
    file = store.load([case.patient])[case.patient]
    practice = live.practice
    zone, names = words.zone_of(practice, case.location), Names(live.loaded, case.lane)
    steps = list(story.steps(store, case.id))
    told, because = story.told(live.loaded, steps), _because(steps, live.loaded)
    contacts = store.contacts([case.patient], at - LOOK_BACK).get(case.patient, [])
    to_do = _tasks(live, file, case, at, contacts, store.holding(at) if load is None else load)
    about = task_of(case, task)
    doer = next((row["doer"] for row in to_do if row["key"] == task), "")
    return {
        **_facts(names, case, zone),
        **_patient(file),
        "trigger": told[0]["happened"] if told else "",
        "because": because,
        "why_here": _why_here(because),
        "patient_also": also_open(file, case),
        "open_cases": _open_cases(live, file, case),
        "tasks": to_do,
        "task": task,
        "script": script_view(
            live, file, case, about, at,
            channel=channel, language=language, speaker=speaker or doer,
        ) if about else None,
        "minded": minded(live, file, case, about, at, contacts, channel) if about else None,
        "checklist": _checklist(names, case, zone),
        "barriers": _barriers(names, case, zone),
        "promises": _promises(names, case, zone),
        "escalations": [_escalation(names, e, zone) for e in case.escalations.values()],
        "timeline": told,
    }  # fmt: skip


def _patient(file: PatientFile) -> dict[str, Any]:
    """What identifies the patient and how they are reached, as the feeds gave it."""
    named = ("birth_date", "phone", "email", "address", "language", "caregiver")
    said = {name: str(file.facts.get(f"patient.{name}") or "") for name in named}
    return {"patient_name": patient_name(file), **{f"patient_{k}": v for k, v in said.items()}}


def _open_cases(live: Live, file: PatientFile, case: Case) -> list[dict[str, Any]]:
    """The patient's other open cases, the first due first."""
    others = [c for c in file.cases.values() if c.id != case.id and c.closed is None]
    rows = [
        {
            "case": other.id,
            "lane": other.lane,
            "status": other.status,
            "queue": other.queue,
            "tier": other.tier,
            "location": other.location,
            "owner": other.owner,
            "backup": other.backup,
            "due": words.iso(
                other.task.due.at if other.task else None,
                words.zone_of(live.practice, other.location),
            ),
        }
        for other in others
    ]
    return sorted(rows, key=lambda row: row["due"] or "~")


def patient_name(file: PatientFile) -> str:
    """The patient's name as the feeds gave it; "" where they did not."""
    parts = (file.facts.get("patient.first_name"), file.facts.get("patient.last_name"))
    return " ".join(str(part) for part in parts if part)


def _facts(names: Names, case: Case, zone: str) -> dict[str, Any]:
    practice, closed = names.practice, case.closed
    return {
        "case": case.id,
        "seq": case.seq,
        "patient": case.patient,
        "lane": case.lane,
        "lane_title": names.lane,
        "status": case.status,
        "queue": case.queue,
        "tier": case.tier,
        "kind": case.kind,
        "location": case.location,
        "owner": case.owner,
        "owner_name": words.name_of(practice, case.owner),
        "backup": case.backup,
        "backup_name": words.name_of(practice, case.backup),
        "opened": words.iso(case.opened, zone),
        "due": words.iso(case.task.due.at, zone) if case.task else None,
        "first_attempt_by": _window(case, "first_attempt", zone),
        "first_contact_by": _window(case, "first_contact", zone),
        "attempts": case.attempts,
        "reached": case.reached,
        "outcome": closed.outcome if closed else "",
        "reason": closed.reason if closed else "",
        "closed": words.iso(closed.at, zone) if closed else None,
    }


def _window(case: Case, name: str, zone: str) -> str | None:
    date = case.windows.get(name)
    return words.iso(date.at, zone) if date else None


def _because(steps: Sequence[story.Step], loaded: LoadedPractice) -> dict[str, Any]:
    """The last thing that moved the case into the status it stands in: ``happened``, and
    ``rules``, each with its name, what it did, its file and line."""
    for step in reversed(steps):
        if step.before is None or step.before.status != step.after.status:
            names = Names(loaded, step.after.lane)
            rules = [
                {
                    "rule": t.rule, "did": did_in_words(names, t.did) or t.rule,
                    "file": t.file, "line": t.line,
                }
                for t in step.decision.trace
            ]  # fmt: skip
            return {"happened": story.happened(loaded, step), "rules": rules}
    return {"happened": "", "rules": []}


def _why_here(because: dict[str, Any]) -> str:
    """The same in a line."""
    did = [f"{r['did']} ({r['file']}:{r['line']})" for r in because["rules"] if r["file"]]
    return "; ".join([because["happened"], *did])


def tasks(store: Store, live: Live, case: Case, at: Instant) -> list[dict[str, Any]]:
    """A case's open tasks as queue items, the main one first; besides, of each: about (what kind
    of task it is: status, items, barrier, promise, confirm, answer), claimed (by whom) and was
    (when it was due, where somebody has put it off)."""
    file = store.load([case.patient])[case.patient]
    contacts = store.contacts([case.patient], at - LOOK_BACK).get(case.patient, [])
    return _tasks(live, file, case, at, contacts, store.holding(at))


def _tasks(
    live: Live,
    file: PatientFile,
    case: Case,
    at: Instant,
    contacts: Sequence[Instant],
    load: Mapping[str, int],
) -> list[dict[str, Any]]:
    found = [task for task in (case.task, *case.side.values()) if task is not None]
    return [
        {
            **item(live, file, case, task, at, load, contacts),
            "about": task.source.partition(":")[0],
            "claimed": task.person,
            "was": words.iso(
                task.was.at if task.was else None, words.zone_of(live.practice, case.location)
            ),
        }
        for task in found
    ]


def _checklist(names: Names, case: Case, zone: str) -> list[dict[str, Any]]:
    known = {item.id: item for item in names.spec.checklist} if names.spec else {}
    return [
        {
            "item": key,
            "label": names.item(key),
            "state": state.state,
            "owed_by": names.party(known[key].owed_by) if key in known else "",
            "due": words.iso(state.due.at, zone) if state.due else None,
            "asked": state.asked,
            "open": state.state in OPEN_ITEM,
        }
        for key, state in case.items.items()
    ]


def _barriers(names: Names, case: Case, zone: str) -> list[dict[str, Any]]:
    return [
        {"barrier": key, "title": names.barrier(key), "since": words.iso(since, zone)}
        for key, since in case.barriers.items()
    ]


def _promises(names: Names, case: Case, zone: str) -> list[dict[str, Any]]:
    return [
        {
            "promise": key,
            "what": promise.what,
            "by_whom": promise.by_whom,
            "by_whom_name": names.party(promise.by_whom),
            "by_when": words.iso(promise.by_when, zone),
            "kept": promise.kept,
        }
        for key, promise in case.promises.items()
    ]


def _escalation(names: Names, held: Escalation, zone: str) -> dict[str, Any]:
    practice = names.practice
    rules = names.spec.escalations if names.spec else ()
    rule = next((rule for rule in rules if rule.id == held.rule), None)
    name = rule.ladder if rule else practice.default_ladder
    ladder = practice.ladders.get(name)
    rungs = [f"{r.role} within {in_words(r.within)}" for r in ladder.rungs] if ladder else []
    return {
        "escalation": held.rule,
        "text": names.escalation(held.rule),
        "state": held.state,
        "role": held.role,
        "opened": words.iso(held.opened, zone),
        "until": words.iso(held.until, zone),
        "taken_by": words.name_of(practice, held.taken_by),
        "ladder": name,
        "rung": held.rung + 1,
        "rungs": [*rungs, f"{words.name_of(practice, practice.last_resort)}, the last resort"],
    }


def choices(loaded: LoadedPractice, case: Case) -> dict[str, tuple[str, ...]]:
    """What a note about this case may name: ``barriers`` by id, ``buttons`` of its status."""
    lane = loaded.lanes.get(case.lane)
    status = lane.statuses.get(case.status) if lane else None
    return {
        "barriers": tuple(lane.barriers if lane else loaded.practice.barriers),
        "buttons": status.task.buttons if status else (),
    }
