"""Decide outside the transaction, write behind the fence, and let losers decide again."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from laneflow.engine.merging import MERGED, MERGED_FROM, merge
from laneflow.engine.run import run
from laneflow.engine.state import Act, Event, FileResult, Instant, PatientFile
from laneflow.work.app import App
from laneflow.work.clock import MINUTE

if TYPE_CHECKING:
    from laneflow.engine.live import Live

log = structlog.get_logger("laneflow.work")

Input = Event | Act

LATE: Instant = MINUTE
"""A wake later than this is an outage: it is decided as of now, after everything that waited."""

ROWS = 2_000
"""The most rows of one transaction, so that a person's click never waits long behind one."""

PAUSE = 0.005
"""Seconds between two transactions that follow each other at once, for others to write in."""

TRIES = 50
"""How often a patient's file may change under one decision before something must be wrong."""


@dataclass(frozen=True, slots=True)
class When:
    """On what clock files are decided.

    ``until``: work every file up to this instant; None: only up to its own last input (replay).
    ``since``: wakes due before it are an outage, see ``engine.run``; None: each on its own clock.
    """

    until: Instant | None
    since: Instant | None = None
    pause: bool = True

    @classmethod
    def live(cls, now: Instant) -> When:
        """The present: what is more than a minute late is decided once, as of now."""
        return cls(until=now, since=now - LATE)


@dataclass(slots=True)
class Worked:
    """What came of deciding some files: the results written, and files deciding failed on."""

    written: list[FileResult] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """patient -> the kind of error; nothing of such a file was written"""


def work(app: App, waiting: Mapping[str, Sequence[Input]], when: When) -> Worked:
    """Decide these patients' inputs and due wakes, and write them.

    An input's ``at`` never runs backwards within its file: it is taken in no earlier than what
    was decided before it. A loser of the fence decides again, less what somebody else took in.
    A file the engine fails on stops no other: it is named in ``failed``.
    """
    todo = {patient: list(inputs) for patient, inputs in waiting.items()}
    done = Worked()
    merge_records(app, todo, done)
    for _ in range(TRIES):
        results, moved = _decided(app, todo, when, done)
        lost: list[str] = []
        for number, batch in enumerate(batches(results)):
            if number and when.pause:
                time.sleep(PAUSE)
            latest = max(result.file.at for result in batch)
            losers = set(app.store.apply(batch, clock=when.until or latest))
            done.written += [result for result in batch if result.patient not in losers]
            lost += losers
        if not lost and not moved:
            return done
        todo = _again(app, {patient: todo[patient] for patient in lost})
        for patient, inputs in moved.items():
            todo.setdefault(patient, []).extend(inputs)
    raise RuntimeError(f"{len(todo)} files changed under {TRIES} decisions in a row")


def _decided(
    app: App, todo: Mapping[str, Sequence[Input]], when: When, done: Worked
) -> tuple[list[FileResult], dict[str, list[Input]]]:
    """The results, and what came for a merged record: it is decided with the one that stayed."""
    results: list[FileResult] = []
    moved: dict[str, list[Input]] = {}
    files = app.store.load(list(todo))
    app.follow()
    live = app.live
    for patient, file in files.items():
        if file.merged_into:
            new = [msgspec.structs.replace(i, patient=file.merged_into) for i in todo[patient]]
            if new:
                moved.setdefault(file.merged_into, []).extend(new)
            continue
        try:
            results.append(decide(live, file, todo[patient], when))
        except Exception as error:  # noqa: BLE001 (one file must never stop the others)
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            done.failed[patient] = f"{type(error).__name__} at {where}"
            log.error("a file could not be decided", error=done.failed[patient])
            app.forget_live()
    return results, moved


def merge_records(app: App, todo: dict[str, list[Input]], done: Worked) -> None:
    """Take in every ``patient.merged`` of ``todo``: both files of each in one transaction."""
    for patient, inputs in list(todo.items()):
        for event in inputs:
            if isinstance(event, Event) and event.type == MERGED:
                done.written += _merge(app, event)
        todo[patient] = [i for i in inputs if not (isinstance(i, Event) and i.type == MERGED)]
        if not todo[patient] and inputs:
            del todo[patient]


def _merge(app: App, event: Event) -> list[FileResult]:
    gone = str(event.data.get(MERGED_FROM, ""))
    for _ in range(TRIES):
        files = app.store.load([patient for patient in (event.patient, gone) if patient])
        app.follow()
        into, other = files[event.patient], files.get(gone)
        if other is None or gone == event.patient or other.merged_into or into.merged_into:
            results = [run(app.live, into, [event], event.at)]  # nothing to merge, only to record
        else:
            results = list(merge(app.live, into, other, event))
        try:
            with app.store.transaction():
                if app.store.apply(results):
                    raise _LostError  # one of the two moved on: neither is written
        except _LostError:
            continue
        return results
    raise RuntimeError(f"two records changed under {TRIES} mergers in a row")


class _LostError(Exception):
    """Somebody else wrote first; what was decided is thrown away."""


def decide(live: Live, file: PatientFile, inputs: Sequence[Input], when: When) -> FileResult:
    """One file's inputs and wakes, decided and not written."""
    at = file.at
    dated: list[Input] = []
    for given in inputs:
        at = max(at, given.at)
        dated.append(given if given.at == at else msgspec.structs.replace(given, at=at))
    return run(live, file, dated, max(at, when.until or at), when.since)


def batches(results: Sequence[FileResult], most: int = ROWS) -> Iterator[list[FileResult]]:
    """Cut results into transactions of at most about ``most`` rows; a file is never cut."""
    batch: list[FileResult] = []
    rows = 0
    for result in results:
        size = 1 + len(result.inputs) + len(result.decisions) + len(result.touched)
        if batch and rows + size > most:
            yield batch
            batch, rows = [], 0
        batch.append(result)
        rows += size
    if batch:
        yield batch


def key_of(given: Input) -> tuple[str, str]:
    """(source, id): what makes an input the same one; acts are their own source."""
    return (given.source, given.id) if isinstance(given, Event) else ("act", given.id)


def _again(app: App, lost: dict[str, list[Input]]) -> dict[str, list[Input]]:
    """What losers still have to decide: less the inputs that are in the log by now."""
    known = app.store.known([key_of(given) for inputs in lost.values() for given in inputs])
    return {
        patient: [given for given in inputs if key_of(given) not in known]
        for patient, inputs in lost.items()
    }
