"""Owns what a command works on: the practice folder, the database, and the opened application."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from laneflow.errors import LaneflowError, Problem

if TYPE_CHECKING:
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
        from laneflow.lanes.load import load_practice

        self.need_practice()
        return load_practice(self.folder)

    @cached_property
    def app(self) -> App:
        """The practice at work: its lanes, its store, its clock."""
        from laneflow.work.app import open_app

        self.need_practice()
        return open_app(self.folder, self.database)
