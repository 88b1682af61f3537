"""The quick yes to a file's shape is one that jsonschema would give, too, whatever is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.validators import Draft202012Validator

from laneflow.lanes.schema import NAMES, schema, validator
from laneflow.lanes.shapes import Shapes
from laneflow.lanes.yaml import read
from lanes import fixture

ROOT = fixture.HERE.parents[1]
SHIPPED = [
    ("practice", ROOT / "practice.yaml"),
    *(("lane", file) for file in sorted((ROOT / "lanes").glob("*.yaml"))),
    *(("lane-test", file) for file in sorted((ROOT / "lanes" / "tests").rglob("*.yaml"))),
]
shapes = Shapes(schema)


def data(file: Path) -> Any:
    return read(file.read_bytes(), file.name).data


WORDS = sorted({word for _, file in SHIPPED for word in file.read_text().split()})
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 9), st.sampled_from([0.0, 1.0, 2.5, -1.5, 1e15]),
    st.sampled_from(["", "a", "b", "new", "open", "3 days", "08:00", "x" * 300, "é\n", "none"]),
    st.sampled_from(WORDS),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)
    ),
    max_leaves=5,
)
ONE_RULE: list[dict[str, Any]] = [
    *({"type": kind} for kind in ("object", "array", "string", "number", "integer", "boolean")),
    {"type": ["string", "null"]},
    {"enum": ["a", "open", True]},
    {"const": "none"},
    {"const": False},
    {"required": ["a"]},
    {"pattern": "^[a-z]$"},
    {"minLength": 1, "maxLength": 3},
    {"minItems": 1, "maxItems": 2},
    {"uniqueItems": True},
    {"minProperties": 1, "maxProperties": 1},
    {"minimum": 1, "maximum": 2.5},
    {"properties": {"a": {"type": "string"}}, "additionalProperties": False},
    {"properties": {"a": {"$ref": "#/$defs/own"}}, "additionalProperties": {"type": "number"}},
    {"propertyNames": {"maxLength": 4}},
    {"items": {"anyOf": [{"type": "string"}, {"items": {"$ref": "#/$defs/own"}}]}},
    {"not": {"type": "string"}},
    {"if": {"type": "object"}, "then": {"required": ["a"]}, "else": {"type": "boolean"}},
    {"if": {"type": "string"}, "then": False},
]
OWN = {"own": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"$ref": "#/$defs/own"}}]}}
small = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "longer"]), inner, max_size=2),
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("rule", ONE_RULE, ids=str)
@given(value=small)
def test_each_rule_means_what_jsonschema_says(rule: dict[str, Any], value: Any) -> None:
    whole = {**rule, "$defs": OWN}
    valid = Draft202012Validator(whole).is_valid(value)
    fits = Shapes(lambda name: whole).fits("it", value)
    unsure = "uniqueItems" in rule and isinstance(value, list)  # lists of other than text
    assert fits <= valid if unsure else fits == valid


@pytest.mark.parametrize(("name", "file"), SHIPPED, ids=[file.stem for _, file in SHIPPED])
def test_what_is_shipped_fits_without_asking_jsonschema(name: str, file: Path) -> None:
    assert shapes.fits(name, data(file))


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, Any]:
    """A shipped file with one value, anywhere in it, replaced, removed, renamed or added to."""
    name, file = draw(st.sampled_from(SHIPPED))
    whole = here = data(file)
    while True:
        keys: list[Any] = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = draw(st.sampled_from(keys))
        deeper = here[key]
        if isinstance(deeper, dict | list) and deeper and draw(st.integers(0, 3)):
            here = deeper
            continue
        change = draw(st.sampled_from(["replace", "remove", "repeat", "rename"]))
        if change == "replace":
            here[key] = draw(values)
        elif change == "remove":
            del here[key]
        elif isinstance(here, list):
            here.append(deeper if change == "repeat" else draw(values))
        else:
            here[draw(st.sampled_from(WORDS))] = deeper if change == "repeat" else here.pop(key)
        return name, whole


@given(changed())
def test_nothing_that_jsonschema_refuses_fits(case: tuple[str, Any]) -> None:
    name, whole = case
    assert shapes.fits(name, whole) <= validator(name).is_valid(whole)


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_followed_to_its_last_rule(name: str) -> None:
    parts = [name, *(f"{name}#{part}" for part in schema(name).get("$defs", {}))]

    def load(wanted: str) -> dict[str, Any]:
        file, _, part = wanted.partition("#")
        whole = schema(file)
        return {**whole["$defs"][part], "$defs": whole["$defs"]} if part else whole

    for part in parts:
        Shapes(load).fits(part, None)  # compiles it whole: ValueError for a rule it does not know


def test_a_rule_no_shape_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="prefixItems"):
        Shapes(lambda name: {"prefixItems": []}).fits("it", [])
    with pytest.raises(ValueError, match="by value"):
        Shapes(lambda name: {"enum": [1]}).fits("it", 1)
