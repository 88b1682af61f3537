"""Owns which practice this process shows: its pages, and whoever logs in to them, ask here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from laneflow.work.app import App

_installed: list[App] = []


def install(app: App) -> None:
    """Show this practice from now on. A process shows one."""
    _installed[:] = [app]


def practice_at_work() -> App:
    """The practice that the pages show."""
    return _installed[0]
