"""Owns what a release is: its parts, and how they are kept. Knows no Django."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from laneflow.engine.state import Instant
from laneflow.store import codec

Name = tuple[str, str]
"""(kind, name): kinds are ``practice``, ``lane``, ``script`` and ``file``."""


class Part(NamedTuple):
    """One part of a release: the hash that tells versions of it apart, and its content."""

    hash: str
    content: bytes


class Release(NamedTuple):
    """What was made live together: the ``n``-th time, when, by whom and why."""

    n: int
    at: Instant
    by: str
    why: str
    parts: dict[Name, str]


_parts = msgspec.json.Decoder(list[tuple[str, str, str]])


def encoded(parts: Mapping[Name, str]) -> str:
    """The parts of a release as they are kept: a list of kind, name and hash."""
    return codec.text([(kind, name, hash_) for (kind, name), hash_ in sorted(parts.items())])


def decoded(text: str) -> dict[Name, str]:
    """The parts of a release from what is kept of them."""
    return {(kind, name): hash_ for kind, name, hash_ in _parts.decode(text)}
