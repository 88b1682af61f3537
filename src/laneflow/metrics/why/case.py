"""Owns ``why`` of a case: each step with its rules, facts and people, and why it now stands so."""

from __future__ import annotations

import msgspec

from laneflow.engine.explain.naming import side_task
from laneflow.engine.explain.wakes import why_it_wakes
from laneflow.engine.live import Live
from laneflow.engine.state import Act, Case, Date, Trace
from laneflow.lanes.words import capital, plain
from laneflow.metrics.case.story import Step, event_of, happened
from laneflow.metrics.case.words import did_in_words, judged
from laneflow.metrics.why.dates import why_date, why_due
from laneflow.metrics.why.then import Then
from laneflow.practice import words
from laneflow.practice.coverage import holders
from laneflow.practice.model import Practice
from laneflow.practice.names import Names
from laneflow.work.words import changes


class RuleActed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule that acted: where it is written, what it did, its tests with the values they saw."""

    rule: str
    did: str = ""
    file: str = ""
    line: int = 0
    because: str = ""


class StepWhy(msgspec.Struct, frozen=True, omit_defaults=True):
    """One decision. ``event``: the type of the event it is about, as lanes name it, "" for none.

    ``assigned``: who was given what and why; ``dates``: why what is due when.
    """

    at: str
    seq: int
    happened: str
    event: str = ""
    by: str = ""
    rules: tuple[RuleActed, ...] = ()
    changed: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()


class Now(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the case stands at the end of what is told, and why."""

    status: str
    since: str
    lines: tuple[str, ...] = ()
    wakes: str = ""
    wakes_because: tuple[str, ...] = ()


class CaseWhy(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole answer."""

    case: str
    lane: str
    steps: tuple[StepWhy, ...]
    now: Now
    unknown: tuple[str, ...] = ()


def why_case(then: Then) -> CaseWhy:
    """Why a case stands as it does, from its first decision on."""
    steps = tuple(_step(then.live, step) for step in then.steps)
    return CaseWhy(then.case.id, then.case.lane, steps, _now(then), then.unknown)


def _step(live: Live, step: Step) -> StepWhy:
    practice, decision = live.practice, step.decision
    zone, names = words.zone_of(practice, step.after.location), Names(live.loaded, step.after.lane)
    return StepWhy(
        at=words.iso(decision.at, zone) or "",
        seq=decision.seq,
        happened=happened(live.loaded, step),
        event=event_of(step),
        by=acted.by if isinstance(acted := step.pressed or step.input, Act) else "",
        rules=tuple(_acted(names, trace, zone) for trace in decision.trace),
        changed=tuple(changes(live.loaded, step.before, step.after)),
        assigned=tuple(_assigned(live, step)),
        dates=tuple(_dates(live, step, zone)),
    )


def _acted(names: Names, trace: Trace, zone: str) -> RuleActed:
    because = "; ".join(judged(*test, zone) for test in trace.tests)
    return RuleActed(trace.rule, did_in_words(names, trace.did), trace.file, trace.line, because)


# who ----------------------------------------------------------------------------------------------


def _assigned(live: Live, step: Step) -> list[str]:
    """Who became owner or backup in a step, and why it is them."""
    found = []
    for field in ("owner", "backup"):
        person = getattr(step.after, field)
        if person and (step.before is None or person != getattr(step.before, field)):
            name = words.name_of(live.practice, person)
            found.append(f"{field} {name}: {_why_them(live, step, field, person)}")
    return found


def _why_them(live: Live, step: Step, field: str, person: str) -> str:
    if isinstance(step.input, Act):
        return f"{words.name_of(live.practice, step.input.by)} said so"
    compiled = live.lanes.get(step.after.lane)
    if compiled is None:
        return "the lane said so then"
    return _why_role(live.practice, getattr(compiled.lane, field), step.after, person)


def _why_role(practice: Practice, role: str, case: Case, person: str) -> str:
    place = words.place_of(practice, case.location)
    able = [one.id for one in holders(practice, role, case.location)]
    if person not in able:
        if not able and person == practice.last_resort:
            return f"nobody is {role}, so the last resort"
        return f"the {role} at that time"
    if len(able) == 1:
        return f"the only {role} at {place}"
    return f"one of {len(able)} who are {role} at {place}; the case's number decides"


# when ---------------------------------------------------------------------------------------------


def _dates(live: Live, step: Step, zone: str) -> list[str]:
    """Why each date that a step set is what it is."""
    before, after = step.before, step.after
    if after.lane not in live.lanes:
        return []
    found = []
    task, was = after.task, before.task if before else None
    if task is not None and (was is None or (was.id, was.due) != (task.id, task.due)):
        found.append(_said("due", task.due, why_due(live, after, task, zone), zone))
    for key, side in after.side.items():
        held = before.side.get(key) if before else None
        if held is None or held.due != side.due:
            what = side_task(live.practice, key)
            found.append(_said(what, side.due, why_due(live, after, side, zone), zone))
    for name, date in after.windows.items():
        held_date = before.windows.get(name) if before else None
        if held_date != date:
            tightened = " (brought forward by the tier)" if held_date is not None else ""
            why = why_date(live, after, date, zone) + tightened
            found.append(_said(f"window {plain(name)}", date, why, zone))
    return found


def _said(what: str, date: Date, why: str, zone: str) -> str:
    return f"{what} {words.spoken(date.at, zone)}: {why}"


# now ----------------------------------------------------------------------------------------------


def _now(then: Then) -> Now:
    case, live = then.case, then.live
    zone = words.zone_of(live.practice, case.location)
    status = "closed" if case.closed is not None else plain(case.status)
    return Now(
        status=status,
        since=words.spoken(case.closed.at if case.closed is not None else case.entered, zone),
        lines=tuple(_standing(live, case, zone)),
        wakes=words.spoken(case.wake_at, zone),
        wakes_because=why_it_wakes(live, case, then.file),
    )


def _standing(live: Live, case: Case, zone: str) -> list[str]:
    if case.closed is not None:
        return [f"Closed as {case.closed.outcome}: {case.closed.reason} ({case.closed.rule})."]
    lines = [f"The tier is {case.tier}."]
    people = {"owner": case.owner, "backup": case.backup}
    lines += [f"The {as_} is {words.name_of(live.practice, who)}." for as_, who in people.items()]
    if case.task is not None:
        due = words.spoken(case.task.due.at, zone)
        lines.append(f"The main task is due {due}: {why_due(live, case, case.task, zone)}.")
        if case.task.start is not None:
            start = case.task.start
            why = why_date(live, case, start, zone)
            lines.append(f"It starts {words.spoken(start.at, zone)}: {why}.")
    for key, side in case.side.items():
        due = words.spoken(side.due.at, zone)
        what = side_task(live.practice, key)
        why = why_due(live, case, side, zone)
        lines.append(f"{capital(what)} is due {due}: {why}.")
    names = Names(live.loaded, case.lane)
    for rule, held in case.escalations.items():
        until = f" until {words.spoken(held.until, zone)}" if held.until is not None else ""
        lines.append(f"{names.escalation(rule)} is open, with the {held.role}{until}.")
    return lines


def tell_case(found: CaseWhy, *, full: bool, most: int = 6) -> list[str]:
    """The answer as lines. Short: the latest steps in which a rule acted or something changed."""
    told = [step for step in found.steps if step.rules or step.changed]
    hidden = 0 if full else max(0, len(told) - most)
    lines = [f"({hidden} earlier steps; --full shows them)"] if hidden else []
    for step in found.steps if full else told[hidden:]:
        lines += _tell_step(step, full=full)
    lines += ["", f"Now: {found.now.status}, since {found.now.since}."]
    lines += [f"    {line}" for line in found.now.lines]
    if found.now.wakes:
        lines.append(f"    Decides next by itself {found.now.wakes}:")
        lines += [f"        {why}" for why in found.now.wakes_because]
    return lines


def _tell_step(step: StepWhy, *, full: bool) -> list[str]:
    event = f" ({step.event})" if step.event else ""
    lines = [f"{step.at[:16].replace('T', ' ')}  {step.happened}{event}"]
    for rule in step.rules:
        place = f" ({rule.file}:{rule.line})" if rule.file else ""
        did = f": {rule.did}" if rule.did else ""
        lines.append(f"    {rule.rule}{place}{did}")
        if rule.because:
            lines.append(f"        because {rule.because}")
    if full or not step.rules:
        lines += [f"    {changed}" for changed in step.changed]
    if full:
        lines += [f"    {said}" for said in (*step.assigned, *step.dates)]
    return lines
