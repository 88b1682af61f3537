"""Starts of sleeping tasks in a replay: as they were booked in fact, whatever order patients come.

``starts_at_most`` is the one thing a decision asks that is not the patient's own. A replay looks at
patients apart from each other, on several processes, and must not depend on their order.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from laneflow.engine.calendar import Calendar
from laneflow.engine.starts import Starts
from laneflow.engine.state import Decision, Instant, Task
from laneflow.lanes.model import Lane

_YEAR: Instant = 366 * 86_400_000


class Booked(Starts):
    """The starts the log tells of, for lanes that cap them as they did; any other as wanted.

    ``uncapped`` counts the starts that were given as wanted though the lane caps them: there the
    replay is fuller on some days than the practice would have been.
    """

    def __init__(self, before: Iterable[Lane], after: Iterable[Lane]) -> None:
        super().__init__()
        old = {lane.id: _caps(lane) for lane in before}
        self._same = {lane.id for lane in after if old.get(lane.id) == _caps(lane)}
        self._starts: dict[str, list[Instant]] = {}
        self.uncapped = 0

    def learn(self, log: Iterable[Decision]) -> None:
        """Know the starts of these cases, and of no others."""
        self._starts = {}
        for decision in log:
            for change in decision.changes:
                if change[1] == "task" and change[2] is not None:
                    task = msgspec.convert(change[2], Task, from_attributes=True)
                    if task.start is not None:
                        self._starts.setdefault(decision.case, []).append(task.start.at)

    def spread(
        self, lane: str, case: str, start: Instant, most: int, calendar: Calendar
    ) -> Instant:
        """The first start at or after the one wanted that was ever booked for the case."""
        known = self._starts.get(case, ()) if lane in self._same else ()
        later = [at for at in known if start <= at <= start + _YEAR]
        self.uncapped += not later
        return min(later, default=start)


def _caps(lane: Lane) -> list[tuple[str, int | None]]:
    return [(status.id, status.task.starts_at_most) for status in lane.statuses.values()]
