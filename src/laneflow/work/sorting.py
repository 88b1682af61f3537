"""A patient's events together and in order, however many there are: a sort that spills to disk."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import IO

import msgspec

from laneflow.engine.state import Event, Instant

IN_MEMORY = 100_000
"""Events held at once; more are sorted in runs of this many and merged from disk."""


def by_patient(events: Iterable[Event], in_memory: int = IN_MEMORY) -> Iterator[list[Event]]:
    """Each patient's events, oldest first; at one instant they keep the order they came in."""
    runs: list[Iterable[tuple[str, Instant, Event]]] = []
    held: list[tuple[str, Instant, Event]] = []
    for event in events:
        held.append((event.patient, event.time, event))
        if len(held) >= in_memory:
            runs.append(_spilled(sorted(held, key=_order)))
            held = []
    runs.append(sorted(held, key=_order))
    merged = heapq.merge(*runs, key=_order) if len(runs) > 1 else iter(runs[0])
    for _, group in groupby(merged, key=lambda row: row[0]):
        yield [row[2] for row in group]


def _order(row: tuple[str, Instant, Event]) -> tuple[str, Instant]:
    return row[0], row[1]


def _spilled(rows: list[tuple[str, Instant, Event]]) -> Iterator[tuple[str, Instant, Event]]:
    """Write a sorted run to a nameless file at once, and give it back when it is asked for.

    The file has no name, so that no patient's data is left behind however the process ends.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the run is read)
    encoder = msgspec.msgpack.Encoder()
    for row in rows:
        content = encoder.encode(row[2])
        file.write(len(content).to_bytes(4, "big"))
        file.write(content)
    file.seek(0)
    return _read_back(file)


def _read_back(file: IO[bytes]) -> Iterator[tuple[str, Instant, Event]]:
    decoder = msgspec.msgpack.Decoder(Event)
    with file:
        while size := file.read(4):
            event = decoder.decode(file.read(int.from_bytes(size, "big")))
            yield event.patient, event.time, event
