"""Owns how the same thing is recognised again: digests of inputs, the chain of the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from laneflow.engine.state import Act, Event

_encoder = msgspec.json.Encoder(order="deterministic")


def digest(taken: Event | Act) -> str:
    """What an input says, in 32 hex digits: the same in whatever order its data came, and when."""
    if isinstance(taken, Event):
        said = (taken.source, taken.id, taken.type, taken.time, taken.patient, taken.data)
        return blake2b(_encoder.encode(said), digest_size=16).hexdigest()
    acted = (taken.id, taken.kind, taken.by, taken.role, taken.patient, taken.case, taken.data)
    return blake2b(_encoder.encode(acted), digest_size=16).hexdigest()


def chained(before: str, row: Mapping[str, Any]) -> str:
    """The hash, in 64 hex digits, of an audit row that follows the one whose hash is ``before``."""
    return blake2b(before.encode() + _encoder.encode(row), digest_size=32).hexdigest()
