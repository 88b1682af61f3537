"""Escalations of a case: opened, climbed one staffed rung at a time, taken, resolved, withdrawn."""

from __future__ import annotations

from msgspec.structs import replace

from laneflow.engine.calendar import Calendar
from laneflow.engine.dates import dated
from laneflow.engine.state import Escalation, Instant
from laneflow.engine.step import Step
from laneflow.engine.tasks import pause
from laneflow.lanes.model import EscalationRule, Lane
from laneflow.practice.model import Ladder, Person, Practice

LUNCH: Instant = 60 * 60_000
"""How long somebody who is only at lunch may keep a call that is not told at once waiting."""
LAST_RESORT = "last resort"
ASKED = "asked"  # an escalation a person asked for in a note; its ladder is kept in ``because``


def raise_(step: Step, rule: EscalationRule, because: str = "") -> None:
    """Call for help. A repeat joins the rule's untaken escalation."""
    held = step.case.escalations.get(rule.id)
    if held is not None and held.state == "open":
        return
    n = step.case.raised.get(rule.id, 0) + 1
    step.draft.put("raised", rule.id, n)
    blank = Escalation(rule.id, n, step.at, -1, "", step.at, None, because=because)
    _stand(step, _ladder(step, rule.id, because), blank, 0)
    if rule.pause_outreach:
        pause(step, True)


def climb(step: Step) -> None:
    """Move every escalation whose time has run out to its next staffed rung."""
    for held in list(step.case.escalations.values()):
        if held.until is not None and held.until <= step.at:
            ladder = _ladder(step, held.rule, held.because)
            _stand(step, ladder, _left(held), held.rung + 1)
            now = step.case.escalations[held.rule]
            step.say(f"escalations.{held.rule}", f"nobody in time, told {now.role}")


def _left(held: Escalation) -> Escalation:
    """Whoever held it, or was asked for by name, does so no longer."""
    return replace(held, state="open", taken_by="", taken_at=None, asked="")


def hand_on(step: Step, rule: str, to: str = "", *, back: bool = False) -> None:
    """A person hands it on: to the next rung, to somebody by name, or back to its own rung.

    Whoever is asked by name has as long as the rung it stands on, then the ladder climbs from
    there: handing on buys nobody more time than the ladder gives.
    """
    held = step.case.escalations.get(rule)
    if held is None:
        return
    ladder = _ladder(step, rule, held.because)
    if to:
        _ask(step, ladder, replace(_left(held), asked=to))
        step.say(f"escalations.{rule}", "handed on to somebody by name")
        return
    _stand(step, ladder, _left(held), held.rung if back else held.rung + 1)
    now = step.case.escalations[rule]
    step.say(f"escalations.{rule}", f"handed {'back' if back else 'on'}, told {now.role}")


def _ask(step: Step, ladder: Ladder, held: Escalation) -> None:
    """Tell the person named, as soon as the ladder would tell a rung; their clock starts then."""
    at_once = told_at_once(step.live.practice, ladder, step.case.tier)
    release = step.at if at_once else step.calendar.next_open(step.at)
    within = (
        ladder.rungs[held.rung].within if held.rung < len(ladder.rungs) else ladder.resolve_within
    )
    until = step.calendar.add(release, within)
    step.draft.put(
        "escalations", held.rule, replace(held, release=release, until=until, last=False)
    )
    step.notify(held.rule, held.role, release, held.asked)


def _stand(step: Step, ladder: Ladder, held: Escalation, first: int) -> None:
    """Stand on the first staffed rung from ``first``; nobody at all is the last resort.

    A rung is told at once or at the next opening, and its clock starts then. The last rung has
    no clock: it stands on its holder's and the manager's list until it is taken.
    """
    at_once = told_at_once(step.live.practice, ladder, step.case.tier)
    release = step.at if at_once else step.calendar.next_open(step.at)
    for index in range(first, len(ladder.rungs)):
        rung = ladder.rungs[index]
        if staffed(step.calendar, rung.role, release, at_once):
            last = index == len(ladder.rungs) - 1
            until = None if last else step.calendar.add(release, rung.within)
            held = replace(
                held, rung=index, role=rung.role, release=release, until=until, last=last
            )
            break
    else:
        at = len(ladder.rungs)
        held = replace(held, rung=at, role=LAST_RESORT, release=release, until=None, last=True)
    step.draft.put("escalations", held.rule, held)
    step.notify(held.rule, held.role, release)


def told_at_once(practice: Practice, ladder: Ladder, tier: str) -> bool:
    """Whether a ladder's rungs are told at any hour: it says so, or the case is of the top tier."""
    return ladder.at_once or tier == practice.tiers[0]


def staffed(calendar: Calendar, role: str, release: Instant, at_once: bool) -> bool:
    """Whether somebody is there; where minutes do not count, whoever is at lunch is there."""
    if calendar.staffed(role, release):
        return True
    return not at_once and calendar.staffed(role, release + LUNCH)


def _ladder(step: Step, rule: str, because: str) -> Ladder:
    practice = step.live.practice
    name = because if rule == ASKED else step.live.ladder_of(step.lane, rule)
    return practice.ladders.get(name) or practice.ladders[practice.default_ladder]


def ladder_of(practice: Practice, lane: Lane | None, held: Escalation) -> Ladder:
    """The ladder a call for help stands on."""
    rules = lane.escalations if lane else ()
    named = next((rule.ladder for rule in rules if rule.id == held.rule), held.because)
    return practice.ladders.get(named) or practice.ladders[practice.default_ladder]


def answering_roles(practice: Practice, lane: Lane | None, held: Escalation) -> list[str]:
    """The roles that may see to a call: those of its ladder's rungs, and managers."""
    ladder = ladder_of(practice, lane, held)
    roles = [*(rung.role for rung in ladder.rungs), practice.manager_role, held.role]
    return list(dict.fromkeys(role for role in roles if role != LAST_RESORT))


def may_answer(practice: Practice, lane: Lane | None, held: Escalation, person: Person) -> bool:
    """Whether a person may take, answer or hand on a call: by role, or because it is with them."""
    with_them = (practice.on_call, practice.last_resort, held.taken_by, held.asked)
    roles = answering_roles(practice, lane, held)
    return person.id in with_them or not set(roles).isdisjoint(person.roles)


def take(step: Step, rule: str, person: str) -> None:
    """Somebody answers for it, by a date; past that date the ladder goes on."""
    held = step.case.escalations.get(rule)
    if held is not None:
        ladder = _ladder(step, rule, held.because)
        until = dated(step, step.at, ladder.resolve_within).at
        taken = replace(held, state="taken", taken_by=person, taken_at=step.at, until=until)
        step.draft.put("escalations", rule, replace(taken, last=False, asked=""))


def end(step: Step, rule: str) -> None:
    """Resolved or withdrawn: it leaves the case, and outreach goes on if nothing else holds it."""
    step.draft.drop("escalations", rule)
    if step.case.paused:
        pausing = {e.id for e in step.lane.escalations if e.pause_outreach}
        if not pausing & step.case.escalations.keys():
            pause(step, False)
