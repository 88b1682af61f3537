"""The schemas in ``schemas/`` applied to files: every departure from the shape, in plain words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from laneflow.errors import Problem, did_you_mean, listing, nearest
from laneflow.lanes.shapes import Shapes
from laneflow.lanes.yaml import Document, Path

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

NAMES = ("lane", "practice", "lane-test", "scenario", "event")

_TYPES = {
    "object": "named entries (name: value)",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


def schema_folder() -> FilePath:
    """Where the schemas are: in the installed package, or at the root of a checkout."""
    package = FilePath(__file__).resolve().parents[1]
    installed = package / "starter" / "schemas"
    return installed if installed.is_dir() else package.parents[1] / "schemas"


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one kind of file; ``name`` is one of NAMES."""
    text = (schema_folder() / f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def validator(name: str) -> Validator:
    """The compiled validator of one kind of file. It takes a tenth of a second to import."""
    from jsonschema.validators import Draft202012Validator
    from referencing import Registry, Resource

    resources = [
        (f"{n}.schema.json", Resource.from_contents(schema(n))) for n in ("lane", "practice")
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator(schema(name), registry=registry)


_shapes = Shapes(schema)


def check_shape(document: Document, name: str) -> list[Problem]:
    """Every departure of ``document`` from the schema ``name``, each at its place."""
    if document.data is None:
        what = "the file is empty"
        hint = "See the starter practice for one to begin with."
        return [document.problem((), what, hint, code="file-empty")]
    if _shapes.fits(name, document.data):
        return []
    found: list[Problem] = []
    for error in validator(name).iter_errors(document.data):
        found.extend(_explain(error, document, name))
    return found


def _explain(error: Any, document: Document, name: str) -> Iterator[Problem]:
    # jsonschema calls most of an error "maybe unset"; one that was yielded has it all: hence Any.
    path: Path = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        yield _bad_name(error, document, path)
    elif error.validator == "additionalProperties":
        yield from _unknown_keys(error, document, path)
    elif error.validator == "required":
        yield from _missing(error, document, path, name)
    elif error.validator == "uniqueItems":
        yield _repeated(error, document, path)
    else:
        what, hint = _told(error, name)
        yield document.problem(path, what, hint, at_value=True, code=_code(error))


def _bad_name(error: Any, document: Document, path: Path) -> Problem:
    kind = _one(error.schema)
    what = f'"{error.instance}" cannot be {kind}'
    hint = _description(error.schema)
    return document.problem((*path, error.instance), what, hint, code="bad-name")


def _unknown_keys(error: Any, document: Document, path: Path) -> Iterator[Problem]:
    known = list(error.schema.get("properties", ()))
    for key in error.instance:
        if key not in known:
            hint = did_you_mean(key, known, f"Known here: {listing(known, most=30)}.")
            what = f'unknown entry "{key}"'
            yield document.problem((*path, key), what, hint, code="unknown-entry")


def _missing(error: Any, document: Document, path: Path, own: str) -> Iterator[Problem]:
    if "errorMessage" in error.schema:
        yield document.problem(path, *_own_words(error.schema), code="missing-entry")
        return
    name = error.message.split("'")[1]
    known = error.schema.get("properties", {})
    misspelt = [key for key in error.instance if key not in known and nearest(key, known) == name]
    if not misspelt:  # else the unknown entry's own hint says it all
        entry = _resolved(known.get(name, {}), own)
        hint = _description(entry) or f"Add {name}."
        yield document.problem(path, f'"{name}" is missing', hint, code="missing-entry")


def _repeated(error: Any, document: Document, path: Path) -> Problem:
    seen: list[Any] = []
    for index, value in enumerate(error.instance):
        if value in seen:
            what = f"{_show(value)} is listed twice"
            return document.problem((*path, index), what, "Keep one.", code="written-twice")
        seen.append(value)
    return document.problem(path, "something is listed twice", "Keep one.", code="written-twice")


_CODES = {
    "type": "wrong-type",
    "enum": "unknown-word",
    "const": "unknown-word",
    "pattern": "bad-form",
    "minItems": "nothing-written",
    "minProperties": "nothing-written",
    "minLength": "nothing-written",
    "maxLength": "too-long",
    "minimum": "out-of-range",
    "maximum": "out-of-range",
}


def _code(error: Any) -> str:
    """The kind of problem behind a departure from the schema."""
    if error.validator == "type" and error.instance is None:
        return "nothing-written"
    return _CODES.get(error.validator, "bad-form")


def _told(error: Any, name: str) -> tuple[str, str]:
    value, rule, entry = error.instance, error.validator_value, error.schema
    if "errorMessage" in entry and error.validator != "type":
        return _own_words(entry)
    match error.validator:
        case "type":
            return _wrong_type(value, rule, entry, name)
        case "enum":
            hint = did_you_mean(value, rule) if isinstance(value, str) else ""
            return f"{_show(value)} is not known here", hint or f"Write {listing(map(str, rule))}."
        case "pattern":
            return f"{_show(value)} is not {_one(entry)}", _example(entry, name)
        case "const":
            return f"{_show(value)} is not possible here", f"Write {_show(rule)}."
        case "minItems" | "minProperties" | "minLength":
            return "nothing is listed here", _example(entry, name)
        case "maxLength":
            return f"this is longer than {rule} characters", ""
        case "minimum" | "maximum":
            side = "at least" if error.validator == "minimum" else "at most"
            return f"{_show(value)} is out of range", f"It can be {side} {rule}."
    return re.sub(r"\s+", " ", error.message)[:200], ""


def _wrong_type(
    value: Any, rule: str | list[str], entry: dict[str, Any], name: str
) -> tuple[str, str]:
    wanted = listing(_TYPES[name] for name in ([rule] if isinstance(rule, str) else rule))
    if value is None:
        return "nothing is written here", _example(entry, name)
    if isinstance(value, int | float) and not isinstance(value, bool) and rule == "string":
        quoted = f'Write it in quotes: "{value}".'
        hint = _example(entry, name) if "pattern" in entry else quoted
        return f"{value} is a number, and text is expected", hint
    return f"this is {_kind(value)}, and {wanted} should stand here", _example(entry, name)


def _kind(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return _TYPES["object"]
        case list():
            return "a list"
        case str():
            return f"the text {_show(value)}"
    return str(value)


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "this"
    text = str(value)
    return f'"{text if len(text) <= 60 else text[:59] + "…"}"'


def _own_words(entry: dict[str, Any]) -> tuple[str, str]:
    """What the schema itself says about a mistake: a clause, a full stop, a hint."""
    what, _, hint = str(entry["errorMessage"]).partition(". ")
    return what, hint


def _one(entry: dict[str, Any]) -> str:
    title = str(entry.get("title", "value")).lower()
    return f"an {title}" if title[0] in "aeiou" else f"a {title}"


def _description(entry: dict[str, Any]) -> str:
    return str(entry.get("description", ""))


def _example(entry: dict[str, Any], name: str) -> str:
    examples = _resolved(entry, name).get("examples")
    return f"For example: {_flow(examples[0])}." if examples else _description(entry)


def _resolved(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """An entry with its ``$ref`` filled in; what it says itself goes first.

    An error does not tell which file it came through, so a local ``$ref`` is looked up in the
    schema ``name`` and then in the lane's and the practice's, which the others borrow from.
    """
    pointer = entry.get("$ref", "").partition("#/$defs/")[2]
    for place in (name, "lane", "practice"):
        target = schema(place).get("$defs", {}).get(pointer)
        if target is not None:
            return {**target, **entry}
    return entry


def _flow(value: Any) -> str:
    """A value as it may be written on one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
