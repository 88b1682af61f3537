"""Owns what a command works on: the practice folder, the database, and the opened application."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from laneflow.cli.common import given
from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
    from laneflow.engine.state import Case
    from laneflow.practice.model import LoadedPractice
    from laneflow.work.app import App


class Session:
    """One command's surroundings; opens only what the command asks for."""

    def __init__(self, folder: Path, database: str | None) -> None:
        self.folder = folder
        self.database = database

    def need_practice(self) -> None:
        """Raise a LaneflowError unless the folder holds a practice."""
        if not (self.folder / "practice.yaml").is_file():
            what = f"there is no practice in {self.folder.resolve()}"
            hint = "Give its folder with --practice DIR, or start one with `laneflow init DIR`."
            raise LaneflowError(Problem("practice.yaml", 0, 0, what, hint))

    def load(self) -> tuple[LoadedPractice | None, list[Problem]]:
        """The compiled practice and what is wrong with its files; no database is touched."""
        self.need_practice()
        from laneflow.lanes.load import load_practice

        return load_practice(self.folder)

    def instant(self, text: str | None, option: str, *, end: bool = False) -> int:
        """The instant typed for ``option`` in the practice's zone; now where none was."""
        if text is None:
            return self.app.clock.now()
        return given.instant(text, self.app.loaded.practice.time_zone, option, end=end)

    def case(self, beginning: str) -> Case:
        """The case whose id begins so. Raises LaneflowError where none, or more than one, does."""
        found = self.app.store.case(beginning)
        if found is None:
            what = f'no case, or more than one, begins with "{beginning}"'
            hint = "`laneflow queue` shows the open ones."
            raise LaneflowError(Problem("case", 0, 0, what, hint))
        return found

    @cached_property
    def app(self) -> App:
        """The practice at work: its lanes, its store, its clock."""
        self.need_practice()
        from laneflow.work.app import open_app

        return open_app(self.folder, self.database)
