"""The hash of what a lane or practice means: its version."""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeVar

import msgspec

from laneflow.lanes.model import Lane, Value

_PLACES = frozenset({"where", "file", "hash"})
V = TypeVar("V", bound=Value)


def with_hash(value: V) -> V:
    """``value`` (a Lane or Practice) with its ``hash`` set: SHA-256 in hex, 64 characters.

    Places do not count, nor does the order of entries in a map, save that a lane's first status is
    where its cases start. Order in lists does: the first rule that fits wins.
    """
    plain = _plain(value)
    if isinstance(value, Lane):
        plain = [plain, value.first_status]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return msgspec.structs.replace(value, hash=hashlib.sha256(text.encode()).hexdigest())


def _plain(value: Any) -> Any:
    """Values as lists, scalars and text: every struct with its type, every map in order of keys."""
    if isinstance(value, Value):
        fields = [(n, getattr(value, n)) for n in value.__struct_fields__ if n not in _PLACES]
        return [type(value).__name__, *([name, _plain(v)] for name, v in fields)]
    if isinstance(value, dict):
        return ["{}", *([key, _plain(value[key])] for key in sorted(value))]
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value
