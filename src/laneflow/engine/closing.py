"""How a case ends: by an event, by its own state, by a person's word, or by a replacement."""

from __future__ import annotations

from laneflow.engine.compiled import Numbered
from laneflow.engine.dates import NEXT_DAY, dated
from laneflow.engine.ladder import ASKED
from laneflow.engine.state import Act, Closed
from laneflow.engine.step import Step
from laneflow.engine.tasks import put_side
from laneflow.lanes.model import Close


def first_close(step: Step, happened: frozenset[str]) -> bool:
    holding = step.look().rules
    if holding.isdisjoint(step.compiled.closing) and not step.case.confirming:
        return False
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


def patient_died(step: Step) -> bool:
    if step.event is None or step.event.type != "patient.deceased":
        return False
    step.say("patient.deceased", "closed as cancelled")
    close(step, "cancelled", "The patient has died", "patient.deceased")
    return True


def closed_by_hand(step: Step) -> bool:
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
            close(
                step, spec.outcome, act.data.get("reason") or spec.reason or "", rule.name, act.by
            )
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
    kept = {e.id for e in step.lane.escalations if e.on is not None} | {ASKED}
    for key in list(step.case.escalations):
        if key not in kept:
            draft.drop("escalations", key)
    draft.set("untouched", None)
    draft.set("held", ())
    draft.set("confirming", ())
    draft.set("paused", False)
