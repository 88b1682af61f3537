"""Quarantine: each bad record is taken in again, as it is or mended, or set aside with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import msgspec

from laneflow.engine.state import Event
from laneflow.errors import LaneflowError, Problem
from laneflow.intake import Bad, Vocabulary, read
from laneflow.intake.records import MOST_RAW
from laneflow.store.digest import digest
from laneflow.work.app import App
from laneflow.work.take_in import TakenIn, take_in

_FHIR = "fhir:"


@dataclass(slots=True)
class Again:
    """What became of a bad record that was tried again.

    ``mended``: it is dealt with. ``why``: what is still wrong with it, clauses with their hints.
    ``became``: the bad records (digests) that now stand for it, where it is bad in another way.
    """

    mended: bool = False
    why: list[str] = field(default_factory=list)
    became: list[str] = field(default_factory=list)
    taken: TakenIn = field(default_factory=TakenIn)


def found(app: App, beginning: str) -> dict[str, Any]:
    """The bad record whose digest begins so, not dealt with yet.

    Raises LaneflowError where none, or more than one, does, or where it is dealt with.
    """
    row = app.store.bad_record(beginning)
    if row is None:
        what = f'no bad record, or more than one, begins with "{beginning[:80]}"'
        hint = "`laneflow quarantine list` shows them."
        raise LaneflowError(Problem("quarantine", 0, 0, what, hint))
    if row["mended_at"] is not None:
        raise LaneflowError(Problem("quarantine", 0, 0, "this bad record is dealt with already"))
    return row


def again(app: App, row: Mapping[str, Any], by: str, raw: str | None = None) -> Again:
    """Take a bad record in once more, ``raw`` in its place where somebody has mended its text.

    Where it still cannot be read nothing is changed. What was taken in before is known, and not
    taken in twice. Raises LaneflowError where not all of the record was kept.
    """
    if raw is None and len(row["raw"]) >= MOST_RAW:
        what = "the record is longer than what is kept of it"
        hint = "Mend its file and take that in again, then set this one aside."
        raise LaneflowError(Problem("quarantine", 0, 0, what, hint))
    records = list(_records(app, row, row["raw"] if raw is None else raw))
    bad = [record for record in records if isinstance(record, Bad)]
    if bad or not records:
        return Again(why=[_told(one) for one in bad] or ["there is nothing in it to take in"])
    events = [record for record in records if isinstance(record, Event)]
    done = Again(taken=take_in(app, events))
    if done.taken.quarantined:
        refused = [one for one in map(app.store.bad_record, map(digest, events)) if one]
        waiting = [one for one in refused if one["mended_at"] is None]
        done.why = [one["reason"] for one in waiting] or ["the same was set aside before"]
        done.became = [one["digest"] for one in waiting if one["digest"] != row["digest"]]
    if done.taken.quarantined > len(done.became):
        return done
    did = "taken in" if raw is None or raw == row["raw"] else "mended and taken in"
    counts = {"new": done.taken.new, "known": done.taken.duplicates}
    done.mended = _dealt_with(app, row["digest"], by, {"did": did} | counts)
    return done


def set_aside(app: App, row: Mapping[str, Any], by: str, reason: str) -> None:
    """Deal with a bad record by not taking it in. Raises LaneflowError without a reason."""
    if not reason.strip():
        what = "say why it is not taken in"
        raise LaneflowError(Problem("reason", 0, 0, what, "Whoever asks about it later reads it."))
    _dealt_with(app, row["digest"], by, {"did": "set aside", "reason": reason.strip()[:1000]})


def _dealt_with(app: App, digest_: str, by: str, detail: Mapping[str, Any]) -> bool:
    now = app.clock.now()
    with app.store.transaction():
        mended = app.store.mend([digest_], now) > 0
        if mended:
            about = f"quarantine {digest_}"
            app.store.audit(
                {"at": now, "by": by, "what": "quarantine", "object": about, "detail": detail}
            )
    return mended


def _records(app: App, row: Mapping[str, Any], raw: str) -> Iterator[Event | Bad]:
    """The record read again, as its feed sent it, or as laneflow itself wrote it down."""
    if not row["file"] and not row["line"]:
        try:
            yield msgspec.json.decode(raw, type=Event)
            return
        except msgspec.MsgspecError:
            pass
    source = row["source"]
    feed = {"feed": source.removeprefix(_FHIR)} if source.startswith(_FHIR) else {}
    yield from read(
        BytesIO(raw.encode()), now=app.clock.now(), vocabulary=Vocabulary.of(app.loaded),
        time_zone=app.loaded.practice.time_zone, **feed,
    )  # fmt: skip


def _told(bad: Bad) -> str:
    return f"{bad.reason}. {bad.hint}" if bad.hint else bad.reason
