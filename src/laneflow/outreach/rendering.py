"""One rendering: its language and zone, what it may spend, and the values it found missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Undefined

MAX_STEPS = 2_000
"""Loop turns, macro calls and includes in one rendering; a long letter takes about fifty."""
MAX_TEXT = 40_000
"""Characters in one value or one rendering; a page of a letter is about 3,000."""
MAX_SECONDS = 0.5
"""Processor time of this thread, so that a busy machine spoils no honest script."""
UTC = ZoneInfo("UTC")


class TooMuchError(Exception):
    """A script asked for more turns, text or time than any message to a person needs."""


@dataclass(slots=True)
class Rendering:
    """``locale``: a language (``es``). ``zone``, ``today``: the location's. ``gaps``: in order."""

    locale: str = "en"
    zone: ZoneInfo = UTC
    today: date = date.min
    gaps: dict[str, None] = field(default_factory=dict)
    steps: int = 0
    written: int = 0
    stop_at: float = field(default_factory=lambda: time.thread_time() + MAX_SECONDS)

    def step(self) -> None:
        """Count one turn; raise TooMuchError past the limit of turns or time."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TooMuchError(f"it goes round more than {MAX_STEPS:,} times")
        if time.thread_time() > self.stop_at:
            raise TooMuchError(f"it takes longer than {MAX_SECONDS} seconds")

    def write(self, text: str) -> str:
        """Count text on its way out; raise TooMuchError past the limit."""
        self.written += len(text)
        if self.written > MAX_TEXT:
            raise TooMuchError(f"it writes more than {MAX_TEXT:,} characters")
        return text


_current: ContextVar[Rendering] = ContextVar("rendering")


def current() -> Rendering:
    """The rendering under way in this thread (a fresh one where a template is only loaded)."""
    rendering = _current.get(None)
    return rendering if rendering is not None else Rendering()


def within(rendering: Rendering, work: Callable[[], str]) -> str:
    """Do ``work`` as part of ``rendering``."""
    token = _current.set(rendering)
    try:
        return work()
    finally:
        _current.reset(token)


class Gap(Undefined):
    """A value that is not there: printed, it names itself and is kept; tested, it is simply absent.

    Strict otherwise: nothing can be read off it, added to it or called.
    """

    __slots__ = ()

    def __init__(
        self, hint: str | None = None, obj: Any = None, name: str | None = None, exc: Any = None
    ) -> None:
        super().__init__(hint, None, name)

    @property
    def path(self) -> str:
        """Its dotted name, e.g. ``patient.first_name``."""
        return str(self._undefined_name)

    def __str__(self) -> str:
        current().gaps[self.path] = None
        return f"[{self.path} missing]"

    def __iter__(self) -> Iterator[Any]:
        current().gaps[self.path] = None
        return iter(())

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return id(type(self))

    def __contains__(self, other: object) -> bool:
        return False

    def __lt__(self, other: object) -> bool:  # type: ignore[override]
        return False

    __le__ = __gt__ = __ge__ = __lt__  # type: ignore[assignment]
