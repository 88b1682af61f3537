"""Where a cursor stands in text that is being written, however broken the rest of it is."""

from __future__ import annotations

import pytest

from laneflow.lanes.cursor import cursor, names_under

CASES = {
    "ti|": ((), False, "ti"),
    "title: Fo|": (("title",), True, "Fo"),
    "facts:\n  a.b: {type: te|": (("facts", "a.b", "type"), True, "te"),
    "opens:\n  - on: x\n    wh|": (("opens", "-"), False, "wh"),
    "opens:\n- on: |": (("opens", "-", "on"), True, ""),
    "moves:\n  - {to: a, when: {status: [b, c|": (("moves", "-", "when", "status", "-"), True, "c"),
    "moves:\n  - {to: a, when: {status: [b, c], re|": (("moves", "-", "when"), False, "re"),
    "closes: [{as: x}, {|": (("closes", "-"), False, ""),
    "statuses:\n  s:\n    queue: new\n    |": (("statuses", "s"), False, ""),
    "statuses:\n  s:\n    queue: new\n|": ((), False, ""),
    "a: 'it: {is'\nb: |": (("b",), True, ""),
    "a: {unclosed\n# b:\nc:\n  |": (("c",), False, ""),
}


@pytest.mark.parametrize("text", CASES)
def test_where_it_stands(text: str) -> None:
    before = text[: text.index("|")]
    found = cursor(text.replace("|", ""), before.count("\n") + 1, len(before.rsplit("\n", 1)[-1]))
    assert (found.path, found.value, found.word) == CASES[text]


def test_a_cursor_outside_the_text_stands_somewhere() -> None:
    assert cursor("", 0, 0).path == ()
    assert cursor("a:\n  b: 1", 99, 99).path == ("a", "b")


def test_names_are_found_in_a_text_that_is_not_yaml() -> None:
    text = "statuses:\n  one:\n    queue: [\n  two: {\n\tthree:\nother:\n  four: 1\n"
    assert names_under(text, "statuses") == ["one", "two"]
    assert names_under(text, "other") == ["four"]
