"""What the tests of intake share: real material written by others, and short ways to read."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

from laneflow.engine.state import Event
from laneflow.intake import Bad, read

REAL = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
Read = Callable[..., tuple[list[Event], list[Bad]]]


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """A folder or file of real material; the test is skipped where it is absent."""

    def find(name: str) -> Path:
        path = (REAL / name).resolve()
        if not path.exists():
            pytest.skip(f"../shared/data/{name} is not here")
        return path

    return find


@pytest.fixture
def taken() -> Read:
    """Read bytes, an object, or several (as lines) and part the events from the bad records."""

    def take(*records: Any, **options: Any) -> tuple[list[Event], list[Bad]]:
        lines = [r if isinstance(r, bytes) else msgspec.json.encode(r) for r in records]
        return parted(read(BytesIO(b"\n".join(lines) + b"\n"), **options))

    return take


@pytest.fixture
def sent() -> Callable[..., dict[str, Any]]:
    """A good CloudEvent, with some attributes changed; a None leaves one out."""

    def make(**changes: Any) -> dict[str, Any]:
        event = {
            "specversion": "1.0",
            "id": "evt-1",
            "source": "ehr/scheduling",
            "type": "appointment.booked",
            "time": "2026-03-02T09:15:00-05:00",
            "subject": "p7",
            "data": {"appointment.id": "a1", "appointment.start": "2026-03-09T14:30:00-04:00"},
        } | changes
        return {name: value for name, value in event.items() if value is not None}

    return make


def parted(items: Any) -> tuple[list[Event], list[Bad]]:
    """Events and bad records, each in order."""
    every = list(items)
    return [i for i in every if isinstance(i, Event)], [i for i in every if isinstance(i, Bad)]
