"""The values a fact can have, as far as its tests can tell them apart.

One function for each type of fact; each gives options that cover every value the engine may see.
The tests of one fact come as (bit, atom); an option's mask has the bits of those it passes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil, floor, prod
from typing import NamedTuple, TypeVar

from laneflow.lanes.durations import surely_at_least
from laneflow.lanes.model import Atom, Duration, Lane, Scalar

Tests = Sequence[tuple[int, Atom]]
Counted = tuple[str, Duration | None]
"""A count and how far back it goes."""
V = TypeVar("V")

_HOLDS_UNKNOWN = frozenset({"is_not", "none_of", "lacks"})
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "at_least": lambda a, b: a >= b,
    "more_than": lambda a, b: a > b,
    "less_than": lambda a, b: a < b,
    "at_most": lambda a, b: a <= b,
}
_MOST_TOGETHER = 7
"""Words or lengths of time whose combinations are listed one by one."""


class Option(NamedTuple):
    """A value, or all values that pass the same tests. ``known``: the fact is not unknown."""

    mask: int
    known: bool


def distinct(options: Iterable[Option] | None) -> list[Option] | None:
    """Each option once, in the order met; None stays None."""
    return None if options is None else list(dict.fromkeys(options))


def unknown_of(tests: Tests) -> Option:
    """What holds while nothing is known."""
    return Option(sum(bit for bit, atom in tests if _of_unknown(atom)), False)


def _of_unknown(atom: Atom) -> bool:
    return atom.op in _HOLDS_UNKNOWN or (atom.op == "known" and atom.value is False)


def _choices(atom: Atom) -> tuple[object, ...]:
    return atom.value if isinstance(atom.value, tuple) else (atom.value,)


def status(tests: Tests, lane: Lane) -> Iterator[Option]:
    """Each status with its queue, in file order; at last no status yet."""
    for spec in lane.statuses.values():
        here = {"status": spec.id, "queue": spec.queue}
        yield Option(sum(bit for bit, atom in tests if _word_holds(atom, here[atom.fact])), True)
    yield unknown_of(tests)


def words(
    tests: Tests, among: Sequence[Scalar], *, open_: bool, unknown: bool
) -> Iterator[Option] | None:
    """Text or yes and no: one of ``among``, where ``open_`` any other, too."""
    named = [c for _, atom in tests for c in _choices(atom) if atom.op not in ("contains", "known")]
    said = [str(atom.value) for _, atom in tests if atom.op in ("contains", "lacks")]
    said = list(dict.fromkeys(word.casefold() for word in said))
    if open_ and len(said) > _MOST_TOGETHER:
        return None
    known = dict.fromkeys([*among, *(named if open_ else ())])
    return itertools.chain(
        (_known(tests, _word_holds, value) for value in known),
        (_known(tests, _other_holds, pieces) for pieces in _pieces(said) if open_),
        [unknown_of(tests)] if unknown else [],
    )


def _known(tests: Tests, holds: Callable[[Atom, V], bool], value: V) -> Option:
    """The option of a known value: the bits of the tests it passes."""
    return Option(sum(bit for bit, atom in tests if holds(atom, value)), True)


def _word_holds(atom: Atom, value: Scalar) -> bool:
    """Whether a known word, or yes or no, passes a test."""
    match atom.op:
        case "is" | "one_of":
            return value in _choices(atom)
        case "is_not" | "none_of":
            return value not in _choices(atom)
        case "contains" | "lacks":
            inside = isinstance(value, str) and str(atom.value).casefold() in value.casefold()
            return inside is (atom.op == "contains")
    return atom.op == "known" and atom.value is True


def _other_holds(atom: Atom, pieces: frozenset[str]) -> bool:
    """The same for a value that nobody wrote down, made of ``pieces``."""
    if atom.op in ("contains", "lacks"):
        return (str(atom.value).casefold() in pieces) is (atom.op == "contains")
    return atom.op in ("is_not", "none_of") or (atom.op == "known" and atom.value is True)


def _pieces(said: Sequence[str]) -> Iterator[frozenset[str]]:
    """The sets of ``said`` that one text can contain: with a word all words within that word."""
    within = {word: frozenset(w for w in said if w in word) for word in said}
    for n in range(len(said) + 1):
        for chosen in itertools.combinations(said, n):
            if all(within[word] <= set(chosen) for word in chosen):
                yield frozenset(chosen)


def numbers(
    tests: Tests, least: float, *, whole: bool, junk: bool, unknown: bool
) -> Iterator[Option]:
    """Numbers on, between and beyond those written; ``junk``: something that is no number."""
    written = sorted(set(_written(tests)))
    for value in _points(written, least, whole=whole):
        yield _known(tests, _number_holds, value)
    if junk:
        yield _known(tests, _junk_holds, None)
    if unknown:
        yield unknown_of(tests)


def _points(written: Sequence[float], least: float, *, whole: bool) -> list[float]:
    """Numbers that between them stand in every relation to the ``written`` ones."""
    if whole:
        near = {n + d for c in written for n in (floor(c), ceil(c)) for d in (-1, 0, 1)}
        return sorted(float(n) for n in near | {max(least, 0)} if n >= least)
    between = [(a + b) / 2 for a, b in itertools.pairwise(written)]
    ends = [written[0] - 1, written[-1] + 1] if written else [0.0]
    return sorted(n for n in {*written, *between, *ends} if n >= least)


def _junk_holds(atom: Atom, _: None) -> bool:
    """Whether something known that is no number passes a test."""
    return atom.op in ("is_not", "none_of") or (atom.op == "known" and atom.value is True)


def _checklist_holds(atom: Atom, value: dict[str, float]) -> bool:
    return _number_holds(atom, value[atom.fact])


def _number_holds(atom: Atom, value: float) -> bool:
    if atom.op in _ORDER:
        return _ORDER[atom.op](value, _float(atom.value))
    return _word_holds(atom, value)


def _written(tests: Tests) -> list[float]:
    """The numbers that tests compare with."""
    return [_float(c) for _, a in tests if a.op != "known" for c in _choices(a)]


def _float(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def checklist(tests: Tests, lane: Lane) -> Iterator[Option] | None:
    """Items missing, and how many of them each party owes too late: never more than are missing."""
    names = list(dict.fromkeys(atom.fact for _, atom in tests if atom.fact != _MISSING))
    owed = [_owed(lane, name.removeprefix("checklist.overdue_from.")) for name in names]
    points = _points(sorted(set(_written(tests))), 0, whole=True)
    fields = [[n for n in points if n <= most] for most in owed]
    missing = [*points, points[-1] + sum(owed)]
    if len(missing) * _product(fields) > _MOST_COMBINATIONS:
        return None
    return (
        _known(tests, _checklist_holds, {_MISSING: n, **dict(zip(names, late, strict=True))})
        for n, *late in itertools.product(missing, *fields)
        if sum(late) <= n
    )


_MISSING = "checklist.missing"
_MOST_COMBINATIONS = 4000


def _owed(lane: Lane, party: str) -> int:
    return sum(item.owed_by == party for item in lane.checklist)


def _product(fields: Iterable[Sequence[object]]) -> int:
    return prod(len(points) for points in fields)


def counts(tests: Tests) -> Iterator[Option] | None:
    """How often an event happened, in all and within spans: more in a longer span, never less."""
    kinds: list[Counted] = list(dict.fromkeys((atom.fact, atom.in_last) for _, atom in tests))
    # The same points for all, so that one count can be told to be no more than another.
    points = _points(sorted(set(_written(tests))), 0, whole=True)
    if len(points) ** len(kinds) > _MOST_COMBINATIONS:
        return None
    pairs = list(itertools.permutations(enumerate(kinds), 2))
    order = [(i, j) for (i, one), (j, other) in pairs if _at_most(one, other)]
    return (
        _known(tests, _count_holds, dict(zip(kinds, numbers_, strict=True)))
        for numbers_ in itertools.product(points, repeat=len(kinds))
        if all(numbers_[i] <= numbers_[j] for i, j in order)
    )


def _count_holds(atom: Atom, counted: dict[Counted, float]) -> bool:
    """The engine asks how many there are at least, so 1.5 counts as 2."""
    value = counted[atom.fact, atom.in_last]
    if atom.op in ("at_least", "less_than"):
        return (value >= ceil(_float(atom.value))) is (atom.op == "at_least")
    if atom.op in ("more_than", "at_most"):
        return (value > floor(_float(atom.value))) is (atom.op == "more_than")
    among = value in [ceil(_float(c)) for c in _choices(atom)]
    return among is (atom.op in ("is", "one_of"))


def _at_most(one: tuple[str, Duration | None], other: tuple[str, Duration | None]) -> bool:
    """Whether the first count never exceeds the second."""
    (fact, span), (other_fact, other_span) = one, other
    if fact != other_fact and not (fact.startswith("days.") and other_fact.startswith("count.")):
        return False
    return other_span is None or (span is not None and surely_at_least(other_span, span))


def lengths(tests: Tests, *, unknown: bool) -> Iterator[Option] | None:
    """How long ago, or how long until: which of the written lengths have passed."""
    spans = list(dict.fromkeys(a.value for _, a in tests if isinstance(a.value, Duration)))
    if len(spans) > _MOST_TOGETHER:
        return None
    return itertools.chain(
        (
            _known(tests, _length_holds, passed)
            for passed in _passed(spans, backward=tests[0][1].fact.startswith("until."))
        ),
        [Option(0, False)] if unknown else [],
    )


def _passed(spans: Sequence[Duration], *, backward: bool) -> Iterator[frozenset[Duration]]:
    """The sets of lengths that can have passed at one moment: with a longer one every shorter one.

    ``backward``: counted back from a date, where the longest passes first.
    """
    order = [(a, b) for a in spans for b in spans if a != b and surely_at_least(b, a)]
    if backward:
        order = [(b, a) for a, b in order]
    for n in range(len(spans) + 1):
        for chosen in itertools.combinations(spans, n):
            if all(a in chosen or b not in chosen for a, b in order):
                yield frozenset(chosen)


def _length_holds(atom: Atom, passed: frozenset[Duration]) -> bool:
    rises = (
        ("at_least", "more_than") if atom.fact.startswith("since.") else ("at_most", "less_than")
    )
    return (atom.value in passed) is (atom.op in rises)


def lists(tests: Tests, *, exact: bool) -> Iterator[Option] | None:
    """Lists by their members. Not ``exact``: a feed may have put a text where a list belongs.

    Such a text contains words that it does not equal.
    """
    members = list(dict.fromkeys(c for _, a in tests if a.op != "known" for c in _choices(a)))
    states = (0, 2) if exact else (0, 1, 2)
    if len(states) ** len(members) > 1000:
        return None
    return itertools.chain(
        (
            _known(tests, _list_holds, value)
            for combination in itertools.product(states, repeat=len(members))
            for value in [dict(zip(members, combination, strict=True))]
        ),
        [unknown_of(tests)],
    )


def _list_holds(atom: Atom, value: dict[object, int]) -> bool:
    """``value``: for each word 2 where it is a member, 1 where it is only contained."""
    if atom.op in ("contains", "lacks"):
        return (value[atom.value] > 0) is (atom.op == "contains")
    if atom.op == "known":
        return atom.value is True
    among = any(value[choice] == 2 for choice in _choices(atom))
    return among is (atom.op in ("is", "one_of"))


def dates(tests: Tests, *, unknown: bool) -> Iterator[Option]:
    """Dates on, between and beyond those written, and what is known but no date."""
    written = {
        str(c) for _, atom in tests if atom.op not in ("known", "same_as") for c in _choices(atom)
    }
    moments = {text: _moment(text) for text in written}
    stamps = sorted({m for m in moments.values() if m is not None})
    day = timedelta(days=1).total_seconds()
    ends = [stamps[0] - day, stamps[-1] + day] if stamps else [0.0]
    between = [(a + b) / 2 for a, b in itertools.pairwise(stamps)]
    for text, moment in moments.items():
        yield _known(tests, _date_holds, (text, moment))
    for moment in (*stamps, *between, *ends, None):
        yield _known(tests, _date_holds, ("", moment))
    if unknown:
        yield unknown_of(tests)


def _date_holds(atom: Atom, date: tuple[str, float | None]) -> bool:
    text, moment = date
    if atom.op in _ORDER:
        wanted = _moment(str(atom.value))
        return moment is not None and wanted is not None and _ORDER[atom.op](moment, wanted)
    return _word_holds(atom, text)


def _moment(text: str) -> float | None:
    """Seconds, in a zone of no matter: only the order of dates counts."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None).timestamp()
    except ValueError:
        return None
