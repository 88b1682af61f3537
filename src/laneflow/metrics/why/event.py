"""Owns why an event went where it went: what the log says, and what the engine judges of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from laneflow.engine.explain.events import CaseAsked, ExplainedEvent, LaneAsked, explain_event
from laneflow.engine.route import record_of
from laneflow.engine.state import Event
from laneflow.errors import LaneflowError, Problem
from laneflow.metrics.why.telling import asked_in_words, note_in_words
from laneflow.metrics.why.then import live_then, whole_file_then
from laneflow.practice import words
from laneflow.work.app import App


class EventWhy(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """``fate``, ``cases`` and ``why``: what the log says became of it. ``judged``: the same asked
    of the engine once more, with every test. ``newer``: the event that made it stale.
    ``settled``: what a person did with it since, if it waited for one."""

    fate: str
    cases: tuple[str, ...]
    why: str
    judged: ExplainedEvent
    newer: str = ""
    settled: str = ""
    unknown: tuple[str, ...] = ()
    zone: str = ""


def find_event(app: App, named: str) -> dict[str, Any] | None:
    """The log's row of an event called ``ID`` or ``SOURCE#ID``; None where the log has none.

    Raises LaneflowError where several sources have sent that id, and where it was put aside as bad.
    """
    rows = [row for row in app.store.named(named) if row["kind"] == "event"]
    source, mark, id_ = named.partition("#")
    if not rows and mark:
        rows = [row for row in app.store.named(id_) if row["source"] == source]
    if len(rows) > 1:
        sources = ", ".join(f"{row['source']}#{named}" for row in rows)
        what = f'several sources have sent an event "{named}"'
        raise LaneflowError(Problem("event", 0, 0, what, f"Say which: {sources}."))
    if rows:
        return rows[0]
    _refuse_quarantined(app, id_ if mark else named)
    return None


def _refuse_quarantined(app: App, id_: str) -> None:
    for row in app.store.quarantined():
        if _id_of(row["raw"]) == id_:
            place = f"{row['file']}:{row['line']}" if row["line"] else row["file"]
            what = f"this record was put aside and has done nothing: {row['reason']}"
            hint = "Put it right in the feed and send it again."
            raise LaneflowError(Problem(place or row["source"], 0, 0, what, hint))


def _id_of(raw: str | bytes) -> str:
    """The id a record gives itself; "" where it cannot be read."""
    try:
        record = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    return str(record.get("id", "")) if isinstance(record, dict) else ""


def why_event(app: App, row: dict[str, Any]) -> EventWhy:
    """Why the event of a row of the log went where it went, as of the instant it came."""
    event: Event = row["input"]
    live, unknown = live_then(app, event.at)
    before = (event.source, event.id)
    file = whole_file_then(app.store, live, event.patient, event.at, before=before)
    judged = explain_event(live, file, event)
    if judged.fate != row["fate"]:
        said = f"Asked again with what the log still tells, it would be: {judged.fate}."
        unknown = (*unknown, said)
    return EventWhy(
        fate=row["fate"], cases=tuple(row["cases"]), why=row["why"], judged=judged,
        newer=_newer(app, judged), settled=_settled(app, event), unknown=unknown,
        zone=live.practice.time_zone,
    )  # fmt: skip


def _newer(app: App, judged: ExplainedEvent) -> str:
    """The event whose news of the same record was newer."""
    if judged.newer is None:
        return ""
    for row in app.store.inputs(patient=judged.patient):
        item = row["input"]
        same = isinstance(item, Event) and record_of(item) == judged.record
        if same and item.time == judged.newer:
            return f"{item.type} ({item.source}#{item.id})"
    return ""


def _settled(app: App, event: Event) -> str:
    for row in app.store.unplaced(open_only=False):
        if (row["source"], row["id"]) == (event.source, event.id):
            practice = app.loaded.practice
            if row["state"] == "open":
                due = words.spoken(row["due"], practice.time_zone)
                return f"{words.name_of(practice, row['owner'])} is to place it by {due}"
            by = words.name_of(practice, row["settled_by"])
            why = f": {row['settled_reason']}" if row["settled_reason"] else ""
            return f"{by} has {row['state']} it{why}"
    return ""


# in words -----------------------------------------------------------------------------------------

_FATES = {
    "placed": "It went to {cases}.",
    "opened": "It opened {opened}.",
    "recorded": "It is kept in the patient's history; no case learned of it.",
    "stale": "It was held stale: it sets no fact and triggers nothing.",
    "too_old": "It is kept in the patient's history; being too old, it opened nothing.",
    "unplaced": "It was left unplaced: nothing is guessed.",
    "held": "It is held back, to be looked at again when the other case closes.",
}


def tell_event(found: EventWhy, *, full: bool = False) -> Iterator[str]:
    """The answer as lines: what became of it, then each case and each lane with its tests."""
    judged, zone = found.judged, found.zone
    yield (
        f"{judged.type} from {judged.source}, of {words.spoken(judged.time, zone)}, "
        f"taken in {words.spoken(judged.at, zone)}"
    )
    went = [case for case in found.cases if case not in judged.opened]
    yield f"  {_FATES[found.fate].format(cases=', '.join(went), opened=', '.join(judged.opened))}"
    if found.fate in ("opened", "held") and went:
        yield f"  It went to {', '.join(went)}, too."
    if found.why:
        yield f"  Because {found.why}."
    if judged.newer is not None:
        told = f"{found.newer}, of " if found.newer else "news of "
        yield f"  The newer one of {judged.record}: {told}{words.spoken(judged.newer, zone)}."
    if found.settled:
        yield f"  {found.settled}."
    yield from _tell_cases(found, full=full)
    yield from _tell_lanes(found)


def _tell_cases(found: EventWhy, *, full: bool) -> Iterator[str]:
    judged = found.judged
    if judged.fate == "stale":
        return
    if not judged.cases:
        yield "  The patient had no open case."
        return
    yield "  Cases open then:"
    for asked in judged.cases:
        yield from _tell_case(asked, found.zone, full=full or not asked.went)


def _tell_case(asked: CaseAsked, zone: str, *, full: bool) -> Iterator[str]:
    mark = "yes" if asked.went else "NO "
    yield f"    {mark} {asked.case} ({asked.lane}): {asked.why}"
    if asked.condition is not None and full:
        yield from asked_in_words(asked.condition, zone, "          ")


def _tell_lanes(found: EventWhy) -> Iterator[str]:
    judged = found.judged
    if judged.fate == "stale":
        return
    if not judged.heard_by:
        yield f"  No lane listens to {judged.type}."
    elif not judged.lanes:
        yield f"  No lane is opened by {judged.type}."
    else:
        yield "  Lanes it could open:"
    for asked in judged.lanes:
        yield from _tell_lane(asked, found.zone)


def _tell_lane(asked: LaneAsked, zone: str) -> Iterator[str]:
    mark = "yes" if asked.kind in ("opens", "reopens") else "NO "
    yield f"    {mark} {asked.lane}: {note_in_words(asked.why, zone)}"
    for trigger in asked.triggers:
        if trigger.condition.parts or trigger.condition.test:
            place = f" ({trigger.file}:{trigger.line})" if trigger.line else ""
            yield f"          {trigger.name}{place}"
            yield from asked_in_words(trigger.condition, zone, "            ")
