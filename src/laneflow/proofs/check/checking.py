"""Everything that can be said of a practice's files without running them, from one call.

``laneflow check``, ``laneflow publish`` and the daemon's reload all ask here, so that what the
manager was told before is what is refused later. Errors are what would break or silence a case;
the rest are warnings.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.load import (
    PRACTICE_FILE,
    Reading,
    every_lane_read,
    not_a_file,
    read_practice,
)
from laneflow.lanes.model import Lane
from laneflow.lanes.yaml import Document
from laneflow.practice.model import LoadedPractice, Practice

if TYPE_CHECKING:
    from laneflow.engine.state import Instant
    from laneflow.outreach.lint.reading import Shelf

TESTS = "lanes/tests"
LANE_LEFT_OUT = (
    "What is used nowhere, and whether scripts name facts that are there, was not looked at: "
    "not every lane could be read."
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    ``loaded``: the practice with every lane that is in order; None where practice.yaml has an
    error. ``problems``: by file and down the page. ``unchecked``: what could not be looked at and
    why, a sentence each.
    """

    loaded: LoadedPractice | None
    problems: tuple[Problem, ...]
    unchecked: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What must be put right before any of it can go live."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def check_practice(
    folder: str | os.PathLike[str], *, deep: bool = True, now: Instant | None = None
) -> Checked:
    """Every problem of the practice in ``folder``, of all its files at once.

    ``deep`` adds what goes beyond each file: conditions that never hold or always do, statuses no
    case can reach or leave, hours with nobody on duty, what is missing or used nowhere. ``now``:
    the instant (milliseconds) from which on hours are looked at; None leaves them out. Reads
    files only; raises nothing for what is wrong in them.
    """
    from laneflow.outreach.environment import environment
    from laneflow.outreach.lint.reading import shelf
    from laneflow.proofs.check.scripted import at_their_place, told_once

    reading = read_practice(folder)
    scripts = shelf(str(folder), environment(str(folder)))
    of_scripts = at_their_place(_scripts(reading, scripts), reading.documents, Path(folder))
    problems = [*reading.problems, *of_scripts]
    unchecked = list(_left_out(reading))
    if reading.loaded is not None:
        problems += _lane_tests(reading, reading.loaded, Path(folder))
        if deep:
            found, unsettled = _beyond(reading, reading.loaded, scripts, now)
            problems += found
            unchecked += unsettled
    ordered = sorted(told_once(problems), key=lambda problem: problem.order)
    return Checked(reading.loaded, tuple(ordered), tuple(unchecked))


def _left_out(reading: Reading) -> Iterator[str]:
    """What is not looked at because something it rests on is broken."""
    if reading.partly is None:
        yield (
            "The names that lanes, scripts and lane tests use were not looked at: "
            "practice.yaml must be put right first."
        )
    elif reading.loaded is None:
        yield "Lane tests were not looked at: practice.yaml must be put right first."
    if reading.partly is not None and not every_lane_read(reading.problems):
        yield LANE_LEFT_OUT


def _scripts(reading: Reading, scripts: Shelf) -> Iterator[Problem]:
    """What is wrong with the scripts, as far as practice.yaml and the lanes let it be told."""
    from laneflow.outreach.check import problems_of

    if reading.partly is None:
        yield from scripts.problems
        return
    yield from problems_of(reading.partly, scripts, every_lane=every_lane_read(reading.problems))


def _lane_tests(reading: Reading, loaded: LoadedPractice, folder: Path) -> Iterator[Problem]:
    """What is wrong with how the lane tests are written; running them is ``laneflow test``."""
    try:
        files = sorted((folder / TESTS).glob("*.y*ml"))
    except PermissionError:
        return  # of the folder lanes, which is told
    if not files or not loaded.lanes:
        return
    from laneflow.engine.live import Live
    from laneflow.proofs.lanetests.scenario import read_scenarios

    live = Live(loaded)
    try:
        for file in files:
            name = f"{TESTS}/{file.name}"
            try:
                found = read_scenarios(live, file.read_bytes(), name)
                yield from map(_coded, (p for scenario in found for p in scenario.problems))
            except LaneflowError as error:
                # The tests of a lane that could not be read are not to blame for that.
                yield from (_coded(p) for p in error.problems if not _of_broken(p, reading))
            except (FileNotFoundError, IsADirectoryError):
                yield not_a_file(file, name)
            except OSError as error:
                what = f"cannot be read: {(error.strerror or 'no reason given').lower()}"
                hint = "Look at who may read the file."
                yield Problem(name, 0, 0, what, hint, code="unreadable")
    finally:
        live.close()


def _of_broken(problem: Problem, reading: Reading) -> bool:
    """Whether a test is only said to name no lane because that lane could not be read."""
    broken = {p.file for p in reading.problems if p.severity == "error"}
    named = problem.what.split('"')[1::2]
    return problem.path == "lane" and any(f"lanes/{lane}.yaml" in broken for lane in named)


def _coded(problem: Problem) -> Problem:
    return problem if problem.code else replace(problem, code="lane-test")


def check_lane(lane: Lane, practice: Practice, document: Document) -> tuple[list[Problem], int]:
    """What is wrong with one lane's rules together, and how many questions only z3 could settle.

    Conditions that never hold or always do, rules another one forestalls, statuses no case can
    reach or leave. ``document`` is where the lane is written.
    """
    from laneflow.proofs.check.dead import find_dead
    from laneflow.proofs.check.reach import find_unreachable

    found = find_dead(lane, practice, document)
    if any(problem.severity == "error" for problem in found.problems):
        return list(
            found.problems
        ), found.unsettled  # a lane whose cases close at once goes nowhere
    return [*found.problems, *find_unreachable(lane, document, found)], found.unsettled


def _beyond(
    reading: Reading, loaded: LoadedPractice, scripts: Shelf, now: Instant | None
) -> tuple[list[Problem], list[str]]:
    """What only shows when files are seen together, and what could not be looked at."""
    from laneflow.proofs.check.common_escalations import find_common_dead
    from laneflow.proofs.check.duty import find_gaps, find_one_person
    from laneflow.proofs.check.unused import find_unused

    problems: list[Problem] = []
    unsettled: dict[str, int] = {}
    for lane in loaded.lanes.values():
        found, left = check_lane(lane, loaded.practice, reading.documents[lane.file])
        problems += found
        if left:
            unsettled[lane.file] = left
    main = reading.documents[PRACTICE_FILE]
    whole = every_lane_read(reading.problems)
    if whole:  # in a lane that could not be read it may well be needed
        problems += find_common_dead(loaded, main)
    problems += find_one_person(loaded, reading.documents)
    if now is not None:
        problems += find_gaps(loaded, main, _day(loaded, now))
    unchecked = [_unsettled(file, n) for file, n in unsettled.items()]
    if whole:
        problems += find_unused(loaded, reading, scripts)
    return problems, unchecked


def _unsettled(file: str, n: int) -> str:
    rules = "1 condition" if n == 1 else f"{n} conditions"
    return (
        f"{file}: whether {rules} can ever hold was not checked: that takes the solver z3. "
        'Install it with: pip install "laneflow[verify]".'
    )


def _day(loaded: LoadedPractice, now: Instant) -> date:
    """The practice's local date at an instant."""
    return datetime.fromtimestamp(now / 1000, ZoneInfo(loaded.practice.time_zone)).date()
