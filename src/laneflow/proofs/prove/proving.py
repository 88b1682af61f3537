"""Proves, per lane and practice, that no case can be silent, and says how long it may wait at most.

The obligations are those of the design (engine.md, "Silence, and what is proven"): the engine keeps
them for every input if (a) every date is finite and every sleep capped, (b) moves without ``on``
come to an end, (c) every ladder used reaches somebody at every release instant of the horizon, and
(d) owner and backup are two active people. Conditions count as free choices, so this is sound
without a solver; each counterexample is played by the engine before it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from msgspec.structs import replace

from laneflow.engine.calendar import Calendar
from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError
from laneflow.lanes.model import Lane
from laneflow.practice.model import LoadedPractice
from laneflow.practice.zones import DAY
from laneflow.proofs.prove import finite, staffing
from laneflow.proofs.prove.model import Failure, LaneProof, Silence
from laneflow.proofs.prove.story import Stories
from laneflow.proofs.prove.worst import APART, Waits, kinds_of, ladders_of, sleeps_of

HORIZON_DAYS = 366
"""How far ahead openings, holidays and leave are looked at: a year, so that each comes by once."""


def prove(
    loaded: LoadedPractice,
    start: Instant,
    *,
    days: int = HORIZON_DAYS,
    lanes: Collection[str] | None = None,
    progress: Callable[[str], None] | None = None,
    stories: bool = True,
) -> tuple[LaneProof, ...]:
    """One proof per lane (all, or those named in ``lanes``) for ``days`` from ``start`` on.

    ``progress`` is told each lane's id as it is begun; ``stories`` False plays no counterexamples,
    where only the verdict is asked for. Never raises for what a practice says: what
    the calendar cannot answer is a failure like any other.
    """
    proving = _Proving(loaded, start, start + days * DAY, stories)
    found = []
    for id_, lane in loaded.lanes.items():
        if lanes is None or id_ in lanes:
            if progress is not None:
                progress(id_)
            found.append(proving.prove(lane))
    return tuple(found)


def unproven(loaded: LoadedPractice, start: Instant) -> list[tuple[str, Failure]]:
    """(lane, what is not so) wherever a case could be silent in the year from ``start`` on.

    Without counterexamples; a failure several lanes share is told of the first of them.
    """
    found: dict[str, tuple[str, Failure]] = {}
    for proof in prove(loaded, start, stories=False):
        for failure in proof.failures:
            found.setdefault(failure.what, (proof.lane, failure))
    return list(found.values())


class _Proving:
    """One practice in one horizon; what lanes share is worked out once."""

    def __init__(self, loaded: LoadedPractice, start: Instant, end: Instant, stories: bool) -> None:
        self.loaded, self.practice = loaded, loaded.practice
        self.start, self.end = start, end
        self.calendars = {
            name: Calendar(self.practice, location)
            for name, location in self.practice.locations.items()
        }
        self.waits = Waits(self.practice, self.calendars, start, end)
        self.stories = Stories(loaded, start) if stories else None
        self._gaps: dict[str, staffing.Gap | None] = {}

    def prove(self, lane: Lane) -> LaneProof:
        """One lane's proof; where it cannot even be read by the engine, nothing is measured."""
        basic = [*finite.names(lane, self.practice), *self._closed()]
        if basic:
            return self._told(lane, basic)
        failures = list(finite.finite(lane, self.practice, self.calendars, self.start, self.end))
        failures += finite.circle(lane)
        failures += staffing.built_in(lane)
        failures += staffing.last_resort(self.practice)
        failures += self._ladders(lane)
        failures += staffing.two_people(lane, self.practice)
        if any(failure.code == "endless" for failure in failures):
            return self._told(lane, failures)
        kinds = {tier: kinds_of(lane, tier, self.waits) for tier in self.practice.tiers}
        failures += finite.too_long(kinds)
        return self._told(lane, failures, kinds)

    def _told(
        self,
        lane: Lane,
        failures: list[Failure],
        kinds: dict[str, dict[str, Silence]] | None = None,
    ) -> LaneProof:
        shown = []
        for failure in failures:
            if self.stories is not None:
                story, outcome = self.stories.of(lane, failure, self._gaps)
                failure = replace(failure, story=story, outcome=outcome)
            shown.append(failure)
        measured = kinds or {}
        return LaneProof(
            lane=lane.id,
            failures=tuple(shown),
            worst={tier: _worst(held) for tier, held in measured.items()},
            kinds=measured,
            sleeps=sleeps_of(lane),
        )

    def _closed(self) -> Iterator[Failure]:
        """Locations whose time the calendar cannot tell: deadlines there would never come."""
        for name, calendar in self.calendars.items():
            try:
                calendar.next_open(self.start)
                calendar.next_open(self.end)
                calendar.closing_before(self.start)
            except LaneflowError as error:
                what = f"at {name} no date ever comes: {error.problems[0].what}"
                where = calendar.location.where
                hint = "Check its hours and closures."
                yield Failure(obligation="a", code="closed", what=what, hint=hint, where=where)

    def _ladders(self, lane: Lane) -> Iterator[Failure]:
        """Every ladder a case of the lane can climb: a note may ask for any."""
        for ladder in (ladders_of(lane, self.practice) | self.practice.ladders).values():
            yield from staffing.empty(ladder)
            if ladder.id not in self._gaps:
                self._gaps[ladder.id] = staffing.gap(self.practice, ladder, self.waits.edges)
            gap = self._gaps[ladder.id]
            if gap is not None:
                yield staffing.told_of(gap, self.practice, self.calendars[gap.location])


def _worst(kinds: dict[str, Silence]) -> Silence:
    """The longest silence nobody planned."""
    return max(
        (silence for kind, silence in kinds.items() if kind not in APART),
        key=lambda silence: (silence.lasts, silence.kind == "untouched"),
    )
