"""A lane's escalations: its own, the practice's common ones it keeps, and the three built in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast

from laneflow.errors import did_you_mean
from laneflow.lanes.conditions import condition
from laneflow.lanes.entry import Entry
from laneflow.lanes.model import EscalationRule
from laneflow.lanes.scope import Scope

BuiltIn = Literal["overdue", "first_response_late", "untouched"]

BUILT_IN: dict[BuiltIn, str] = {
    "overdue": "A task is overdue",
    "first_response_late": "The first response is late",
    "untouched": "Nobody has documented anything for too long",
}
"""Present in every lane: a lane may sharpen them, never remove them."""


def built_in(ladder: str) -> tuple[EscalationRule, ...]:
    """The built-in escalations as they are where nobody sharpened them."""
    return tuple(EscalationRule(id, text, ladder, builtin=id) for id, text in BUILT_IN.items())


def compile_escalations(
    parent: Entry, scope: Scope, common: Iterable[EscalationRule], ladder: str
) -> tuple[EscalationRule, ...]:
    """Own rules in file order, then ``common`` ones not switched off, then the built-in ones.

    One that carries the id of a common or built-in one takes from it what it does not say.
    """
    inherited = {rule.id: rule for rule in (*built_in(ladder), *common)}
    own: dict[str, EscalationRule | None] = {}
    for entry in parent.each("escalations"):
        name = entry.text("id")
        if name in own:
            scope.wrong(
                entry["id"],
                f'there are two escalations "{name}"',
                "Rename one.",
                code="escalation-twice",
            )
        elif "off" in entry:
            own[name] = _switched_off(entry, scope, inherited)
        else:
            own[name] = _rule(entry, scope, inherited.get(name), ladder)
    rules = {**{name: rule for name, rule in own.items() if rule is not None}}
    rules |= {name: rule for name, rule in inherited.items() if name not in own}
    ordered = sorted(rules.values(), key=lambda rule: rule.builtin is not None)
    return tuple(ordered)


def _switched_off(
    entry: Entry, scope: Scope, inherited: dict[str, EscalationRule]
) -> EscalationRule | None:
    """None: it is gone. A built-in one stays."""
    name = entry.text("id")
    rule = inherited.get(name)
    if rule is None:
        hint = did_you_mean(name, inherited) or "Only those of practice.yaml can be switched off."
        scope.wrong(
            entry["id"], f'there is no common escalation "{name}"', hint, code="unknown-escalation"
        )
    elif rule.builtin:
        hint = "You can give it its own text and ladder."
        scope.wrong(
            entry["off"],
            f'"{name}" is built in and cannot be switched off',
            hint,
            code="built-in-escalation",
        )
        return rule
    others = sorted(set(entry.value) - {"id", "off"})
    if others:
        scope.wrong(
            entry,
            f'it is switched off, so "{others[0]}" says nothing',
            "Leave it out.",
            code="switched-off",
        )
    return None


def _rule(entry: Entry, scope: Scope, base: EscalationRule | None, ladder: str) -> EscalationRule:
    own_ladder = entry.get("ladder")
    _complete(entry, scope, base)
    driven = "on" in entry or "when" in entry or base is None
    return EscalationRule(
        id=entry.text("id"),
        text=entry.text("text", base.text if base else ""),
        ladder=scope.ladder(own_ladder) if own_ladder else base.ladder if base else ladder,
        on=scope.event(entry.get("on")) if driven or base is None else base.on,
        when=condition(entry.get("when"), scope) if driven or base is None else base.when,
        builtin=base.builtin if base else None,
        pause_outreach=bool(
            entry.value.get("pause_outreach", base.pause_outreach if base else False)
        ),
        where=entry.where,
    )


def _complete(entry: Entry, scope: Scope, base: EscalationRule | None) -> None:
    """Note what is missing, or what has no place here."""
    name = entry.text("id")
    if base is not None and base.builtin:
        for key in ("on", "when"):
            if key in entry:
                what = f'"{name}" is built in and knows its own moment'
                hint = "Give it text and ladder only."
                if name == "untouched":
                    hint = "Say how long with untouched: 3 business days, beside title."
                scope.wrong(entry[key], what, hint, at_value=False, code="built-in-escalation")
        return
    if base is None and "on" not in entry and "when" not in entry:
        hint = did_you_mean(name, cast("dict[str, str]", BUILT_IN))
        scope.wrong(
            entry,
            "nothing says when to escalate",
            hint or "Add on or when.",
            code="nothing-triggers",
        )
    if base is None and "text" not in entry:
        hint = "Say in a few words what whoever is called should know."
        scope.wrong(entry, '"text" is missing', hint, code="missing-entry")
