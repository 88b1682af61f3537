"""Patients' stories for a replay: read from files of events, or from the store's log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import msgspec

from laneflow.engine.merging import MERGED, MERGED_FROM
from laneflow.engine.state import Decision, Event, Instant
from laneflow.intake import Bad
from laneflow.proofs.replay import Story
from laneflow.store import codec
from laneflow.store.contract import Store
from laneflow.store.history import History, HistoryDecision
from laneflow.work.sorting import by_patient


class Raw(msgspec.Struct, array_like=True):
    """A story on its way to the process that tells it: one patient's, or a merged family's.

    ``events`` are those of files, in order; ``histories`` come from the log, their JSON unread.
    """

    events: list[Event] = []
    histories: list[History] = []

    def story(self) -> Story:
        """The story, read."""
        if not self.histories:
            return Story(self.events)
        rows = sorted(row for history in self.histories for row in history.inputs)
        inputs = [codec.taken(kind, body) for _, kind, _, body in rows]
        log = [_decision(row) for history in self.histories for row in history.decisions]
        return Story(inputs, [fate for _, _, fate, _ in rows], log)


def _decision(row: HistoryDecision) -> Decision:
    case, seq, at, kind, source, key, lane_hash, changes = row
    return Decision(
        case, seq, at, codec.answered(kind, source, key), codec.changes(changes), lane_hash
    )


class Files:
    """Events of files, each taken in when it happened, and once; gathered patient by patient.

    Everything is read when it is made. ``first`` and ``last`` are the earliest and the latest of
    the events, None without any; ``events`` and ``bad`` how many were read, and could not be.
    """

    def __init__(
        self, records: Iterable[Event | Bad], progress: Callable[[int], None] | None = None
    ) -> None:
        self.events = self.bad = 0
        self.first: Instant | None = None
        self.last: Instant | None = None
        self._merged: list[tuple[str, str]] = []
        self._progress = progress or (lambda n: None)
        groups = by_patient(self._good(records))
        first = next(groups, None)  # to sort them, all are read
        self._groups = groups if first is None else chain((first,), groups)

    def stories(self) -> Iterator[Raw]:
        """The stories; to be asked for once."""
        of = _family_of(self._merged)
        apart: dict[str, list[Event]] = {}
        for events in self._groups:
            if not events:
                continue
            taken = _once(events)
            family = of.get(events[0].patient)
            if family is None:
                yield Raw(events=taken)
            else:
                apart.setdefault(family, []).extend(taken)
        for events in apart.values():
            yield Raw(events=sorted(events, key=lambda event: event.at))

    def _good(self, records: Iterable[Event | Bad]) -> Iterator[Event]:
        for record in records:
            if isinstance(record, Bad):
                self.bad += 1
                continue
            self.events += 1
            if self.events % TOLD == 0:
                self._progress(TOLD)
            time = record.time
            self.first = time if self.first is None or time < self.first else self.first
            self.last = time if self.last is None or time > self.last else self.last
            if record.type == MERGED:
                self._merged.append((record.patient, str(record.data.get(MERGED_FROM, ""))))
            yield record


TOLD = 2_000
"""Events read between two words of progress."""


def _once(events: Iterable[Event]) -> list[Event]:
    """The events as they were taken in when they happened; one sent again changes nothing."""
    found: dict[tuple[str, str], Event] = {}
    for event in events:
        if (event.source, event.id) not in found:
            found[event.source, event.id] = msgspec.structs.replace(event, at=event.time)
    return list(found.values())


def _family_of(merged: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Patient -> the name of their family, for whoever was merged with anybody."""
    of: dict[str, str] = {}
    for into, gone in merged:
        if not gone:
            continue
        one, other = of.setdefault(into, into), of.setdefault(gone, gone)
        if one != other:
            of.update({patient: one for patient, family in of.items() if family == other})
    return of


def logged(store: Store) -> Iterator[Raw]:
    """Every patient's story as the log holds it, page by page: nothing waits in memory."""
    of = _family_of(store.merged())
    apart: dict[str, list[History]] = {}
    for history in store.histories():
        family = of.get(history.patient)
        if family is None:
            yield Raw(histories=[history])
        else:
            apart.setdefault(family, []).append(history)
    for histories in apart.values():
        yield Raw(histories=histories)
