"""``when:`` maps into conditions: every test typed by its fact, every mistake at its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import cast

from laneflow.errors import did_you_mean, listing
from laneflow.lanes import facts
from laneflow.lanes.durations import in_words, is_business, parse_duration
from laneflow.lanes.entry import Entry
from laneflow.lanes.facts import KIND_IN_WORDS, Kind, Meaning
from laneflow.lanes.model import AllOf, AnyOf, Atom, Condition, Duration, Op, Scalar
from laneflow.lanes.scope import Scope

_EQUAL = ("is", "is_not", "one_of", "none_of", "same_as", "known")
_ORDER = ("at_least", "less_than", "more_than", "at_most")
_ALLOWED: dict[Kind, tuple[str, ...]] = {
    "text": (*_EQUAL, "contains", "lacks"),
    "number": (*_EQUAL, *_ORDER),
    "yes or no": ("is", "is_not", "same_as", "known"),
    "date": (*_EQUAL, *_ORDER),
    "date and time": ("same_as", "known", *_ORDER),
    "list": ("contains", "lacks", "one_of", "none_of", "known"),
    "since": ("at_least", "less_than"),
    "until": ("at_most", "more_than"),
}
_EXAMPLE = {"since": "{at_least: 3 days}", "until": "{at_most: 3 days}"}


def condition(entry: Entry | None, scope: Scope, *, without_case: bool = False) -> Condition:
    """The condition under a ``when:``; the one that always holds where there is none.

    ``without_case``: the condition judges a trigger, so facts about a case are refused.
    """
    if entry is None:
        return AllOf()
    parts: list[Atom | AllOf | AnyOf] = []
    for name, test in entry.named():
        if name in ("any", "all"):
            inner = tuple(condition(e, scope, without_case=without_case) for e in test.listed())
            parts.append(AnyOf(inner) if name == "any" else AllOf(inner))
        else:
            parts.extend(_tests(name, test, scope, without_case))
    return AllOf(tuple(parts))


def _tests(name: str, test: Entry, scope: Scope, without_case: bool) -> Iterator[Atom]:
    meaning = scope.names.meaning(name)
    if meaning is None:
        _unknown_fact(name, test, scope)
        return
    if without_case and facts.needs_a_case(name):
        what = f'"{name}" is about a case, and there is none yet when a trigger is judged'
        scope.wrong(
            test,
            what,
            "Test it in priority, moves or closes.",
            at_value=False,
            code="fact-of-a-case",
        )
        return
    value = test.value
    if isinstance(value, dict):
        yield from _comparisons(name, test, meaning, scope)
    elif meaning.needs_in_last:
        scope.wrong(
            test,
            f'"{name}" needs in_last, to say how far back',
            _counting(name),
            code="in-last-missing",
        )
    else:
        op = "one_of" if isinstance(value, list) else "is"
        yield from _atom(name, cast(Op, op), test, meaning, None, scope)


def _unknown_fact(name: str, test: Entry, scope: Scope) -> None:
    scope.wrong(
        test, f'unknown fact "{name}"', scope.names.hint(name), at_value=False, code="unknown-fact"
    )


def _comparisons(name: str, test: Entry, meaning: Meaning, scope: Scope) -> Iterator[Atom]:
    back = _how_far_back(name, test, meaning, scope)
    ops = [(op, entry) for op, entry in test.named() if op != "in_last"]
    if not ops:
        scope.wrong(
            test,
            "in_last says how far back, but not what to compare",
            _counting(name),
            code="in-last-alone",
        )
    for op, entry in ops:
        yield from _atom(name, cast(Op, op), entry, meaning, back, scope)


def _how_far_back(name: str, test: Entry, meaning: Meaning, scope: Scope) -> Duration | None:
    entry = test.get("in_last")
    if entry is None:
        if meaning.needs_in_last:
            scope.wrong(
                test,
                f'"{name}" needs in_last, to say how far back',
                _counting(name),
                code="in-last-missing",
            )
        return None
    if not meaning.counts:
        scope.wrong(
            entry,
            f'"{name}" is not counted, so in_last means nothing',
            "Leave it out.",
            code="in-last-uncounted",
        )
    return _plain_time(entry, scope)


def _counting(name: str) -> str:
    return f"For example: {name}: {{at_least: 2, in_last: 90 days}}."


def _atom(
    name: str, op: Op, entry: Entry, meaning: Meaning, back: Duration | None, scope: Scope
) -> Iterator[Atom]:
    value = _wanted(name, op, entry, meaning, scope)
    if value is not None:
        yield Atom(name, op, value, back, entry.where)


def _wanted(
    name: str, op: Op, entry: Entry, meaning: Meaning, scope: Scope
) -> Scalar | Duration | tuple[Scalar, ...] | None:
    """The value a test compares with, or None once its mistake is noted."""
    if op not in _allowed(meaning):
        scope.wrong(entry, *_not_comparable(name, op, entry, meaning), code="wrong-comparison")
        return None
    if op == "known":
        return bool(entry.value)
    if op == "same_as":
        return _other_fact(entry, meaning, scope)
    if meaning.kind in ("since", "until"):
        return _plain_time(entry, scope)
    if op in ("one_of", "none_of"):
        values = [_scalar(name, e, meaning, scope) for e in entry.listed()]
        return tuple(v for v in values if v is not None) if None not in values else None
    return _scalar(name, entry, meaning, scope)


def _allowed(meaning: Meaning) -> tuple[str, ...]:
    """The comparisons a fact can be tested with; a count is always known, and never copied."""
    if meaning.counts:
        return tuple(op for op in _ALLOWED["number"] if op not in ("same_as", "known"))
    return _ALLOWED[meaning.kind]


def _not_comparable(name: str, op: Op, entry: Entry, meaning: Meaning) -> tuple[str, str]:
    if meaning.kind == "list" and op in ("is", "is_not"):
        word = "contains" if op == "is" else "lacks"
        return f'"{name}" is a list', f"Write {name}: {{{word}: {entry.value}}}."
    if meaning.kind in _EXAMPLE:
        what = f'"{name}" is a length of time and cannot be tested with {op}'
        return what, f"Write {name}: {_EXAMPLE[meaning.kind]}."
    what = f'"{name}" is {KIND_IN_WORDS[meaning.kind]} and cannot be tested with {op}'
    return what, f"Use {listing(_allowed(meaning))}."


def _other_fact(entry: Entry, meaning: Meaning, scope: Scope) -> str | None:
    other = scope.names.meaning(str(entry.value))
    if other is None:
        scope.wrong(
            entry,
            f'unknown fact "{entry.value}"',
            scope.names.hint(str(entry.value)),
            code="unknown-fact",
        )
        return None
    if other.counts:
        what = f'"{entry.value}" is counted, and cannot be compared with'
        scope.wrong(entry, what, "Compare with a number.", code="wrong-comparison")
        return None
    if other.kind != meaning.kind:
        what = f'"{entry.value}" is {KIND_IN_WORDS[other.kind]}, not {KIND_IN_WORDS[meaning.kind]}'
        scope.wrong(entry, what, "Compare facts of the same type.", code="wrong-type")
        return None
    return str(entry.value)


def _plain_time(entry: Entry, scope: Scope) -> Duration | None:
    text = str(entry.value)
    length = parse_duration(text)
    if length is None:
        scope.wrong(
            entry,
            f'"{text}" is not a length of time',
            "Write for example 3 days.",
            code="not-a-length-of-time",
        )
        return None
    if is_business(length):
        what = f'business time sets dates and cannot be tested: "{in_words(length)}"'
        hint = (
            "Set a date with it (a window, or due) and test overdue or until, or use hours or days."
        )
        scope.wrong(entry, what, hint, code="business-time-tested")
        return None
    return length


def _scalar(name: str, entry: Entry, meaning: Meaning, scope: Scope) -> Scalar | None:
    value = entry.value
    if meaning.kind == "yes or no":
        return _yes_or_no(name, entry, scope)
    if meaning.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            what = f'"{name}" is a number, and {_shown(value)} is not'
            scope.wrong(entry, what, "Write a number, without quotes.", code="wrong-type")
            return None
        return value
    if not isinstance(value, str):
        kind = "a list of text" if meaning.kind == "list" else KIND_IN_WORDS[meaning.kind]
        hint = f'Write it in quotes: "{value}".' if meaning.kind in ("text", "list") else ""
        scope.wrong(entry, f'"{name}" is {kind}, and {value} is not', hint, code="wrong-type")
        return None
    if meaning.kind in ("date", "date and time"):
        return _date(name, entry, scope)
    if meaning.one_of and value not in meaning.one_of:
        hint = did_you_mean(value, meaning.one_of) or f"It is {listing(meaning.one_of)}."
        scope.wrong(entry, f'"{name}" is never "{value}"', hint, code="value-outside-one-of")
        return None
    return value


def _yes_or_no(name: str, entry: Entry, scope: Scope) -> bool | None:
    meant = {True: True, False: False, "yes": True, "no": False}
    value = entry.value
    if isinstance(value, bool | str) and value in meant:
        return meant[value]
    what = f'"{name}" is yes or no, and {_shown(value)} is neither'
    scope.wrong(entry, what, "Write true or false.", code="wrong-type")
    return None


def _date(name: str, entry: Entry, scope: Scope) -> str | None:
    try:
        datetime.fromisoformat(entry.value)
    except ValueError:
        example = date(2026, 9, 8).isoformat()
        scope.wrong(
            entry,
            f'"{entry.value}" is not a date',
            f"Write it like {name}: {example}.",
            code="not-a-date",
        )
        return None
    return str(entry.value)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
