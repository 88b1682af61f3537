"""Counting a run as it goes: its results, or a log of decisions, into a Tally."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from laneflow.engine.state import Act, Decision, FileResult, Instant
from laneflow.proofs.tally.course import Course
from laneflow.proofs.tally.figures import Frame, Tally

NO_ACTS: Mapping[str, Act] = {}


class Counting:
    """Counts a run. Decisions of one case come in order, patients in any.

    Holds on to cases until they are ended (``end``), so that what became of each can be asked.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.tally = Tally()
        self.courses: dict[str, Course] = {}

    def take(self, result: FileResult) -> None:
        """Count what one run over one file did."""
        acts: dict[str, Act] = {}
        for taken in result.inputs:
            self.take_input(taken.fate, taken.input.at)
            if isinstance(taken.input, Act):
                acts[taken.input.id] = taken.input
        for decision in result.decisions:
            self.take_decision(decision, acts)

    def take_all(self, results: Iterable[FileResult]) -> None:
        """Count several, in their order."""
        for result in results:
            self.take(result)

    def take_input(self, fate: str, at: Instant) -> None:
        """Count what became of an input that was taken in at ``at``."""
        if self.frame.holds(at):
            self.tally.fates[fate] = self.tally.fates.get(fate, 0) + 1

    def take_decision(self, decision: Decision, acts: Mapping[str, Act] = NO_ACTS) -> None:
        """Count a decision; ``acts``: those it may answer, by id. What comes later is passed by."""
        if decision.at >= self.frame.until:
            return
        course = self.courses.get(decision.case)
        if course is None:
            course = self.courses[decision.case] = Course(self.frame)
        course.take(decision, acts)

    def end(self) -> dict[str, Course]:
        """End every case, add it up and let go of it; what became of each, by case id."""
        ended = self.courses
        for course in ended.values():
            course.end()
            course.add_to(self.tally)
        self.courses = {}
        return ended

    def done(self) -> Tally:
        """End what is left, and give the figures."""
        self.end()
        return self.tally
