"""Taking events in: each exactly once, whatever is sent again, and nothing bad stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from laneflow.engine.state import Event, FileResult, Instant
from laneflow.intake import Bad
from laneflow.store.digest import digest
from laneflow.work.app import App
from laneflow.work.clock import MINUTE
from laneflow.work.deciding import Input, When, work
from laneflow.work.garbage import rarely_collected
from laneflow.work.sorting import by_patient

CHUNK = 2_000
"""Events decided and written together."""

AHEAD: Instant = 5 * MINUTE
"""How far ahead of the clock an event may lie: senders' clocks differ."""


@dataclass(slots=True)
class TakenIn:
    """What became of everything that was read.

    ``read`` = ``new`` + ``duplicates`` + ``quarantined``, where ``conflicts`` (a known id with
    other content) and events dated ahead of the clock are quarantined, too. ``fates`` counts the
    new ones: placed, opened, recorded, stale, too_old, unplaced, held. ``cases`` counts the cases
    that were opened.
    """

    read: int = 0
    new: int = 0
    duplicates: int = 0
    conflicts: int = 0
    quarantined: int = 0
    cases: int = 0
    fates: dict[str, int] = field(default_factory=dict)

    @property
    def opened(self) -> int:
        """Events that opened a case."""
        return self.fates.get("opened", 0)

    @property
    def unplaced(self) -> int:
        """Events that wait on the unplaced list for a person to say where they belong."""
        return self.fates.get("unplaced", 0)

    @property
    def too_old(self) -> int:
        """Triggers recorded without opening a case, being older than their lane's stale_after."""
        return self.fates.get("too_old", 0)


Progress = Callable[[TakenIn], None]


def take_in(
    app: App,
    records: Iterable[Event | Bad],
    *,
    replay: bool = False,
    progress: Progress | None = None,
) -> TakenIn:
    """Take events in, durably, and decide what follows from them; return what became of them.

    Live, every event arrives now. With ``replay`` each arrives when it happened: a patient's
    events are put in order of time, and what fell due between them is decided on its own day.
    Taking the same records in again changes nothing. ``progress`` is called after each chunk,
    when what it counts is safe on disk, and while a replay still reads.
    """
    intake = _Intake(app, replay, progress or (lambda _: None))
    with rarely_collected():
        for chunk in intake.chunks(records):
            intake.take(chunk)
            intake.progress(intake.taken)
    return intake.taken


class _Intake:
    """One run of intake: its counts, its clock and its chunks."""

    def __init__(self, app: App, replay: bool, progress: Progress) -> None:
        self.app = app
        self.progress = progress
        self.replay = replay
        self.taken = TakenIn()

    def chunks(self, records: Iterable[Event | Bad]) -> Iterator[list[Event]]:
        """Events to take in together; bad records go to quarantine as they are passed."""
        events = self._good(records)
        if not self.replay:
            while chunk := list(islice(events, CHUNK)):
                yield chunk
            return
        chunk = []
        for one_patient in by_patient(events):
            chunk += one_patient
            if len(chunk) >= CHUNK:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def take(self, chunk: list[Event]) -> None:
        """Decide and write one chunk."""
        now = self.app.clock.now()
        waiting: dict[str, list[Input]] = {}
        for event in self._new(chunk, now):
            at = event.time if self.replay else now
            waiting.setdefault(event.patient, []).append(msgspec.structs.replace(event, at=at))
        if waiting:
            when = When(until=None, pause=False) if self.replay else When.live(now)
            worked = work(self.app, waiting, when)
            self._count(worked.written)
            self._quarantine(
                [
                    _refused(event, digest(event), f"laneflow failed on it: {why}", now)
                    for patient, why in worked.failed.items()
                    for event in waiting[patient]
                    if isinstance(event, Event)
                ]
            )

    def _good(self, records: Iterable[Event | Bad]) -> Iterator[Event]:
        bad: list[Mapping[str, Any]] = []
        for record in records:
            self.taken.read += 1
            if self.replay and self.taken.read % CHUNK == 0:
                self.progress(self.taken)
            if isinstance(record, Event):
                yield record
                continue
            bad.append(quarantine_row(record, self.app.clock.now()))
            if len(bad) >= CHUNK:
                self._quarantine(bad)
                bad = []
        self._quarantine(bad)

    def _new(self, chunk: list[Event], now: Instant) -> Iterator[Event]:
        """The events of a chunk that are not known yet; the others are counted or quarantined."""
        known = dict(self.app.store.known([(event.source, event.id) for event in chunk]))
        bad: list[Mapping[str, Any]] = []
        for event in chunk:
            key, content = (event.source, event.id), digest(event)
            before = known.get(key)
            if before == content:
                self.taken.duplicates += 1
            elif before is not None:
                self.taken.conflicts += 1
                bad.append(_refused(event, content, "known already, with other content", now))
            elif event.time > now + AHEAD:
                bad.append(_refused(event, content, "dated ahead of the clock", now))
            else:
                known[key] = content
                yield event
        self._quarantine(bad)

    def _quarantine(self, rows: list[Mapping[str, Any]]) -> None:
        if rows:
            self.app.store.quarantine(rows)
            self.taken.quarantined += len(rows)

    def _count(self, results: list[FileResult]) -> None:
        taken = self.taken
        for result in results:
            taken.new += len(result.inputs)
            for given in result.inputs:
                taken.fates[given.fate] = taken.fates.get(given.fate, 0) + 1
            taken.cases += sum(decision.seq == 1 for decision in result.decisions)


def quarantine_row(bad: Bad, at: Instant) -> dict[str, Any]:
    """A bad record as the store keeps it."""
    return {
        "digest": bad.digest,
        "source": bad.source,
        "file": bad.file,
        "line": bad.line,
        "reason": f"{bad.reason}. {bad.hint}" if bad.hint else bad.reason,
        "raw": bad.raw,
        "at": at,
    }


def _refused(event: Event, content: str, reason: str, at: Instant) -> dict[str, Any]:
    return {
        "digest": content,
        "source": event.source,
        "file": "",
        "line": 0,
        "reason": reason,
        "raw": msgspec.json.encode(event).decode(),
        "at": at,
    }
