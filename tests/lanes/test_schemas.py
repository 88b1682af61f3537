"""The schemas are valid, and speak to a manager: title, description and example everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema.validators import Draft202012Validator

from laneflow.lanes import vocabulary as words
from laneflow.lanes.schema import NAMES, schema, validator


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of a schema, at any depth, with its path."""
    if isinstance(node, dict):
        for name, entry in node.get("properties", {}).items():
            if isinstance(entry, dict) and not set(entry) <= {"const", "enum"}:
                yield f"{path}/{name}", entry
        for key, value in node.items():
            if key != "examples":
                yield from properties(value, f"{path}/{key}")
    elif isinstance(node, list):
        for value in node:
            yield from properties(value, path)


def resolved(entry: dict[str, Any], own: str) -> dict[str, Any]:
    reference = entry.get("$ref", "")
    if not reference:
        return entry
    file, _, pointer = reference.partition("#/$defs/")
    target = schema(file.removesuffix(".schema.json") or own)["$defs"][pointer]
    return {**resolved(target, own), **entry}


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_valid_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_property_explains_itself(name: str) -> None:
    silent = [
        f"{path}: {key}"
        for path, entry in properties(schema(name))
        for key in ("title", "description", "examples")
        if key not in resolved(entry, name)
    ]
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_one(name: str) -> None:
    whole = validator(name)
    for path, entry in [*properties(schema(name)), *schema(name).get("$defs", {}).items()]:
        for example in resolved(entry, name)["examples"]:
            errors = list(whole.evolve(schema=entry).iter_errors(example))
            assert not errors, f"{path}: {example}: {errors[0].message}"


def test_the_lists_of_words_are_the_codes_own() -> None:
    lane, test = schema("lane")["$defs"], schema("lane-test")["$defs"]
    assert lane["status"]["properties"]["queue"]["enum"] == list(words.QUEUES)
    assert lane["channel"]["enum"] == list(words.CHANNELS)
    assert test["note"]["properties"]["outcome"]["enum"] == list(words.NOTE_OUTCOMES)
    assert test["note"]["properties"]["understanding"]["enum"] == list(words.UNDERSTANDINGS)
