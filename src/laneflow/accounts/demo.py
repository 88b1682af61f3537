"""Owns the demo's mark: logins whose passwords were printed work in the demo's own folder only."""

from __future__ import annotations

import hashlib
from pathlib import Path

from laneflow.store.contract import Store


def mark(store: Store, folder: Path) -> None:
    """Note in the store that it is the demo's, laid out in this folder."""
    store.advance(_name(folder), 1)


def is_demo(store: Store, folder: Path) -> bool:
    """Whether the store is the demo's and still where the demo laid it out."""
    return store.reached(_name(folder)) >= 1


def _name(folder: Path) -> str:
    where = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()
    return f"demo {where[:16]}"
