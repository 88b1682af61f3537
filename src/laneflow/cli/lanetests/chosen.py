"""Owns which lane tests are meant by what was typed: lanes, files, folders, words of a name."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from laneflow.errors import LaneflowError, Problem, did_you_mean

if TYPE_CHECKING:
    from laneflow.practice.model import LoadedPractice
    from laneflow.proofs.lanetests.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Chosen:
    """``files`` to read (None: the practice's own); of those, tests of ``lanes`` or ``named``.

    ``named`` are files and folders as typed; a test in one of them is meant whatever its lane.
    """

    files: tuple[Path, ...] | None
    lanes: frozenset[str]
    named: tuple[Path, ...]
    pattern: str

    @staticmethod
    def of(loaded: LoadedPractice, names: tuple[str, ...], pattern: str | None) -> Chosen:
        """LaneflowError for a name that is neither a lane's nor a file's."""
        from laneflow.proofs.lanetests.running import broken_lanes

        known = loaded.lanes.keys() | broken_lanes(loaded)
        lanes = frozenset(name for name in names if name in known)
        folder = Path(loaded.folder)
        named = tuple(_found(folder, name) for name in names if name not in known)
        for path in named:
            if not path.exists():
                hint = did_you_mean(str(path), known, "`laneflow lane list` names the lanes.")
                what = "there is neither a lane nor a file of this name"
                raise LaneflowError(Problem(str(path), 0, 0, what, hint))
        own = (folder / "lanes" / "tests",) if lanes else ()
        return Chosen((*own, *named) if names else None, lanes, named, (pattern or "").casefold())

    def wants(self, scenario: Scenario) -> bool:
        """Whether a test is meant."""
        if self.lanes and scenario.lane not in self.lanes and not self._is_named(scenario):
            return False
        return not self.pattern or fnmatch.fnmatch(scenario.name.casefold(), f"*{self.pattern}*")

    def _is_named(self, scenario: Scenario) -> bool:
        file = Path(scenario.entry.where.file).name
        return any(file == p.name or (p.is_dir() and (p / file).exists()) for p in self.named)

    def covers(self, lane: str) -> bool:
        """Whether coverage of a lane (or of practice.yaml) is asked for."""
        return not self.lanes or lane in self.lanes


def _found(folder: Path, name: str) -> Path:
    """A file as typed: from here, or from the practice's folder."""
    here = Path(name)
    return here if here.exists() or not (folder / here).exists() else folder / here
