"""A past period's events under other lanes: each patient's story told twice, and both counted.

What happened is folded from the log and never decided again. What would have been is
``engine.run`` on the same events, each on its own clock, from the cases as they really stood when
the period began: as if the other lanes had been published at that instant. Of a patient's file the
log keeps only the cases, so the rest of it (history, newest records, rounds to come) is found by
running the earlier inputs under the lanes that are live now.

It cannot know what patients and staff would have done: their acts are those they did, on the days
they did them. One whose case does not stand any more as it did is left out and counted.

Where there is no log (events from files) the live lanes are run, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from laneflow.engine.fold import fold
from laneflow.engine.live import Live
from laneflow.engine.state import Act, Case, Decision, Event, FileResult, Instant
from laneflow.engine.step import DOCUMENTED
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.replay.beside import Beside
from laneflow.proofs.replay.booked import Booked
from laneflow.proofs.replay.concerned import concerning
from laneflow.proofs.replay.family import Family
from laneflow.proofs.replay.refit import NO_CLOSE, Done, Stood, refit
from laneflow.proofs.tally import Frame
from laneflow.proofs.tally.counting import Counting
from laneflow.proofs.tally.course import Course

Input = Event | Act
MINUTE: Instant = 60_000


@dataclass(frozen=True, slots=True)
class Story:
    """What is known of one patient, or of several whose records were merged.

    ``inputs`` in the order they were taken in, each with its ``at``; ``fates``: what became of
    each, empty where that is not known. ``log``: every decision of their cases, each case's in
    order, changes as they come from JSON; None where there is no log.
    """

    inputs: Sequence[Input]
    fates: Sequence[str] = ()
    log: Sequence[Decision] | None = None


class Replayer:
    """Tells stories twice: ``before`` is the live practice, ``after`` the edited one.

    Belongs to the thread that made it.
    """

    def __init__(
        self,
        before: LoadedPractice,
        after: LoadedPractice,
        since: Instant,
        until: Instant,
        *,
        decided: bool = False,
    ) -> None:
        """``decided``: the first side is ``before`` run again, not what the log says happened."""
        self.since, self.until, self.decided = since, until, decided
        self._booked = [Booked(before.lanes.values(), x.lanes.values()) for x in (before, after)]
        self.before, self.after = Live(before, self._booked[0]), Live(after, self._booked[1])
        self._frames = [Frame.of(live, since, until) for live in (self.before, self.after)]
        self._hashes = {lane.hash for lane in before.lanes.values()}
        self._concerning = concerning(self.before, self.after)
        self._begin()

    def _begin(self) -> None:
        self._was, self._now = (Counting(frame) for frame in self._frames)
        self._beside = Beside(before=self._was.tally, after=self._now.tally)

    def counted(self) -> Beside:
        """What the stories told since the last time come to."""
        beside = self._beside
        beside.uncapped = max(booked.uncapped for booked in self._booked)
        for booked in self._booked:
            booked.uncapped = 0
        self._begin()
        return beside

    def tell(self, story: Story) -> None:
        """Count one story on both sides."""
        for booked in self._booked:
            booked.learn(story.log or ())
        counted = [given for given in story.inputs if self.since <= given.at < self.until]
        if story.log is None:
            self._run_both(story, counted)
        else:
            self._beside_the_log(story, story.log, counted)
        beside = self._beside
        beside.patients += 1
        beside.events += sum(isinstance(given, Event) for given in counted)
        beside.acts += sum(isinstance(given, Act) for given in counted)
        beside.add(self._was.end(), self._now.end())

    def close(self) -> None:
        """Give the matchers' memory back."""
        self.before.close()
        self.after.close()

    # without a log -----------------------------------------------------------------------------

    def _run_both(self, story: Story, counted: Sequence[Input]) -> None:
        """Both sides decide; where no changed lane is concerned, one side's word is enough."""
        start = Family()
        for result in self._to_the_start(story, start):
            self._was.take(result)
            self._now.take(result)
        other = start.copy()
        same = self._is_same(story, start)
        for result in self._through(self.before, start, counted):
            self._was.take(result)
            if same:
                self._now.take(result)
        if not same:
            self._now.take_all(self._through(self.after, other, counted))

    def _is_same(self, story: Story, start: Family) -> bool:
        """Whether the edit cannot change what becomes of a story.

        Publishing an edit of practice.yaml looks at every open case again, so then none may stand.
        """
        if self._concerning is None:
            return False
        published = self.before.practice.hash != self.after.practice.hash
        if published and any(file.cases for file in start.files.values()):
            return False
        # What a person wrote down is what a feed could have told.
        types = {DOCUMENTED if isinstance(given, Act) else given.type for given in story.inputs}
        return self._concerning.isdisjoint(types)

    def _to_the_start(self, story: Story, family: Family) -> Iterator[FileResult]:
        """Run what came before the period under the live lanes."""
        earlier = [given for given in story.inputs if given.at < self.since]
        yield from family.run(self.before, earlier)
        yield from family.wake(self.before, self.since - 1)

    def _through(self, live: Live, family: Family, inputs: Sequence[Input]) -> Iterator[FileResult]:
        yield from family.wake(live, self.since)
        yield from family.run(live, inputs)
        yield from family.wake(live, self.until - 1)

    # beside a log -------------------------------------------------------------------------------

    def _beside_the_log(
        self, story: Story, log: Sequence[Decision], counted: Sequence[Input]
    ) -> None:
        real = Counting(self._frames[0]) if self.decided else self._was
        stood = self._tell_what_happened(real, story, log)
        if not counted and not any(map(self._may_go_on, stood.cases.values())):
            return
        family = Family()
        for _ in self._to_the_start(story, family):
            pass
        earlier = [decision for decision in log if decision.at < self.since]
        _stand(family, earlier, {given.patient for given in story.inputs})
        if self.decided:
            self._go_on(self.before, self._was, family.copy(), earlier, counted, stood)
        self._go_on(self.after, self._now, family, earlier, counted, stood)

    def _may_go_on(self, course: Course) -> bool:
        """Whether a case could still lead to anything in the period without an input."""
        lane = self.after.lanes.get(course.lane)
        again = lane is not None and lane.lane.again_after is not None
        return again or course.live or course.closed is None or course.closed.at >= self.since

    def _tell_what_happened(self, real: Counting, story: Story, log: Sequence[Decision]) -> Stood:
        """Count the log; how cases stood, also at each act."""
        acts = {given.id: given for given in story.inputs if isinstance(given, Act)}
        done: dict[str, Done] = {}
        after_wake: set[tuple[str, ...]] = set()
        for decision in log:
            if decision.at >= self.until:
                continue
            known = real.courses.get(decision.case)
            if known is not None and decision.input[0] == "act":
                done[decision.input[1]] = Done.of(known.status, decision)
            if known is not None and known.woken == decision.at and decision.input[0] != "wake":
                after_wake.add(decision.input)
            if decision.at >= self.since:
                self._note_outage(known, decision)
            real.take_decision(decision, acts)
        for given, fate in zip(story.inputs, story.fates, strict=True):
            real.take_input(fate, given.at)
        return Stood(dict(real.courses), done, after_wake)

    def _note_outage(self, course: Course | None, decision: Decision) -> None:
        due = course.wake_at if course is not None else None
        late = decision.input[0] == "wake" and due is not None and decision.at > due + MINUTE
        self._beside.late += late
        self._beside.elsewhere += decision.lane_hash not in self._hashes

    def _go_on(
        self,
        live: Live,
        counting: Counting,
        family: Family,
        earlier: Sequence[Decision],
        inputs: Sequence[Input],
        stood: Stood,
    ) -> None:
        """From the cases as they stood on: events together as they come, each act by itself."""
        for decision in earlier:
            counting.take_decision(decision)
        counting.take_all(family.wake(live, self.since))
        for single, group in groupby(inputs, key=lambda given: self._is_single(given, stood)):
            if not single:
                counting.take_all(family.run(live, list(group)))
                continue
            for given in group:
                why = self._one(live, counting, family, given, stood)
                if why and live is self.after and isinstance(given, Act):
                    known = stood.cases.get(given.case)
                    self._beside.no_longer_fits(known.lane if known else "", why)
        counting.take_all(family.wake(live, self.until - 1))

    def _is_single(self, given: Input, stood: Stood) -> bool:
        return isinstance(given, Act) or ("event", given.source, given.id) in stood.after_wake

    def _one(
        self, live: Live, counting: Counting, family: Family, given: Input, stood: Stood
    ) -> str:
        """Take one input in, an act only where it still fits; why it does not.

        At one instant inputs come before the wake, but for those that in fact came after it.
        """
        name = ("act", given.id) if isinstance(given, Act) else ("event", given.source, given.id)
        until = given.at if name in stood.after_wake else given.at - 1
        counting.take_all(family.wake(live, until, given.patient))
        fitted: Input | None = given
        why = ""
        if isinstance(given, Act):
            file = family.file(given.patient)
            fitted, why = refit(live, self.before, file, given, stood, family.unplaced)
        if fitted is None:
            return why
        counting.take_all(family.run(live, [fitted]))
        if isinstance(fitted, Act) and fitted.kind == "close" and stood.did(fitted) and not why:
            case = family.file(fitted.patient).cases.get(fitted.case)
            why = NO_CLOSE if case is not None and case.closed is None else ""
        return why


def _stand(family: Family, log: Sequence[Decision], patients: set[str]) -> None:
    """Put the cases as they really stood into the files; what only the log knows counts."""
    cases: dict[str, Case] = {}
    for decision in log:
        cases[decision.case] = fold(cases.get(decision.case), decision)
    family.stand(cases.values(), patients)
