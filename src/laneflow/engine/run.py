"""The only loop: a patient's file, its inputs and its wakes, in the order they happen."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from msgspec.structs import replace

from laneflow.engine.arrive import Arrivals
from laneflow.engine.decide import decide, period_event
from laneflow.engine.live import Live
from laneflow.engine.state import IDENTITY, Act, Case, Event, FileResult, Instant, PatientFile

MINUTE: Instant = 60_000


def run(
    live: Live,
    file: PatientFile,
    inputs: Sequence[Event | Act],
    until: Instant,
    since: Instant | None = None,
) -> FileResult:
    """Take every input in at its own ``at`` and every wake at its own instant, up to ``until``.

    At one instant inputs come before the wake. A wake that fell due before ``since`` is decided
    once, at ``until``, after all inputs: an outage is not replayed in slow motion. ``file`` is not
    changed; the result holds the file after, or the same one where nothing happened.
    """
    loop = _Loop(live, file)
    loop.republish(inputs[0].at if inputs else until)
    for item in sorted(inputs, key=lambda i: i.at):
        loop.wake_until(item.at - 1, since)
        loop.arrive(item)
    loop.wake_until(until, since)
    if since is not None:
        loop.wake_overdue(until)
    return loop.result()


class _Loop:
    """One run over one file."""

    def __init__(self, live: Live, file: PatientFile) -> None:
        self.live, self.before = live, file
        self.arrivals = Arrivals(live, _working_copy(file))
        self.file = self.arrivals.file

    def arrive(self, item: Event | Act) -> None:
        """Take one input in, not before the file's latest instant."""
        at = max(item.at, self.file.at)
        self.file.at = at
        if isinstance(item, Event):
            self.arrivals.take(item if item.at == at else replace(item, at=at))
        else:
            self.arrivals.act(item if item.at == at else replace(item, at=at))

    def wake_until(self, until: Instant, since: Instant | None) -> None:
        """Decide, in order, every wake due from ``since`` up to and including ``until``."""
        while True:
            due = self._due()
            if due is None or due > until or (since is not None and due < since):
                return
            self._wake(max(due, self.file.at))

    def wake_overdue(self, until: Instant) -> None:
        """Decide what fell due during an outage, once, as of now."""
        while True:
            due = self._due()
            if due is None or due > until:
                return
            self._wake(max(until, self.file.at))

    def _due(self) -> Instant | None:
        """When the file wakes next; a case of a lane that is not loaded cannot be decided."""
        if not (self.file.cases or self.file.again):
            return None
        lanes = self.live.lanes
        times = [c.wake_at for c in self.file.cases.values() if c.wake_at and c.lane in lanes]
        return min([*times, *(again[0] for again in self.file.again)], default=None)

    def _wake(self, at: Instant) -> None:
        self.file.at = at
        for again in [a for a in self.file.again if a[0] <= at]:
            self.file.again.remove(again)
            self.arrivals.openings.open_again(again[1], again[2], at)
        for case in list(self.file.cases.values()):
            if case.wake_at is not None and case.wake_at <= at:
                self._wake_case(case, at)

    def _wake_case(self, case: Case, at: Instant) -> None:
        compiled = self.live.lanes.get(case.lane)
        if compiled is None:
            return
        for period in sorted(case.periods):
            span = case.periods.get(period)
            while span is not None and span[1] <= at and case.closed is None:
                event = period_event(period, case, span[1])
                self.arrivals.decide(case, event=replace(event, at=at))
                case = self.arrivals.latest(case.id)
                span = case.periods.get(period)
        after, decision = decide(self.live, compiled, case, self.file, at)
        self.arrivals.keep(case, after, decision)

    def republish(self, at: Instant) -> None:
        """Decide again every case last decided under another lane or practice."""
        for case in list(self.file.cases.values()):
            compiled = self.live.lanes.get(case.lane)
            hashes = compiled and (compiled.lane.hash, self.live.practice.hash)
            if compiled is None or (case.lane_hash, case.practice_hash) == hashes:
                continue
            now = max(at, self.file.at, case.at)
            after, decision = decide(self.live, compiled, case, self.file, now, publish=True)
            self.arrivals.keep(case, after, decision)

    def result(self) -> FileResult:
        """What happened, for the store."""
        arrivals = self.arrivals
        changed = bool(arrivals.inputs or arrivals.decisions or arrivals.dirty)
        if changed:
            self.file.seq += 1
        return FileResult(
            patient=self.before.patient,
            seq_before=self.before.seq,
            file=self.file if changed else self.before,
            touched=arrivals.touched,
            decisions=arrivals.decisions,
            inputs=arrivals.inputs,
            unplaced=arrivals.unplaced,
            renamed=_renamed(self.before, self.file),
        )


def _renamed(before: PatientFile, after: PatientFile) -> bool:
    return any(before.facts.get(name) != after.facts.get(name) for name in IDENTITY)


def _working_copy(file: PatientFile) -> PatientFile:
    """A copy whose containers may be changed without touching the file that was given."""
    mine = copy.copy(file)
    for field in ("facts", "history", "newest", "ended", "cases"):
        setattr(mine, field, dict(getattr(file, field)))
    for field in ("earlier", "held", "again"):
        setattr(mine, field, list(getattr(file, field)))
    return mine
