"""practice.yaml, whose shape has been checked, into a Practice: names looked up, times read."""

from __future__ import annotations

from laneflow.errors import Problem
from laneflow.lanes import parts
from laneflow.lanes import vocabulary as words
from laneflow.lanes.entry import Entry
from laneflow.lanes.escalations import compile_escalations
from laneflow.lanes.facts import Names
from laneflow.lanes.meaning import with_hash
from laneflow.lanes.model import Duration
from laneflow.lanes.parts import looser, spread
from laneflow.lanes.scope import Known, Scope
from laneflow.lanes.yaml import Document
from laneflow.practice.model import AtOnce, EventType, Ladder, Norm, Practice, Rung
from laneflow.practice.people import person
from laneflow.practice.places import location, time_zone
from laneflow.practice.week import parse_span

Scripts = dict[str, frozenset[str]]


def compile_practice(
    document: Document, scripts: Scripts | None = None
) -> tuple[Practice, list[Problem]]:
    """The practice with its hash, and every problem of its names; usable if none is an error.

    ``scripts`` maps each script's name to its channels; None leaves scripts unchecked.
    """
    root = Entry(document)
    known = _known(root, scripts)
    scope = Scope(known, _names(root, known))
    languages = tuple(str(e.value) for e in root.each("languages"))
    zone = time_zone(root["time_zone"], scope)
    ladder = scope.ladder(root["ladder"])
    locations = {name: location(name, e, scope, zone) for name, e in root.entries("locations")}
    practice = Practice(
        name=root.text("name"),
        phone=root.text("phone"),
        time_zone=zone,
        languages=languages,
        locations=locations,
        tiers=known.tiers,
        people={name: person(name, e, scope, root) for name, e in root.entries("people")},
        last_resort=_somebody(root, "last_resort", scope),
        on_call=_somebody(root, "on_call", scope),
        manager_role=scope.role(root["roles"]["manager"]) or "",
        default_backup=scope.role(root["backup"]["role"]) or "",
        default_ladder=ladder,
        ladders={name: _ladder(name, e, scope) for name, e in root.entries("ladders")},
        escalations=tuple(
            rule
            for rule in compile_escalations(root, scope, (), ladder)
            if rule.where is not None  # a built-in one that nobody sharpened goes without saying
        ),
        barriers={n: parts.barrier(n, e, scope, None) for n, e in root.entries("barriers")},
        windows={name: parts.window(e, scope) for name, e in root.entries("windows")},
        contact_hours=_contact_hours(root, scope),
        contact_cap=_contact_cap(root),
        longest_wait=scope.duration(root.get("longest_wait")) or Duration(30, "days"),
        longest_snooze=scope.duration(root.get("longest_snooze")) or Duration(5, "business days"),
        untouched=scope.duration(root.get("untouched")) or Duration(5, "business days"),
        parties={name: str(e.value) for name, e in root.entries("parties")},
        events={name: _event(name, e) for name, e in root.entries("events")},
        norms={name: _norm(e, scope) for name, e in root.entries("norms")},
        channels={name: str(e.value) for name, e in root.entries("notify")},
        at_once=_at_once(root),
        file=document.file,
    )
    _check_windows(practice, root, scope)
    return with_hash(practice), scope.problems


def known_names(
    practice: Practice, lanes: frozenset[str] | None = None, scripts: Scripts | None = None
) -> Known:
    """The names a practice gives its lanes to use."""
    return Known(
        events=words.STANDARD_EVENTS | practice.events.keys(),
        roles=frozenset(practice.roles),
        ladders=frozenset(practice.ladders),
        tiers=practice.tiers,
        parties=frozenset(practice.parties) | set(words.OWN_PARTIES),
        norms=frozenset(practice.norms),
        lanes=lanes,
        scripts=scripts,
    )


def _known(root: Entry, scripts: Scripts | None) -> Known:
    """The same, before there is a Practice: straight from what is written."""
    working = (e for _, e in root.entries("people") if e.value.get("active", True))
    return Known(
        events=words.STANDARD_EVENTS | {name for name, _ in root.entries("events")},
        roles=frozenset(str(role.value) for e in working for role in e.each("roles")),
        ladders=frozenset(name for name, _ in root.entries("ladders")),
        tiers=tuple(str(e.value) for e in root.each("tiers")),
        parties=frozenset(name for name, _ in root.entries("parties")) | set(words.OWN_PARTIES),
        norms=frozenset(name for name, _ in root.entries("norms")),
        scripts=scripts,
    )


def _names(root: Entry, known: Known) -> Names:
    return Names(
        events=known.events,
        tiers=known.tiers,
        locations=tuple(name for name, _ in root.entries("locations")),
        barriers=tuple(name for name, _ in root.entries("barriers")),
        parties=tuple(known.parties),
        windows=tuple(name for name, _ in root.entries("windows")),
    )


def _somebody(root: Entry, key: str, scope: Scope) -> str:
    """An active person's id."""
    entry = root[key]
    people = dict(root.entries("people"))
    found = people.get(str(entry.value))
    if found is None:
        scope.unknown(entry, "person", people)
    elif not found.value.get("active", True):
        hint = "Name somebody who works here."
        scope.wrong(
            entry, f"{found.text('name')} is not active any more", hint, code="person-inactive"
        )
    return str(entry.value)


def _ladder(name: str, entry: Entry, scope: Scope) -> Ladder:
    rungs = tuple(
        Rung(scope.role(e["role"]) or "", scope.length(e["within"]), e.where)
        for e in entry.each("rungs")
    )
    resolve = scope.duration(entry.get("resolve_within")) or Duration(1, "business days")
    return Ladder(name, rungs, bool(entry.value.get("at_once", False)), resolve, entry.where)


def _event(name: str, entry: Entry) -> EventType:
    return EventType(name, entry.text("title"), bool(entry.value.get("patient_wide", False)))


def _norm(entry: Entry, scope: Scope) -> Norm:
    within = scope.duration(entry.get("within"))
    others = ("source", "within")
    parts.by_tier(entry, scope, others)  # for its complaints about tiers
    named = {n: scope.length(e) for n, e in entry.named() if n not in others}
    return Norm(entry.text("source"), within, named)


def _contact_hours(root: Entry, scope: Scope) -> tuple[str, str]:
    entry = root.get("contact_hours")
    if entry is None:
        return "08:00", "21:00"
    span = parse_span(str(entry.value))
    if span is None:
        what = f'"{entry.value}" is not from a time to a later one'
        scope.wrong(entry, what, "Write for example 08:00-17:00.", code="times-backwards")
    return span or ("08:00", "21:00")


def _contact_cap(root: Entry) -> tuple[int, int]:
    cap = root.value.get("contact_cap", {"a_day": 1, "a_week": 3})
    return cap["a_day"], cap["a_week"]


def _at_once(root: Entry) -> AtOnce | None:
    limits = root.value.get("publishing", {}).get("at_once")
    return None if limits is None else AtOnce(**limits)


def _check_windows(practice: Practice, root: Entry, scope: Scope) -> None:
    """Warn about the practice's own windows where they are looser than the norm they cite."""
    for name, entry in root.entries("windows"):
        window = practice.windows[name]
        norm = practice.norms.get(window.norm)
        limits = spread(norm.by_tier, practice.tiers, norm.within) if norm else {}
        found = looser(window, limits)
        if found:
            scope.warn(
                entry, f'looser than its norm "{window.norm}": {found}', code="looser-than-norm"
            )
