"""What an editor with a YAML language server offers comes from the schemas alone.

The test asks as such a server does: it walks from the document's root down a path of keys, through
``$ref``, ``properties``, ``patternProperties``, ``additionalProperties``, ``items`` and every
branch of ``if``, ``anyOf`` and ``not``, and gathers what the schemas found there would say (hover)
and offer (completion).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from laneflow.lanes import vocabulary as words
from laneflow.lanes.facts import Names
from laneflow.lanes.schema import schema

ROOT = Path(__file__).resolve().parents[2]
SCHEMA_LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")
Found = tuple[dict[str, Any], str]
"""A schema and the name of the file it stands in."""


def files() -> list[Path]:
    found = [ROOT / "practice.yaml", *ROOT.glob("lanes/*.yaml"), *ROOT.glob("lanes/tests/*.yaml")]
    return sorted(found)


def named_schema(file: Path) -> str:
    """The schema an editor would take, from the file's own first line."""
    line = SCHEMA_LINE.match(file.read_text("utf-8"))
    assert line, f"{file.name} names no schema"
    path = (file.parent / line[1]).resolve()
    assert path.is_file()
    return path.name.removesuffix(".schema.json")


def all_of(entry: dict[str, Any] | bool, home: str) -> Iterator[Found]:
    """A schema with everything that may stand in for it."""
    if isinstance(entry, bool):
        return
    yield entry, home
    reference = entry.get("$ref")
    if reference:
        file, _, name = reference.partition("#/$defs/")
        there = file.removesuffix(".schema.json") or home
        yield from all_of(schema(there)["$defs"][name], there)
    for word in ("then", "else"):
        if word in entry:
            yield from all_of(entry[word], home)
    for part in entry.get("anyOf", []):
        yield from all_of(part, home)


def below(found: list[Found], key: str | int) -> list[Found]:
    """The schemas of one key or item under those found so far."""
    under: list[Found] = []
    for entry, home in found:
        if isinstance(key, int):
            if "items" in entry:
                under += all_of(entry["items"], home)
            continue
        patterns = entry.get("patternProperties", {})
        matching = [part for pattern, part in patterns.items() if re.search(pattern, key)]
        if key in entry.get("properties", {}):
            under += all_of(entry["properties"][key], home)
        for part in matching:
            under += all_of(part, home)
        if key not in entry.get("properties", {}) and not matching:
            under += all_of(entry.get("additionalProperties", False), home)
    return under


def at(name: str, path: tuple[str | int, ...]) -> list[Found]:
    found = list(all_of(schema(name), name))
    for key in path:
        found = below(found, key)
    return found


def hover(found: list[Found]) -> str:
    said = [entry["description"] for entry, _ in found if "description" in entry]
    return said[0] if said else ""


def offered_keys(found: list[Found]) -> set[str]:
    return {key for entry, _ in found for key in entry.get("properties", {})}


def offered_values(found: list[Found]) -> list[Any]:
    values: list[Any] = []
    for entry, _ in found:
        values += entry.get("enum", []) + entry.get("examples", [])
        values += [True, False] if entry.get("type") == "boolean" else []
    return values


def paths(value: Any, so_far: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every key and item of a document, from its root."""
    entries: Any = ()
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for key, inner in entries:
        yield (*so_far, key)
        yield from paths(inner, (*so_far, key))


def as_written(file: Path) -> Any:
    return yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader)


@pytest.mark.parametrize("file", files(), ids=lambda file: file.stem)
def test_every_key_of_the_shipped_files_explains_itself(file: Path) -> None:
    name = named_schema(file)
    silent = [
        path
        for path in paths(as_written(file))
        if isinstance(path[-1], str) and len(hover(at(name, path))) < 8
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ((), {"title", "opens", "windows", "statuses", "escalations", "closes", "again_after"}),
        (("opens", 0), {"on", "when", "if_open", "unless_open", "stale_after"}),
        (("statuses", "first_call", "task"), {"do", "script", "due", "attempts", "after_last"}),
        (("statuses", "booked", "task", "due"), {"before", "after", "by"}),
        (("moves", 0, "when"), {"any", "all", "status", "understanding", "checklist.missing"}),
        (("closes", 0, "when", "any", 0), {"since.opened", "tier"}),
        (("moves", 0, "when", "failed_attempts"), {"at_least", "is_not", "known"}),
        (("windows", "visit"), {"within", "from", "norm"}),
        (("checklist", 0, "chase"), {"script", "by", "every"}),
    ],
)
def test_keys_are_offered(path: tuple[str | int, ...], offered: set[str]) -> None:
    assert offered - offered_keys(at("lane", path)) == set()


@pytest.mark.parametrize(
    ("name", "path", "offered"),
    [
        ("lane", ("statuses", "x", "queue"), set(words.QUEUES)),
        ("lane", ("statuses", "x", "task", "attempts", 0, "by"), set(words.CHANNELS)),
        ("lane", ("opens", 0, "on"), set(words.STANDARD_EVENTS)),
        ("lane", ("moves", 0, "when", "understanding"), set(words.UNDERSTANDINGS)),
        ("lane", ("closes", 0, "as"), {"completed", "unsuccessful", "cancelled"}),
        ("lane-test", ("tests", 0, "steps", 0, "note", "outcome"), set(words.NOTE_OUTCOMES)),
    ],
)
def test_values_are_offered(name: str, path: tuple[str | int, ...], offered: set[str]) -> None:
    assert offered - {v for v in offered_values(at(name, path)) if isinstance(v, str)} == set()


def test_the_built_in_facts_are_all_offered() -> None:
    built_in = {
        name
        for name in Names(statuses=("a",)).all()
        if not name.startswith(("opening.", "until.", "checklist.overdue_from."))
    }
    assert built_in - offered_keys(at("lane", ("moves", 0, "when"))) == set()


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("since.encounter.discharged", "Time since this event last happened"),
        ("patient.count.appointment.missed", "in any case or none"),
        ("until.visit", "Time until this date fact or window"),
        ("opening.encounter.complexity", "it never changes"),
        ("first_response_late", "missed its window"),
    ],
)
def test_a_fact_with_a_meaning_of_its_own_is_explained(fact: str, said: str) -> None:
    assert said in hover(at("lane", ("closes", 0, "when", fact)))
