"""Work that waits, grouped by whom it falls to, so that the next thing to do is found at once.

The order is the queue's own (``engine.doers.queue_order``): within a tier the work due first is
overdue first, so one heap a tier keeps it however time goes by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush

from laneflow.engine.doers import Falls, queue_order
from laneflow.engine.state import Instant

CALL, ESCALATION, TASK = 0, 1, 2
"""Kinds of work in the order in which somebody who is free turns to them."""

Key = tuple[int, str, Falls]
"""(kind, location, to whom it falls)"""


class Work:
    """One thing to do. ``name``: a task's key, or an escalation's rule. ``alive`` until begun.

    ``due`` orders it, ``mark`` tells whether it is still the same work, ``ready`` is when it may
    be begun, ``holder`` in whose queue it counts, ``group`` where it waits.
    """

    __slots__ = (
        "alive", "case", "due", "group", "holder", "id", "kind", "mark", "name", "patient", "rank",
        "ready", "waiting",
    )  # fmt: skip

    def __init__(
        self, kind: int, patient: str, case: str, name: str, id_: str, rank: int, due: Instant
    ) -> None:
        self.kind, self.patient, self.case, self.name, self.id = kind, patient, case, name, id_
        self.rank, self.due = rank, due
        self.mark: object = None
        self.ready, self.holder = 0, ""
        self.alive, self.waiting = True, False
        self.group: Group | None = None


class Group:
    """Work of one kind that falls to the same people."""

    __slots__ = ("_added", "_heaps", "asked", "key", "many", "people")

    def __init__(self, key: Key) -> None:
        self.key = key
        self._heaps: dict[int, list[tuple[Instant, str, int, Work]]] = {}
        self._added = self.many = 0
        self.people: list[str] = []
        self.asked = -1

    def add(self, work: Work) -> None:
        """Let work wait here."""
        work.group, work.waiting = self, True
        self._added += 1
        heappush(self._heaps.setdefault(work.rank, []), (work.due, work.id, self._added, work))
        self.many += 1

    def leave(self, work: Work) -> None:
        """Work that waits no longer: begun, changed, or gone."""
        if work.waiting:
            work.waiting = False
            self.many -= 1

    def tops(self) -> Iterator[Work]:
        """The first of each tier."""
        for heap in self._heaps.values():
            while heap and not heap[0][3].waiting:
                heappop(heap)
            if heap:
                yield heap[0][3]


class Queues:
    """All groups, and who may take what; ``who`` is asked anew whenever ``changed`` was called."""

    def __init__(self, who: Callable[[Key], list[str]]) -> None:
        self._who = who
        self._groups: dict[Key, Group] = {}
        self._epoch = 0
        self._of: dict[str, list[Group]] = {}
        self._of_epoch = -1

    def changed(self) -> None:
        """Somebody came, went, or has their hands full: who may take what is open again."""
        self._epoch += 1

    def put(self, key: Key, work: Work) -> list[str]:
        """Let work wait; those who may take it now."""
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(key)
            self._of_epoch = -1
        group.add(work)
        return self.people(group)

    def people(self, group: Group) -> list[str]:
        """Who may take a group's work now."""
        if group.asked != self._epoch:
            group.people, group.asked = self._who(group.key), self._epoch
        return group.people

    def of(self, person: str) -> list[Group]:
        """The groups somebody may take work from now."""
        if self._of_epoch != self._epoch:
            self._of = {}
            for group in self._groups.values():
                for one in self.people(group):
                    self._of.setdefault(one, []).append(group)
            self._of_epoch = self._epoch
        return self._of.get(person, [])

    def next_for(self, person: str, at: Instant) -> Work | None:
        """What somebody turns to at ``at``: calls, then escalations, then the queue's order."""
        best: Work | None = None
        order: tuple[int, bool, int, Instant, str] | None = None
        for group in self.of(person):
            if not group.many:
                continue
            for work in group.tops():
                late = work.kind == TASK and work.due <= at
                mine = (work.kind, *queue_order(late, work.rank, work.due, work.id))
                if order is None or mine < order:
                    best, order = work, mine
        return best

    def waiting_for(self, person: str) -> int:
        """How much work somebody may take waits, shared with whoever else may."""
        return sum(group.many for group in self.of(person))

    def waiting(self) -> int:
        """How much work waits in all."""
        return sum(group.many for group in self._groups.values())
