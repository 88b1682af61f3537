"""The practice at work, small enough to follow by hand: one lane, a fixed clock, a real store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cast
from laneflow.engine.state import Event
from laneflow.practice.model import LoadedPractice
from laneflow.store import open_store
from laneflow.work import versions
from laneflow.work.app import App
from laneflow.work.clock import FixedClock

FRIDAY = cast.t("2026-09-04 10:00")


@pytest.fixture
def clock() -> FixedClock:
    """It is Friday, ten in the morning."""
    return FixedClock(FRIDAY)


@pytest.fixture
def new_app(tmp_path: Path, clock: FixedClock) -> Callable[[str], App]:
    """Makes an app on a database of the given name; the same name opens the same one again."""

    def make(name: str = "one", **lane: Any) -> App:
        store = open_store(f"sqlite:///{tmp_path}/{name}.sqlite3")
        lanes = {"discharge-outreach": cast.lane(**lane)}
        loaded = LoadedPractice(practice=cast.practice(), lanes=lanes, folder=str(tmp_path))
        if not store.released():
            store.release(versions.parts_of(loaded, {}), clock.now(), "test", "", after=0)
        return App(tmp_path, store, loaded, clock)

    return make


@pytest.fixture
def app(new_app: Callable[[str], App]) -> App:
    """One app."""
    return new_app("one")


def discharge(patient: str, n: int = 0, at: int = FRIDAY, **data: Any) -> Event:
    """A patient is sent home."""
    return Event(f"{patient}-{n}", "ehr", "encounter.discharged", at, patient, data)
