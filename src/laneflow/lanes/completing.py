"""What may be written at a place in a lane or in practice.yaml: keys, and values, each explained.

Keys come from the schemas; values from the schemas where they are fixed, and from the practice and
the lane's own text where they are names: facts, roles, statuses, scripts, ladders, events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from laneflow.lanes import vocabulary as words
from laneflow.lanes.cursor import ITEM, Cursor, Steps, cursor, names_under
from laneflow.lanes.facts import KIND_IN_WORDS, Meaning, Names
from laneflow.lanes.model import Fact
from laneflow.lanes.schema import schema
from laneflow.practice.load import Scripts, known_names
from laneflow.practice.model import Practice

MOST = 400
"""Suggestions for one place; a practice has about 300 facts."""

DURATIONS = (
    "same day", "4 business hours", "1 business day", "2 business days", "3 business days",
    "5 business days", "7 days", "14 days", "30 days", "30 minutes", "2 hours",
)  # fmt: skip

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``word`` as it is written, ``kind`` in a word (``fact``), ``about`` in a sentence."""

    word: str
    kind: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """The names that may stand in one text."""

    names: Names
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """kind of name (``role``, ``status``…) -> those there are"""


def suggestions(
    text: str, line: int, column: int, kind: str, practice: Practice, scripts: Scripts
) -> list[Suggestion]:
    """What may stand where the cursor is, the likeliest first; ``kind`` is lane or practice.

    ``line`` counts from 1, ``column`` are the characters before the cursor. What is written of the
    word already does not matter: an editor narrows them down.
    """
    here = cursor(text, line, column)
    known = _known(text, kind, practice, scripts)
    places = list(_at(here.path, kind))
    found: dict[str, Suggestion] = {}
    for entry, home in places:
        for each in _offered(entry, home, here, known):
            found.setdefault(each.word, each)
    return list(found.values())[:MOST]


# where -------------------------------------------------------------------------------------------

Place = tuple[Entry, str]
"""An entry of a schema, and the name of the schema it is written in."""


def _at(path: Steps, kind: str) -> Iterator[Place]:
    """Every entry of the schema that may describe what stands at ``path``."""
    places = list(_forms(schema(kind), kind))
    for step in path:
        places = [deeper for entry, home in places for deeper in _down(entry, home, step)]
    yield from places


def _down(entry: Entry, home: str, step: str) -> Iterator[Place]:
    if step == ITEM:
        if "items" in entry:
            yield from _forms(entry["items"], home)
        return
    if step in entry.get("properties", {}):
        yield from _forms(entry["properties"][step], home)
    elif isinstance(entry.get("additionalProperties"), dict):
        yield from _forms(entry["additionalProperties"], home)
    else:
        for part in entry.get("patternProperties", {}).values():
            yield from _forms(part, home)


def _forms(entry: Any, home: str) -> Iterator[Place]:
    """An entry with its reference followed, and each form it may take."""
    if not isinstance(entry, dict):
        return
    pointer = entry.get("$ref", "")
    if pointer:
        file, _, name = pointer.partition("#/$defs/")
        where = file.removesuffix(".schema.json") or home
        target = schema(where)["$defs"][name]
        said = {key: value for key, value in entry.items() if key != "$ref"}
        for form, of in _forms(target, where):
            yield {**form, **said, "name": form.get("name", name)}, of
        return
    branches = [entry[key] for key in ("then", "else") if key in entry]
    branches += [*entry.get("anyOf", ()), *entry.get("allOf", ())]
    own = {key: value for key, value in entry.items() if key not in ("if", "then", "else")}
    yield own, home
    for branch in branches:
        for form, of in _forms(branch, home):
            yield {**form, "description": form.get("description", own.get("description", ""))}, of


# what --------------------------------------------------------------------------------------------


def _offered(entry: Entry, home: str, here: Cursor, known: Known) -> Iterator[Suggestion]:
    if not here.value:
        yield from _keys(entry, home, known)
    if here.value or (here.path and here.path[-1] == ITEM):
        yield from _values(entry, here.path, known)


def _keys(entry: Entry, home: str, known: Known) -> Iterator[Suggestion]:
    for key, part in entry.get("properties", {}).items():
        about = part.get("description") or next(
            (form["description"] for form, _ in _forms(part, home) if form.get("description")), ""
        )
        yield Suggestion(f"{key}:", "entry", str(about))
    if entry.get("name") == "condition":
        yield from _facts(known)
    if entry.get("name") == "window":
        yield from (Suggestion(f"{tier}:", "tier") for tier in known.values["tier"])


def _facts(known: Known) -> Iterator[Suggestion]:
    for name in known.names.all():
        meaning = known.names.meaning(name)
        yield Suggestion(f"{name}:", "fact", _said(meaning))


def _said(meaning: Meaning | None) -> str:
    if meaning is None:
        return ""
    if meaning.one_of:
        return f"One of: {', '.join(meaning.one_of)}."
    return f"It is {KIND_IN_WORDS[meaning.kind]}."


def _values(entry: Entry, path: Steps, known: Known) -> Iterator[Suggestion]:
    about = str(entry.get("description", ""))
    for value in entry.get("enum", ()):
        yield Suggestion(str(value), "word", about)
    if "const" in entry:
        yield Suggestion(_plain(entry["const"]), "word", about)
    if entry.get("type") == "boolean":
        yield from (Suggestion(word, "yes or no", about) for word in ("true", "false"))
    for kind in _kinds(entry, path):
        yield from (Suggestion(name, kind, about) for name in known.values.get(kind, ()))
    yield from _compared(path, known)


def _kinds(entry: Entry, path: Steps) -> Iterator[str]:
    """Which names may stand here: by what the schema calls them, and by the key before."""
    keys = [step for step in path if step != ITEM]
    key, name = keys[-1] if keys else "", str(entry.get("name", ""))
    if name == "event":
        yield "event"
    elif name == "script":
        yield "script"
    elif name in ("duration", "offset"):
        yield "length of time"
    elif name == "due":
        yield from ("window", "length of time")
    elif name == "fact_name":
        yield "id"
    if key in _BY_KEY:
        yield from _BY_KEY[key]
    elif key == "to":
        yield "status" if "task" not in keys else "party"
    elif key in ("before", "after") and "due" in keys[-2:-1] + keys[-3:-2] + ["start"]:
        yield from ("date", "window")


_BY_KEY: dict[str, tuple[str, ...]] = {
    "role": ("role",), "who": ("role",), "confirm": ("role",), "by_hand": ("role",),
    "manager": ("role",), "roles": ("role",), "ladder": ("ladder",), "tier": ("tier",),
    "kind": ("kind",), "norm": ("norm",), "after_last": ("status",), "from": ("party", "event"),
    "needs": ("item",), "last_resort": ("person",), "on_call": ("person",), "covers": ("person",),
    "location": ("location",), "same_as": ("fact",), "unless_open": ("status",),
}  # fmt: skip


def _compared(path: Steps, known: Known) -> Iterator[Suggestion]:
    """The values a fact may be compared with, where that is what stands here."""
    for step in reversed([step for step in path if step != ITEM][-2:]):
        meaning = known.names.meaning(step)
        if meaning is None:
            continue
        yield from (Suggestion(value, step) for value in meaning.one_of)
        if meaning.kind == "yes or no":
            yield from (Suggestion(word, step) for word in ("true", "false"))
        if meaning.kind in ("since", "until"):
            yield from (Suggestion(length, "length of time") for length in DURATIONS)
        return


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# names -------------------------------------------------------------------------------------------


def _known(text: str, kind: str, practice: Practice, scripts: Scripts) -> Known:
    there = known_names(practice)
    statuses = tuple(names_under(text, "statuses")) if kind == "lane" else ()
    own_windows = tuple(names_under(text, "windows"))
    names = Names(
        facts=_declared(text) if kind == "lane" else {},
        events=there.events,
        statuses=statuses if kind == "lane" else None,
        tiers=practice.tiers,
        kinds=_kinds_in(text),
        locations=tuple(practice.locations),
        barriers=tuple(dict.fromkeys((*practice.barriers, *names_under(text, "barriers")))),
        parties=tuple(sorted(there.parties)),
        windows=tuple(dict.fromkeys((*own_windows, *practice.windows))),
        periods=tuple(names_under(text, "periods")),
    )
    return Known(names, {
        "event": tuple(sorted(names.events)), "role": tuple(sorted(there.roles)),
        "ladder": tuple(sorted(there.ladders)), "tier": practice.tiers, "kind": names.kinds,
        "norm": ("none", *sorted(there.norms)), "status": statuses, "party": names.parties,
        "window": names.windows, "length of time": DURATIONS,
        "script": tuple(sorted(each for each in scripts if each[0] != "_")),
        "item": _values_of(text, "id"), "person": tuple(practice.people),
        "location": names.locations, "date": tuple(sorted(names.date_facts())),
        "fact": tuple(names.all()), "id": ("patient.id", *sorted(names.facts)),
    })  # fmt: skip


def _declared(text: str) -> dict[str, Fact]:
    """The facts a text declares, as far as its lines tell."""
    found = {}
    for name in names_under(text, "facts"):
        line = next((x for x in text.split("\n") if x.strip().startswith(f"{name}:")), "")
        kind = words.STANDARD_FACTS.get(name, "text")
        for each in ("date and time", "date", "number", "yes or no", "list", "text"):
            if f"type: {each}" in line:
                kind = each
                break
        one_of = line.partition("one_of: [")[2].partition("]")[0] if "one_of" in line else ""
        options = tuple(value.strip() for value in one_of.split(",") if value.strip())
        found[name] = Fact(type=kind, one_of=options)
    return found


def _kinds_in(text: str) -> tuple[str, ...]:
    return _values_of(text, "kind") if "\nclassify:" in f"\n{text}" else ()


def _values_of(text: str, key: str) -> tuple[str, ...]:
    """The words written after ``key:`` in entries of lists."""
    found: dict[str, None] = {}
    for line in text.split("\n"):
        _, there, rest = line.partition(f"{{{key}: ")
        if there:
            found[rest.split(",")[0].split("}")[0].strip()] = None
    return tuple(found)
