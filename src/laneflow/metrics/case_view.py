"""Owns the view of one case: everything a person needs to work it, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laneflow.engine.state import Case, Escalation, Instant, PatientFile
from laneflow.lanes.durations import in_words
from laneflow.lanes.model import Lane
from laneflow.lanes.words import plain
from laneflow.metrics import queue, story
from laneflow.metrics.words import input_in_words
from laneflow.outreach.prompt import Prompt, prompt_for
from laneflow.practice import words
from laneflow.practice.contact import LOOK_BACK
from laneflow.practice.model import LoadedPractice, Practice
from laneflow.store.contract import Store

if TYPE_CHECKING:
    from laneflow.engine.live import Live


def case_view(
    store: Store, live: Live, case: Case, at: Instant, *, channel: str = "", language: str = ""
) -> dict[str, Any]:
    """One case, whole: flat fields, and lists of flat rows under tasks, checklist, barriers,
    promises, escalations, ladder (of each escalation), timeline.

    ``script`` is the main task's prompt: channel, locale, parts (block, text), voicemail, gaps;
    ``channel`` and ``language`` ask for another than the attempt's and the patient's; whoever
    covers for the owner says their own name.
    """
    file = store.load([case.patient])[case.patient]
    practice = live.practice
    zone = words.zone_of(practice, case.location)
    lane = live.loaded.lanes.get(case.lane)
    told = story.timeline(store, practice, case.id)
    to_do = tasks(store, live, case, at)
    doer = to_do[0]["doer"] if case.task else ""
    return {
        **_facts(practice, lane, case, zone),
        "trigger": told[0]["happened"] if told else "",
        "why_here": _why_here(store, practice, case),
        "patient_name": patient_name(file),
        "patient_also": queue.also_open(file, case),
        "tasks": to_do,
        "script": _script(live, file, case, at, doer, channel, language),
        "checklist": _checklist(practice, lane, case, zone),
        "barriers": _barriers(practice, lane, case, zone),
        "promises": _promises(case, zone),
        "escalations": [_escalation(practice, lane, e, zone) for e in case.escalations.values()],
        "timeline": told,
    }


def patient_name(file: PatientFile) -> str:
    """The patient's name as the feeds gave it; "" where they did not."""
    parts = (file.facts.get("patient.first_name"), file.facts.get("patient.last_name"))
    return " ".join(str(part) for part in parts if part)


def _facts(practice: Practice, lane: Lane | None, case: Case, zone: str) -> dict[str, Any]:
    closed = case.closed
    return {
        "case": case.id,
        "patient": case.patient,
        "lane": case.lane,
        "lane_title": lane.title if lane else case.lane,
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


def _why_here(store: Store, practice: Practice, case: Case) -> str:
    """The last thing that moved the case into the status it stands in, with its rule's line."""
    found = ""
    for step in story.steps(store, case.id):
        if step.before is not None and step.before.status == step.after.status:
            continue
        happened = input_in_words(practice, step.decision.input, step.input)
        places = [f"{t.rule} ({t.file}:{t.line})" for t in step.decision.trace if t.file]
        by = ", by " + " and ".join(places) if places else ""
        found = f"{happened}{by}"
    return found


def tasks(store: Store, live: Live, case: Case, at: Instant) -> list[dict[str, Any]]:
    """A case's open tasks as queue items, the main one first."""
    load = store.holding(at)
    file = store.load([case.patient])[case.patient]
    found = [task for task in (case.task, *case.side.values()) if task is not None]
    contacts = store.contacts([case.patient], at - LOOK_BACK).get(case.patient, [])
    return [queue.item(live, file, case, task, at, load, contacts) for task in found]


def _script(
    live: Live,
    file: PatientFile,
    case: Case,
    at: Instant,
    speaker: str,
    channel: str,
    language: str,
) -> dict[str, Any] | None:
    task = case.task
    if task is None or not task.script:
        return None
    prompt = prompt_for(
        live.loaded, case, file.facts, task, at,
        channel=channel, language=language, speaker=speaker,
    )  # fmt: skip
    return script_row(prompt)


def script_row(prompt: Prompt) -> dict[str, Any]:
    """A prompt as JSON: script, channel, locale, parts (block, text), voicemail, gaps."""
    return {
        "script": prompt.script,
        "channel": prompt.channel,
        "locale": prompt.locale,
        "fell_back": prompt.fell_back,
        "parts": [{"block": part.block, "text": part.text} for part in prompt.parts],
        "text": prompt.text,
        "voicemail": prompt.voicemail,
        "gaps": list(prompt.gaps),
    }


def _checklist(
    practice: Practice, lane: Lane | None, case: Case, zone: str
) -> list[dict[str, Any]]:
    known = {item.id: item for item in lane.checklist} if lane else {}
    rows = []
    for key, state in case.items.items():
        item = known.get(key)
        owed_by = item.owed_by if item else ""
        rows.append(
            {
                "item": key,
                "label": item.label if item else plain(key),
                "state": state.state,
                "owed_by": practice.parties.get(owed_by, owed_by),
                "due": words.iso(state.due.at, zone) if state.due else None,
                "asked": state.asked,
            }
        )
    return rows


def _barriers(practice: Practice, lane: Lane | None, case: Case, zone: str) -> list[dict[str, Any]]:
    known = lane.barriers if lane else practice.barriers
    return [
        {
            "barrier": key,
            "title": known[key].title if key in known else plain(key),
            "since": words.iso(since, zone),
        }
        for key, since in case.barriers.items()
    ]


def _promises(case: Case, zone: str) -> list[dict[str, Any]]:
    return [
        {
            "promise": key,
            "what": promise.what,
            "by_whom": promise.by_whom,
            "by_when": words.iso(promise.by_when, zone),
            "kept": promise.kept,
        }
        for key, promise in case.promises.items()
    ]


def _escalation(
    practice: Practice, lane: Lane | None, held: Escalation, zone: str
) -> dict[str, Any]:
    rules = lane.escalations if lane else ()
    rule = next((rule for rule in rules if rule.id == held.rule), None)
    name = rule.ladder if rule else practice.default_ladder
    ladder = practice.ladders.get(name)
    rungs = [f"{r.role} within {in_words(r.within)}" for r in ladder.rungs] if ladder else []
    return {
        "escalation": held.rule,
        "text": rule.text if rule else plain(held.rule),
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
