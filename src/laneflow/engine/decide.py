"""The only implementation of what a lane means: one case, one input, one instant, one decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from laneflow import __version__
from laneflow.engine.closing import closed_by_hand, first_close, patient_died
from laneflow.engine.compiled import CompiledLane
from laneflow.engine.dates import NEXT_DAY, dated, tighten_windows
from laneflow.engine.facts import View, is_late, is_overdue
from laneflow.engine.fold import stamp
from laneflow.engine.ladder import climb, end, raise_
from laneflow.engine.publishing import republish
from laneflow.engine.state import (
    ON_CALLS,
    Act,
    Case,
    Decision,
    Event,
    Instant,
    PatientFile,
)
from laneflow.engine.step import DOCUMENTED, Step
from laneflow.engine.taking import take_act, take_event, take_note, touch
from laneflow.engine.tasks import (
    after_note,
    after_side_note,
    enter,
    follow_dates,
    put_side,
    sync_items,
)

if TYPE_CHECKING:
    from laneflow.engine.live import Live

# More rounds than any lane that check accepts can need: a lane that still moves is stopped here.
_MOST_ROUNDS = 64


def decide(
    live: Live,
    compiled: CompiledLane,
    case: Case,
    file: PatientFile,
    at: Instant,
    *,
    event: Event | None = None,
    act: Act | None = None,
    publish: bool = False,
    primary: bool = True,
) -> tuple[Case, Decision | None]:
    """The case after one input, and the decision that made it; None where nothing changed.

    At most one of ``event``, ``act``, ``publish`` is given; none of them is a wake. ``at`` is not
    before ``case.at``. ``primary`` is False for cases that only learn of an event whose
    escalation is raised in another case of the patient. Pure: no clock, chance, store or I/O.
    """
    step = Step(live, compiled, case, file, at, event, act, primary, publish)
    if case.closed is not None:
        _after_close(step)
    else:
        if publish:
            republish(step)
        _take_in(step)
        settle(step)
        _restart_period(step)
    return finish(step, input_of(event, act, publish, live))


def input_of(event: Event | None, act: Act | None, publish: bool, live: Live) -> tuple[str, ...]:
    """How the log names the input."""
    if act is not None:
        return ("act", act.id)
    if event is not None:
        return ("event", event.source, event.id)
    return ("publish", live.practice.hash) if publish else ("wake",)


def finish(step: Step, input_: tuple[str, ...]) -> tuple[Case, Decision | None]:
    """Set when the case wakes next, and close the books on this decision."""
    _set_wake(step)
    hashes = (step.lane.hash, step.live.practice.hash)
    case = step.case
    if not step.draft.changes and (case.lane_hash, case.practice_hash) == hashes:
        return case, None
    decision = Decision(
        case=case.id,
        seq=case.seq + 1,
        at=step.at,
        input=input_,
        changes=tuple(step.draft.changes),
        lane_hash=hashes[0],
        practice_hash=hashes[1],
        engine=__version__,
        notices=tuple(step.notices),
        trace=tuple(step.trace),
    )
    stamp(case, decision)
    return case, decision


def settle(step: Step) -> None:
    """Steps 3 to 7: escalate, close or move, and follow with tier, dates, tasks and ladders."""
    if step.event is not None:
        _raise_on(step, step.event.type)
    before = step.case.status, step.case.entered
    if step.event is not None or step.act is not None:
        _first_close_or_move(step)
    if step.kind and step.case.closed is None:
        _after_act(step, before)
    for _ in range(_MOST_ROUNDS):
        seen = step.draft.news
        if step.case.closed is None:
            _move_freely(step)
        if step.case.closed is not None:
            climb(step)
            return
        _set_tier(step)
        follow_dates(step)
        if step.lane.checklist:
            sync_items(step, step.look().rules)
        _sync_barriers(step)
        _escalate(step)
        climb(step)
        # Escalations may have come and gone: no rule can see them, so another round finds nothing.
        if step.draft.news == seen:
            return


def judged(
    live: Live,
    compiled: CompiledLane,
    case: Case,
    file: PatientFile,
    at: Instant,
    *,
    event: Event | None = None,
    act: Act | None = None,
    called: bool = True,
) -> Step:
    """The case as closes and moves judge it, when an input has just been taken in.

    ``called`` False: as the escalations that answer the input judge it, before any has opened.
    """
    step = Step(live, compiled, case, file, at, event, act)
    if case.closed is None:
        _take_in(step)
        if called and step.event is not None:
            _raise_on(step, step.event.type)
    return step


def _take_in(step: Step) -> None:
    if step.event is not None:
        take_event(step, step.event)
    if step.kind or (step.event is not None and step.event.source == "act"):
        touch(step)
    if step.kind == "note":
        take_note(step, step.said)
    elif step.act is not None:
        take_act(step, step.act.kind, step.act.data, step.act.by)


def period_event(period: str, case: Case, end_: Instant) -> Event:
    """What ``on: <period>.ended`` answers; it comes from laneflow itself."""
    id_ = f"{case.id}:{period}:{end_}"
    return Event(id_, "laneflow", f"{period}.ended", end_, case.patient, at=end_)


def _restart_period(step: Step) -> None:
    """After what ``<period>.ended`` led to, the period's counts start again."""
    event = step.event
    if event is None or event.source != "laneflow" or step.case.closed is not None:
        return
    name = event.type.removesuffix(".ended")
    spec, span = step.lane.periods.get(name), step.case.periods.get(name)
    if spec is None or span is None:
        step.draft.drop("periods", name)
        return
    end_ = span[1]
    after = step.calendar.add(end_, spec.every) if spec.every else step.calendar.month(end_)[1]
    step.draft.put("periods", name, (end_, after))
    step.event = None
    settle(step)


# closes and moves ------------------------------------------------------------------------------


def _first_close_or_move(step: Step) -> None:
    """Step 4 up to its first answer: a person's close, the first close, the first ``on`` move."""
    if patient_died(step) or closed_by_hand(step):
        return
    happened = _happened(step)
    if first_close(step, happened):
        return
    holding = step.look().rules
    for rule in step.compiled.moves[step.case.status]:
        move = rule.spec
        stays = move.to == step.case.status and not move.again
        if move.on in happened and rule.index in holding and not stays:
            step.because(rule, f"moved to {move.to}")
            enter(step, move.to)
            return


def _happened(step: Step) -> frozenset[str]:
    """The event types ``on`` rules may answer now: the event's own, or a note's."""
    if step.event is not None:
        return frozenset({step.event.type})
    if step.kind == "note":
        return frozenset({DOCUMENTED})
    return frozenset()


def _move_freely(step: Step) -> None:
    """Moves and closes without ``on``, until none applies."""
    for _ in range(_MOST_ROUNDS):
        holding = step.look().rules
        if holding.isdisjoint(step.compiled.acting[step.case.status]) and not step.case.confirming:
            return
        if first_close(step, frozenset()):
            return
        for rule in step.compiled.moves[step.case.status]:
            move = rule.spec
            if move.on is None and rule.index in holding and move.to != step.case.status:
                step.because(rule, f"moved to {move.to}")
                enter(step, move.to)
                break
        else:
            return


def _after_close(step: Step) -> None:
    """A closed case lives on only for what nobody has resolved yet."""
    if step.act is not None and step.act.kind in ON_CALLS:
        take_act(step, step.act.kind, step.act.data, step.act.by)
    climb(step)


# what a person's act leads to -------------------------------------------------------------------


def _after_act(step: Step, before: tuple[str, Instant]) -> None:
    """After a note or a finished task that moved nothing: the next date, the first that applies."""
    if (step.case.status, step.case.entered) != before or _would_move(step):
        return
    kind, said = step.kind, step.said
    key = said.get("task", "main")
    if key != "main":
        if kind == "note" and key in step.case.side:
            after_side_note(step, key, said.get("by_when"))
    elif kind == "note":
        ended = said.get("outcome") in ("reached", "reached partner")
        after_note(step, said, round_ended=ended)
    elif kind == "done":
        after_note(step, said, round_ended=True)


def _would_move(step: Step) -> bool:
    """Whether a move without ``on`` is about to take the case out of its status."""
    holding = step.look().rules
    return any(
        rule.index in holding and rule.spec.on is None and rule.spec.to != step.case.status
        for rule in step.compiled.moves[step.case.status]
    )


# tier, barriers, escalations ---------------------------------------------------------------------


def _set_tier(step: Step) -> None:
    holding = step.look().rules
    for field, rules in (("tier", step.compiled.tiers), ("kind", step.compiled.kinds)):
        for rule in rules:
            if rule.index in holding:
                if getattr(step.case, field) != rule.spec.name:
                    step.because(rule, f"{field} is {rule.spec.name}")
                    step.draft.set(field, rule.spec.name)
                    if field == "tier":
                        tighten_windows(step)
                break


def _sync_barriers(step: Step) -> None:
    for barrier in step.case.barriers:
        spec = step.lane.barriers.get(barrier)
        key = f"barrier:{barrier}"
        if spec is None or spec.task is None or key in step.case.side:
            continue
        if step.case.raised.get(key) == step.case.barriers[barrier]:
            continue  # its task was made, and ended, for this same mention of the barrier
        task = spec.task
        step.draft.put("raised", key, step.case.barriers[barrier])
        due = dated(step, step.at, task.due.duration or NEXT_DAY)
        put_side(
            step, key, key, task.do, due,
            who=task.who or "", to=task.to or "", script=task.script or "",
            channel=task.attempts[0].by if task.attempts else "",
        )  # fmt: skip


BUILT_IN: dict[str, Callable[[View], bool]] = {
    "overdue": is_overdue,
    "first_response_late": is_late,
    "untouched": lambda v: v.case.untouched is not None and v.case.untouched.at <= v.at,
}
"""What every lane calls for help about, whatever it says."""


def _escalate(step: Step) -> None:
    """``when`` escalations open as their condition becomes true and go as it becomes false."""
    holding, before = step.look().rules, step.case.held
    held = tuple(
        rule.spec.id
        for rule in step.compiled.standing
        if (BUILT_IN[rule.spec.builtin](step.view) if rule.spec.builtin else rule.index in holding)
    )
    if held == before:
        return
    for rule in step.compiled.standing:
        id_ = rule.spec.id
        if id_ in held and id_ not in before:
            step.because(rule, "called for help")
            raise_(step, rule.spec)
        elif id_ not in held and id_ in step.case.escalations:
            step.because(rule, "no longer so, withdrawn")
            end(step, id_)
    step.draft.set("held", held)


def _raise_on(step: Step, event_type: str) -> None:
    if not step.primary:
        return
    for rule in step.compiled.called_by.get(event_type, ()):
        if rule.index in step.look().rules:
            step.because(rule, "called for help")
            raise_(step, rule.spec)


# waking ---------------------------------------------------------------------------------------


def _set_wake(step: Step) -> None:
    """Step 8: the least instant after now at which anything about the case may change."""
    at, least = step.at, None
    for t in _instants(step):
        if t is not None and t > at and (least is None or t < least):
            least = t
    step.draft.set("wake_at", least)


def _instants(step: Step) -> Iterator[Instant | None]:
    case = step.case
    for escalation in case.escalations.values():
        yield escalation.until
    if case.closed is not None:
        return
    if case.task is not None and not case.task.paused:
        yield case.task.due.at
    for side in case.side.values():
        yield side.due.at
    if case.first_attempt is None and "first_attempt" in case.windows:
        yield case.windows["first_attempt"].at
    if case.first_contact is None and "first_contact" in case.windows:
        yield case.windows["first_contact"].at
    if case.untouched is not None:
        yield case.untouched.at
    for _, end_ in case.periods.values():
        yield end_
    yield step.look().flip
