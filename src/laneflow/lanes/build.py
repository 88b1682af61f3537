"""A lane's checked document into a Lane: names looked up, defaults merged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from laneflow.errors import Problem, did_you_mean, listing
from laneflow.lanes import parts
from laneflow.lanes import vocabulary as words
from laneflow.lanes.conditions import condition
from laneflow.lanes.entry import Entry
from laneflow.lanes.escalations import compile_escalations
from laneflow.lanes.facts import KIND_IN_WORDS, Names
from laneflow.lanes.model import Condition, Fact, Item, Lane, Scalar
from laneflow.lanes.scope import Known, Scope
from laneflow.lanes.yaml import Document
from laneflow.practice.model import Practice

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_RESERVED_PERIODS = frozenset(
    {"count", "days", "since", "until", "opening", "checklist", "patient", "appointment"}
)


def build(document: Document, practice: Practice, known: Known) -> tuple[Lane, list[Problem]]:
    """The lane, without its hash, and every problem of its names; usable if none is an error."""
    root = Entry(document)
    scope = _scope(root, practice, known)
    lane_id = document.file.rsplit("/", 1)[-1].removesuffix(".yaml")
    if not _ID.match(lane_id):
        hint = "Use lower-case letters, digits and -, like referral-follow-up.yaml."
        scope.wrong(root, f'a lane cannot be called "{lane_id}"', hint, code="bad-name")
    lane = Lane(
        id=lane_id,
        title=root.text("title"),
        purpose=root.text("purpose"),
        file=document.file,
        facts=scope.names.facts,
        opens=tuple(parts.opening(e, scope) for e in root.each("opens")),
        one_case_per=_keys(root, scope),
        ours=_ours(root, scope),
        periods={name: parts.period(name, e, scope) for name, e in root.entries("periods")},
        priority=parts.tier_rules(root, "priority", "tier", scope),
        classify=parts.tier_rules(root, "classify", "kind", scope),
        windows=practice.windows
        | {name: parts.window(e, scope) for name, e in root.entries("windows")},
        owner=scope.role(root["owner"]["role"]) or "",
        backup=_backup(root, practice, scope),
        checklist=_checklist(root, scope),
        barriers=practice.barriers
        | {
            name: parts.barrier(name, e, scope, practice.barriers.get(name))
            for name, e in root.entries("barriers")
        },
        statuses={name: parts.status(name, e, scope) for name, e in root.entries("statuses")},
        moves=tuple(parts.move(e, scope) for e in root.each("moves")),
        escalations=compile_escalations(root, scope, practice.escalations, practice.default_ladder),
        closes=tuple(parts.close(e, scope) for e in root.each("closes")),
        reopens=parts.reopen(root.get("reopens"), scope),
        again_after=scope.duration(root.get("again_after")),
        untouched=scope.duration(root.get("untouched")) or practice.untouched,
        where=root.where,
    )
    return lane, scope.problems


def _scope(root: Entry, practice: Practice, known: Known) -> Scope:
    """Everything this lane's rules may name."""
    problems: list[Problem] = []
    facts = {name: _fact(name, entry, problems) for name, entry in root.entries("facts")}
    periods = tuple(name for name, _ in root.entries("periods"))
    statuses = tuple(name for name, _ in root.entries("statuses"))
    events = known.events | {f"{period}.ended" for period in periods}
    names = Names(
        facts=facts,
        events=events,
        statuses=statuses,
        tiers=practice.tiers,
        kinds=tuple(e.text("kind") for e in root.each("classify")),
        locations=tuple(practice.locations),
        barriers=_both(practice.barriers, root, "barriers"),
        parties=tuple(known.parties),
        windows=_both(practice.windows, root, "windows"),
        periods=periods,
    )
    scope = Scope(replace(known, events=events), names, statuses, problems)
    for name, entry in root.entries("periods"):
        if name in _RESERVED_PERIODS:
            what = f'a period cannot be called "{name}"'
            scope.wrong(
                entry,
                what,
                "Facts of that name mean something else.",
                at_value=False,
                code="bad-name",
            )
    return scope


def _both(common: Iterable[str], root: Entry, key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*common, *(name for name, _ in root.entries(key))]))


def _fact(name: str, entry: Entry, problems: list[Problem]) -> Fact:
    """A declared fact; its default must be one it could have."""
    fact = Fact(
        type=entry.value.get("type", "text"),
        one_of=tuple(str(e.value) for e in entry.each("one_of")),
        default=entry.value.get("default"),
    )
    usual = words.STANDARD_FACTS.get(name) or words.PATIENT_FACTS.get(name)
    if usual and usual != fact.type:
        hint = f"Write type: {usual}."
        problems.append(
            entry.problem(
                f'"{name}" is {KIND_IN_WORDS[usual]}, not {KIND_IN_WORDS[fact.type]}',
                hint,
                code="wrong-type",
            )
        )
    if fact.one_of and fact.type not in ("text", "list"):
        problems.append(
            entry["one_of"].problem(
                f"one_of is not for {KIND_IN_WORDS[fact.type]}",
                "Leave it out.",
                code="one-of-misplaced",
            )
        )
    if fact.default is not None and not _could_be(fact, fact.default):
        wanted = listing(fact.one_of) if fact.one_of else KIND_IN_WORDS[fact.type]
        hint = did_you_mean(str(fact.default), fact.one_of) or f"It is {wanted}."
        problems.append(
            entry["default"].problem(
                f'"{fact.default}" cannot be the default', hint, code="wrong-default"
            )
        )
    return fact


def _could_be(fact: Fact, value: Scalar) -> bool:
    if fact.type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if fact.type == "yes or no":
        return isinstance(value, bool)
    return isinstance(value, str) and (not fact.one_of or value in fact.one_of)


def _keys(root: Entry, scope: Scope) -> tuple[str, ...]:
    """The facts that tell cases apart: ids, or facts the lane declares."""
    keys: list[str] = []
    ids = {name for name in words.STANDARD_FACTS if name.endswith(".id")} | {"patient.id"}
    declared = scope.names.facts.keys() | {f"opening.{name}" for name in scope.names.facts}
    for entry in root.each("one_case_per"):
        if entry.value not in ids | declared:
            hint = did_you_mean(str(entry.value), sorted(ids | declared))
            scope.wrong(
                entry,
                f'unknown fact "{entry.value}"',
                hint or "Declare it under facts.",
                code="unknown-fact",
            )
        keys.append(str(entry.value))
    if keys and "patient.id" not in keys:
        scope.wrong(
            root["one_case_per"],
            '"patient.id" is missing',
            "A case is one patient's.",
            code="key-without-patient",
        )
    return tuple(keys) or ("patient.id",)


def _ours(root: Entry, scope: Scope) -> dict[str, Condition]:
    families = {words.family(event) for event in scope.known.events}
    found: dict[str, Condition] = {}
    for name, entry in root.entries("ours"):
        if name not in families:
            hint = did_you_mean(name, families) or "It is the word before the dot of an event."
            scope.wrong(
                entry,
                f'no event begins with "{name}"',
                hint,
                at_value=False,
                code="unknown-event-family",
            )
        found[name] = condition(entry, scope)
    return found


def _backup(root: Entry, practice: Practice, scope: Scope) -> str:
    entry = root.get("backup")
    return practice.default_backup if entry is None else scope.role(entry["role"]) or ""


def _checklist(root: Entry, scope: Scope) -> tuple[Item, ...]:
    """The items; ids are unique, and none needs itself, even by way of others."""
    entries = list(root.each("checklist"))
    ids = [entry.text("id") for entry in entries]
    items = [parts.item(entry, scope, ids) for entry in entries]
    needs = {item.id: item.needs for item in items}
    for index, entry in enumerate(entries):
        if ids[index] in ids[:index]:
            scope.wrong(
                entry["id"], f'there are two items "{ids[index]}"', "Rename one.", code="item-twice"
            )
        elif _needs_itself(ids[index], needs):
            scope.wrong(
                entry["needs"],
                f'"{ids[index]}" would wait for itself',
                "Leave one out.",
                code="item-waits-for-itself",
            )
    return tuple(items)


def _needs_itself(name: str, needs: dict[str, tuple[str, ...]]) -> bool:
    seen: set[str] = set()
    waiting = list(needs[name])
    while waiting:
        other = waiting.pop()
        if other == name:
            return True
        if other not in seen:
            seen.add(other)
            waiting.extend(needs.get(other, ()))
    return False
