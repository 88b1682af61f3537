"""The only implementation of what a lane means: one case, one input, one instant, one decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from laneflow import __version__
from laneflow.engine.compiled import CompiledLane, Numbered
from laneflow.engine.dates import NEXT_DAY, dated, redated, tighten_windows
from laneflow.engine.facts import is_late, is_overdue
from laneflow.engine.fold import stamp
from laneflow.engine.ladder import climb, end, raise_
from laneflow.engine.state import Act, Case, Closed, Decision, Event, Instant, PatientFile
from laneflow.engine.step import Step
from laneflow.engine.taking import take_act, take_event, take_note, touch
from laneflow.engine.tasks import (
    OPEN_ITEM,
    after_note,
    after_side_note,
    enter,
    follow_dates,
    put_side,
    sync_items,
)
from laneflow.lanes.model import Close, EscalationRule

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
            _republish(step)
        _take_in(step)
        settle(step)
        _restart_period(step)
    return finish(step, input_of(event, act, publish, live))


def input_of(
    event: Event | None, act: Act | None, publish: bool, live: Live
) -> tuple[str, ...]:
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
    _first_close_or_move(step)
    if step.act is not None and step.case.closed is None:
        _after_act(step, before)
    for _ in range(_MOST_ROUNDS):
        seen = len(step.draft.changes)
        if step.case.closed is None:
            _move_freely(step)
        if step.case.closed is not None:
            climb(step)
            return
        _set_tier(step)
        follow_dates(step)
        sync_items(step)
        _sync_barriers(step)
        _escalate(step)
        climb(step)
        if len(step.draft.changes) == seen:
            return


def _take_in(step: Step) -> None:
    if step.event is not None:
        take_event(step, step.event)
        if step.event.source == "act":
            touch(step)
    elif step.act is not None:
        act = step.act
        touch(step)
        if act.kind == "note":
            take_note(step, act.data)
        else:
            take_act(step, act.kind, act.data, act.by)


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
    """Step 4 up to its first answer: a person's close, the first close, else the first ``on`` move."""
    if _patient_died(step) or _closed_by_hand(step):
        return
    happened = _happened(step)
    if _first_close(step, happened):
        return
    holding = step.look().rules
    for rule in step.compiled.moves[step.case.status]:
        move = rule.spec
        if move.on in happened and rule.index in holding:
            if move.to != step.case.status or move.again:
                step.because(rule, f"moved to {move.to}")
                enter(step, move.to)
                return


def _happened(step: Step) -> frozenset[str]:
    """The event types ``on`` rules may answer now: the event's own, or a note's."""
    if step.event is not None:
        return frozenset({step.event.type})
    if step.act is not None and step.act.kind == "note":
        return frozenset({"contact.documented"})
    return frozenset()


def _move_freely(step: Step) -> None:
    """Moves and closes without ``on``, until none applies."""
    for _ in range(_MOST_ROUNDS):
        if _first_close(step, frozenset()):
            return
        holding = step.look().rules
        for rule in step.compiled.moves[step.case.status]:
            move = rule.spec
            if move.on is None and rule.index in holding and move.to != step.case.status:
                step.because(rule, f"moved to {move.to}")
                enter(step, move.to)
                break
        else:
            return


def _first_close(step: Step, happened: frozenset[str]) -> bool:
    holding = step.look().rules
    asking: list[str] = []
    for rule in step.compiled.closes:
        spec = rule.spec
        if spec.by_hand or rule.index not in holding:
            continue
        if spec.on is not None and spec.on not in happened:
            continue
        said = str((step.event.data if step.event else {}).get("reason") or "")
        if spec.confirm is not None or (spec.ask and not said):
            asking.append(rule.name)
            _ask_to_confirm(step, rule)
            continue
        step.because(rule, f"closed as {spec.outcome}")
        close(step, spec.outcome, said or spec.reason or spec.outcome, rule.name)
        return True
    _forget_answers(step, asking)
    return False


def _ask_to_confirm(step: Step, rule: Numbered[Close]) -> None:
    """A close that needs a yes, or a reason nobody gave yet: a task, and the case stays."""
    if rule.name in step.case.confirming:
        return
    step.draft.set("confirming", (*step.case.confirming, rule.name))
    number = rule.name[len("closes[") : -1]
    key = f"confirm:{number}"
    step.because(rule, "asked for a yes")
    do = f"Confirm closing as {rule.spec.outcome}, with the reason"
    due = dated(step, step.at, NEXT_DAY)
    put_side(step, key, key, do, due, who=rule.spec.confirm or "")


def _forget_answers(step: Step, asking: list[str]) -> None:
    """A question whose ground has gone is withdrawn; it may be asked again another time."""
    if not step.case.confirming:
        return
    rules = {rule.name: rule.spec for rule in step.compiled.closes}
    holding = step.look().rules
    names = {r.name for r in step.compiled.closes if r.index in holding}
    for name in step.case.confirming:
        spec = rules.get(name)
        if name in asking or (spec is not None and spec.on is not None and name in names):
            continue
        step.draft.set("confirming", tuple(n for n in step.case.confirming if n != name))
        step.draft.drop("side", f"confirm:{name[len('closes[') : -1]}")


def _patient_died(step: Step) -> bool:
    if step.event is None or step.event.type != "patient.deceased":
        return False
    step.say("patient.deceased", "closed as cancelled")
    close(step, "cancelled", "The patient has died", "patient.deceased")
    return True


def _closed_by_hand(step: Step) -> bool:
    act = step.act
    if act is None or act.kind not in ("close", "confirm"):
        return False
    if act.kind == "confirm":
        return _confirmed(step, act)
    person = step.live.practice.people.get(act.by)
    roles = {act.role} if act.role else set(person.roles if person else ())
    holding = step.look().rules
    for rule in step.compiled.closes:
        spec = rule.spec
        allowed = roles & set(spec.by_hand) and rule.index in holding
        if allowed and spec.outcome == act.data["outcome"]:
            step.because(rule, f"closed as {spec.outcome}")
            close(step, spec.outcome, act.data.get("reason") or spec.reason or "", rule.name, act.by)
            return True
    return False


def _confirmed(step: Step, act: Act) -> bool:
    name = f"closes[{act.data['close']}]"
    rule = next((r for r in step.compiled.closes if r.name == name), None)
    if rule is None or name not in step.case.confirming or not act.data.get("yes"):
        return False
    reason = act.data.get("reason") or rule.spec.reason or rule.spec.outcome
    step.because(rule, f"closed as {rule.spec.outcome}")
    close(step, rule.spec.outcome, reason, rule.name, act.by)
    return True


def close(step: Step, outcome: str, reason: str, rule: str, by: str = "") -> None:
    """End the case: its tasks go; a call for help that an event raised stays until resolved."""
    draft = step.draft
    draft.set("closed", Closed(outcome, reason, step.at, rule, by))
    draft.set("queue", "closed")
    draft.set("task", None)
    for key in list(step.case.side):
        draft.drop("side", key)
    kept = {e.id for e in step.lane.escalations if e.on is not None} | {"asked"}
    for key in list(step.case.escalations):
        if key not in kept:
            draft.drop("escalations", key)
    draft.set("untouched", None)
    draft.set("held", ())
    draft.set("confirming", ())
    draft.set("paused", False)


def _after_close(step: Step) -> None:
    """A closed case lives on only for what nobody has resolved yet."""
    if step.act is not None and step.act.kind in ("take", "resolve"):
        take_act(step, step.act.kind, step.act.data, step.act.by)
    climb(step)


# what a person's act leads to -------------------------------------------------------------------


def _after_act(step: Step, before: tuple[str, Instant]) -> None:
    """After a note or a finished task that moved nothing: the next date, the first that applies."""
    act = step.act
    assert act is not None
    if (step.case.status, step.case.entered) != before or _would_move(step):
        return
    key = act.data.get("task", "main")
    if key != "main":
        if act.kind == "note" and key in step.case.side:
            after_side_note(step, key, act.data.get("by_when"))
    elif act.kind == "note":
        ended = act.data.get("outcome") in ("reached", "reached partner")
        after_note(step, act.data, round_ended=ended)
    elif act.kind == "done":
        after_note(step, act.data, round_ended=True)


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


_BUILT_IN: dict[str, Callable[[Step], bool]] = {
    "overdue": lambda step: is_overdue(step.view),
    "first_response_late": lambda step: is_late(step.view),
    "untouched": lambda step: (
        step.case.untouched is not None and step.case.untouched.at <= step.at
    ),
}


def _escalate(step: Step) -> None:
    """``when`` escalations open as their condition becomes true and go as it becomes false."""
    holding = step.look().rules
    held = []
    for rule in step.compiled.escalations:
        spec = rule.spec
        if spec.on is not None:
            continue
        true = _BUILT_IN[spec.builtin](step) if spec.builtin else rule.index in holding
        if true:
            held.append(spec.id)
            if spec.id not in step.case.held:
                step.because(rule, "called for help")
                raise_(step, spec)
        elif spec.id in step.case.escalations:
            step.because(rule, "no longer so, withdrawn")
            end(step, spec.id)
    step.draft.set("held", tuple(held))


def _raise_on(step: Step, event_type: str) -> None:
    if not step.primary:
        return
    for rule in step.compiled.escalations:
        spec: EscalationRule = rule.spec
        if spec.on == event_type and rule.index in step.look().rules:
            step.because(rule, "called for help")
            raise_(step, spec)


# publishing and waking ---------------------------------------------------------------------------


def _republish(step: Step) -> None:
    """A lane or the practice was published: map a renamed status, renew words, date again."""
    status = step.case.status
    if status not in step.lane.statuses:
        known = (s.id for s in step.lane.statuses.values() if status in s.was)
        renamed = next(known, None)
        if renamed is None:
            step.say("publish", f"status {status} is gone, started again")
            enter(step, step.lane.first_status)
        else:
            step.draft.set("status", renamed)
            step.draft.set("queue", step.lane.statuses[renamed].queue)
            step.draft.set("visited", (*step.case.visited, renamed))
    known_rules = {e.id for e in step.lane.escalations} | {"asked"}
    for key in list(step.case.escalations):
        if key not in known_rules:
            step.draft.drop("escalations", key)
    _redate(step)


def _redate(step: Step) -> None:
    for name, date in step.case.windows.items():
        step.draft.put("windows", name, redated(step, date))
    tighten_windows(step)
    task = step.case.task
    if task is not None:
        spec = step.status.task
        step.draft.set(
            "task",
            replace(
                task, due=redated(step, task.due), do=spec.do, script=spec.script or "",
                who=spec.who or "", source=f"status:{step.case.status}",
            ),
        )  # fmt: skip
    for key, side in step.case.side.items():
        step.draft.put("side", key, replace(side, due=redated(step, side.due)))
    for key, item in step.case.items.items():
        if item.due is not None and item.state in OPEN_ITEM:
            step.draft.put("items", key, replace(item, due=redated(step, item.due)))
    if step.case.untouched is not None:
        step.draft.set("untouched", redated(step, step.case.untouched))


def _set_wake(step: Step) -> None:
    """Step 8: the least instant after now at which anything about the case may change."""
    times = (t for t in _instants(step) if t is not None and t > step.at)
    step.draft.set("wake_at", min(times, default=None))


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
