"""Uploads: a file of events that somebody sends to a page, taken in whole or not at all."""

from __future__ import annotations

from io import BytesIO
from itertools import islice

from laneflow.engine.state import Event
from laneflow.errors import LaneflowError, Problem
from laneflow.intake import Bad, Vocabulary, read
from laneflow.work.app import App
from laneflow.work.take_in import TakenIn, take_in

LARGEST = 5 * 1024 * 1024
"""Bytes: some ten thousand events, a few seconds' work."""

MOST = 50_000
"""Records in one file."""

MOST_BAD = 200
"""Bad records past which a file is none of events, and nothing of it goes into quarantine."""


class _Upload(BytesIO):
    name = "upload"
    """what its bad records are told to come from: a file's own name may be a patient's"""


def taken_from(app: App, content: bytes, by: str) -> TakenIn:
    """Take a file's events in; what is bad of it goes to quarantine.

    Raises LaneflowError, and takes nothing in, where it holds no events, or mostly what is none.
    """
    now, practice = app.clock.now(), app.loaded.practice
    vocabulary = Vocabulary.of(app.loaded)
    records = read(_Upload(content), now=now, vocabulary=vocabulary, time_zone=practice.time_zone)
    kept: list[Event | Bad] = []
    bad = 0
    for record in islice(records, MOST + 1):
        kept.append(record)
        if isinstance(record, Bad):
            bad += 1
            if bad > MOST_BAD:
                what = f"more than {MOST_BAD} of its records cannot be read: nothing was taken in"
                hint = f"The first, on line {record.line}: {_first(kept).reason}."
                raise LaneflowError(Problem("file", 0, 0, what, hint))
    if not kept:
        what = "there is nothing in it to take in"
        hint = "It holds CloudEvents or FHIR R4, as JSON or one record a line."
        raise LaneflowError(Problem("file", 0, 0, what, hint))
    if len(kept) > MOST:
        what = f"it holds more than {MOST} records: nothing was taken in"
        raise LaneflowError(Problem("file", 0, 0, what, "Take it in on the server."))
    taken = take_in(app, kept)
    detail = {"new": taken.new, "known": taken.duplicates, "bad": taken.quarantined}
    app.store.audit({"at": now, "by": by, "what": "intake", "object": "", "detail": detail})
    return taken


def _first(kept: list[Event | Bad]) -> Bad:
    return next(record for record in kept if isinstance(record, Bad))
