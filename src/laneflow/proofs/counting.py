"""Counting a run as it goes: its results, or a log of decisions, into a Tally."""

from __future__ import annotations

from laneflow.engine.state import Act, Decision, FileResult, Taken
from laneflow.proofs.course import Course
from laneflow.proofs.tally import Frame, Tally


class Counting:
    """Counts a run. Decisions of one case come in order, patients in any.

    Inputs come before the decisions that answer them, so that a contact is known by its author.
    Holds on to cases that are still live, and to no other.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.tally = Tally()
        self._courses: dict[str, Course] = {}

    def take(self, result: FileResult) -> None:
        """Count what one run over one file did."""
        acts: dict[str, Act] = {}
        for taken in result.inputs:
            self.take_input(taken)
            if isinstance(taken.input, Act):
                acts[taken.input.id] = taken.input
        for decision in result.decisions:
            self.take_decision(decision, acts)
        self.tally.unplaced += sum(self.frame.holds(u.event.at) for u in result.unplaced)
        for case in result.touched.values():
            if case.closed is not None and not case.escalations:
                self._leave(case.id)

    def take_input(self, taken: Taken) -> None:
        """Count what became of an input."""
        if self.frame.holds(taken.input.at):
            fates = self.tally.fates
            fates[taken.fate] = fates.get(taken.fate, 0) + 1

    def take_decision(self, decision: Decision, acts: dict[str, Act]) -> None:
        """Count a decision; ``acts``: those it may answer, by id."""
        course = self._courses.get(decision.case)
        if course is None:
            course = self._courses[decision.case] = Course(self.frame)
        course.take(decision, acts)

    def courses(self) -> list[Course]:
        """End every case that is left, and count it; what became of each."""
        left = list(self._courses.values())
        for course in left:
            course.end()
            course.add_to(self.tally)
        self._courses.clear()
        return left

    def done(self) -> Tally:
        """Count what is left, and give the figures."""
        self.courses()
        return self.tally

    def _leave(self, case: str) -> None:
        course = self._courses.pop(case, None)
        if course is not None:
            course.add_to(self.tally)
