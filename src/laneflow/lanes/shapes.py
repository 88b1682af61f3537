"""Whether data fits a JSON Schema: yes or no, at once, so that files in order cost next to nothing.

jsonschema takes longer to import than a whole practice takes to check, and it is needed only to say
what is wrong. It keeps the last word: whatever does not fit here is put to it. A yes must therefore
be one that jsonschema would give, too, and a schema that says more than this module knows is
refused when it is compiled (ValueError), never half followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

Schema = dict[str, Any]
Test = Callable[[Any], bool]


class Shapes:
    """The shapes of the schemas that ``load`` gives by name, each part compiled when first met."""

    def __init__(self, load: Callable[[str], Schema]) -> None:
        self._load = load
        self._compiled: dict[tuple[str, str], Test] = {}

    def fits(self, name: str, data: Any) -> bool:
        """Whether ``data`` (maps, lists, text, numbers, booleans, None) has the shape ``name``.

        True is certain. False where it has not, or where only jsonschema could tell.
        """
        try:
            return self._part(name, "")(data)
        except _UnsureError:
            return False

    def _part(self, name: str, pointer: str) -> Test:
        """A whole schema, or one of its ``$defs``."""
        test = self._compiled.get((name, pointer))
        if test is None:
            whole = self._load(name)
            test = self._test(whole["$defs"][pointer] if pointer else whole, name)
            self._compiled[name, pointer] = test
        return test

    def _test(self, entry: Schema | bool, name: str) -> Test:
        if isinstance(entry, bool):
            return lambda _: entry
        tests = [self._rule(rule, entry, name) for rule in entry if rule not in _SAID]
        return tests[0] if len(tests) == 1 else _every(tests)

    def _rule(self, rule: str, entry: Schema, name: str) -> Test:
        if rule in _PLAIN:
            return _PLAIN[rule](entry[rule])
        if rule in _NESTED:
            return _NESTED[rule](self, entry, name)
        raise ValueError(f'schema "{name}" says "{rule}", which no shape can follow')

    def _reference(self, entry: Schema, name: str) -> Test:
        file, _, pointer = entry["$ref"].partition("#/$defs/")
        home = file.removesuffix(".schema.json") or name
        # Found when it is used, for a part may hold itself (any: within all:).
        return lambda value: self._part(home, pointer)(value)

    def _properties(self, entry: Schema, name: str) -> Test:
        tests = {key: self._test(part, name) for key, part in entry["properties"].items()}

        def test(value: Any) -> bool:
            if isinstance(value, dict):
                for key, part in value.items():
                    if key in tests and not tests[key](part):
                        return False
            return True

        return test

    def _others(self, entry: Schema, name: str) -> Test:
        known = entry.get("properties", {})
        patterns = [re.compile(pattern) for pattern in entry.get("patternProperties", {})]
        other = self._test(entry["additionalProperties"], name)

        def is_other(key: str) -> bool:
            return key not in known and not any(pattern.search(key) for pattern in patterns)

        return _maps(lambda value: all(other(value[key]) for key in value if is_other(key)))

    def _patterns(self, entry: Schema, name: str) -> Test:
        tests = [
            (re.compile(pattern), self._test(part, name))
            for pattern, part in entry["patternProperties"].items()
        ]
        return _maps(
            lambda value: all(
                test(value[key]) for key in value for pattern, test in tests if pattern.search(key)
            )
        )

    def _names(self, entry: Schema, name: str) -> Test:
        key = self._test(entry["propertyNames"], name)
        return _maps(lambda value: all(map(key, value)))

    def _items(self, entry: Schema, name: str) -> Test:
        item = self._test(entry["items"], name)
        return _lists(lambda value: all(map(item, value)))

    def _any(self, entry: Schema, name: str) -> Test:
        tests = [self._test(part, name) for part in entry["anyOf"]]
        return lambda value: any(test(value) for test in tests)

    def _not(self, entry: Schema, name: str) -> Test:
        test = self._test(entry["not"], name)
        return lambda value: not test(value)

    def _if(self, entry: Schema, name: str) -> Test:
        test = self._test(entry["if"], name)
        then = self._test(entry.get("then", True), name)
        otherwise = self._test(entry.get("else", True), name)
        return lambda value: then(value) if test(value) else otherwise(value)


class _UnsureError(Exception):
    """Only jsonschema can tell whether this fits."""


def _every(tests: list[Test]) -> Test:
    return lambda value: all(test(value) for test in tests)


def _maps(test: Test) -> Test:
    return lambda value: not isinstance(value, dict) or test(value)


def _lists(test: Test) -> Test:
    return lambda value: not isinstance(value, list) or test(value)


def _texts(test: Test) -> Test:
    return lambda value: not isinstance(value, str) or test(value)


def _numbers(test: Test) -> Test:
    return lambda value: not _TYPES["number"](value) or test(value)


_TYPES: dict[str, Test] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and value.is_integer())
    ),
}


def _type(rule: str | list[str]) -> Test:
    if isinstance(rule, str):
        return _TYPES[rule]
    tests = [_TYPES[name] for name in rule]
    return lambda value: any(test(value) for test in tests)


def _one_of(values: Iterable[str | bool]) -> Test:
    known = {(type(value), value) for value in values}
    if not all(kind in (str, bool) for kind, _ in known):
        raise ValueError("a shape knows only text, true and false by value")
    return lambda value: isinstance(value, str | bool) and (type(value), value) in known


def _found(pattern: re.Pattern[str]) -> Test:
    return lambda value: pattern.search(value) is not None


def _unique(values: list[Any]) -> bool:
    if not all(isinstance(value, str) for value in values):
        raise _UnsureError  # whether 1 is 1.0 or true, and which maps are equal, is a long story
    return len(set(values)) == len(values)


_SAID = frozenset({
    "$schema", "$defs", "title", "description", "examples", "default", "errorMessage",
    "then", "else",  # read with their if
    "format",  # said for people: the validator is built without a format checker
})  # fmt: skip

_PLAIN: dict[str, Callable[[Any], Test]] = {
    "type": _type,
    "enum": _one_of,
    "const": lambda rule: _one_of([rule]),
    "required": lambda rule: _maps(lambda value: all(key in value for key in rule)),
    "pattern": lambda rule: _texts(_found(re.compile(rule))),
    "minLength": lambda rule: _texts(lambda value: len(value) >= rule),
    "maxLength": lambda rule: _texts(lambda value: len(value) <= rule),
    "minItems": lambda rule: _lists(lambda value: len(value) >= rule),
    "maxItems": lambda rule: _lists(lambda value: len(value) <= rule),
    "uniqueItems": lambda rule: _lists(_unique) if rule else _every([]),
    "minProperties": lambda rule: _maps(lambda value: len(value) >= rule),
    "maxProperties": lambda rule: _maps(lambda value: len(value) <= rule),
    "minimum": lambda rule: _numbers(lambda value: value >= rule),
    "maximum": lambda rule: _numbers(lambda value: value <= rule),
}

_NESTED: dict[str, Callable[[Shapes, Schema, str], Test]] = {
    "$ref": Shapes._reference,
    "properties": Shapes._properties,
    "patternProperties": Shapes._patterns,
    "additionalProperties": Shapes._others,
    "propertyNames": Shapes._names,
    "items": Shapes._items,
    "anyOf": Shapes._any,
    "not": Shapes._not,
    "if": Shapes._if,
}
