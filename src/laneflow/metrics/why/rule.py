"""Owns the answer to ``why-not``: how a rule stands, and how it stood when its event last came."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from laneflow.engine.explain.model import Explained, Note
from laneflow.engine.explain.naming import words_for
from laneflow.engine.explain.rules import explain_rule
from laneflow.engine.filing import events_of
from laneflow.engine.route import pressed_event, pressed_in
from laneflow.engine.state import Act, Event
from laneflow.engine.step import DOCUMENTED
from laneflow.errors import LaneflowError, Problem, did_you_mean
from laneflow.metrics.case.story import Step
from laneflow.metrics.why.then import Then, file_then, live_then
from laneflow.work.app import App


class WhyNot(msgspec.Struct, frozen=True, omit_defaults=True):
    """``now``: how the rule stands at the instant asked for. ``last``: for a rule that answers an
    event, how it stood when that event last came; None where it never has."""

    now: Explained
    last: Explained | None = None


def why_not(app: App, then: Then, rule: str) -> WhyNot:
    """How ``rule`` stands in a case. Raises LaneflowError, with the nearest, for an unknown one."""
    now = explain_rule(then.live, then.case, then.file, rule, then.at, trigger=then.trigger)
    if now is None:
        known = words_for(then.live.lanes[then.case.lane], then.case)
        what = f'the lane {then.case.lane} has no rule "{rule}"'
        hint = did_you_mean(rule, known, "`laneflow why-not CASE` lists those one can ask about.")
        raise LaneflowError(Problem("rule", 0, 0, what, hint))
    return WhyNot(now, _when_it_came(app, then, now))


def _when_it_came(app: App, then: Then, now: Explained) -> Explained | None:
    """The rule as it was judged when the event it answers last came to the case."""
    if not now.on or now.kind == "opening":
        return None
    for n, step in reversed(list(enumerate(then.steps))):
        given = given_of(step, then.steps[:n])
        if step.before is None or given is None or not _brought(given, now.on):
            continue
        at = step.decision.at
        live, _ = live_then(app, at)
        file = file_then(app.store, live, step.before.patient, at)
        found = explain_rule(live, step.before, file, now.name, at, given=given)
        return found if found is None else _as_logged(found, step)
    return None


def _as_logged(found: Explained, step: Step) -> Explained:
    """What the engine would do with that event alone, less what the log says it did not."""
    if found.state != "acts" or any(t.rule == found.name for t in step.decision.trace):
        return found
    says = "another rule came first in that decision"
    if found.kind == "escalation":
        says = "another of the patient's cases called for help for all of them"
    return replace(found, state="held back", hindrances=(Note("earlier", says),))


def given_of(step: Step, earlier: list[Step]) -> Event | Act | None:
    """What a step took in: its input, or the event of a button pressed with an earlier act."""
    id_ = step.decision.input[-1]
    act_id, mark, n = id_.rpartition("#")
    if step.input is not None or step.decision.input[:2] != ("event", "act") or not mark:
        return step.input
    acts = (s.input for s in reversed(earlier) if isinstance(s.input, Act))
    act = next((act for act in acts if act.id == act_id), None)
    if act is None:
        return None
    pressed = pressed_in(act)
    if int(n) < len(pressed):
        return pressed_event(act, int(n), *pressed[int(n)])
    return next(iter(events_of(step.decision, act)), None)


def _brought(given: Event | Act, on: str) -> bool:
    """Whether an input is an event of a type, or the note that stands for it."""
    if isinstance(given, Event):
        return given.type == on
    return given.kind == "note" and on == DOCUMENTED
