"""Owns what one patient's log is as a replay reads it. Knows no Django."""

from __future__ import annotations

from typing import NamedTuple

from laneflow.engine.merging import MERGED_FROM
from laneflow.engine.state import Instant
from laneflow.store import codec

HistoryInput = tuple[int, str, str, str]
"""n (the order they were taken in), kind, fate, body."""

HistoryDecision = tuple[str, int, Instant, str, str, str, str, str]
"""case, seq, at, what it answered (kind, source, key), the lane's hash, changes."""


class History(NamedTuple):
    """One patient's whole log: inputs in order, and the decisions of their cases, each in order."""

    patient: str
    inputs: list[HistoryInput]
    decisions: list[HistoryDecision]


def merged_from(body: str) -> tuple[str, str]:
    """The patient that stays and the one that went, of a merger's event as it is stored."""
    event = codec.taken("event", body)
    return event.patient, str(event.data.get(MERGED_FROM, ""))
