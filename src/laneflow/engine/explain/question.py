"""One question about one case: what is looked at, what time alone will bring, how a rule stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from laneflow.engine.compiled import CompiledLane, Numbered
from laneflow.engine.decide import judged
from laneflow.engine.explain.ahead import Hit, Wake, wakes
from laneflow.engine.explain.asking import AHEAD, condition_of
from laneflow.engine.explain.model import Explained, Note, Part, State
from laneflow.engine.facts import View
from laneflow.engine.live import Live
from laneflow.engine.state import Act, Case, Event, Instant, PatientFile
from laneflow.engine.step import DOCUMENTED


class Question:
    """A case at an instant, perhaps with an input that has just been taken in.

    ``holding``: the rules whose tests hold. ``happened``: the events ``on`` rules may answer now.
    """

    def __init__(
        self,
        live: Live,
        case: Case,
        file: PatientFile,
        at: Instant,
        given: Event | Act | None = None,
        trigger: Event | None = None,
        *,
        called: bool = True,
    ) -> None:
        self.live, self.at, self.given, self.trigger = live, at, given, trigger
        self.compiled: CompiledLane = live.lanes[case.lane]
        self.lane = self.compiled.lane
        self.happened = _happened(given)
        self.case = _taken_in(self, case, file, called) if given is not None else case
        self.file = replace(file, cases={case.id: self.case}, held=[], again=[], at=at)
        self.view = View(self.lane, self.case, self.file, live.calendar(case.location), at)
        self.holding: frozenset[int] = frozenset()
        if self.case.status in self.lane.statuses:
            self.holding = self.compiled.look(self.view, self.case.status).rules
        self._coming: Iterator[Wake] | None = None
        self._come: list[Wake] = []
        self._held: dict[tuple[Instant, int], frozenset[int]] = {}

    @property
    def closed(self) -> bool:
        """Whether the case has ended."""
        return self.case.closed is not None

    def coming(self) -> Iterator[Wake]:
        """The case's wakes from here on if nothing else happens, decided once for all askers."""
        if self._coming is None:
            asleep = self.closed or self.given is not None
            self._coming = iter(()) if asleep else wakes(self.live, self.case, self.file, self.at)
        yield from self._come
        for wake in self._coming:
            self._come.append(wake)
            yield wake

    def first(self, hit: Hit) -> Instant | None:
        """The first instant at which a coming wake is a ``hit``."""
        return next((wake.at for wake in self.coming() if hit(wake)), None)

    def holds_after(self, index: int) -> Hit:
        """Whether a rule's tests hold once everything due at a wake has been decided."""

        def hit(wake: Wake) -> bool:
            return index in self.holding_after(wake)

        return hit

    def holding_after(self, wake: Wake) -> frozenset[int]:
        """The rules whose tests hold after a wake; none in a case it has closed."""
        case, key = wake.after, (wake.at, wake.after.seq)
        held = self._held.get(key)
        if held is None:
            view = View(self.lane, case, self.file, self.view.calendar, wake.at)
            open_ = case.closed is None
            held = self.compiled.look(view, case.status).rules if open_ else frozenset()
            self._held[key] = held
        return held


def _happened(given: Event | Act | None) -> frozenset[str]:
    if isinstance(given, Event):
        return frozenset({given.type})
    if given is not None and given.kind == "note":
        return frozenset({DOCUMENTED})
    return frozenset()


def _taken_in(question: Question, case: Case, file: PatientFile, called: bool) -> Case:
    given = question.given
    event = given if isinstance(given, Event) else None
    act = given if isinstance(given, Act) else None
    live, compiled, at = question.live, question.compiled, question.at
    return judged(live, compiled, case, file, at, event=event, act=act, called=called).case


def told(
    question: Question,
    name: str,
    kind: str,
    does: str,
    *,
    rule: Numbered[Any] | None = None,
    view: View | None = None,
    condition: Part | None = None,
    holds: bool | None = None,
    hindrances: list[Note] | None = None,
    waits: bool = False,
    in_force: bool = False,
    hit: Hit | None = None,
    ends: Hit | None = None,
    lives_on: bool = False,
    **more: Any,
) -> Explained:
    """One explanation put together.

    ``waits``: the rule acts only when an event or a person comes for it. ``hit``: what to look for
    ahead (for a rule that waits: that its tests hold); ``ends``: what ends a rule in force.
    ``lives_on``: it is asked of a closed case.
    """
    over = question.closed and not lives_on
    file, line = question.compiled.place(rule) if rule is not None else ("", 0)
    if condition is None and rule is not None:
        condition = condition_of(question.compiled, rule, view or question.view)
    if holds is None:
        holds = condition.holds if condition is not None else False
    held_back = [*(_closed(question) if over else ()), *(hindrances or [])]
    kinds = {note.kind for note in held_back}
    awaited = holds and waits and "status" not in kinds
    ahead = question.at if awaited else None if hit is None else question.first(hit)
    return Explained(
        name=name, kind=kind, case=question.case.id, lane=question.lane.id, at=question.at,
        does=does, holds=holds, file=more.pop("file", file), line=more.pop("line", line),
        on=getattr(rule.spec, "on", None) or "" if rule is not None else "",
        condition=condition, hindrances=tuple(held_back),
        state="over" if over else "in force" if in_force else _state(
            holds and "status" not in kinds, held_back=bool(kinds - _AWAITED), waits=waits,
            acts=not waits and ahead == question.at,
        ),
        next=None if in_force else ahead,
        looked=question.at + AHEAD,
        ends=question.first(ends) if in_force and ends is not None else None,
        **more,
    )  # fmt: skip


def _state(holds: bool, *, held_back: bool, waits: bool, acts: bool) -> State:
    if acts:
        return "acts"
    if not holds:
        return "no"
    if held_back:
        return "held back"
    return "ready" if waits else "acts"


_AWAITED = frozenset({"event", "person"})  # what a rule may wait for without being held back


def _closed(question: Question) -> list[Note]:
    closed = question.case.closed
    if closed is None:
        return []
    return [Note("closed", f"the case was closed as {closed.outcome} on {{at}}", closed.at)]


def event_note(question: Question, on: str) -> Note:
    """That a rule waits for an event, and when that last came to the case."""
    times = question.case.counts.get(on)
    if times:
        return Note("event", f"it answers only a new {on}; the last one was on {{at}}", times[-1])
    return Note("event", f"it answers {on}, which has not come to this case")


def earlier_note(rule: Numbered[Any]) -> Note:
    """That another rule comes first."""
    return Note("earlier", f"{rule.name} comes first: its tests hold, too")
